"""What the incidents of a policy come to over the whole window, in one world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct, field

from pdsec_checks.analysis.ring.callers import Callers, Chain, Rung
from pdsec_checks.analysis.ring.outcomes import Outcome, States
from pdsec_checks.analysis.ring.sweep import Ladder, Level, Piece, Rules, exact, is_known, sweep
from pdsec_checks.analysis.ring.timelines import (
    NOBODY,
    Group,
    Span,
    Timeline,
    level_timeline,
    without,
)
from pdsec_checks.analysis.ring.worlds import World


class Swept(Struct, dict=True):
    """The pieces of a policy's time; walks go as far as is asked for."""

    ladder: Ladder
    span: Span
    rules: Rules
    horizon: int
    """Minutes up to which every ring is known on all pieces."""
    _known: dict[int, list[Piece]] = field(default_factory=dict)
    """Start of a piece → the same with its walk gone to the end."""

    @cached_property
    def pieces(self) -> list[Piece]:
        """All pieces, with rings up to the horizon."""
        return sweep(self.ladder, self.span, self.rules, self.horizon)

    @cached_property
    def by_first(self) -> list[Piece]:
        """All pieces; of each the first ring is exact, however late it comes."""
        return list(self._exact(lambda outcome: outcome.first))

    @cached_property
    def by_second(self) -> list[Piece]:
        """All pieces; of each all rings are exact, however late they come."""
        return list(self._exact(lambda outcome: outcome.second))

    def _exact(self, ring: Callable[[Outcome], float]) -> Iterator[Piece]:
        for piece in self.pieces:
            if ring(piece.outcome) <= self.horizon or is_known(piece, self.rules.known_until):
                yield piece
                continue
            if piece.start not in self._known:
                self._known[piece.start] = exact(self.ladder, piece, self.rules)
            yield from self._known[piece.start]


class Sweeper:
    """Sweeps policies in worlds; policies share the timelines of their levels, and visits."""

    def __init__(self, callers: Callers, judged: Span, horizon: int) -> None:
        self._callers, self._judged, self._horizon = callers, judged, horizon
        self._states = States()
        self._states.number(())  # 0 stands for nobody
        self._levels: dict[tuple[object, ...], Timeline[int]] = {}
        self._minutes: dict[str, float] = {}
        self._common = Rules(self._states, self._minutes, callers.span.end)
        """By which walks are judged in whatever world says nothing of anybody's phone."""

    def swept(self, chain: Chain, world: World) -> Swept:
        """Return what incidents come to under a policy, in a world."""
        levels = [
            Level(self._level(number, rung, world), rung.delay)
            for number, rung in enumerate(chain.rungs)
        ]
        return Swept(
            Ladder(levels, chain.loops), self._judged, self._rules(chain, world), self._horizon
        )

    def _rules(self, chain: Chain, world: World) -> Rules:
        minutes = self._callers.minutes(chain.people)
        if world.minutes.keys() & chain.people:
            return Rules(self._states, {**minutes, **world.minutes}, self._callers.span.end)
        self._minutes.update(minutes)
        return self._common

    def _level(self, number: int, rung: Rung, world: World) -> Timeline[int]:
        is_round_robin = rung.is_round_robin or number in world.round_robin
        keys = (each.key for each in rung.callees)
        gone = world.nobody & NOBODY.union(*(each.people for each in rung.callees))
        key = (is_round_robin, gone, *keys)
        if key not in self._levels:
            self._levels[key] = self._numbered(rung, gone, is_round_robin=is_round_robin)
        return self._levels[key]

    def _numbered(self, rung: Rung, gone: Group, *, is_round_robin: bool) -> Timeline[int]:
        targets = [without(each.timeline, gone) if gone else each.timeline for each in rung.callees]
        found = level_timeline(targets, is_round_robin=is_round_robin)
        return Timeline(found.starts, list(map(self._states.number, found.states)))
