"""Clocks: what counts time is judged only where this machine and PagerDuty agree on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.model import Status
from pdsec_checks.pagerduty import clocks
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from tests.simulator import Simulator, accounts, run
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.findings import core_ids
from tests.support.judged import CONTROLS, NOTHING, NOW, a_snapshot, refused
from tests.support.processes import Ended
from tests.support.shown import shown_in

TIMED = {name for name, each in DATA_SETS.items() if each.counts_time}

NOTHING_BUT_ROWS = {"csv", "action-plan"}
"""Formats that hold findings, and have no place for anything else."""


def compared(apart: timedelta, snapshot: Snapshot | None = None) -> Snapshot:
    """Return a snapshot that was read where PagerDuty's clock is *apart* from ours."""
    date = format_datetime(NOW + apart, usegmt=True)
    return clocks.compared(snapshot or a_snapshot(), date, NOW)


def test_what_is_asked_for_by_time_counts_time() -> None:
    """Audit records, incidents, change events, and both kinds of rendered schedules."""
    assert {name.partition("_")[0] for name in TIMED} == {
        *("audit", "incidents", "change", "schedules", "shift"),
    }


@pytest.mark.parametrize("seconds", [0, 1, -60, 300, -300])
def test_clocks_that_agree_say_nothing(seconds: int) -> None:
    """Five minutes are no matter."""
    assert compared(timedelta(seconds=seconds)) == a_snapshot()


@pytest.mark.parametrize("seconds", [301, -301, 3600, -3600])
def test_more_than_five_minutes_are_a_notice(seconds: int) -> None:
    """It names both clocks and the way out; every verdict stays."""
    snapshot = compared(timedelta(seconds=seconds))
    (said,) = snapshot.notices

    assert said.startswith(
        "the clock of this machine says 2026-11-23T09:00:00Z and PagerDuty's 2026"
    )
    assert said.endswith("set the clock of this machine")
    assert replace(snapshot, notices=()) == a_snapshot()


@pytest.mark.parametrize("hours", [1.01, -1.01, 24, -24 * 365 * 5])
def test_more_than_an_hour_costs_what_was_asked_for_by_time(hours: float) -> None:
    """An answer about another span than the true one answers another question."""
    snapshot = compared(timedelta(hours=hours))

    for name, found in snapshot.data.items():
        assert isinstance(found, Unavailable) is (name in TIMED), name
        if isinstance(found, Unavailable):
            assert found.reason == snapshot.clock == snapshot.notices[0]


def test_a_refusal_stays_what_it_was() -> None:
    """What could not be read anyway keeps its own reason."""
    snapshot = compared(timedelta(hours=2), a_snapshot(schedules=refused()))

    assert snapshot.data["schedules"] == a_snapshot(schedules=refused()).data["schedules"]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT"])
def test_an_answer_without_a_moment_says_nothing(date: str) -> None:
    """A gateway may leave ``Date`` out; there is nothing to compare then."""
    assert clocks.compared(a_snapshot(), date, NOW) == a_snapshot()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """Serve a small account."""
    with run(accounts.small) as running:
        yield running


@pytest.fixture
def skewed(simulator: Simulator) -> Iterator[Simulator]:
    """Let PagerDuty's clock be two hours ahead."""
    simulator.skew = timedelta(hours=2)
    yield simulator
    simulator.skew = timedelta(0)


def counting_time() -> set[str]:
    """Return the controls that ask for time, or for what was asked for by time."""
    return {
        each
        for each, control in CONTROLS.items()
        if each in core_ids()
        and ("as_of" in control.arguments or TIMED & set(control.control.needs))
    }


@pytest.fixture
def wrong(skewed: Simulator, tmp_path: Path) -> Ended:
    """Inspect the account with a wrong clock, into every report, and record it."""
    formats = ",".join(REPORT_FORMATS)
    flags = ("--record=tape.yaml", f"--format={formats}", f"--output={tmp_path}/")
    return run_command(tmp_path, *flags, simulator=skewed)


