"""The walk of one moment as the rules state it, by which the analysis of all moments is judged.

It is written from the rules alone (R1 to R12), slowly and plainly: every choice of a round robin is
tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

HORIZON = 24 * 60
"""Minutes after which nobody looks for a ring any more."""
Group = frozenset[str]


@dataclass(frozen=True)
class OneLevel:
    """An escalation level: its targets by name, minutes to the next level, how it assigns."""

    targets: tuple[str, ...]
    delay: int
    round_robin: bool


@dataclass
class OneVisit:
    """From when to when an incident is assigned, in minutes, and to one of whom."""

    start: int
    end: float
    candidates: tuple[Group, ...]


def walk(
    levels: Sequence[OneLevel], loops: int, moment: int, on: Callable[[str, int], Group]
) -> list[OneVisit]:
    """Return the visits of an incident; *on* says who is on call for a target at a second."""
    visits: list[OneVisit] = []
    offset = level = turn = empty = 0
    while True:
        if level == len(levels):
            if turn == loops:
                break
            level, turn = 0, turn + 1
        if empty == len(levels):
            break
        here = levels[level]
        found = [on(target, moment + offset * 60) for target in dict.fromkeys(here.targets)]
        groups = [group for group in found if group]
        level += 1
        if not groups:
            empty += 1
            continue
        empty = 0
        everybody = (frozenset[str]().union(*groups),)
        candidates = tuple(dict.fromkeys(groups)) if here.round_robin else everybody
        visits.append(OneVisit(offset, offset + here.delay, candidates))
        offset += here.delay
        if offset > HORIZON:
            return visits
    if visits:
        visits[-1].end = math.inf
    return visits


def first_rings(
    visits: Sequence[OneVisit], choice: Sequence[Group], minutes: Mapping[str, float]
) -> dict[str, float]:
    """Return when each person is rung first, if the ring turned out to be at *choice*."""
    found: dict[str, float] = {}
    for number, visit in enumerate(visits):
        for person in choice[number]:
            last = number
            if len(visit.candidates) == 1:
                while (
                    last + 1 < len(visits)
                    and len(visits[last + 1].candidates) == 1
                    and person in choice[last + 1]
                ):
                    last += 1
            due = visit.start + minutes[person]
            if due < visits[last].end and due <= HORIZON:
                found[person] = min(found.get(person, math.inf), due)
    return found


def choices(visits: Sequence[OneVisit]) -> Iterator[tuple[Group, ...]]:
    """Yield every way in which the ring may stand."""
    yield from product(*(visit.candidates for visit in visits))


def worst(
    visits: Sequence[OneVisit], minutes: Mapping[str, float], place: int, missing: str = ""
) -> float:
    """Return the worst ring in a *place*, 0 for the first one, if *missing* does not react."""
    found = 0.0
    for choice in choices(visits):
        rings = first_rings(visits, choice, minutes)
        rings.pop(missing, None)
        in_order = sorted(rings.values())
        found = max(found, in_order[place] if place < len(in_order) else math.inf)
    return found if visits else math.inf
