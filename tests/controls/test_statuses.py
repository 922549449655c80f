"""What holds for all controls: severities, rows, refused data, disabled services."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import pytest

from pdsec_checks.configuration.roster import Roster
from pdsec_checks.finding import Finding
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import (
    ADA,
    BEN,
    OWNER,
    WHOLE,
    before,
    computed,
    hour,
    looked_up,
    rendered,
    rung_twice,
)
from tests.simulator.builders import (
    a_business_service,
    a_change_event,
    a_dependency,
    a_license_allocation,
    a_maintenance_window,
    a_policy,
    a_priority,
    a_service,
    a_team,
    a_trigger,
    a_user,
    a_webhook_subscription,
    a_workflow,
    an_api_key,
    an_audit_record,
    an_extension,
    an_incident,
    an_integration,
    an_oauth_delegation,
    an_orchestration,
)
from tests.simulator.catalogue import SLACK
from tests.simulator.records import Record, refer
from tests.support import judged
from tests.support.judged import a_snapshot, refused
from tests.support.rosters import a_roster, compared


class About(NamedTuple):
    """What the rulebook says of a control, as far as it is the same kind of thing for all."""

    severity: str
    resources: tuple[str, ...]
    """The data sets without which it has one row for the account."""
    besides: tuple[str, ...] = ()
    """The data sets without which each of its resources has an error row of its own."""
    types: Collection[str] = ()
    """The types of its rows, where they stand for resources; otherwise it judges the account."""
    leaves_out_disabled: bool = False
    """Whether a disabled service is nothing to it."""
    is_of_two_kinds: bool = False
    """Whether it judges two kinds of resources, each by lists of its own; tests beside the control
    say what costs which of them its verdict."""


ABOUT = {
    "PD-01": About("critical", ("abilities", "users")),
    "PD-02": About("critical", ("users",)),
    "PD-03": About("high", ("users",)),
    "PD-04": About("high", ("users",), besides=("teams",), types={"user"}),
    "PD-05": About(
        "critical",
        ("services",),
        besides=("escalation_policies",),
        types={"service"},
        leaves_out_disabled=True,
    ),
    "PD-06": About("high", ("escalation_policies",), types={"escalation_policy"}),
    "PD-07": About(
        "high",
        ("escalation_policies",),
        besides=("users", "schedules", "shift_schedules"),
        types={"escalation_policy"},
    ),
    "PD-08": About(
        "high",
        ("schedules", "shift_schedules"),
        besides=("escalation_policies", "users"),
        types={"schedule"},
    ),
    "PD-09": About(
        "medium",
        ("schedules", "shift_schedules"),
        besides=("escalation_policies", "users"),
        types={"schedule"},
    ),
    "PD-10": About(
        "medium",
        ("services",),
        besides=(
            "incident_workflows",
            "incident_workflow_triggers",
            "business_service_dependencies",
        ),
        types={"service"},
        leaves_out_disabled=True,
    ),
    "PD-11": About("high", ("audit_latest",)),
    "PD-12": About("medium", ("audit_oldest",)),
    "PD-13": About("high", ("audit_api_token",), types={"api_key"}),
    "PD-14": About(
        "high", ("extensions", "webhook_subscriptions"), types={"extension", "webhook_subscription"}
    ),
    "PD-15": About(
        "medium", ("extensions", "webhook_subscriptions"), types={"webhook_subscription"}
    ),
    "PD-16": About("medium", ("services",), types={"integration"}),
    "PD-17": About("medium", ("users",), types={"user"}),
    "PD-18": About("high", ("oncalls",), besides=("users",), types={"user"}),
    "PD-19": About("low", ("services",)),
    "PD-20": About("low", ("priorities", "incidents")),
    "PD-21": About(
        "medium",
        ("services",),
        besides=("business_service_dependencies", "technical_service_dependencies"),
        types={"service"},
        leaves_out_disabled=True,
    ),
    "PD-22": About("medium", ("services",), types={"service"}, leaves_out_disabled=True),
    "PD-23": About("low", ("services",), types={"service"}, leaves_out_disabled=True),
    "PD-24": About("medium", ("abilities", "users")),
    "PD-25": About(
        "low",
        ("services",),
        besides=("change_events",),
        types={"service"},
        leaves_out_disabled=True,
    ),
}
for each in ("PD-26", "PD-27"):
    ABOUT[each] = About(
        "critical" if each == "PD-26" else "high",
        ("services",),
        besides=("escalation_policies", "users", "schedules", "shift_schedules"),
        types={"service"},
        leaves_out_disabled=True,
    )
ABOUT["PD-28"] = About(
    "high",
    ("escalation_policies", "schedules", "shift_schedules"),
    besides=("services", "users"),
    types={"escalation_policy", "schedule"},
    is_of_two_kinds=True,
)
ABOUT["PD-29"] = About(
    "high",
    ("schedules", "shift_schedules"),
    besides=("escalation_policies", "users"),
    types={"schedule"},
)
ABOUT["PD-30"] = About(
    "medium",
    ("services", "users", "escalation_policies", "schedules", "shift_schedules"),
    types={"user"},
)
ABOUT["PD-31"] = About(
    "medium", ("escalation_policies",), besides=("services",), types={"escalation_policy"}
)
ABOUT["PD-32"] = About(
    "high",
    ("extensions", "webhook_subscriptions"),
    besides=("extension_details",),
    types={"extension", "webhook_subscription"},
    is_of_two_kinds=True,
)
ABOUT["PD-33"] = About(
    "high", ("extensions", "webhook_subscriptions"), types={"extension", "webhook_subscription"}
)
ABOUT["PD-34"] = About(
    "medium", ("extensions", "webhook_subscriptions"), types={"extension", "webhook_subscription"}
)
ABOUT["PD-35"] = About(
    "high", ("maintenance_windows",), besides=("services",), types={"maintenance_window"}
)
ABOUT["PD-36"] = About("high", ("users",), types={"user"})
ABOUT["PD-37"] = About("medium", ("users",))
ABOUT["PD-38"] = About(
    "low",
    ("users",),
    besides=("escalation_policies", "schedules", "shift_schedules"),
    types={"user"},
)
ABOUT["PD-39"] = About(
    "low",
    ("escalation_policies", "schedules", "shift_schedules"),
    besides=("services",),
    types={"escalation_policy", "schedule"},
    is_of_two_kinds=True,
)
ABOUT["PD-40"] = About("high", ("session_configurations",))
ABOUT["PD-41"] = About(
    "high",
    ("event_orchestrations",),
    besides=("orchestration_routers", "orchestration_unrouted", "services"),
    types={"event_orchestration"},
)
ABOUT["PD-42"] = About("high", ("audit_users",))
ABOUT["PD-43"] = About("medium", ("users",), besides=("license_allocations",), types={"user"})
ABOUT["PD-44"] = About("medium", ("users",), besides=("oauth_delegations",), types={"user"})
ABOUT["PD-45"] = About("high", ("users",), types={"user"})
OF_ONE_KIND = {name: about for name, about in ABOUT.items() if not about.is_of_two_kinds}
CHIEF = a_user("Zoe Chief", "admin", id="PZOE", teams=["PTEAM"])
INVITED = [
    a_user(f"Gil Guest {n}", id=f"PGUEST{n}", invitation_sent=True, teams=["PTEAM"])
    for n in range(2)
]
CLEAN = "https://hooks.fernhill.example/pagerduty"
"""An address without a credential."""
THRESHOLDS: dict[str, dict[str, Any]] = {
    "PD-34": {"webhook_hosts": ("*.fernhill.example",)},
    "PD-36": {"email_domains": ("fernhill-demo.example",)},
    "PD-44": {"oauth_clients": ("PSLACKAPP",)},
}
"""Control → what somebody must have said before it judges anything."""
ROSTER = a_roster(*(each["email"] for each in (OWNER, CHIEF, ADA, BEN, *INVITED)))
"""The personnel list of the sound account."""
DISABLED = sorted(control for control, about in ABOUT.items() if about.leaves_out_disabled)
OF_RESOURCES = {control for control, about in ABOUT.items() if about.types}


def gave_access(user: Record, *clients: str) -> Record:
    """Return what asking for the delegations of a user showed."""
    found = [an_oauth_delegation(user, each) for each in clients]
    return {"id": user["id"], "oauth_delegations": found}


def inspect(snapshot: Snapshot, control: str, **thresholds: Any) -> list[Finding]:
    """Return the findings of a control, with what it must be told."""
    return judged.inspect(snapshot, control, **THRESHOLDS.get(control, {}), **thresholds)


def verdicts(snapshot: Snapshot, control: str, **thresholds: Any) -> dict[str, str]:
    """Return the status of each resource of a control, with what it must be told."""
    return judged.verdicts(snapshot, control, **THRESHOLDS.get(control, {}), **thresholds)


def a_sound_account(roster: Roster | None = ROSTER, **data: Any) -> Snapshot:
    """Return an account with which every control is content, and two of most resources.

    Its users were compared with the *roster*.
    """
    layers, shifts = rendered(WHOLE), computed(WHOLE)
    policies = [a_policy("Shop", [layers], [shifts, BEN]), a_policy("Blog", [shifts], [BEN])]
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
    orchestrations = [
        an_orchestration(f"To {each['id']}", each, id=f"PTO{each['id']}") for each in services
    ]
    sound: dict[str, Any] = {
        "users": [rung_twice(each) for each in (OWNER, CHIEF, ADA, BEN, *INVITED)],
        "oauth_delegations": [gave_access(OWNER), gave_access(CHIEF, "PSLACKAPP")],
        "license_allocations": [a_license_allocation(each, before(3)) for each in INVITED],
        "teams": [a_team(id="PTEAM")],
        "session_configurations": [
            {"type": "web", "idle_session_ttl": 1800, "absolute_session_ttl": 43200}
        ],
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
        "extensions": [an_extension(id="PEXT", schema=SLACK, endpoint_url=CLEAN, config={})],
        "extension_details": [{"id": "PEXT", "temporarily_disabled": False}],
        "webhook_subscriptions": [a_webhook_subscription(url=CLEAN)],
        "event_orchestrations": orchestrations,
        "orchestration_routers": [{**each["router"], "id": each["id"]} for each in orchestrations],
        "business_services": [front],
        "business_service_dependencies": [
            looked_up(front, *[a_dependency(each, front) for each in services])
        ],
        "maintenance_windows": [
            a_maintenance_window(["PSHOP"], hour(24), hour(25), id="PONE"),
            a_maintenance_window(["PBLOG"], hour(48), hour(49), id="PTWO"),
        ],
        "change_events": [a_change_event(before(3), services)],
    }
    return compared(a_snapshot(**{**sound, **data}), roster)


def test_severity_of_each_control() -> None:
    """Each control has the severity that the rulebook gives it, and none is missing there."""
    found = {each.id: each.severity.value for each in shipped_controls()}

    assert found == {control: about.severity for control, about in ABOUT.items()}


@pytest.mark.parametrize("control", ABOUT)
def test_sound_account_satisfies(control: str) -> None:
    """Nothing of a sound account fails; PD-13 and PD-24 can at best be manual by key use."""
    expected = "manual" if control in {"PD-13", "PD-24"} else "pass"

    found = verdicts(a_sound_account(), control)
    if control == "PD-17":  # it does not speak about those who have not accepted an invitation
        assert {found.pop(each["id"]) for each in INVITED} == {"not_applicable"}

    assert set(found.values()) == {expected}


@pytest.mark.parametrize("control", ABOUT)
def test_rows_have_the_type_and_id_of_their_resource(control: str) -> None:
    """Each row has the type and the id of its resource; the account's are both ``account``."""
    found = [each.resource for each in inspect(a_sound_account(), control)]

    if ABOUT[control].types:
        assert {each.type for each in found} == ABOUT[control].types
        assert "account" not in {each.id for each in found}
    else:
        assert [(each.type, each.id) for each in found] == [("account", "account")]


