"""Fixes of schedules: whole lists, with one change."""

from __future__ import annotations

from typing import Any

from pdsec_checks.fixes.fix import Fix, Request
from pdsec_checks.fixes.schedules import MOST_GAPS
from tests.controls.helpers import computed, held, rendered
from tests.fixes.test_table import only_fix
from tests.simulator import builders
from tests.simulator.records import Record, refer
from tests.support.fails import used
from tests.support.judged import a_snapshot

CHOSEN = {"id": "CHOOSE_A_USER", "type": "user_reference"}
LEFT = {**refer("user", "PLEFT"), "deleted_at": "2026-09-01T10:00:00Z"}
ADA = builders.a_user("Ada", id="PADA")
BEN = builders.a_user("Ben", id="PBEN")


def target(identity: str, kind: str = "user") -> Record:
    """Return a target as a request has it."""
    return {"id": identity, "type": f"{kind}_reference"}


def body_of(fix: Any, name: str) -> Record:
    """Return what the one request of a fix sends."""
    (request,) = fix.requests
    whole: Record = request.body[name]
    return whole


def test_each_gap_has_an_override_with_its_times() -> None:
    """PD-08 names the exact times of every gap, and leaves the person to choose."""
    layer = builders.a_layer([ADA, BEN], restrictions=[builders.a_restriction("00:00:00", 23)])
    rendered = {
        "rendered_coverage_percentage": 50,
        "rendered_schedule_entries": [
            {"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T23:00:00Z", "user": ADA},
            {"start": "2026-11-24T00:00:00Z", "end": "2026-12-23T09:00:00Z", "user": BEN},
        ],
    }
    schedule = builders.a_layer_schedule(
        "Rota", layers=[layer], id="PROTA", time_zone="UTC", final_schedule=rendered
    )
    policy = builders.a_policy("Shop", [schedule], id="PSHOP")
    snapshot = a_snapshot(schedules=[schedule], escalation_policies=[policy], users=[ADA, BEN])
    fix = only_fix(snapshot, "PD-08")

    assert fix.requests[0].path == "/schedules/PROTA/overrides"
    assert fix.requests[0].body == {
        "overrides": [
            {"start": "2026-11-23T23:00:00Z", "end": "2026-11-24T00:00:00Z", "user": CHOSEN}
        ]
    }


def overrides_of(fix: Fix) -> list[Record]:
    """Return the overrides that the one request of a fix makes."""
    (request,) = fix.requests
    assert request.body is not None
    found: list[Record] = request.body["overrides"]
    return found


def test_so_many_gaps_are_filled_and_no_more() -> None:
    """PD-08 with hundreds of gaps writes no request that nobody reads, and says how many it has."""
    schedule = rendered(*((hour, hour + 1) for hour in range(0, 30 * 24, 2)))
    fix = only_fix(used(schedule, [ADA, BEN]), "PD-08")

    assert len(overrides_of(fix)) == MOST_GAPS
    assert fix.note.startswith(f"closes the first {MOST_GAPS} of 360 gaps of the window")


def test_somebody_takes_the_turns_of_who_was_deleted() -> None:
    """PD-08 changes the layers that have them; a gap that they did not leave has its override."""
    layer = builders.a_layer([ADA, BEN], name="Days")
    layer["users"].insert(1, {"user": LEFT})
    old = builders.a_layer([ADA], name="Old", end="2025-01-01T00:00:00Z")
    old["users"].append({"user": LEFT})
    schedule = rendered((0, 24), (24, 48), (72, 30 * 24), schedule_layers=[old, layer])
    fix = only_fix(used(held(schedule, ADA, LEFT, ADA), [ADA, BEN]), "PD-08")
    put, override = fix.requests

    assert (put.method, put.path) == ("PUT", "/schedules/PLAYER")
    assert put.body is not None
    assert [each["users"] for each in put.body["schedule"]["schedule_layers"]] == [
        [{"user": target("PADA")}],
        [{"user": target("PADA")}, {"user": CHOSEN}, {"user": target("PBEN")}],
    ]
    assert (override.method, override.path) == ("POST", "/schedules/PLAYER/overrides")
    assert override.body == {
        "overrides": [
            {"start": "2026-11-25T09:00:00Z", "end": "2026-11-26T09:00:00Z", "user": CHOSEN}
        ]
    }
    (change,) = fix.terraform[0].changes
    assert (change.attribute, change.to) == (
        "layer.users",
        "CHOOSE_A_USER in place of whoever was deleted",
    )


