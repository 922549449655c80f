"""The CSV report: one row a finding, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.model import Finding
from pdsec_checks.reports import csv_report
from pdsec_checks.reports.model import Report
from tests.reports.example import MANY, a_finding, a_report

HEADER = (
    "control,title,severity,status,resource_type,resource_id,resource_name,resource_url,"
    "message,remediation,fedramp,cmmc,soc2,cis,pci_dss,stig,irap,ismap,as_of"
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows(report: Report) -> list[dict[str, str]]:
    """Return the rows as a program reads them."""
    return list(csv.DictReader(io.StringIO(csv_report.render(report), newline="")))


def test_header_is_a_promise() -> None:
    """The columns and their order never change; without findings there is only the header."""
    assert csv_report.render(a_report()) == f"{HEADER}\r\n"


def test_row_holds_the_finding_and_its_control() -> None:
    """Finding, control, requirements and moment are in one row."""
    (row,) = rows(a_report([a_finding()]))

    assert row["control"] == "PD-05"
    assert (row["severity"], row["status"]) == ("critical", "fail")
    assert (row["resource_type"], row["resource_id"]) == ("service", "PS1")
    assert row["resource_url"] == "https://acme.pagerduty.com/services/PS1"
    assert row["message"] == "service 'shop' (PS1) has no escalation policy"
    assert row["remediation"] == "Assign a policy."
    assert row["as_of"] == "2026-11-23T09:00:00Z"


def test_several_requirements_share_a_cell() -> None:
    """Ids of one framework are joined by semicolons."""
    (row,) = rows(a_report([a_finding()]))
    report = a_report()
    for framework in csv_report.FRAMEWORKS:
        mapped = report.catalogue.requirements("PD-05", report.mapping)
        ids = [each.requirement.id for each in mapped if each.requirement.framework == framework]
        assert row[framework] == ";".join(ids)


def test_every_finding_has_a_row() -> None:
    """Passing findings and those that do not apply are listed like the others."""
    found = rows(a_report(MANY))

    assert [(row["control"], row["resource_id"]) for row in found] == [
        ("PD-05", "PS1"),
        ("PD-05", "PS2"),
        ("PD-05", "PS3"),
        ("PD-22", "PS1"),
        ("PD-22", "PS2"),
        ("PD-22", "PS3"),
    ]


@given(st.permutations(MANY))
def test_order_of_findings_does_not_matter(findings: list[Finding]) -> None:
    """The same findings in any order give the same bytes."""
    assert csv_report.render(a_report(findings)) == csv_report.render(a_report(MANY))


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
    assert csv_report.defused(cell) == expected


@given(st.sampled_from([*FORMULA, " ", ""]), st.text(st.characters(codec="utf-8")))
def test_no_cell_is_a_formula_and_none_is_lost(start: str, rest: str) -> None:
    """Whatever a name holds, a program reads it back, and a spreadsheet does not run it."""
    name = start + rest.replace("\x00", "")
    (row,) = rows(a_report([a_finding(name=name)]))

    assert row["resource_name"] in {name, f"'{name}"}
    assert not row["resource_name"].lstrip(" ").startswith(FORMULA)
