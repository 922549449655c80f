"""Which services there are, and by what they are found: policy, team, integration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from pdsec_checks.analysis.reach.group import Group, together
from pdsec_checks.analysis.services import CriticalServices
from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import Service


class Owned:
    """Services by what they belong to: a policy, a team."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = defaultdict(Group)
        self.untold: InspectionError | None = None
        """Why it cannot be told of a service what it belongs to; it may be any."""

    def add(self, group: Group, read_owners: Callable[[], Iterable[str]]) -> None:
        """Add one service, as a group, to each of those that own it."""
        try:
            owners = set(read_owners())
        except InspectionError as error:
            self.untold = error if group.may_have_any else self.untold
            return
        for each in owners:
            self._groups[each].add(group)

    def of(self, identity: str) -> Group:
        """Return the services that belong to the owner with an id."""
        return together([self._groups.get(identity, Group()), Group(doubt=self.untold)])


class Services:
    """The services of an account, by id, policy, team and integration."""

    def __init__(self, services: Iterable[Service], critical: CriticalServices) -> None:
        self._critical = critical
        self._by_id: dict[str, Service] = {}
        self._by_policy, self._by_team = Owned(), Owned()
        self._nameless: InspectionError | None = None
        """Why a service cannot be told from others; it may be any."""
        self.all = Group()
        for each in services:
            self._add(each)

    def _add(self, service: Service) -> None:
        try:
            self._by_id[service.id] = service
        except InspectionError as error:
            self._nameless = self.all.doubt = error
            self._by_policy.untold = self._by_team.untold = error
            return
        group = self._counted(service)
        self.all.add(group)
        self._by_policy.add(group, lambda: filter(None, [service.escalation_policy_id]))
        self._by_team.add(group, lambda: [team.id for team in service.teams])

    def _counted(self, service: Service) -> Group:
        """Return one service as a group, empty where it is out of service."""
        try:
            if not service.in_service:
                return Group()
        except InspectionError as error:
            return Group(doubt=error)
        try:
            return Group(1, int(self._critical.has(service)))
        except InspectionError as error:
            return Group(1, critical_doubt=error)

    def one(self, identity: str) -> Group:
        """Return the service with an id.

        Raises:
            InspectionError: There is none among those that were read.
        """
        if identity not in self._by_id:
            raise self._nameless or InspectionError(f"no service {identity} was read")
        return self._counted(self._by_id[identity])

    def if_there(self, identity: str) -> Group:
        """Return the service with an id; nothing where it is gone."""
        return self.one(identity) if identity in self._by_id else Group(doubt=self._nameless)

    def with_policy(self, identity: str) -> Group:
        """Return the services that hand their incidents to a policy."""
        return self._by_policy.of(identity)

    def of_team(self, identity: str) -> Group:
        """Return the services that belong to a team; a service may belong to several."""
        return self._by_team.of(identity)

    def of_integration(self, identity: str) -> str:
        """Return the id of the service that an integration belongs to.

        Raises:
            InspectionError: No integration that can be read has this id.
        """
        if identity not in self._by_integration:
            raise InspectionError(f"no integration {identity} was read")
        return self._by_integration[identity]

    @cached_property
    def _by_integration(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for identity, service in self._by_id.items():
            found |= dict.fromkeys(service.ids_in("integrations")[0], identity)
        return found
