"""Fixes of services: policy, timeouts, urgency, workflows, dependencies, change events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pdsec_checks.configuration.addresses import region_of
from pdsec_checks.errors import InspectionError
from pdsec_checks.fixes.fix import (
    EVENTS,
    POLICY,
    SERVICE,
    USER,
    Change,
    Fix,
    Request,
    created,
    imported,
    path,
    reference,
)
from pdsec_checks.fixes.policies import heard, policy_put, rules_of, with_more_levels
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.fixes.schedules import filled
from pdsec_checks.model import ACCOUNT, moment_text
from pdsec_checks.resources import ById, EscalationPolicy, Schedule, Service

ACKNOWLEDGED, RESOLVED = 1_800, 14_400
HOUR = 3_600
"""Seconds; the first two are PagerDuty's own defaults (``Service`` in its OpenAPI document)."""
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


@fixes("PD-05", "service")
def policy(found: Found) -> Fix:
    """Hand the service's incidents to a policy that has rules, or give its own policy one."""
    service: Service = found.resource
    if found.finding.cause == "no-rules":
        return first_rule(found, service)
    return assigned(found, service)


def assigned(found: Found, service: Service) -> Fix:
    """Return the fix that hands the incidents of a service to another policy."""
    now = service.escalation_policy_id or "none"
    return found.fixed_by(
        service_put(service.id, None, f"changed: escalation_policy, now {now}"),
        terraform=[imported("service", service.id, [Change("escalation_policy", POLICY, now)])],
        note="choose a policy that has rules",
    )


def first_rule(found: Found, service: Service) -> Fix:
    """Return the fix that gives the policy of a service its first rule."""
    policies: ById[EscalationPolicy] = found.inspection.provide("policies_by_id")
    bare = policies[str(service.escalation_policy_id)]
    change = Change("rule.target", USER, "no rule")
    return found.fixed_by(
        policy_put(bare, heard([]), f"changed: a rule that notifies {USER}"),
        terraform=[imported("escalation_policy", bare.id, [change])],
        note="all services that use the policy are silent until then",
    )


@fixes("PD-26", "service")
def reached(found: Found) -> Fix:
    """Fill the hours in which nobody is on call, or let the policy call somebody who is rung."""
    if found.finding.cause == "nobody":
        lost = [each for each in found.finding.evidence["dead_windows"] if each["why"] == "lost"]
        schedule = first_schedule(found)
        if schedule is not None:
            return filled(replace(found, resource=schedule), lost)
    return rung_by_another(found)


@fixes("PD-27", "service")
def rung_by_another(found: Found) -> Fix:
    """Let the policy call somebody else; how long its levels may wait is for a person to say."""
    service: Service = found.resource
    if found.finding.cause == "no-policy":
        return assigned(found, service)
    if found.finding.cause == "late":
        return found.fixed_by(note="which delay is to be shorter, of a level or of a person's rule")
    policy = policy_of(found)
    rules = with_more_levels(rules_of(policy, found), 1)
    change = Change("rule.target", USER)
    return found.fixed_by(
        policy_put(policy, rules, f"changed: one more level, with {USER}"),
        terraform=[imported("escalation_policy", policy.id, [change])],
        note="choose somebody whose phone rings at once, and who is on no other level; the delays "
        "of the levels before add up",
    )


def policy_of(found: Found) -> EscalationPolicy:
    """Return the policy of the service that a finding is about; it has one."""
    policies: ById[EscalationPolicy] = found.inspection.provide("policies_by_id")
    return policies[found.finding.evidence["policy"]["id"]]


def first_schedule(found: Found) -> Schedule | None:
    """Return the first schedule that the policy of a service notifies; None without one."""
    schedules: ById[Schedule] = found.inspection.provide("schedules_by_id")
    targets = (target for rule in policy_of(found).rules for target in rule.targets)
    named = (schedules.get(target.id) for target in targets if not target.is_user)
    return next((each for each in named if each), None)


@fixes("PD-10", "service")
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


@fixes("PD-19", ACCOUNT)
def urgency(found: Found) -> Fix:
    """Let the severity of an event decide how urgent the incidents of some services are."""
    change = Change("incident_urgency_rule.urgency", "severity_based", "high")
    return found.fixed_by(
        service_put(SERVICE, None, incident_urgency_rule=BY_SEVERITY),
        terraform=[imported("service", SERVICE, [change])],
        note="choose services whose incidents can wait, and send one request for each",
    )


@fixes("PD-21", "service")
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


@fixes("PD-22", "service")
def acknowledgement(found: Found) -> Fix:
    """Trigger an acknowledged incident again after half an hour."""
    return timeout(found, "acknowledgement_timeout", ACKNOWLEDGED)


@fixes("PD-23", "service")
def auto_resolve(found: Found) -> Fix:
    """Resolve an incident that nobody touches after four hours, or once everybody was notified."""
    minutes = time_to_escalate(found)
    seconds = max(RESOLVED, (minutes // 60 + 1) * HOUR)
    policy = f"the {minutes} minutes that the policy" if minutes else "the escalation policy"
    note = (
        f"it must be longer than {policy} takes with all its repeats, or incidents close before "
        "the last level hears of them"
    )
    return timeout(found, "auto_resolve_timeout", seconds, note)


def time_to_escalate(found: Found) -> int:
    """Return how many minutes the policy of a service takes with all its repeats.

    0 where the service has none, or nobody can tell.
    """
    service: Service = found.resource
    try:
        policies: ById[EscalationPolicy] = found.inspection.provide("policies_by_id")
        policy = policies.find(service.escalation_policy_id or "")
        if policy is None:
            return 0
        delays = [rule.read("escalation_delay_in_minutes", int) for rule in policy.rules]
        return sum(delays) * (policy.num_loops + 1)
    except InspectionError:
        return 0


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


@fixes("PD-25", "service")
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
