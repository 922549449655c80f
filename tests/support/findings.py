"""Reports to render: six findings, one per status, and whatever a test adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.catalogue.scope import Scope
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.judging.engine import not_reached
from pdsec_checks.model import ACCOUNT, Control, MappingName, Status
from pdsec_checks.reports.report import Report, RunInfo, UnreadDataSet
from tests.support.judged import NOW
from tests.support.shared_files import shared_file

WAIVER = {"reason": "retired service", "approved_by": "head of operations", "expires": "2027-03-31"}
ATTESTATION = {
    "who": "head of security",
    "when": "2026-10-01",
    "until": "2027-09-30",
    "statement": "the identity provider refuses everybody else",
}
HOSTILE = (
    "=cmd|'/C calc'!A0",
    "<script>alert(1)</script>",
    "| `x` @everyone [here](https://evil.example) {0} {{1}}",
    "\x1b[31mred\x07\x00 \u202egpj.exe\u2066 \ud800 \ufeff",
    "a\r\nb\tc\u2028d\x85e",
    "  ",
)
"""Display names that mean something to a terminal, a spreadsheet, a browser or a viewer."""
FORBIDDEN = "\x00\x07\x1b\x85\u2028\u202e\u2066\ud800\ufeff"
"""What must not reach a report."""
OSCAL_TOKEN = r"^[^\W\d]([\w.\-])*$"
"""OSCAL's TokenDatatype for Python, whose ``re`` has no Unicode classes."""
STATUS_BY_CONTROL = {
    "PD-05": Status.FAIL,
    "PD-06": Status.PASS,
    "PD-01": Status.MANUAL,
    "PD-11": Status.ERROR,
    "PD-04": Status.NOT_APPLICABLE,
    "PD-22": Status.WAIVED,
}


@cache
def catalogue() -> Catalogue:
    """Return the shipped frameworks."""
    return load_catalogue()


def core_ids() -> list[str]:
    """Return the ids of the controls that a run without options judges."""
    return [each for each in controls() if each not in shipped_extended()]


@cache
def controls() -> dict[str, Control]:
    """Return the shipped controls by id."""
    return {control.id: control for control in shipped_controls()}


def a_resource(name: str = "Checkout", resource_id: str = "PABC123") -> ResourceRef:
    """Return the address of a service."""
    url = f"https://acme.pagerduty.com/service-directory/{resource_id}"
    return ResourceRef("service", resource_id, name, url)


def a_finding(
    control: str = "PD-05",
    status: Status = Status.FAIL,
    resource: ResourceRef | None = None,
    message: str | None = None,
    **evidence: Any,
) -> Finding:
    """Return a finding of a shipped control; a waived one has its waiver."""
    resource = resource or a_resource()
    if status is Status.WAIVED:
        evidence = {"waiver": WAIVER, **evidence}
    return Finding(
        control=control,
        severity=controls()[control].severity,
        status=status,
        resource=resource,
        message=message or f"service {resource.name!r} ({resource.id}) is an example",
        evidence=evidence,
        nodeid=f"controls/test_x.py::test_{control}[{resource.id}]",
    )


def six_findings() -> list[Finding]:
    """Return one finding per status, each of another control."""
    return [a_finding(control, status) for control, status in STATUS_BY_CONTROL.items()]


def an_account_finding(control: str, status: Status) -> Finding:
    """Return a finding about the account as a whole, whose name PagerDuty did not tell."""
    return a_finding(control, status, ResourceRef(ACCOUNT, ACCOUNT, "", None))


