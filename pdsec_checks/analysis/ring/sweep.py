"""The walks of all moments at once: what an incident comes to, piece by piece of time.

A walk asks the first level, then, when its delay is over, the next one, with the people of that
moment; an empty level costs nothing. All moments of a span walk together until a level's people
change somewhere in it: then the span is split there. What comes out is constant on each piece,
and exact to the second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pdsec_checks.analysis.ring.outcomes import (
    NEVER,
    Outcome,
    States,
    Visit,
    Visits,
    outcome_of,
)
from pdsec_checks.analysis.ring.timelines import Span, Timeline

MINUTE = 60
DAY = 24 * 60
"""Minutes within which a ring is looked for at all."""


class Level(NamedTuple):
    """An escalation level: whom it may assign when, and minutes until it escalates."""

    timeline: Timeline[int]
    """Numbers of candidates; 0 for an empty level."""
    delay: int


@dataclass(frozen=True)
class Ladder:
    """The levels of a policy, and how often they are gone through again."""

    levels: Sequence[Level]
    loops: int


class Walk(NamedTuple):
    """How far the walk of all moments of a span has come."""

    start: int
    end: int
    level: int = 0
    turn: int = 0
    """How often the levels were gone through before."""
    offset: int = 0
    """Minutes since the incident."""
    empty: int = 0
    """Levels in a row on which nobody was."""
    visits: Visits = ()


class Piece(NamedTuple):
    """A span on which every incident comes to the same."""

    start: int
    end: int
    outcome: Outcome
    rest: Walk | None = None
    """Where the walk goes on that was left off; None where nothing can change any more."""


@dataclass
class Rules:
    """By what walks are judged: who rings after how many minutes, and until when is known."""

    states: States
    minutes: Mapping[str, float]
    known_until: int
    """The end of what was read."""
    _outcomes: dict[Visits, Outcome] = field(default_factory=dict)

    def outcome(self, visits: Visits) -> Outcome:
        """Return what *visits* come to; the same ones repeat daily, and are worked out once."""
        found = self._outcomes.get(visits)
        if found is None:
            found = outcome_of(visits, self.states.candidates, self.minutes)
            self._outcomes[visits] = found
        return found


def sweep(ladder: Ladder, span: Span, rules: Rules, horizon: int) -> list[Piece]:
    """Return what incidents of *span* come to, as pieces in order without gaps.

    A walk is left off when both its rings are known, or *horizon* minutes are over; rings up to
    there are exact.
    """
    return pieces_of(ladder, Walk(*span), rules, horizon)


def exact(ladder: Ladder, piece: Piece, rules: Rules) -> list[Piece]:
    """Return *piece* with the walk gone to its end, or to the end of the day or of what was read.

    A ring that comes later than that is none.
    """
    found = [piece] if piece.rest is None else pieces_of(ladder, piece.rest, rules, DAY)
    return [part for each in found for part in known_parts(each, rules.known_until)]


def known_parts(piece: Piece, known_until: int) -> Iterator[Piece]:
    """Yield the parts of a piece whose rings come before the end of what was read, or do not."""
    outcome = piece.outcome.before(DAY + 1)
    limits = [known_until - int(minutes) * MINUTE for minutes in reversed(outcome.times)]
    start = piece.start
    for limit in [*limits, piece.end]:
        end = min(limit, piece.end)
        if end > start:
            yield Piece(start, end, outcome.before((known_until - end + 1) / MINUTE))
            start = end


def pieces_of(ladder: Ladder, walk: Walk, rules: Rules, horizon: int) -> list[Piece]:
    """Return what the rest of a walk comes to, as pieces in order."""
    found: list[Piece] = []
    left = [walk]
    while left:
        step(ladder, left.pop(), rules, horizon, left, found)
    found.sort(key=lambda piece: piece.start)
    return merged(found)


def step(
    ladder: Ladder, walk: Walk, rules: Rules, horizon: int, left: list[Walk], found: list[Piece]
) -> None:
    """Take a walk one level further: add to *found* what is settled, and to *left* what is not."""
    levels = ladder.levels
    if walk.level == len(levels) and walk.turn < ladder.loops:
        walk = walk._replace(level=0, turn=walk.turn + 1)
    if walk.level == len(levels) or walk.empty == len(levels):
        found.append(Piece(walk.start, walk.end, rules.outcome(ended(walk.visits))))
        return
    shift = walk.offset * MINUTE
    known_until = rules.known_until - shift
    if walk.offset > horizon or walk.start >= known_until:
        found.append(Piece(walk.start, walk.end, rules.outcome(walk.visits), walk))
        return
    if walk.end > known_until:
        left.append(walk._replace(start=known_until))
    for start, end, state in parts(
        levels[walk.level].timeline, walk.start, min(walk.end, known_until), shift
    ):
        onward = moved(walk, start, end, state, levels[walk.level].delay)
        outcome = rules.outcome(onward.visits)
        if outcome.is_decided:
            found.append(Piece(start, end, outcome))
        else:
            left.append(onward)


def moved(walk: Walk, start: int, end: int, state: int, delay: int) -> Walk:
    """Return the walk of a part of its span after it looked at one more level."""
    _, _, level, turn, offset, empty, visits = walk
    if not state:
        return Walk(start, end, level + 1, turn, offset, empty + 1, visits)
    visit = Visit(offset, offset + delay, state)
    return Walk(start, end, level + 1, turn, offset + delay, 0, (*visits, visit))


def ended(visits: Visits) -> Visits:
    """Return the visits of a walk that is over: the people of the last one keep the incident."""
    return (*visits[:-1], visits[-1]._replace(end=NEVER)) if visits else ()


def parts(
    timeline: Timeline[int], start: int, end: int, shift: int
) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of a span with the state that holds *shift* seconds later."""
    starts, states = timeline.starts, timeline.states
    place = max(1, bisect_right(starts, start + shift))
    while start < end:
        until = min(end, starts[place] - shift) if place < len(starts) else end
        yield start, until, states[place - 1]
        start = until
        place += 1


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces in order, with neighbours that come to the same made one.

    Those whose walk goes on stay apart: they may come to different things yet.
    """
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if (
            last is not None
            and last.outcome is piece.outcome
            and last.rest is None
            and piece.rest is None
            and last.end == piece.start
        ):
            found[-1] = Piece(last.start, piece.end, piece.outcome)
        else:
            found.append(piece)
    return found
