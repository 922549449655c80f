"""On-call coverage: who is on call when, and when nobody is.

All spans are half-open and aware; instants compare in UTC, so days of 23 and 25 hours need
no care.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from pdsec_checks.analysis.escalation import cannot_respond
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Interval, counted, moment_text
from pdsec_checks.resources import EscalationPolicy, EscalationRule, Schedule, Target, User

GAPS_IN_MESSAGE = 5


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


def in_utc(span: Interval) -> Interval:
    """Return the same span in UTC: moments of one zone compare by its clock, not by the time."""
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


def describe(open_spans: list[Interval], window: Interval) -> str:
    """Return the end of a sentence that names the first gaps and the coverage."""
    named = [
        f"{clock(gap.start)} to {clock(gap.end)} ({hours(gap):g} h)"
        for gap in open_spans[:GAPS_IN_MESSAGE]
    ]
    if len(open_spans) > GAPS_IN_MESSAGE:
        named.append(f"and {len(open_spans) - GAPS_IN_MESSAGE} more")
    covered = percent_covered(open_spans, window)
    return f"{counted(len(open_spans), 'gap')}, {covered:g} % covered: {', '.join(named)}"


def as_evidence(open_spans: Iterable[Interval]) -> list[dict[str, object]]:
    """Return gaps as plain JSON: start and end in UTC, length in hours."""
    return [
        {
            "start": moment_text(gap.start),
            "end": moment_text(gap.end),
            "hours": hours(gap),
        }
        for gap in open_spans
    ]


@dataclass(frozen=True)
class Level:
    """One escalation level: a rule, and where it stands."""

    policy: EscalationPolicy
    number: int
    rule: EscalationRule

    def __str__(self) -> str:
        """Name it in a message."""
        return f"level {self.number} of {self.policy}"


@dataclass(frozen=True)
class Coverage:
    """The coverage of schedules, and of the escalation levels that use them."""

    policies: list[EscalationPolicy]
    schedules: list[Schedule]
    users_by_id: Callable[[], dict[str, User]]
    """Asked only where a level names a user; raises InspectionError when unreadable."""
    window: Interval

    @cached_property
    def levels_by_schedule(self) -> dict[str, list[Level]]:
        """The levels that notify each schedule, by schedule id."""
        levels: dict[str, list[Level]] = {}
        for policy in self.policies:
            for number, rule in enumerate(policy.rules, 1):
                for target in rule.targets:
                    if not target.is_user:
                        levels.setdefault(target.id, []).append(Level(policy, number, rule))
        return levels

    @cached_property
    def schedules_by_id(self) -> dict[str, Schedule]:
        """Both kinds of schedules, by id."""
        return {schedule.id: schedule for schedule in self.schedules}

    def levels_of(self, schedule: Schedule) -> list[Level]:
        """Return the levels that notify a schedule; none means that nobody uses it."""
        return self.levels_by_schedule.get(schedule.id, [])

    def gaps_of(self, schedule: Schedule) -> list[Interval]:
        """Return when nobody of a schedule is on call."""
        return gaps(schedule.shifts(self.window), self.window)

    def is_completed(self, schedule: Schedule) -> bool:
        """Tell whether others fill every gap of a schedule on every level that uses it.

        Raises:
            InspectionError: It depends on something that could not be read.
        """
        unknown: InspectionError | None = None
        for level in self.levels_of(schedule):
            try:
                if not self._is_covered(level):
                    return False
            except InspectionError as error:
                unknown = error
        if unknown:
            raise unknown
        return True

    def _is_covered(self, level: Level) -> bool:
        shifts: list[Interval] = []
        unknown: InspectionError | None = None
        for target in level.rule.targets:
            try:
                shifts += self._shifts_of(target)
            except InspectionError as error:
                unknown = error
        if not gaps(shifts, self.window):
            return True
        if unknown:
            raise unknown
        return False

    def _shifts_of(self, target: Target) -> Iterator[Interval] | list[Interval]:
        if not target.is_user:
            schedule = self.schedules_by_id.get(target.id)
            return schedule.shifts(self.window) if schedule else []
        user = self.users_by_id().get(target.id)
        return [self.window] if user and not cannot_respond(user) else []
