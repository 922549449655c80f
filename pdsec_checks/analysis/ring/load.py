"""Who carries alone: the time in which one person is the only one who is ever rung."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from pdsec_checks.analysis.ring.account import Ring, Situation
from pdsec_checks.analysis.ring.callers import Chain
from pdsec_checks.analysis.ring.impact import alone
from pdsec_checks.analysis.ring.losses import grouped
from pdsec_checks.analysis.ring.support_hours import joined_spans, zone_named
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.analysis.ring.urgency import clipped
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import Service

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
UTC_NAME = "UTC"
DAY = timedelta(days=1)


@dataclass
class Load:
    """What one person carries alone, for whichever service."""

    person: str
    name: str
    by_zone: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    """Time zone of the schedule that calls the person → when; in no order."""
    services: list[Service] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """When the person carries at least one service alone, in order and joined."""
        return joined_spans(sorted(each for found in self.by_zone.values() for each in found))

    @property
    def seconds(self) -> int:
        """How long that is."""
        return sum(each.seconds for each in self.spans)

    @property
    def longest(self) -> Span:
        """The longest unbroken stretch, the first of equals."""
        return max(self.spans, key=lambda each: each.seconds)

    @property
    def nights(self) -> int:
        """In how many nights (22:00 to 06:00 where the schedule is) some of it lies."""
        return len({day for day, _ in self._in_nights()})

    @property
    def night_seconds(self) -> int:
        """How much of it lies in nights."""
        return sum(each.seconds for each in joined_spans(sorted(s for _, s in self._in_nights())))

    def _in_nights(self) -> Iterator[tuple[date, Span]]:
        for zone, found in self.by_zone.items():
            spans = joined_spans(sorted(found))
            within = Span(spans[0].start, spans[-1].end)
            for day, night in nights(within, zone_or_utc(zone)):
                for each in clipped(spans, night):
                    yield day, each


def loads(ring: Ring, situations: Iterable[Situation]) -> list[Load]:
    """Return who carries alone, who carries longest first.

    The policies of *situations* have no doubts.
    """
    found: dict[str, Load] = {}
    for group in grouped(situations):
        situation = group.situation
        pieces = ring.swept(situation.chain).by_second
        carried = alone(pieces, situation.stretches, situation.auto_resolve)
        for person, spans in carried.items():
            load = found.setdefault(person, Load(person, ring.callers.name_of(person)))
            load.by_zone[zone_of(situation.chain, person)] += spans
            load.services += group.services
    return sorted(found.values(), key=lambda each: (-each.seconds, each.name, each.person))


def zone_of(chain: Chain, person: str) -> str:
    """Return the time zone of the first schedule by which a policy calls a person; else UTC."""
    callees = (each for rung in chain.rungs for each in rung.callees)
    zones = (each.zone for each in callees if each.is_schedule and person in each.people)
    return next((each for each in zones if each), UTC_NAME)


def zone_or_utc(name: str) -> tzinfo:
    """Return a time zone; UTC where nobody knows the name."""
    try:
        return zone_named(name)
    except MalformedRecordError:
        return UTC


def nights(within: Span, zone: tzinfo) -> Iterator[tuple[date, Span]]:
    """Yield the nights that begin before the end of a span, with the day on which each begins."""
    day = datetime.fromtimestamp(within.start, zone).date() - DAY
    last = datetime.fromtimestamp(within.end, zone).date()
    while day <= last:
        yield day, Span(seconds(day, NIGHT_BEGINS, zone), seconds(day + DAY, NIGHT_ENDS, zone))
        day += DAY


def seconds(day: date, clock: time, zone: tzinfo) -> int:
    """Return a local time as seconds UTC."""
    return int(datetime.combine(day, clock, zone).timestamp())
