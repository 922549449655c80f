"""Escalation policies and schedules of both kinds: who is notified, and who is on call when."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.model import Interval
from pdsec_checks.resources import (
    EscalationPolicy,
    LayerSchedule,
    Schedule,
    ShiftSchedule,
    Target,
    parse_moment,
)
from tests.resources.views import NOW, WINDOW


@pytest.mark.parametrize(
    ("kind", "is_user"),
    [
        ("user", True),
        ("user_reference", True),
        ("schedule_reference", False),
        ("schedule_v3_reference", False),
    ],
)
def test_targets_are_users_or_schedules(
    kind: str,
    is_user: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Both kinds of schedules and both forms of each type are known."""
    assert Target({"id": "P1", "type": kind}).is_user is is_user


def test_policy_reads_its_rules() -> None:
    """A policy's rules, their delays and its repetitions are typed."""
    rule = {"targets": [], "escalation_delay_in_minutes": 30}
    policy = EscalationPolicy({"id": "PE1", "num_loops": 2, "escalation_rules": [rule, rule | {}]})

    assert policy.num_loops == 2
    assert [rule.delay_minutes for rule in policy.rules] == [30, 30]


def a_layer_schedule(*entries: dict[str, Any]) -> Schedule:
    """Return a layer-based schedule with these rendered entries."""
    final = {"rendered_schedule_entries": list(entries)}
    return LayerSchedule({"id": "PK1", "name": "rota", "final_schedule": final})


def a_shift_schedule(*entries: dict[str, Any]) -> Schedule:
    """Return a shift-based schedule with these computed assignments."""
    final = {"computed_shift_assignments": list(entries)}
    return ShiftSchedule({"id": "PK1", "name": "rota", "final_schedule": final})


START, END = "2026-11-24T00:00:00Z", "2026-11-25T00:00:00+00:00"
SHIFT = Interval(parse_moment(START), parse_moment(END))
ANN, NOBODY = {"type": "user_member", "user_id": "PU1"}, {"type": "empty_member"}


@pytest.mark.parametrize(
    "schedule",
    [
        a_layer_schedule(
            {"start": START, "end": END, "user": {"id": "PU1"}},
            {"start": START, "end": END, "user": None},
        ),
        a_shift_schedule(
            {"start_time": START, "end_time": END, "member": ANN},
            {"start_time": START, "end_time": END, "member": NOBODY},
        ),
    ],
)
def test_shift_is_an_entry_with_somebody_in_it(schedule: Schedule) -> None:
    """Both kinds of schedules leave out the entries that nobody has."""
    assert schedule.shifts(WINDOW) == [SHIFT]


def test_shift_without_an_end_lasts_as_long_as_the_window() -> None:
    """PagerDuty ends an open shift with a null."""
    schedule = a_layer_schedule({"start": START, "end": None, "user": {"id": "PU1"}})

    assert schedule.shifts(WINDOW) == [Interval(SHIFT.start, WINDOW.end)]


@pytest.mark.parametrize(
    "entry",
    [
        {"start": END, "end": START, "user": {"id": "PU1"}},
        {"start": None, "end": END, "user": {"id": "PU1"}},
        {"start": START, "end": "later", "user": {"id": "PU1"}},
        {"start": START, "end": END},
    ],
)
def test_broken_entry_names_its_schedule(entry: dict[str, Any]) -> None:
    """An entry that ends before it starts, or lacks a field, is an error of the schedule."""
    with pytest.raises(MalformedRecordError, match=r"^schedule 'rota' \(PK1\): final_schedule"):
        a_layer_schedule(entry).shifts(WINDOW)


def test_unknown_kind_of_member_names_its_schedule() -> None:
    """A member that is neither a user nor empty cannot be judged."""
    entry = {"start_time": START, "end_time": END, "member": {"type": "robot"}}

    with pytest.raises(MalformedRecordError, match=r"'rota' .*unknown kind of member 'robot'"):
        a_shift_schedule(entry).shifts(WINDOW)


@pytest.mark.parametrize(
    ("end", "counts"), [(None, True), ("2026-11-24T00:00:00Z", True), (NOW.isoformat(), False)]
)
def test_participants_still_take_turns(
    end: str | None,
    counts: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Layers and events that ended before the inspection, or with it, do not count."""
    layer = {"end": end, "users": [{"user": {"id": "PU1"}}, {"user": {"id": "PU1"}}]}
    event = {"effective_until": end, "assignment_strategy": {"members": [ANN, NOBODY]}}
    schedules = (
        LayerSchedule({"id": "PK1", "schedule_layers": [layer]}),
        ShiftSchedule({"id": "PK1", "rotations": [{"events": [event]}]}),
    )

    for schedule in schedules:
        assert schedule.participants(NOW) == ({"PU1"} if counts else set())


def test_kinds_of_schedules_must_answer() -> None:
    """A third kind of schedule would have to say who is on call."""
    with pytest.raises(NotImplementedError):
        Schedule({"id": "PK1"}).shifts(WINDOW)
    with pytest.raises(NotImplementedError):
        Schedule({"id": "PK1"}).participants(NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(JSON, JSON)
def test_shifts_of_any_answer_are_shifts_or_an_error(final: Any, entry: Any) -> None:
    """Whatever PagerDuty sends, a schedule is readable or says that it is not."""
    answers = (final, {"rendered_schedule_entries": final}, {"rendered_schedule_entries": [entry]})
    for answer in answers:
        try:
            LayerSchedule({"id": "PK1", "final_schedule": answer}).shifts(WINDOW)
        except InspectionError:
            continue
        assert answer == {"rendered_schedule_entries": []}
