"""Incident workflows, extensions, webhook subscriptions and event orchestrations."""

from __future__ import annotations

from tests.simulator import paging, projection
from tests.simulator.endpoints.lookup import found, matching
from tests.simulator.messages import Call, invalid
from tests.simulator.records import ABSENT, Record, finished


def list_workflows(call: Call) -> Record:
    """List incident workflows."""
    return paging.classic(
        call,
        "incident_workflows",
        matching(call, call.account.incident_workflows),
        lambda each: projection.incident_workflow(call, each),
    )


def list_triggers(call: Call) -> Record:
    """List what starts incident workflows."""
    workflow, kind = call.query.one("workflow_id"), call.query.one("trigger_type")
    service = call.query.one("service_id")
    triggers = [
        each
        for each in call.account.triggers
        if workflow in {None, (each.get("workflow") or {}).get("id")}
        and kind in {None, each["trigger_type"]}
        and (service is None or service in {entry["id"] for entry in each["services"]})
    ]
    page = paging.cursored(call, "triggers", triggers)
    return page | {"more": page["next_cursor"] is not None}


def list_extensions(call: Call) -> Record:
    """List extensions, which never shows whether one is disabled for the time being."""
    schema, thing = call.query.one("extension_schema_id"), call.query.one("extension_object_id")
    extensions = [
        each
        for each in matching(call, call.account.extensions)
        if schema in {None, each["extension_schema"]["id"]}
        and (thing is None or thing in {entry["id"] for entry in each["extension_objects"]})
    ]

    def shown(extension: Record) -> Record:
        return finished(projection.extension(call, extension), {"temporarily_disabled": ABSENT})

    return paging.classic(call, "extensions", extensions, shown)


def show_extension(call: Call) -> Record:
    """Show one extension."""
    record = found(call, call.directory.extensions, call.parameters["id"])
    return {"extension": projection.extension(call, record)}


def list_extension_schemas(call: Call) -> Record:
    """List the kinds of extensions."""
    return paging.classic(call, "extension_schemas", call.account.extension_schemas)


def list_webhook_subscriptions(call: Call) -> Record:
    """List webhook subscriptions."""
    kind, identity = call.query.one("filter_type"), call.query.one("filter_id")
    if kind in {"service", "team"} and not identity:
        raise invalid("Filter id is required.")
    subscriptions = [
        each
        for each in call.account.webhook_subscriptions
        if (kind is None or each["filter"]["type"] == f"{kind}_reference")
        and identity in {None, each["filter"].get("id")}
    ]
    return paging.classic(call, "webhook_subscriptions", subscriptions)


def list_orchestrations(call: Call) -> Record:
    """List event orchestrations by name, or as ``sort_by`` says; their paths stand elsewhere."""
    key, _, way = (call.query.one("sort_by") or "name:asc").partition(":")
    orchestrations = sorted(call.account.orchestrations, key=lambda each: str(each[key]))
    return paging.classic(
        call, "orchestrations", orchestrations[:: -1 if way == "desc" else 1], projection.pathless
    )


def show_router(call: Call) -> Record:
    """Show where an orchestration routes events to."""
    return _path(call, "router")


def show_unrouted(call: Call) -> Record:
    """Show what becomes of the events that an orchestration leaves unrouted."""
    return _path(call, "unrouted")


def _path(call: Call, name: str) -> Record:
    record = found(call, call.directory.orchestrations, call.parameters["id"])
    return {"orchestration_path": record[name]}
