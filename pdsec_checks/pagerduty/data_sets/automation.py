"""Incident workflows with their triggers, extensions and webhooks."""

from __future__ import annotations

from typing import Any

from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import listed
from pdsec_checks.pagerduty.data_sets.data_set import DataSet, Reading
from pdsec_checks.pagerduty.data_sets.fields import (
    NAMED,
    REFERENCE,
    RESOURCE,
    keep,
    with_address,
)
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
        *("description", "html_url", "events"),
        delivery_method=keep("url", custom_headers=keep("name")),
        filter=REFERENCE,
    ),
    amount=listed("subscriptions", lambda size: size.endpoints),
)
