"""Escalation: levels that count, and targets that notify nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.certainty import Guess
from pdsec_checks.analysis.escalation import (
    Responders,
    Uses,
    distinct_levels,
    silence_at_the_end,
    weak_end,
)
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.model import Interval
from pdsec_checks.resources import ById, EscalationPolicy, LayerSchedule, Schedule, User

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW = Interval(START, START + timedelta(days=30))


def a_target(target_id: str) -> dict[str, str]:
    """Return a target; an id that starts with U is a user's, with X an unknown thing's.

    One that starts with D is a deleted user's; a question mark is a user without an id.
    """
    if target_id == "?":
        return {"type": "user_reference"}
    kinds = {
        "U": "user_reference",
        "D": "user_reference",
        "S": "schedule_reference",
        "X": "robot",
    }
    day = {"deleted_at": "2026-09-01T00:00:00Z"} if target_id.startswith("D") else {}
    return {"id": target_id, "type": kinds[target_id[0]], **day}


def a_policy(*rules: str) -> EscalationPolicy:
    """Return a policy whose rules have these targets, ids separated by spaces."""
    targets = [{"targets": [a_target(each) for each in rule.split()]} for rule in rules]
    return EscalationPolicy({"id": "E1", "name": "policy", "escalation_rules": targets})


def a_user(user_id: str = "U1", **changed: Any) -> User:
    """Return a user who can be notified, but for what is *changed*."""
    return User({"id": user_id, "name": "Ann", "role": "user", "invitation_sent": False, **changed})


def a_schedule(schedule_id: str, *days: tuple[float, float], user: str | None = "U1") -> Schedule:
    """Return a schedule with a user on call between these days after the window's start."""
    entries = [
        {
            "start": (START + timedelta(days=start)).isoformat(),
            "end": (START + timedelta(days=end)).isoformat(),
            "user": user and a_target(user),
        }
        for start, end in days
    ]
    final = {"rendered_schedule_entries": entries, "rendered_coverage_percentage": 0}
    return LayerSchedule({"id": schedule_id, "name": "rota", "final_schedule": final})


def responders(*known: User | Schedule) -> Responders:
    """Return who can be notified in an account of these users and schedules."""
    users = ById(each for each in known if isinstance(each, User))
    schedules = ById(each for each in known if isinstance(each, Schedule))
    return Responders(People(lambda: users), schedules, WINDOW)


NOBODY = People(lambda: ById[User](()))
"""What is known of people where nothing is."""


def levels_of(policy: EscalationPolicy, *, for_the_better: bool = False) -> int:
    """Count the levels of a policy, the unknown taken for the better or for the worse."""
    return distinct_levels(policy, NOBODY, Guess(for_the_better=for_the_better))


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
        (("U1", "D1"), 1),
        (("D1", "D2"), 0),
        (("U1 D1", "U1"), 1),
        (("U1", "D1 U2"), 2),
    ],
)
def test_levels_are_rules_with_targets_of_their_own(rules: tuple[str, ...], levels: int) -> None:
    """A rule without a living target is no level, and rules with the same targets are one."""
    for for_the_better in (True, False):
        assert levels_of(a_policy(*rules), for_the_better=for_the_better) == levels


@pytest.mark.parametrize(
    ("rules", "worst", "best"),
    [
        (("U1", "X1"), 1, 2),
        (("U1", "U1 X1"), 1, 2),
        (("X1", "X2"), 0, 2),
        (("U1", "U2", "X1 U1"), 2, 3),
        (("X1", "X1"), 0, 1),
        (("U1 X1", "U1 X1"), 1, 1),
        (("U1 U2", "U1 ?"), 1, 2),
        (("U1", "U1 U2", "?"), 2, 3),
        (("U1 U2", "U3 ?"), 2, 2),
        (("U1 ?", "U1", "U2"), 2, 3),
        (("?", "?"), 0, 2),
    ],
)
def test_unreadable_target_may_make_a_level(rules: tuple[str, ...], worst: int, best: int) -> None:
    """A target of an unknown kind is nobody or its id; one without id is anybody or nobody."""
    assert levels_of(a_policy(*rules)) == worst
    assert levels_of(a_policy(*rules), for_the_better=True) == best


