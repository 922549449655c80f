"""On-call coverage: which spans are open, how they are printed, and who fills them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.certainty import Guess, certainly
from pdsec_checks.analysis.coverage import (
    Coverage,
    as_evidence,
    clock,
    describe,
    gaps,
    hours,
    percent_covered,
)
from pdsec_checks.analysis.escalation import Uses
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError, UnavailableError
from pdsec_checks.model import Interval
from pdsec_checks.resources import (
    ById,
    EscalationPolicy,
    LayerSchedule,
    Schedule,
    User,
    parse_moment,
)

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


DELETED = {"deleted_at": "2026-09-01T10:00:00Z"}


def a_schedule(
    schedule_id: str, *covered: tuple[int, int], user: dict[str, Any] | None = None
) -> Schedule:
    """Return a schedule with a user, by default a known one, on call in these spans."""
    entries = [
        {"start": start.isoformat(), "end": end.isoformat(), "user": user or {"id": "U1"}}
        for start, end in (span(*each) for each in covered)
    ]
    final = {"rendered_schedule_entries": entries, "rendered_coverage_percentage": 50}
    return LayerSchedule({"id": schedule_id, "name": schedule_id, "final_schedule": final})


def unreadable(schedule_id: str) -> Schedule:
    """Return a schedule whose entries PagerDuty did not send."""
    return LayerSchedule({"id": schedule_id, "name": schedule_id})


def a_policy(*levels: str) -> EscalationPolicy:
    """Return a policy with these levels; an id that starts with U or D is a user's, D deleted."""
    rules = [
        {
            "targets": [
                {
                    "id": each,
                    "type": "schedule_reference" if each.startswith("S") else "user_reference",
                    **(DELETED if each.startswith("D") else {}),
                }
                for each in level.split()
            ]
        }
        for level in levels
    ]
    return EscalationPolicy({"id": "E", "name": "policy", "escalation_rules": rules})


def a_user(user_id: str = "U1", *, role: str = "user", pending: bool = False) -> User:
    """Return a user."""
    return User({"id": user_id, "name": "Ann", "role": role, "invitation_sent": pending})


USERS = (a_user(), a_user("U2", pending=True), a_user("U3", role="read_only_user"))


def coverage(
    policies: list[EscalationPolicy],
    schedules: list[Schedule],
    users: Callable[[], ById[User]] = lambda: ById(USERS),
    *,
    by_level: bool = True,
) -> Coverage:
    """Return the coverage of an account."""
    return Coverage(Uses(policies), ById(schedules), People(users), WINDOW, by_level=by_level)


def is_covered(schedule: Schedule, found: Coverage) -> bool:
    """Tell whether a schedule is covered; raise where nobody can tell."""
    return certainly(lambda guess: found.is_covered(schedule, guess))


HALF, OTHER_HALF, FULL = (0, 30), (30, 60), (0, 60)


def test_gaps_of_a_schedule_are_those_of_its_shifts() -> None:
    """A schedule's own gaps take no account of other schedules."""
    half = a_schedule("S1", HALF)
    found = coverage([a_policy("S1 S2")], [half, a_schedule("S2", FULL)])

    assert found.gaps_of(half, Guess(for_the_better=False)) == [span(*OTHER_HALF)]


