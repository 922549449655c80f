"""Audit records, incidents with their priorities, change events, figures."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from statistics import mean
from typing import Any

import msgspec

from tests.simulator import paging
from tests.simulator.account import Dated, in_window
from tests.simulator.auth import Credential
from tests.simulator.endpoints.lookup import MONTH, between, found
from tests.simulator.layers import moment
from tests.simulator.messages import Call, forbidden, invalid
from tests.simulator.records import Record
from tests.simulator.spans import Span

DAY = timedelta(hours=24)
HALF_A_YEAR = timedelta(days=184)
YEAR = timedelta(days=366)
AUDIT_HISTORY = timedelta(days=365)
ROOT_TYPES = {
    "users": "user_reference",
    "teams": "team_reference",
    "schedules": "schedule_reference",
    "escalation_policies": "escalation_policy_reference",
    "services": "service_reference",
    "ip_allow_lists": "ip_allow_list_reference",
}
AUDIT_READERS = frozenset({"owner", "admin"})
UTC_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def list_audit_records(call: Call) -> Record:
    """List audit records, the newest first: 31 days at most, of the last twelve months."""
    _may_read(call, call.credential)
    window = _audit_window(call)
    records = [
        record
        for _, record in in_window(call.directory.audit_records, window.start, window.end)
        if _matches(call, record)
    ]
    return paging.cursored(call, "records", records) | {"response_metadata": None}


def _may_read(call: Call, credential: Credential) -> None:
    """Refuse the key of a user who is neither owner nor admin."""
    if credential.user_id is None:
        return
    user = call.directory.users.get(credential.user_id, {})
    if user.get("role") not in AUDIT_READERS:
        raise forbidden("Only account owners and admins may read audit records.")


def _audit_window(call: Call) -> Span:
    """Return the time that is asked about: the last 24 hours, unless the call says otherwise.

    Raises:
        RefusedError: It is longer than 31 days, or ends before it starts.
    """
    until = call.query.moment("until") or call.now
    since = call.query.moment("since") or until - DAY
    if until < since:
        raise invalid("Until must be after since.")
    if until - since > MONTH:
        raise invalid("The date range may not be more than 31 days.")
    return Span(max(since, call.now - AUDIT_HISTORY), until)


def _matches(call: Call, record: Record) -> bool:
    query, method = call.query, record["method"]
    return (
        _is(query.one("method_type"), method["type"])
        and _is(query.one("method_truncated_token"), method.get("truncated_token"))
        and _one_of(query.many("actions"), record["action"])
        and _one_of(
            [ROOT_TYPES.get(name, "") for name in query.many("root_resource_types")],
            record["root_resource"]["type"],
        )
        and _by_actor(call, record)
    )


def _is(wanted: str | None, value: str | None) -> bool:
    return wanted is None or wanted == value


def _one_of(wanted: list[str], value: str) -> bool:
    return not wanted or value in wanted


def _by_actor(call: Call, record: Record) -> bool:
    kind, identity = call.query.one("actor_type"), call.query.one("actor_id")
    if identity and not kind:
        raise invalid("Actor id must be qualified by actor type.")
    actors = record.get("actors") or []
    return kind is None or any(
        actor["type"] == kind and _is(identity, actor["id"]) for actor in actors
    )


def list_priorities(call: Call) -> Record:
    """List priorities, the most severe first."""
    return paging.classic(call, "priorities", call.account.priorities)


def list_incidents(call: Call) -> Record:
    """List incidents; those of the last month unless the call says otherwise."""
    services = set(call.query.many("service_ids"))
    urgencies = set(call.query.many("urgencies"))
    statuses = set(call.query.many("statuses"))
    incidents = [
        each
        for each in _incidents_in_range(call)
        if (not services or each["service"]["id"] in services)
        and (not urgencies or each["urgency"] in urgencies)
        and (not statuses or each["status"] in statuses)
    ]
    return paging.classic(call, "incidents", incidents)


def _incidents_in_range(call: Call) -> list[Record]:
    if call.query.one("date_range") == "all":
        return call.account.incidents
    until = call.query.moment("until") or call.now
    since = call.query.moment("since") or until - MONTH
    if until - since > HALF_A_YEAR:
        raise invalid("The date range may not be more than 6 months.")
    return between(call.account.incidents, "created_at", since, until)


def list_change_events(call: Call) -> Record:
    """List change events, the newest first."""
    return _change_events(call, call.directory.change_events)


def list_change_events_of_service(call: Call) -> Record:
    """List the change events that name one service."""
    service = found(call, call.directory.services, call.parameters["id"])["id"]
    return _change_events(call, call.directory.change_events_of[service])


def _change_events(call: Call, events: Dated) -> Record:
    for name in ("since", "until"):
        text = call.query.one(name)
        if text is not None and not UTC_TIMESTAMP.fullmatch(text):
            raise invalid(f"{name.capitalize()} must be a UTC timestamp that ends in Z.")
    since, until = call.query.moment("since"), call.query.moment("until")
    integrations = set(call.query.many("integration_ids"))
    wanted = [
        each
        for _, each in in_window(events, since, until)
        if not integrations or (each.get("integration") or {}).get("id") in integrations
    ]
    return paging.bare(call, "change_events", wanted)


def analyse_services(call: Call) -> Record:
    """Answer incident figures for each service that had incidents in the window."""
    try:
        asked = msgspec.json.decode(call.request.body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError:
        raise invalid("The body is not a JSON object.") from None
    filters = asked.get("filters") or {}
    if call.credential.user_id and not filters.get("service_ids") and not filters.get("team_ids"):
        raise invalid("A user-level token must pass team_ids or service_ids.")
    return {
        "data": _metrics(call, filters),
        "filters": filters,
        "time_zone": asked.get("time_zone", "Etc/UTC"),
        "order": "desc",
        "order_by": "total_incident_count",
        "aggregate_unit": asked.get("aggregate_unit"),
    }


def _metrics(call: Call, filters: Record) -> list[Record]:
    until = moment(filters["created_at_end"]) if "created_at_end" in filters else call.now
    start = filters.get("created_at_start")
    since = moment(start) if start else until - MONTH
    if until - since > YEAR:
        raise invalid("The date range may not be more than 1 year.")
    wanted = set(filters.get("service_ids") or call.directory.services)
    by_service: dict[str, list[Record]] = {}
    for incident in between(call.account.incidents, "created_at", since, until):
        by_service.setdefault(incident["service"]["id"], []).append(incident)
    figures = [
        _service_metrics(call.directory.services[identity], incidents)
        for identity, incidents in by_service.items()
        if identity in wanted and identity in call.directory.services
    ]
    return sorted(figures, key=lambda each: (-each["total_incident_count"], each["service_id"]))


def _service_metrics(service: Record, incidents: list[Record]) -> Record:
    numbers = [incident["incident_number"] for incident in incidents]
    urgencies = Counter(incident["urgency"] for incident in incidents)
    return {
        "service_id": service["id"],
        "service_name": service["name"],
        "total_incident_count": len(incidents),
        "total_incidents_acknowledged": len(incidents),
        "total_interruptions": urgencies["high"],
        "mean_seconds_to_first_ack": int(mean(60 + number % 7 * 45 for number in numbers)),
        "mean_seconds_to_resolve": int(mean(900 + number % 5 * 600 for number in numbers)),
        "up_time_pct": 99.9,
    }
