"""What the two reports for spreadsheets share: their first columns, and cells that do no harm."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from pdsec_checks.finding import Finding
from pdsec_checks.model import Control
from pdsec_checks.reports import facts
from pdsec_checks.reports.text import line

T = TypeVar("T")
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
BOM = "\ufeff"
"""What tells Excel that a file is UTF-8; without it a name such as Zoë is read as Latin."""
MONTH = (
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    "|nov(ember)?|dec(ember)?)"
)
VALUE = re.compile(
    r"[$€£¥]? ?(?=\D*\d)[\d.,:/ -]+(e[+-]?\d+)? ?(%|[ap]m?)?|true|false"
    rf"|\d{{1,4}}[ ./-]*{MONTH}([ ,./-]*\d{{1,4}})?"
    rf"|{MONTH}[ ,./-]*\d{{1,4}}([ ,./-]+\d{{1,4}})*",
    re.IGNORECASE,
)
"""What a spreadsheet takes for a number, a date or a truth value: ``007``, ``1E5``, ``MAR1``."""
RECENT = 1_000
"""Cells of which a table remembers how they are written: several rows full."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class Rows(Generic[T]):
    """Rows that are made one by one as they are asked for, though their number is known."""

    def __init__(self, told: Sequence[T], cells: Callable[[T], list[str]]) -> None:
        self._told = told
        self._cells = cells

    def __len__(self) -> int:
        return len(self._told)

    def __iter__(self) -> Iterator[list[str]]:
        return map(self._cells, self._told)


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
        "" if facts.attestation_of(finding) else remediation(control, finding),
    ]


def teams(finding: Finding) -> str:
    """Return the teams that the resource of a finding belongs to, in one cell."""
    return "; ".join(facts.teams(finding))


def remediation(control: Control, finding: Finding) -> str:
    """Return what to do about a finding; in general where nothing is to be done."""
    return facts.remedy_of(control, finding).text or control.remediation


def written(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    kept: Callable[[str], str] = lambda cell: cell,
    values: Collection[str] = (),
) -> str:
    """Return CSV text with a header line, as ``lines`` yields it."""
    return "".join(lines(columns, rows, kept, values))


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return *text*."""
        return text


def lines(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    kept: Callable[[str], str] = lambda cell: cell,
    values: Collection[str] = (),
) -> Iterator[str]:
    """Yield the header line of CSV text, and one line a row; they end with CRLF (RFC 4180).

    A cell is one line without control characters, and no formula; *kept* may write it otherwise,
    but not in the columns *values*: their dates are ours, and a spreadsheet is to sort by them.
    """

    @lru_cache(RECENT)  # what is said of a control stands in each of its rows
    def safe(cell: str) -> str:
        return defused(line(cell))

    @lru_cache(RECENT)
    def text(cell: str) -> str:
        return kept(safe(cell))

    writer = csv.writer(Echo())
    yield writer.writerow(columns)
    ways = [safe if column in values else text for column in columns]
    for row in rows:
        yield writer.writerow([way(cell) for way, cell in zip(ways, row, strict=True)])


def as_text(cell: str) -> str:
    """Return a cell that a spreadsheet shows as it is, letter by letter, and not as a value.

    Of CSV the only way is a formula that says the text; nothing but digits, a month and
    punctuation ever gets into it.
    """
    return f'="{cell}"' if VALUE.fullmatch(cell) else cell


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell
