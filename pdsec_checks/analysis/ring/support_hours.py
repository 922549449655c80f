"""Support hours of a service: when its incidents have which urgency."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from pdsec_checks.analysis.ring.rails_zones import RAILS_ZONES
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.errors import MalformedRecordError

ONE_DAY = timedelta(days=1)
MIDNIGHT = time()


class SupportHours(Struct, frozen=True):
    """The hours of a week in which a service is supported, on the clocks of its time zone.

    An end at midnight is that of the day. Start and end at the same time are the whole day.
    """

    zone: ZoneInfo
    days: frozenset[int]
    """1 for Monday to 7 for Sunday."""
    start: time
    end: time

    @property
    def is_disputed(self) -> bool:
        """Whether they end before they start; PagerDuty does not say what that means."""
        return MIDNIGHT < self.end < self.start

    def spans(self, within: Span) -> list[Span]:
        """Return the hours that lie in *within*, or reach into it, in order and joined.

        Of disputed hours, both what is before the end and what is after the start, on each of the
        days, and what is before the end on the days after them: any of that may be meant.
        """
        found = sorted(span for day in self._days_of(within) for span in self._spans_on(day))
        return joined_spans(span for span in found if overlaps(span, within))

    def _days_of(self, within: Span) -> Iterator[date]:
        """Yield the local days that *within* touches, and one before and behind."""
        day = datetime.fromtimestamp(within.start, self.zone).date() - ONE_DAY
        last = datetime.fromtimestamp(within.end, self.zone).date() + ONE_DAY
        while day <= last:
            yield day
            day += ONE_DAY

    def _spans_on(self, day: date) -> Iterator[Span]:
        if day.isoweekday() not in self.days:
            return
        midnight = self._moment(day + ONE_DAY, MIDNIGHT)
        if self.start == self.end:
            yield Span(self._moment(day, MIDNIGHT), midnight)
        elif self.is_disputed:
            yield Span(self._moment(day, MIDNIGHT), self._moment(day, self.end))
            yield Span(self._moment(day, self.start), midnight)
            yield Span(midnight, self._moment(day + ONE_DAY, self.end))
        elif self.end == MIDNIGHT:
            yield Span(self._moment(day, self.start), midnight)
        else:
            yield Span(self._moment(day, self.start), self._moment(day, self.end))

    def _moment(self, day: date, clock: time) -> int:
        """Return the moment at which the clocks show a time for the first time on a day.

        One that they skip is taken as if they had not been put forward yet (PEP 495, fold 0).
        """
        local = datetime.combine(day, clock, self.zone)
        return int(local.astimezone(UTC).timestamp())


def overlaps(span: Span, other: Span) -> bool:
    """Tell whether two spans have a moment in common; an empty one has none."""
    return max(span.start, other.start) < min(span.end, other.end)


def joined_spans(spans: Collection[Span] | Iterator[Span]) -> list[Span]:
    """Return spans, which come in the order of their starts, with those that meet made one."""
    found: list[Span] = []
    for span in spans:
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


@cache
def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name, or of one of ActiveSupport's.

    PagerDuty documents the latter (``activesupport-time-zone``), and sends both.

    Raises:
        MalformedRecordError: There is no time zone of that name.
    """
    try:
        return ZoneInfo(RAILS_ZONES.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone
        raise MalformedRecordError(f"{name[:60]!r} is no time zone that is known here") from None
