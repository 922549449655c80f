"""The table of what is read from an account, and how each data set is read.

Operation ids and scopes are those of PagerDuty's OpenAPI document. Each data set is read in
bulk; single reads happen only for what the bulk answer leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pdsec_checks.analysis.audit_trail import AUDIT_HISTORY, AUDIT_WINDOW
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import Interval, Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import (
    UNREAD,
    AuditRecord,
    ChangeEvent,
    Dependency,
    EscalationPolicy,
    Service,
)

NOT_FOUND = 404
ON_CALL = ("user", "escalation_policy", "escalation_level", "schedule", "start", "end")
"""What tells one row of ``/oncalls`` from another."""
INCIDENT_SAMPLE = timedelta(days=30)
KEY_USE = "audit_api_token"
"""The data set of what API keys did."""


@dataclass(frozen=True)
class Reading:
    """What a reader may use: its source, the moment, the thresholds and other data sets."""

    source: Source
    as_of: datetime
    baseline: Baseline
    records: Callable[[str], list[Any]]
    """Returns another data set, waiting for it; raises UnavailableError like its reader."""
    planned: frozenset[str] = frozenset()
    """The data sets that this run reads."""

    @property
    def coverage_window(self) -> dict[str, str]:
        """The query parameters of the coverage window."""
        until = self.as_of + timedelta(days=self.baseline.schedule_coverage_days)
        return {"since": stamp(self.as_of), "until": stamp(until), "time_zone": "UTC"}


def stamp(moment: datetime) -> str:
    """Return a UTC timestamp as PagerDuty wants it; change events insist on the ``Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def read_abilities(reading: Reading) -> list[str]:
    """Read the names of what the plan can do (operationId ``listAbilities``)."""
    answer = reading.source.get("/abilities")
    abilities = answer.get("abilities")
    if not isinstance(abilities, list) or not all(isinstance(each, str) for each in abilities):
        raise UnavailableError("/abilities", "the answer has no list 'abilities'")
    return sorted(set(abilities))


def read_teams(reading: Reading) -> list[Record]:
    """Read every team (operationId ``listTeams``)."""
    return paging.classic(reading.source, "/teams", "teams")


def read_users(reading: Reading) -> list[Record]:
    """Read users with contact methods and notification rules (operationId ``listUsers``)."""
    include = ["contact_methods", "notification_rules"]
    return _by_team(reading, "/users", "users", **{"include[]": include})


def read_services(reading: Reading) -> list[Record]:
    """Read services with their integrations (operationId ``listServices``)."""
    return _by_team(reading, "/services", "services", **{"include[]": ["integrations"]})


def read_escalation_policies(reading: Reading) -> list[Record]:
    """Read policies with rules and targets (operationId ``listEscalationPolicies``)."""
    return _by_team(reading, "/escalation_policies", "escalation_policies")


def _by_team(reading: Reading, path: str, key: str, **params: Any) -> list[Record]:
    def teams() -> list[Record]:
        return reading.records("teams") if "teams" in reading.planned else read_teams(reading)

    return paging.sliced_by_team(reading.source, path, key, teams, **params)


def read_schedules(reading: Reading) -> list[Record]:
    """Read the layer-based schedules in bulk, and singly what came back unrendered."""
    include = ["schedule_layers", "final_schedule"]
    window = reading.coverage_window
    records = _by_team(reading, "/schedules", "schedules", **{"include[]": include}, **window)

    def complete(record: Record) -> Record:
        return record if is_rendered(record) else _rendered_singly(reading, record)

    return threads.each(complete, records, reading.source.concurrency)


def is_rendered(record: Record) -> bool:
    """Tell whether a schedule came with its layers and the entries of the window."""
    final = record.get("final_schedule")
    return (
        isinstance(final, dict) and "rendered_schedule_entries" in final
    ) and "schedule_layers" in record


def address(collection: str, record: Record) -> str:
    """Return the path of one record.

    Raises:
        UnavailableError: Its id would lead elsewhere; PagerDuty's ids are letters and digits.
    """
    if not re.fullmatch(r"[\w-]+", record["id"], re.ASCII):
        raise UnavailableError(collection, f"the id {record['id'][:40]!r} fits into no path")
    return f"{collection}/{record['id']}"


def _rendered_singly(reading: Reading, record: Record) -> Record:
    known = {key: value for key, value in record.items() if value is not None}
    try:
        path = address("/schedules", record)
        single = _object(reading, path, "schedule", **reading.coverage_window)
    except UnavailableError as error:
        return {**known, UNREAD: _why(error)}
    return {**known, **single, "id": record["id"]}


