"""The table of what is read from an account.

Operation ids and scopes are those of PagerDuty's OpenAPI document. Each data set is read in
bulk; single reads happen only for what the bulk answer leaves out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pdsec_checks.pagerduty.data_sets import (
    automation,
    change_events,
    history,
    people,
    schedules,
    services,
)
from pdsec_checks.pagerduty.http.turns import Lane
from pdsec_checks.resources.kept import Kept

DATA_SETS = {
    data_set.name: data_set
    for data_set in (
        people.ABILITIES,
        people.TEAMS,
        people.USERS,
        services.SERVICES,
        schedules.ESCALATION_POLICIES,
        schedules.SCHEDULES,
        schedules.SHIFT_SCHEDULES,
        people.ONCALLS,
        people.LICENSE_ALLOCATIONS,
        people.OAUTH_DELEGATIONS,
        people.SESSION_CONFIGURATIONS,
        automation.INCIDENT_WORKFLOWS,
        automation.INCIDENT_WORKFLOW_TRIGGERS,
        history.AUDIT_API_TOKEN,
        history.AUDIT_LATEST,
        history.AUDIT_OLDEST,
        history.AUDIT_USERS,
        history.PRIORITIES,
        history.INCIDENTS,
        automation.EXTENSIONS,
        automation.EXTENSION_DETAILS,
        automation.WEBHOOK_SUBSCRIPTIONS,
        automation.EVENT_ORCHESTRATIONS,
        automation.ORCHESTRATION_ROUTERS,
        automation.ORCHESTRATION_UNROUTED,
        services.BUSINESS_SERVICES,
        services.BUSINESS_DEPENDENCIES,
        services.TECHNICAL_DEPENDENCIES,
        services.MAINTENANCE_WINDOWS,
        change_events.CHANGE_EVENTS,
        history.ANALYTICS,
    )
}
"""Each by its name, in the order in which they start: none stands before one it waits for."""

REACH = (
    "services",
    "business_service_dependencies",
    "escalation_policies",
    "schedules",
    "shift_schedules",
    "extensions",
    "webhook_subscriptions",
    "maintenance_windows",
    "orchestration_routers",
)
"""What shows how many services stand behind a resource: worth reading where that costs nothing."""


def kept_of(names: Iterable[str]) -> dict[str, Kept]:
    """Return what is kept of the records of the data sets *names*."""
    return {name: Kept(DATA_SETS[name].kept, name, DATA_SETS[name].file) for name in names}


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
    beside = (DATA_SETS[name].shares + DATA_SETS[name].wider_with for name in names)
    shared = {each for others in beside for each in others}
    return closure(shared & set(recorded))


def lane(name: str, planned: frozenset[str]) -> Lane:
    """Return the lane of a data set: chains, and what others wait for, go first."""
    is_awaited = any(name in DATA_SETS[other].after for other in planned)
    return Lane(name, rank=0 if DATA_SETS[name].is_chain or is_awaited else 1)
