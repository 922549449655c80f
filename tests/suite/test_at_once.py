"""A run of the command judges each case in one step, and finds what pytest's own rounds find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pdsec_checks.suite.judging import Judge
from tests.support.additions import CONTROL, write_additions
from tests.support.calls import run_command, run_pytest

REPORT = "--output=inspection.json"
OURS = ("--replay=demo", "--controls=2,5,8,18,22,24")
"""Controls with each of the statuses that the demo has: some of one resource, some of many."""


def test_it_finds_what_pytest_finds(tmp_path: Path) -> None:
    """With pytest's output somebody looks on, and the report is the same."""
    quick = run_command(tmp_path, *OURS, REPORT).report
    watched = run_command(tmp_path, *OURS, "--verbose", REPORT).report

    assert len({each["status"] for each in quick["findings"]}) > 2
    assert quick == watched


def test_no_control_of_ours_waits_for_the_rounds_of_pytest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours is set up, called and taken down."""
    monkeypatch.setattr(Judge, "pytest_pyfunc_call", pytest.fail)
    ended = run_command(tmp_path, *OURS)

    assert json.loads(ended.out)["findings"], ended.text


def test_whoever_looks_on_sees_every_round(tmp_path: Path) -> None:
    """A run of pytest's sets each case up, calls it and takes it down, for plugins to see."""
    ended = run_pytest(tmp_path, "--pd-replay=demo", "--durations=0", "-vv", "-k", "PD-02")

    for phase in ("setup", "call", "teardown"):
        assert f"s {phase} " in ended.out


def test_an_own_control_has_what_pytest_gives_a_test(tmp_path: Path) -> None:
    """Fixtures of its file are its own, and what it prints gets into no report."""
    fixture = "\n\n@pytest.fixture\ndef wanted():\n    return print('never seen')\n"
    write_additions(tmp_path, control=CONTROL.replace("service: ", "wanted, service: ") + fixture)
    ended = run_command(tmp_path, "--replay=demo", "--controls=acme-1")

    statuses = {each["status"] for each in json.loads(ended.out)["findings"]}
    assert statuses
    assert "error" not in statuses
