"""One sheet of a workbook: a head that stays in view, filters, cells as text, addresses as links.

Every cell with letters or an id is text, which no program takes for a number or a date: ``8.10``
stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from string import ascii_uppercase
from typing import Any, NamedTuple, TypeAlias

from pdsec_checks.reports.spreadsheet import Rows
from pdsec_checks.reports.workbook.texts import Text, Texts
from pdsec_checks.reports.workbook.xml import BEGIN, MAIN, PACKAGE, RELATIONS, quoted, relation

Cells: TypeAlias = Rows[Any] | Sequence[Sequence[str | int]]
"""The rows of a sheet, which says how many there are before the first one."""
ROWS = 1_048_576
LINKS = 65_530
"""What a sheet may hold, by Excel's specification."""
HEAD, TEXT, LINK = 1, 2, 3
"""The formats of cells, by their place in ``parts/styles.xml``."""
SPAN = 16
"""Rows of which the columns that they use are told together, as Excel does it."""
FROZEN = (
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    '<selection pane="bottomLeft"/>'
)
MARGINS = '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
PADDING = 0.7109375
"""What Excel adds to the width of a column, in characters of its usual font."""
IS_ESCAPED = re.compile("%[0-9a-fA-F]{2}")
ESCAPED = str.maketrans({each: f"%{ord(each):02x}" for each in '%"<>[]^`{}'})
"""What Excel does not take in an address."""


class Sheet(NamedTuple):
    """A sheet: its name, its columns, its rows."""

    name: str
    widths: Mapping[str, int]
    """Column → its width in characters; 26 at most."""
    rows: Cells

    @property
    def area(self) -> tuple[str, str]:
        """Its first and its last cell."""
        return "A1", f"{ascii_uppercase[len(self.widths) - 1]}{len(self.rows) + 1}"


class Writer:
    """Writes one sheet, and keeps where its links are, which stand behind the cells."""

    def __init__(self, sheet: Sheet, texts: Texts, *, is_shown: bool) -> None:
        self.sheet = sheet
        self.links: list[tuple[str, str]] = []
        """Cell and address of each link."""
        self._texts = texts
        self._selected = ' tabSelected="1"' if is_shown else ""

    def pieces(self) -> Iterator[str]:
        """Yield the part of the workbook that holds the sheet, some rows at a time."""
        area = ":".join(self.sheet.area)
        yield f'{BEGIN}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}"><dimension ref="{area}"/>'
        yield f'<sheetViews><sheetView{self._selected} workbookViewId="0">{FROZEN}</sheetView>'
        yield f'</sheetViews><sheetFormatPr defaultRowHeight="15"/>{columns(self.sheet.widths)}'
        yield "<sheetData>"
        yield from self._rows()
        yield f'</sheetData><autoFilter ref="{area}"/>'
        if self.links:
            yield from hyperlinks(self.links)
        yield f"{MARGINS}</worksheet>"

    def _rows(self) -> Iterator[str]:
        rows = enumerate(chain([list(self.sheet.widths)], self.sheet.rows), 1)
        while block := list(islice(rows, SPAN)):
            written = [(number, self._cells(number, row)) for number, row in block]
            used = {place for _, cells in written for place in cells}
            yield "".join(
                f'<row r="{number}" spans="{min(used)}:{max(used)}">{"".join(cells.values())}</row>'
                for number, cells in written
                if cells
            )

    def _cells(self, number: int, row: Sequence[str | int]) -> dict[int, str]:
        """Return the cells of a row by their columns, which are counted from 1."""
        form = HEAD if number == 1 else TEXT
        found = {}
        for place, cell in enumerate(row, 1):
            if isinstance(cell, int):
                found[place] = f'<c r="{ascii_uppercase[place - 1]}{number}"><v>{cell}</v></c>'
            elif cell and (text := self._texts.known(cell)).shown:
                found[place] = self._text(f"{ascii_uppercase[place - 1]}{number}", text, form)
        return found

    def _text(self, name: str, text: Text, form: int) -> str:
        self._texts.named += 1
        if text.is_address and len(self.links) < LINKS:
            self.links.append((name, text.shown))
            form = LINK
        return f'<c r="{name}" s="{form}" t="s"><v>{text.number}</v></c>'


def columns(widths: Mapping[str, int]) -> str:
    """Return the widths of columns, those of neighbours that are alike together."""
    found, first = [], 1
    for width, alike in groupby(widths.values()):
        last = first + len(list(alike)) - 1
        found.append(f'<col min="{first}" max="{last}" width="{width + PADDING}" customWidth="1"/>')
        first = last + 1
    return f"<cols>{''.join(found)}</cols>"


def hyperlinks(links: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield which cells are links; their addresses stand in the relations of the sheet."""
    yield "<hyperlinks>"
    for number, (cell, address) in enumerate(links, 1):
        anchor = address.partition("#")[2]
        location = f' location="{quoted(anchor)}"' if anchor else ""
        yield f'<hyperlink ref="{cell}" r:id="rId{number}"{location}/>'
    yield "</hyperlinks>"


def relations(links: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the part of the workbook that holds the addresses of a sheet's links."""
    yield f'{BEGIN}<Relationships xmlns="{PACKAGE}/relationships">'
    for number, (_, address) in enumerate(links, 1):
        yield relation(number, "hyperlink", target(address), "External")
    yield "</Relationships>"


def target(address: str) -> str:
    """Return an address as Excel takes it, without its fragment, which stands at the cell."""
    found = address.partition("#")[0]
    return found if IS_ESCAPED.search(found) else found.translate(ESCAPED)
