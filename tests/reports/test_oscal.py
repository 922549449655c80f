"""OSCAL: no third state, so what was not judged has no finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.configuration.decisions import RemediationDays
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports import oscal, render
from pdsec_checks.reports.report import Report
from tests.support import findings as factory
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource
from tests.support.judged import NOW

RESULTS_SCHEMA = "oscal-1.2.1-assessment-results.schema.json"
POAM_SCHEMA = "oscal-1.2.1-poam.schema.json"
RENDERERS = {
    RESULTS_SCHEMA: partial(render, "oscal"),
    POAM_SCHEMA: partial(render, "poam"),
}
REPORTS = {
    "six statuses": a_report(*factory.six_findings(), unread=[factory.refused_audit_trail()]),
    "hostile names": a_report(*factory.hostile_findings()),
    "stopped": a_report(a_finding(), selected=sorted(factory.controls()), complete=False),
    "no frameworks": a_report(a_finding(), frameworks=False),
    "nothing failed": a_report(factory.an_account_finding("PD-01", Status.MANUAL), subdomain=None),
}


def the_result(report: Report) -> dict[str, Any]:
    """Return the one result of the assessment results."""
    document = json.loads(render("oscal", report))["assessment-results"]
    (result,) = document["results"]
    found: dict[str, Any] = result
    return found


def the_poam(report: Report) -> dict[str, Any]:
    """Return the plan of action and milestones."""
    found: dict[str, Any] = json.loads(render("poam", report))["plan-of-action-and-milestones"]
    return found


def states(report: Report) -> dict[str, str]:
    """Return the state of each control that has a finding."""
    return {
        finding["target"]["target-id"].removesuffix("_obj"): finding["target"]["status"]["state"]
        for finding in the_result(report).get("findings", [])
    }


@pytest.mark.parametrize("schema", RENDERERS)
@pytest.mark.parametrize("name", REPORTS)
def test_follows_the_schema(name: str, schema: str) -> None:
    """Both documents are valid OSCAL 1.2.1 for every status, name and ending of a run."""
    document = json.loads(RENDERERS[schema](REPORTS[name]))

    assert not factory.errors_against(factory.read_schema(schema), document)


@pytest.mark.parametrize("rendered", RENDERERS.values())
@pytest.mark.parametrize("name", REPORTS)
def test_references_lead_somewhere(name: str, rendered: Callable[[Report], str]) -> None:
    """Every UUID that is referred to is defined in the document, and none is defined twice."""
    defined: list[str] = []
    referred: set[str] = set()

    def walk(value: Any) -> None:
        for key, each in value.items() if isinstance(value, dict) else ():
            if key == "uuid":
                defined.append(each)
            elif key.endswith("-uuid"):
                referred.add(each)
            elif key == "import-ap":
                referred.add(each["href"].removeprefix("#"))
            walk(each)
        for each in value if isinstance(value, list) else ():
            walk(each)

    walk(json.loads(rendered(REPORTS[name])))

    assert referred <= set(defined)
    assert len(defined) == len(set(defined))


def test_only_pass_and_fail_have_a_finding() -> None:
    """Error, manual and not applicable are observed without a finding; a waiver is a failure."""
    assert states(a_report(*factory.six_findings())) == {
        "PD-05": "not-satisfied",
        "PD-06": "satisfied",
        "PD-22": "not-satisfied",
    }


@pytest.mark.parametrize("status", [Status.ERROR, Status.MANUAL])
def test_one_unjudged_resource_keeps_a_control_from_being_satisfied(status: Status) -> None:
    """A control with passes and one case that nobody judged has no finding."""
    report = a_report(
        a_finding("PD-06", Status.PASS, a_resource(resource_id="P1")),
        a_finding("PD-06", status, a_resource(resource_id="P2")),
    )

    assert states(report) == {}
    assert len(the_result(report)["observations"]) == 2


def test_a_control_of_which_some_resources_were_left_out_is_never_satisfied() -> None:
    """The pass of one service says nothing of the others; a fail, and the account, are certain."""
    report = a_report(
        a_finding("PD-05", Status.PASS),
        a_finding("PD-06", Status.FAIL),
        factory.an_account_finding("PD-01", Status.PASS),
    )
    partial = replace(report, restricted=True)
    remarks = {
        each["title"].partition(":")[0]: each.get("remarks")
        for each in the_result(partial)["observations"]
    }

    assert states(report)["PD-05"] == "satisfied"
    assert states(partial) == {"PD-01": "satisfied", "PD-06": "not-satisfied"}
    assert remarks == {"PD-01": None, "PD-05": oscal.PART_REMARKS, "PD-06": None}


def test_the_result_of_a_partial_run_says_so() -> None:
    """Title and description of the result are read without the metadata."""
    result = the_result(replace(a_report(*factory.six_findings()), restricted=True))

    assert result["title"].startswith("PARTIAL: ")
    assert result["description"].startswith("PARTIAL: ")


def test_a_failure_shows_beside_what_was_not_judged() -> None:
    """A control with a failing resource is not satisfied, whatever else it has."""
    report = a_report(
        a_finding("PD-06", Status.FAIL, a_resource(resource_id="P1")),
        a_finding("PD-06", Status.ERROR, a_resource(resource_id="P2")),
    )

    assert states(report) == {"PD-06": "not-satisfied"}


@pytest.mark.parametrize("status", [Status.ERROR, Status.MANUAL, Status.NOT_APPLICABLE])
def test_observations_without_a_finding_say_why(status: Status) -> None:
    """What has no finding has an observation with remarks."""
    (observation,) = the_result(a_report(a_finding("PD-06", status)))["observations"]

    assert observation["remarks"] == oscal.REMARKS[status]


def test_a_waiver_is_an_approved_deviation_with_a_deadline() -> None:
    """An accepted failure is a risk of that status until the end of the waiver's last day."""
    (risk,) = the_result(a_report(a_finding("PD-22", Status.WAIVED)))["risks"]

    assert risk["status"] == "deviation-approved"
    assert risk["deadline"] == "2027-03-31T23:59:59Z"
    assert "head of operations" in risk["description"]


