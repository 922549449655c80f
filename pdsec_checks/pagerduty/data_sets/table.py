"""The table of what is read from an account, and how each data set is read.

Operation ids and scopes are those of PagerDuty's OpenAPI document. Each data set is read in
bulk; single reads happen only for what the bulk answer leaves out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pdsec_checks.pagerduty.data_sets.automation import (
    read_extensions,
    read_incident_workflow_triggers,
    read_incident_workflows,
    read_webhook_subscriptions,
)
from pdsec_checks.pagerduty.data_sets.data_set import DataSet
from pdsec_checks.pagerduty.data_sets.history import (
    KEY_USE,
    read_analytics,
    read_audit_api_token,
    read_audit_latest,
    read_audit_oldest,
    read_change_events,
    read_incidents,
    read_priorities,
)
from pdsec_checks.pagerduty.data_sets.people import (
    read_abilities,
    read_oncalls,
    read_teams,
    read_users,
)
from pdsec_checks.pagerduty.data_sets.schedules import (
    read_escalation_policies,
    read_schedules,
    read_shift_schedules,
)
from pdsec_checks.pagerduty.data_sets.services import (
    read_business_dependencies,
    read_business_services,
    read_services,
    read_technical_dependencies,
)
from pdsec_checks.pagerduty.http.turns import Lane

DATA_SETS = {
    data_set.name: data_set
    for data_set in (
        DataSet("abilities", "/abilities", ("abilities.read",), read_abilities),
        DataSet("teams", "/teams", ("teams.read",), read_teams),
        DataSet("users", "/users", ("users.read", "users:contact_methods.read"), read_users),
        DataSet("services", "/services", ("services.read",), read_services),
        DataSet(
            "escalation_policies",
            "/escalation_policies",
            ("escalation_policies.read",),
            read_escalation_policies,
        ),
        DataSet("schedules", "/schedules", ("schedules.read",), read_schedules),
        DataSet("shift_schedules", "/v3/schedules", ("schedules.read",), read_shift_schedules),
        DataSet("oncalls", "/oncalls", ("oncalls.read",), read_oncalls),
        DataSet(
            "incident_workflows",
            "/incident_workflows",
            ("incident_workflows.read",),
            read_incident_workflows,
        ),
        DataSet(
            "incident_workflow_triggers",
            "/incident_workflows/triggers",
            ("incident_workflows.read",),
            read_incident_workflow_triggers,
            is_chain=True,
        ),
        DataSet(
            KEY_USE,
            "/audit/records",
            ("audit_records.read",),
            read_audit_api_token,
            is_chain=True,
        ),
        DataSet("audit_latest", "/audit/records", ("audit_records.read",), read_audit_latest),
        DataSet(
            "audit_oldest",
            "/audit/records",
            ("audit_records.read",),
            read_audit_oldest,
            shares=(KEY_USE,),
            is_chain=True,
        ),
        DataSet("priorities", "/priorities", ("priorities.read",), read_priorities),
        DataSet("incidents", "/incidents", ("incidents.read",), read_incidents),
        DataSet("extensions", "/extensions", ("extensions.read",), read_extensions),
        DataSet(
            "webhook_subscriptions",
            "/webhook_subscriptions",
            ("webhook_subscriptions.read",),
            read_webhook_subscriptions,
        ),
        DataSet(
            "business_services", "/business_services", ("services.read",), read_business_services
        ),
        DataSet(
            "business_service_dependencies",
            "/service_dependencies/business_services/{id}",
            ("services.read",),
            read_business_dependencies,
            after=("business_services",),
        ),
        DataSet(
            "technical_service_dependencies",
            "/service_dependencies/technical_services/{id}",
            ("services.read",),
            read_technical_dependencies,
            after=("services", "business_service_dependencies"),
        ),
        DataSet(
            "change_events",
            "/change_events",
            ("change_events.read",),
            read_change_events,
            after=("services",),
            is_chain=True,
        ),
        DataSet(
            "analytics",
            "/analytics/metrics/incidents/services",
            ("analytics.write",),
            read_analytics,
        ),
    )
}


def closure(names: Iterable[str]) -> set[str]:
    """Return the data sets *names* and those that must be read for them."""
    wanted: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += DATA_SETS[name].after
    return wanted


def shared_by(names: Iterable[str], recorded: Collection[str]) -> set[str]:
    """Return what else must be read so that *names* are read as they were *recorded*."""
    shared = {each for name in names for each in DATA_SETS[name].shares}
    return closure(shared & set(recorded))


def lane(name: str, planned: frozenset[str]) -> Lane:
    """Return the lane of a data set: chains, and what others wait for, go first."""
    is_awaited = any(name in DATA_SETS[other].after for other in planned)
    return Lane(name, rank=0 if DATA_SETS[name].is_chain or is_awaited else 1)
