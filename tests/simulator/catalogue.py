"""What PagerDuty itself brings: abilities, extension schemas, vendors."""

from __future__ import annotations

from tests.simulator.records import Record, stamped

ABILITIES = (
    "sso",
    "teams",
    "urgencies",
    "service_support_hours",
    "read_only_users",
    "advanced_reports",
    "advanced_permissions",
    "permissions_service",
    "team_responders",
    "manage_schedules",
    "manage_api_keys",
    "coordinated_responding",
    "event_rules",
    "incident_workflows",
    "change_events",
    "event_intelligence",
    "audit_trail",
)
"""What a large plan offers. PagerDuty lists the names nowhere; ``audit_trail`` is our own."""

KNOWN_ABILITIES = frozenset({*ABILITIES, "automation_actions", "feature_to_plan_map"})

GENERIC_WEBHOOK = "PJFWPEP"
GENERIC_WEBHOOK_V1 = "PF9KMXH"
SLACK = "PD8SURB"
SERVICENOW = "PFB2FJ1"
JIRA = "PJ7K2VA"


def _schema(identity: str, key: str, label: str) -> Record:
    return {
        **stamped("extension_schema", identity, label),
        "html_url": None,
        "icon_url": f"https://pd-static-assets.pagerduty.com/extensions/{key}.png",
        "logo_url": f"https://pd-static-assets.pagerduty.com/extensions/{key}-logo.png",
        "label": label,
        "key": key,
        "description": f"{label} for services",
        "guide_url": "https://support.pagerduty.com/docs/extensions",
        "send_types": ["trigger", "acknowledge", "resolve", "delegate", "escalate"],
        "url": "",
    }


EXTENSION_SCHEMAS = (
    _schema(GENERIC_WEBHOOK, "generic_v2_webhook", "Generic V2 Webhook"),
    _schema(GENERIC_WEBHOOK_V1, "generic_webhook", "Generic V1 Webhook"),
    _schema(SLACK, "slack", "Slack V2"),
    _schema(SERVICENOW, "servicenow_v7", "ServiceNow (v7)"),
    _schema(JIRA, "jira_cloud", "Jira Cloud"),
)

VENDORS = {
    "PZQ6AUS": "Amazon CloudWatch",
    "PAM4FGS": "Datadog",
    "PVGDZ0L": "Prometheus",
    "P8JX75F": "GitHub",
}
