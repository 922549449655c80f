"""Incident workflows with their triggers, extensions with their details, and webhooks."""

from __future__ import annotations

from typing import Any

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import Amount, listed
from pdsec_checks.pagerduty.data_sets.data_set import (
    Asked,
    DataSet,
    Reading,
    object_at,
    path_of,
    why_unread,
)
from pdsec_checks.pagerduty.data_sets.fields import (
    NAMED,
    REFERENCE,
    RESOURCE,
    keep,
    with_address,
)
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import UNREAD, Extension
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

    def details(extension: Record) -> Record:
        try:
            path = path_of(EXTENSIONS.path, extension)
            found = object_at(reading, path, "extension", **{"include[]": [STOPPED]})
        except UnavailableError as error:
            return {"id": extension.get("id"), UNREAD: why_unread(error)}
        flag = {STOPPED: found[STOPPED]} if STOPPED in found else {}
        return {"id": extension["id"], **flag}

    extensions = reading.views(Extension, EXTENSIONS.name)
    sending = [each.record for each in extensions if each.has_url]
    return threads.each(details, sending, reading.source.concurrency)


EXTENSION_DETAILS = DataSet(
    name="extension_details",
    path="/extensions/{id}",
    scopes=("extensions.read",),
    read=read_extension_details,
    kept=REFERENCE | keep(STOPPED),
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