def test_gap_of_who_was_deleted_alone_has_no_override() -> None:
    """PD-08: whoever takes their turns fills it."""
    layer = builders.a_layer([], name="Days")
    layer["users"] = [{"user": LEFT}]
    schedule = held(rendered((0, 30 * 24), schedule_layers=[layer]), LEFT)
    fix = only_fix(used(schedule, [ADA, BEN]), "PD-08")

    layers = body_of(fix, "schedule")["schedule_layers"]
    assert [each["users"] for each in layers] == [[{"user": CHOSEN}]]


def test_deleted_person_of_an_override_is_covered() -> None:
    """PD-08: where no layer has them their hours are filled like any other gap."""
    schedule = held(rendered((0, 24), (24, 30 * 24)), LEFT, ADA)
    fix = only_fix(used(schedule, [ADA, BEN]), "PD-08")

    assert [each["start"] for each in overrides_of(fix)] == ["2026-11-23T09:00:00Z"]


def test_member_takes_the_turns_of_who_was_deleted() -> None:
    """PD-08 on a shift-based schedule changes each event that runs and has them."""
    events = [
        builders.an_event([ADA, LEFT], id="EONE"),
        builders.an_event([ADA], id="ETWO"),
        builders.an_event([LEFT, None], id="ETHREE"),
        builders.an_event([LEFT], id="EOLD", effective_until="2025-01-01T00:00:00Z"),
    ]
    schedule = builders.a_shift_schedule("Shifts", events=events, id="PSHIFTS")
    schedule["final_schedule"] = computed((0, 30 * 24))["final_schedule"]
    schedule = held(schedule, LEFT)
    fix = only_fix(used(schedule, [ADA, BEN]), "PD-08")

    found = {
        each.path.rpartition("/")[2]: [
            member.get("user_id") for member in strategy_of(each)["members"]
        ]
        for each in fix.requests
    }
    assert found == {"EONE": ["PADA", "CHOOSE_A_USER"], "ETHREE": ["CHOOSE_A_USER", None]}
    assert fix.terraform[0].type == "pagerduty_schedulev2"


def strategy_of(request: Request) -> Record:
    """Return the strategy that a request gives an event."""
    assert request.body is not None
    found: Record = request.body["event"]["assignment_strategy"]
    return found


def test_schedule_of_nobody_gets_somebody() -> None:
    """PD-08: an override of the whole window would end with it."""
    layer = builders.a_layer([], name="Days")
    fix = only_fix(used(rendered(schedule_layers=[layer]), [ADA, BEN]), "PD-08")

    layers = body_of(fix, "schedule")["schedule_layers"]
    assert [each["users"] for each in layers] == [[{"user": CHOSEN}]]
    assert fix.terraform[0].changes[0].attribute == "layer.users"


def test_schedule_whose_people_have_no_turn_in_the_window_has_an_override() -> None:
    """PD-08: more people would not fill hours that nobody's turn is in."""
    fix = only_fix(used(rendered(), [ADA, BEN]), "PD-08")

    assert [request.path for request in fix.requests] == ["/schedules/PLAYER/overrides"]


def schedule_body(*layers: Record) -> list[Record]:
    """Return the layers that the request for a lonely schedule sends."""
    schedule = builders.a_layer_schedule("Rota", layers=layers, id="PROTA")
    policy = builders.a_policy("Shop", [schedule], id="PSHOP")
    snapshot = a_snapshot(schedules=[schedule], escalation_policies=[policy], users=[ADA, BEN])
    body = body_of(only_fix(snapshot, "PD-09"), "schedule")
    assert (body["name"], body["time_zone"]) == ("Rota", "Europe/London")
    found: list[Record] = body["schedule_layers"]
    return found


