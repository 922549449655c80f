"""OCSF: one Compliance Finding a line, and only a pass is a pass."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from pdsec_checks.finding import Finding
from pdsec_checks.model import MappingName, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.carried import beside_last
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report
from tests.support import findings as factory
from tests.support.changed import replace
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


@pytest.mark.parametrize("status", [Status.ERROR, Status.MANUAL])
def test_how_bad_a_doubt_is_nobody_knows(status: Status) -> None:
    """What has no verdict has no severity either; that of its control stays readable."""
    (event,) = the_events(a_report(a_finding("PD-05", status)))

    assert (event["severity_id"], event["severity"]) == (0, "Unknown")
    assert event["unmapped"]["severity"] == "critical"


def test_the_product_has_a_vendor() -> None:
    """Security Lake and others ask for it."""
    (event,) = the_events(a_report(a_finding()))

    assert event["metadata"]["product"]["vendor_name"] == "PagerDuty Security Inspector"


UNLISTED = factory.an_account_finding("PD-05", Status.ERROR)
OTHER = a_finding(status=Status.PASS, resource=factory.a_resource("Shop", "PSHOP"))


def beside(old: Report, *now: Finding, **fields: Any) -> list[dict[str, Any]]:
    """Return the events of a run that has an older report as its last one."""
    last = msgspec.json.decode(render("json", old), type=EarlierReport)
    return the_events(beside_last(replace(a_report(*now), **fields), last))


def told(event: dict[str, Any]) -> tuple[str, str, str]:
    """Return what an event does, its state and its verdict; numbers and words say the same."""
    activities = {1: "Create", 2: "Update", 3: "Close"}
    assert activities[event["activity_id"]] == event["activity_name"]
    assert event["type_uid"] == 200_300 + event["activity_id"]
    assert event["type_name"] == f"Compliance Finding: {event['activity_name']}"
    return event["activity_name"], event["status"], event["compliance"]["status"]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (Status.FAIL, Status.FAIL, ("Update", "New", "Fail")),
        (Status.FAIL, Status.WAIVED, ("Update", "Suppressed", "Fail")),
        (Status.FAIL, Status.ERROR, ("Update", "New", "Error")),
        (Status.FAIL, Status.MANUAL, ("Update", "New", "Manual")),
        (Status.FAIL, Status.PASS, ("Close", "Resolved", "Pass")),
        (Status.FAIL, Status.NOT_APPLICABLE, ("Close", "Not Applicable", "Not Applicable")),
        (Status.WAIVED, Status.PASS, ("Close", "Resolved", "Pass")),
        (Status.ERROR, Status.FAIL, ("Update", "New", "Fail")),
        (Status.ERROR, Status.PASS, ("Close", "Resolved", "Pass")),
        (Status.MANUAL, Status.ERROR, ("Update", "New", "Error")),
        (Status.PASS, Status.PASS, ("Update", "Resolved", "Pass")),
        (Status.PASS, Status.FAIL, ("Update", "New", "Fail")),
    ],
)
def test_beside_the_last_report_only_a_verdict_closes(
    was: Status, now: Status, expected: tuple[str, str, str]
) -> None:
    """A finding that it told of is updated, and closed where it passes or does not apply now."""
    (event,) = beside(a_report(a_finding(status=was)), a_finding(status=now))

    assert told(event) == expected
    assert event["finding_info"]["uid"] == a_finding().fingerprint


def test_what_the_last_report_lacks_is_created() -> None:
    """Beside a finding that it has, and without any last report."""
    first, second = beside(a_report(OTHER), a_finding(), OTHER)
    (alone,) = the_events(a_report(a_finding()))

    assert [told(each)[0] for each in (first, second, alone)] == ["Create", "Update", "Create"]


def test_a_fail_that_was_not_listed_is_updated_and_keeps_its_severity() -> None:
    """Its event says when it failed, and why nobody can tell now."""
    found = beside(a_report(a_finding()), UNLISTED)
    (event,) = [each for each in found if each["finding_info"]["uid"] == a_finding().fingerprint]

    assert told(event) == ("Update", "New", "Error")
    assert event["severity"] == "Critical"
    assert event["message"].startswith("could not be judged; failed on 2026-11-23: service ")
    assert UNLISTED.message in event["message"]
    assert event["finding_info"]["last_seen_time"] == event["time"]
    assert len(found) == 2


@pytest.mark.parametrize("was", [Status.FAIL, Status.WAIVED, Status.ERROR, Status.MANUAL])
def test_what_is_gone_is_closed_as_no_pass(was: Status) -> None:
    """The list was read to its end without it: nothing is left to judge."""
    found = beside(a_report(a_finding(status=was)), OTHER)
    (event,) = [each for each in found if each["status_code"] == "gone"]

    assert told(event) == ("Close", "Archived", "Gone")
    assert event["compliance"]["status_id"] == 99
    assert event["message"] == "service/PABC123 is no longer among what the control judges"


@pytest.mark.parametrize(
    ("now", "fields"),
    [
        ([OTHER], {"restricted": True}),
        ([OTHER], {"complete": False}),
        ([OTHER, UNLISTED], {}),
        ([a_finding("PD-06", Status.PASS)], {}),
    ],
    ids=["some resources", "stopped", "listed in part", "not selected"],
)
def test_what_was_not_looked_at_is_not_closed(now: list[Finding], fields: dict[str, Any]) -> None:
    """Only a run over all resources of a control can tell that one is gone."""
    found = beside(a_report(a_finding()), *now, **fields)

    assert "Close" not in {told(each)[0] for each in found}


def test_beside_the_last_report_events_follow_the_schema() -> None:
    """Updated, closed, carried and gone ones are valid, whatever the names."""
    schema = factory.read_schema(SCHEMA)
    old = a_report(*factory.hostile_findings(), *factory.hostile_fails("PD-06"))
    controls = sorted(factory.STATUS_BY_CONTROL)
    now = [factory.an_account_finding(each, Status.ERROR) for each in controls[:3]]
    passing = [a_finding(each, Status.PASS) for each in controls[3:]]
    events = beside(old, *now, *passing)

    assert {each["activity_name"] for each in events} >= {"Update", "Close"}
    for event in events:
        assert not factory.errors_against(schema, event)
        texts = factory.strings_in(event)
        assert not any(char in text for text in texts for char in factory.FORBIDDEN)


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