@pytest.mark.parametrize(
    ("user", "worst", "best"),
    [
        ({"id": "U1"}, [], []),
        ({"id": "U1", "deleted_at": None}, [], []),
        ({"id": "U9", **DELETED}, [FULL], [FULL]),
        ({"id": "U9"}, [FULL], []),
        ({"id": "U2"}, [], []),
    ],
    ids=["known", "null", "deleted", "unknown", "pending"],
)
def test_whoever_is_gone_covers_nothing(
    user: dict[str, Any], worst: list[tuple[int, int]], best: list[tuple[int, int]]
) -> None:
    """A deleted person is a gap, an unknown one may be; on a schedule a pending one is there."""
    whole = a_schedule("S1", FULL, user=user)
    found = coverage([a_policy("S1")], [whole])

    for for_the_better, expected in ((False, worst), (True, best)):
        open_spans = found.gaps_of(whole, Guess(for_the_better=for_the_better))
        assert open_spans == [span(*each) for each in expected]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([a_policy("S1")], False, id="alone"),
        pytest.param([a_policy("S1 S2")], True, id="the other half on the level"),
        pytest.param([a_policy("S1", "S2")], False, id="the other half one level later"),
        pytest.param([a_policy("S1 S2", "S1")], False, id="completed on one of two levels"),
        pytest.param([a_policy("S1 S2"), a_policy("S1")], False, id="on one of two policies"),
        pytest.param([a_policy("S1 S2"), a_policy("S2 S1")], True, id="on both policies"),
        pytest.param([a_policy("S1 S9")], False, id="with a schedule that does not exist"),
        pytest.param([a_policy("S1 S3")], False, id="with a schedule of somebody deleted"),
        pytest.param([a_policy("S1 U1")], True, id="with a person"),
        pytest.param([a_policy("S1 U2")], False, id="with somebody who never accepted"),
        pytest.param([a_policy("S1 U3")], False, id="with a stakeholder"),
        pytest.param([a_policy("S1 U9")], False, id="with a user who does not exist"),
        pytest.param([a_policy("S1 D1")], False, id="with a deleted user"),
        pytest.param([a_policy("S1 D1 S2")], True, id="with a deleted user and the other half"),
    ],
)
def test_others_complete_a_schedule_on_every_level(
    policies: list[EscalationPolicy],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A schedule is completed when, on each level that uses it, somebody is always there."""
    half = a_schedule("S1", HALF)
    schedules = [
        half,
        a_schedule("S2", OTHER_HALF),
        a_schedule("S3", OTHER_HALF, user={"id": "D1", **DELETED}),
    ]

    assert is_covered(half, coverage(policies, schedules)) is expected
    assert not is_covered(half, coverage(policies, schedules, by_level=False))


def test_schedule_that_cannot_be_read_leaves_completion_unknown() -> None:
    """What might fill the gaps but cannot be read is an error, not a gap."""
    half = a_schedule("S1", HALF)

    with pytest.raises(InspectionError, match=r"'S2' .*'final_schedule'"):
        is_covered(half, coverage([a_policy("S1 S2")], [half, unreadable("S2")]))


def test_completed_level_needs_no_unreadable_schedule() -> None:
    """A level that is covered anyway does not depend on what cannot be read."""
    half = a_schedule("S1", HALF)
    schedules = [half, unreadable("S2"), a_schedule("S3", OTHER_HALF)]

    assert is_covered(half, coverage([a_policy("S1 S2 S3")], schedules))


def test_open_level_decides_whatever_another_one_hides() -> None:
    """One level that surely has a gap settles it, though another could not be judged."""
    half = a_schedule("S1", HALF)

    assert not is_covered(half, coverage([a_policy("S1 S2", "S1")], [half, unreadable("S2")]))


def test_gap_that_an_unknown_person_would_not_fill_is_one() -> None:
    """A part that stays open either way settles it, whoever is on call in another part."""
    schedule = a_schedule("S1", HALF, user={"id": "U9"})

    assert not is_covered(schedule, coverage([a_policy("S1")], [schedule]))


def test_unknown_person_leaves_coverage_unknown() -> None:
    """Where only somebody whom nobody knows is on call, the person is named."""
    schedule = a_schedule("S1", FULL, user={"id": "U9"})

    with pytest.raises(InspectionError, match="U9"):
        is_covered(schedule, coverage([a_policy("S1")], [schedule]))


def refused_users() -> ById[User]:
    """Stand for a list of users that PagerDuty would not hand out."""
    raise UnavailableError("/users", "HTTP 403", 403)


@pytest.mark.parametrize(
    ("level", "shift", "expected"),
    [
        ("S1", HALF, False),
        ("S1", FULL, None),
        ("S1 U1", HALF, None),
        ("S1 S2", HALF, None),
        ("S1 D1", HALF, False),
    ],
)
def test_refused_users_leave_only_gaps_certain(
    level: str,
    shift: tuple[int, int],
    expected: bool | None,  # noqa: FBT001 - the expected answer
) -> None:
    """Nobody is surely there while the users are refused, and an empty span is empty."""
    schedule = a_schedule("S1", shift)
    found = coverage(
        [a_policy(level)], [schedule, a_schedule("S2", OTHER_HALF)], users=refused_users
    )

    if expected is None:
        with pytest.raises(UnavailableError, match="/users"):
            is_covered(schedule, found)
    else:
        assert is_covered(schedule, found) is expected


def test_gap_names_each_deleted_person_who_is_on_call_in_it() -> None:
    """Whoever was deleted is named in the gaps that they would have filled, each once."""
    gone = a_schedule("S1", (0, 10), (20, 30), (40, 50), user={"id": "D1", **DELETED})
    found = coverage([a_policy("S1")], [gone])

    on_call = found.deleted_on_call(gone)

    assert [who for _, who in on_call] == ["deleted user D1"] * 3
    assert describe([span(0, 35)], WINDOW, on_call).endswith("(0.58 h, on call: deleted user D1)")
    assert describe([span(10, 20)], WINDOW, on_call).endswith("(0.17 h)")
    assert as_evidence([span(0, 35)], on_call)[0]["on_call"] == ["deleted user D1"]
    assert "on_call" not in as_evidence([span(10, 20)], on_call)[0]
