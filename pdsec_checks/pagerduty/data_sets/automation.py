"""Incident workflows, extensions, webhooks, and event orchestrations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pdsec_checks.analysis.orchestrations import leaves_unrouted
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import Amount, listed
from pdsec_checks.pagerduty.data_sets.data_set import (
    Asked,
    DataSet,
    Reading,
    looked_up,
    object_at,
)
from pdsec_checks.pagerduty.data_sets.fields import (
    NAMED,
    REFERENCE,
    RESOURCE,
    keep,
    with_address,
)
from pdsec_checks.resources import Extension, Router
from pdsec_checks.resources.credentials import hidden_settings


def read_incident_workflows(reading: Reading) -> list[Record]:
    """Read incident workflows (operationId ``listIncidentWorkflows``)."""
    return paging.classic(reading.source, "/incident_workflows", "incident_workflows")


INCIDENT_WORKFLOWS = DataSet(
    name="incident_workflows",
    path="/incident_workflows",
    scopes=("incident_workflows.read",),
    read=read_incident_workflows,
    kept=NAMED | keep("is_enabled"),
    amount=listed("workflows", lambda _: 1),
)


def read_incident_workflow_triggers(reading: Reading) -> list[Record]:
    """Read their triggers (operationId ``listIncidentWorkflowTriggers``)."""
    return paging.cursored(reading.source, "/incident_workflows/triggers", "triggers")


INCIDENT_WORKFLOW_TRIGGERS = DataSet(
    name="incident_workflow_triggers",
    path="/incident_workflows/triggers",
    scopes=("incident_workflows.read",),
    read=read_incident_workflow_triggers,
    kept=NAMED | keep("is_subscribed_to_all_services", workflow=REFERENCE, services=REFERENCE),
    amount=listed("triggers", lambda _: 1),
    is_chain=True,
)


def read_extensions(reading: Reading) -> list[Record]:
    """Read extensions with their schemas (operationId ``listExtensions``)."""
    include: dict[str, Any] = {"include[]": ["extension_schemas"]}
    found = paging.classic(reading.source, "/extensions", "extensions", **include)
    return [with_settings(with_address(each, "endpoint_url")) for each in found]


def with_settings(extension: Record) -> Record:
    """Return an extension whose settings tell no secret."""
    if "config" not in extension:
        return extension
    return {**extension, "config": hidden_settings(extension["config"])}


EXTENSIONS = DataSet(
    name="extensions",
    path="/extensions",
    scopes=("extensions.read",),
    read=read_extensions,
    kept=RESOURCE
    | keep(
        *("endpoint_url", "config"),
        extension_schema=NAMED | keep("key"),
        extension_objects=REFERENCE,
    ),
    amount=listed("extensions", lambda size: size.endpoints),
)


STOPPED = "temporarily_disabled"
"""Whether PagerDuty stopped delivering for the time being; only a look-up of one extension says."""


def read_extension_details(reading: Reading) -> list[Record]:
    """Look up whether PagerDuty stopped an extension (operationId ``getExtension``).

    Returns ``{"id": extension, "temporarily_disabled": flag}`` for each extension with a URL, with
    the reason in place of the flag where the look-up failed.

    Raises:
        UnavailableError: The list of extensions could not be read.
    """

    def flag(extension: Record) -> Record:
        path = EXTENSION_DETAILS.path_for(extension)
        found = object_at(reading, path, "extension", **{"include[]": [STOPPED]})
        return {STOPPED: found[STOPPED]} if STOPPED in found else {}

    extensions = reading.views(Extension, EXTENSIONS.name)
    return looked_up(reading, (each.record for each in extensions if each.has_url), flag)


EXTENSION_DETAILS = DataSet(
    name="extension_details",
    path="/extensions/{id}",
    scopes=("extensions.read",),
    read=read_extension_details,
    kept=keep("id", STOPPED),
    amount=Amount("1 for each extension with a URL", lambda size: size.endpoints),
    asked=Asked.WHOLE,
    after=(EXTENSIONS.name,),
)


def read_webhook_subscriptions(reading: Reading) -> list[Record]:
    """Read v3 webhooks (operationId ``listWebhookSubscriptions``)."""
    found = paging.classic(reading.source, "/webhook_subscriptions", "webhook_subscriptions")
    return [with_delivery(each) for each in found]


def with_delivery(subscription: Record) -> Record:
    """Return a subscription whose address tells no secret."""
    method = subscription.get("delivery_method")
    if not isinstance(method, dict):
        return subscription
    return {**subscription, "delivery_method": with_address(method, "url")}


WEBHOOK_SUBSCRIPTIONS = DataSet(
    name="webhook_subscriptions",
    path="/webhook_subscriptions",
    scopes=("webhook_subscriptions.read",),
    read=read_webhook_subscriptions,
    kept=REFERENCE
    | keep(
        *("active", "description", "html_url", "events"),
        delivery_method=keep("url", STOPPED, custom_headers=keep("name")),
        filter=REFERENCE,
    ),
    amount=listed("subscriptions", lambda size: size.endpoints),
)


def read_event_orchestrations(reading: Reading) -> list[Record]:
    """Read the global event orchestrations (operationId ``listEventOrchestrations``)."""
    return paging.uncounted(reading.source, "/event_orchestrations", "orchestrations")


ORCHESTRATION_SCOPES = ("event_orchestrations.read",)
EVENT_ORCHESTRATIONS = DataSet(
    name="event_orchestrations",
    path="/event_orchestrations",
    scopes=ORCHESTRATION_SCOPES,
    read=read_event_orchestrations,
    kept=keep("id", "name"),
    amount=listed("event orchestrations", lambda size: size.orchestrations),
)


def read_orchestration_routers(reading: Reading) -> list[Record]:
    """Look up the router of each event orchestration (operationId ``getOrchPathRouter``).

    Raises:
        UnavailableError: The list of orchestrations could not be read.
    """
    orchestrations = reading.records(EVENT_ORCHESTRATIONS.name)
    return paths_of(reading, orchestrations, ORCHESTRATION_ROUTERS)


def paths_of(reading: Reading, orchestrations: Iterable[Record], path: DataSet) -> list[Record]:
    """Look up one *path* of each of *orchestrations*, with the orchestration's id."""

    def look_up(orchestration: Record) -> Record:
        return object_at(reading, path.path_for(orchestration), "orchestration_path")

    return looked_up(reading, orchestrations, look_up)


