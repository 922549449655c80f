"""Progress: a bar for whoever sits in front of a terminal, lines in a log, nothing when quiet."""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.suite.progress import Bar
from tests.simulator import Fault, Simulator, accounts, run
from tests.support import processes, reading
from tests.support.calls import run_command
from tests.support.processes import environment, finished, started
from tests.support.terminals import chunks

pty = pytest.importorskip("pty", reason="pseudo-terminals are a matter of Unix")
COMMAND = [*processes.COMMAND, "--controls=1,5"]
PYTEST = [*processes.PYTEST, *processes.pytest_arguments(["--pd-controls=1"])]
COLOUR = re.compile(r"\x1b\[[0-9;]*38;")
REDRAWN = "\x1b[2K"
"""What comes before the bar is drawn once more."""
CURSOR_BACK = "\x1b[?25h"


@pytest.fixture(scope="module")
def slow() -> Iterator[Simulator]:
    """Serve a small account slowly enough to watch, and let it ask for three seconds' patience."""
    faults = [Fault("/users", "rate_limited_reset", times=1, seconds=3)]
    with run(accounts.small, latency=0.05, faults=faults) as simulator:
        yield simulator


def on_terminal(
    folder: Path, command: list[str], simulator: Simulator, **variables: str
) -> tuple[str, str]:
    """Run a command with a terminal for standard error; return that and standard output."""
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm-256color", "CI": "", "LINES": "40", **variables}
    env = environment(simulator, **variables)
    try:
        with started(folder, command, env, stdin=theirs, stderr=theirs) as process:
            os.close(theirs)
            shown = b"".join(chunks(ours))
            return shown.decode(), finished(process, folder).out
    finally:
        os.close(ours)


def test_terminal_shows_one_bar(slow: Simulator, tmp_path: Path) -> None:
    """One bar says how much is read, what it took, and why it waits; no data set has a line."""
    shown, out = on_terminal(tmp_path, COMMAND, slow)

    assert re.search(
        r"━\S* \d of \d+ data sets, \d+ requests?, waiting [123] s for the limit", shown
    )
    assert "read users" not in shown
    assert max(screen.count("━" * 16) for screen in shown.split(REDRAWN)) == 1
    assert COLOUR.search(shown)
    assert CURSOR_BACK in shown
    assert json.loads(out)["source"] == "live"


def test_terminal_without_colour_has_a_bar_all_the_same(slow: Simulator, tmp_path: Path) -> None:
    """``NO_COLOR`` takes the colour, not the bar."""
    shown, _ = on_terminal(tmp_path, COMMAND, slow, NO_COLOR="1")

    assert "━" in shown
    assert not COLOUR.search(shown)


@pytest.mark.parametrize("variables", [{"CI": "true"}, {"TERM": "dumb"}], ids=["CI", "dumb"])
def test_pipeline_gets_plain_lines(
    slow: Simulator, tmp_path: Path, variables: dict[str, str]
) -> None:
    """A pipeline may pretend to have a terminal; what it shows is a log."""
    shown, _ = on_terminal(tmp_path, COMMAND, slow, **variables)

    assert CURSOR_BACK not in shown
    assert "━" not in shown
    assert "read users: " in shown


def test_redirected_output_gets_plain_lines(slow: Simulator, tmp_path: Path) -> None:
    """Without a terminal there is one line a data set."""
    ended = run_command(tmp_path, "--controls=1,5", simulator=slow)

    assert "\x1b" not in ended.err
    assert "read escalation policies: " in ended.err


def test_quiet_shows_nothing(slow: Simulator, tmp_path: Path) -> None:
    """``--quiet`` is silent on a terminal as well."""
    shown, out = on_terminal(tmp_path, [*COMMAND, "--quiet"], slow)

    assert shown == ""
    assert json.loads(out)["source"] == "live"


def test_pytest_shows_a_bar_too(slow: Simulator, tmp_path: Path) -> None:
    """The bar belongs to the engine, not to the command."""
    shown, out = on_terminal(tmp_path, PYTEST, slow)

    assert re.search(r"━.* \d+ of \d+ data sets, ", shown)
    assert "judged" in out.lower()


@reading.only_in_ci
def test_workers_show_no_bar(slow: Simulator, tmp_path: Path) -> None:
    """Workers share one terminal, which the bars of several would tear apart."""
    shown, _ = on_terminal(tmp_path, [*PYTEST, "-n2"], slow)

    assert "━" not in shown


class Console1252(io.TextIOWrapper):
    """A terminal of Windows."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, columns: int) -> str:
    """Return what a bar leaves on a cp1252 console that is *columns* wide."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    client = Client("http://127.0.0.1:9", api_key("x"))
    for _ in range(24):
        client.traffic.count()
    client.budget.waits_until = time.monotonic() + 50
    stream = Console1252(io.BytesIO(), encoding="cp1252", errors="strict")
    with Bar(client, 21, stream) as bar:
        for _ in range(12):
            bar.advance()
        bar.say("read teams: unavailable: HTTP 500")
    stream.seek(0)
    return stream.read()


def test_console_without_line_drawing_gets_a_plain_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cp1252 console cannot show is drawn with what it can; trouble stands above it."""
    text = drawn(monkeypatch, 80)

    assert "read teams: unavailable: HTTP 500\n" in text
    assert re.search(r"12 of 21 data sets, 24 requests, waiting \d\d s for the limit", text)


def test_narrow_terminal_shows_a_line_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures are cut, not wrapped: a bar of two lines could not be redrawn."""
    text = drawn(monkeypatch, 40)

    assert "12 of 21 data sets" in text
    assert "…" in text
    assert "limit" not in text
