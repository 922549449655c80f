"""Figures about incidents."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from statistics import mean
from typing import Any

import msgspec

from tests.simulator.endpoints.lookup import MONTH, between
from tests.simulator.layers import moment
from tests.simulator.messages import Call, invalid
from tests.simulator.records import Record

YEAR = timedelta(days=366)


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
