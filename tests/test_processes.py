"""How the tests run the tool: a process does not outlive its test, and a call shows the same."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import calls, processes, reading
from tests.support.additions import write_additions
from tests.support.processes import Ended, environment, finished, started, until

HANDLER = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
SLEEPER = "import time; time.sleep(3_600)"
Run = Callable[..., Ended]


@pytest.fixture
def deaf() -> Iterator[None]:
    """Ignore SIGINT, as under ``nohup`` or in the background of a script."""
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, ours)


@pytest.mark.usefixtures("deaf")
def test_processes_react_to_ctrl_c_wherever_the_tests_are_started(tmp_path: Path) -> None:
    """A process does not take over that the tests ignore SIGINT; the tests go on ignoring it."""
    with started(tmp_path, [sys.executable, "-c", HANDLER], environment()) as process:
        assert finished(process, tmp_path).out == "True\n"

    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_process_ends_with_its_test(tmp_path: Path) -> None:
    """Whatever fails while a process runs, it is over afterwards, and its pipes are closed."""
    running = []

    def fail() -> None:
        with started(tmp_path, [sys.executable, "-c", SLEEPER], environment()) as process:
            running.append(process)
            raise ValueError("a test that fails")

    with pytest.raises(ValueError, match="a test that fails"):
        fail()

    (process,) = running
    assert process.returncode == -signal.SIGKILL
    assert process.stdout is not None
    assert process.stdout.closed


def test_what_never_happens_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for another process."""
    monkeypatch.setattr(processes, "PATIENCE", 0)

    with pytest.raises(pytest.fail.Exception, match="did not happen"):
        until(lambda: False)


def without_times(ended: Ended) -> tuple[int, str, str]:
    """Return how a run ended, without how long it took, and the line that this is written on."""
    return ended.code, re.sub(r"=+ (.*) in \d+\.\d+s.* =+", r"\1", ended.out), ended.err


@pytest.mark.parametrize("name", ["run_command", reading.in_ci("run_pytest")])
@pytest.mark.parametrize(
    "arguments",
    [["replay=demo", "controls=5,22"], ["replay=nowhere"], ["plan"]],
    ids=["fails", "refused", "plan"],
)
def test_a_call_shows_the_same_as_a_process(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    """Exit code and both streams are alike, letter for letter."""
    dash = "--" if name == "run_command" else "--pd-"
    given = [f"{dash}{each}" for each in arguments]
    of_call, of_process = (
        without_times(getattr(runner, name)(tmp_path, *given)) for runner in (calls, processes)
    )

    assert of_call == of_process


def test_a_call_leaves_no_trace(tmp_path: Path) -> None:
    """Folder, variables, streams, handlers, path and modules of the tests are as they were."""
    write_additions(tmp_path)
    before = traces()
    ended = calls.run_command(tmp_path, "--replay=demo", "--controls=acme-1", PAGERDUTY_TOKEN="x")

    assert ended.code == 0, ended.text
    assert traces() == before
    assert "test_acme" not in sys.modules


def traces() -> tuple[object, ...]:
    """Return what a run could leave behind in its process."""
    return (
        Path.cwd(),
        dict(os.environ),
        (sys.stdin, sys.stdout, sys.stderr),
        [os.fstat(number).st_ino for number in range(3)],
        [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)],
        list(sys.path),
        list(sys.meta_path),
    )