RULE = keep("id", "label", "disabled", actions=keep("route_to", dynamic_route_to=keep("lookup_by")))
"""Which service a rule of a router leads to; its conditions are nobody's business."""
ORCHESTRATION_ROUTERS = DataSet(
    name="orchestration_routers",
    path="/event_orchestrations/{id}/router",
    scopes=ORCHESTRATION_SCOPES,
    read=read_orchestration_routers,
    kept=keep("id", sets=keep(rules=RULE), catch_all=keep(actions=keep("route_to"))),
    amount=Amount("1 for each event orchestration", lambda size: size.orchestrations),
    asked=Asked.WHOLE,
    after=(EVENT_ORCHESTRATIONS.name,),
)


def read_orchestration_unrouted(reading: Reading) -> list[Record]:
    """Look up what becomes of unrouted events, where a router leaves any unrouted.

    (operationId ``getOrchPathUnrouted``)

    Raises:
        UnavailableError: The list of orchestrations could not be read.
    """
    routers = reading.views(Router, ORCHESTRATION_ROUTERS.name)
    leaving = (each.record for each in routers if leaves_unrouted(each))
    return paths_of(reading, leaving, ORCHESTRATION_UNROUTED)


ORCHESTRATION_UNROUTED = DataSet(
    name="orchestration_unrouted",
    path="/event_orchestrations/{id}/unrouted",
    scopes=ORCHESTRATION_SCOPES,
    read=read_orchestration_unrouted,
    kept=keep("id", catch_all=keep(actions=keep("suppress"))),
    amount=Amount(
        "1 for each whose router leaves events unrouted",
        lambda size: size.orchestrations,
        may_be_spared=True,
    ),
    asked=Asked.WHOLE,
    after=(EVENT_ORCHESTRATIONS.name, ORCHESTRATION_ROUTERS.name),
)
