"""PD-38: do those take part whose role is to respond?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import (
    ADA,
    BEN,
    GONE,
    OWNER,
    WHOLE,
    altered,
    before,
    computed,
    held,
    hour,
    inspect_by_id,
    only,
    rendered,
    status,
)
from tests.controls.test_statuses import a_sound_account
from tests.simulator.builders import (
    a_layer,
    a_layer_schedule,
    a_policy,
    a_shift_schedule,
    a_user,
    an_event,
)
from tests.simulator.records import ABSENT, Record, refer
from tests.support.judged import CONTROLS, a_snapshot, refused, verdicts

CONTROL = "PD-38"
IDA = a_user("Ida Idle", "limited_user", id="PIDA", teams=["PTEAM"])


def with_ida(*others: Record, **data: Any) -> Snapshot:
    """Return an account in which Ida is to respond."""
    return a_snapshot(users=[IDA, *others], **data)


def layered(end: str | None, **fields: Any) -> Record:
    """Return a schedule on one layer of which Ida takes turns, and that nobody is on call on."""
    layer = a_layer([IDA], start=before(30), end=end)
    return rendered(id="PROTA", schedule_layers=[layer], **fields)


def of_event(until: str | None) -> Record:
    """Return the same with one event."""
    event = an_event([IDA], effective_until=until)
    return computed(id="PSHIFT") | {"rotations": [{"id": "PROTATION", "events": [event]}]}


@pytest.mark.parametrize("role", ["user", "limited_user", "restricted_access"])
def test_those_are_judged_whose_role_is_to_respond(role: str) -> None:
    """Each of the three roles is, with a duty or without."""
    user = a_user("Ada Quill", role, id="PADA")
    policy = a_policy("Shop", [user], id="PPOLICY")

    assert status(a_snapshot(users=[user]), CONTROL) == "fail"
    assert status(a_snapshot(users=[user], escalation_policies=[policy]), CONTROL) == "pass"


@pytest.mark.parametrize(
    "user",
    [
        OWNER,
        *[
            a_user("Ada Quill", role, id="PADA")
            for role in ("admin", "observer", "read_only_user", "read_only_limited_user")
        ],
        a_user("Gil Guest", id="PGIL", invitation_sent=True),
    ],
    ids=lambda user: user["role"],
)
def test_others_have_no_row(user: Record) -> None:
    """One row says so where there is nobody else, and no row where there is."""
    found = only(a_snapshot(users=[user]), CONTROL)

    assert (found.resource.id, found.status.value) == ("account", "not_applicable")
    assert verdicts(a_snapshot(users=[user, IDA]), CONTROL) == {"PIDA": "fail"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"escalation_policies": [a_policy("Shop", [BEN], [IDA], id="PPOLICY")]}, "pass"),
        ({"escalation_policies": [a_policy("Shop", [BEN], id="PPOLICY")]}, "fail"),
        ({"schedules": [layered(None)]}, "pass"),
        ({"schedules": [layered(hour(1))]}, "pass"),
        ({"schedules": [layered(hour(-1))]}, "fail"),
        ({"schedules": [layered(None) | {"schedule_layers": []}]}, "fail"),
        ({"shift_schedules": [of_event(None)]}, "pass"),
        ({"shift_schedules": [of_event(hour(1))]}, "pass"),
        ({"shift_schedules": [of_event(hour(-1))]}, "fail"),
        ({"schedules": [held(rendered(WHOLE, schedule_layers=[]), IDA)]}, "pass"),
        ({"schedules": [held(rendered((800, 900), schedule_layers=[]), IDA)]}, "fail"),
        ({"shift_schedules": [held(computed(WHOLE, rotations=[]), IDA)]}, "pass"),
        ({"shift_schedules": [held(computed((-9, -1), rotations=[]), IDA)]}, "fail"),
    ],
)
def test_a_duty_is_a_target_a_turn_or_a_shift(data: dict[str, Any], expected: str) -> None:
    """A layer or an event that has ended is none, nor is a shift outside the window."""
    assert inspect_by_id(with_ida(**data), CONTROL)["PIDA"].status.value == expected


def test_an_event_that_is_over_by_its_own_recurrence_is_no_duty() -> None:
    """Nobody is called by what does not recur any more, whatever ``effective_until`` says."""
    schedule = of_event(None)
    schedule["rotations"][0]["events"][0]["recurrence"] = ["RRULE:FREQ=DAILY;UNTIL=20250101"]

    assert status(with_ida(shift_schedules=[schedule]), CONTROL) == "fail"
    assert status(with_ida(shift_schedules=[of_event(None)]), CONTROL) == "pass"


def test_a_layer_that_starts_later_is_a_duty() -> None:
    """Turns that are still to come are turns."""
    layer = a_layer([IDA], start=hour(2000), end=None)

    assert status(with_ida(schedules=[rendered(schedule_layers=[layer])]), CONTROL) == "pass"


def test_a_duty_in_what_nobody_uses_counts() -> None:
    """No service has the policy, and no policy the schedule."""
    data = {"escalation_policies": [a_policy("Old", [IDA], id="POLD")], "services": []}

    assert status(with_ida(**data), CONTROL) == "pass"
    assert status(with_ida(schedules=[layered(None)]), CONTROL) == "pass"


def test_a_person_with_a_team_and_no_duty_is_the_finding() -> None:
    """Whether somebody is in a team is asked by another control; the evidence has the teams."""
    snapshot = with_ida(teams=[{"id": "PTEAM", "type": "team"}])
    found = only(snapshot, CONTROL)

    assert found.status.value == "fail"
    assert verdicts(snapshot, "PD-04") == {"PIDA": "pass"}
    assert found.evidence["role"] == "limited_user"
    assert found.evidence["teams"] == ["PTEAM"]
    assert found.evidence["duties"] == []
    assert "'Ida Idle' (PIDA) has the role limited_user and no on-call duty" in found.message


def test_the_evidence_names_the_first_duties_with_their_places() -> None:
    """Policy and level, schedule and layer, schedule and the first shift."""
    many = [a_policy(f"Shop {number}", [IDA], id=f"P{number}") for number in range(7)]
    schedule = held(layered(None) | {"final_schedule": rendered(WHOLE)["final_schedule"]}, IDA)

    few: Finding = only(with_ida(escalation_policies=many[:1], schedules=[schedule]), CONTROL)
    found: Finding = only(with_ida(escalation_policies=many), CONTROL)

    assert few.evidence["duties"] == [
        "escalation policy 'Shop 0' (P0): level 1",
        "schedule 'Rota PROTA' (PROTA): layer 'Layer 1'",
        "schedule 'Rota PROTA' (PROTA): on call from 2026-11-23T09:00:00Z",
    ]
    assert found.evidence["duties"][-1] == "and 2 more"
    assert len(found.evidence["duties"]) == 6


def test_a_reference_to_somebody_who_was_deleted_is_no_duty() -> None:
    """It is of nobody, even where the user list has the person again."""
    gone = refer("user", IDA) | {"deleted_at": "2026-09-01T10:00:00Z"}
    policy = a_policy("Shop", [BEN], id="PPOLICY")
    policy["escalation_rules"][0]["targets"] += [gone, GONE]

    assert status(with_ida(escalation_policies=[policy]), CONTROL) == "fail"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (altered(IDA, "role", "odd"), "error"),
        (altered(IDA, "role", ABSENT), "error"),
        (altered(IDA, "invitation_sent", ABSENT), "error"),
        (altered(IDA, "invitation_sent", "no"), "error"),
        (altered(altered(IDA, "role", "odd"), "invitation_sent", True), None),
        (altered(altered(IDA, "role", "admin"), "invitation_sent", ABSENT), None),
    ],
)
def test_who_may_be_to_respond_is_an_error(user: Record, expected: str | None) -> None:
    """Role and invitation decide; whichever can be read may say that it is nobody of these."""
    policy = a_policy("Shop", [user, BEN], id="PPOLICY")
    found = verdicts(a_snapshot(users=[user, BEN], escalation_policies=[policy]), CONTROL)

    assert found == ({"PIDA": expected} if expected else {}) | {"PBEN": "pass"}


UNKNOWN_KIND = {"id": "PX", "type": "surprise"}
NO_ID = {"type": "user_reference"}
FIRST_USER = "final_schedule.rendered_schedule_entries.0.user"


@pytest.mark.parametrize(
    "data",
    [
        *[
            {"escalation_policies": [altered(a_policy("Shop", [BEN], id="PPOLICY"), path, value)]}
            for path, value in [
                ("escalation_rules", ABSENT),
                ("escalation_rules.0.targets", None),
                ("escalation_rules.0.targets.0", UNKNOWN_KIND),
                ("escalation_rules.0.targets.0", NO_ID),
            ]
        ],
        {"schedules": [layered(None) | {"schedule_layers": None}]},
        {"schedules": [altered(layered(None), "schedule_layers.0.users", None)]},
        {"schedules": [altered(layered(None), "schedule_layers.0.users.0", {})]},
        {"schedules": [altered(layered(None), "schedule_layers.0.end", "soon")]},
        {"schedules": [a_layer_schedule("Rota", [BEN], final_schedule=None)]},
        {"schedules": [altered(rendered(WHOLE, schedule_layers=[]), FIRST_USER, NO_ID)]},
        {"shift_schedules": [a_shift_schedule("Shifts", [BEN], rotations=None)]},
        {"shift_schedules": [altered(of_event(None), "rotations.0.events", "none")]},
        {"shift_schedules": [altered(of_event(None), "rotations.0.events.0.effective_until", 7)]},
    ],
)
def test_what_cannot_be_read_may_name_anybody(data: dict[str, Any]) -> None:
    """Nobody without a duty is judged then; whoever surely has one passes."""
    policies = [*data.get("escalation_policies", []), a_policy("Blog", [ADA], id="PBLOG")]
    snapshot = with_ida(ADA, **{**data, "escalation_policies": policies})

    assert verdicts(snapshot, CONTROL) == {"PIDA": "error", "PADA": "pass"}


def test_a_layer_of_unknown_end_is_in_doubt_for_its_people_alone() -> None:
    """Somebody else without a duty fails all the same."""
    schedule = altered(layered(None), "schedule_layers.0.end", "soon")

    assert verdicts(with_ida(BEN, schedules=[schedule]), CONTROL) == {
        "PIDA": "error",
        "PBEN": "fail",
    }


def test_nobody_on_a_schedule_gives_nobody_a_duty() -> None:
    """A schedule without layers, and one whose slots are empty, are read and name nobody."""
    data = {
        "schedules": [rendered(schedule_layers=[])],
        "shift_schedules": [computed(empty=[WHOLE], rotations=[])],
    }

    assert status(with_ida(**data), CONTROL) == "fail"


@pytest.mark.parametrize("name", ["escalation_policies", "schedules", "shift_schedules"])
def test_a_refused_list_is_an_error_of_each_user(name: str) -> None:
    """Whoever has no duty in the other lists may have one in this."""
    data: dict[str, Any] = {name: refused(403)}
    found = verdicts(a_sound_account(**data), CONTROL)

    assert found == {"PADA": "error", "PBEN": "error"}


def test_it_costs_no_request_of_its_own() -> None:
    """The lists of users, policies and schedules are all that it reads of the account."""
    needs = {"users", "escalation_policies", "schedules", "shift_schedules"}

    assert set(CONTROLS[CONTROL].control.needs) == needs


def test_nothing_there_and_unreadable() -> None:
    """Without users there is nobody to judge; a refused list of them is an error."""
    assert only(a_snapshot(), CONTROL).status.value == "not_applicable"
    assert only(a_snapshot(users=refused()), CONTROL).status.value == "error"
