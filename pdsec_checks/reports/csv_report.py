"""The CSV report: one row a finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

from pdsec_checks.reports.model import Report

FRAMEWORKS = ("fedramp", "cmmc", "soc2", "cis", "pci_dss", "stig", "irap", "ismap")
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
    *FRAMEWORKS,
    "as_of",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(report: Report) -> str:
    """Return the report as CSV text with a header line; lines end with CRLF (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    as_of = f"{report.run.as_of:%Y-%m-%dT%H:%M:%SZ}"
    for control in report.controls:
        ids: dict[str, list[str]] = {name: [] for name in FRAMEWORKS}
        for mapped in report.catalogue.requirements(control.id, report.mapping):
            if mapped.requirement.framework in ids:
                ids[mapped.requirement.framework].append(mapped.requirement.id)
        for finding in report.by_control[control.id]:
            row = (
                control.id,
                control.title,
                control.severity.value,
                finding.status.value,
                finding.resource.type,
                finding.resource.id,
                finding.resource.name,
                finding.resource.url or "",
                finding.marked,
                control.remediation,
                *(";".join(found) for found in ids.values()),
                as_of,
            )
            writer.writerow([defused(cell) for cell in row])
    return text.getvalue().encode("utf-8", "replace").decode()  # a lone surrogate is no text


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell
