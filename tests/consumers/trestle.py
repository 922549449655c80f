"""compliance-trestle: what its models of OSCAL hold after they have read our documents."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pdsec_checks.model import DEFICIENT, UNJUDGED, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support import trestle
from tests.support.consumers import Row
from tests.support.whole_report import whole_report

NAME = "compliance-trestle"
ACCOUNTS = {
    "demo": ("demo",),
    "demo_compliant, /services refused": ("demo_compliant", "/services"),
}
"""Account → its name, and the paths that PagerDuty refuses."""
FORMATS = ("oscal", "poam")


def rows() -> list[Row]:
    """Return which controls are satisfied, and what is planned for."""
    reports = {account: whole_report(*named) for account, named in ACCOUNTS.items()}
    texts = [render(name, report) for report in reports.values() for name in FORMATS]
    with tempfile.TemporaryDirectory() as folder:
        read: list[dict[str, Any]] = trestle.read(*texts, folder=Path(folder))
    return [
        row
        for number, (account, report) in enumerate(reports.items())
        for row in counted(account, report, *read[2 * number : 2 * number + 2])
    ]


def counted(
    account: str, report: Report, results: dict[str, Any], plan: dict[str, Any]
) -> list[Row]:
    """Return the rows of one account, of whose two documents trestle has read."""

    def row(name: str, shows: str, ours: int, theirs: int, *, settles: bool = False) -> Row:
        return Row(NAME, trestle.VERSION, name, account, shows, ours, theirs, settles)

    statuses = [report.status_of(each) for each in report.controls]
    (result,) = results["assessment-results"]["results"]
    states = [each["target"]["status"]["state"] for each in result.get("findings", [])]
    items = plan["plan-of-action-and-milestones"]["poam-items"]
    kinds = {(each.control, each.status in DEFICIENT) for each in report.findings if asks(each)}
    return [
        row("oscal", "satisfied", statuses.count(Status.PASS), states.count("satisfied"),
            settles=True),
        row("oscal", "not-satisfied", statuses.count(Status.FAIL), states.count("not-satisfied")),
        row("oscal", "observations", len(report.findings), len(result["observations"])),
        row("poam", "items to do", len(kinds), len(items)),
    ]  # fmt: skip


def asks(finding: Any) -> bool:
    """Tell whether a finding is to be in the plan: it fails, or nobody has judged it."""
    return finding.status in DEFICIENT | UNJUDGED
