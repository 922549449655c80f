"""What is kept of PagerDuty's answers: the fields that a control or a report reads.

A record of a large account is mostly links, descriptions and shifts of single layers. A field
that PagerDuty left out stays out, and a value of another type stays as it is, so that what is
kept says no less about what is missing. A recording holds the whole answer all the same.
"""

from __future__ import annotations

from typing import Any

from pdsec_checks.analysis.analytics import FIGURES
from pdsec_checks.model import Record

Fields = dict[str, Any]
"""Name of a field → the fields to keep in it, of each entry where it is a list; {} for all."""


ALL: Fields = {}


def keep(*names: str, **nested: Fields) -> Fields:
    """Return fields of which *names* are kept whole, and *nested* in part."""
    return {**dict.fromkeys(names, ALL), **nested}


REFERENCE = keep("id", "type")
NAMED = keep("id", "type", "name", "summary", "html_url")
AUDIT = NAMED | keep(
    "execution_time",
    "action",
    method=keep("type", "truncated_token"),
    actors=NAMED,
    root_resource=NAMED,
    details=keep(resource=NAMED),
)
EDGES = keep("id", "type", supporting_service=REFERENCE, dependent_service=REFERENCE)
INTEGRATION = NAMED | keep("created_at", "email_filter_mode", email_filters=keep("from_email_mode"))

KEPT: dict[str, Fields] = {
    "abilities": ALL,
    "teams": NAMED,
    "users": NAMED
    | keep(
        "role",
        "invitation_sent",
        "created_via_sso",
        teams=REFERENCE,
        contact_methods=REFERENCE | keep("enabled", "blacklisted"),
        notification_rules=REFERENCE | keep("urgency", contact_method=REFERENCE),
    ),
    "services": NAMED
    | keep(
        "status",
        "created_at",
        "acknowledgement_timeout",
        "auto_resolve_timeout",
        escalation_policy=REFERENCE,
        incident_urgency_rule=keep("type", "urgency"),
        integrations=INTEGRATION,
    ),
    "escalation_policies": NAMED
    | keep(
        "num_loops",
        escalation_rules=keep("id", "escalation_delay_in_minutes", targets=NAMED),
    ),
    "schedules": NAMED
    | keep(
        schedule_layers=keep("id", "end", users=keep(user=REFERENCE)),
        final_schedule=keep(rendered_schedule_entries=keep("start", "end", user=REFERENCE)),
    ),
    "shift_schedules": NAMED
    | keep(
        rotations=keep(
            events=keep(
                "effective_until", assignment_strategy=keep(members=keep("type", "user_id"))
            )
        ),
        final_schedule=keep(
            computed_shift_assignments=keep(
                "start_time", "end_time", member=keep("type", "user_id")
            )
        ),
    ),
    "oncalls": keep(
        *("escalation_level", "start", "end"),
        user=NAMED,
        escalation_policy=REFERENCE,
        schedule=REFERENCE,
    ),
    "incident_workflows": NAMED | keep("is_enabled"),
    "incident_workflow_triggers": NAMED
    | keep("is_subscribed_to_all_services", workflow=REFERENCE, services=REFERENCE),
    "audit_latest": AUDIT,
    "audit_oldest": AUDIT,
    "audit_api_token": AUDIT,
    "priorities": NAMED,
    "incidents": NAMED | keep(priority=REFERENCE),
    "extensions": NAMED | keep("endpoint_url", extension_schema=NAMED | keep("key")),
    "webhook_subscriptions": NAMED | keep("description", delivery_method=keep("type", "url")),
    "business_services": NAMED,
    "business_service_dependencies": EDGES,
    "technical_service_dependencies": EDGES,
    "change_events": NAMED | keep(services=REFERENCE, integration=REFERENCE),
    "analytics": keep("service_id", *FIGURES.values()),
}
"""Data set → what is kept of each record."""


def prune(answer: Record, kept: Fields) -> Record:
    """Return an answer whose records, in whatever key they stand, have only the *kept* fields."""
    return {
        name: pruned(value, kept) if isinstance(value, list | dict) else value
        for name, value in answer.items()
    }


def pruned(value: Any, kept: Fields) -> Any:
    """Return a record, or each record of a list, with only the *kept* fields."""
    if not kept:
        return value
    if isinstance(value, list):
        return [pruned(each, kept) for each in value]
    if isinstance(value, dict):
        return {name: pruned(value[name], part) for name, part in kept.items() if name in value}
    return value
