"""Absent is not malformed: what the official document leaves optional may be missing."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import closure
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator import builders, run
from tests.support import reading
from tests.support.official_fields import Names, optional_fields
from tests.support.reading import Verdicts
from tests.support.rich_account import a_rich_account
from tests.support.unforeseen import no_unforeseen_exception

__all__ = ["no_unforeseen_exception"]

UNNAMED = "a row that has no id of its own: nobody can tell which thing it is, or which it names"
BROKEN = "the rulebook calls a record without it broken"
DECIDES = "the verdict hangs on it alone, and absence of data never looks like compliance"
ABSENT_IS_AN_ERROR = "field absent → error"
NOT_RENDERED = "a schedule that came without its shifts was not rendered"

SUPPORTED = (
    "support_hours",
    *(
        f"incident_urgency_rule.{when}_support_hours{part}"
        for when in ("during", "outside")
        for part in ("", ".urgency")
    ),
)
"""What tells the urgency of a service that goes by support hours."""
ERRORS = {
    "users": {
        "id": UNNAMED,
        "role": DECIDES,
        "invitation_sent": DECIDES,
        "teams": DECIDES,
        "contact_methods": DECIDES,
        "contact_methods.id": UNNAMED,
        "notification_rules": DECIDES,
    },
    "services": {
        "id": UNNAMED,
        "status": DECIDES,
        "acknowledgement_timeout": ABSENT_IS_AN_ERROR,
        "auto_resolve_timeout": ABSENT_IS_AN_ERROR,
        "incident_urgency_rule": DECIDES,
        "incident_urgency_rule.type": DECIDES,
        "incident_urgency_rule.urgency": DECIDES,
        **dict.fromkeys(SUPPORTED, DECIDES),
        "integrations": BROKEN,
        "integrations.id": UNNAMED,
        "integrations.type": DECIDES,
    },
    "escalation_policies": {"id": UNNAMED, "num_loops": DECIDES},
    "schedules": {
        "id": UNNAMED,
        "schedule_layers": DECIDES,
        "final_schedule": NOT_RENDERED,
        "final_schedule.rendered_schedule_entries": NOT_RENDERED,
    },
    "shift_schedules": {
        "final_schedule": NOT_RENDERED,
        # The document says in words that a member who is a user has it.
        "final_schedule.computed_shift_assignments.member.user_id": UNNAMED,
        "rotations.events.assignment_strategy.members.user_id": UNNAMED,
    },
    "oncalls": {"user": BROKEN},
    "incident_workflows": {"id": UNNAMED},
    "incident_workflow_triggers": {
        "workflow": BROKEN,
        "workflow.id": UNNAMED,
        "services.id": UNNAMED,
    },
    "priorities": {"id": UNNAMED},
    "incidents": {"priority.id": UNNAMED},
    "extensions": {"id": UNNAMED},
    "extension_details": {"id": UNNAMED, "temporarily_disabled": ABSENT_IS_AN_ERROR},
    "webhook_subscriptions": {
        "id": UNNAMED,
        "delivery_method.temporarily_disabled": ABSENT_IS_AN_ERROR,
    },
    "event_orchestrations": {"id": UNNAMED},
    "orchestration_routers": {
        **dict.fromkeys(
            ("sets", "sets.rules", "sets.rules.actions", "sets.rules.actions.route_to"), DECIDES
        ),
        "catch_all": DECIDES,
        # Without a route events are unrouted, and nobody looked what becomes of them.
        **dict.fromkeys(("catch_all.actions", "catch_all.actions.route_to"), DECIDES),
    },
    "maintenance_windows": {"id": UNNAMED},
    "business_service_dependencies": {
        "supporting_service": BROKEN,
        "supporting_service.id": UNNAMED,
        "supporting_service.type": DECIDES,
        "dependent_service": BROKEN,
        "dependent_service.type": DECIDES,
    },
    "technical_service_dependencies": {
        "supporting_service": BROKEN,
        "supporting_service.id": UNNAMED,
        "dependent_service": BROKEN,
        "dependent_service.id": UNNAMED,
    },
}
"""Data set → the optional fields without which a control cannot judge, and why that is right."""
UNASKED = {("escalation_policies", "escalation_rules.escalation_rule_assignment_strategy")}
"""Fields that PagerDuty sends to whoever asks for them, as no inspection does."""
PASSES = {
    ("users", "contact_methods.blacklisted"),
    ("users", "contact_methods.enabled"),
    ("incident_workflows", "is_enabled"),
    ("extensions", "config"),
    ("webhook_subscriptions", "active"),
}
"""Fields of which the rulebook says that their absence means the good thing."""
RECORDS = [name for name in reading.READABLE if name != "abilities"]


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    """Return an account that has every optional field."""
    with run(a_rich_account()) as simulator:
        snapshot = reading.read(simulator)
    record = builders.an_audit_record(
        "2026-11-20T09:00:00Z", truncated_token="0wlk", actor=builders.a_user("Ada Quill")
    )
    snapshot.data["audit_latest"] = [record]
    return snapshot


@pytest.fixture(scope="module")
def before(whole: Snapshot) -> Verdicts:
    """Return the verdicts of the whole account."""
    return reading.judge(whole)


def remove(value: Any, names: Names) -> int:
    """Take a field away wherever it stands; return how often it stood there."""
    if isinstance(value, list):
        return sum(remove(each, names) for each in value)
    if not isinstance(value, dict) or names[0] not in value:
        return 0
    if len(names) > 1:
        return remove(value[names[0]], names[1:])
    del value[names[0]]
    return 1


def without(snapshot: Snapshot, name: str, names: Names) -> Snapshot:
    """Return the account without one field, which some of its records had."""
    records = copy.deepcopy(snapshot.records(name))
    lists = ("relationships", "oauth_delegations")
    looked_up = [each[key] for each in records for key in lists if key in each]
    assert remove(looked_up or records, names), "no record of the account has it"
    return replace(snapshot, data={**snapshot.data, name: records})


def judging(name: str) -> list[str]:
    """Return the controls that ask for a data set; in CI all, which may look at it as well."""
    if reading.IS_CI:
        return list(shipped_ids())
    return [each.id for each in shipped_controls() if name in closure(each.needs)]


@pytest.mark.parametrize("name", reading.sampled(RECORDS, 8))
def test_optional_field_that_is_absent_is_not_malformed(
    name: str, whole: Snapshot, before: Verdicts
) -> None:
    """No control fails to judge without an optional field, but for those that it hangs on.

    Nothing passes by the absence of a field, but where the rulebook says what that means.
    """
    unjudged = set()
    for names in optional_fields(name):
        field = ".".join(names)
        if (name, field) in UNASKED:
            continue
        after = reading.judge(without(whole, name, names), judging(name))
        turned = {after[case] for case in after if after[case] is not before.get(case)}

        assert Status.PASS not in turned or (name, field) in PASSES, field
        if Status.ERROR in turned:
            unjudged.add(field)

    assert unjudged == ERRORS.get(name, {}).keys()


def test_every_control_is_tried(before: Verdicts) -> None:
    """The account has a case of each control."""
    assert {case[0] for case in before} == set(shipped_ids())
