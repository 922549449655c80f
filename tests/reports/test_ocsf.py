"""OCSF: one Compliance Finding a line, and only a pass is a pass."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from pdsec_checks.model import Finding, MappingName, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support import findings as factory
from tests.support.findings import a_finding, a_report

SCHEMA = "ocsf-1.8.0-compliance_finding.derived.schema.json"


def the_events(report: Report) -> list[dict[str, Any]]:
    """Return the rendered events."""
    return [json.loads(line) for line in render("ocsf", report).splitlines()]


def by_status(*findings: Finding) -> dict[str, dict[str, Any]]:
    """Return the event of each of our six statuses."""
    return {event["status_code"]: event for event in the_events(a_report(*findings))}


@pytest.mark.parametrize(
    "report",
    [
        a_report(*factory.six_findings()),
        a_report(*factory.hostile_findings()),
        a_report(a_finding(), frameworks=False),
        a_report(
            factory.an_account_finding("PD-01", Status.MANUAL),
            subdomain=None,
            mapping=MappingName.CURRENT,
            selected=sorted(factory.controls()),
        ),
    ],
    ids=["six statuses", "hostile names", "no frameworks", "stopped"],
)
def test_follows_the_schema(report: Report) -> None:
    """Every line is a valid Compliance Finding of OCSF 1.8.0."""
    schema = factory.read_schema(SCHEMA)

    for event in the_events(report):
        assert not factory.errors_against(schema, event)


def test_only_a_pass_is_a_pass() -> None:
    """Error, manual and not applicable are 99 with their name; a waived failure stays one."""
    events = by_status(*factory.six_findings())

    verdicts = {
        status: (event["compliance"]["status_id"], event["compliance"]["status"])
        for status, event in events.items()
    }
    assert verdicts == {
        "pass": (1, "Pass"),
        "fail": (3, "Fail"),
        "waived": (3, "Fail"),
        "error": (99, "Error"),
        "manual": (99, "Manual"),
        "not_applicable": (99, "Not Applicable"),
    }


def test_states_tell_what_is_open() -> None:
    """What asks for action is new, a waiver suppresses, a pass is resolved."""
    events = by_status(*factory.six_findings())

    assert {status: event["status"] for status, event in events.items()} == {
        "fail": "New",
        "error": "New",
        "manual": "New",
        "waived": "Suppressed",
        "pass": "Resolved",
        "not_applicable": "Not Applicable",
    }


def test_what_is_settled_raises_no_alert() -> None:
    """A pass of a high control is informational; its severity stays readable."""
    events = by_status(a_finding("PD-06", Status.PASS), a_finding("PD-05", Status.FAIL))

    assert (events["pass"]["severity_id"], events["pass"]["unmapped"]["severity"]) == (1, "high")
    assert events["fail"]["severity_id"] == 5


def test_what_has_no_place_is_unmapped() -> None:
    """Evidence, with waiver and attestation, travels along."""
    findings = (
        a_finding("PD-22", Status.WAIVED, seen=[{"minutes": 0}]),
        a_finding("PD-01", Status.PASS, attestation=factory.ATTESTATION),
    )
    events = by_status(*findings)

    assert events["waived"]["unmapped"]["evidence"] == {
        "waiver": factory.WAIVER,
        "seen": [{"minutes": 0}],
    }
    assert events["waived"]["comment"].startswith("Accepted by head of operations")
    assert events["pass"]["unmapped"]["evidence"] == {"attestation": factory.ATTESTATION}


def test_ids_and_time_are_those_of_the_account() -> None:
    """The event has the finding's fingerprint, the time of reading and the account."""
    (event,) = the_events(a_report(a_finding()))

    assert event["finding_info"]["uid"] == a_finding().fingerprint
    assert event["time"] == 1_795_424_400_000
    assert event["metadata"]["tenant_uid"] == "acme"
    assert event["resources"] == [{"uid": "PABC123", "name": "Checkout", "type": "service"}]
    assert event["compliance"]["requirements"][0] == "fedramp Rev 5 IR-4"


def test_a_control_that_was_never_reached_is_an_error() -> None:
    """A control without a finding has an event, and not a pass."""
    events = the_events(a_report(a_finding("PD-05"), selected=["PD-05", "PD-06"], complete=False))

    assert [event["compliance"]["status"] for event in events] == ["Fail", "Error"]


def test_names_break_no_line_and_steer_no_terminal() -> None:
    """Hostile names give one line a finding, without a control character."""
    findings = factory.hostile_findings()
    text = render("ocsf", a_report(*findings))

    assert len(text.splitlines()) == len(findings)
    for event in the_events(a_report(*findings)):
        texts = list(factory.strings_in(event))
        assert not any(char in text for text in texts for char in factory.FORBIDDEN)


@settings(max_examples=30, deadline=None)
@given(factory.shuffled_pairs())
def test_the_order_of_findings_changes_nothing(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings in another order give the same bytes, and valid UTF-8."""
    first, second = (render("ocsf", a_report(*each)) for each in pair)

    assert first == second
    assert first.encode()
