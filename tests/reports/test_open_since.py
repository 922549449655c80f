"""Since when a check has needed somebody, by the last report."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pdsec_checks.finding import CarriedFail
from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.earlier import EarlierReport, read_report
from pdsec_checks.reports.open_since import open_since
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report
from tests.support.judged import NOW

MONDAY, TUESDAY = NOW - timedelta(days=2), NOW - timedelta(days=1)


def at(report: Report, moment: datetime) -> Report:
    """Return a report of another moment."""
    return replace(report, run=replace(report.run, as_of=moment))


def written(report: Report, folder: Path) -> EarlierReport:
    """Return a report as the next run reads it."""
    path = folder / f"{report.run.as_of:%A}.json"
    path.write_text(render("json", report), encoding="utf-8")
    return read_report(path, "--last-report")


@pytest.mark.parametrize(
    ("before", "now", "since"),
    [
        (Status.FAIL, Status.FAIL, MONDAY),
        (Status.FAIL, Status.ERROR, MONDAY),
        (Status.ERROR, Status.ERROR, MONDAY),
        (Status.MANUAL, Status.ERROR, MONDAY),
        (Status.ERROR, Status.FAIL, NOW),
        (Status.PASS, Status.FAIL, NOW),
        (Status.WAIVED, Status.FAIL, NOW),
    ],
)
def test_what_goes_on_keeps_its_date(
    before: Status, now: Status, since: datetime, tmp_path: Path
) -> None:
    """A fail or a doubt that goes on is as old as it was; a fail after a doubt is new."""
    last = written(at(a_report(a_finding("PD-06", before)), MONDAY), tmp_path)
    finding = a_finding("PD-06", now)
    report = a_report(finding)

    found = replace(report, open_since=open_since(last, report.run, report.findings))

    assert found.since(finding) == since


def test_a_date_lives_on_from_report_to_report(tmp_path: Path) -> None:
    """The day on which a fail was first seen outlasts every report but the last."""
    monday = written(at(a_report(a_finding()), MONDAY), tmp_path)
    report = at(a_report(a_finding()), TUESDAY)
    tuesday = written(
        replace(report, open_since=open_since(monday, report.run, report.findings)), tmp_path
    )
    today = a_report(a_finding())

    assert set(open_since(tuesday, today.run, today.findings).values()) == {MONDAY}


def test_a_carried_fail_keeps_its_date(tmp_path: Path) -> None:
    """Nobody could judge it yesterday; it has been open since the day before all the same."""
    fail = a_finding()
    yesterday = replace(
        at(a_report(a_finding(status=Status.ERROR)), TUESDAY),
        carried=[CarriedFail(fail, TUESDAY, "HTTP 403")],
        open_since={fail.address: MONDAY},
    )
    last = written(yesterday, tmp_path)
    today = a_report(fail)

    assert open_since(last, today.run, today.findings) == {fail.address: MONDAY}


def test_json_says_since_when_somebody_is_needed() -> None:
    """Only what needs somebody has the field."""
    report = a_report(a_finding("PD-05"), a_finding("PD-06", Status.PASS))

    found = [each.get("open_since") for each in json.loads(render("json", report))["findings"]]

    assert found == ["2026-11-23T09:00:00Z", None]
