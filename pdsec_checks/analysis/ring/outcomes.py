"""What an incident comes to: when the first person is rung, and when a second one.

Minutes are counted from the moment of the incident; :data:`NEVER` is no number of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from pdsec_checks.analysis.ring.timelines import Candidates, Group

NEVER = math.inf


class Visit(NamedTuple):
    """One assignment of an incident by an escalation level, in minutes from the incident."""

    start: int
    end: float
    """When it escalates away; NEVER for the last one, whose people keep the incident."""
    state: int
    """The number of the level's candidates, see :class:`States`."""


Visits = tuple[Visit, ...]


class States:
    """The candidates of all levels, each under a number: numbers are cheap to compare."""

    def __init__(self) -> None:
        self._numbers: dict[Candidates, int] = {}
        self.candidates: list[Candidates] = []

    def number(self, candidates: Candidates) -> int:
        """Return the number of *candidates*; that of an empty level is 0."""
        found = self._numbers.setdefault(candidates, len(self._numbers))
        if found == len(self.candidates):
            self.candidates.append(candidates)
        return found


@dataclass(frozen=True)
class Outcome:
    """What is known of an incident after some visits."""

    is_lost: bool = False
    """Whether there is no incident: nobody is on call on any level."""
    first: float = NEVER
    """Minutes to the first ring (T1), whoever of several candidates it is."""
    second: float = NEVER
    """Minutes to the ring of a second human (T2); never less than *first*."""
    without: Mapping[str, float] = field(default_factory=dict)
    """Person → minutes to the first ring if that person does not react, f(x); *first* for all
    others."""
    is_alone: bool = False
    """Whether no visit leaves a ring open that a visit behind it could still let happen."""

    @property
    def is_decided(self) -> bool:
        """Whether later visits can change nothing: they ring later than all that is known."""
        return self.second < NEVER

    @cached_property
    def times(self) -> tuple[float, ...]:
        """All minutes that it names, but NEVER; in order."""
        named = {self.first, self.second, *self.without.values()} - {NEVER}
        return tuple(sorted(named))

    def before(self, limit: float) -> Outcome:
        """Return the outcome in which nothing rings at *limit* minutes or later."""
        if not self.times or self.times[-1] < limit:
            return self
        kept = {person: cut(minutes, limit) for person, minutes in self.without.items()}
        first, second = cut(self.first, limit), cut(self.second, limit)
        return Outcome(self.is_lost, first, second, kept)


LOST = Outcome(is_lost=True, is_alone=True)


def cut(minutes: float, limit: float) -> float:
    """Return *minutes*, or NEVER where they are not below *limit*."""
    return minutes if minutes < limit else NEVER


def outcome_of(
    visits: Visits, states: Sequence[Candidates], minutes: Mapping[str, float]
) -> Outcome:
    """Return what some visits come to.

    *minutes* says of each person how long after an assignment they are rung; NEVER for those
    who are silent. Of several candidates nobody knows which one is assigned, as other incidents
    turn the ring: each visit counts as if it were the worst one.
    """
    if not visits:
        return LOST
    found = [rings_of(visits, place, states, minutes) for place in range(len(visits))]
    first = min(each.anybody for each in found)
    named = {person for each in found for person in each.without}
    without = {person: min(each.but(person) for each in found) for person in named}
    second = max((first, *without.values()))
    later = {person: found for person, found in without.items() if found > first}
    return Outcome(first=first, second=second, without=later)


def with_visit(before: Outcome, start: int, rings: Rings) -> Outcome:
    """Return what visits come to, by what all but the last come to, and the rings of that one.

    These count from its *start*. Whatever rang before rings sooner than anything of it.
    """
    if before.first < NEVER:
        without = {
            person: minutes if minutes < NEVER else start + rings.but(person)
            for person, minutes in before.without.items()
        }
        second = max((before.first, *without.values()))
        return Outcome(
            is_lost=False, first=before.first, second=second, without=without, is_alone=True
        )
    first = start + rings.anybody
    without = {
        person: start + minutes
        for person, minutes in rings.without.items()
        if minutes > rings.anybody
    }
    second = max((first, *without.values()))
    return Outcome(is_lost=False, first=first, second=second, without=without, is_alone=True)


def is_over(visit: Visit, states: Sequence[Candidates], minutes: Mapping[str, float]) -> bool:
    """Tell whether a visit leaves nobody's ring open: those who ring at all do so before its end.

    Of several candidates none is certain to stay assigned, so that nothing stays open.
    """
    candidates = states[visit.state]
    if len(candidates) > 1:
        return True
    end = visit.end - visit.start
    return all(minutes[person] < end or minutes[person] == NEVER for person in candidates[0])


class Rings(NamedTuple):
    """The earliest ring of one visit: by anybody, and without one person of all candidates."""

    anybody: float
    without: Mapping[str, float]

    def but(self, person: str) -> float:
        """Return the earliest ring by anybody but a person."""
        return self.without.get(person, self.anybody)


def rings_of(
    visits: Visits, place: int, states: Sequence[Candidates], minutes: Mapping[str, float]
) -> Rings:
    """Return the earliest rings of the visit at a *place*, for the worst of its candidates."""
    candidates = states[visits[place].state]
    each = [
        earliest(group, visits, place, states, minutes, is_sure=len(candidates) == 1)
        for group in candidates
    ]
    anybody = max(first for first, _, _ in each)
    without = {
        person: max(second if who == person else first for first, second, who in each)
        for _, _, person in each
        if person is not None
    }
    return Rings(anybody, without)


def earliest(
    group: Group,
    visits: Visits,
    place: int,
    states: Sequence[Candidates],
    minutes: Mapping[str, float],
    *,
    is_sure: bool,
) -> tuple[float, float, str | None]:
    """Return when a group is rung first, when by another person, and who is the first.

    A ring that is due when the assignment ends does not happen.
    """
    visit = visits[place]
    first, second, who = NEVER, NEVER, None
    for person in group:
        at = visit.start + minutes[person]
        if at >= visit.end and not (is_sure and at < end_for(person, visits, place, states)):
            continue
        if at < first:
            first, second, who = at, first, person
        elif at < second:
            second = at
    return first, second, who


def end_for(person: str, visits: Visits, place: int, states: Sequence[Candidates]) -> float:
    """Return when the unbroken assignment of a person ends that is sure at a *place*.

    Visits in a row join while the person is certain to be assigned in each.
    """
    while place + 1 < len(visits):
        following = states[visits[place + 1].state]
        if len(following) != 1 or person not in following[0]:
            break
        place += 1
    return visits[place].end
