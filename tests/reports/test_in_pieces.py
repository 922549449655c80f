"""Reports are written bit by bit: that of an account in which everything fails is held nowhere."""

from __future__ import annotations

import pytest

from pdsec_checks.reports import pieces
from pdsec_checks.reports.report import Report
from tests.support.findings import a_report, many_findings

FINDINGS = 3_000
SHARE = 1 / 4
"""Of a report that is held at once, at most; of twice the findings it would be half of that."""


@pytest.fixture(scope="module")
def report() -> Report:
    """Return a report in which a thousand services fail each of three controls."""
    controls = ("PD-05", "PD-06", "PD-22")
    return a_report(*(each for name in controls for each in many_findings(FINDINGS // 3, name)))


@pytest.mark.parametrize(
    "name",
    ["json", "csv", "html", "action-plan", "oscal", "poam", "ocsf", "junit", "defectdojo"],
)
def test_no_report_is_held_whole(report: Report, name: str) -> None:
    """However many findings there are."""
    sizes = [len(each) for each in pieces(name, report)]

    assert sum(sizes) > FINDINGS * 100
    assert max(sizes) < SHARE * sum(sizes)
