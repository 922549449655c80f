"""Half-open spans of time, and wall clocks turned into instants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Span(NamedTuple):
    """A time from *start* up to, not including, *end*; both in UTC."""

    start: datetime
    end: datetime

    def within(self, other: Span) -> Span | None:
        """Return the part that lies in *other*; None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


class Shift(NamedTuple):
    """A span in which one user is on call."""

    start: datetime
    end: datetime
    user_id: str

    def within(self, span: Span) -> Shift | None:
        """Return the part that lies in *span*; None when there is none."""
        part = Span(self.start, self.end).within(span)
        return Shift(*part, self.user_id) if part else None


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which the clocks of *zone* show *wall*.

    An hour that occurs twice means its first time; an hour that is skipped is taken as if the
    clocks had not been changed yet.
    """
    return wall.replace(tzinfo=zone).astimezone(UTC)


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of *zone* show, as a naive datetime."""
    return moment.astimezone(zone).replace(tzinfo=None)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as spans that neither overlap nor touch, in order."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def coverage_percentage(shifts: Iterable[Shift], window: Span) -> float:
    """Return how much of *window* the shifts cover, in percent, to one decimal."""
    parts = (Span(shift.start, shift.end).within(window) for shift in shifts)
    covered = sum((span.end - span.start for span in union(filter(None, parts))), timedelta())
    return round(100 * (covered / (window.end - window.start)), 1)
