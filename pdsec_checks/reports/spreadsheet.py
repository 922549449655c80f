"""What the two reports for spreadsheets share: their first columns, and cells that do no harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from pdsec_checks.model import Control, Finding
from pdsec_checks.reports import facts
from pdsec_checks.reports.text import line

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
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cells(control: Control, finding: Finding) -> list[str]:
    """Return the cells of a finding, one for each of ``COLUMNS``."""
    resource = finding.resource
    return [
        control.id,
        control.title,
        finding.severity.value,
        finding.status.value,
        resource.type,
        resource.id,
        resource.name,
        facts.link(resource) or "",
        finding.marked,
        control.remediation,
    ]


def written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return CSV text with a header line; lines end with CRLF (RFC 4180).

    A cell is one line without control characters, and no formula.
    """
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(columns)
    writer.writerows([defused(line(cell)) for cell in row] for row in rows)
    return made.getvalue()


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell
