"""What holds for all controls: severities, rows, refused data, disabled services."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, BEN, OWNER, WHOLE, before, computed, rendered
from tests.simulator.builders import (
    a_business_service,
    a_change_event,
    a_dependency,
    a_policy,
    a_priority,
    a_service,
    a_team,
    a_trigger,
    a_webhook_subscription,
    a_workflow,
    an_api_key,
    an_audit_record,
    an_extension,
    an_incident,
    an_integration,
)
from tests.simulator.catalogue import SLACK
from tests.simulator.records import refer
from tests.support.judged import a_snapshot, inspect, refused, verdicts

SEVERITIES = {
    "critical": "PD-01 PD-02 PD-05",
    "high": "PD-03 PD-04 PD-06 PD-07 PD-08 PD-11 PD-13 PD-14 PD-18",
    "medium": "PD-09 PD-10 PD-12 PD-15 PD-16 PD-17 PD-21 PD-22 PD-24",
    "low": "PD-19 PD-20 PD-23 PD-25",
}
CONTROLS = sorted(control for some in SEVERITIES.values() for control in some.split())

RESOURCES: dict[str, tuple[str, ...]] = {
    "PD-01": ("abilities", "users"),
    "PD-02": ("users",),
    "PD-03": ("users",),
    "PD-04": ("users",),
    "PD-05": ("services",),
    "PD-06": ("escalation_policies",),
    "PD-07": ("escalation_policies",),
    "PD-08": ("schedules", "shift_schedules"),
    "PD-09": ("schedules", "shift_schedules"),
    "PD-10": ("services",),
    "PD-11": ("audit_latest",),
    "PD-12": ("audit_oldest",),
    "PD-13": ("audit_api_token",),
    "PD-14": ("extensions", "webhook_subscriptions"),
    "PD-15": ("extensions", "webhook_subscriptions"),
    "PD-16": ("services",),
    "PD-17": ("users",),
    "PD-18": ("oncalls",),
    "PD-19": ("services",),
    "PD-20": ("priorities", "incidents"),
    "PD-21": ("services",),
    "PD-22": ("services",),
    "PD-23": ("services",),
    "PD-24": ("abilities", "users"),
    "PD-25": ("services",),
}
"""The data sets without which a control has one row for the account."""

BESIDES: dict[str, tuple[str, ...]] = {
    "PD-04": ("teams",),
    "PD-05": ("escalation_policies",),
    "PD-07": ("users", "schedules", "shift_schedules"),
    "PD-08": ("escalation_policies",),
    "PD-09": ("escalation_policies",),
    "PD-10": (
        "incident_workflows",
        "incident_workflow_triggers",
        "business_service_dependencies",
    ),
    "PD-18": ("users",),
    "PD-21": ("business_service_dependencies", "technical_service_dependencies"),
    "PD-25": ("change_events",),
}
"""The data sets without which each resource of a control has an error row of its own."""

DISABLED = {"PD-05", "PD-10", "PD-21", "PD-22", "PD-23", "PD-25"}

TYPES = {
    "PD-04": {"user"},
    "PD-05": {"service"},
    "PD-06": {"escalation_policy"},
    "PD-07": {"escalation_policy"},
    "PD-08": {"schedule"},
    "PD-09": {"schedule"},
    "PD-10": {"service"},
    "PD-13": {"api_key"},
    "PD-14": {"extension", "webhook_subscription"},
    "PD-15": {"webhook_subscription"},
    "PD-16": {"integration"},
    "PD-17": {"user"},
    "PD-18": {"user"},
    "PD-21": {"service"},
    "PD-22": {"service"},
    "PD-23": {"service"},
    "PD-25": {"service"},
}
"""The types of the rows that stand for resources; all other controls judge the account."""


def a_sound_account(**data: Any) -> Snapshot:
    """Return an account with which every control is content, and two of most resources."""
    layers, shifts = rendered(WHOLE), computed(WHOLE)
    policies = [a_policy("Shop", [layers], [shifts, BEN]), a_policy("Blog", [shifts], [ADA])]
    services = [
        a_service(name, policy, id=f"P{name.upper()}", integrations=[an_integration(service=name)])
        for name, policy in zip(("Shop", "Blog"), policies, strict=True)
    ]
    front, workflow, change = a_business_service(), a_workflow(), an_audit_record(before(5))
    keys = [
        an_audit_record(
            before(5), method="api_token", truncated_token=token, actor=an_api_key(token)
        )
        for token in ("ab12", "cd34")
    ]
    sound: dict[str, Any] = {
        "users": [OWNER, ADA, BEN],
        "teams": [a_team(id="PTEAM")],
        "services": services,
        "escalation_policies": policies,
        "schedules": [layers],
        "shift_schedules": [shifts],
        "oncalls": [{"user": refer("user", each)} for each in (ADA, BEN)],
        "incident_workflows": [workflow],
        "incident_workflow_triggers": [a_trigger(workflow, all_services=True)],
        "audit_latest": [change],
        "audit_oldest": [an_audit_record(before(360))],
        "audit_api_token": keys,
        "priorities": [a_priority()],
        "incidents": [an_incident(services[0], before(2), priority=a_priority())],
        "extensions": [an_extension(schema=SLACK)],
        "webhook_subscriptions": [a_webhook_subscription()],
        "business_services": [front],
        "business_service_dependencies": [a_dependency(each, front) for each in services],
        "change_events": [a_change_event(before(3), services)],
    }
    return a_snapshot(**{**sound, **data})


@pytest.mark.parametrize("severity", SEVERITIES)
def test_severity_of_each_control(severity: str) -> None:
    """Each control has the severity that the rulebook gives it."""
    found = [each.id for each in shipped_controls() if each.severity.value == severity]

    assert found == SEVERITIES[severity].split()


@pytest.mark.parametrize("control", CONTROLS)
def test_sound_account_satisfies(control: str) -> None:
    """Nothing of a sound account fails; PD-13 and PD-24 can at best be manual by key use."""
    expected = "manual" if control in {"PD-13", "PD-24"} else "pass"

    assert set(verdicts(a_sound_account(), control).values()) == {expected}


@pytest.mark.parametrize("control", CONTROLS)
def test_rows_have_the_type_and_id_of_their_resource(control: str) -> None:
    """Each row has the type and the id of its resource; the account's are both ``account``."""
    found = [each.resource for each in inspect(a_sound_account(), control)]

    if control in TYPES:
        assert {each.type for each in found} == TYPES[control]
        assert "account" not in {each.id for each in found}
    else:
        assert [(each.type, each.id) for each in found] == [("account", "account")]


