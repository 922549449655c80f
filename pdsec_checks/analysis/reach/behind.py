"""The services behind a resource of any kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct

from pdsec_checks.analysis.orchestrations import sent_to
from pdsec_checks.analysis.reach.callers import Callers, Doubts, Turns
from pdsec_checks.analysis.reach.group import Group, together
from pdsec_checks.analysis.reach.services import Services
from pdsec_checks.analysis.services import CriticalServices
from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Reach
from pdsec_checks.model import ACCOUNT
from pdsec_checks.resources import (
    ById,
    EscalationPolicy,
    EventOrchestration,
    Extension,
    Integration,
    MaintenanceWindow,
    Router,
    Schedule,
    Service,
    User,
    UserChange,
    View,
    WebhookSubscription,
    printable,
)

TEAM = "team"
"""What a subscription may watch, and nothing that a control judges."""
T = TypeVar("T")
V = TypeVar("V", bound=View)


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


class Sources(Struct, frozen=True):
    """What reach is counted from; each raises an InspectionError where it was not read."""

    services: Callable[[], list[Service]]
    critical: Callable[[], CriticalServices]
    policies: Callable[[], list[EscalationPolicy]]
    schedules: Callable[[], list[Schedule]]
    extensions: Callable[[], list[Extension]]
    subscriptions: Callable[[], list[WebhookSubscription]]
    windows: Callable[[], list[MaintenanceWindow]]
    routers: Callable[[], list[Router]]
    as_of: datetime
    """Who takes turns then or later counts."""


class ServicesBehind:
    """Answers for any resource; what it needs for that is worked out once, when it is asked."""

    def __init__(self, sources: Sources) -> None:
        self._services = Once(lambda: Services(sources.services(), sources.critical()))
        self._callers = Once(lambda: Callers(sources.policies()))
        self._turns = Once(lambda: Turns(sources.schedules(), sources.as_of))
        self._extensions = Once(lambda: ById(sources.extensions()))
        self._subscriptions = Once(lambda: ById(sources.subscriptions()))
        self._windows = Once(lambda: ById(sources.windows()))
        self._routers = Once(lambda: ById(sources.routers()))

    def of(self, kind: str, identity: str) -> Reach:
        """Return the reach of the resource with this type and id."""
        count = self._BY_KIND.get(kind)
        if count is None:
            return Reach(why=f"services behind a {kind.replace('_', ' ')} are not counted")
        try:
            return count(self, identity).reach
        except InspectionError as error:
            return Reach(why=str(error))

    def _everything(self, _: str) -> Group:
        """Count all services: an account has them; a key or an administrator can change them."""
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
        """Count the services whose policies call a user, on a schedule or by name."""
        try:
            turns = self._turns.get()
            on, may_be_on = turns.schedules_of(identity), turns.doubts
        except InspectionError as error:
            found = self._called({identity}, {})
            found.doubt = found.doubt or error
            return found
        return self._called({identity} | on, may_be_on)

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
        """Count the services whose events it gets: those of the account, a team, or one."""
        watched = known(self._subscriptions.get(), identity).part("filter")
        kind = watched.read("type", str).removesuffix("_reference")
        if kind == ACCOUNT:
            return self._services.get().all
        if kind == Service.kind:
            return self._services.get().one(watched.id)
        if kind == TEAM:
            return self._services.get().of_team(watched.id)
        raise InspectionError(f"which services belong to a {printable(kind)} is not read")

    def _window(self, identity: str) -> Group:
        """Count the services that a maintenance window mutes; one that is gone it does not."""
        ids, problem = known(self._windows.get(), identity).service_ids
        found = together(map(self._services.get().if_there, sorted(ids)))
        found.doubt = found.doubt or problem
        return found

    def _orchestration(self, identity: str) -> Group:
        """Count the services that an orchestration sends events to; one that is gone gets none."""
        ids, problem = sent_to(known(self._routers.get(), identity))
        found = together(map(self._services.get().if_there, sorted(ids)))
        found.doubt = found.doubt or problem
        return found

    _BY_KIND: ClassVar[Mapping[str, Callable[[ServicesBehind, str], Group]]] = {
        ACCOUNT: _everything,
        "api_key": _everything,
        UserChange.kind: _everything,
        Service.kind: _service,
        Integration.kind: _integration,
        EscalationPolicy.kind: _policy,
        Schedule.kind: _schedule,
        User.kind: _user,
        Extension.kind: _extension,
        WebhookSubscription.kind: _subscription,
        MaintenanceWindow.kind: _window,
        EventOrchestration.kind: _orchestration,
    }


def known(views: ById[V], identity: str) -> V:
    """Return the view with an id.

    Raises:
        InspectionError: There is none that can be read.
    """
    found = views.find(identity)
    if found is None:
        raise InspectionError(f"no resource {identity} was read")
    return found