@pytest.mark.parametrize("code", [401, 403, 500, 503, None])
@pytest.mark.parametrize(
    ("control", "name"),
    [(each, name) for each, about in OF_ONE_KIND.items() for name in about.resources],
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
    ("control", "name"),
    [(each, name) for each, about in OF_ONE_KIND.items() for name in about.besides],
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


@pytest.mark.parametrize("control", ABOUT)
def test_refused_data_stops_only_what_needs_it(control: str) -> None:
    """A refused data set changes no verdict of a control that does not need it."""
    expected = verdicts(a_sound_account(), control)
    needed = {*ABOUT[control].resources, *ABOUT[control].besides}

    for name in DATA_SETS.keys() - needed:
        data: dict[str, Any] = {name: refused(403)}
        assert verdicts(a_sound_account(**data), control) == expected, name


@pytest.mark.parametrize("control", OF_ONE_KIND)
def test_error_says_what_was_refused(control: str) -> None:
    """The message of an error row says which path was refused, and how."""
    data: dict[str, Any] = {ABOUT[control].resources[0]: refused(403, "/refused/path")}

    (found,) = inspect(a_sound_account(**data), control)

    assert "/refused/path" in found.message
    assert "403" in found.message


@pytest.mark.parametrize("control", sorted(OF_RESOURCES - {"PD-13"}))
def test_control_without_any_resource_is_not_applicable(control: str) -> None:
    """A control with no resource at all has one not_applicable row, for the account."""
    (found,) = inspect(a_snapshot(), control)

    assert (found.resource.type, found.resource.id) == ("account", "account")
    assert found.status.value == "not_applicable"


@pytest.mark.parametrize(
    "control", sorted(ABOUT.keys() - {"PD-19", "PD-42"} - OF_RESOURCES | {"PD-13"})
)
def test_empty_account_complies_with_nothing(control: str) -> None:
    """A control that judges the account as a whole never passes on nothing at all."""
    (found,) = inspect(a_snapshot(), control)

    assert found.resource.id == "account"
    assert found.status.value in {"fail", "manual", "error"}


@pytest.mark.parametrize("control", DISABLED)
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
@pytest.mark.parametrize("control", DISABLED)
def test_service_that_is_not_disabled_is_in_service(control: str, state: str) -> None:
    """Every service control judges a service whose status is anything but disabled."""
    now = a_maintenance_window(["PSHOP", "PBLOG"], hour(0), hour(1))
    snapshot = a_sound_account(maintenance_windows=[now] if state == "maintenance" else [])
    for service in snapshot.records("services"):
        service["status"] = state

    assert set(verdicts(snapshot, control).values()) == {"pass"}


@pytest.mark.parametrize("control", ABOUT)
def test_rows_of_one_control_have_their_own_addresses(control: str) -> None:
    """No two rows of a control share a fingerprint, and rows come sorted by id."""
    found = inspect(a_sound_account(), control)

    assert len({each.fingerprint for each in found}) == len(found)
    assert [each.resource.id for each in found] == sorted(each.resource.id for each in found)


def test_response_plays_are_never_read() -> None:
    """No data set asks for the retired response plays."""
    assert not [each for each in DATA_SETS.values() if "response_play" in each.path]
