"""Builders of incident workflows, extensions, webhook subscriptions and orchestrations."""

# ruff: noqa: A002 - "id" is the field that callers name

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tests.simulator.builders.common import LONG_AGO, Thing, identity_of, references
from tests.simulator.catalogue import EXTENSION_SCHEMAS, SERVICENOW
from tests.simulator.records import (
    API,
    Record,
    by_id,
    finished,
    make_id,
    make_secret,
    refer,
    stamped,
)


def a_workflow(
    name: str = "Major incident", *, id: str | None = None, is_enabled: bool = True, **fields: Any
) -> Record:
    """Return an enabled incident workflow."""
    identity = id or make_id("workflow", name)
    step = {
        **stamped("step", make_id("step", identity), "Send a status update"),
        "name": "Send a status update",
        "description": "Sends a status update",
        "action_configuration": {
            "action_id": "pagerduty.com:incident-workflows:send-status-update:1",
            "description": "Sends a status update",
            "inputs": [{"name": "Message", "parameter_type": "text", "value": "On it."}],
            "outputs": [],
        },
    }
    record = stamped("incident_workflow", identity, name) | {
        "name": name,
        "description": f"What to do: {name}",
        "created_at": LONG_AGO,
        "is_enabled": is_enabled,
        "team": None,
        "steps": [step],
    }
    return finished(record, fields)


def a_trigger(
    workflow: Thing,
    services: Iterable[Thing] = (),
    *,
    id: str | None = None,
    trigger_type: str = "conditional",
    all_services: bool = False,
    **fields: Any,
) -> Record:
    """Return what starts a workflow for *services*, or for all of them."""
    target = refer("incident_workflow", workflow)
    watched = [{**entry, "type": "service"} for entry in references("service", services)]
    seed = [entry["id"] for entry in watched]
    identity = id or make_uuid("trigger", target["id"], trigger_type, all_services, *seed)
    path = f"{API}/incident_workflows/triggers/{identity}"
    record = stamped("workflow_trigger", identity, "Trigger") | {
        "self": path,
        "trigger_type": trigger_type,
        "trigger_type_name": f"{trigger_type.replace('_', ' ').capitalize()} Trigger",
        "condition": "incident.priority matches 'P1'",
        "trigger_url": f"{path}/start",
        "workflow": target | {"type": "workflow_reference", "name": target["summary"]},
        "workflow_id": target["id"],
        "workflow_name": target["summary"],
        "services": watched,
        "is_subscribed_to_all_services": all_services,
        "permissions": {"restricted": False, "team_id": None},
    }
    if trigger_type != "conditional":
        del record["condition"]
    return finished(record, fields)


def make_uuid(*parts: object) -> str:
    """Return a UUID that depends on *parts* only."""
    return str(UUID(make_secret(32, *parts)))


def an_extension(
    name: str = "Service desk",
    services: Iterable[Thing] = (),
    *,
    id: str | None = None,
    schema: str = SERVICENOW,
    endpoint_url: str | None = "https://hooks.fernhill.example/pagerduty?token=a1b2c3d4",
    **fields: Any,
) -> Record:
    """Return an extension, for ServiceNow by default, whose settings hold a token."""
    schemas = by_id(EXTENSION_SCHEMAS)
    identity = id or make_id("extension", name)
    record = stamped("extension", identity, name) | {
        "name": name,
        "endpoint_url": endpoint_url,
        "extension_schema": refer("extension_schema", schemas.get(schema, schema)),
        "extension_objects": references("service", services),
        "temporarily_disabled": False,
        "config": {
            "restrict": "any",
            "notify_types": {"resolve": True, "acknowledge": True},
            "access_token": make_secret(20, "extension", identity),
            "headers": [{"name": "X-Token", "value": make_secret(12, "header", identity)}],
        },
    }
    return finished(record, fields)


def a_webhook_subscription(
    description: str = "Incident feed",
    url: str = "https://hooks.fernhill.example/pagerduty/v3?token=e5f6a7b8",
    *,
    id: str | None = None,
    service: Thing | None = None,
    team: Thing | None = None,
    **fields: Any,
) -> Record:
    """Return a v3 webhook subscription for the account, a service or a team."""
    identity = id or make_id("subscription", description, url)
    watched = {"type": "account_reference"}
    for kind, thing in (("service", service), ("team", team)):
        if thing is not None:
            watched = {"id": identity_of(thing), "type": f"{kind}_reference"}
    record = {
        "id": identity,
        "type": "webhook_subscription",
        "active": True,
        "description": description,
        "delivery_method": {
            "id": make_id("delivery", identity),
            "type": "http_delivery_method",
            "url": url,
            "secret": None,
            "temporarily_disabled": False,
            "custom_headers": [{"name": "X-Source", "value": "-- redacted --"}],
        },
        "events": ["incident.acknowledged", "incident.resolved", "incident.triggered"],
        "filter": watched,
        "oauth_client": None,
    }
    return finished(record, fields)


def an_orchestration(
    name: str = "Monitoring",
    catch_all: Thing = "unrouted",
    rules: Iterable[Record] = (),
    *,
    id: str | None = None,
    suppress: bool = True,
    **fields: Any,
) -> Record:
    """Return an event orchestration whose router has *rules* before its catch-all.

    Unrouted events are suppressed unless *suppress* is false.
    """
    identity = id or make_uuid("orchestration", name)
    path = f"{API}/event_orchestrations/{identity}"
    rules = list(rules)
    record = {
        "id": identity,
        "self": path,
        "name": name,
        "description": f"Events of {name}",
        "team": None,
        "routes": len(rules),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "version": make_secret(32, "version", identity),
        "router": a_path(path, "router", rules, {"route_to": identity_of(catch_all)}),
        "unrouted": a_path(path, "unrouted", (), {"suppress": suppress}),
    }
    return finished(record, fields)


def a_path(parent: str, kind: str, rules: Iterable[Record], catch_all: Record) -> Record:
    """Return one path of an orchestration, which is found at *parent*."""
    identity = parent.rpartition("/")[2]
    return {
        "type": kind,
        "parent": {"id": identity, "type": "event_orchestration_reference", "self": parent},
        "self": f"{parent}/{kind}",
        "sets": [{"id": "start", "rules": [*rules]}],
        "catch_all": {"actions": catch_all},
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "version": make_secret(32, "version", identity, kind),
    }


def a_route(
    to: Thing | None, part: str = "database", *, id: str | None = None, **fields: Any
) -> Record:
    """Return a rule that sends events with *part* in their summary to a service.

    None lets each event name its service itself.
    """
    dynamic = {"source": "event.source", "regex": "(.*)", "lookup_by": "service_name"}
    record = {
        "id": id or make_secret(8, "route", part, str(to)),
        "label": f"Events about the {part}",
        "conditions": [{"expression": f"event.summary matches part '{part}'"}],
        "actions": {"dynamic_route_to": dynamic} if to is None else {"route_to": identity_of(to)},
    }
    return finished(record, fields)
