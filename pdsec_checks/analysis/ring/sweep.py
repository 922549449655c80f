"""The walks of all moments at once: what an incident comes to, piece by piece of time.

A walk asks the first level, then, when its delay is over, the next one, with the people of that
moment; an empty level costs nothing. All moments of a span walk together until a level's people
change somewhere in it: then the span is split there. What comes out is constant on each piece,
and exact to the second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct

from pdsec_checks.analysis.ring.outcomes import (
    LOST,
    NEVER,
    Outcome,
    Rings,
    States,
    Visit,
    Visits,
    left_open,
    outcome_of,
    rings_alone,
    with_visit,
)
from pdsec_checks.analysis.ring.timelines import NOBODY, Group, Span, Timeline

MINUTE = 60
DAY = 24 * 60
"""Minutes within which a ring is looked for at all."""


class Level(NamedTuple):
    """An escalation level: whom it may assign when, and minutes until it escalates."""

    timeline: Timeline[int]
    """Numbers of candidates; 0 for an empty level."""
    delay: int


class Ladder(Struct, frozen=True):
    """The levels of a policy, and how often they are gone through again."""

    levels: Sequence[Level]
    loops: int


class Walk(NamedTuple):
    """How far the walk of all moments of a span has come."""

    start: int
    end: int
    level: int
    turn: int
    """How often the levels were gone through before."""
    empty: int
    """Levels in a row on which nobody was."""
    course: Course


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
    _alone: dict[tuple[int, float], tuple[Rings, Group]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with the course that all walks have in common: no visit yet."""
        self.start = Course(self, None, Visit(0, 0, 0))

    def alone(self, state: int, length: float) -> tuple[Rings, Group]:
        """Return the rings of a visit by itself, and whose ring it leaves open.

        *state* is the number of its candidates, *length* its minutes.
        """
        found = self._alone.get((state, length))
        if found is None:
            about = self.states.candidates[state], length, self.minutes
            found = self._alone[state, length] = rings_alone(*about), left_open(*about)
        return found


class Course:
    """The visits of a walk so far; walks that begin alike share them, and what they come to."""

    __slots__ = ("_after", "_before", "_ended", "_open", "_rules", "is_decided", "outcome", "visit")

    def __init__(self, rules: Rules, before: Course | None, visit: Visit) -> None:
        self._rules, self._before, self.visit = rules, before, visit
        self._after: dict[tuple[int, int], Course] | None = None
        self._ended: Outcome | None = None
        self._open = NOBODY
        """Whose ring the visits leave open, so that a visit behind them may let it happen."""
        self.outcome = LOST
        """What the visits come to; nothing later can change what rings before their end."""
        if before is not None:
            self.outcome, self._open = before.outcome_with(visit)
        self.is_decided = self.outcome.is_decided
        """Whether no visit behind them can change what they come to."""

    @property
    def offset(self) -> float:
        """Minutes since the incident when the last visit escalates."""
        return self.visit.end

    def then(self, state: int, delay: int) -> Course:
        """Return the course with one more visit."""
        if self._after is None:
            self._after = {}
        found = self._after.get((state, delay))
        if found is None:
            start = int(self.offset)
            found = Course(self._rules, self, Visit(start, start + delay, state))
            self._after[state, delay] = found
        return found

    @property
    def ended(self) -> Outcome:
        """What the visits come to if the people of the last one keep the incident."""
        if self._ended is None:
            last = self.visit._replace(end=NEVER)
            self._ended = self._before.outcome_with(last)[0] if self._before else LOST
        return self._ended

    def outcome_with(self, visit: Visit) -> tuple[Outcome, Group]:
        """Return what the visits come to with one more, and whose ring they leave open then.

        They need to be seen together only where one of them lets a ring of an earlier one happen:
        where somebody whose ring is open is sure to stay assigned.
        """
        rules = self._rules
        rings, left = rules.alone(visit.state, visit.end - visit.start)
        if self._open:
            candidates = rules.states.candidates
            groups = candidates[visit.state]
            if len(groups) == 1 and not self._open.isdisjoint(groups[0]):
                return outcome_of((*self.visits, visit), candidates, rules.minutes), left
        return with_visit(self.outcome, visit.start, rings), left

    @property
    def visits(self) -> Visits:
        """All visits, in order."""
        found: list[Visit] = []
        course = self
        while course._before is not None:
            found.append(course.visit)
            course = course._before
        return tuple(reversed(found))


def sweep(ladder: Ladder, span: Span, rules: Rules, horizon: int) -> list[Piece]:
    """Return what incidents of *span* come to, as pieces in order without gaps.

    A walk is left off when both its rings are known, or *horizon* minutes are over; rings up to
    there are exact.
    """
    return pieces_of(ladder, Walk(*span, 0, 0, 0, rules.start), rules, horizon)


def exact(ladder: Ladder, piece: Piece, rules: Rules) -> list[Piece]:
    """Return *piece* with the walk gone to its end, or to the end of the day or of what was read.

    A ring that comes later than that is none.
    """
    found = [piece] if piece.rest is None else pieces_of(ladder, piece.rest, rules, DAY)
    return [part for each in found for part in known_parts(each, rules.known_until)]


def is_known(piece: Piece, known_until: int) -> bool:
    """Tell whether a piece stays as it is: its walk is over, and all its rings come in time."""
    latest = piece.outcome.latest
    if piece.rest is not None or latest > DAY:
        return False
    return piece.end <= known_until - int(latest) * MINUTE


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
    found.sort(key=itemgetter(0))
    return merged(found)


def step(
    ladder: Ladder, walk: Walk, rules: Rules, horizon: int, left: list[Walk], found: list[Piece]
) -> None:
    """Take a walk one level further: add to *found* what is settled, and to *left* what is not."""
    start, end, level, turn, empty, course = walk
    levels = ladder.levels
    if level == len(levels) and turn < ladder.loops:
        level, turn = 0, turn + 1
    if level == len(levels) or empty == len(levels):
        found.append(Piece(start, end, course.ended))
        return
    shift = int(course.offset) * MINUTE
    known_until = rules.known_until - shift
    if course.offset > horizon or start >= known_until:
        here = Walk(start, end, level, turn, empty, course)
        found.append(Piece(start, end, course.outcome, here))
        return
    if end > known_until:
        left.append(Walk(known_until, end, level, turn, empty, course))
        end = known_until
    timeline, delay = levels[level]
    for begin, stop, state in parts(timeline, start, end, shift):
        if not state:
            left.append(Walk(begin, stop, level + 1, turn, empty + 1, course))
            continue
        onward = course.then(state, delay)
        if onward.is_decided:
            found.append(Piece(begin, stop, onward.outcome))
        else:
            left.append(Walk(begin, stop, level + 1, turn, 0, onward))


def parts(
    timeline: Timeline[int], start: int, end: int, shift: int
) -> Iterable[tuple[int, int, int]]:
    """Return the parts of a span with the state that holds *shift* seconds later."""
    starts, states = timeline.starts, timeline.states
    first = max(1, bisect_right(starts, start + shift))
    last = bisect_left(starts, end + shift, first)
    if first == last:
        return ((start, end, states[first - 1]),)
    cuts = [start, *(each - shift for each in starts[first:last]), end]
    return zip(cuts, cuts[1:], states[first - 1 : last], strict=False)  # cuts are one more


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
