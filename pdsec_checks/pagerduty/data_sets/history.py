"""What happened: audit records, incidents, change events, figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pdsec_checks.analysis.audit_trail import AUDIT_HISTORY, AUDIT_WINDOW
from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import Interval, Record, moment_text
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.data_set import Reading
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import (
    AuditRecord,
    ChangeEvent,
    Service,
)

INCIDENT_SAMPLE = timedelta(days=30)
KEY_USE = "audit_api_token"
"""The data set of what API keys did."""


def _audit_page(reading: Reading, window: Interval) -> list[Record]:
    """Return at most one record of a window, the newest."""
    span = {"since": moment_text(window.start), "until": moment_text(window.end)}
    answer = reading.source.get("/audit/records", limit=1, **span)
    return paging.rows("/audit/records", answer, "records")[:1]


def read_audit_latest(reading: Reading) -> list[Record]:
    """Read one record of the last 31 days."""
    return _audit_page(reading, Interval(reading.as_of - AUDIT_WINDOW, reading.as_of))


def audit_windows(as_of: datetime) -> Iterator[Interval]:
    """Yield the twelve months before *as_of*, oldest first, in spans that may be asked for."""
    start = as_of - AUDIT_HISTORY
    while start < as_of:
        end = min(start + AUDIT_WINDOW, as_of)
        yield Interval(start, end)
        start = end


def read_audit_oldest(reading: Reading) -> list[Record]:
    """Read one of the oldest records: the newest of the first window that has any.

    What API keys did, where that is read anyway, shows how far back the trail reaches at least;
    only what lies before is asked for.
    """
    known = _oldest_key_use(reading)
    if known and known.time <= _required_from(reading):
        return [known.record]
    for window in audit_windows(reading.as_of):
        has_known = known is not None and known.time <= window.end
        if found := [known.record] if known and has_known else _audit_page(reading, window):
            return _old_enough(reading, window) or found
    return []


def _oldest_key_use(reading: Reading) -> AuditRecord | None:
    """Return the oldest record of what API keys did, where that is known."""
    if KEY_USE not in reading.planned:
        return None
    try:
        records = [AuditRecord(record) for record in reading.records(KEY_USE)]
        return min(records, key=lambda record: record.time, default=None)
    except (UnavailableError, MalformedRecordError):
        return None  # PD-13 says so; this data set is then read on its own


def _required_from(reading: Reading) -> datetime:
    """Return the moment before which a record shows that records are kept long enough."""
    return reading.as_of - timedelta(days=reading.baseline.audit_retention_days) + AUDIT_WINDOW


def _old_enough(reading: Reading, window: Interval) -> list[Record]:
    """Return a record that is older than required, where only part of *window* is."""
    moment = _required_from(reading)
    if window.start < moment < window.end:
        return _audit_page(reading, Interval(window.start, moment))
    return []


def read_audit_api_token(reading: Reading) -> list[Record]:
    """Read what API keys changed in the last twelve months."""

    def read(window: Interval) -> list[Record]:
        span = {"since": moment_text(window.start), "until": moment_text(window.end)}
        return paging.cursored(
            reading.source, "/audit/records", "records", method_type="api_token", **span
        )

    windows = threads.each(read, audit_windows(reading.as_of), reading.source.concurrency)
    return paging.unique("/audit/records", [record for window in windows for record in window])


def read_priorities(reading: Reading) -> list[Record]:
    """Read incident priorities (operationId ``listPriorities``)."""
    return paging.classic(reading.source, "/priorities", "priorities")


def read_incidents(reading: Reading) -> list[Record]:
    """Read one page of the last 30 days: a sample."""
    span = {
        "since": moment_text(reading.as_of - INCIDENT_SAMPLE),
        "until": moment_text(reading.as_of),
    }
    answer = reading.source.get("/incidents", limit=paging.PAGE, offset=0, **span)
    return paging.unique("/incidents", paging.rows("/incidents", answer, "incidents"))


def read_change_events(reading: Reading) -> list[Record]:
    """Read change events, newest first, until every service in service was named."""
    services = [Service(record) for record in reading.records("services")]
    owner = {each.id: service.id for service in services for each in _integrations(service)}
    unseen = {service.id for service in services if service.record.get("status") != "disabled"}
    since = reading.as_of - timedelta(days=reading.baseline.change_event_days)
    records: list[Record] = []
    spans = [Interval(since, reading.as_of)]
    while spans and unseen:
        span = spans.pop()
        try:
            for page in _change_pages(reading, span):
                records += page
                unseen -= _named(page, owner)
                if not unseen:
                    break
        except paging.TruncatedError:
            spans += _halves(span)
    return paging.unique("/change_events", records)


def _integrations(service: Service) -> list[Any]:
    try:
        return service.integrations
    except MalformedRecordError:
        return []  # the control says so for this service


def _named(page: list[Record], owner: dict[str, str]) -> set[str]:
    """Return the services that a page of change events names."""
    named: set[str] = set()
    for event in map(ChangeEvent, page):
        try:
            named |= event.service_ids | {owner.get(event.integration_id or "", "")}
        except MalformedRecordError:
            continue  # the control says so for the services that nothing else names
    return named


def _change_pages(reading: Reading, span: Interval) -> Iterator[list[Record]]:
    params = {"since": moment_text(span.start), "until": moment_text(span.end)}
    return paging.Listing(
        reading.source, "/change_events", "change_events", params, goes_on=paging.may_have_more
    ).pages_ahead()


def _halves(span: Interval) -> list[Interval]:
    """Return both halves of a span, the later one last so that it is read first."""
    length = (span.end - span.start) // 2
    if length < timedelta(seconds=1):
        raise paging.TruncatedError("/change_events", [])
    middle = (span.start + length).replace(microsecond=0)
    return [Interval(span.start, middle), Interval(middle, span.end)]


def read_analytics(reading: Reading) -> list[Record]:
    """Read incident figures per service; read-only keys may not (403)."""
    path = "/analytics/metrics/incidents/services"
    span = {
        "created_at_start": moment_text(reading.as_of - INCIDENT_SAMPLE),
        "created_at_end": moment_text(reading.as_of),
    }
    return paging.rows(path, reading.source.post_analytics(path, dict(span)), "data")
