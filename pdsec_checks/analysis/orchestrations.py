"""Event orchestrations: events that no service gets, so that nobody is called for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from msgspec import Struct, field

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.problem import Problem, shared_cause
from pdsec_checks.errors import InspectionError, NotKeptError
from pdsec_checks.model import Record, counted
from pdsec_checks.resources import (
    ById,
    EventOrchestration,
    Router,
    RouterRule,
    Service,
    Unrouted,
    View,
    printable,
)
from pdsec_checks.resources.orchestrations import UNROUTED

T = TypeVar("T")
V = TypeVar("V", bound=View)


class Route(Struct, frozen=True):
    """Where the catch-all of a router, or one of its rules, sends events."""

    to: str
    """The id of a service, or ``unrouted``."""
    rule: RouterRule | None = None
    """None for the catch-all."""

    @property
    def by(self) -> str:
        """What sends them: the id of the rule, or ``catch-all``."""
        return "catch-all" if self.rule is None else self.rule.shown("id", str) or "unknown"

    @property
    def label(self) -> str:
        """What somebody called the rule; nothing for the catch-all, or where nobody did."""
        return "" if self.rule is None else self.rule.shown("label", str) or ""


class Fate(Struct):
    """What becomes of the events of one orchestration, as far as that is known."""

    catch_all: str | None = None
    """Where everything goes that no rule matches; None where nobody knows."""
    dead: list[tuple[Route, str]] = field(default_factory=list)
    """What routes to a service that gets nothing, and why that one does not."""
    unrouted: list[Route] = field(default_factory=list)
    """What leaves events unrouted."""
    looked_up_by: list[str] = field(default_factory=list)
    """By what events name their service themselves."""
    is_suppressed: bool | None = None
    """Whether unrouted events are suppressed; None where nobody knows, or has to."""
    unknown: list[InspectionError] = field(default_factory=list)
    """Why it is not known altogether."""

    @property
    def leaving(self) -> str:
        """The end of a sentence about what leaves events unrouted; nothing where nothing does."""
        if not self.unrouted:
            return ""
        rules = [each for each in self.unrouted if each.rule is not None]
        by = ["its catch-all"] if len(rules) < len(self.unrouted) else []
        by += [counted(len(rules), "rule")] if rules else []
        return f"leaves events unrouted (by {' and '.join(by)})"

    def problem(self) -> Problem | None:
        """Return how events are surely lost; None where none are, as far as is known."""
        found = []
        if self.is_suppressed:
            text = f"{self.leaving}, where they are suppressed and call nobody"
            found.append(Problem(text, "swallowed"))
        if self.dead:
            ids = dict.fromkeys(f"{printable(route.to)} ({why})" for route, why in self.dead)
            text = f"routes events to services that get none: {', '.join(ids)}"
            found.append(Problem(text, "dead-route"))
        if not found:
            return None
        return Problem(", and ".join(found), shared_cause(found, "several"))

    def doubt(self) -> InspectionError | None:
        """Return why more events may be lost than is known; None where that cannot be."""
        return combined(self.unknown) if self.unknown else None

    def tried(self, ask: Callable[[], T]) -> T | None:
        """Return what *ask* returns, or None, and note why nobody can tell."""
        try:
            return ask()
        except NotKeptError:
            raise
        except InspectionError as error:
            self.unknown.append(error)
            return None


def fate_as_evidence(fate: Fate) -> Record:
    """Return what becomes of the events of an orchestration as plain JSON."""
    evidence: Record = {
        "catch_all": fate.catch_all,
        "dead_routes": [
            {"rule": route.by, "label": route.label, "route_to": route.to, "why": why}
            for route, why in fate.dead
        ],
        "unrouted_by": [route.by for route in fate.unrouted],
        "suppressed": fate.is_suppressed,
        "looked_up_by": fate.looked_up_by,
    }
    return {name: value for name, value in evidence.items() if value not in (None, [])}


class Routing(Struct, frozen=True):
    """The routers of one account, and the services that they send events to."""

    routers: ById[Router]
    unrouted: ById[Unrouted]
    services: ById[Service]

    def router_of(self, orchestration: EventOrchestration) -> Router:
        """Return the router of an orchestration, which messages call by its name.

        Raises:
            InspectionError: It was not read.
        """
        found = known(self.routers, orchestration)
        return Router(found.record, str(orchestration), found.kept)

    def fate(self, orchestration: EventOrchestration) -> Fate:
        """Return what becomes of its events."""
        fate = Fate()
        router = fate.tried(partial(self.router_of, orchestration))
        if router is None:
            return fate
        for route in routes(router, fate):
            if route.to == UNROUTED:
                fate.unrouted.append(route)
            elif why := fate.tried(partial(self.why_dead, route.to)):
                fate.dead.append((route, why))
        if fate.unrouted:
            fate.is_suppressed = fate.tried(partial(self.are_suppressed, orchestration))
        return fate

    def why_dead(self, service_id: str) -> str | None:
        """Return why a service gets no events; None where it does.

        Raises:
            MalformedRecordError: It does not say, or a service without an id may be the one.
        """
        service = self.services.find(service_id)
        if service is None:
            return "gone"
        return None if service.in_service else "disabled"

    def are_suppressed(self, orchestration: EventOrchestration) -> bool:
        """Tell whether the unrouted events of an orchestration are suppressed.

        Raises:
            InspectionError: Nobody knows.
        """
        found = known(self.unrouted, orchestration)
        return Unrouted(found.record, str(orchestration), found.kept).is_suppressed()


def known(look_ups: ById[V], orchestration: EventOrchestration) -> V:
    """Return what a look-up showed of an orchestration.

    Raises:
        InspectionError: There was none.
    """
    found = look_ups.find(orchestration.id)
    if found is None:
        raise InspectionError(f"{orchestration}: where its events go to was not read")
    return found


def routes(router: Router, fate: Fate) -> Iterator[Route]:
    """Yield where a router sends events: by each rule that is not disabled, and by the catch-all.

    What nobody can tell, and what events themselves name, is noted in *fate*.
    """
    rules, doubt = router.rules()
    if doubt is not None:
        fate.unknown.append(doubt)
    for rule in rules:
        if fate.tried(rule.is_enabled):
            yield from routes_of(rule, fate)
    fate.catch_all = fate.tried(router.catch_all)
    if fate.catch_all is not None:
        yield Route(fate.catch_all)


def routes_of(rule: RouterRule, fate: Fate) -> Iterator[Route]:
    """Yield where a rule sends events: to one service, or to none that it names itself."""
    looked_up_by = fate.tried(rule.looked_up_by)
    if looked_up_by is not None:
        fate.looked_up_by.append(looked_up_by)
    if looked_up_by is None or rule.names_a_route:
        to = fate.tried(rule.route)
        if to is not None:
            yield Route(to, rule)


def sent_to(router: Router) -> tuple[set[str], InspectionError | None]:
    """Return the services that a router names, and why it may name others; None where not.

    They are ids, of services that are there or not.
    """
    fate = Fate()
    ids = {route.to for route in routes(router, fate)} - {UNROUTED}
    return ids, fate.doubt()


def leaves_unrouted(router: Router) -> bool:
    """Tell whether a router surely leaves events unrouted."""
    return any(route.to == UNROUTED for route in routes(router, Fate()))
