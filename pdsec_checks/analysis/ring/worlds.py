"""The ways in which the account may be, as far as it does not show what decides.

A person whom the user list lacks may be nobody, may never be rung, or may be rung at once. A
verdict counts where it is the same in all worlds.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from msgspec import Struct, field

from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.timelines import NOBODY, Group
from pdsec_checks.errors import InspectionError

MOST = 3
"""Unknown parts of one policy of which every combination is judged."""


class World(Struct, frozen=True, dict=True):
    """One way in which the account may be; what it does not name is as the account shows it."""

    nobody: Group = NOBODY
    """People who do not exist, or are taken to be deleted."""
    minutes: Mapping[str, float] = field(default_factory=dict)
    """Person → minutes from an assignment to the first ring."""
    round_robin: frozenset[int] = frozenset()
    """The levels, counted from 0, that are taken to assign one of their targets."""

    @cached_property
    def key(self) -> Hashable:
        """What tells it from other worlds."""
        return self.nobody, frozenset(self.minutes.items()), self.round_robin

    def with_(self, other: World) -> World:
        """Return the world in which both hold."""
        return World(
            self.nobody | other.nobody,
            {**self.minutes, **other.minutes},
            self.round_robin | other.round_robin,
        )


AS_SHOWN = World()


class Doubt(Struct, frozen=True):
    """One thing that the account does not show."""

    why: InspectionError
    options: tuple[World, ...]
    """What may hold; in the last one help comes soonest."""
    person: str = ""
    """Whom it is about, as far as it is about one."""


def unknown_person(person: str, why: InspectionError) -> Doubt:
    """Return the doubt about somebody on call of whom nothing is known."""
    silent, rung = World(minutes={person: NEVER}), World(minutes={person: 0})
    return Doubt(why, (World(nobody=frozenset({person})), silent, rung), person)


def unknown_rules(person: str, best: float, worst: float, why: InspectionError) -> Doubt:
    """Return the doubt about the notification rules of a person."""
    worse, better = World(minutes={person: worst}), World(minutes={person: best})
    return Doubt(why, (worse, better), person)


def unknown_strategy(level: int, why: InspectionError) -> Doubt:
    """Return the doubt whether a level assigns everybody or one of its targets."""
    return Doubt(why, (World(round_robin=frozenset({level})), AS_SHOWN))


def worlds(doubts: Sequence[Doubt]) -> Iterator[World]:
    """Yield every world there may be; the last one is the kindest."""
    for options in product(*(each.options for each in doubts)):
        yield together(options)


def kindest(doubts: Sequence[Doubt]) -> World:
    """Return the world in which whoever is unknown is rung at once."""
    return together(each.options[-1] for each in doubts)


def together(parts: Iterable[World]) -> World:
    """Return the world in which all *parts* hold."""
    found = AS_SHOWN
    for each in parts:
        found = found.with_(each)
    return found
