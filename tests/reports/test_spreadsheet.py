"""What the CSV report and the action plan share: cells that do no harm."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.model import ResourceRef
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
    text = render(name, a_report(*findings))

    assert not any(char in text for char in FORBIDDEN)
    assert text.encode()
    assert text.count("\n") == text.count("\r\n") == len(text.splitlines())


@WRITERS
@pytest.mark.parametrize("url", ["http://a.example", "javascript:alert(1)", "//a.example", None])
def test_only_https_addresses_are_written(name: str, url: str | None) -> None:
    """A spreadsheet makes links of addresses: another scheme leaves the cell empty."""
    finding = a_finding(resource=ResourceRef("service", "P1", "Checkout", url))
    text = render(name, a_report(finding))
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


@given(st.sampled_from([*FORMULA, " ", ""]), st.text(st.characters(codec="utf-8")))
def test_no_cell_is_a_formula_and_none_is_lost(start: str, rest: str) -> None:
    """Whatever a name holds, its words are read back, and a spreadsheet does not run it."""
    finding = a_finding(resource=a_resource(start + rest))
    (row,) = csv.DictReader(io.StringIO(render("csv", a_report(finding)), newline=""))
    shown = line(start + rest)

    assert row["resource_name"] in {shown, f"'{shown}"}
    assert not row["resource_name"].startswith(FORMULA)
