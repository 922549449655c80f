"""On-call coverage: which spans are open, how they are printed, and who fills them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.coverage import (
    Coverage,
    as_evidence,
    clock,
    describe,
    gaps,
    hours,
    percent_covered,
)
from pdsec_checks.errors import InspectionError, UnavailableError
from pdsec_checks.model import Interval
from pdsec_checks.resources import EscalationPolicy, LayerSchedule, Schedule, User, parse_moment

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def span(start: int, end: int) -> Interval:
    """Return a span, given in minutes after the start of the window."""
    return Interval(START + start * MINUTE, START + end * MINUTE)


WINDOW = span(0, 60)
OFFSETS = st.integers(-23, 23).map(lambda hour: timezone(timedelta(hours=hour)))


@st.composite
def shifts(draw: st.DrawFn) -> Interval:
    """Draw a shift in, around or beyond the window, possibly empty, in any two UTC offsets."""
    start = draw(st.integers(-30, 90))
    found = span(start, start + draw(st.integers(0, 40)))
    return Interval(found.start.astimezone(draw(OFFSETS)), found.end.astimezone(draw(OFFSETS)))


def contains(spans: Sequence[Interval], moment: datetime) -> bool:
    """Tell whether a moment lies in one of half-open spans."""
    return any(each.start <= moment < each.end for each in spans)


@given(st.lists(shifts(), max_size=6))
def test_every_minute_is_either_covered_or_in_a_gap(given_shifts: list[Interval]) -> None:
    """Gaps and coverage partition the window, minute by minute."""
    found = gaps(given_shifts, WINDOW)

    for minute in range(60):
        moment = START + minute * MINUTE
        assert contains(found, moment) is not contains(given_shifts, moment)


@given(st.lists(shifts(), max_size=6))
def test_gaps_are_apart_in_order_and_within_the_window(given_shifts: list[Interval]) -> None:
    """Gaps have a length, come in order, do not even touch, and stay inside the window."""
    found = gaps(given_shifts, WINDOW)

    assert all(WINDOW.start <= gap.start < gap.end <= WINDOW.end for gap in found)
    assert all(before.end < after.start for before, after in pairwise(found))


@given(st.lists(shifts(), max_size=6), st.randoms())
def test_order_of_shifts_does_not_matter(given_shifts: list[Interval], chance: Random) -> None:
    """The same shifts in another order leave the same gaps."""
    shuffled = chance.sample(given_shifts, len(given_shifts))

    assert gaps(shuffled, WINDOW) == gaps(given_shifts, WINDOW)


@given(st.lists(shifts(), max_size=6))
def test_filling_the_gaps_leaves_none(given_shifts: list[Interval]) -> None:
    """Shifts and their gaps together cover the window, and percentages add up to it."""
    found = gaps(given_shifts, WINDOW)
    covered = gaps(found, WINDOW)

    assert gaps([*given_shifts, *found], WINDOW) == []
    lengths = [each.end - each.start for each in (*found, *covered)]
    assert sum(lengths, timedelta()) == WINDOW.end - WINDOW.start


@pytest.mark.parametrize(
    ("given_shifts", "expected"),
    [
        pytest.param([], [(0, 60)], id="nobody"),
        pytest.param([(0, 60)], [], id="exactly the window"),
        pytest.param([(-10, 70)], [], id="beyond the window"),
        pytest.param([(-10, 0), (60, 70)], [(0, 60)], id="only beside the window"),
        pytest.param([(0, 30), (30, 60)], [], id="touching"),
        pytest.param([(0, 29), (30, 60)], [(29, 30)], id="one minute short"),
        pytest.param([(30, 60), (0, 40)], [], id="unsorted and overlapping"),
        pytest.param([(0, 50), (10, 20)], [(50, 60)], id="one within the other"),
        pytest.param([(30, 30)], [(0, 60)], id="an empty shift splits no gap"),
        pytest.param([(10, 20)], [(0, 10), (20, 60)], id="a gap on either side"),
    ],
)
def test_gaps_are_what_nobody_covers(
    given_shifts: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    """Shifts are half-open, so that a hand-over at one instant leaves no gap."""
    found = gaps([span(*each) for each in given_shifts], WINDOW)

    assert found == [span(*each) for each in expected]


CLOCK_CHANGES = [
    pytest.param("Europe/Berlin", datetime(2026, 3, 29), 23, id="Berlin, spring"),  # noqa: DTZ001
    pytest.param("Europe/Berlin", datetime(2026, 10, 25), 25, id="Berlin, autumn"),  # noqa: DTZ001
    pytest.param("Australia/Sydney", datetime(2026, 4, 5), 25, id="Sydney, autumn"),  # noqa: DTZ001
    pytest.param("Australia/Sydney", datetime(2026, 10, 4), 23, id="Sydney, spring"),  # noqa: DTZ001
]
"""Zone, local midnight before the clock changes (naive), and the hours of that day."""


@pytest.mark.parametrize(("zone", "midnight", "length"), CLOCK_CHANGES)
def test_day_of_a_clock_change_is_as_long_as_it_is(
    zone: str, midnight: datetime, length: int
) -> None:
    """Timestamps with offsets, as PagerDuty sends them, make days of 23 and 25 hours."""
    local = midnight.replace(tzinfo=ZoneInfo(zone))
    days = [parse_moment((local + timedelta(days=day)).isoformat()) for day in range(-1, 3)]
    window = Interval(days[0], days[3])

    assert gaps([Interval(*each) for each in pairwise(days)], window) == []
    missing = gaps([Interval(days[0], days[1]), Interval(days[2], days[3])], window)
    assert [hours(gap) for gap in missing] == [length]


@pytest.mark.parametrize(("zone", "midnight", "length"), CLOCK_CHANGES)
def test_spans_in_a_zone_with_clock_changes_compare_in_utc(
    zone: str, midnight: datetime, length: int
) -> None:
    """Spans whose zone changes its clock are as long as they are in UTC."""
    local = midnight.replace(tzinfo=ZoneInfo(zone))
    day = Interval(local, local + timedelta(days=1))

    assert hours(day) == length


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Sydney"])
def test_the_hour_that_comes_twice_is_a_gap_when_nobody_has_it(zone: str) -> None:
    """A shift until the first 02:30 and one from the second leave the hour between open."""
    day = datetime(2026, 10, 25) if zone == "Europe/Berlin" else datetime(2026, 4, 5)  # noqa: DTZ001
    local = day.replace(tzinfo=ZoneInfo(zone))
    first, second = (local.replace(hour=2, minute=30, fold=fold) for fold in (0, 1))
    window = Interval(local, local + timedelta(days=1))

    found = gaps([Interval(window.start, first), Interval(second, window.end)], window)

    assert [(clock(gap.start), clock(gap.end)) for gap in found] == [(clock(first), clock(second))]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [([], 100.0), ([(0, 60)], 0.0), ([(0, 15)], 75.0), ([(0, 20)], 66.6), ([(0, 1)], 98.3)],
)
def test_percentage_is_rounded_down(missing: list[tuple[int, int]], expected: float) -> None:
    """Coverage is given in percent, rounded down to one decimal."""
    assert percent_covered([span(*each) for each in missing], WINDOW) == expected


@pytest.mark.parametrize("days", [1, 30, 90])
def test_a_second_without_anybody_is_not_full_coverage(days: int) -> None:
    """100 % means that there is no gap at all."""
    window = Interval(START, START + timedelta(days=days))
    second = Interval(START, START + timedelta(seconds=1))

    assert percent_covered([second], window) == 99.9


def test_clock_is_utc_to_the_minute() -> None:
    """Messages print times in UTC, to the minute, with a ``Z``."""
    assert clock(parse_moment("2026-11-23T10:00:59+01:00")) == "2026-11-23T09:00Z"


def test_description_names_the_gap_its_hours_and_the_coverage() -> None:
    """One gap is described by its start, its end, its length and what is covered."""
    assert describe([span(0, 15)], WINDOW) == (
        "1 gap, 75 % covered: 2026-11-23T09:00Z to 2026-11-23T09:15Z (0.25 h)"
    )


def test_description_names_five_gaps_and_counts_the_others() -> None:
    """The sixth gap and those after it are counted, not named."""
    text = describe([span(10 * each, 10 * each + 1) for each in range(6)], WINDOW)

    assert text.startswith("6 gaps, 90 % covered: ")
    assert text.count(" to ") == 5
    assert text.endswith("09:41Z (0.02 h), and 1 more")


def test_five_gaps_are_all_named() -> None:
    """Five gaps leave nothing to be counted."""
    text = describe([span(10 * each, 10 * each + 1) for each in range(5)], WINDOW)

    assert text.count(" to ") == 5
    assert "more" not in text


def test_evidence_holds_every_gap_in_utc() -> None:
    """Evidence is plain JSON: start and end in UTC to the second, length in hours."""
    east = timezone(timedelta(hours=10))
    gap = Interval(*(moment.astimezone(east) for moment in span(0, 90)))

    assert as_evidence([gap]) == [
        {"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:30:00Z", "hours": 1.5}
    ]


def a_schedule(schedule_id: str, *covered: tuple[int, int]) -> Schedule:
    """Return a schedule with somebody on call in these spans."""
    entries = [
        {"start": start.isoformat(), "end": end.isoformat(), "user": {"id": "PU"}}
        for start, end in (span(*each) for each in covered)
    ]
    final = {"rendered_schedule_entries": entries}
    return LayerSchedule({"id": schedule_id, "name": schedule_id, "final_schedule": final})


def unreadable(schedule_id: str) -> Schedule:
    """Return a schedule whose entries PagerDuty did not send."""
    return LayerSchedule({"id": schedule_id, "name": schedule_id})


def a_policy(*levels: str) -> EscalationPolicy:
    """Return a policy with these levels; an id that starts with U is a user's."""
    rules = [
        {
            "targets": [
                {"id": each, "type": "user" if each.startswith("U") else "schedule_reference"}
                for each in level.split()
            ]
        }
        for level in levels
    ]
    return EscalationPolicy({"id": "E", "name": "policy", "escalation_rules": rules})