def a_report(
    *findings: Finding,
    selected: list[str] | None = None,
    unread: list[UnreadDataSet] | None = None,
    complete: bool = True,
    mapping: MappingName = MappingName.SPECIFIED,
    subdomain: str | None = "acme",
    refusal: str | None = None,
    notices: tuple[str, ...] = (),
    frameworks: bool = True,
) -> Report:
    """Return a report of these findings; the selected controls are theirs unless named.

    As in a run, a selected control without a finding gets an error.
    """
    names = selected or sorted({finding.control for finding in findings})
    run = RunInfo(
        as_of=NOW,
        base_url="https://api.pagerduty.com",
        subdomain=subdomain,
        source="live",
        controls=[controls()[name] for name in names],
        unread=unread or [],
        baseline={"api_key_max_age": 90},
        scope=Scope(tuple(names), credential="account key"),
        refusal=refusal,
    )
    shipped = catalogue() if frameworks else Catalogue({})
    judged = [*findings, *not_reached(run.controls, subdomain or "", findings, expected={})]
    return Report(run, judged, shipped, mapping, complete, "1.2.3", notices)


def refused_audit_trail() -> UnreadDataSet:
    """Return a data set that PagerDuty would not hand out."""
    return UnreadDataSet("audit", "/audit/records", "HTTP 403", 403, ["PD-11", "PD-12"])


def hostile_findings() -> list[Finding]:
    """Return findings of every status about resources with hostile names and messages."""
    return [
        a_finding(
            control,
            status,
            a_resource(name, f"P{number}"),
            message=f"{name} is an example",
            seen=[name],
        )
        for control, status in STATUS_BY_CONTROL.items()
        for number, name in enumerate(HOSTILE)
    ]


def hostile_fails(control: str) -> list[Finding]:
    """Return fails of a control about services with hostile names."""
    return [
        a_finding(control, resource=a_resource(name, f"P{number}"))
        for number, name in enumerate(HOSTILE)
    ]


def any_findings() -> st.SearchStrategy[list[Finding]]:
    """Return a strategy for lists of findings, no two of the same case."""
    finding = st.builds(
        a_finding,
        control=st.sampled_from(sorted(controls())),
        status=st.sampled_from(list(Status)),
        resource=st.builds(a_resource, st.text(), st.from_regex(r"P[A-Z0-9]{1,6}", fullmatch=True)),
        message=st.text(min_size=1),
    )
    return st.lists(finding, min_size=1, max_size=8, unique_by=lambda each: each.sort_key)


def shuffled_pairs() -> st.SearchStrategy[tuple[list[Finding], list[Finding]]]:
    """Return a strategy for the same findings in two orders."""
    return any_findings().flatmap(lambda found: st.tuples(st.just(found), st.permutations(found)))


def many_findings(count: int, control: str = "PD-22") -> list[Finding]:
    """Return *count* failing services."""
    return [a_finding(control, resource=a_resource(f"s{n}", f"P{n:06}")) for n in range(count)]


def strings_in(value: Any) -> Iterator[str]:
    """Yield every text in plain JSON, keys included."""
    match value:
        case str():
            yield value
        case dict():
            for key, each in value.items():
                yield key
                yield from strings_in(each)
        case list():
            for each in value:
                yield from strings_in(each)


def errors_against(schema: dict[str, Any], document: Any) -> list[str]:
    """Return what is wrong with a document, as path and message, checking formats as well."""
    kind = validator_for(schema, default=Draft202012Validator)
    checker = kind(schema, format_checker=kind.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:300]}" for error in checker.iter_errors(document)]


def read_schema(name: str) -> dict[str, Any]:
    """Return a schema that lives beside the repository, as Python can use it, or skip."""
    schema: dict[str, Any] = json.loads(shared_file(f"schemas/{name}").read_text("utf-8"))
    if name.startswith("oscal"):
        schema["definitions"]["TokenDatatype"]["pattern"] = OSCAL_TOKEN
    return schema


def as_judged(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings of a JSON report without what the report itself adds to them.

    That is advice by the cause, since when they are open, and the teams of their resources.
    """
    added = {"remedy", "help_url", "open_since"}
    found = [{key: each[key] for key in each if key not in added} for each in findings]
    for each in found:
        each["resource"] = {
            key: each["resource"][key] for key in each["resource"] if key != "teams"
        }
    return found
