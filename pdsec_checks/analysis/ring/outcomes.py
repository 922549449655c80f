"""What an incident comes to: when the first person is rung, and when a second one.

Minutes are counted from the moment of the incident; :data:`NEVER` is no number of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pdsec_checks.analysis.ring.timelines import NOBODY, Candidates, Group

NEVER = math.inf
NOTHING: Mapping[str, float] = MappingProxyType({})


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


class Outcome(NamedTuple):
    """What is known of an incident after some visits."""

    is_lost: bool = False
    """Whether there is no incident: nobody is on call on any level."""
    first: float = NEVER
    """Minutes to the first ring (T1), whoever of several candidates it is."""
    second: float = NEVER
    """Minutes to the ring of a second human (T2); never less than *first*."""
    without: Mapping[str, float] = NOTHING
    """Person → minutes to the first ring if that person does not react, f(x); *first* for all
    others."""

    @property
    def is_decided(self) -> bool:
        """Whether later visits can change nothing: they ring later than all that is known."""
        return self.second < NEVER

    @property
    def latest(self) -> float:
        """The last of all minutes that it names; below 0 where it names none."""
        if self.second < NEVER:
            return self.second  # no ring without somebody comes later, nor does the first one
        return max(
            (each for each in (self.first, *self.without.values()) if each < NEVER), default=-1
        )

    @property
    def times(self) -> list[float]:
        """All minutes that it names, but NEVER; in order."""
        return sorted({self.first, self.second, *self.without.values()} - {NEVER})

    def before(self, limit: float) -> Outcome:
        """Return the outcome in which nothing rings at *limit* minutes or later."""
        if self.latest < limit:
            return self
        kept = {person: cut(minutes, limit) for person, minutes in self.without.items()}
        first, second = cut(self.first, limit), cut(self.second, limit)
        return Outcome(self.is_lost, first, second, kept)


LOST = Outcome(is_lost=True)


def cut(minutes: float, limit: float) -> float:
    """Return *minutes*, or NEVER where they are not below *limit*."""
    return minutes if minutes < limit else NEVER


def outcome_of(
    visits: Visits, states: Sequence[Candidates], minutes: Mapping[str, float]
) -> Outcome:
    """Return what one or several visits come to.

    *minutes* says of each person how long after an assignment they are rung; NEVER for those
    who are silent. Of several candidates nobody knows which one is assigned, as other incidents
    turn the ring: each visit counts as if it were the worst one.
    """
    found = [rings_of(visits, place, states, minutes) for place in range(len(visits))]
    first = min(each.anybody for each in found)
    named = {person for each in found for person in each.without}
    without = {person: min(each.but(person) for each in found) for person in named}
    second = max((first, *without.values()))
    later = {person: found for person, found in without.items() if found > first}
    return Outcome(first=first, second=second, without=later)


def with_visit(before: Outcome, start: int, rings: Rings) -> Outcome:
    """Return what visits come to, by what all but the last come to, and the rings of that one.

    These count from its *start*, and no other visit has a part in them. Whatever rang before
    rings sooner than anything of it.
    """
    if before.first < NEVER:
        first = before.first
        without = {
            person: minutes if minutes < NEVER else start + rings.but(person)
            for person, minutes in before.without.items()
        }
    elif rings.anybody == NEVER:
        return SILENCE
    else:
        first = start + rings.anybody
        without = {
            person: start + minutes
            for person, minutes in rings.without.items()
            if minutes > rings.anybody
        }
    return Outcome(False, first, max((first, *without.values())), without)


SILENCE = Outcome()
"""There is an incident, and nothing rings."""


class Rings(NamedTuple):
    """The earliest ring of one visit: by anybody, and without one person of all candidates."""

    anybody: float
    without: Mapping[str, float]

    def but(self, person: str) -> float:
        """Return the earliest ring by anybody but a person."""
        return self.without.get(person, self.anybody)


SILENT = Rings(NEVER, NOTHING)


def rings_alone(candidates: Candidates, length: float, minutes: Mapping[str, float]) -> Rings:
    """Return the earliest rings of a visit of some *length*, if no other one has a part in them.

    They count from its start.
    """
    return worst_of(
        [
            earliest((minutes[each], each) for each in group if minutes[each] < length)
            for group in candidates
        ]
    )


def left_open(candidates: Candidates, length: float, minutes: Mapping[str, float]) -> Group:
    """Return whose ring is still to come when a visit of some *length* ends, if they stay assigned.

    Of several candidates none is certain to stay assigned.
    """
    if len(candidates) > 1:
        return NOBODY
    return frozenset(each for each in candidates[0] if length <= minutes[each] < NEVER)


def rings_of(
    visits: Visits, place: int, states: Sequence[Candidates], minutes: Mapping[str, float]
) -> Rings:
    """Return the earliest rings of the visit at a *place*, for the worst of its candidates.

    A ring that is due when the assignment ends does not happen.
    """
    start, end, state = visits[place]
    candidates = states[state]
    is_sure = len(candidates) == 1

    def dues(group: Group) -> Iterator[tuple[float, str]]:
        for person in group:
            at = start + minutes[person]
            if at < end or (is_sure and at < end_for(person, visits, place, states)):
                yield at, person

    return worst_of([earliest(dues(group)) for group in candidates])


First = tuple[float, float, str | None]
"""When a group is rung first, when by another person, and who is the first."""


def worst_of(each: Sequence[First]) -> Rings:
    """Return the earliest rings of a visit by those of each of its candidates."""
    if len(each) == 1:
        ((first, second, who),) = each
        return SILENT if who is None else Rings(first, {who: second})
    anybody = max(first for first, _, _ in each)
    without = {
        person: max(second if who == person else first for first, second, who in each)
        for _, _, person in each
        if person is not None
    }
    return Rings(anybody, without)


def earliest(dues: Iterable[tuple[float, str]]) -> First:
    """Return the first of a group by when each person of it is rung; without those who are not."""
    first, second, who = NEVER, NEVER, None
    for at, person in dues:
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
