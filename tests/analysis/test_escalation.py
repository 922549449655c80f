"""Escalation: levels that count, and targets that notify nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.escalation import (
    Responders,
    cannot_respond,
    distinct_levels,
    silence_at_the_end,
    used_schedules,
)
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.model import Interval
from pdsec_checks.resources import EscalationPolicy, LayerSchedule, Schedule, User

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW = Interval(START, START + timedelta(days=30))


def a_target(target_id: str) -> dict[str, str]:
    """Return a target; an id that starts with U is a user's, with X an unknown thing's."""
    kinds = {"U": "user_reference", "S": "schedule_reference", "X": "robot"}
    return {"id": target_id, "type": kinds[target_id[0]]}


def a_policy(*rules: str) -> EscalationPolicy:
    """Return a policy whose rules have these targets, ids separated by spaces."""
    targets = [{"targets": [a_target(each) for each in rule.split()]} for rule in rules]
    return EscalationPolicy({"id": "E1", "name": "policy", "escalation_rules": targets})


def a_user(user_id: str = "U1", **changed: Any) -> User:
    """Return a user who can be notified, but for what is *changed*."""
    return User({"id": user_id, "name": "Ann", "role": "user", "invitation_sent": False, **changed})


def a_schedule(schedule_id: str, *days: tuple[float, float]) -> Schedule:
    """Return a schedule with somebody on call between these days after the window's start."""
    entries = [
        {
            "start": (START + timedelta(days=start)).isoformat(),
            "end": (START + timedelta(days=end)).isoformat(),
            "user": {"id": "U1"},
        }
        for start, end in days
    ]
    final = {"rendered_schedule_entries": entries}
    return LayerSchedule({"id": schedule_id, "name": "rota", "final_schedule": final})


def responders(*known: User | Schedule) -> Responders:
    """Return who can be notified in an account of these users and schedules."""
    users = {each.id: each for each in known if isinstance(each, User)}
    schedules = {each.id: each for each in known if isinstance(each, Schedule)}
    return Responders(users, schedules, WINDOW)


@pytest.mark.parametrize(
    ("rules", "levels"),
    [
        ((), 0),
        (("",), 0),
        (("U1",), 1),
        (("U1", "U2"), 2),
        (("U1", "U1"), 1),
        (("U1 S1", "S1 U1"), 1),
        (("U1", "", "U2"), 2),
        (("U1", "U1 U2"), 2),
    ],
)
def test_levels_are_rules_with_targets_of_their_own(rules: tuple[str, ...], levels: int) -> None:
    """A rule without a target is no level, and rules with the same targets are one."""
    assert distinct_levels(a_policy(*rules)) == levels


@given(st.lists(st.sampled_from(["U1", "U2", "S1 U1", "U1 S1", ""]), max_size=6))
def test_levels_never_exceed_rules(rules: list[str]) -> None:
    """Saying the same rules twice adds no level."""
    once, twice = distinct_levels(a_policy(*rules)), distinct_levels(a_policy(*rules, *rules))

    assert once == twice <= len(rules)


def test_used_schedules_are_those_that_rules_notify() -> None:
    """The targets of all rules of all policies decide; users are no schedules."""
    assert used_schedules([a_policy("S1 U1", "S2"), a_policy("S1 S3")]) == {"S1", "S2", "S3"}


@pytest.mark.parametrize("kind", ["schedule", "schedule_reference", "schedule_v3_reference"])
def test_both_kinds_of_schedules_are_used(kind: str) -> None:
    """Layer-based and shift-based schedules, full or as references, count alike."""
    rules = [{"targets": [{"id": "S1", "type": kind}]}]

    assert used_schedules([EscalationPolicy({"id": "E1", "escalation_rules": rules})]) == {"S1"}


def test_unknown_kind_of_target_is_no_schedule_and_no_user() -> None:
    """A target that is neither leaves the use of schedules unknown."""
    with pytest.raises(MalformedRecordError, match="neither user nor schedule: 'robot'"):
        used_schedules([a_policy("X1")])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"role": "owner"}, None),
        ({"invitation_sent": True}, "has not accepted the invitation"),
        ({"role": "read_only_user"}, "is a stakeholder (read_only_user)"),
        ({"role": "read_only_limited_user"}, "is a stakeholder (read_only_limited_user)"),
    ],
)
def test_users_respond_unless_invited_or_stakeholders(
    changed: dict[str, Any], reason: str | None
) -> None:
    """Open invitations and stakeholders cannot be notified; everybody else can."""
    assert cannot_respond(a_user(**changed)) == reason


@pytest.mark.parametrize(
    "target", ["U1", "S1", "U9 U1", "U9 S9 U1", "S1 U9", "X1 U1"], ids=lambda rule: f"[{rule}]"
)
def test_one_target_that_notifies_somebody_is_enough(target: str) -> None:
    """The last rule may have silent and unreadable targets beside one that works."""
    account = responders(a_user(), a_schedule("S1", (29, 31)))

    assert silence_at_the_end(a_policy("U9", target), account) == []


@pytest.mark.parametrize("rules", [(), ("",), ("U1", "")])
def test_policy_without_a_last_target_is_silent(rules: tuple[str, ...]) -> None:
    """A last rule without targets is silence, whatever comes before it."""
    found = silence_at_the_end(a_policy(*rules), responders(a_user()))

    assert found == ["has no last rule that notifies anybody"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("U9", "user U9 does not exist"),
        ("U2", "user 'Ann' (U2) has not accepted the invitation"),
        ("S9", "schedule S9 does not exist"),
        ("S2", "schedule 'rota' (S2) has nobody on call in the coverage window"),
        ("S3", "schedule 'rota' (S3) has nobody on call in the coverage window"),
        ("S4", "schedule 'rota' (S4) has nobody on call in the coverage window"),
    ],
)
def test_silence_says_why(target: str, reason: str) -> None:
    """Each silent target is named with its reason; only the last rule is judged."""
    account = responders(
        a_user(),
        a_user("U2", invitation_sent=True),
        a_schedule("S2"),
        a_schedule("S3", (-5, 0), (30, 40)),
        a_schedule("S4", (3, 3)),
    )

    assert silence_at_the_end(a_policy("U1", target), account) == [f"ends in silence: {reason}"]


def test_silence_names_every_target() -> None:
    """All targets of the last rule appear in one sentence."""
    assert silence_at_the_end(a_policy("U8 S9"), responders()) == [
        "ends in silence: user U8 does not exist, schedule S9 does not exist"
    ]


def test_unreadable_target_leaves_silence_unknown() -> None:
    """A policy is not called silent while one of its last targets could not be judged."""
    with pytest.raises(MalformedRecordError, match="'robot'"):
        silence_at_the_end(a_policy("X1 U9"), responders())
