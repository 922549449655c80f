"""Priorities, incidents, the service graph and change events."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.simulator import paging
from tests.simulator.account import Dated, in_window
from tests.simulator.endpoints.lookup import MONTH, between, found
from tests.simulator.messages import Call, invalid
from tests.simulator.records import Record

UTC_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
HALF_A_YEAR = timedelta(days=184)


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


def list_business_services(call: Call) -> Record:
    """List business services."""
    return paging.classic(call, "business_services", call.account.business_services)


def list_business_dependencies(call: Call) -> Record:
    """List the edges that touch a business service."""
    return _edges(call, call.directory.business_services)


def list_technical_dependencies(call: Call) -> Record:
    """List the edges that touch a technical service."""
    return _edges(call, call.directory.services)


def _edges(call: Call, known: dict[str, Record]) -> Record:
    identity = found(call, known, call.parameters["id"])["id"]
    return {"relationships": call.directory.edges_of[identity]}


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
