"""The action plan: what is left to do, one row each, with columns for the team to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from pdsec_checks.model import Control, Finding
from pdsec_checks.reports import plain
from pdsec_checks.reports.csv_report import defused
from pdsec_checks.reports.model import Report

TO_FILL_IN = ("owner", "due_date", "comment")
COLUMNS = (
    "control",
    "title",
    "severity",
    "status",
    "resource_type",
    "resource_id",
    "resource_name",
    "resource_url",
    "message",
    "remediation",
    "requirements",
    *TO_FILL_IN,
)


def render(report: Report) -> str:
    """Return every fail, error and manual as CSV, the most severe first; lines end with CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    supported = {control.id: requirements(report, control) for control in report.controls}
    to_do = [pair for pair in plain.all_findings(report) if pair[1].status in plain.TO_DO]
    for control, finding in sorted(to_do, key=plain.worst_first):
        writer.writerow([defused(plain.line(cell)) for cell in row(control, finding, supported)])
    return text.getvalue()


def requirements(report: Report, control: Control) -> str:
    """Return the requirements that a control supports, in one cell."""
    return "; ".join(plain.label(each) for each in plain.requirements_of(report, control))


def row(control: Control, finding: Finding, supported: Mapping[str, str]) -> list[str]:
    """Return the cells of one finding, the last ones empty."""
    return [
        control.id,
        control.title,
        finding.severity.value,
        finding.status.value,
        finding.resource.type,
        finding.resource.id,
        finding.resource.name,
        plain.link(finding.resource) or "",
        finding.marked,
        control.remediation,
        supported[control.id],
        *("" for _ in TO_FILL_IN),
    ]
