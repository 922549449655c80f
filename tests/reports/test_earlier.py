"""An earlier report: what keeps a run from being compared with it is said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.findings import HOSTILE, a_finding, a_report


def with_thresholds(report: Report, **thresholds: object) -> Report:
    """Return a report of a run with these thresholds."""
    return replace(report, run=replace(report.run, baseline=thresholds))


def cautions(old: Report, new: Report) -> list[str]:
    """Return what a run says that was given an older report."""
    earlier = msgspec.json.decode(render("json", old), type=EarlierReport)
    return list(earlier.cautions(new.run))


WHOLE = a_report(a_finding("PD-05"), a_finding("PD-22"))
FEWER = a_report(a_finding("PD-05"))
THRESHOLD = (
    "the threshold api_key_max_age was 90 in the earlier report and is 30 now: a fail may be new "
    "because of that"
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (FEWER, WHOLE, "the earlier report did not judge PD-22: each fail there is new"),
        (
            with_thresholds(WHOLE, api_key_max_age=90),
            with_thresholds(WHOLE, api_key_max_age=30),
            THRESHOLD,
        ),
        (
            replace(WHOLE, restricted=True),
            WHOLE,
            "the earlier run may have judged some resources only: a fail of another is new",
        ),
        (
            replace(WHOLE, complete=False),
            WHOLE,
            "the earlier run was stopped: a fail that it had not come to is new",
        ),
    ],
    ids=["another selection", "another threshold", "some resources", "stopped"],
)
def test_what_may_make_a_fail_new_is_said(old: Report, new: Report, expected: str) -> None:
    """Where the account need not have changed for that, one sentence gives the reason."""
    assert cautions(old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (WHOLE, WHOLE),
        (WHOLE, FEWER),
        (WHOLE, replace(WHOLE, restricted=True)),
        (WHOLE, a_report(a_finding("PD-05", Status.PASS), a_finding("PD-22", Status.ERROR))),
        (with_thresholds(WHOLE), with_thresholds(WHOLE, of_a_newer_version=1)),
    ],
    ids=["the same", "fewer controls", "fewer resources", "other verdicts", "a further threshold"],
)
def test_what_makes_no_fail_new_is_not(old: Report, new: Report) -> None:
    """Whatever the newer run leaves out cannot fail in it."""
    assert cautions(old, new) == []


def test_thresholds_of_a_report_steer_nothing() -> None:
    """Somebody else may have written the file."""
    old = with_thresholds(WHOLE, critical_services=list(HOSTILE))
    (said,) = cautions(old, with_thresholds(WHOLE, critical_services=[]))

    assert said.isprintable()


def test_a_run_says_it_beside_what_is_new(tmp_path: Path) -> None:
    """In the summary, and in the reports."""
    arguments = ("--replay=demo", "--output=inspection.json")
    run_command(tmp_path, *arguments, "--controls=22")
    (tmp_path / "inspection.json").rename(tmp_path / "earlier.json")
    ended = run_command(tmp_path, *arguments, "--controls=5,22", "--baseline=earlier.json")

    said = "the earlier report did not judge PD-05: each fail there is new"
    assert ended.code == 1
    assert f"WARNING: {said}\n" in ended.err
    assert said in ended.report["notices"]
