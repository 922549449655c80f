"""PD-28: nobody whom policies and schedules in use name has left, or cannot take a call."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import (
    ADA,
    BEN,
    GONE,
    GONE_ID,
    NAMED_GONE,
    UNKNOWN,
    WHOLE,
    altered,
    computed,
    held,
    hour,
    inspect_by_id,
    rendered,
)
from tests.controls.test_statuses import a_sound_account
from tests.simulator.builders import (
    a_layer,
    a_layer_schedule,
    a_policy,
    a_rotation,
    a_service,
    a_shift_schedule,
    a_user,
    an_event,
)
from tests.simulator.records import ABSENT, Record, refer
from tests.support.judged import a_snapshot, inspect, refused, verdicts

PENDING = a_user("Gil Guest", id="PGIL", invitation_sent=True)
WATCHERS = [
    a_user("Wim Watch", role, id=f"PWATCH{number}")
    for number, role in enumerate(("read_only_user", "read_only_limited_user"))
]
PEOPLE = [ADA, BEN, PENDING, *WATCHERS]
ENDED = "2026-11-23T09:00:00Z"
"""The very moment at which the account was read."""


def named(*targets: Record, **data: Any) -> Snapshot:
    """Return an account whose one policy, of one service, names these targets on one level."""
    policy = a_policy("Shop", [], id="PPOLICY")
    policy["escalation_rules"][0]["targets"] = list(targets)
    service = a_service("Shop", policy, id="PSHOP")
    return a_snapshot(
        **{"users": PEOPLE, "services": [service], "escalation_policies": [policy], **data}
    )


def used(schedule: Record, **data: Any) -> Snapshot:
    """Return an account with one schedule of either kind, which its one policy names."""
    kind = "shift_schedules" if schedule["type"] == "schedule_v3" else "schedules"
    target = refer(schedule["type"], schedule)
    return named(target, **{kind: [schedule], **data})


def of_policy(snapshot: Snapshot) -> Finding:
    """Return what PD-28 says of the policy."""
    return inspect_by_id(snapshot, "PD-28")["PPOLICY"]


def of_schedule(schedule: Record, **data: Any) -> Finding:
    """Return what PD-28 says of a schedule in use."""
    return inspect_by_id(used(schedule, **data), "PD-28")[schedule["id"]]


def layered(*layers: Record) -> Record:
    """Return a schedule of these layers; Ada has all its shifts."""
    return rendered(WHOLE, schedule_layers=list(layers))


def rotating(*events: Record) -> Record:
    """Return a shift-based schedule of these events; Ada has all its shifts."""
    return computed(WHOLE, rotations=[a_rotation(*events)])


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (GONE, f"user {GONE_ID} was deleted on 2026-09-01 (level 1)"),
        (refer("user", PENDING), "user 'Gil Guest' (PGIL) has not accepted the invitation"),
        *((refer("user", each), f"is a stakeholder ({each['role']})") for each in WATCHERS),
        (UNKNOWN, "user PUNKNOWN does not exist (level 1)"),
    ],
)
def test_target_who_cannot_take_a_call_fails(target: Record, why: str) -> None:
    """A policy fails that names who was deleted, invited, only watches, or is in no user list."""
    found = of_policy(named(refer("user", ADA), target))

    assert found.status == "fail"
    assert why in found.message


def test_policy_of_people_who_can_take_a_call_passes() -> None:
    """Whoever has an account and responds may stand in a policy."""
    assert of_policy(named(refer("user", ADA), refer("user", BEN))).status == "pass"


def test_somebody_deleted_elsewhere_is_gone_from_the_policy() -> None:
    """A reference that does not say so names who was deleted where another one does."""
    schedule = held(rendered(WHOLE), GONE)
    found = of_policy(named(NAMED_GONE, schedules=[schedule]))

    assert "was deleted on 2026-09-01 (level 1)" in found.message


@pytest.mark.parametrize("state", ["active", "disabled"])
def test_policy_of_any_service_is_used(state: str) -> None:
    """A policy that only a disabled service has is in use; one that none has is not judged."""
    service = a_service("Shop", "PPOLICY", id="PSHOP", status=state)

    assert of_policy(named(GONE, services=[service])).status == "fail"
    assert of_policy(named(GONE, services=[])).status == "not_applicable"


def test_schedule_that_no_policy_names_is_not_judged() -> None:
    """An unused schedule is not applicable, whoever is on it."""
    schedule = held(rendered(WHOLE), GONE)

    assert verdicts(a_snapshot(users=PEOPLE, schedules=[schedule]), "PD-28") == {
        "PLAYER": "not_applicable"
    }


@pytest.mark.parametrize("kind", [rendered, computed])
@pytest.mark.parametrize("who", [GONE, PENDING, *WATCHERS])
def test_entry_of_the_window_fails(kind: Any, who: Record) -> None:
    """A shift of the window fails whose holder cannot take a call; evidence has its start."""
    found = of_schedule(held(kind((0, 24), (24, 48)), ADA, who))

    assert found.status == "fail"
    (listed,) = found.evidence["cannot_take_calls"]
    assert listed["id"] == who["id"]
    assert listed["where"] == [f"on call from {hour(24)}"]


@pytest.mark.parametrize("kind", [rendered, computed])
def test_entry_outside_the_window_does_not_count(kind: Any) -> None:
    """A shift that ended when the account was read, or begins after the window, says nothing."""
    outside = held(kind((-24, 0), WHOLE, (30 * 24, 31 * 24)), GONE, ADA, GONE)

    assert of_schedule(outside).status == "pass"


def turning(*people: Record, kind: str = "layer", **fields: Any) -> Record:
    """Return a schedule of one kind on whose second layer, or event, these people take turns."""
    if kind == "layer":
        turns = a_layer([], name="Nights", **fields)
        turns["users"] = [{"user": each} for each in people]
        return layered(a_layer([ADA]), turns)
    return rotating(an_event([ADA]), an_event(people, id="E1", **fields))


KINDS = pytest.mark.parametrize(
    ("kind", "ends", "starts", "where"),
    [
        ("layer", "end", "start", "layer 'Nights'"),
        ("event", "effective_until", "effective_since", "event E1"),
    ],
)


@KINDS
def test_turns_that_run_or_will_run_fail(kind: str, ends: str, starts: str, where: str) -> None:
    """A layer or an event that has not ended counts, one that starts later too; an ended not."""
    later = {starts: hour(1000)}

    for fields in ({}, {ends: hour(1)}, later):
        found = of_schedule(turning(GONE, kind=kind, **fields))
        assert found.status == "fail", fields
        assert found.evidence["cannot_take_calls"][0]["where"] == [where]
    assert of_schedule(turning(GONE, kind=kind, **{ends: ENDED})).status == "pass"


@pytest.mark.parametrize(
    "recurrence", [["RRULE:FREQ=DAILY;UNTIL=20250101"], []], ids=["until", "once"]
)
def test_event_that_is_over_by_its_own_recurrence_names_nobody(recurrence: list[str]) -> None:
    """Its ``effective_until`` may be open all the same."""
    event = an_event([GONE], start="2024-01-01T09:00:00") | {"recurrence": recurrence}

    assert of_schedule(rotating(event)).status == "pass"
    assert of_schedule(rotating(an_event([GONE]))).status == "fail"


def test_refused_users_leave_nothing_to_say() -> None:
    """Neither a policy of schedules nor an empty schedule passes without them."""
    schedule = layered()
    snapshot = used(schedule, users=refused())

    assert verdicts(snapshot, "PD-28") == {"PPOLICY": "error", schedule["id"]: "error"}


@pytest.mark.parametrize("kind", ["layer", "event"])
def test_unknown_person_of_a_schedule_is_an_error(kind: str) -> None:
    """An id that no user list has, and nothing calls deleted, cannot be judged on a schedule."""
    found = of_schedule(turning(UNKNOWN, kind=kind))

    assert found.status == "error"
    assert "PUNKNOWN" in found.message


@pytest.mark.parametrize("kind", [rendered, computed])
def test_unknown_person_on_call_is_an_error(kind: Any) -> None:
    """The same holds for a shift of the window."""
    assert of_schedule(held(kind(WHOLE), UNKNOWN)).status == "error"


@pytest.mark.parametrize("kind", ["layer", "event"])
def test_somebody_gone_fails_beside_somebody_unknown(kind: str) -> None:
    """What is certain stays so; the evidence says who could not be judged besides."""
    found = of_schedule(turning(UNKNOWN, GONE, kind=kind))

    assert found.status == "fail"
    assert [each["id"] for each in found.evidence["cannot_take_calls"]] == [GONE_ID]
    assert "PUNKNOWN" in str(found.evidence["not_judged"])


def test_somebody_found_twice_is_one_line_with_all_places() -> None:
    """A person on a layer and on call stands once, with both places."""
    schedule = held(turning(GONE), GONE)
    found = of_schedule(schedule)

    assert found.evidence["cannot_take_calls"] == [
        {
            "id": GONE_ID,
            "name": "",
            "why": "was deleted on 2026-09-01",
            "where": ["layer 'Nights'", f"on call from {hour(0)}"],
        }
    ]
    assert "somebody who cannot take a call" in found.message


def test_people_on_two_levels_are_named_with_both() -> None:
    """A policy names its levels; several people are counted."""
    policy = a_policy("Shop", [ADA], [ADA], id="PPOLICY")
    policy["escalation_rules"][0]["targets"] = [GONE]
    policy["escalation_rules"][1]["targets"] = [GONE, refer("user", PENDING)]
    found = of_policy(named(escalation_policies=[policy]))

    assert [each["where"] for each in found.evidence["cannot_take_calls"]] == [
        ["level 2"],
        ["level 1", "level 2"],
    ]
    assert "names 2 people who cannot take a call: " in found.message
    assert found.cause == "several"


def test_schedule_as_target_is_judged_by_its_own_row() -> None:
    """A policy is not to blame for who is on its schedules."""
    found = verdicts(used(held(rendered(WHOLE), GONE)), "PD-28")

    assert found == {"PPOLICY": "pass", "PLAYER": "fail"}


@pytest.mark.parametrize("value", [ABSENT, None, 3.5])
@pytest.mark.parametrize("field", ["invitation_sent", "role"])
def test_unreadable_user_is_an_error(field: str, value: Any) -> None:
    """A user of whom nobody can tell is judged by nobody."""
    broken = altered(BEN, field, value)

    assert of_policy(named(refer("user", BEN), users=[ADA, broken])).status == "error"


def test_stakeholder_is_one_whatever_the_invitation() -> None:
    """Who only watches cannot take a call, whether or not they accepted the invitation."""
    broken = altered(WATCHERS[0], "invitation_sent", None)

    assert of_policy(named(refer("user", broken), users=[broken])).status == "fail"


def test_unreadable_rules_and_targets_are_errors() -> None:
    """What a policy does not show might name anybody."""
    policy = a_policy("Shop", [ADA], id="PPOLICY")

    for path, value in (
        ("escalation_rules", None),
        ("escalation_rules.0.targets", None),
        ("escalation_rules.0.targets.0.type", "surprise"),
        ("escalation_rules.0.targets.0.id", ABSENT),
    ):
        broken = altered(policy, path, value)
        assert of_policy(named(escalation_policies=[broken])).status == "error", path


@pytest.mark.parametrize("field", ["schedule_layers", "final_schedule"])
def test_half_of_a_schedule_is_enough_to_fail_and_not_to_pass(field: str) -> None:
    """Layers or shifts that cannot be read leave nobody sound, and somebody gone is still gone."""
    sound, gone = rendered(WHOLE), held(turning(GONE), GONE)

    assert of_schedule(altered(sound, field, None)).status == "error"
    assert of_schedule(altered(gone, field, None)).status == "fail"


def test_turns_that_may_have_ended_are_an_error() -> None:
    """A layer whose end cannot be read fails for nobody, and passes for nobody gone."""
    assert of_schedule(turning(GONE, end=3.5)).status == "error"
    assert of_schedule(turning(refer("user", BEN), end=3.5)).status == "pass"


def test_shift_at_an_unknown_hour_fails_all_the_same() -> None:
    """PagerDuty rendered it for this window, whenever it is."""
    schedule = altered(
        held(rendered(WHOLE), GONE), "final_schedule.rendered_schedule_entries.0.start", None
    )
    found = of_schedule(schedule)

    assert found.status == "fail"
    assert found.evidence["cannot_take_calls"][0]["where"] == ["on call at an unknown hour"]


@pytest.mark.parametrize(
    ("name", "policies", "schedules"),
    [
        ("users", "error", "error"),
        ("services", "error", "pass"),
        ("schedules", "pass", None),
        ("shift_schedules", "pass", None),
        ("escalation_policies", None, "error"),
    ],
)
@pytest.mark.parametrize("code", [403, 503])
def test_refused_list_costs_what_needs_it(
    code: int, name: str, policies: str | None, schedules: str | None
) -> None:
    """Policies need services, schedules policies; an unknown list is a row of the account."""
    data: dict[str, Any] = {name: refused(code)}
    found: dict[str, set[str]] = {}
    for each in inspect(a_sound_account(**data), "PD-28"):
        found.setdefault(each.resource.type, set()).add(each.status.value)

    wanted = {"escalation_policy": policies, "schedule": schedules}
    expected = {kind: {status} for kind, status in wanted.items() if status}
    assert found == expected | ({"account": {"error"}} if None in wanted.values() else {})


def test_account_without_both_lists_has_one_row() -> None:
    """Two lists that are refused are one error, which names both."""
    (found,) = inspect(
        a_sound_account(
            escalation_policies=refused(403, "/one"), schedules=refused(403, "/another")
        ),
        "PD-28",
    )

    assert (found.resource.id, found.status.value) == ("account", "error")


def test_shift_based_schedule_with_an_empty_slot_passes() -> None:
    """A slot that is left empty names nobody."""
    schedule = a_shift_schedule("Shifts", [ADA, None], id="PSHIFT")
    schedule["final_schedule"] = computed(WHOLE, empty=[(0, 1)])["final_schedule"]

    assert of_schedule(schedule).status == "pass"


def test_layer_without_a_name_is_named_by_its_id() -> None:
    """Evidence always says which layer."""
    layer = a_layer([], id="PLAYER9", name="")
    layer["users"] = [{"user": GONE}]
    schedule = a_layer_schedule("Rota", layers=[layer], id="PLAYER")
    schedule["final_schedule"] = rendered(WHOLE)["final_schedule"]

    found = of_schedule(schedule)

    assert found.evidence["cannot_take_calls"][0]["where"] == ["layer PLAYER9"]
