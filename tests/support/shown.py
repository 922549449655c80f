"""What a reader sees of a report in any format, as text: of a workbook its rows, line by line."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from pdsec_checks.configuration.options import BINARY
from pdsec_checks.reports import content
from pdsec_checks.reports.report import Report


def workbook(made: bytes) -> Workbook:
    """Return a workbook as a spreadsheet opens it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_workbook(io.BytesIO(made))


def rows(made: bytes, sheet: str) -> list[dict[str, str]]:
    """Return the rows of a sheet by the names of its columns; an empty cell is an empty text."""
    head, *found = workbook(made)[sheet].iter_rows(values_only=True)
    return [
        {str(name): "" if cell is None else str(cell) for name, cell in zip(head, row, strict=True)}
        for row in found
    ]


def lines(made: bytes) -> Iterator[str]:
    """Yield each row of each sheet as one line."""
    for sheet in workbook(made):
        for row in sheet.iter_rows(values_only=True):
            yield " | ".join("" if cell is None else str(cell) for cell in row)


def as_text(made: bytes, name: str) -> str:
    """Return what the file of a format holds."""
    return "\n".join(lines(made)) if name in BINARY else made.decode()


def shown(name: str, report: Report) -> str:
    """Return what a report says in a format."""
    made = content(name, report)
    return "\n".join(lines(made)) if isinstance(made, bytes) else made


def shown_in(path: Path) -> str:
    """Return what the file of a report says."""
    return as_text(path.read_bytes(), path.suffix.removeprefix("."))
