"""The sweep over all moments says of each what the walk of that moment alone says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.analysis.ring.outcomes import NEVER, Outcome, States
from pdsec_checks.analysis.ring.sweep import DAY, Ladder, Level, Piece, Rules, exact, sweep
from pdsec_checks.analysis.ring.swept import Swept
from pdsec_checks.analysis.ring.timelines import (
    Group,
    Shift,
    Span,
    Timeline,
    level_timeline,
    timeline_of,
)
from tests.support.one_walk import OneLevel, walk, worst

PEOPLE = ("ada", "ben", "cat", "dan")
SILENT = ("sue",)
SPAN = Span(0, 6 * 3600)
HORIZON = 30
FOREVER = 10**10


@dataclass(frozen=True)
class Story:
    """A policy with its schedules, and how fast people are rung."""

    levels: tuple[OneLevel, ...]
    loops: int
    schedules: dict[str, list[Shift]]
    minutes: dict[str, float]

    def on(self, target: str, moment: int) -> Group:
        """Return who is on call for a target at a moment, by looking at each shift."""
        found = (each for each in self.schedules[target] if each.start <= moment < each.end)
        return frozenset(each.person for each in found)


@st.composite
def shifts(draw: st.DrawFn) -> list[Shift]:
    """Draw shifts that may overlap, touch, be empty and reach beyond the span."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(-1, 14)) * 1800 + draw(st.sampled_from([0, 0, 0, 1, 59, 60]))
        length = draw(st.sampled_from([0, 1, 30, 600, 1800, 3600, 7200, 86400]))
        found.append(Shift(start, start + length, draw(st.sampled_from([*PEOPLE, *SILENT]))))
    return found


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw a small policy: gaps, several people at once, round robin, loops, silent people."""
    schedules = {name: draw(shifts()) for name in ("s1", "s2")}
    for person in (*PEOPLE, *SILENT, "gone"):
        always = [Shift(-(10**6), FOREVER, person)] if person != "gone" else []
        schedules[f"user {person}"] = always
    targets = st.lists(st.sampled_from(sorted(schedules)), max_size=3)
    level = st.builds(
        OneLevel, targets.map(tuple), st.sampled_from([1, 5, 10, 15, 30, 60]), st.booleans()
    )
    levels = draw(st.lists(level, max_size=3))
    minutes = {who: draw(st.sampled_from([0, 0, 1, 5, 10, 30, 60, 90])) for who in PEOPLE}
    return Story(
        tuple(levels),
        draw(st.integers(0, 2)),
        schedules,
        {**minutes, **dict.fromkeys(SILENT, NEVER)},
    )


def as_read(story: Story, known_until: int, start: int) -> tuple[Ladder, Rules]:
    """Return the levels of a story, and by what its walks are judged, as the sweep takes them."""
    states = States()
    states.number(())
    window = Span(min(-(10**6), start), FOREVER)
    lines = {name: timeline_of(each, window) for name, each in story.schedules.items()}
    ladder = Ladder([numbered(level, lines, states) for level in story.levels], story.loops)
    return ladder, Rules(states, story.minutes, known_until)


def swept(story: Story, known_until: int = FOREVER, span: Span = SPAN) -> list[Piece]:
    """Return the pieces of a story, with all rings exact."""
    ladder, rules = as_read(story, known_until, span.start)
    found = sweep(ladder, span, rules, HORIZON)
    return [part for piece in found for part in exact(ladder, piece, rules)]


def numbered(level: OneLevel, lines: dict[str, Timeline[Group]], states: States) -> Level:
    """Return a level of a story as the sweep takes it."""
    targets = [lines[name] for name in dict.fromkeys(level.targets)]
    found = level_timeline(targets, is_round_robin=level.round_robin)
    return Level(Timeline(found.starts, list(map(states.number, found.states))), level.delay)


def cut(minutes: float, moment: int, known_until: int) -> float:
    """Return a ring that comes before the end of what is known; else that there is none."""
    return minutes if moment + minutes * 60 < known_until else math.inf


def assert_same(story: Story, moment: int, outcome: Outcome, known_until: int = FOREVER) -> None:
    """Compare the outcome of a piece with the walk of one moment in it."""
    visits = walk(story.levels, story.loops, moment, story.on)
    first = cut(worst(visits, story.minutes, 0), moment, known_until)
    assert outcome.is_lost == (not visits)
    assert outcome.first == first
    assert outcome.second == cut(worst(visits, story.minutes, 1), moment, known_until)
    for person in (*PEOPLE, *SILENT):
        alone = cut(worst(visits, story.minutes, 0, person), moment, known_until)
        assert outcome.without.get(person, outcome.first) == alone


def moments_of(piece: Piece) -> Sequence[int]:
    """Return the first, the last and a middle second of a piece."""
    return sorted({piece.start, (piece.start + piece.end) // 2, piece.end - 1})


@settings(max_examples=150)
@given(stories())
def test_each_piece_is_the_walk_of_each_of_its_moments(story: Story) -> None:
    """T1, T2 and f(x) of a piece are those of the walks of its moments, and pieces leave no gap."""
    pieces = swept(story)

    assert pieces[0].start == SPAN.start
    assert pieces[-1].end == SPAN.end
    assert all(one.end == two.start for one, two in pairwise(pieces))
    for piece in pieces:
        for moment in moments_of(piece):
            assert_same(story, moment, piece.outcome)


@settings(max_examples=60)
@given(stories(), st.integers(SPAN.end + HORIZON * 60, SPAN.end + 4 * 3600))
def test_a_ring_after_the_end_of_what_was_read_is_none(story: Story, known_until: int) -> None:
    """What would ring when nothing is known any more does not ring, to the second."""
    for piece in swept(story, known_until):
        for moment in moments_of(piece):
            assert_same(story, moment, piece.outcome, known_until)


@settings(max_examples=60)
@given(stories(), st.integers(SPAN.end + HORIZON * 60, SPAN.end + 30 * 3600))
def test_what_a_question_asks_for_is_exact(story: Story, known_until: int) -> None:
    """Only pieces that can still change are walked further, and none is left that could."""
    ladder, rules = as_read(story, known_until, SPAN.start)
    found = Swept(ladder, SPAN, rules, HORIZON)

    for pieces in (found.by_first, found.by_second):
        assert (pieces[0].start, pieces[-1].end) == SPAN
        assert all(one.end == two.start for one, two in pairwise(pieces))
    for piece in found.by_first:
        for moment in moments_of(piece):
            visits = walk(story.levels, story.loops, moment, story.on)
            first = cut(worst(visits, story.minutes, 0), moment, known_until)
            assert piece.outcome.first == first
    for piece in found.by_second:
        for moment in moments_of(piece):
            assert_same(story, moment, piece.outcome, known_until)


@settings(max_examples=60)
@given(stories())
def test_rings_up_to_the_horizon_are_exact_before_anybody_asks_further(story: Story) -> None:
    """A piece that was left off knows every ring up to the horizon, and guesses no other one."""
    states = States()
    states.number(())
    lines = {
        name: timeline_of(each, Span(-(10**6), FOREVER)) for name, each in story.schedules.items()
    }
    ladder = Ladder([numbered(level, lines, states) for level in story.levels], story.loops)
    for piece in sweep(ladder, SPAN, Rules(states, story.minutes, FOREVER), HORIZON):
        visits = walk(story.levels, story.loops, piece.start, story.on)
        first = worst(visits, story.minutes, 0)
        second = worst(visits, story.minutes, 1)

        assert piece.outcome.first == first or first > HORIZON
        assert piece.outcome.second == second or second > HORIZON


ZONES = ("America/New_York", "Australia/Lord_Howe", "Europe/London", "America/Santiago")


@settings(max_examples=40)
@given(
    st.sampled_from(ZONES),
    st.sampled_from([date(2026, 10, 3), date(2026, 10, 24), date(2027, 3, 13)]),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3),
    st.integers(0, 23),
)
def test_shifts_by_local_clocks_are_exact_when_clocks_change(
    zone: str, day: date, people: list[str], hour: int
) -> None:
    """Shifts by the clocks of a place give the same walks on days of 23 and 25 hours."""
    days = (day + timedelta(days=number) for number in range(4))
    begins = [datetime.combine(each, time(hour), ZoneInfo(zone)) for each in days]
    at = [int(each.astimezone(UTC).timestamp()) for each in begins]
    rota = [
        Shift(start, end - 1800, people[number % len(people)])
        for number, (start, end) in enumerate(pairwise(at))
    ]
    others = {f"user {who}": [Shift(0, FOREVER, who)] for who in PEOPLE}
    story = Story(
        (
            OneLevel(("s1",), 30, round_robin=False),
            OneLevel(("s1", "user dan"), 10, round_robin=True),
        ),
        1,
        {"s1": rota, **others},
        dict.fromkeys(PEOPLE, 5.0),
    )
    states = States()
    states.number(())
    span = Span(at[0], at[-1])
    lines = {
        name: timeline_of(each, Span(at[0], FOREVER)) for name, each in story.schedules.items()
    }
    ladder = Ladder([numbered(level, lines, states) for level in story.levels], story.loops)
    rules = Rules(states, story.minutes, FOREVER)
    for piece in sweep(ladder, span, rules, HORIZON):
        for part in exact(ladder, piece, rules):
            for moment in moments_of(part):
                assert_same(story, moment, part.outcome)


def test_neighbours_that_come_to_the_same_are_one_piece() -> None:
    """Where the first level ends, the second has the same people, and rings as soon."""
    pair = [Shift(-1, FOREVER, "ada"), Shift(-1, FOREVER, "ben")]
    early = [Shift(-1, 3600, "ada"), Shift(-1, 3600, "ben")]
    levels = tuple(OneLevel((each,), 30, round_robin=False) for each in ("early", "pair"))
    story = Story(levels, 0, {"early": early, "pair": pair}, {"ada": 0, "ben": 5})

    (piece,) = swept(story)

    assert piece[:2] == SPAN
    assert (piece.outcome.first, piece.outcome.second) == (0, 5)


def test_a_walk_of_many_turns_ends_with_the_day() -> None:
    """A policy that repeats for longer than a day is looked at for a day, and no further."""
    always = {"user sue": [Shift(-1, FOREVER, "sue")]}
    level = OneLevel(("user sue",), 200, round_robin=False)

    (piece,) = swept(Story((level,), 9, always, {"sue": DAY + 1.0}))

    assert piece.outcome.first == NEVER
