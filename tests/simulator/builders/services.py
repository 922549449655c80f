"""Builders of services and their integrations, and of the service graph."""

# ruff: noqa: A002 - "id" is the field that callers name

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.simulator.builders.common import LONG_AGO, Thing, identity_of, references
from tests.simulator.catalogue import VENDORS
from tests.simulator.records import (
    API,
    SUBDOMAIN,
    WEB,
    Record,
    finished,
    make_id,
    make_secret,
    refer,
    stamped,
)

EMAIL = "generic_email_inbound_integration"
EVENTS_V2 = "events_api_v2_inbound_integration"
SEVERITY_BASED = {"type": "constant", "urgency": "severity_based"}
ALWAYS_HIGH = {"type": "constant", "urgency": "high"}
SUPPORT_HOURS = {
    "type": "use_support_hours",
    "during_support_hours": {"type": "constant", "urgency": "high"},
    "outside_support_hours": {"type": "constant", "urgency": "low"},
}


def a_service(
    name: str = "Checkout",
    escalation_policy: Thing | None = "PPOLICY",
    *,
    id: str | None = None,
    teams: Iterable[Thing] = (),
    integrations: Sequence[Record] | None = None,
    **fields: Any,
) -> Record:
    """Return a service with timeouts, urgency by severity and an Events API v2 integration."""
    identity = id or make_id("service", name)
    if integrations is None:
        integrations = [an_integration(service=identity)]
    policy = None
    if escalation_policy is not None:
        policy = refer("escalation_policy", escalation_policy)
    record = stamped("service", identity, name) | {
        "name": name,
        "description": f"{name} of the made-up company",
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "status": "active",
        "last_incident_timestamp": None,
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": 14400,
        "alert_creation": "create_alerts_and_incidents",
        "alert_grouping_parameters": {"type": None},
        "incident_urgency_rule": dict(SEVERITY_BASED),
        "support_hours": None,
        "scheduled_actions": [],
        "addons": [],
        "response_play": None,
        "auto_pause_notifications_parameters": {"enabled": False, "timeout": None},
        "escalation_policy": policy,
        "teams": references("team", teams),
        "integrations": list(integrations),
    }
    return finished(record, fields)


def a_maintenance_window(
    services: Iterable[Thing],
    start: str,
    end: str,
    *,
    id: str | None = None,
    description: str = "Database upgrade",
    created_by: Thing | None = None,
    **fields: Any,
) -> Record:
    """Return a span in which *services* open no incidents."""
    muted = references("service", services)
    names = (each["id"] for each in muted)
    identity = id or make_id("maintenance_window", start, end, *names)
    record = stamped("maintenance_window", identity, description) | {
        "sequence_number": 1,
        "start_time": start,
        "end_time": end,
        "description": description,
        "services": muted,
        "teams": [],
        "created_by": refer("user", created_by) if created_by else None,
    }
    return finished(record, fields)


def support_hours(time_zone: str = "Europe/London") -> Record:
    """Return the support hours of an office, and the urgency rule that goes with them."""
    return {
        "incident_urgency_rule": SUPPORT_HOURS,
        "support_hours": {
            "type": "fixed_time_per_day",
            "time_zone": time_zone,
            "days_of_week": [1, 2, 3, 4, 5],
            "start_time": "09:00:00",
            "end_time": "17:00:00",
        },
    }


def an_email_filter(from_email_mode: str = "match", **fields: Any) -> Record:
    """Return a mail filter; by default it takes mail from one domain only."""
    record = {
        "subject_mode": "always",
        "subject_regex": None,
        "body_mode": "always",
        "body_regex": None,
        "from_email_mode": from_email_mode,
        "from_email_regex": "@monitoring\\.example$" if from_email_mode == "match" else None,
    }
    return finished(record, fields)


def an_integration(
    name: str = "Events API V2",
    kind: str = EVENTS_V2,
    *,
    id: str | None = None,
    service: Thing = "PSERVICE",
    vendor: str | None = None,
    **fields: Any,
) -> Record:
    """Return an integration with its key; one for mail filters by sender."""
    owner = identity_of(service)
    identity = id or make_id("integration", owner, name, kind)
    record = stamped(kind, identity, name) | {
        "name": name,
        "self": f"{API}/services/{owner}/integrations/{identity}",
        "html_url": f"{WEB}/services/{owner}/integrations/{identity}",
        "service": refer("service", service),
        "created_at": LONG_AGO,
        "vendor": refer("vendor", vendor) if vendor else None,
    }
    if vendor in VENDORS:
        record["vendor"] |= {"summary": VENDORS[vendor], "html_url": None}
    if kind == EMAIL:
        record |= {
            "integration_email": f"{identity.lower()}@{SUBDOMAIN}.pagerduty.com",
            "email_incident_creation": "on_new_email",
            "email_filter_mode": "and-rules-email",
            "email_filters": [an_email_filter()],
            "email_parsing_fallback": "open_new_incident",
        }
    else:
        record["integration_key"] = make_secret(32, "integration", identity)
    return finished(record, fields)


def an_email_integration(name: str = "Mail", **fields: Any) -> Record:
    """Return an integration that opens incidents from mail of known senders."""
    return an_integration(name, EMAIL, **fields)


def a_business_service(
    name: str = "Online shop", *, id: str | None = None, team: Thing | None = None, **fields: Any
) -> Record:
    """Return a business service."""
    record = stamped("business_service", id or make_id("business_service", name), name) | {
        "name": name,
        "description": None,
        "point_of_contact": "Service desk",
        "team": refer("team", team) if team else None,
    }
    return finished(record, fields)


def a_dependency(supporting: Record, dependent: Record) -> Record:
    """Return the edge that says that *dependent* needs *supporting*."""
    return {
        "id": make_id("dependency", supporting["id"], dependent["id"]),
        "type": "service_dependency",
        "supporting_service": graph_node(supporting),
        "dependent_service": graph_node(dependent),
    }


def graph_node(service: Record) -> Record:
    """Return one end of an edge."""
    kind = "business" if service["type"].startswith("business_service") else "technical"
    return {"id": service["id"], "type": f"{kind}_service_reference"}