def uses_shift_schedules(reading: Reading) -> bool:
    """Tell whether a policy notifies a shift-based schedule, as far as policies were read."""
    if "escalation_policies" not in reading.planned:
        return False
    try:
        policies = map(EscalationPolicy, reading.records("escalation_policies"))
        targets = [
            target for policy in policies for rule in policy.rules for target in rule.targets
        ]
        return any(str(target.record.get("type")).startswith("schedule_v3") for target in targets)
    except (UnavailableError, MalformedRecordError):
        return False  # the controls that use schedules need the policies too, and say so


def read_shift_schedules(reading: Reading) -> list[Record]:
    """Read the shift-based schedules; the list holds references, so each is read singly."""
    try:
        records = paging.classic(reading.source, "/v3/schedules", "schedules", size=1000)
    except UnavailableError as error:
        if error.status != NOT_FOUND:
            raise
        if uses_shift_schedules(reading):
            reason = "HTTP 404, although escalation policies use shift-based schedules"
            raise UnavailableError(error.path, reason, NOT_FOUND) from None
        return []  # the account is not enrolled, so it has none

    def detail(record: Record) -> Record:
        params = {"include[]": ["final_schedule"], **reading.coverage_window}
        try:
            path = address("/v3/schedules", record)
            return {**_object(reading, path, "schedule", **params), "id": record["id"]}
        except UnavailableError as error:
            return {**record, UNREAD: _why(error)}

    return threads.each(detail, records, reading.source.concurrency)


def _object(reading: Reading, path: str, key: str, **params: Any) -> Record:
    found = reading.source.get(path, **params).get(key)
    if not isinstance(found, dict):
        raise UnavailableError(path, f"the answer has no object {key!r}")
    return found


def _why(error: UnavailableError) -> Record:
    return {"path": error.path, "reason": error.reason, "status": error.status}


def read_oncalls(reading: Reading) -> list[Record]:
    """Read who is on call now (operationId ``listOnCalls``); the rows have no id."""
    return paging.classic(reading.source, "/oncalls", "oncalls", distinct=distinct_oncalls)


def distinct_oncalls(_path: str, rows: list[Record]) -> list[Record]:
    """Return each row once: one read twice must not make up for one that was lost."""
    by_key = {tuple(map(on_call_part, map(row.get, ON_CALL))): row for row in rows}
    return list(by_key.values())


def on_call_part(value: Any) -> str:
    """Return one part of what tells rows apart: the id of a reference, or the value itself."""
    return str(value.get("id") if isinstance(value, dict) else value)


def read_incident_workflows(reading: Reading) -> list[Record]:
    """Read incident workflows (operationId ``listIncidentWorkflows``)."""
    return paging.classic(reading.source, "/incident_workflows", "incident_workflows")


def read_incident_workflow_triggers(reading: Reading) -> list[Record]:
    """Read their triggers (operationId ``listIncidentWorkflowTriggers``)."""
    return paging.cursored(reading.source, "/incident_workflows/triggers", "triggers")


def _audit_page(reading: Reading, window: Interval) -> list[Record]:
    """Return at most one record of a window, the newest."""
    span = {"since": stamp(window.start), "until": stamp(window.end)}
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
        span = {"since": stamp(window.start), "until": stamp(window.end)}
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
    span = {"since": stamp(reading.as_of - INCIDENT_SAMPLE), "until": stamp(reading.as_of)}
    answer = reading.source.get("/incidents", limit=paging.PAGE, offset=0, **span)
    return paging.unique("/incidents", paging.rows("/incidents", answer, "incidents"))


def read_extensions(reading: Reading) -> list[Record]:
    """Read extensions with their schemas (operationId ``listExtensions``)."""
    include: dict[str, Any] = {"include[]": ["extension_schemas"]}
    return paging.classic(reading.source, "/extensions", "extensions", **include)


def read_webhook_subscriptions(reading: Reading) -> list[Record]:
    """Read v3 webhooks (operationId ``listWebhookSubscriptions``)."""
    return paging.classic(reading.source, "/webhook_subscriptions", "webhook_subscriptions")


def read_business_services(reading: Reading) -> list[Record]:
    """Read business services (operationId ``listBusinessServices``)."""
    return paging.classic(reading.source, "/business_services", "business_services")


def _edges(reading: Reading, kind: str, record: Record) -> list[Record]:
    path = address(f"/service_dependencies/{kind}", record)
    return paging.rows(path, reading.source.get(path), "relationships")


