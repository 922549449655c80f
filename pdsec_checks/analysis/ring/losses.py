"""The blast radius: what goes dark without a person, a kind of device, a schedule or a policy."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pdsec_checks.analysis.ring.account import Ring, Situation
from pdsec_checks.analysis.ring.callers import Chain
from pdsec_checks.analysis.ring.impact import dark_seconds, in_time, late_seconds
from pdsec_checks.analysis.ring.sweep import Piece
from pdsec_checks.analysis.ring.verdicts import Stretch
from pdsec_checks.analysis.ring.worlds import World
from pdsec_checks.resources import Service


class Kind(enum.StrEnum):
    """What may fail."""

    PERSON = "person"
    """Somebody who does not react."""
    DEVICE = "device"
    """A type of contact method, of everybody at once."""
    SCHEDULE = "schedule"
    """A schedule on which nobody is on call any more."""
    POLICY = "policy"
    """An escalation policy that calls nobody any more."""


@dataclass
class Loss:
    """What goes dark without one thing: services that reach somebody in time now, and when not."""

    kind: Kind
    id: str
    name: str
    services: dict[Service, int] = field(default_factory=dict)
    """Service → seconds that go dark; none of 0."""

    @property
    def seconds(self) -> int:
        """Service-seconds: those of all services together."""
        return sum(self.services.values())


@dataclass(frozen=True)
class Group:
    """Services to which everything comes out the same."""

    situation: Situation
    services: tuple[Service, ...]


def losses(ring: Ring, situations: Iterable[Situation]) -> list[Loss]:
    """Return what would go dark without each person, device, schedule and policy; the most first.

    Whatever darkens nothing is left out. The policies of *situations* have no doubts.
    """
    found: dict[tuple[Kind, str], Loss] = {}
    for group in grouped(situations):
        for kind, identity, name, seconds in Radius(ring, group.situation).losses():
            if seconds:
                loss = found.setdefault((kind, identity), Loss(kind, identity, name))
                loss.services |= dict.fromkeys(group.services, seconds)
    return sorted(found.values(), key=lambda each: (-each.seconds, each.name, each.id))


def grouped(situations: Iterable[Situation]) -> list[Group]:
    """Return situations with those made one that only differ in their service."""
    found: dict[object, list[Situation]] = {}
    for each in situations:
        key = (each.policy_id, each.chain.id, each.stretches, each.auto_resolve)
        found.setdefault(key, []).append(each)
    return [Group(each[0], tuple(one.service for one in each)) for each in found.values()]


class Radius:
    """What goes dark for one service, by what fails."""

    def __init__(self, ring: Ring, situation: Situation) -> None:
        self._ring, self._chain = ring, situation.chain
        self._limit = ring.limits.first_person
        self._stretches, self._auto_resolve = situation.stretches, situation.auto_resolve
        self._pieces = ring.swept(self._chain).pieces
        self._in_time = in_time(self._pieces, self._stretches, self._limit, self._auto_resolve)

    def losses(self) -> Iterator[tuple[Kind, str, str, int]]:
        """Yield what may fail, its id and name, and the seconds that go dark then."""
        if not self._in_time:
            return
        yield from self._people()
        yield from self._devices()
        yield from self._schedules()
        yield Kind.POLICY, self._chain.id, self._chain.name, seconds_of(self._in_time)

    def _people(self) -> Iterator[tuple[Kind, str, str, int]]:
        dark = dark_seconds(self._pieces, self._stretches, self._limit, self._auto_resolve)
        for person, seconds in dark.items():
            yield Kind.PERSON, person, self._ring.callers.name_of(person), seconds

    def _devices(self) -> Iterator[tuple[Kind, str, str, int]]:
        for kind in sorted(self._ring.callers.ring_methods):
            minutes = slower(self._ring, self._chain, kind)
            if minutes:
                swept = self._ring.swept(self._chain, World(minutes=minutes))
                yield Kind.DEVICE, kind, kind, self._late(swept.pieces)

    def _schedules(self) -> Iterator[tuple[Kind, str, str, int]]:
        callees = {each.key: each for rung in self._chain.rungs for each in rung.callees}
        for key, callee in callees.items():
            if callee.is_schedule and callee.people:
                swept = self._ring.without_target(self._chain, key)
                yield Kind.SCHEDULE, callee.id, callee.label, self._late(swept.pieces)

    def _late(self, pieces: list[Piece]) -> int:
        return late_seconds(pieces, self._in_time, self._limit, self._auto_resolve)


def seconds_of(stretches: Iterable[Stretch]) -> int:
    """Return the length of stretches together."""
    return sum(each.end - each.start for each in stretches)


def slower(ring: Ring, chain: Chain, kind: str) -> Mapping[str, float]:
    """Return the people of a policy who are rung later without a type of contact method."""
    others = ring.callers.ring_methods - {kind}
    found: dict[str, float] = {}
    for person in sorted(chain.people):
        minutes = ring.callers.reach_by(person, others).best
        if minutes > ring.callers.reach(person).best:
            found[person] = minutes
    return found