def test_an_open_failure_is_an_open_risk_with_a_deadline() -> None:
    """Until when a failure is to be fixed follows from its severity, and can be configured."""
    report = a_report(*(a_finding(name) for name in ("PD-05", "PD-06", "PD-22", "PD-23")))
    faster = replace(report, remediation_days=RemediationDays(critical=1))

    risks = the_result(report)["risks"]

    assert {each["status"] for each in risks} == {"open"}
    assert [each["deadline"] for each in risks] == [
        "2026-12-08T23:59:59Z",
        "2026-12-23T23:59:59Z",
        "2027-02-21T23:59:59Z",
        "2027-05-22T23:59:59Z",
    ]
    assert the_result(faster)["risks"][0]["deadline"] == "2026-11-24T23:59:59Z"


@pytest.mark.parametrize("rendered", RENDERERS.values())
def test_a_deadline_counts_from_when_the_failure_was_first_seen(
    rendered: Callable[[Report], str],
) -> None:
    """A nightly run does not move it on."""
    finding = a_finding()
    since = {finding.address: NOW - timedelta(days=10)}
    first = json.loads(rendered(replace(a_report(finding), open_since=since)))

    (body,) = first.values()
    (risk,) = (body.get("results") or [body])[0]["risks"]
    assert risk["deadline"] == "2026-11-28T23:59:59Z"


@pytest.mark.parametrize("rendered", RENDERERS.values())
def test_the_tool_says_how_severe_a_risk_is(rendered: Callable[[Report], str]) -> None:
    """A risk is characterized by the tool, which is a component, in the tool's own system."""
    (body,) = json.loads(rendered(a_report(a_finding()))).values()
    result = (body.get("results") or [body])[0]
    (tool,) = result["local-definitions"]["assessment-assets"]["components"]
    (risk,) = result["risks"]
    (characterized,) = risk["characterizations"]

    origin = {"actors": [{"type": "tool", "actor-uuid": tool["uuid"]}]}
    assert (tool["title"], tool["type"]) == ("pagerduty-sec-inspector", "software")
    assert characterized["origin"] == origin
    assert {each["name"]: each["value"] for each in characterized["facets"]} == {
        "severity": "critical",
        "consequence": "nobody is called",
    }
    assert {each["system"] for each in characterized["facets"]} == {oscal.PROPERTIES}
    for kind in ("observations", "risks", "findings"):
        assert [each["origins"] for each in result[kind]] == [[origin]]