def read_business_dependencies(reading: Reading) -> list[Record]:
    """Read every edge that touches a business service."""

    def edges(record: Record) -> list[Record]:
        return _edges(reading, "business_services", record)

    services = reading.records("business_services")
    return [
        edge
        for found in threads.each(edges, services, reading.source.concurrency)
        for edge in found
    ]


def read_technical_dependencies(reading: Reading) -> list[Record]:
    """Read the edges of each service in service that no business service has shown yet.

    Returns ``{"id": service, "relationships": edges}`` for each, with the reason in place of
    the edges for a service whose lookup failed.
    """
    seen = {
        node.id
        for edge in map(Dependency, reading.records("business_service_dependencies"))
        for node in (edge.supporting, edge.dependent)
    }

    def edges(record: Record) -> Record:
        try:
            found = _edges(reading, "technical_services", record)
        except UnavailableError as error:
            return {"id": record["id"], UNREAD: _why(error)}
        return {"id": record["id"], "relationships": found}

    unseen = [
        record
        for record in reading.records("services")
        if record["id"] not in seen and record.get("status") != "disabled"
    ]
    return threads.each(edges, unseen, reading.source.concurrency)


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
    params = {"since": stamp(span.start), "until": stamp(span.end)}
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
        "created_at_start": stamp(reading.as_of - INCIDENT_SAMPLE),
        "created_at_end": stamp(reading.as_of),
    }
    return paging.rows(path, reading.source.post_analytics(path, dict(span)), "data")


@dataclass(frozen=True)
class DataSet:
    """One thing that is read: where from, with which scopes, after which others."""

    name: str
    path: str
    scopes: tuple[str, ...]
    read: Callable[[Reading], list[Any]]
    after: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    """Data sets whose records save it requests, where they are read anyway."""
    is_chain: bool = False
    """Whether its requests follow one another, so that it must start early to end early."""


DATA_SETS = {
    data_set.name: data_set
    for data_set in (
        DataSet("abilities", "/abilities", ("abilities.read",), read_abilities),
        DataSet("teams", "/teams", ("teams.read",), read_teams),
        DataSet("users", "/users", ("users.read", "users:contact_methods.read"), read_users),
        DataSet("services", "/services", ("services.read",), read_services),
        DataSet(
            "escalation_policies",
            "/escalation_policies",
            ("escalation_policies.read",),
            read_escalation_policies,
        ),
        DataSet("schedules", "/schedules", ("schedules.read",), read_schedules),
        DataSet("shift_schedules", "/v3/schedules", ("schedules.read",), read_shift_schedules),
        DataSet("oncalls", "/oncalls", ("oncalls.read",), read_oncalls),
        DataSet(
            "incident_workflows",
            "/incident_workflows",
            ("incident_workflows.read",),
            read_incident_workflows,
        ),
        DataSet(
            "incident_workflow_triggers",
            "/incident_workflows/triggers",
            ("incident_workflows.read",),
            read_incident_workflow_triggers,
            is_chain=True,
        ),
        DataSet(
            KEY_USE,
            "/audit/records",
            ("audit_records.read",),
            read_audit_api_token,
            is_chain=True,
        ),
        DataSet("audit_latest", "/audit/records", ("audit_records.read",), read_audit_latest),
        DataSet(
            "audit_oldest",
            "/audit/records",
            ("audit_records.read",),
            read_audit_oldest,
            shares=(KEY_USE,),
            is_chain=True,
        ),
        DataSet("priorities", "/priorities", ("priorities.read",), read_priorities),
        DataSet("incidents", "/incidents", ("incidents.read",), read_incidents),
        DataSet("extensions", "/extensions", ("extensions.read",), read_extensions),
        DataSet(
            "webhook_subscriptions",
            "/webhook_subscriptions",
            ("webhook_subscriptions.read",),
            read_webhook_subscriptions,
        ),
        DataSet(
            "business_services", "/business_services", ("services.read",), read_business_services
        ),
        DataSet(
            "business_service_dependencies",
            "/service_dependencies/business_services/{id}",
            ("services.read",),
            read_business_dependencies,
            after=("business_services",),
        ),
        DataSet(
            "technical_service_dependencies",
            "/service_dependencies/technical_services/{id}",
            ("services.read",),
            read_technical_dependencies,
            after=("services", "business_service_dependencies"),
        ),
        DataSet(
            "change_events",
            "/change_events",
            ("change_events.read",),
            read_change_events,
            after=("services",),
            is_chain=True,
        ),
        DataSet(
            "analytics",
            "/analytics/metrics/incidents/services",
            ("analytics.write",),
            read_analytics,
        ),
    )
}
