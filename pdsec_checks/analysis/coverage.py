"""On-call coverage: who is on call when, and when nobody is.

All spans are half-open and aware; instants compare in UTC, so days of 23 and 25 hours need
no care.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from pdsec_checks.analysis.certainty import Guess
from pdsec_checks.analysis.escalation import Level, Uses
from pdsec_checks.analysis.people import People, cannot_respond, deleted
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Interval, counted, moment_text
from pdsec_checks.resources import ById, Schedule, Shift, Target

GAPS_IN_MESSAGE = 5
WEEK = timedelta(weeks=1)


def gaps(shifts: Iterable[Interval], window: Interval) -> list[Interval]:
    """Return the parts of *window* in which nobody is on call, in order.

    Shifts may overlap, touch, be unsorted or empty, and reach beyond the window. Shifts that
    meet at one instant leave no gap.
    """
    found: list[Interval] = []
    window = in_utc(window)
    covered_until = window.start
    for shift in sorted(map(in_utc, shifts)):
        if shift.start >= window.end:
            break
        if shift.start > covered_until:
            found.append(Interval(covered_until, shift.start))
        covered_until = max(covered_until, shift.end)
    if covered_until < window.end:
        found.append(Interval(covered_until, window.end))
    return _joined(found)


def _joined(spans: list[Interval]) -> list[Interval]:
    """Join spans that meet: an empty shift between two gaps is no coverage."""
    joined: list[Interval] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Interval(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def percent_covered(open_spans: Iterable[Interval], window: Interval) -> float:
    """Return how much of *window* is covered, in percent, rounded down to one decimal."""
    total = length(window)
    missing = sum(map(length, open_spans), timedelta())
    return math.floor(1000 * ((total - missing) / total)) / 10


def hours_a_week(open_spans: Iterable[Interval], window: Interval) -> float:
    """Return how many hours a week are open, over the whole weeks that *window* begins with.

    A gap of every week is then the same on every day and in windows of any length, so that two
    runs can be compared. A window of less than a week counts as it is.
    """
    weeks = length(window) // WEEK
    end = in_utc(window).start + weeks * WEEK if weeks else in_utc(window).end
    inside = (Interval(span.start, min(span.end, end)) for span in map(in_utc, open_spans))
    missing = sum((length(span) for span in inside if span.start < span.end), timedelta())
    return round(missing / timedelta(hours=1) * (WEEK / (end - in_utc(window).start)), 2)


def in_utc(span: Interval) -> Interval:
    """Return the same span in UTC: moments of one zone compare by its clock, not by the time."""
    if span.start.tzinfo is UTC and span.end.tzinfo is UTC:
        return span
    return Interval(span.start.astimezone(UTC), span.end.astimezone(UTC))


def length(span: Interval) -> timedelta:
    """Return how long a span lasts; clock changes of its time zone do not count."""
    return span.end.astimezone(UTC) - span.start.astimezone(UTC)


def clock(moment: datetime) -> str:
    """Return a moment as messages print it: UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def hours(span: Interval) -> float:
    """Return the length of a span in hours, to two decimals."""
    return round(length(span) / timedelta(hours=1), 2)


CountedAsNobody = Iterable[tuple[Interval, str]]
"""When somebody is on call who counts as nobody, and how messages call them."""


def during(gap: Interval, on_call: CountedAsNobody) -> list[str]:
    """Return who is on call in a gap and counts as nobody, each once."""
    span = in_utc(gap)
    meets = ((in_utc(shift), who) for shift, who in on_call)
    return list(
        dict.fromkeys(
            who for shift, who in meets if shift.start < span.end and shift.end > span.start
        )
    )


def describe(open_spans: list[Interval], window: Interval, on_call: CountedAsNobody = ()) -> str:
    """Return the end of a sentence that names the first gaps and the coverage."""
    named = [
        f"{clock(gap.start)} to {clock(gap.end)} ({hours(gap):g} h{_whom(gap, on_call)})"
        for gap in open_spans[:GAPS_IN_MESSAGE]
    ]
    if len(open_spans) > GAPS_IN_MESSAGE:
        named.append(f"and {len(open_spans) - GAPS_IN_MESSAGE} more")
    covered = percent_covered(open_spans, window)
    return f"{counted(len(open_spans), 'gap')}, {covered:g} % covered: {', '.join(named)}"


