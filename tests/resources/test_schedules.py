"""Escalation policies and schedules of both kinds: who is notified, and who is on call when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.model import Interval
from pdsec_checks.resources import (
    UNREAD,
    EscalationPolicy,
    LayerSchedule,
    OnCall,
    Schedule,
    ShiftSchedule,
    Target,
    parse_moment,
)
from tests.resources.views import NOW, WINDOW, a_service


def test_entry_that_is_no_object_costs_only_itself() -> None:
    """One integration that is no object is one that has no field; the others can be read."""
    first, second = a_service(integrations=["PI1", {"id": "PI2"}]).integrations

    assert second.id == "PI2"
    with pytest.raises(MalformedRecordError, match="is no object"):
        _ = first.id


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
    """A policy's rules, their targets and its repetitions are typed."""
    rule = {"targets": [{"id": "PU1", "type": "user_reference"}]}
    policy = EscalationPolicy({"id": "PE1", "num_loops": 2, "escalation_rules": [rule, rule | {}]})

    assert policy.num_loops == 2
    assert [target.id for rule in policy.rules for target in rule.targets] == ["PU1", "PU1"]


def a_layer_schedule(*entries: dict[str, Any]) -> Schedule:
    """Return a layer-based schedule with these rendered entries."""
    final = {"rendered_schedule_entries": list(entries), "rendered_coverage_percentage": 0}
    return LayerSchedule({"id": "PK1", "name": "rota", "final_schedule": final})


def a_shift_schedule(*entries: dict[str, Any]) -> Schedule:
    """Return a shift-based schedule with these computed assignments."""
    final = {"computed_shift_assignments": list(entries), "rendered_coverage_percentage": 0}
    return ShiftSchedule({"id": "PK1", "name": "rota", "final_schedule": final})


def held(schedule: Schedule) -> list[tuple[str | None, Interval | None]]:
    """Return who is on call when, as far as that can be told."""
    return [(each.user.id if each.user else None, each.span) for each in schedule.shifts(WINDOW)]


START, END = "2026-11-24T00:00:00Z", "2026-11-25T00:00:00+00:00"


SHIFT = Interval(parse_moment(START), parse_moment(END))


ANN, NOBODY = {"type": "user_member", "user_id": "PU1"}, {"type": "empty_member"}


@pytest.mark.parametrize(
    "schedule",
    [
        a_layer_schedule(
            {"start": START, "end": END, "user": {"id": "PU1"}},
            {"start": START, "end": END, "user": None},
            {"start": START, "end": END},
        ),
        a_shift_schedule(
            {"start_time": START, "end_time": END, "member": ANN},
            {"start_time": START, "end_time": END, "member": NOBODY},
        ),
    ],
)
def test_shift_is_an_entry_with_somebody_in_it(schedule: Schedule) -> None:
    """Both kinds of schedules leave out the entries that nobody has."""
    assert held(schedule) == [("PU1", SHIFT)]


@pytest.mark.parametrize("kind", [LayerSchedule, ShiftSchedule])
def test_shifts_are_worked_out_once_for_each_window(kind: type[Schedule]) -> None:
    """However many controls ask, the entries of a schedule are read once."""
    entry = {"start": START, "end": END, "user": {"id": "PU1"}}
    assigned = {"start_time": START, "end_time": END, "member": ANN}
    final = {"rendered_schedule_entries": [entry], "computed_shift_assignments": [assigned]}
    schedule = kind({"id": "PK1", "name": "rota", "final_schedule": final})

    first = schedule.shifts(WINDOW)
    later = schedule.shifts(Interval(WINDOW.start, SHIFT.end))

    assert schedule.shifts(WINDOW) is first
    assert later is not first
    assert [each.span for each in later] == [each.span for each in first] == [SHIFT]


