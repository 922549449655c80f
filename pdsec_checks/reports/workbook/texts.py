"""The texts of a workbook: each stands in it once, and cells name it by its number.

A cell could hold its text itself, but previews on telephones show only what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pdsec_checks.reports.text import for_xml, line
from pdsec_checks.reports.workbook.xml import BEGIN, MAIN, shown

CELL_LIMIT = 32_767
LINK_LIMIT = 2_079
"""What a cell and a link may hold, in units of UTF-16, by Excel's specification
(https://support.microsoft.com/office/excel-specifications-and-limits)."""
RECENT = 10_000
"""Texts that are known without a look at what has to be cleaned; many rows say the same."""
AT_ONCE = 1_000
"""Texts that are written at once."""


class Text(NamedTuple):
    """A text of the workbook."""

    number: int
    """What cells name it by."""
    shown: str
    """One line, which may be empty."""
    is_address: bool
    """Whether it is an address and nothing else, short enough for a link."""


class Texts:
    """The texts of one workbook, in the order in which cells named them."""

    def __init__(self) -> None:
        self.known = lru_cache(RECENT)(self._known)
        """Cell → its text."""
        self.named = 0
        """How many cells hold a text."""
        self._numbers: dict[str, int] = {}

    def _known(self, cell: str) -> Text:
        text = fitting(for_xml(line(cell)))
        number = self._numbers.setdefault(text, len(self._numbers)) if text else -1
        return Text(number, text, is_address(text))

    def pieces(self) -> Iterator[str]:
        """Yield the part of the workbook that holds them."""
        yield (
            f'{BEGIN}<sst xmlns="{MAIN}" count="{self.named}" uniqueCount="{len(self._numbers)}">'
        )
        texts = iter(self._numbers)
        while batch := list(islice(texts, AT_ONCE)):
            yield "".join(f"<si><t>{shown(each)}</t></si>" for each in batch)
        yield "</sst>"


def units(text: str) -> int:
    """Return the length of *text* as Excel counts it: in units of UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def fitting(text: str) -> str:
    """Return *text*, cut to what a cell holds, with an ellipsis, if it is longer."""
    if len(text) <= CELL_LIMIT // 2 or units(text) <= CELL_LIMIT:
        return text
    kept = text.encode("utf-16-le")[: 2 * (CELL_LIMIT - 1)]
    return f"{kept.decode('utf-16-le', 'ignore')}…"


def is_address(text: str) -> bool:
    """Tell whether *text* is an address and nothing else, short enough for a link."""
    return text.startswith("https://") and " " not in text and units(text) <= LINK_LIMIT
