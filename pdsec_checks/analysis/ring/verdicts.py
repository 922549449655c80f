"""When an incident would ring nobody in time, and why: dead windows, and their sum."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from msgspec import Struct, field

from pdsec_checks.analysis.ring.outcomes import NEVER, Outcome
from pdsec_checks.analysis.ring.sweep import MINUTE, Piece
from pdsec_checks.analysis.ring.timelines import Span


class Why(enum.StrEnum):
    """Why an incident rings nobody in time."""

    LOST = "lost"
    """There is no incident: nobody is on call on any level."""
    NEVER = "never"
    """Nobody is rung within a day, nor before the end of what was read."""
    LATE = "late"
    ONE_PERSON = "one person"
    """Somebody is rung, and nobody else ever."""


class Question(Struct, frozen=True):
    """Which ring is asked for, and how many minutes it may take."""

    is_second: bool
    """Whether it is the one of a second human; else the first of all."""
    limit: int

    def ring(self, outcome: Outcome) -> float:
        """Return the minutes to the ring that is asked for."""
        return outcome.second if self.is_second else outcome.first

    def answer(self, outcome: Outcome) -> tuple[float, Why | None]:
        """Return the minutes to the ring that is asked for, and why an incident fails."""
        return self.ring(outcome), self.why_dead(outcome)

    def why_dead(self, outcome: Outcome) -> Why | None:
        """Return why an incident of high urgency fails; None where it does not."""
        if outcome.is_lost:
            return Why.LOST
        if outcome.first == NEVER:
            return Why.NEVER
        ring = self.ring(outcome)
        if ring == NEVER:
            return Why.ONE_PERSON
        return Why.LATE if ring > self.limit else None


class Stretch(NamedTuple):
    """A span that is judged, and whether incidents in it may be of high urgency."""

    start: int
    end: int
    is_high: bool


class DeadWindow(NamedTuple):
    """The longest span in which every incident fails for one reason."""

    start: int
    end: int
    why: Why
    minutes: int | None
    """The latest ring of it; None where there is none at some time."""

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start


class Judged(Struct):
    """What came of one question about one service."""

    windows: list[DeadWindow] = field(default_factory=list)
    seconds: int = 0
    """Time in which something is judged."""
    high_seconds: int = 0
    """Time in which incidents may be of high urgency."""
    worst: float = 0
    """The latest ring that is judged; NEVER where one never comes."""

    @property
    def dead_seconds(self) -> int:
        """Time in all dead windows."""
        return sum(each.seconds for each in self.windows)


class Run(NamedTuple):
    """The longest span in which one question has one answer, whatever incidents come to."""

    start: int
    end: int
    ring: float
    """Minutes to the ring that is asked for."""
    why: Why | None
    """Why an incident of high urgency fails; LOST where there is none of either urgency."""


Lasting = TypeVar("Lasting", Piece, Run)


def runs_of(pieces: Sequence[Piece], question: Question, auto_resolve: int | None) -> list[Run]:
    """Return what *pieces* come to for one question; they are in order without gaps, and not none.

    A ring at *auto_resolve* seconds, or later, does not happen; 0 and None mean that incidents
    do not resolve themselves. Pieces share outcomes, so that each is looked at once.
    """
    known: dict[int, tuple[float, Why | None]] = {}
    starts: list[int] = []
    answers: list[tuple[float, Why | None]] = []
    for piece in pieces:
        outcome = piece.outcome
        answer = known.get(id(outcome))
        if answer is None:
            left = outcome.before(auto_resolve / MINUTE) if auto_resolve else outcome
            answer = known[id(outcome)] = question.answer(left)
        if not answers or answers[-1] != answer:
            starts.append(piece.start)
            answers.append(answer)
    ends = [*starts[1:], pieces[-1].end]
    found = zip(starts, ends, answers, strict=True)
    return [Run(start, end, ring, why) for start, end, (ring, why) in found]


def judge(runs: Sequence[Run], stretches: Sequence[Stretch], question: Question) -> Judged:
    """Return what incidents come to in *stretches*, which are in order and lie in *runs*.

    Time without high urgency is judged by the first ring alone, and only for lost incidents:
    low urgency never escalates.
    """
    found = Judged()
    for start, end, run, is_high in parts_in(runs, stretches):
        why = run.why
        if not is_high:
            if question.is_second:
                continue
            why = why if why is Why.LOST else None
        found.seconds += end - start
        if is_high:
            found.high_seconds += end - start
        if is_high or why is not None:
            found.worst = max(found.worst, run.ring)
        if why is not None:
            minutes = int(run.ring) if why is Why.LATE else None
            add(found.windows, DeadWindow(start, end, why, minutes))
    return found


def add(windows: list[DeadWindow], window: DeadWindow) -> None:
    """Add a window behind the others; it continues one that it touches, for the same reason."""
    last = windows[-1] if windows else None
    if last is None or last.end != window.start or last.why is not window.why:
        windows.append(window)
        return
    latest = max(last.minutes or 0, window.minutes or 0) if window.why is Why.LATE else None
    windows[-1] = DeadWindow(last.start, window.end, window.why, latest)


def outcomes_in(
    pieces: Sequence[Piece], stretches: Sequence[Stretch], auto_resolve: int | None
) -> Iterator[tuple[int, int, Outcome, bool]]:
    """Yield the parts of stretches with what incidents come to before they resolve themselves."""
    for start, end, piece, is_high in parts_in(pieces, stretches):
        whole = piece.outcome
        outcome = whole.before(auto_resolve / MINUTE) if auto_resolve else whole
        yield start, end, outcome, is_high


def parts_in(
    spans: Sequence[Lasting], stretches: Sequence[Stretch]
) -> Iterator[tuple[int, int, Lasting, bool]]:
    """Yield the parts of stretches, each with the one of *spans* that it lies in.

    Both are in order, and *spans* leave no gap.
    """
    place = 0
    for stretch in stretches:
        start = stretch.start
        while start < stretch.end:
            while spans[place].end <= start:
                place += 1
            end = min(spans[place].end, stretch.end)
            yield start, end, spans[place], stretch.is_high
            start = end


def stretches_of(judged: Span, muted: Sequence[Span], low: Sequence[Span]) -> tuple[Stretch, ...]:
    """Return the stretches of a span without the *muted* ones; in *low* ones urgency is low.

    Both are in order, and none overlaps another one.
    """
    cuts = {judged.start, judged.end}
    for each in (*muted, *low):
        cuts |= {max(judged.start, each.start), min(judged.end, each.end)}
    moments = sorted(cuts)
    found = []
    for start, end in pairwise(moments):
        if not contains(muted, start):
            found.append(Stretch(start, end, is_high=not contains(low, start)))
    return tuple(found)


def contains(spans: Sequence[Span], moment: int) -> bool:
    """Tell whether one of the spans has a moment."""
    return any(each.start <= moment < each.end for each in spans)
