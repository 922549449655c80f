"""Builders of what happened: audit records, change events, incidents."""

# ruff: noqa: A002 - "id" is the field that callers name

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.simulator.builders.common import Thing, identity_of, references
from tests.simulator.records import Record, finished, make_id, make_secret, reference, stamped


def an_api_key(name: str = "Terraform", *, id: str | None = None) -> Record:
    """Return a reference to an API key, as the actor of an audit record."""
    return {"id": id or make_id("api_key", name), "type": "api_key_reference", "summary": name}


def an_audit_record(
    execution_time: str,
    *,
    id: str | None = None,
    method: str = "browser",
    truncated_token: str | None = None,
    actor: Record | None = None,
    root: Record | None = None,
    action: str = "update",
    fields_changed: Iterable[Record] = (),
    **fields: Any,
) -> Record:
    """Return one change; by default a service's description, changed in a browser.

    *actor* is a user, or what :func:`an_api_key` returns; nobody is named without one.
    """
    resource = reference(root or stamped("service", "PSERVICE", "Checkout"))
    actors = None
    if actor is not None:
        actors = [actor if actor["type"].endswith("_reference") else reference(actor)]
    seed = (execution_time, method, truncated_token, resource["id"], action)
    request = make_secret(32, "request", *seed)
    record = {
        "id": id or f"PDRECORD{make_secret(18, *seed).upper()}",
        "self": None,
        "execution_time": execution_time,
        "execution_context": {"request_id": request, "remote_address": "203.0.113.7"},
        "actors": actors,
        "method": {"type": method, "description": None, "truncated_token": truncated_token},
        "root_resource": resource,
        "action": action,
        "details": {
            "resource": resource,
            "fields": list(fields_changed)
            or [{"name": "description", "before_value": "old", "value": "new"}],
            "references": None,
        },
    }
    return finished(record, fields)


def a_change_event(
    timestamp: str,
    services: Iterable[Thing] = (),
    *,
    id: str | None = None,
    integration: Thing | None = None,
    summary: str = "Deployed build 17",
    **fields: Any,
) -> Record:
    """Return a deployment that names *services*, or the integration it came in by."""
    named = references("service", services)
    owner = identity_of(integration) if integration else None
    seed = (timestamp, summary, owner, *[entry["id"] for entry in named])
    identity = id or f"01{make_secret(24, *seed).upper()}"
    record = {
        **stamped("change_event", identity, summary),
        "timestamp": timestamp,
        "source": "build-pipeline",
        "services": named,
        "integration": {"id": owner, "type": "inbound_integration_reference"} if owner else None,
        "routing_key": make_secret(32, "routing", owner),
        "custom_details": {"build_state": "passed", "build_number": "17"},
        "links": [{"href": "https://builds.fernhill.example/17", "text": "Build 17"}],
        "images": [],
    }
    return finished(record, fields)


def a_priority(name: str = "P1", *, id: str | None = None, **fields: Any) -> Record:
    """Return a priority."""
    record = stamped("priority", id or make_id("priority", name), name)
    record |= {"name": name, "description": f"Severity {name}", "color": "a8171c", "order": 1}
    return finished(record, fields)


def an_incident(
    service: Record,
    created_at: str,
    *,
    id: str | None = None,
    number: int = 1,
    priority: Record | None = None,
    **fields: Any,
) -> Record:
    """Return a resolved incident of high urgency, without a priority unless one is given."""
    title = f"{service['summary']} answers slowly"
    identity = id or make_id("incident", service["id"], created_at, number)
    record = stamped("incident", identity, f"[#{number}] {title}") | {
        "incident_number": number,
        "title": title,
        "created_at": created_at,
        "updated_at": created_at,
        "status": "resolved",
        "incident_key": make_secret(32, "incident", identity),
        "service": reference(service),
        "assignments": [],
        "assigned_via": "escalation_policy",
        "last_status_change_at": created_at,
        "resolved_at": created_at,
        "alert_counts": {"all": 1, "triggered": 0, "resolved": 1},
        "is_mergeable": True,
        "incident_type": {"name": "incident_default"},
        "escalation_policy": service.get("escalation_policy"),
        "teams": service.get("teams") or [],
        "pending_actions": [],
        "acknowledgements": [],
        "last_status_change_by": reference(service),
        "priority": priority,
        "resolve_reason": None,
        "urgency": "high",
    }
    return finished(record, fields)
