"""The CSV report: one row a finding, with the requirements of each framework."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.example_report import MANY, a_finding, a_report
from tests.support.findings import ATTESTATION
from tests.support.reading_back import plain_cell

HEADER = (
    "control,title,severity,status,resource_type,resource_id,resource_name,resource_url,"
    "message,remediation,fedramp,cmmc,soc2,cis,pci_dss,stig,irap,ismap,as_of,scope,"
    "fedramp_current,fedramp_fit,cmmc_current,cmmc_fit,soc2_current,soc2_fit,cis_current,cis_fit,"
    "pci_dss_current,pci_dss_fit,stig_current,stig_fit,irap_current,irap_fit,"
    "ismap_current,ismap_fit,teams,sscf,sscf_current,sscf_fit"
)


def rows(report: Report) -> list[dict[str, str]]:
    """Return the rows as a program reads them."""
    return list(csv.DictReader(io.StringIO(render("csv", report), newline="")))


def test_header_is_a_promise() -> None:
    """The columns and their order never change; without findings there is only the header."""
    assert render("csv", a_report()) == f"{HEADER}\r\n"


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


def test_an_attested_pass_asks_for_nothing() -> None:
    """Somebody vouches for it: the remedy of what the API alone shows would contradict the pass."""
    plain = a_finding(status=Status.PASS)
    attested = replace(plain, evidence={"attestation": ATTESTATION})

    assert [row["remediation"] for row in rows(a_report([plain]))] == ["Assign a policy."]
    assert [row["remediation"] for row in rows(a_report([attested]))] == [""]


def test_several_requirements_share_a_cell() -> None:
    """Ids of one framework are joined by semicolons."""
    (row,) = rows(a_report([a_finding()]))
    report = a_report()
    for framework in ORDER:
        mapped = report.catalogue.requirements("PD-05", report.mapping)
        ids = [each.requirement.id for each in mapped if each.requirement.framework == framework]
        assert plain_cell(row[framework]) == ";".join(ids)


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
    assert render("csv", a_report(findings)) == render("csv", a_report(MANY))
