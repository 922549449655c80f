"""Incident workflows with their triggers, extensions and webhooks."""

from __future__ import annotations

from typing import Any

from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.data_set import Reading


def read_incident_workflows(reading: Reading) -> list[Record]:
    """Read incident workflows (operationId ``listIncidentWorkflows``)."""
    return paging.classic(reading.source, "/incident_workflows", "incident_workflows")


def read_incident_workflow_triggers(reading: Reading) -> list[Record]:
    """Read their triggers (operationId ``listIncidentWorkflowTriggers``)."""
    return paging.cursored(reading.source, "/incident_workflows/triggers", "triggers")


def read_extensions(reading: Reading) -> list[Record]:
    """Read extensions with their schemas (operationId ``listExtensions``)."""
    include: dict[str, Any] = {"include[]": ["extension_schemas"]}
    return paging.classic(reading.source, "/extensions", "extensions", **include)


def read_webhook_subscriptions(reading: Reading) -> list[Record]:
    """Read v3 webhooks (operationId ``listWebhookSubscriptions``)."""
    return paging.classic(reading.source, "/webhook_subscriptions", "webhook_subscriptions")
