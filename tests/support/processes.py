"""Runs the tool as its users do: as a process, through pytest or through the command.

What shows the same without a process is in :mod:`tests.support.calls`, which is much quicker.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator

ROOT = Path(__file__).parents[2]
OURS = ("PAGERDUTY_", "PYTEST_ADDOPTS", "NO_COLOR", "COLUMNS")
COMMAND = (sys.executable, "-m", "pdsec_checks")
PYTEST = (sys.executable, "-m", "pytest")
NO_REPEATING = ("-p", "no:flaky", "-p", "no:rerunfailures")
"""Installed for the tests that are about them."""
PATIENCE = 600
"""Seconds after which a process hangs for good; nothing takes a tenth of it."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report that it wrote to ``inspection.json``."""
        plain: dict[str, Any] = json.loads((self.folder / "inspection.json").read_text("utf-8"))
        return plain

    @property
    def verdicts(self) -> dict[tuple[str, str], str]:
        """Status of each case, by control and resource id."""
        return {
            (finding["control"], finding["resource"]["id"]): finding["status"]
            for finding in self.report["findings"]
        }

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


def environment(simulator: Simulator | None = None, **variables: str) -> dict[str, str]:
    """Return the environment of a user: nothing of ours but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    if simulator:
        kept |= {"PAGERDUTY_API_KEY": simulator.api_key, "PAGERDUTY_BASE_URL": simulator.url}
    return kept | {"COLUMNS": "200"} | variables


def pytest_arguments(arguments: Sequence[str], target: str = "") -> list[str]:
    """Return what pytest is given to run all controls as from a wheel, or *target*, a node id."""
    chosen = [target] if target else ["--pyargs", "pdsec_checks"]
    return [*chosen, "-p", "no:cacheprovider", *NO_REPEATING, *arguments]


def run_pytest(
    folder: Path,
    *arguments: str,
    simulator: Simulator | None = None,
    target: str = "",
    **variables: str,
) -> Ended:
    """Run the controls with pytest from *folder*, as where the wheel is installed.

    *target* is a node id in the checkout, in place of all controls.
    """
    command = [*PYTEST, *pytest_arguments(arguments, target)]
    return run_process(folder, command, simulator, variables)


def run_command(
    folder: Path, *arguments: str, simulator: Simulator | None = None, **variables: str
) -> Ended:
    """Run ``pagerduty-sec-inspector`` in *folder*."""
    return run_process(folder, [*COMMAND, *arguments], simulator, variables)


def run_unheard(folder: Path, *arguments: str) -> int:
    """Run ``pagerduty-sec-inspector`` where nobody reads standard error; return its exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with started(folder, [*COMMAND, *arguments], environment(), stderr=writing) as process:
            return finished(process, folder).code
    finally:
        os.close(writing)


def run_process(
    folder: Path,
    command: Sequence[str],
    simulator: Simulator | None,
    variables: dict[str, str],
    typed: str | None = None,
) -> Ended:
    """Run a command to its end, with *typed* on its standard input."""
    given = None if typed is None else subprocess.PIPE
    env = environment(simulator, **variables)
    with started(folder, command, env, stdin=given) as process:
        return finished(process, folder, typed)


def shell(folder: Path, script: str, **variables: str) -> Ended:
    """Run a script as a pipeline does, with our commands on the path."""
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    return run_process(folder, command, None, {"PATH": path, **variables})


def finished(process: subprocess.Popen[str], folder: Path, typed: str | None = None) -> Ended:
    """Wait for a process, and return how it ended."""
    out, err = process.communicate(typed, timeout=PATIENCE)
    return Ended(process.returncode, out, err or "", folder)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread or process does."""
    for _ in range(PATIENCE * 50):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("what was waited for did not happen")


@contextmanager
def started(
    folder: Path, command: Sequence[str], env: dict[str, str], **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start a process whose output is read as text; it does not outlive the block."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with default_interrupts():
        process = subprocess.Popen(command, cwd=folder, env=env, **pipes | options)
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def default_interrupts() -> Iterator[None]:
    """Let what is started in the block react to Ctrl-C, even where we must not.

    Whoever starts the tests in the background or under ``nohup`` lets them ignore SIGINT, and a
    process begins with what its parent ignores.
    """
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ours)