@pytest.mark.parametrize("kind", [a_layer_schedule, a_shift_schedule])
def test_shifts_share_a_person_who_is_named_alike_and_no_other_one(
    kind: Callable[..., Schedule],
) -> None:
    """A person is read once; one who is gone, or has no valid field, is told from who is there."""
    named: list[dict[str, Any]] = [
        {"user_id": "PU1", "id": "PU1"},
        {"user_id": "PU1", "id": "PU1"},
        {"user_id": "PU1", "id": "PU1", "deleted_at": START},
        {"user_id": "PU1", "id": "PU1", "deleted_at": None},
        {"user_id": "PU1", "id": "PU1", "deleted_at": True},
        {"user_id": "PU1", "id": "PU1", "deleted_at": 1},
        {"user_id": 7, "id": 7},
        {"user_id": 7, "id": 7},
    ]
    when = {"start": START, "end": END, "start_time": START, "end_time": END}
    members = [each | {"type": "user_member"} for each in named]
    schedule = kind(*(when | {"user": each, "member": each} for each in members))

    found = [each.user for each in schedule.shifts(WINDOW)]

    assert found[0] is found[1]
    assert len({id(each) for each in found[1:6]}) == 5
    assert [each.get("deleted_at") for each in found[1:6] if each] == [None, START, None, True, 1]
    assert found[6:] == [None, None]
    assert all(each.problem for each in schedule.shifts(WINDOW)[6:])


def test_shift_without_an_end_lasts_as_long_as_the_window() -> None:
    """PagerDuty ends an open shift with a null."""
    schedule = a_layer_schedule({"start": START, "end": None, "user": {"id": "PU1"}})

    assert held(schedule) == [("PU1", Interval(SHIFT.start, WINDOW.end))]


def test_computed_shift_without_an_end_covers_nothing() -> None:
    """PagerDuty documents such a null for layers alone; what it means here nobody knows."""
    schedule = a_shift_schedule({"start_time": START, "end_time": None, "member": ANN})
    (broken,) = schedule.shifts(WINDOW)

    assert broken.span is None
    assert "field 'end_time' is malformed" in str(broken.problem)


@pytest.mark.parametrize(
    "entry",
    [
        {"start": END, "end": START, "user": {"id": "PU1"}},
        {"start": None, "end": END, "user": {"id": "PU1"}},
        {"start": START, "end": "later", "user": {"id": "PU1"}},
    ],
)
def test_broken_entry_names_its_schedule(entry: dict[str, Any]) -> None:
    """An entry that ends before it starts, or lacks a field, says so, and whose it is."""
    broken, whole = a_layer_schedule(
        entry, {"start": START, "end": END, "user": {"id": "PU2"}}
    ).shifts(WINDOW)

    assert str(broken.problem).startswith("schedule 'rota' (PK1): final_schedule")
    assert broken.user is not None
    assert (broken.user.id, broken.span) == ("PU1", None)
    assert whole.problem is None


@pytest.mark.parametrize("user", [5, {}, {"id": None}])
def test_entry_of_an_unknown_person_says_when(user: object) -> None:
    """Who is on call cannot be told, but that somebody may be, and when."""
    (shift,) = a_layer_schedule({"start": START, "end": END, "user": user}).shifts(WINDOW)

    assert (shift.user, shift.span) == (None, SHIFT)
    assert str(shift.problem).startswith("schedule 'rota' (PK1): final_schedule")


def test_unknown_kind_of_member_names_its_schedule() -> None:
    """A member that is neither a user nor empty cannot be judged."""
    entry = {"start_time": START, "end_time": END, "member": {"type": "robot"}}

    (shift,) = a_shift_schedule(entry).shifts(WINDOW)

    assert "'rota'" in str(shift.problem)
    assert "unknown kind of member 'robot'" in str(shift.problem)


@pytest.mark.parametrize("percentage", [{}, {"rendered_coverage_percentage": None}])
def test_schedule_without_entries_and_percentage_was_not_rendered(
    percentage: dict[str, None],
) -> None:
    """No entries and no percentage do not say that nobody is on call."""
    schedules = (
        LayerSchedule({"id": "PK1", "final_schedule": {"rendered_schedule_entries": []}}),
        ShiftSchedule({"id": "PK1", "final_schedule": {"computed_shift_assignments": []}}),
    )
    for schedule in schedules:
        schedule.record["final_schedule"] |= percentage
        with pytest.raises(MalformedRecordError, match="without the shifts of the window"):
            schedule.shifts(WINDOW)
        schedule.record["final_schedule"]["rendered_coverage_percentage"] = 0
        assert schedule.shifts(WINDOW) == []


