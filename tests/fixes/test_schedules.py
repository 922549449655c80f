"""Fixes of policies and schedules: whole lists, with one change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixes.test_table import only_fix
from tests.simulator import builders
from tests.simulator.records import Record, refer
from tests.support.judged import a_snapshot

CHOSEN = {"id": "CHOOSE_A_USER", "type": "user_reference"}
LEFT = {**refer("user", "PLEFT"), "deleted_at": "2026-09-01T10:00:00Z"}
ADA = builders.a_user("Ada", id="PADA")
BEN = builders.a_user("Ben", id="PBEN")
WATCHER = builders.a_user("Watcher", "read_only_user", id="PWATCH")


def target(identity: str, kind: str = "user") -> Record:
    """Return a target as a request has it."""
    return {"id": identity, "type": f"{kind}_reference"}


def body_of(fix: Any, name: str) -> Record:
    """Return what the one request of a fix sends."""
    (request,) = fix.requests
    whole: Record = request.body[name]
    return whole


def policy_body(*policies: Record, control: str, **thresholds: Any) -> Record:
    """Return what the request for the one failing policy sends."""
    snapshot = a_snapshot(escalation_policies=list(policies), users=[ADA, BEN, WATCHER])
    return body_of(only_fix(snapshot, control, **thresholds), "escalation_policy")


def test_levels_are_added_below_all_that_there_are() -> None:
    """PD-06 keeps each rule with its id and delay, and adds as many levels as are missing."""
    policy = builders.a_policy("Shop", [ADA], id="PSHOP", delay=7, num_loops=3)
    body = policy_body(policy, control="PD-06", min_escalation_levels=3)

    assert body == {
        "type": "escalation_policy",
        "name": "Shop",
        "num_loops": 3,
        "escalation_rules": [
            {
                "id": policy["escalation_rules"][0]["id"],
                "escalation_delay_in_minutes": 7,
                "targets": [target("PADA")],
            },
            {"escalation_delay_in_minutes": 7, "targets": [CHOSEN]},
            {"escalation_delay_in_minutes": 7, "targets": [CHOSEN]},
        ],
    }


def test_round_robin_stays() -> None:
    """What PagerDuty would reset stands in the request; what is its default does not."""
    policy = builders.a_policy("Shop", [ADA], id="PSHOP")
    strategy = {"type": "round_robin"}
    policy["escalation_rules"][0]["escalation_rule_assignment_strategy"] = strategy
    rules = policy_body(policy, control="PD-06")["escalation_rules"]

    assert rules[0]["escalation_rule_assignment_strategy"] == strategy
    assert "escalation_rule_assignment_strategy" not in rules[1]


def test_deleted_people_are_left_out_of_a_request() -> None:
    """PagerDuty refuses a target that is gone, and a rule without any."""
    policy = builders.a_policy("Shop", [ADA], [ADA], id="PSHOP")
    policy["escalation_rules"][0]["targets"].append(LEFT)
    policy["escalation_rules"][1]["targets"] = [LEFT]
    rules = policy_body(policy, control="PD-06")["escalation_rules"]

    assert [each["targets"] for each in rules] == [[target("PADA")], [CHOSEN]]


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ([target("PWATCH")], [target("PWATCH"), CHOSEN]),
        ([LEFT], [CHOSEN]),
        ([LEFT, target("PWATCH")], [target("PWATCH"), CHOSEN]),
        ([], [CHOSEN]),
    ],
)
def test_last_level_gets_somebody_who_hears(last: list[Record], wanted: list[Record]) -> None:
    """PD-07 adds to the last level, also where all who stood there are gone."""
    policy = builders.a_policy("Shop", [ADA], [BEN], id="PSHOP")
    policy["escalation_rules"][1]["targets"] = last
    rules = policy_body(policy, control="PD-07")["escalation_rules"]

    assert [each["targets"] for each in rules] == [[target("PADA")], wanted]
    assert rules[1]["id"] == policy["escalation_rules"][1]["id"]


def test_policy_without_rules_gets_one() -> None:
    """PD-07: somebody must be chosen for the only level."""
    rules = policy_body(builders.a_policy("Shop", id="PSHOP"), control="PD-07")["escalation_rules"]

    assert [each["targets"] for each in rules] == [[CHOSEN]]


def test_policy_that_must_repeat_is_complete() -> None:
    """PD-07 with require_escalation_repeat changes num_loops alone where somebody hears."""
    policy = builders.a_policy("Shop", [ADA], [BEN], id="PSHOP", num_loops=0)
    snapshot = a_snapshot(escalation_policies=[policy], users=[ADA, BEN])
    fix = only_fix(snapshot, "PD-07", require_escalation_repeat=True)
    body = body_of(fix, "escalation_policy")

    assert fix.gen == "complete"
    assert body["num_loops"] == 1
    assert [each["targets"] for each in body["escalation_rules"]] == [
        [target("PADA")],
        [target("PBEN")],
    ]


def test_doubt_about_the_last_level_changes_nothing_of_it() -> None:
    """PD-07: where nobody can tell whether the last level is heard, only the repeat is changed."""
    policy = builders.a_policy("Shop", [ADA], [BEN], id="PSHOP", num_loops=0)
    users = [ADA, BEN | {"invitation_sent": "perhaps"}]
    snapshot = a_snapshot(escalation_policies=[policy], users=users)
    body = body_of(only_fix(snapshot, "PD-07", require_escalation_repeat=True), "escalation_policy")

    assert body["num_loops"] == 1
    assert [each["targets"] for each in body["escalation_rules"]] == [
        [target("PADA")],
        [target("PBEN")],
    ]


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
