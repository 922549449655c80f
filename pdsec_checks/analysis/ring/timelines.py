"""Who is on call when: on a schedule, and on an escalation level.

Times are whole seconds UTC since 1970, spans half-open. A timeline says what holds from each of
its moments to the next one; a shift of half an hour and a hole of a second count alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

T = TypeVar("T")
Group = frozenset[str]
"""The people who are on call together; nobody where it is empty."""
Candidates = tuple[Group, ...]
"""Whom a level may assign: one group, or under round robin one of several; none: it is empty."""
NOBODY: Group = frozenset()


class Span(NamedTuple):
    """From *start* up to, but not including, *end*; both in seconds."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start


class Shift(NamedTuple):
    """When a person is on call."""

    start: int
    end: int
    person: str


class Timeline(Struct, Generic[T], frozen=True):
    """What holds when; the last state holds for ever."""

    starts: list[int]
    """Ascending; the first is the start of the window."""
    states: list[T]
    """What holds from the start at the same place."""

    def at(self, moment: int) -> T:
        """Return what holds at a moment; before the window, what holds at its start."""
        return self.states[max(0, bisect_right(self.starts, moment) - 1)]

    def until(self, moment: int) -> int | None:
        """Return when what holds at a moment ends; None for never."""
        place = max(1, bisect_right(self.starts, moment))
        return self.starts[place] if place < len(self.starts) else None


def constant(start: int, state: T) -> Timeline[T]:
    """Return a timeline on which nothing ever changes."""
    return Timeline([start], [state])


def timeline_of(shifts: Iterable[Shift], window: Span) -> Timeline[Group]:
    """Return who is on call when, by shifts that may overlap, touch and reach beyond *window*.

    An empty shift, and what lies outside the window, is nothing.
    """
    found = sorted(parts_in(shifts, window))
    is_one_by_one = all(one.end <= two.start for one, two in pairwise(found))
    return joined(in_turn(found, window) if is_one_by_one else counted(found, window))


def parts_in(shifts: Iterable[Shift], window: Span) -> Iterator[Shift]:
    """Yield what of each shift lies in *window*; nothing of those that are empty or outside."""
    for shift in shifts:
        start, end = max(shift.start, window.start), min(shift.end, window.end)
        if start < end:
            yield Shift(start, end, shift.person)


def in_turn(shifts: Iterable[Shift], window: Span) -> Iterator[tuple[int, Group]]:
    """Yield from when on who is on call, by shifts in order of which none overlaps another one."""
    groups: dict[str, Group] = {}
    end = window.start
    for shift in shifts:
        if end < shift.start:
            yield end, NOBODY
        yield shift.start, groups.setdefault(shift.person, frozenset({shift.person}))
        end = shift.end
    yield end, NOBODY


def counted(shifts: Iterable[Shift], window: Span) -> Iterator[tuple[int, Group]]:
    """Yield from when on who is on call, by shifts that may overlap."""
    changes: dict[int, list[tuple[str, int]]] = {window.start: []}
    for start, end, person in shifts:
        changes.setdefault(start, []).append((person, 1))
        changes.setdefault(end, []).append((person, -1))
    on_call: Counter[str] = Counter()
    for moment in sorted(changes):
        for person, change in changes[moment]:
            on_call[person] += change
        on_call = +on_call
        yield moment, frozenset(on_call)


def joined(steps: Iterable[tuple[int, T]]) -> Timeline[T]:
    """Return the timeline of moments and states, in order; a state that stays is one."""
    starts: list[int] = []
    states: list[T] = []
    for start, state in steps:
        if not states or states[-1] != state:
            starts.append(start)
            states.append(state)
    return Timeline(starts, states)


def level_timeline(
    targets: Sequence[Timeline[Group]], *, is_round_robin: bool
) -> Timeline[Candidates]:
    """Return whom a level may assign when, by the timelines of its targets.

    All its people at once, or, under round robin, the people of one of its targets.
    """
    choose = one_of_them if is_round_robin else all_of_them
    if not targets:
        return constant(0, ())
    if len(targets) == 1:
        only = targets[0]
        return joined(zip(only.starts, (choose([each]) for each in only.states), strict=True))
    moments = sorted({start for each in targets for start in each.starts})
    return joined((moment, choose([each.at(moment) for each in targets])) for moment in moments)


def all_of_them(groups: Iterable[Group]) -> Candidates:
    """Return the one candidate of a level that assigns everybody."""
    together = NOBODY.union(*groups)
    return (together,) if together else ()


def one_of_them(groups: Iterable[Group]) -> Candidates:
    """Return the candidates under round robin: equal ones count once, a gap is passed over."""
    return tuple(dict.fromkeys(group for group in groups if group))


def without(timeline: Timeline[Group], people: Group) -> Timeline[Group]:
    """Return a timeline on which *people* are nobody."""
    return joined(zip(timeline.starts, (state - people for state in timeline.states), strict=True))