@pytest.mark.parametrize(
    ("end", "counts"), [(None, True), ("2026-11-24T00:00:00Z", True), (NOW.isoformat(), False)]
)
def test_participants_still_take_turns(
    end: str | None,
    counts: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Layers and events that ended before the inspection, or with it, do not count."""
    layer = {"start": "2020-01-01T00:00:00Z", "end": end, "users": [{"user": {"id": "PU1"}}]}
    event = {"effective_until": end, "assignment_strategy": {"members": [ANN, NOBODY]}}
    schedules = (
        LayerSchedule({"id": "PK1", "schedule_layers": [layer]}),
        ShiftSchedule({"id": "PK1", "rotations": [{"events": [event]}]}),
    )

    for schedule in schedules:
        assert members(schedule) == (["PU1"] if counts else [])


def members(schedule: Schedule) -> list[str | None]:
    """Return the ids of those who take turns; None for each who cannot be told."""
    return [each.user.id if each.user else None for each in schedule.members(NOW)]


def test_deleted_members_are_members_who_say_so() -> None:
    """Whether somebody was deleted is for the judgement; the schedule only passes it on."""
    gone = {"deleted_at": START}
    schedules = (
        LayerSchedule(
            {"id": "PK1", "schedule_layers": [{"users": [{"user": {"id": "PU1", **gone}}]}]}
        ),
        ShiftSchedule(
            {
                "id": "PK1",
                "rotations": [
                    {"events": [{"assignment_strategy": {"members": [{**ANN, **gone}]}}]}
                ],
            }
        ),
    )

    for schedule in schedules:
        (member,) = schedule.members(NOW)
        assert member.user is not None
        assert member.user.deleted_on == "2026-11-24"


@pytest.mark.parametrize("record", [{}, {"rotations": []}, {"rotations": [{}]}])
def test_schedule_without_rotations_has_no_members(record: dict[str, Any]) -> None:
    """The official document lets rotations and their events be absent."""
    assert members(ShiftSchedule({"id": "PK1", **record})) == []


@pytest.mark.parametrize("rotations", [None, 5, {}])
def test_rotations_of_another_type_are_unknown(rotations: object) -> None:
    """What is no list of rotations tells of nobody."""
    with pytest.raises(MalformedRecordError, match=r"'rota' .*'rotations'"):
        ShiftSchedule({"id": "PK1", "name": "rota", "rotations": rotations}).members(NOW)


@pytest.mark.parametrize("broken", [None, 5, {"events": None}, {"events": 5}, {"events": [None]}])
def test_broken_rotation_is_any_number_of_people(broken: object) -> None:
    """What cannot be read of one rotation may be anybody, and hides nobody of another one."""
    whole = {"events": [{"assignment_strategy": {"members": [ANN]}}]}

    found = ShiftSchedule({"id": "PK1", "name": "rota", "rotations": [broken, whole]}).members(NOW)

    assert [(each.user is None, each.is_many) for each in found] == [(True, True), (False, False)]
    assert "'rota'" in str(found[0].problem)


def test_schedule_that_could_not_be_fetched_has_unknown_members() -> None:
    """A list holds references only; that one has no rotations says nothing."""
    why = {"path": "/v3/schedules/PK1", "reason": "HTTP 503", "status": 503}

    with pytest.raises(UnavailableError, match="HTTP 503"):
        ShiftSchedule({"id": "PK1", UNREAD: why}).members(NOW)


def test_kinds_of_schedules_must_answer() -> None:
    """A third kind of schedule would have to say who is on call."""
    with pytest.raises(NotImplementedError):
        Schedule({"id": "PK1"}).shifts(WINDOW)
    with pytest.raises(NotImplementedError):
        Schedule({"id": "PK1"}).members(NOW)


@pytest.mark.parametrize(
    ("row", "owner"),
    [
        ({"escalation_policy": {"id": "PE1"}, "schedule": {"id": "PK1"}}, "PE1"),
        ({"escalation_policy": None, "schedule": {"id": "PK1"}}, "PK1"),
        ({"escalation_policy": {"id": 5}, "schedule": "PK1"}, None),
        ({}, None),
    ],
)
def test_on_call_row_belongs_to_a_policy_or_a_schedule(
    row: dict[str, Any], owner: str | None
) -> None:
    """A row has no id; what it names besides the user is where a person finds it."""
    found = OnCall(row).owner

    assert (found and found.id) == owner


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
        assert isinstance(answer, dict)