@pytest.mark.parametrize("identity", [None, 5, ["U2"], {"surprise": [1]}])
def test_target_without_an_id_may_make_a_level(identity: object) -> None:
    """A target that nobody can name counts for nobody, or for somebody of its own."""
    policy = a_policy("U1", "U1 U2")
    policy.rules[1].targets[1].record["id"] = identity

    assert levels_of(policy) == 1
    assert levels_of(policy, for_the_better=True) == 2


def test_policy_without_its_rules_has_no_number_of_levels() -> None:
    """Where the list of rules is missing nothing can be counted, however one guesses."""
    with pytest.raises(MalformedRecordError, match="'escalation_rules'"):
        levels_of(EscalationPolicy({"id": "E1"}))


@given(st.lists(st.sampled_from(["U1", "U2", "S1 U1", "U1 S1", ""]), max_size=6))
def test_levels_never_exceed_rules(rules: list[str]) -> None:
    """Saying the same rules twice adds no level."""
    once, twice = levels_of(a_policy(*rules)), levels_of(a_policy(*rules, *rules))

    assert once == twice <= len(rules)


def test_used_schedules_are_those_that_rules_notify() -> None:
    """The targets of all rules of all policies decide; users are no schedules."""
    uses = Uses([a_policy("S1 U1", "S2"), a_policy("S1 S3")])

    assert uses.levels.keys() == {"S1", "S2", "S3"}
    assert [level.number for level in uses.of(a_schedule("S1"))] == [1, 1]
    assert [str(level) for level in uses.of(a_schedule("S2"))] == [
        "level 2 of escalation policy 'policy' (E1)"
    ]
    assert uses.of(a_schedule("S9")) == []


@pytest.mark.parametrize("kind", ["schedule", "schedule_reference", "schedule_v3_reference"])
def test_both_kinds_of_schedules_are_used(kind: str) -> None:
    """Layer-based and shift-based schedules, full or as references, count alike."""
    rules = [{"targets": [{"id": "S1", "type": kind}]}]
    uses = Uses([EscalationPolicy({"id": "E1", "escalation_rules": rules})])

    assert uses.levels.keys() == {"S1"}


BROKEN_POLICIES = [
    ({"escalation_rules": None}, "escalation_rules"),
    ({"escalation_rules": [None]}, "an escalation rule"),
    ({"escalation_rules": [{"targets": None}]}, "targets"),
    ({"escalation_rules": [{"targets": [None]}]}, "a target"),
    ({"escalation_rules": [{"targets": [{"type": "robot"}]}]}, "neither user nor schedule"),
]


@pytest.mark.parametrize(("fields", "said"), BROKEN_POLICIES)
def test_what_cannot_be_read_may_use_any_schedule(fields: dict[str, Any], said: str) -> None:
    """A schedule that is surely used is so; of any other one that is not known."""
    uses = Uses([EscalationPolicy({"id": "E2", **fields}), a_policy("S1")])

    assert len(uses.of(a_schedule("S1"))) == 1
    with pytest.raises(InspectionError, match=said):
        uses.of(a_schedule("S2"))


def test_target_of_an_unknown_kind_may_use_the_schedule_that_it_names_and_no_other() -> None:
    """A target that is neither user nor schedule refers to nothing but its own id."""
    uses = Uses([a_policy("X1", "S1")])

    assert uses.of(a_schedule("S2")) == []
    assert not uses.unknown_of(a_schedule("S1"))
    with pytest.raises(InspectionError, match="neither user nor schedule: 'robot'"):
        uses.of(a_schedule("X1"))


@pytest.mark.parametrize(
    "target", ["U1", "S1", "U9 U1", "U9 S9 U1", "S1 U9", "X1 U1"], ids=lambda rule: f"[{rule}]"
)
def test_one_target_that_notifies_somebody_is_enough(target: str) -> None:
    """The last rule may have silent and unreadable targets beside one that works."""
    account = responders(a_user(), a_schedule("S1", (29, 31)))

    assert silence_at_the_end(a_policy("U9", target), account) is None


