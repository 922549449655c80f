"""What happened: audit records, incidents with their priorities, figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pdsec_checks.analysis.analytics import FIGURES
from pdsec_checks.analysis.audit_trail import AUDIT_HISTORY, AUDIT_WINDOW
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import Interval, Record, moment_text
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import ONE, Amount, listed
from pdsec_checks.pagerduty.data_sets.data_set import Asked, DataSet, Reading, span
from pdsec_checks.pagerduty.data_sets.fields import NAMED, REFERENCE, keep
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import AuditRecord, is_role_field

AUDIT_RECORDS = "/audit/records"
AUDIT_SCOPES = ("audit_records.read",)
CHANGE = NAMED | keep(
    "execution_time",
    "action",
    method=keep("type", "truncated_token"),
    actors=NAMED,
    root_resource=REFERENCE,
    details=keep(resource=REFERENCE),
)
"""What is kept of an audit record, whatever it is read for."""
AUDIT_WINDOWS = math.ceil(AUDIT_HISTORY / AUDIT_WINDOW)
"""How many requests it takes to ask for all that PagerDuty keeps."""
INCIDENT_SAMPLE = timedelta(days=30)
ROUNDED = timedelta(seconds=1)
"""What a request, which names whole seconds, may miss the moment of a record by."""


def audit_windows(as_of: datetime, history: timedelta = AUDIT_HISTORY) -> Iterator[Interval]:
    """Yield the *history* before *as_of*, oldest first, in spans that may be asked for."""
    start = as_of - history
    while start < as_of:
        end = min(start + AUDIT_WINDOW, as_of)
        yield Interval(start, end)
        start = end


def read_audit_api_token(reading: Reading) -> list[Record]:
    """Read what API keys changed in the last twelve months."""
    return in_windows(reading, AUDIT_HISTORY, method_type="api_token")


def in_windows(reading: Reading, history: timedelta, **params: Any) -> list[Record]:
    """Return the audit records of the *history* before now that *params* select, each id once."""

    def read(window: Interval) -> list[Record]:
        found = paging.cursored(reading.source, AUDIT_RECORDS, "records", **params, **span(*window))
        return of_window(found, window)

    windows = audit_windows(reading.as_of, history)
    found = threads.each(read, windows, reading.source.concurrency)
    return paging.unique(record for window in found for record in window)


AUDIT_API_TOKEN = DataSet(
    name="audit_api_token",
    path=AUDIT_RECORDS,
    scopes=AUDIT_SCOPES,
    read=read_audit_api_token,
    kept=CHANGE,
    amount=Amount(
        f"{AUDIT_WINDOWS}, and 1 more for each 100 changes by API keys", lambda _: AUDIT_WINDOWS
    ),
    asked=Asked.IN_SPANS,
    is_chain=True,
)


def read_audit_latest(reading: Reading) -> list[Record]:
    """Read one record of the last 31 days."""
    return _newest_of(reading, Interval(reading.as_of - AUDIT_WINDOW, reading.as_of))


def _newest_of(reading: Reading, window: Interval) -> list[Record]:
    """Return at most one audit record of a window, the newest."""
    answer = reading.source.get(AUDIT_RECORDS, limit=1, **span(*window))
    return of_window(paging.rows(AUDIT_RECORDS, answer, "records")[:1], window)


def of_window(records: list[Record], window: Interval) -> list[Record]:
    """Return the audit records of an answer about *window*.

    Raises:
        UnavailableError: One is of another time: whoever answered did not look at the window,
            so that nothing is known about it.
    """
    for record in records:
        try:
            time = AuditRecord(record).time
        except MalformedRecordError:
            continue  # the control says so
        if not window.start - ROUNDED <= time <= window.end + ROUNDED:
            raise UnavailableError(
                AUDIT_RECORDS,
                f"PagerDuty was asked for {moment_text(window.start)} to "
                f"{moment_text(window.end)} and sent a record of {moment_text(time)}",
            )
    return records


AUDIT_LATEST = DataSet(
    name="audit_latest",
    path=AUDIT_RECORDS,
    scopes=AUDIT_SCOPES,
    read=read_audit_latest,
    kept=CHANGE,
    amount=ONE,
    asked=Asked.IN_SPANS,
)


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
        if found := [known.record] if known and has_known else _newest_of(reading, window):
            return _old_enough(reading, window) or found
    return []


def _oldest_key_use(reading: Reading) -> AuditRecord | None:
    """Return the oldest record of what API keys did, where that is known."""
    if AUDIT_API_TOKEN.name not in reading.planned:
        return None
    try:
        records = reading.views(AuditRecord, AUDIT_API_TOKEN.name)
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
        return _newest_of(reading, Interval(window.start, moment))
    return []


AUDIT_OLDEST = DataSet(
    name="audit_oldest",
    path=AUDIT_RECORDS,
    scopes=AUDIT_SCOPES,
    read=read_audit_oldest,
    kept=CHANGE,
    amount=Amount(f"up to {AUDIT_WINDOWS + 1}, until an old record is found", lambda _: 1),
    asked=Asked.IN_SPANS,
    shares=(AUDIT_API_TOKEN.name,),
    is_chain=True,
)


def read_audit_users(reading: Reading) -> list[Record]:
    """Read what changed about users in the days that are reviewed."""
    history = timedelta(days=reading.baseline.audit_review_days)
    found = in_windows(reading, history, **{"root_resource_types[]": ["users"]})
    return [with_roles(each) for each in found] if AUDIT_USERS.name in reading.kept else found


def with_roles(change: Record) -> Record:
    """Return a change of a user that tells of its fields what became of roles, and no more.

    The others are mail addresses and telephone numbers.
    """
    details = change.get("details")
    if not isinstance(details, dict) or not isinstance(details.get("fields"), list):
        return change
    return {**change, "details": {**details, "fields": list(map(of_role, details["fields"]))}}


def of_role(field: Any) -> Any:
    """Return a changed field; one that is no role only with its name."""
    name = field.get("name") if isinstance(field, dict) else None
    return {"name": name} if isinstance(name, str) and not is_role_field(name) else field


AUDIT_USERS = DataSet(
    name="audit_users",
    path=AUDIT_RECORDS,
    scopes=AUDIT_SCOPES,
    read=read_audit_users,
    kept=CHANGE
    | keep(
        root_resource=NAMED,
        details=keep(resource=NAMED, fields=keep("name", "value", "before_value")),
    ),
    amount=Amount(
        "1 for each 31 days of audit_review_days, and 1 more for each 100 changes of users",
        lambda _: math.ceil(timedelta(days=Baseline().audit_review_days) / AUDIT_WINDOW),
    ),
    asked=Asked.IN_SPANS,
    is_chain=True,
)


def read_priorities(reading: Reading) -> list[Record]:
    """Read incident priorities (operationId ``listPriorities``)."""
    return paging.classic(reading.source, "/priorities", "priorities")


PRIORITIES = DataSet(
    name="priorities",
    path="/priorities",
    scopes=("priorities.read",),
    read=read_priorities,
    kept=REFERENCE,
    amount=listed("priorities", lambda _: 1),
)


def read_incidents(reading: Reading) -> list[Record]:
    """Read one page of the last 30 days: a sample."""
    window = span(reading.as_of - INCIDENT_SAMPLE, reading.as_of)
    answer = reading.source.get("/incidents", limit=paging.PAGE, offset=0, **window)
    return paging.sample("/incidents", answer, "incidents")


INCIDENTS = DataSet(
    name="incidents",
    path="/incidents",
    scopes=("incidents.read",),
    read=read_incidents,
    kept=REFERENCE | keep(priority=REFERENCE),
    amount=ONE,
    asked=Asked.IN_SPANS,
)


def read_analytics(reading: Reading) -> list[Record]:
    """Read incident figures per service; read-only keys may not (403)."""
    filters = {
        "created_at_start": moment_text(reading.as_of - INCIDENT_SAMPLE),
        "created_at_end": moment_text(reading.as_of),
    }
    answer = reading.source.post_analytics(ANALYTICS.path, filters)
    return paging.rows(ANALYTICS.path, answer, "data")


ANALYTICS = DataSet(
    name="analytics",
    path="/analytics/metrics/incidents/services",
    scopes=("analytics.write",),
    read=read_analytics,
    kept=keep("service_id", *FIGURES.values()),
    amount=ONE,
    asked=Asked.BY_POST,
)
