"""A workbook of our own writing: the bytes of the library that everybody reads, and no memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.reports.spreadsheet import Rows
from pdsec_checks.reports.workbook import book
from pdsec_checks.reports.workbook.sheet import Sheet
from pdsec_checks.reports.workbook.texts import CELL_LIMIT, LINK_LIMIT
from tests.support.shown import workbook

TITLE = 'Inspection of "A & B" <c>'
CREATED = datetime(2026, 11, 23, 9, tzinfo=UTC)
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
ADDRESSES = (
    "https://a.example",
    'https://a.example/b?c=d&e="f"#g<h>',
    "https://a.example/[b]^`{c}",
    "https://a.example/%5Bb%5D[c]",
    f"https://a.example/{'b' * (LINK_LIMIT - 18)}",
)
TEXTS = ("8.10", "=1+1", 'a & b <c> "d"', "_x0041_ and _xZZZZ_", "Zoë 🚒", "c" * CELL_LIMIT)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=8)
cells = st.one_of(words, st.integers(0, 10**9), st.sampled_from(ADDRESSES + TEXTS))


def ours(*sheets: Sheet) -> bytes:
    """Return a workbook as we write it."""
    made = io.BytesIO()
    book.write(made, sheets, TITLE, CREATED)
    return made.getvalue()


def theirs(*sheets: Sheet) -> bytes:
    """Return the same workbook as XlsxWriter writes it."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, OPTIONS) as written:
        written.set_properties({"title": TITLE, "created": CREATED.replace(tzinfo=None)})
        head = written.add_format({"bold": True, "num_format": "@", "valign": "top"})
        text = written.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        for each in sheets:
            page = written.add_worksheet(each.name)
            for place, (name, width) in enumerate(each.widths.items()):
                page.write_string(0, place, name, head)
                page.set_column(place, place, width)
            for number, row in enumerate(each.rows, 1):
                for place, cell in enumerate(row):
                    put(page, number, place, cell, text)
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, len(each.rows), len(each.widths) - 1)
    return made.getvalue()


def put(page: Any, number: int, place: int, cell: str | int, form: Any) -> None:
    """Write one cell with XlsxWriter; an empty one is left out."""
    if isinstance(cell, int):
        page.write_number(number, place, cell)
    elif cell.startswith("https://"):
        page.write_url(number, place, cell, string=cell)
    elif cell:
        page.write_string(number, place, cell, form)


def a_sheet(*rows: Sequence[str | int], name: str = "Findings", columns: int = 3) -> Sheet:
    """Return a sheet with some columns, of which the second is wide."""
    widths = {f"column {place}": 60 if place == 1 else 16 for place in range(columns)}
    return Sheet(name, widths, rows)


def a_row(text: str) -> list[str]:
    """Return a row of which no cell is another row's."""
    return [text, f"service {text} has no escalation policy", f"https://a.example/services/{text}"]


def test_a_workbook_has_the_bytes_of_the_usual_library() -> None:
    """Parts, order, formats, widths, filters, links and moments, with hostile texts among them."""
    rows = [("text", each, 7) for each in (*TEXTS, *ADDRESSES)]
    sheets = (
        a_sheet(("fact", "", "value"), name="Run"),
        a_sheet(*rows, *([("again", "", "")] * 40), name="Action plan"),
        a_sheet(name="Controls", columns=26),
    )

    assert ours(*sheets) == theirs(*sheets)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(words.map("id {}".format).map(str.strip), cells, cells), max_size=40))
def test_any_cells_give_the_bytes_of_the_usual_library(rows: list[tuple[str | int, ...]]) -> None:
    """However many rows and repeated texts there are; theirs lacks formats that no cell has."""
    sheets = (a_sheet(("fact", *ADDRESSES[:1]), name="Run"), a_sheet(*rows))

    assert ours(*sheets) == theirs(*sheets)


def test_no_text_becomes_markup() -> None:
    """XlsxWriter takes a text between two tags of a certain name for markup; we never do."""
    hostile = "<r><t>shown</t></r>"

    assert workbook(ours(a_sheet((hostile,))))["Findings"]["A2"].value == hostile


def test_a_text_is_cut_by_the_units_that_excel_counts() -> None:
    """A character beyond the first 65,536 counts twice; none is cut in half."""
    (found,) = {
        str(workbook(ours(a_sheet((each,))))["Findings"]["A2"].value)
        for each in ("🚒" * CELL_LIMIT, "🚒" * (CELL_LIMIT // 2 + 1))
    }

    assert found == "🚒" * (CELL_LIMIT // 2) + "…"


def test_a_row_without_a_text_is_left_out() -> None:
    """The rows beside it stay where they are."""
    shown = workbook(ours(a_sheet(("a",), *([("", " ", "")] * 2_000), ("b",))))["Findings"]

    assert [shown[f"A{number}"].value for number in (2, 3, 2_003)] == ["a", None, "b"]


def test_the_moment_is_that_of_utc() -> None:
    """Wherever the account was read."""
    there = CREATED.astimezone(timezone(timedelta(hours=9)))
    made = io.BytesIO()
    book.write(made, [a_sheet()], TITLE, there)

    assert made.getvalue() == ours(a_sheet())


def test_no_sheet_is_held_whole() -> None:
    """Of a row nothing stays but texts that no other row has; its cells are written at once."""
    names = [f"{number:06}" for number in range(20_000)]
    tracemalloc.start()
    made = ours(a_sheet()._replace(rows=Rows(names, lambda name: [*a_row("same")[:2], name])))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size

    assert size > 2_500_000
    assert peak < 5_000_000
