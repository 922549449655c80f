"""What programs read in a JUnit report: the cases, each by its own name, and what became of it."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree import ElementTree as ET

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.consumers import Row
from tests.support.whole_report import next_report, whole_report

Cases: TypeAlias = dict[tuple[str, str], str]
"""Class and name → ``passed``, ``failure``, ``error`` or ``skipped``; of one name the first."""
REFUSED = ("/services", "/users", "/audit/records")
"""What the next run of the tables cannot read."""


def cases(report: Report) -> Cases:
    """Return the cases of a report, as whoever reads our file finds them."""
    found: Cases = {}
    for case in ET.fromstring(render("junit", report)).iter("testcase"):  # noqa: S314 - our own
        outcome = next((each.tag for each in case), "passed")
        found.setdefault((case.attrib["classname"], case.attrib["name"]), outcome)
    return found


def counted(report: Report, *outcomes: str) -> int:
    """Return how many cases became one of *outcomes*."""
    return sum(each in outcomes for each in cases(report).values())


def turned_green(before: Report, now: Report) -> int:
    """Return how many cases pass now that failed before: what a comparison calls fixed."""
    red = {name for name, each in cases(before).items() if each in {"failure", "error"}}
    return sum(outcome == "passed" and name in red for name, outcome in cases(now).items())


def fixed(before: Report, now: Report) -> int:
    """Return how many fails of ours pass now."""
    failed = {each.fingerprint for each in before.findings if each.status is Status.FAIL}
    return sum(each.status is Status.PASS and each.fingerprint in failed for each in now.findings)


def rows_of(consumer: str) -> list[Row]:
    """Return what is red and what is green of the demo account, and what the next run fixed.

    That is for a consumer whose rule, in words, is the one of ``counted`` and ``turned_green``.
    """

    def row(account: str, shows: str, ours: int, theirs: int, *, settles: bool = True) -> Row:
        return Row(consumer, "rule", "junit", account, shows, ours, theirs, settles)

    report = whole_report()
    red = report.counts[Status.FAIL] + report.counts[Status.ERROR]
    green = report.counts[Status.PASS]
    found = [
        row("demo", "failed tests", red, counted(report, "failure", "error"), settles=False),
        row("demo", "passed tests", green, counted(report, "passed")),
    ]
    for path in REFUSED:
        later, account = next_report(path), f"demo, then {path} refused"
        ours, theirs = fixed(report, later), turned_green(report, later)
        found.append(row(account, "fixed tests", ours, theirs))
    return found
