"""Fixes of services: policy, timeouts, urgency, workflows, dependencies, change events."""

from __future__ import annotations

from typing import Any

from pdsec_checks.configuration.addresses import region_of
from pdsec_checks.fixes.fix import (
    EVENTS,
    POLICY,
    SERVICE,
    Change,
    Fix,
    Request,
    created,
    imported,
    path,
    reference,
)
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.model import ACCOUNT, moment_text
from pdsec_checks.resources import Service

SETTINGS = "Services > Service Directory > service > Settings"
NOTIFY = f"{SETTINGS} > Assign and Notify"
ACKNOWLEDGED, RESOLVED = 1_800, 14_400
"""Seconds; PagerDuty's own defaults (``Service`` in its OpenAPI document)."""
BY_SEVERITY = {"type": "constant", "urgency": "severity_based"}
EVENTS_V2 = "events_api_v2_inbound_integration"


def service_put(service_id: str, policy_id: str | None, note: str = "", **changes: Any) -> Request:
    """Return the request that changes some settings of a service; its policy always goes along."""
    whole = {
        "type": "service",
        "escalation_policy": reference("escalation_policy", policy_id or POLICY),
        **changes,
    }
    return Request("PUT", path("services", service_id), {"service": whole}, note)


@fixes("PD-05", "service", NOTIFY)
def policy(found: Found) -> Fix:
    """Hand the service's incidents to a policy that has rules."""
    service: Service = found.resource
    now = service.escalation_policy_id or "none"
    return found.fixed_by(
        service_put(service.id, None, f"changed: escalation_policy, now {now}"),
        terraform=[imported("service", service.id, [Change("escalation_policy", POLICY, now)])],
        note="choose a policy that has rules",
    )


@fixes("PD-10", "service", "Automation > Incident Workflows > workflow > Triggers")
def workflow(found: Found) -> Fix:
    """Let a trigger of an enabled workflow listen to the service."""
    trigger = path("incident_workflows", "triggers", "CHOOSE_A_TRIGGER", "services")
    return found.fixed_by(
        Request("POST", trigger, {"service": {"id": found.id}}),
        terraform=[
            created(
                "incident_workflow_trigger",
                found.id,
                type="manual",
                workflow="CHOOSE_A_WORKFLOW",
                services=[found.id],
                subscribed_to_all_services=False,
            )
        ],
        note="choose a trigger of a workflow that is enabled",
    )


@fixes("PD-19", ACCOUNT, NOTIFY)
def urgency(found: Found) -> Fix:
    """Let the severity of an event decide how urgent the incidents of some services are."""
    change = Change("incident_urgency_rule", "type = constant, urgency = severity_based")
    return found.fixed_by(
        service_put(SERVICE, None, incident_urgency_rule=BY_SEVERITY),
        terraform=[imported("service", SERVICE, [change])],
        note="choose services whose incidents can wait, and send one request for each",
    )


@fixes("PD-21", "service", "Services > Service Graph; or service > Dependencies")
def dependency(found: Found) -> Fix:
    """Say what depends on the service."""
    ends = {
        "supporting_service": {"id": found.id, "type": "service"},
        "dependent_service": {"id": "CHOOSE_A_BUSINESS_SERVICE", "type": "business_service"},
    }
    edge = {name: [end] for name, end in ends.items()}
    return found.fixed_by(
        Request("POST", path("service_dependencies", "associate"), {"relationships": [ends]}),
        terraform=[created("service_dependency", found.id, dependency=[edge])],
        note="where another technical service depends on it, write its id and the type service",
    )


@fixes("PD-22", "service", NOTIFY)
def acknowledgement(found: Found) -> Fix:
    """Trigger an acknowledged incident again after half an hour."""
    return timeout(found, "acknowledgement_timeout", ACKNOWLEDGED)


@fixes("PD-23", "service", NOTIFY)
def auto_resolve(found: Found) -> Fix:
    """Resolve an incident that nobody touches after four hours."""
    return timeout(
        found,
        "auto_resolve_timeout",
        RESOLVED,
        "it must be longer than the escalation policy takes with all its repeats, or incidents "
        "close before the last level hears of them",
    )


def timeout(found: Found, name: str, seconds: int, note: str = "") -> Fix:
    """Return the fix that sets one timeout of a service; Terraform takes texts."""
    service: Service = found.resource
    now = service.get(name)
    shown = "null" if now is None else str(now)
    return found.fixed_by(
        service_put(
            service.id,
            service.escalation_policy_id,
            f"changed: {name}, now {shown}",
            **{name: seconds},
        ),
        terraform=[imported("service", service.id, [Change(name, f'"{seconds}"', shown)])],
        note=note,
    )


@fixes("PD-25", "service", f"{SETTINGS.removesuffix(' > Settings')} > Integrations")
def change_events(found: Found) -> Fix:
    """Let the deployment pipeline tell its changes to an integration of the service."""
    event = {
        "routing_key": "CHOOSE_AN_INTEGRATION_KEY",
        "payload": {
            "summary": "CHOOSE_A_SUMMARY",
            "timestamp": moment_text(found.inspection.as_of),
        },
    }
    snapshot = found.inspection.snapshot
    return found.fixed_by(
        Request(
            "POST",
            EVENTS[region_of(snapshot.base_url, "us")],
            event,
            "to be sent by the pipeline, at each deployment, with its own summary and time; "
            "routing_key: the key of an Events API v2 integration of the service, kept as a secret",
        ),
        terraform=[
            created(
                "service_integration",
                found.id,
                name="Change events",
                service=found.id,
                type=EVENTS_V2,
            )
        ],
    )
