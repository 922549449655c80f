"""Fixes of policies: whole lists, with one change."""

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
GUEST = builders.a_user("Guest", id="PGUEST", invitation_sent=True)
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
    snapshot = a_snapshot(escalation_policies=list(policies), users=[ADA, BEN, GUEST, WATCHER])
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


@pytest.mark.parametrize(
    ("levels", "required", "wanted"),
    [
        ([["PADA"], ["PADA"]], 2, [["PADA"], ["CHOOSE_A_USER"]]),
        ([["PADA"], ["PADA"], ["PBEN"]], 3, [["PADA"], ["CHOOSE_A_USER"], ["PBEN"]]),
        ([["PADA", "PBEN"], ["PBEN", "PADA"]], 2, [["PADA", "PBEN"], ["CHOOSE_A_USER"]]),
        ([["PADA"], ["PADA"], ["PADA"]], 2, [["PADA"], ["CHOOSE_A_USER"], ["PADA"]]),
        ([["PADA"], []], 3, [["PADA"], ["CHOOSE_A_USER"], ["CHOOSE_A_USER"]]),
        ([[], ["PADA"]], 2, [["CHOOSE_A_USER"], ["PADA"]]),
    ],
)
def test_level_that_adds_nobody_is_changed_first(
    levels: list[list[str]], required: int, wanted: list[list[str]]
) -> None:
    """PD-06 gives other people to a rule that repeats another one, or whose people are gone."""
    policy = builders.a_policy("Shop", *[[ADA] for _ in levels], id="PSHOP")
    for rule, ids in zip(policy["escalation_rules"], levels, strict=True):
        rule["targets"] = [target(each) for each in ids] or [LEFT]
    rules = policy_body(policy, control="PD-06", min_escalation_levels=required)["escalation_rules"]

    assert [[each["id"] for each in rule["targets"]] for rule in rules] == wanted
    assert [each.get("id") for each in rules][: len(levels)] == [
        each["id"] for each in policy["escalation_rules"]
    ]


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
        ([target("PGUEST")], [target("PGUEST"), CHOSEN]),
        ([target("PWATCH")], [CHOSEN]),
        ([LEFT], [CHOSEN]),
        ([target("PNEVER")], [CHOSEN]),
        ([LEFT, target("PWATCH")], [CHOSEN]),
        ([], [CHOSEN]),
    ],
)
def test_last_level_gets_somebody_who_hears(last: list[Record], wanted: list[Record]) -> None:
    """PD-07 adds to who may hear one day, and takes the place of who never will."""
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
