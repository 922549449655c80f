"""Reports of one account on successive days, and the trend that they make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports import json_report
from pdsec_checks.reports.earlier import EarlierReport, report_in
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.trend.document import Trend, runs_of
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource
from tests.support.judged import NOW

DAY = timedelta(days=1)


def a_case(status: Status, name: str = "P1", control: str = "PD-05") -> Finding:
    """Return the finding of a service."""
    return a_finding(control, status, a_resource(f"shop {name}", name))


def dated(report: Report, as_of: datetime, **changed: Any) -> Report:
    """Return a report of another moment."""
    return replace(report, run=replace(report.run, as_of=as_of, **changed))


def daily(*reports: Report, since: datetime = NOW) -> list[Report]:
    """Return reports of successive days."""
    return [dated(each, since + DAY * number) for number, each in enumerate(reports)]


def read_back(report: Report) -> EarlierReport:
    """Return a report as it is read back from its JSON."""
    return report_in(json_report.render(report).encode("utf-8", "replace"), "a report")


def trend(*reports: Report, **about: Any) -> Trend:
    """Return the trend of reports, the oldest first."""
    read = [read_back(each) for each in reports]
    runs = runs_of((f"{number}.json", each) for number, each in enumerate(read))
    return Trend(read[-1].account, list(runs), **about)


def statuses(*found: Status) -> Report:
    """Return a report in which services have these statuses."""
    return a_report(*(a_case(each, f"P{number}") for number, each in enumerate(found)))


def written(folder: Path, reports: Iterable[Report]) -> list[Path]:
    """Write reports into a folder, each under its day; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for each in reports:
        file = folder / f"{each.run.as_of:%Y-%m-%dT%H%M%S}.json"
        file.write_text(json_report.render(each), encoding="utf-8")
        files.append(file)
    return files