@pytest.mark.parametrize("code", [401, 403, 500, 503, None])
@pytest.mark.parametrize(
    ("control", "name"), [(each, name) for each, names in RESOURCES.items() for name in names]
)
def test_unknown_resources_are_one_error_row(control: str, name: str, code: int | None) -> None:
    """A control whose resources are unknown has one error row, for the account."""
    data: dict[str, Any] = {name: refused(code)}

    found = inspect(a_sound_account(**data), control)

    assert [(each.resource.type, each.resource.id, each.status.value) for each in found] == [
        ("account", "account", "error")
    ]


@pytest.mark.parametrize("code", [401, 403, 500, 503, None])
@pytest.mark.parametrize(
    ("control", "name"), [(each, name) for each, names in BESIDES.items() for name in names]
)
def test_refused_second_list_is_an_error_for_each_resource(
    control: str, name: str, code: int | None
) -> None:
    """A control that lacks a list beside its resources has an error row for each of them."""
    data: dict[str, Any] = {name: refused(code)}
    resources = verdicts(a_sound_account(), control)

    found = verdicts(a_sound_account(**data), control)

    assert found == dict.fromkeys(resources, "error")
    assert len(found) >= 2


@pytest.mark.parametrize("control", CONTROLS)
def test_refused_data_stops_only_what_needs_it(control: str) -> None:
    """A refused data set changes no verdict of a control that does not need it."""
    expected = verdicts(a_sound_account(), control)
    needed = {*RESOURCES[control], *BESIDES.get(control, ())}

    for name in DATA_SETS.keys() - needed:
        data: dict[str, Any] = {name: refused(403)}
        assert verdicts(a_sound_account(**data), control) == expected, name


@pytest.mark.parametrize("control", CONTROLS)
def test_error_says_what_was_refused(control: str) -> None:
    """The message of an error row says which path was refused, and how."""
    data: dict[str, Any] = {RESOURCES[control][0]: refused(403, "/refused/path")}

    (found,) = inspect(a_sound_account(**data), control)

    assert "/refused/path" in found.message
    assert "403" in found.message


@pytest.mark.parametrize("control", sorted(TYPES.keys() - {"PD-13"}))
def test_control_without_any_resource_is_not_applicable(control: str) -> None:
    """A control with no resource at all has one not_applicable row, for the account."""
    (found,) = inspect(a_snapshot(), control)

    assert (found.resource.type, found.resource.id) == ("account", "account")
    assert found.status.value == "not_applicable"


@pytest.mark.parametrize("control", sorted(set(CONTROLS) - {"PD-19"} - TYPES.keys() | {"PD-13"}))
def test_empty_account_complies_with_nothing(control: str) -> None:
    """A control that judges the account as a whole never passes on nothing at all."""
    (found,) = inspect(a_snapshot(), control)

    assert found.resource.id == "account"
    assert found.status.value in {"fail", "manual", "error"}


@pytest.mark.parametrize("control", sorted(DISABLED))
def test_disabled_service_is_not_applicable(control: str) -> None:
    """Every service control leaves out a disabled service, whatever else is wrong with it."""
    snapshot = a_sound_account()
    snapshot.records("services").append(
        a_service(
            "Old",
            None,
            id="POLD",
            status="disabled",
            acknowledgement_timeout=None,
            auto_resolve_timeout=None,
        )
    )

    found = verdicts(snapshot, control, critical_services=("POLD",))

    assert found == {"PSHOP": "pass", "PBLOG": "pass", "POLD": "not_applicable"}


@pytest.mark.parametrize("state", ["active", "warning", "critical", "maintenance"])
@pytest.mark.parametrize("control", sorted(DISABLED))
def test_service_that_is_not_disabled_is_in_service(control: str, state: str) -> None:
    """Every service control judges a service whose status is anything but disabled."""
    snapshot = a_sound_account()
    for service in snapshot.records("services"):
        service["status"] = state

    assert set(verdicts(snapshot, control).values()) == {"pass"}


@pytest.mark.parametrize("control", CONTROLS)
def test_rows_of_one_control_have_their_own_addresses(control: str) -> None:
    """No two rows of a control share a fingerprint, and rows come sorted by id."""
    found = inspect(a_sound_account(), control)

    assert len({each.fingerprint for each in found}) == len(found)
    assert [each.resource.id for each in found] == sorted(each.resource.id for each in found)


def test_response_plays_are_never_read() -> None:
    """No data set asks for the retired response plays."""
    assert not [each for each in DATA_SETS.values() if "response_play" in each.path]
