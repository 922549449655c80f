"""What the CSV report and the action plan share: cells that do no harm."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.finding import ResourceRef
from pdsec_checks.reports import render, spreadsheet
from pdsec_checks.reports.text import line
from tests.support.findings import (
    FORBIDDEN,
    a_finding,
    a_report,
    a_resource,
    hostile_findings,
)

WRITERS = pytest.mark.parametrize("name", ["csv", "action-plan"])
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@WRITERS
def test_no_cell_steers_a_terminal_or_breaks_a_line(name: str) -> None:
    """Control characters and line ends of hostile names stay outside; each row is a line."""
    findings = hostile_findings()
    text = render(name, a_report(*findings)).removeprefix(spreadsheet.BOM)

    assert not any(char in text for char in FORBIDDEN)
    assert text.encode()
    assert text.count("\n") == text.count("\r\n") == len(text.splitlines())


@WRITERS
@pytest.mark.parametrize("url", ["http://a.example", "javascript:alert(1)", "//a.example", None])
def test_only_https_addresses_are_written(name: str, url: str | None) -> None:
    """A spreadsheet makes links of addresses: another scheme leaves the cell empty."""
    finding = a_finding(resource=ResourceRef("service", "P1", "Checkout", url))
    text = render(name, a_report(finding)).removeprefix(spreadsheet.BOM)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))

    assert row["resource_url"] == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        ("", ""),
        (" ", " "),
    ],
)
def test_formula_is_defused(cell: str, expected: str) -> None:
    """A cell that a spreadsheet would run starts with an apostrophe, others are untouched."""
    assert spreadsheet.defused(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        *("007", "12345678901234567890", "1E5", "1e+5", "1.5", "1,5", "50 %", "$5", "1/2", "1 1/2"),
        *(
            "2026-11-23",
            "23.11.2026",
            "12:30",
            "12:30 PM",
            "MAR1",
            "Sept 2",
            "1-May",
            "1 june 2026",
        ),
        *("TRUE", "false"),
    ],
)
def test_what_looks_like_a_value_is_kept_as_text(cell: str) -> None:
    """Excel would show another number, a date or its own word: the cell says the text itself."""
    assert spreadsheet.as_text(cell) == f'="{cell}"'


@pytest.mark.parametrize(
    "cell",
    [
        *("PABC123", "P1E5", "PND6ZV2C:old1", "QABC", "Zoë", "Checkout 2", "", "-", "'-1", "a1"),
        *("Marketing 2", "March", "May", "Decision", "2026-11-23T09:00:00Z", "truth", "x007"),
        *('1"2', '1"&A1&"'),
    ],
)
def test_other_cells_stay_as_they_are(cell: str) -> None:
    """Ids of PagerDuty, words, and whatever could end the text of a formula."""
    assert spreadsheet.as_text(cell) == cell


@pytest.mark.parametrize("report_format", ["csv", "action-plan"])
@given(start=st.sampled_from([*FORMULA, " ", ""]), rest=st.text(st.characters(codec="utf-8")))
def test_a_formula_holds_only_the_text_of_its_cell(
    report_format: str, start: str, rest: str
) -> None:
    """Whatever a name holds, its words are read back, and no formula of its own is written."""
    text = render(report_format, a_report(a_finding(resource=a_resource(start + rest))))
    (row,) = csv.DictReader(io.StringIO(text.removeprefix(spreadsheet.BOM), newline=""))
    cell, shown = row["resource_name"], line(start + rest)

    assert cell in {shown, f"'{shown}", f'="{shown}"'}
    assert not cell.startswith(FORMULA) or re.fullmatch(r'="[^"]+"', cell)
