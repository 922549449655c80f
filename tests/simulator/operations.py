"""The table of operations: path, scope, handler, and what the plan must offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.endpoints import (
    automation,
    history,
    people,
    schedules,
    services,
    unknown,
)
from tests.simulator.messages import Answer, Call
from tests.simulator.records import Record

Handler = Callable[[Call], Record | Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that PagerDuty can be asked."""

    path: str
    scope: str | None
    """The OAuth scope that a scoped token needs; None where the document names none."""
    handle: Handler
    ability: str | None = None
    """The ability without which the plan answers 402."""
    timely: bool = False
    """Whether the answer depends on the present moment even without parameters."""
    method: str = "GET"
    is_oauth: bool = False
    """Whether it belongs to the identity server, which asks for no key."""


BUSINESS = "/service_dependencies/business_services/{id}"
TECHNICAL = "/service_dependencies/technical_services/{id}"
ANALYTICS = "/analytics/metrics/incidents/services"

OPERATIONS = (
    Operation("/abilities", "abilities.read", people.list_abilities),
    Operation("/abilities/{id}", "abilities.read", people.show_ability),
    Operation("/users", "users.read", people.list_users),
    Operation("/users/me", None, people.show_me, timely=True),
    Operation("/users/{id}", "users.read", people.show_user),
    Operation(
        "/users/{id}/contact_methods",
        "users:contact_methods.read",
        people.list_contact_methods,
    ),
    Operation(
        "/users/{id}/notification_rules",
        "users:contact_methods.read",
        people.list_notification_rules,
    ),
    Operation(
        "/users/{id}/oauth_delegations", "oauth_delegations.read", people.list_oauth_delegations
    ),
    Operation("/license_allocations", "licenses.read", people.list_license_allocations),
    Operation("/teams", "teams.read", people.list_teams, "teams"),
    Operation("/teams/{id}", "teams.read", people.show_team, "teams"),
    Operation("/teams/{id}/members", "teams.read", people.list_members, "teams"),
    Operation("/services", "services.read", services.list_services),
    Operation("/services/{id}", "services.read", services.show_service),
    Operation(
        "/services/{id}/integrations/{integration_id}",
        "services.read",
        services.show_integration,
    ),
    Operation("/escalation_policies", "escalation_policies.read", schedules.list_policies),
    Operation("/escalation_policies/{id}", "escalation_policies.read", schedules.show_policy),
    Operation("/schedules", "schedules.read", schedules.list_schedules),
    Operation("/schedules/{id}", "schedules.read", schedules.show_schedule),
    Operation("/v3/schedules", None, schedules.list_shift_schedules),
    Operation("/v3/schedules/{id}", None, schedules.show_shift_schedule),
    Operation(
        "/session_configurations", "session_configurations.read", people.list_session_configurations
    ),
    Operation("/oncalls", "oncalls.read", people.list_oncalls, timely=True),
    Operation(
        "/incident_workflows",
        "incident_workflows.read",
        automation.list_workflows,
        "incident_workflows",
    ),
    Operation(
        "/incident_workflows/triggers",
        "incident_workflows.read",
        automation.list_triggers,
        "incident_workflows",
    ),
    Operation(
        "/audit/records",
        "audit_records.read",
        history.list_audit_records,
        "audit_trail",
        timely=True,
    ),
    Operation("/extensions", "extensions.read", automation.list_extensions),
    Operation("/extensions/{id}", "extensions.read", automation.show_extension),
    Operation("/extension_schemas", "extension_schemas.read", automation.list_extension_schemas),
    Operation(
        "/webhook_subscriptions",
        "webhook_subscriptions.read",
        automation.list_webhook_subscriptions,
    ),
    Operation("/event_orchestrations", "event_orchestrations.read", automation.list_orchestrations),
    Operation(
        "/event_orchestrations/{id}/router", "event_orchestrations.read", automation.show_router
    ),
    Operation(
        "/event_orchestrations/{id}/unrouted",
        "event_orchestrations.read",
        automation.show_unrouted,
    ),
    Operation("/priorities", "priorities.read", history.list_priorities),
    Operation("/incidents", "incidents.read", history.list_incidents, timely=True),
    Operation(
        "/maintenance_windows", "services.read", services.list_maintenance_windows, timely=True
    ),
    Operation("/business_services", "services.read", services.list_business_services),
    Operation(BUSINESS, "services.read", services.list_business_dependencies),
    Operation(TECHNICAL, "services.read", services.list_technical_dependencies),
    Operation("/change_events", "change_events.read", history.list_change_events),
    Operation(
        "/services/{id}/change_events", "services.read", history.list_change_events_of_service
    ),
    Operation(ANALYTICS, "analytics.write", history.analyse_services, method="POST", timely=True),
    Operation("/oauth/token", None, unknown.refuse_unknown, method="POST", is_oauth=True),
    Operation("/oauth/authorize", None, unknown.refuse_unknown, is_oauth=True),
)