def why_open(open_spans: list[Interval], window: Interval, on_call: CountedAsNobody) -> str:
    """Return the cause of gaps: somebody who was deleted, nobody ever, or hours left open."""
    if any(during(gap, on_call) for gap in open_spans):
        return "deleted"
    return "nobody" if percent_covered(open_spans, window) == 0 else "gaps"


def _whom(gap: Interval, on_call: CountedAsNobody) -> str:
    who = during(gap, on_call)
    return f", on call: {', '.join(who)}" if who else ""


def as_evidence(
    open_spans: Iterable[Interval], on_call: CountedAsNobody = ()
) -> list[dict[str, object]]:
    """Return gaps as plain JSON: start and end in UTC, length in hours, who counts as nobody."""
    return [
        {
            "start": moment_text(gap.start),
            "end": moment_text(gap.end),
            "hours": hours(gap),
            **({"on_call": who} if (who := during(gap, on_call)) else {}),
        }
        for gap in open_spans
    ]


@dataclass(frozen=True)
class Coverage:
    """The coverage of schedules, and of the escalation levels that use them."""

    uses: Uses
    schedules: ById[Schedule]
    """Both kinds of schedules, by id."""
    people: People
    window: Interval
    by_level: bool
    """Whether the schedules of one level may complete each other."""
    _known: dict[tuple[str, bool], tuple[list[Interval], list[InspectionError]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Schedule, and which way the unknown is taken → when somebody is on call, and the unknown."""

    def is_covered(self, schedule: Schedule, guess: Guess) -> bool:
        """Tell whether somebody is on call at every moment: on the schedule, or on its levels."""
        if not self.gaps_of(schedule, guess):
            return True
        return self.by_level and self._is_completed(schedule, guess)

    def gaps_of(self, schedule: Schedule, guess: Guess) -> list[Interval]:
        """Return when nobody of a schedule is on call."""
        return gaps(self._spans_of(schedule, guess), self.window)

    def deleted_on_call(self, schedule: Schedule) -> list[tuple[Interval, str]]:
        """Return when a schedule has somebody on call who was deleted, and whom."""
        found: list[tuple[Interval, str]] = []
        for shift in schedule.shifts(self.window):
            if shift.user is None or shift.span is None:
                continue
            try:
                if self.people.deleted_on(shift.user):
                    found.append((shift.span, deleted(shift.user)))
            except InspectionError:
                continue  # the verdict says so
        return found

    def _is_completed(self, schedule: Schedule, guess: Guess) -> bool:
        """Tell whether others fill every gap of a schedule on every level that uses it."""
        if not all(self._level_is_covered(level, guess) for level in self.uses.of(schedule)):
            return False
        return all(guess.doubt(error) for error in self.uses.unknown_of(schedule))

    def _level_is_covered(self, level: Level, guess: Guess) -> bool:
        targets = level.rule.targets  # readable, or nobody would know that it uses a schedule
        spans = [span for target in targets for span in self._spans_of_target(target, guess)]
        return not gaps(spans, self.window)

    def _spans_of_target(self, target: Target, guess: Guess) -> list[Interval]:
        try:
            if self.people.deleted_on(target):
                return []
            if not target.is_user:
                schedule = self.schedules.find(target.id)
                return self._spans_of(schedule, guess) if schedule else []
            user = self.people.users().find(target.id)
            return [self.window] if user and not cannot_respond(user) else []
        except InspectionError as error:
            return [self.window] if guess.doubt(error) else []

    def _spans_of(self, schedule: Schedule, guess: Guess) -> list[Interval]:
        """Return when somebody of a schedule is on call; its levels ask again and again."""
        key = schedule.id, guess.for_the_better
        if key not in self._known:
            own = Guess(guess.for_the_better)
            spans = [
                shift.span or self.window
                for shift in schedule.shifts(self.window)
                if own.holds(partial(self._is_somebody, shift))
            ]
            self._known[key] = spans, own.unknown
        spans, unknown = self._known[key]
        guess.unknown += unknown
        return spans

    def _is_somebody(self, shift: Shift) -> bool:
        if shift.user is not None and not self.people.is_there(shift.user):
            return False
        if shift.problem:
            raise shift.problem
        return True
