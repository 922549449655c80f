"""Services: which are critical, and what is known about them elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.resources import (
    ChangeEvent,
    Dependency,
    DependencyLookup,
    IncidentWorkflow,
    Service,
    WorkflowTrigger,
)


def is_named(service: Service, patterns: Iterable[str]) -> bool:
    """Tell whether an id or a name pattern (``*`` and ``?``, any case) matches a service."""
    return any(
        pattern in {service.id, service.name}
        or fnmatchcase(service.name.casefold(), pattern.casefold())
        for pattern in patterns
    )


def critical_services(
    services: Iterable[Service], edges: Iterable[Dependency], patterns: Iterable[str]
) -> set[str]:
    """Return the ids of the services that carry a business service directly or are named."""
    carrying = {edge.supporting.id for edge in edges if edge.supports_business}
    return {
        service.id for service in services if service.id in carrying or is_named(service, patterns)
    }


@dataclass(frozen=True)
class WorkflowCoverage:
    """Which services an enabled incident workflow listens to."""

    everywhere: bool
    service_ids: frozenset[str]

    @classmethod
    def of(
        cls, workflows: Iterable[IncidentWorkflow], triggers: Iterable[WorkflowTrigger]
    ) -> WorkflowCoverage:
        """Combine the triggers of the enabled workflows."""
        enabled = {workflow.id for workflow in workflows if workflow.is_enabled}
        live = [trigger for trigger in triggers if trigger.workflow_id in enabled]
        return cls(
            everywhere=any(trigger.covers_all_services for trigger in live),
            service_ids=frozenset(each for trigger in live for each in trigger.service_ids),
        )

    def covers(self, service: Service) -> bool:
        """Tell whether a workflow can start for an incident of *service*."""
        return self.everywhere or service.id in self.service_ids


class DependencyMap:
    """The services that stand on at least one dependency edge."""

    def __init__(self, edges: Iterable[Dependency], lookups: Iterable[DependencyLookup]) -> None:
        self._unread: dict[str, UnavailableError] = {}
        known = list(edges)
        for lookup in lookups:
            try:
                known += lookup.edges
            except UnavailableError as error:
                self._unread[lookup.id] = error
        self._mapped = {node.id for edge in known for node in (edge.supporting, edge.dependent)}

    def has(self, service: Service) -> bool:
        """Tell whether a service is on an edge.

        Raises:
            UnavailableError: Its own lookup failed, and no other one shows it.
        """
        if service.id in self._mapped:
            return True
        if service.id in self._unread:
            raise self._unread[service.id].with_traceback(None)
        return False


class ChangeLog:
    """The services that change events name, directly or through an integration."""

    def __init__(self, events: Iterable[ChangeEvent]) -> None:
        self._services: set[str] = set()
        self._integrations: set[str] = set()
        self._unknown: MalformedRecordError | None = None
        for event in events:
            try:
                self._services |= event.service_ids
                self._integrations |= {event.integration_id or ""}
            except MalformedRecordError as error:
                self._unknown = error

    def names(self, service: Service) -> bool:
        """Tell whether a change event names a service.

        Raises:
            MalformedRecordError: None does, and one is unreadable.
        """
        if service.id in self._services:
            return True
        if any(each.id in self._integrations for each in service.integrations):
            return True
        if self._unknown:
            raise self._unknown
        return False


def urgency_rules(services: Iterable[Service]) -> tuple[dict[str, int], InspectionError | None]:
    """Count services per urgency rule; also return why one of them could not be told."""
    counts: dict[str, int] = {}
    unknown: InspectionError | None = None
    for service in services:
        try:
            rule = service.urgency_rule
        except MalformedRecordError as error:
            unknown = error
        else:
            counts[rule] = counts.get(rule, 0) + 1
    return dict(sorted(counts.items())), unknown