def test_an_attestation_is_an_interview_that_expires() -> None:
    """A pass that rests on a person's word says whose, and until when."""
    finding = a_finding("PD-01", Status.PASS, attestation=factory.ATTESTATION)
    (observation,) = the_result(a_report(finding))["observations"]

    assert observation["methods"] == ["INTERVIEW"]
    assert observation["expires"] == "2027-09-30T23:59:59Z"
    assert "head of security" in observation["remarks"]
    (person,) = json.loads(render("oscal", a_report(finding)))["assessment-results"]["metadata"][
        "parties"
    ]
    (actor,) = observation["origins"][0]["actors"]
    assert (actor["type"], actor["actor-uuid"]) == ("party", person["uuid"])
    assert person["name"] == "head of security"


def test_no_requirement_is_ever_the_target() -> None:
    """Findings are about our controls; requirements are properties with their edition."""
    (finding,) = the_result(a_report(a_finding("PD-05")))["findings"]

    assert finding["target"]["type"] == "objective-id"
    assert finding["target"]["target-id"] == "PD-05_obj"
    supported = [each["value"] for each in finding["props"] if each.get("class") == "soc2"]
    assert supported == ["soc2 2017 CC7.3", "soc2 2017 CC7.4", "soc2 2017 CC7.3"]


def test_caveats_stand_in_the_metadata() -> None:
    """Who reads only the head of the document learns what was not read."""
    report = a_report(
        a_finding(), unread=[factory.refused_audit_trail()], notices=("the waiver expired",)
    )
    document = json.loads(render("oscal", report))["assessment-results"]

    remarks = document["metadata"]["remarks"]
    assert remarks.startswith("Scope: all 1 control of the core set, all their resources.")
    assert "Source: live, as of 2026-11-23T09:00:00Z. Not read: /audit/records" in remarks
    assert remarks.endswith("the waiver expired.")


def test_risks_outlive_the_run() -> None:
    """A risk keeps its id while other findings come and go; the document gets a new one."""
    first, second = a_report(a_finding()), a_report(a_finding(), a_finding("PD-06", Status.PASS))

    assert the_result(first)["risks"][0]["uuid"] == the_result(second)["risks"][0]["uuid"]
    assert the_poam(first)["uuid"] != the_poam(second)["uuid"]


@given(st.uuids(), st.text(st.characters(codec="utf-8")))
def test_an_id_is_a_uuid_of_the_fifth_version(base: UUID, name: str) -> None:
    """Of a namespace and a name, as the standard library makes it."""
    assert oscal.named(base.bytes, name) == str(uuid5(base, name))


def test_names_are_no_markup() -> None:
    """A name cannot place a link, HTML or a parameter insertion into OSCAL's Markdown."""
    finding = a_finding(message="[x](https://evil.example) <b> {{ insert: param, p }}")
    (observation,) = the_result(a_report(finding))["observations"]

    assert observation["description"] == (
        r"\[x\](https://evil.example) \<b\> \{\{ insert: param, p \}\}"
    )


@pytest.mark.parametrize("rendered", RENDERERS.values())
def test_no_text_is_empty_or_hostile(rendered: Callable[[Report], str]) -> None:
    """No text is empty or surrounded by blanks, and none can steer a terminal."""
    texts = list(factory.strings_in(json.loads(rendered(REPORTS["hostile names"]))))

    assert all(text and text == text.strip() for text in texts)
    assert not any(char in text for text in texts for char in factory.FORBIDDEN)


@pytest.mark.parametrize("rendered", RENDERERS.values())
@settings(max_examples=30, deadline=None)
@given(pair=factory.shuffled_pairs())
def test_the_order_of_findings_changes_nothing(
    rendered: Callable[[Report], str], pair: tuple[list[Finding], list[Finding]]
) -> None:
    """The same findings in another order give the same bytes, and valid UTF-8."""
    first, second = (rendered(a_report(*each)) for each in pair)

    assert first == second
    assert first.encode()
