"""Reach: how many services in service stand behind a resource, and how many of them are critical.

It decides what is fixed first among findings alike, and no verdict. What was not read, or cannot
be read, and might be a service more makes the number unknown: never small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar

from pdsec_checks.analysis.services import CriticalServices
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import ACCOUNT, Reach
from pdsec_checks.resources import (
    ById,
    EscalationPolicy,
    EscalationRule,
    Extension,
    Integration,
    Schedule,
    Service,
    User,
    View,
    WebhookSubscription,
    printable,
)

Doubts: TypeAlias = dict[str, InspectionError]
"""The id of a policy or a schedule → why nobody can tell whether it calls somebody."""
T = TypeVar("T")
V = TypeVar("V", bound=View)


@dataclass(slots=True)
class Group:
    """Some services, counted; those that are out of service are left out."""

    services: int = 0
    critical: int = 0
    doubt: InspectionError | None = None
    """Why there may be more services; None when there are not."""
    critical_doubt: InspectionError | None = None
    """Why more of them may be critical; None when they are not."""

    @property
    def may_have_any(self) -> bool:
        """Whether there is a service in it, or may be one."""
        return bool(self.services or self.doubt)

    def add(self, other: Group) -> None:
        """Count the services of another group, which has none of these, as well."""
        self.services += other.services
        self.critical += other.critical
        self.doubt = self.doubt or other.doubt
        self.critical_doubt = self.critical_doubt or other.critical_doubt

    @property
    def reach(self) -> Reach:
        """The same as a report tells it."""
        if self.doubt:
            return Reach(why=str(self.doubt))
        if self.critical_doubt:
            return Reach(self.services, None, str(self.critical_doubt))
        return Reach(self.services, self.critical)


def together(groups: Iterable[Group]) -> Group:
    """Return groups that share no service as one."""
    found = Group()
    for each in groups:
        found.add(each)
    return found


class Once(Generic[T]):
    """What *make* returns, or the InspectionError that it raises; it is called once."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._error: InspectionError | None = None

    def get(self) -> T:
        """Return what was made, or raise why it could not be."""
        if self._error is None and not self._made:
            try:
                self._made.append(self._make())
            except InspectionError as error:
                self._error = error
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._made[0]


@dataclass(frozen=True)
class Sources:
    """What reach is counted from; each raises an InspectionError where it was not read."""

    services: Callable[[], list[Service]]
    critical: Callable[[], CriticalServices]
    policies: Callable[[], list[EscalationPolicy]]
    schedules: Callable[[], list[Schedule]]
    extensions: Callable[[], list[Extension]]
    subscriptions: Callable[[], list[WebhookSubscription]]
    as_of: datetime
    """Who takes turns then or later counts."""


class ServicesBehind:
    """Answers for any resource; what it needs for that is worked out once, when it is asked."""

    def __init__(self, sources: Sources) -> None:
        self._services = Once(lambda: _Services(sources.services(), sources.critical()))
        self._callers = Once(lambda: _Callers(sources.policies()))
        self._turns = Once(lambda: _Turns(sources.schedules(), sources.as_of))
        self._extensions = Once(lambda: ById(sources.extensions()))
        self._subscriptions = Once(lambda: ById(sources.subscriptions()))
        self._by_kind: Mapping[str, Callable[[str], Group]] = {
            ACCOUNT: self._everything,
            "api_key": self._everything,
            Service.kind: self._service,
            Integration.kind: self._integration,
            EscalationPolicy.kind: self._policy,
            Schedule.kind: self._schedule,
            User.kind: self._user,
            Extension.kind: self._extension,
            WebhookSubscription.kind: self._subscription,
        }

    def of(self, kind: str, identity: str) -> Reach:
        """Return the reach of the resource with this type and id."""
        count = self._by_kind.get(kind)
        if count is None:
            return Reach(why=f"services behind a {kind.replace('_', ' ')} are not counted")
        try:
            return count(identity).reach
        except InspectionError as error:
            return Reach(why=str(error))

    def _everything(self, _: str) -> Group:
        """Count all services: an account has them, and an API key can change them."""
        return self._services.get().all

    def _service(self, identity: str) -> Group:
        return self._services.get().one(identity)

    def _integration(self, identity: str) -> Group:
        services = self._services.get()
        return services.one(services.of_integration(identity))

    def _policy(self, identity: str) -> Group:
        return self._services.get().with_policy(identity)

    def _schedule(self, identity: str) -> Group:
        return self._called({identity}, {})

    def _user(self, identity: str) -> Group:
        turns = self._turns.get()
        return self._called({identity} | turns.schedules_of(identity), turns.doubts)

    def _called(self, targets: AbstractSet[str], may_be_on: Doubts) -> Group:
        """Count the services whose policies call one of *targets*, or may call it.

        *may_be_on* are schedules on which the resource may be, with the reason.
        """
        services, callers = self._services.get(), self._callers.get()
        surely = {policy for each in targets for policy in callers.policies.get(each, ())}
        found = together(map(services.with_policy, surely))
        found.doubt = found.doubt or callers.nameless
        for policy, error in callers.doubts(may_be_on).items():
            if policy not in surely and services.with_policy(policy).may_have_any:
                found.doubt = found.doubt or error
        return found

    def _extension(self, identity: str) -> Group:
        extension = known(self._extensions.get(), identity)
        services, problem = extension.ids_in("extension_objects")
        if problem or not services:
            raise problem or InspectionError(f"{extension} names no service")
        return together(map(self._services.get().one, sorted(services)))

    def _subscription(self, identity: str) -> Group:
        watched = known(self._subscriptions.get(), identity).part("filter")
        kind = watched.read("type", str).removesuffix("_reference")
        if kind == ACCOUNT:
            return self._services.get().all
        if kind == Service.kind:
            return self._services.get().one(watched.id)
        raise InspectionError(f"which services belong to a {printable(kind)} is not read")


