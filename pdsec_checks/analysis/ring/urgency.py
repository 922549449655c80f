"""The urgency of a service's incidents over time, and the time in which it opens none."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import time

from msgspec import Struct

from pdsec_checks.analysis.ring.support_hours import SupportHours, joined_spans, zone_named
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.resources import MaintenanceWindow, Service, View

HIGH, LOW = "high", "low"
URGENCIES = {
    "high": frozenset({HIGH}),
    "low": frozenset({LOW}),
    "severity_based": frozenset({HIGH, LOW}),
}
"""How a rule names urgencies → what an incident may have: a severity-based one either."""
WEEK = range(1, 8)


class Urgency(Struct, frozen=True):
    """Which urgencies an incident may have: inside support hours, and outside of them."""

    outside: frozenset[str]
    """At all times where there are no support hours."""
    inside: frozenset[str] = frozenset()
    hours: SupportHours | None = None

    def low_spans(self, within: Span) -> list[Span]:
        """Return when no incident is of high urgency, in order."""
        supported = self.hours.spans(within) if self.hours else []
        is_disputed = self.hours is not None and self.hours.is_disputed
        in_hours = URGENCIES["severity_based"] if is_disputed else self.inside
        if HIGH in self.outside:
            return clipped(supported if self.hours and HIGH not in in_hours else [], within)
        return between(supported, within) if HIGH in in_hours else [within]


def clipped(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return the parts of spans, which are in order, that lie in *within*."""
    cut = (Span(max(each.start, within.start), min(each.end, within.end)) for each in spans)
    return joined_spans(each for each in cut if each.start < each.end)


def between(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return the parts of *within* that no span covers; spans are in order and do not overlap."""
    found: list[Span] = []
    start = within.start
    for span in clipped(spans, within):
        if start < span.start:
            found.append(Span(start, span.start))
        start = span.end
    if start < within.end:
        found.append(Span(start, within.end))
    return found


def urgency_of(service: Service, abilities: Collection[str] | None) -> Urgency:
    """Return which urgencies the incidents of a service have.

    *abilities* are those of the plan, None where they could not be read: a plan without
    ``urgencies`` has no rules for it, and all its incidents are of high urgency.

    Raises:
        InspectionError: The service does not say, or says what PagerDuty does not document.
    """
    if service.get("incident_urgency_rule") is None:
        if abilities is None or "urgencies" in abilities:
            raise MalformedRecordError(f"{service}: PagerDuty sent no urgency rule")
        return Urgency(URGENCIES["high"])
    rule = service.part("incident_urgency_rule", f"{service}: urgency rule")
    kind = rule.read_one_of("type", {"constant", "use_support_hours"})
    if kind == "constant":
        return Urgency(urgencies_in(rule))
    return Urgency(
        urgencies_in(rule.part("outside_support_hours")),
        urgencies_in(rule.part("during_support_hours")),
        support_hours_of(service),
    )


def urgencies_in(rule: View) -> frozenset[str]:
    """Return the urgencies that a constant rule gives.

    Raises:
        MalformedRecordError: It gives none that PagerDuty documents.
    """
    if rule.may_have("type"):
        rule.read_one_of("type", {"constant"})
    return URGENCIES[rule.read_one_of("urgency", URGENCIES)]


def support_hours_of(service: Service) -> SupportHours:
    """Return the support hours of a service.

    Raises:
        MalformedRecordError: It has none, or they are malformed.
    """
    hours = service.part("support_hours", f"{service}: support hours")
    if hours.may_have("type"):
        hours.read_one_of("type", {"fixed_time_per_day"})
    days: list[int] = hours.read("days_of_week", list[int])
    if not set(days) <= set(WEEK):
        raise MalformedRecordError(f"{hours}: a day of the week is a number from 1 to 7")
    name = hours.read("time_zone", str)
    try:
        zone = zone_named(name)
    except MalformedRecordError as error:
        raise MalformedRecordError(f"{hours}: {error}") from None
    start, end = clock_in(hours, "start_time"), clock_in(hours, "end_time")
    return SupportHours(zone, frozenset(days), start, end)


def clock_in(hours: View, name: str) -> time:
    """Return the time of day in a field; PagerDuty documents that a date before it says nothing.

    Raises:
        MalformedRecordError: It is none.
    """
    text = hours.read(name, str)
    try:
        clock = time.fromisoformat(text.rpartition("T")[2])
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo is not None:
        raise MalformedRecordError(f"{hours}: field {name!r} is no time of day: {text[:40]!r}")
    return clock


class Maintenance:
    """When which services open no incidents, as far as the open maintenance windows say so."""

    def __init__(
        self, windows: Iterable[MaintenanceWindow], unread: InspectionError | None = None
    ) -> None:
        """Take the windows; *unread* is why there may be more of them."""
        self._spans: dict[str, list[Span]] = {}
        self._doubts: list[tuple[str | None, InspectionError]] = []
        """Which service may be muted, or None for any, and why that is unknown."""
        if unread is not None:
            self._doubts.append((None, unread))
        for each in windows:
            self._add(each)

    def _add(self, window: MaintenanceWindow) -> None:
        services, unknown = window.service_ids
        if unknown is not None:
            self._doubts.append((None, unknown))
        try:
            start, end = window.span
        except MalformedRecordError as error:
            self._doubts += [(service, error) for service in services]
            return
        span = Span(int(start.timestamp()), int(end.timestamp()))
        for service in services:
            self._spans.setdefault(service, []).append(span)

    def muted(self, service: str, within: Span) -> list[Span]:
        """Return when a service surely opens no incidents, in order."""
        found = sorted(self._spans.get(service, []))
        return clipped(found, within)

    def doubt(self, service: str) -> InspectionError | None:
        """Return why a service may be muted at other times, too; None where it is not."""
        for might_be, error in self._doubts:
            if might_be in {None, service}:
                return error
        return None