@pytest.mark.parametrize("rules", [(), ("",), ("U1", "")])
def test_policy_without_a_last_target_is_silent(rules: tuple[str, ...]) -> None:
    """A last rule without targets is silence, whatever comes before it."""
    found = silence_at_the_end(a_policy(*rules), responders(a_user()))

    assert found == "has no last rule that notifies anybody"


BY_MAIL = "so that PagerDuty can only e-mail them"
NOBODY_TO_PAGE = "has nobody on call in the coverage window who can be paged"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("U9", "user U9 does not exist"),
        ("U2", f"user 'Ann' (U2) has not accepted the invitation, {BY_MAIL}"),
        ("D1", "deleted user D1 was deleted on 2026-09-01"),
        ("S9", "schedule S9 does not exist"),
        ("S2", "schedule 'rota' (S2) has nobody on call in the coverage window"),
        ("S3", "schedule 'rota' (S3) has nobody on call in the coverage window"),
        ("S4", "schedule 'rota' (S4) has nobody on call in the coverage window"),
        ("S5", "schedule 'rota' (S5) has nobody on call in the coverage window"),
        ("S6", f"schedule 'rota' (S6) {NOBODY_TO_PAGE}: deleted user D1 was deleted on 2026-09-01"),
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
        a_schedule("S5", (3, 4), user=None),
        a_schedule("S6", (3, 4), (5, 6), user="D1"),
    )

    assert silence_at_the_end(a_policy("U1", target), account) == f"ends in silence: {reason}"


def test_silence_names_every_target() -> None:
    """All targets of the last rule appear in one sentence."""
    assert silence_at_the_end(a_policy("U8 S9"), responders()) == (
        "ends in silence: user U8 does not exist, schedule S9 does not exist"
    )


def test_unreadable_target_leaves_silence_unknown() -> None:
    """A policy is not called silent while one of its last targets could not be judged."""
    with pytest.raises(MalformedRecordError, match="'robot'"):
        silence_at_the_end(a_policy("X1 U9"), responders())


def test_silence_names_three_people_of_a_schedule_and_counts_the_others() -> None:
    """A schedule of many people who cannot be paged does not fill a page."""
    people = [a_user(f"U{n}", role="read_only_user") for n in range(1, 6)]
    entries = [
        {"start": START.isoformat(), "end": None, "user": a_target(user.id)} for user in people
    ]
    final = {"rendered_schedule_entries": entries}
    rota = LayerSchedule({"id": "S1", "name": "rota", "final_schedule": final})

    reason = silence_at_the_end(a_policy("S1"), responders(*people, rota))

    assert reason
    assert [user.id in reason for user in people] == [True] * 3 + [False] * 2
    assert reason.endswith("and 2 more")


def test_person_whom_nobody_knows_leaves_silence_unknown() -> None:
    """Somebody on call whom the user list lacks may or may not be there, and is named."""
    account = responders(a_user(), a_schedule("S1", (1, 2), user="U9"))

    with pytest.raises(InspectionError, match="U9"):
        silence_at_the_end(a_policy("S1"), account)
    assert silence_at_the_end(a_policy("S1 U1"), account) is None


@pytest.mark.parametrize(
    ("loops", "must_repeat", "problem"),
    [
        (0, True, "runs its rules only once"),
        (0, False, None),
        (1, True, None),
    ],
)
def test_missing_repeat_is_a_problem_of_its_own(
    loops: int,
    must_repeat: bool,  # noqa: FBT001 - the question
    problem: str | None,
) -> None:
    """What is surely wrong is said although the last rule cannot be judged."""
    policy = a_policy("X1")
    policy.record["num_loops"] = loops

    if problem is None:
        with pytest.raises(MalformedRecordError, match="'robot'"):
            weak_end(policy, responders(), must_repeat=must_repeat)
    else:
        assert weak_end(policy, responders(), must_repeat=must_repeat) == problem