def known(views: ById[V], identity: str) -> V:
    """Return the view with an id.

    Raises:
        InspectionError: There is none that can be read.
    """
    found = views.find(identity)
    if found is None:
        raise InspectionError(f"no resource {identity} was read")
    return found


class _Services:
    """The services of an account, by their policy."""

    def __init__(self, services: Iterable[Service], critical: CriticalServices) -> None:
        self._critical = critical
        self._by_id: dict[str, Service] = {}
        self._by_policy: dict[str, Group] = defaultdict(Group)
        self._nameless: InspectionError | None = None
        """Why a service cannot be told from others; it may be any."""
        self._unplaced: InspectionError | None = None
        """Why it cannot be told of a service which policy it has; it may be any."""
        self.all = Group()
        for each in services:
            self._add(each)

    def _add(self, service: Service) -> None:
        try:
            self._by_id[service.id] = service
        except InspectionError as error:
            self._nameless = self._unplaced = error
            self.all.doubt = error
            return
        group = self._counted(service)
        self.all.add(group)
        try:
            policy = service.escalation_policy_id
        except InspectionError as error:
            self._unplaced = error if group.may_have_any else self._unplaced
        else:
            if policy is not None:
                self._by_policy[policy].add(group)

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

    def with_policy(self, identity: str) -> Group:
        """Return the services that hand their incidents to a policy."""
        found = self._by_policy.get(identity, Group())
        return together([found, Group(doubt=self._unplaced)])

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


@dataclass
class _Callers:
    """Which policies call whom: users and schedules, by id."""

    listed: Iterable[EscalationPolicy]
    policies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """User or schedule → the policies with a rule that calls it."""
    nameless: InspectionError | None = None
    """Why a policy cannot be told from others; it may call anybody."""
    _may_call_any: Doubts = field(default_factory=dict)
    """Policies of which a part cannot be read."""

    def __post_init__(self) -> None:
        for policy in self.listed:
            try:
                self._add(policy.id, policy)
            except InspectionError as error:
                self.nameless = error

    def _add(self, identity: str, policy: EscalationPolicy) -> None:
        try:
            rules = policy.rules
        except InspectionError as error:
            self._may_call_any[identity] = error
            return
        for rule in rules:
            self._add_rule(identity, rule)

    def _add_rule(self, identity: str, rule: EscalationRule) -> None:
        """Add the targets of a rule; one of an unknown kind still names whom it calls."""
        try:
            targets = rule.targets
        except InspectionError as error:
            self._may_call_any[identity] = error
            return
        for target in targets:
            try:
                self.policies[target.id].add(identity)
            except InspectionError as error:
                self._may_call_any[identity] = error

    def doubts(self, may_be_on: Doubts) -> Doubts:
        """Return the policies that may call somebody who may be on the schedules *may_be_on*."""
        if not may_be_on:
            return self._may_call_any
        found = dict(self._may_call_any)
        for schedule, error in may_be_on.items():
            found |= dict.fromkeys(self.policies.get(schedule, ()), error)
        return found


class _Turns:
    """Who is on which schedule."""

    def __init__(self, schedules: Iterable[Schedule], as_of: datetime) -> None:
        self._schedules: dict[str, set[str]] = defaultdict(set)
        self._nameless: InspectionError | None = None
        self.doubts: Doubts = {}
        """The schedules on which anybody may be."""
        for schedule in schedules:
            try:
                self._add(schedule.id, schedule, as_of)
            except InspectionError as error:
                self._nameless = error

    def _add(self, identity: str, schedule: Schedule, as_of: datetime) -> None:
        """Add who takes turns on a schedule, and whom an override puts there."""
        try:
            people = [*schedule.members(as_of), *schedule.holders()]
        except InspectionError as error:
            self.doubts[identity] = error
            return
        for each in people:
            if each.user is not None:
                self._schedules[each.user.id].add(identity)
            elif each.problem is not None:
                self.doubts[identity] = each.problem

    def schedules_of(self, user: str) -> set[str]:
        """Return the schedules that a user is on.

        Raises:
            InspectionError: A schedule has no id, and the user may be on that.
        """
        if self._nameless:
            raise self._nameless
        return self._schedules.get(user, set())