def a_user(user_id: str = "U1", *, role: str = "user", pending: bool = False) -> User:
    """Return a user."""
    return User({"id": user_id, "name": "Ann", "role": role, "invitation_sent": pending})


def coverage(policies: list[EscalationPolicy], schedules: list[Schedule], *users: User) -> Coverage:
    """Return the coverage of an account."""
    return Coverage(policies, schedules, lambda: {user.id: user for user in users}, WINDOW)


HALF, OTHER_HALF, FULL = (0, 30), (30, 60), (0, 60)


def test_gaps_of_a_schedule_are_those_of_its_shifts() -> None:
    """A schedule's own gaps take no account of other schedules."""
    half = a_schedule("S1", HALF)

    assert coverage([a_policy("S1 S2")], [half, a_schedule("S2", FULL)]).gaps_of(half) == [
        span(*OTHER_HALF)
    ]


def test_level_is_named_by_its_number_and_its_policy() -> None:
    """Levels are counted from one, as PagerDuty shows them."""
    schedule = a_schedule("S1")

    levels = coverage([a_policy("U1", "S1")], [schedule]).levels_of(schedule)

    assert [str(level) for level in levels] == ["level 2 of escalation policy 'policy' (E)"]


def test_schedule_that_no_policy_names_has_no_level() -> None:
    """A schedule is used when a policy refers to it, and only then."""
    schedule = a_schedule("S1")

    assert coverage([a_policy("S2")], [schedule]).levels_of(schedule) == []


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([a_policy("S1")], False, id="alone"),
        pytest.param([a_policy("S1 S2")], True, id="the other half on the level"),
        pytest.param([a_policy("S1", "S2")], False, id="the other half one level later"),
        pytest.param([a_policy("S1 S2", "S1")], False, id="completed on one of two levels"),
        pytest.param([a_policy("S1 S2"), a_policy("S1")], False, id="on one of two policies"),
        pytest.param([a_policy("S1 S2"), a_policy("S2 S1")], True, id="on both policies"),
        pytest.param([a_policy("S1 S9")], False, id="with a deleted schedule"),
        pytest.param([a_policy("S1 U1")], True, id="with a person"),
        pytest.param([a_policy("S1 U2")], False, id="with somebody who never accepted"),
        pytest.param([a_policy("S1 U3")], False, id="with a stakeholder"),
        pytest.param([a_policy("S1 U9")], False, id="with a deleted user"),
    ],
)
def test_others_complete_a_schedule_on_every_level(
    policies: list[EscalationPolicy],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A schedule is completed when, on each level that uses it, somebody is always there."""
    half = a_schedule("S1", HALF)
    users = a_user(), a_user("U2", pending=True), a_user("U3", role="read_only_user")

    found = coverage(policies, [half, a_schedule("S2", OTHER_HALF)], *users)

    assert found.is_completed(half) is expected


def test_schedule_that_cannot_be_read_leaves_completion_unknown() -> None:
    """What might fill the gaps but cannot be read is an error, not a gap."""
    half = a_schedule("S1", HALF)

    with pytest.raises(InspectionError, match=r"'S2' .*'final_schedule'"):
        coverage([a_policy("S1 S2")], [half, unreadable("S2")]).is_completed(half)


def test_completed_level_needs_no_unreadable_schedule() -> None:
    """A level that is covered anyway does not depend on what cannot be read."""
    half = a_schedule("S1", HALF)
    schedules = [half, unreadable("S2"), a_schedule("S3", OTHER_HALF)]

    assert coverage([a_policy("S1 S2 S3")], schedules).is_completed(half)


def test_open_level_decides_whatever_another_one_hides() -> None:
    """One level that surely has a gap settles it, though another could not be judged."""
    half = a_schedule("S1", HALF)

    found = coverage([a_policy("S1 S2", "S1")], [half, unreadable("S2")])

    assert not found.is_completed(half)


def refused_users() -> dict[str, Any]:
    """Stand for a list of users that PagerDuty would not hand out."""
    raise UnavailableError("/users", "HTTP 403", 403)


def test_refused_users_leave_completion_by_a_person_unknown() -> None:
    """A level with a person on it cannot be judged without the list of users."""
    half = a_schedule("S1", HALF)

    with pytest.raises(UnavailableError, match="/users"):
        Coverage([a_policy("S1 U1")], [half], refused_users, WINDOW).is_completed(half)


def test_users_are_asked_for_only_where_a_level_names_one() -> None:
    """Levels of schedules alone are judged though the users were refused."""
    half, other = a_schedule("S1", HALF), a_schedule("S2", OTHER_HALF)

    found = Coverage([a_policy("S1 S2")], [half, other], refused_users, WINDOW)

    assert found.is_completed(half)
