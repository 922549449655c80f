"""Services: which are critical, and what is known about them elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.resources import (
    ById,
    ChangeEvent,
    Dependency,
    DependencyLookup,
    IncidentWorkflow,
    Service,
    WorkflowTrigger,
)

ALWAYS_HIGH = "constant high"


def is_named(service: Service, patterns: Iterable[str]) -> bool:
    """Tell whether an id or a name pattern (``*`` and ``?``, any case) matches a service."""
    return any(
        pattern in {service.id, service.name}
        or fnmatchcase(service.name.casefold(), pattern.casefold())
        for pattern in patterns
    )


class CriticalServices:
    """The services that carry a business service directly, or that somebody named."""

    def __init__(
        self,
        services: Iterable[Service],
        lookups: Iterable[DependencyLookup],
        patterns: Iterable[str],
        unread: InspectionError | None = None,
    ) -> None:
        """Take the services that are named, and those that *lookups* show.

        *unread* is why there are no lookups, where they are missing.
        """
        patterns = tuple(patterns)
        self._named = {service.id for service in services if is_named(service, patterns)}
        self._carrying: set[str] = set()
        self._unknown: list[tuple[str | None, InspectionError]] = []
        """Which service might be critical, or None for any, and why that is unknown."""
        if unread is not None:
            self._unknown.append((None, unread))
        for lookup in lookups:
            try:
                edges = lookup.edges
            except UnavailableError as error:
                self._unknown.append((None, error))
            else:
                for edge in edges:
                    self._add(edge)

    def _add(self, edge: Dependency) -> None:
        try:
            if edge.supports_business:
                self._carrying.add(edge.supporting.id)
        except MalformedRecordError as error:
            self._unknown.append((edge.id_at("supporting_service"), error))

    def has(self, service: Service) -> bool:
        """Tell whether a service is critical.

        Raises:
            InspectionError: It is not named, no readable edge says so, and not all can be read.
        """
        if service.id in self._named or service.id in self._carrying:
            return True
        for might_be, error in self._unknown:
            if might_be in {None, service.id}:
                raise error
        return False

    @property
    def is_empty(self) -> bool:
        """Whether there is certainly none."""
        return not (self._named or self._carrying or self._unknown)


class WorkflowCoverage:
    """Which services an enabled incident workflow listens to."""

    def __init__(
        self, workflows: Iterable[IncidentWorkflow], triggers: Iterable[WorkflowTrigger]
    ) -> None:
        self._everywhere = False
        self._services: set[str] = set()
        self._unknown: list[tuple[set[str] | None, InspectionError]] = []
        """Which services a trigger might listen to, or None for any, and why that is unknown."""
        self._waiting: set[str] = set()
        """The services to which a disabled workflow listens."""
        self._all_wait = False
        known = ById(workflows)
        for trigger in triggers:
            self._add(trigger, known)

    def _add(self, trigger: WorkflowTrigger, workflows: ById[IncidentWorkflow]) -> None:
        doubt: InspectionError | None = None
        is_everywhere = False
        try:
            if not starts_enabled(trigger, workflows):
                self._add_waiting(trigger, workflows)
                return
        except MalformedRecordError as error:
            doubt = error
        try:
            is_everywhere = trigger.covers_all_services
        except MalformedRecordError as error:
            self._unknown.append((None, doubt or error))
        services, problem = trigger.ids_in("services")
        if problem:
            self._unknown.append((None, doubt or problem))
        if doubt is not None:
            self._unknown.append((None if is_everywhere else services, doubt))
            return
        self._everywhere |= is_everywhere
        self._services |= services

    def _add_waiting(self, trigger: WorkflowTrigger, workflows: ById[IncidentWorkflow]) -> None:
        if workflows.find(trigger.workflow_id) is not None:
            self._waiting |= trigger.ids_in("services")[0]
            self._all_wait |= bool(trigger.shown("is_subscribed_to_all_services", bool))

    def why_uncovered(self, service: Service) -> str:
        """Return the cause for which no workflow surely starts for an incident of *service*."""
        is_waiting = self._all_wait or service.id in self._waiting
        return "disabled-workflow" if is_waiting else "no-trigger"

    def covers(self, service: Service) -> bool:
        """Tell whether a workflow can start for an incident of *service*.

        Raises:
            InspectionError: None surely does, and one that might cannot be read.
        """
        if self._everywhere or service.id in self._services:
            return True
        for might, error in self._unknown:
            if might is None or service.id in might:
                raise error
        return False


def starts_enabled(trigger: WorkflowTrigger, workflows: ById[IncidentWorkflow]) -> bool:
    """Tell whether a trigger starts a workflow that exists and is enabled."""
    workflow = workflows.find(trigger.workflow_id)
    return workflow is not None and workflow.is_enabled


class DependencyMap:
    """The services that stand on at least one dependency edge."""

    def __init__(
        self, business_lookups: Iterable[DependencyLookup], lookups: Iterable[DependencyLookup]
    ) -> None:
        self._mapped: set[str] = set()
        self._unknown: dict[str, InspectionError] = {}
        """Service → why its own lookup does not tell whether it has an edge."""
        for lookup in business_lookups:
            if lookup.is_read:  # whom another one would have shown is looked up alone
                self._add(lookup)
        for lookup in lookups:
            try:
                errors = self._add(lookup)
            except UnavailableError as error:
                errors = [error]
            if errors:
                self._unknown[lookup.id] = errors[0]

    def _add(self, lookup: DependencyLookup) -> list[InspectionError]:
        """Add the ends of all edges; return why some cannot be told."""
        errors: list[InspectionError] = []
        for edge in lookup.edges:
            for end in ("supporting_service", "dependent_service"):
                try:
                    self._mapped.add(edge.part(end).id)
                except MalformedRecordError as error:
                    errors.append(error)
        return errors

    def has(self, service: Service) -> bool:
        """Tell whether a service is on an edge.

        Raises:
            InspectionError: Its own lookup failed or cannot be read, and no other one shows it.
        """
        if service.id in self._mapped:
            return True
        if service.id in self._unknown:
            raise self._unknown[service.id]
        return False


class ChangeLog:
    """The services that change events name, directly or through an integration."""

    def __init__(self, events: Iterable[ChangeEvent]) -> None:
        self._services: set[str] = set()
        self._integrations: set[str] = set()
        self._unknown: MalformedRecordError | None = None
        self._unread: dict[str, UnavailableError] = {}
        """Service → why it could not be asked for its own newest event."""
        for event in events:
            if (why := event.why_unread) is not None:
                self._unread[event.id] = why
                continue
            services, problem = event.ids_in("services")
            self._services |= services
            self._unknown = problem or self._unknown
            try:
                if event.integration_id is not None:
                    self._integrations.add(event.integration_id)
            except MalformedRecordError as error:
                self._unknown = error

    def names(self, service: Service) -> bool:
        """Tell whether a change event names a service.

        Raises:
            InspectionError: None does, and one is unreadable, or what the service itself was
                asked for.
        """
        if service.id in self._services:
            return True
        if self._integrations and any_known(
            service.integrations, lambda each: each.id in self._integrations
        ):
            return True
        if service.id in self._unread:
            raise self._unread[service.id]
        if self._unknown:
            raise self._unknown
        return False


def is_always_high(service: Service) -> bool:
    """Tell whether a service surely treats every incident as high urgency."""
    try:
        return service.urgency_rule == ALWAYS_HIGH
    except MalformedRecordError:
        return False


class UrgencyRules(Struct, frozen=True):
    """How urgent the incidents of services are, as far as the services say."""

    counts: dict[str, int]
    """Rule → how many services in service surely have it."""
    unknown: list[InspectionError]
    """Why it cannot be told of a service which rule it has, or whether it is in service.

    Whether one that is always high is in service matters only where no other one is.
    """

    @classmethod
    def of(cls, services: Iterable[Service]) -> UrgencyRules:
        """Count the services in service per rule."""
        counts: Counter[str] = Counter()
        unknown: list[InspectionError] = []
        always_high: list[InspectionError] = []
        for service in services:
            try:
                if service.in_service:
                    counts[service.urgency_rule] += 1
            except MalformedRecordError as error:
                (always_high if is_always_high(service) else unknown).append(error)
        return cls(dict(sorted(counts.items())), unknown if counts else unknown + always_high)

    @property
    def differ(self) -> bool:
        """Whether a service is otherwise than always high.

        Raises:
            InspectionError: None surely is, and one might be.
        """
        if self.counts.keys() - {ALWAYS_HIGH}:
            return True
        if self.unknown:
            raise self.unknown[0]
        return False