def test_a_wrong_clock_is_an_error_of_each_control_that_counts_time(
    wrong: Ended, tmp_path: Path
) -> None:
    """No other control is touched, live and in the replay of what was recorded."""
    assert wrong.code == 6, wrong.text
    live = wrong.verdicts
    assert {control for (control, _), status in live.items() if status == "error"} == (
        counting_time()
    )
    assert {status for (each, _), status in live.items() if each in counting_time()} == {"error"}
    for finding in wrong.report["findings"]:
        if finding["status"] == "error":
            assert "the clock of this machine says " in finding["message"]
            assert "120 minutes apart" in finding["message"]
    replayed = run_command(tmp_path, "--replay=tape.yaml", "--output=inspection.json")
    assert replayed.verdicts == live
    assert any("120 minutes apart" in notice for notice in replayed.report["notices"])


def test_a_wrong_clock_is_a_notice_in_every_report(wrong: Ended, tmp_path: Path) -> None:
    """Whoever reads one of the reports learns of it."""
    assert "120 minutes apart" in wrong.err
    for name, file in REPORT_FORMATS.items():
        text = shown_in(tmp_path / file)
        assert "120 minutes apart" in text, name


def test_a_clock_that_is_ten_minutes_off_is_a_notice_in_the_report(
    simulator: Simulator, tmp_path: Path
) -> None:
    """Every verdict is that of a right clock."""
    right = run_command(tmp_path, "--output=inspection.json", simulator=simulator).verdicts
    simulator.skew = timedelta(minutes=-10)
    try:
        flags = (f"--format={','.join(REPORT_FORMATS)}", f"--output={tmp_path}/")
        ended = run_command(tmp_path, *flags, simulator=simulator)
    finally:
        simulator.skew = timedelta(0)

    assert ended.verdicts == right
    without = {
        name
        for name, file in REPORT_FORMATS.items()
        if "10 minutes apart" not in shown_in(tmp_path / file)
    }
    assert without == NOTHING_BUT_ROWS


def test_reports_of_pytest_have_the_notice_too(skewed: Simulator, tmp_path: Path) -> None:
    """Above the table of pytest-html, and beside the source in pytest-json-report."""
    run_pytest(
        tmp_path,
        *("--pd-controls=22", "--html=report.html", "--self-contained-html"),
        *("--json-report", "--json-report-file=report.json"),
        simulator=skewed,
    )
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))["inspection"]

    assert "120 minutes apart" in (tmp_path / "report.html").read_text("utf-8")
    assert ["120 minutes apart" in each for each in found["notices"]] == [True]


def test_no_decision_counts_by_a_wrong_clock(tmp_path: Path) -> None:
    """Set back far enough, a clock would let every waiver that ever was count again."""
    waiver = 'control = "PD-05"\nresource = "PS"\nreason = "x"\napproved_by = "y"\n'
    (tmp_path / "pdsec.toml").write_text(f"[[waivers]]\n{waiver}expires = 2026-12-01\n")
    settings = load_settings({}, {}, tmp_path)
    service = {"id": "PS", "name": "Shop", "status": "active", "escalation_policy": None}
    snapshot = a_snapshot(services=[service])
    for apart, status in ((0, Status.WAIVED), (2, Status.FAIL)):
        inspection = Inspection(compared(timedelta(hours=apart), snapshot), Baseline())
        (found,) = engine.judged([CONTROLS["PD-05"]], inspection, settings)
        assert found.status is status


def test_own_controls_that_ask_for_the_moment_are_errors() -> None:
    """``as_of`` is no moment that anything can be counted from."""

    def control(service: object, as_of: datetime) -> None:
        assert service
        assert as_of

    snapshot = a_snapshot(services=[{"id": "PS", "name": "Shop"}])
    inspection = Inspection(compared(timedelta(days=-2), snapshot), Baseline())
    own = replace(CONTROLS["PD-05"], function=control)

    (found,) = engine.judged([own], inspection, NOTHING)
    assert found.status is Status.ERROR
    assert "set the clock of this machine" in found.message
