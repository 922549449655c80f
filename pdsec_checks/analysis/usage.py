"""Usage: which services have an escalation policy, and which policies a schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from msgspec import Struct

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.analysis.escalation import Uses
from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import EscalationPolicy, Schedule, Service


class PolicyUses:
    """Which services have a policy, and whether that is known of all services."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services: dict[str, list[Service]] = {}
        self._unknown: list[tuple[Service, InspectionError]] = []
        """Services that may have any policy, and why nobody can tell which."""
        for service in services:
            try:
                policy = service.escalation_policy_id
            except InspectionError as error:
                self._unknown.append((service, error))
                continue
            if policy is not None:
                self._services.setdefault(policy, []).append(service)

    def of(self, policy: EscalationPolicy) -> list[Service]:
        """Return the services that have a policy, the disabled ones too; none: nobody uses it.

        Raises:
            InspectionError: None is known, and a service that cannot be read might be one.
        """
        found = self._services.get(policy.id, [])
        if not found and self._unknown:
            raise self._unknown[0][1]
        return found

    def is_in_service(self, policy: EscalationPolicy) -> bool:
        """Tell whether a service that is not disabled has a policy.

        Raises:
            InspectionError: None surely has, and one might.
        """
        if any_known(self._services.get(policy.id, []), is_in_service):
            return True
        for service, error in self._unknown:
            if not service.is_disabled:
                raise error
        return False


def is_in_service(service: Service) -> bool:
    """Tell whether a service can open incidents.

    Raises:
        MalformedRecordError: It has no status that PagerDuty documents.
    """
    return service.in_service


class Usage(Struct, frozen=True, dict=True):
    """Who uses policies and schedules; a list that nobody asks about need not be readable."""

    read_services: Callable[[], PolicyUses]
    """Returns which services have a policy, or raises why the services cannot be read."""
    read_policies: Callable[[], Uses]
    """Returns which policies notify a schedule, or raises why the policies cannot be read."""

    @cached_property
    def services(self) -> PolicyUses:
        """Which services have a policy.

        Raises:
            UnavailableError: The services cannot be read.
        """
        return self.read_services()

    def is_used(self, resource: EscalationPolicy | Schedule) -> bool:
        """Tell whether a service has a policy, or a policy notifies a schedule.

        Raises:
            InspectionError: Nobody can tell.
        """
        if isinstance(resource, Schedule):
            return bool(self.read_policies().of(resource))
        return bool(self.services.of(resource))

    @staticmethod
    def unused(resource: EscalationPolicy | Schedule) -> str:
        """Return the sentence that says so of one that nobody uses."""
        by = "escalation policy" if isinstance(resource, Schedule) else "service"
        return f"{resource} is not used by any {by}"
