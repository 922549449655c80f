"""What programs read in a JUnit report: the cases, each by its own name, and what became of it."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree import ElementTree as ET

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report

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