def test_people_are_added_to_the_layer_that_runs() -> None:
    """PD-09 sends every layer with all that it has; the first that runs gets somebody more."""
    ended = builders.a_layer([ADA], name="Old", end="2025-01-01T00:00:00Z")
    restriction = builders.a_restriction()
    runs = builders.a_layer([ADA], name="New", restrictions=[restriction])
    old, new = schedule_body(ended, runs)

    assert old["end"] == "2025-01-01T00:00:00Z"
    assert old["users"] == [{"user": target("PADA")}]
    assert new == {
        "id": runs["id"],
        "name": "New",
        "start": "2024-01-01T09:00:00Z",
        "rotation_virtual_start": "2024-01-01T09:00:00Z",
        "rotation_turn_length_seconds": 604800,
        "restrictions": [restriction],
        "users": [{"user": target("PADA")}, {"user": CHOSEN}],
    }


def test_leavers_are_left_out_of_layers() -> None:
    """PD-09: who was deleted cannot be sent back; a layer of nobody gets somebody to choose."""
    layer = builders.a_layer([ADA], name="New")
    layer["users"].append({"user": LEFT})
    alone = builders.a_layer([], name="Other")
    alone["users"] = [{"user": LEFT}]
    first, second = schedule_body(layer, alone)

    assert first["users"] == [{"user": target("PADA")}, {"user": CHOSEN}]
    assert second["users"] == [{"user": CHOSEN}]


def test_schedule_whose_layers_ended_gets_a_new_one() -> None:
    """PD-09: nobody takes turns any more, so that a layer from now on has two to choose."""
    old, new = schedule_body(builders.a_layer([ADA], end="2025-01-01T00:00:00Z"))

    assert old["users"] == [{"user": target("PADA")}]
    assert "id" not in new
    assert new["start"] == new["rotation_virtual_start"] == "2026-11-23T09:00:00Z"
    assert new["users"] == [{"user": CHOSEN}, {"user": CHOSEN}]


def test_members_are_added_to_the_event_that_runs() -> None:
    """PD-09 on a shift-based schedule sends all members of the first event that runs."""
    ended = builders.an_event([ADA], id="EOLD", effective_until="2025-01-01T00:00:00Z")
    runs = builders.an_event([ADA, None, LEFT], id="ENEW", shifts_per_member=2)
    schedule = builders.a_shift_schedule("Shifts", events=[ended, runs], id="PSHIFTS")
    schedule["final_schedule"] = {"rendered_coverage_percentage": 0}
    policy = builders.a_policy("Shop", [schedule], id="PSHOP")
    snapshot = a_snapshot(shift_schedules=[schedule], escalation_policies=[policy], users=[ADA])
    fix = only_fix(snapshot, "PD-09")
    rotation = schedule["rotations"][0]["id"]

    assert fix.requests[0].path == f"/v3/schedules/PSHIFTS/rotations/{rotation}/events/ENEW"
    assert body_of(fix, "event")["assignment_strategy"] == {
        "type": "rotating_member_assignment_strategy",
        "shifts_per_member": 2,
        "members": [
            {"type": "user_member", "user_id": "PADA"},
            {"type": "empty_member"},
            {"type": "user_member", "user_id": "CHOOSE_A_USER"},
        ],
    }


def test_shift_schedule_in_which_nothing_runs_is_text() -> None:
    """PD-09: there is no event to add anybody to."""
    schedule = builders.a_shift_schedule("Shifts", id="PSHIFTS")
    policy = builders.a_policy("Shop", [schedule], id="PSHOP")
    snapshot = a_snapshot(shift_schedules=[schedule], escalation_policies=[policy], users=[ADA])
    fix = only_fix(snapshot, "PD-09")

    assert (fix.gen, fix.requests) == ("text", [])
    assert "no rotation of the schedule runs" in fix.note
