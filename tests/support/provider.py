"""What the Terraform provider PagerDuty/pagerduty has, as far as fixes name it.

Source: ``website/docs/r/*.html.markdown`` and ``pagerduty/resource_*.go`` of
https://github.com/PagerDuty/terraform-provider-pagerduty, read on 2026-11-29. Each attribute by
its name; inside a block, behind a dot.
"""

from __future__ import annotations

ATTRIBUTES = {
    "pagerduty_escalation_policy": {
        *("name", "teams", "description", "num_loops", "rule"),
        *("rule.escalation_delay_in_minutes", "rule.target", "rule.target.type", "rule.target.id"),
    },
    "pagerduty_event_orchestration_router": {
        *("event_orchestration", "set", "set.rule", "set.rule.actions.route_to"),
        *("catch_all", "catch_all.actions.route_to"),
    },
    "pagerduty_extension": {
        *("name", "endpoint_url", "extension_schema", "extension_objects", "config"),
    },
    "pagerduty_incident_workflow_trigger": {
        *("type", "workflow", "services", "subscribed_to_all_services", "condition"),
    },
    "pagerduty_maintenance_window": {"start_time", "end_time", "services", "description"},
    "pagerduty_schedule": {
        *("name", "time_zone", "description", "layer", "teams"),
        *("layer.name", "layer.start", "layer.end", "layer.users", "layer.restriction"),
        *("layer.rotation_virtual_start", "layer.rotation_turn_length_seconds"),
    },
    "pagerduty_schedulev2": {
        *("name", "time_zone", "description", "teams", "rotation", "rotation.event"),
        *("rotation.event.effective_until", "rotation.event.assignment_strategy"),
        "rotation.event.assignment_strategy.member",
    },
    "pagerduty_service": {
        *("name", "description", "escalation_policy", "incident_urgency_rule"),
        *("incident_urgency_rule.type", "incident_urgency_rule.urgency"),
        *("acknowledgement_timeout", "auto_resolve_timeout", "support_hours", "scheduled_actions"),
    },
    "pagerduty_service_dependency": {
        *("dependency", "dependency.supporting_service", "dependency.dependent_service"),
        *("dependency.supporting_service.id", "dependency.supporting_service.type"),
        *("dependency.dependent_service.id", "dependency.dependent_service.type"),
    },
    "pagerduty_service_integration": {
        *("name", "service", "type", "vendor", "email_filter_mode", "email_filter"),
        *("email_filter.from_email_mode", "email_filter.from_email_regex"),
    },
    "pagerduty_team_membership": {"user_id", "team_id", "role"},
    "pagerduty_user": {"name", "email", "role", "job_title", "time_zone", "description"},
    "pagerduty_user_contact_method": {"user_id", "type", "country_code", "address", "label"},
    "pagerduty_user_notification_rule": {
        *("user_id", "start_delay_in_minutes", "urgency", "contact_method"),
        *("contact_method.type", "contact_method.id"),
    },
    "pagerduty_webhook_subscription": {
        *("type", "active", "description", "events", "delivery_method", "filter"),
        *("delivery_method.type", "delivery_method.url", "delivery_method.custom_header"),
        *("delivery_method.custom_header.name", "delivery_method.custom_header.value"),
        *("filter.type", "filter.id"),
    },
}
"""Resource → its attributes."""
REQUIRED = {
    "pagerduty_incident_workflow_trigger": {"type", "workflow", "subscribed_to_all_services"},
    "pagerduty_service_dependency": {"dependency"},
    "pagerduty_service_integration": {"service"},
    "pagerduty_team_membership": {"user_id", "team_id"},
    "pagerduty_user_contact_method": {"user_id", "type", "label", "address", "country_code"},
    "pagerduty_user_notification_rule": {
        *("user_id", "start_delay_in_minutes", "urgency", "contact_method"),
    },
    "pagerduty_webhook_subscription": {"type", "active", "delivery_method", "events", "filter"},
}
"""Resource that a fix may make anew → the attributes without which there is none."""
IMPORT_IDS = {
    "pagerduty_escalation_policy": r"\w+",
    "pagerduty_event_orchestration_router": r"[\w-]+",
    "pagerduty_extension": r"\w+",
    "pagerduty_maintenance_window": r"\w+",
    "pagerduty_schedule": r"\w+",
    "pagerduty_schedulev2": r"\w+",
    "pagerduty_service": r"\w+",
    "pagerduty_service_integration": r"\w+\.\w+",
    "pagerduty_user": r"\w+",
    "pagerduty_webhook_subscription": r"\w+",
}
"""Resource that a fix may import → what its id looks like."""
