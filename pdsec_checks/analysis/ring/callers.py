"""Whom a policy calls: its levels and schedules as timelines of people, with what is unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from pdsec_checks.analysis.people import People
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.people import Reach, reach_of
from pdsec_checks.analysis.ring.timelines import (
    NOBODY,
    Group,
    Shift,
    Span,
    Timeline,
    constant,
    timeline_of,
)
from pdsec_checks.analysis.ring.worlds import (
    Doubt,
    unknown_person,
    unknown_rules,
    unknown_strategy,
)
from pdsec_checks.errors import InspectionError, MalformedRecordError, NotKeptError
from pdsec_checks.model import Interval
from pdsec_checks.resources import (
    ById,
    EscalationPolicy,
    EscalationRule,
    Reference,
    Schedule,
    Target,
    User,
)
from pdsec_checks.resources import Shift as RenderedShift
from pdsec_checks.resources.schedules import ROUND_ROBIN

Unknown = dict[str, InspectionError]
"""Somebody on call of whom nothing is known → why."""
ASSUMED = "is taken not to react"
"""Why somebody is silent of whom a question assumes it, as the end of a sentence."""


class Assumed(Struct, frozen=True):
    """What a question takes to be so, whatever the account shows."""

    gone: Group = NOBODY
    """The ids of people taken to be deleted: nobody calls them, and a level may be empty."""
    silent: Group = NOBODY
    """The ids of people taken not to react: they hold their level, and are never rung."""
    schedules: frozenset[str] = frozenset()
    """The ids of schedules taken to be deleted."""


NOTHING_ASSUMED = Assumed()


Called = tuple[str | None, InspectionError | None]
"""Whom a shift calls, None for nobody, and why that person is unknown."""


class Callee(Struct, frozen=True, eq=False, dict=True):
    """Whom one target of a level calls."""

    key: str
    """What tells it from others: kind and id."""
    label: str
    """Its name, or its id."""
    timeline: Timeline[Group]
    unknown: Unknown = field(default_factory=dict)
    zone: str = ""
    """The time zone of a schedule; empty where it has none, or is a person."""

    @property
    def id(self) -> str:
        """That of the person or the schedule; empty where the target has none."""
        kind, _, rest = self.key.partition(":")
        return rest.partition(":")[0] if kind in {"user", "schedule"} else ""

    @property
    def is_schedule(self) -> bool:
        """Whether it is one; else a person, or a target that nobody can read."""
        return self.key.startswith("schedule:")

    @cached_property
    def people(self) -> Group:
        """Everybody who is on call some time."""
        return NOBODY.union(*self.timeline.states)


class Rung(Struct, frozen=True):
    """One level of a policy: whom it calls, minutes until it escalates, and how it assigns."""

    callees: tuple[Callee, ...]
    """Each target once."""
    delay: int
    is_round_robin: bool


class Chain(Struct, frozen=True, dict=True):
    """A policy as far as it matters who is called when."""

    id: str
    name: str
    rungs: tuple[Rung, ...]
    loops: int
    doubts: tuple[Doubt, ...] = ()

    @cached_property
    def people(self) -> Group:
        """Everybody who is on call some time."""
        return NOBODY.union(*(each.people for rung in self.rungs for each in rung.callees))


NO_POLICY = Chain("", "", (), 0)
"""That of a service without a policy: nobody is called."""


class Callers:
    """Whom the policies of an account call in a window; each part is worked out once."""

    def __init__(
        self,
        people: People,
        schedules: ById[Schedule],
        window: Interval,
        ring_methods: Collection[str],
        unread: InspectionError | None = None,
        assumed: Assumed = NOTHING_ASSUMED,
    ) -> None:
        """Take people and schedules; *unread* is why there may be more schedules."""
        self._people, self._schedules, self._window = people, schedules, window
        self.ring_methods = frozenset(ring_methods)
        self._unread = unread
        self._assumed = assumed
        self.span = Span(*(int(each.timestamp()) for each in window))
        self._callees: dict[str, Callee] = {}
        self._reach: dict[str, Reach] = {}

    def assuming(self, assumed: Assumed) -> Callers:
        """Return whom the policies would call if something else were so."""
        known = self._people, self._schedules, self._window, self.ring_methods, self._unread
        return Callers(*known, assumed)

    @property
    def users(self) -> ById[User]:
        """Every user.

        Raises:
            InspectionError: They could not be read.
        """
        return self._people.users()

    @property
    def schedules(self) -> ById[Schedule]:
        """Every schedule that was read.

        Raises:
            InspectionError: A list of them could not be read.
        """
        if self._unread is not None:
            raise self._unread
        return self._schedules

    def chain_of(self, policy: EscalationPolicy) -> Chain:
        """Return whom a policy calls.

        Raises:
            InspectionError: The policy does not say whom its levels call, or when it escalates.
        """
        rungs: list[Rung] = []
        doubts: list[Doubt] = []
        for number, rule in enumerate(policy.rules):
            callees = self.callees_of(rule)
            rungs.append(Rung(callees, rule.delay, rule.strategy == ROUND_ROBIN))
            doubts += self._strategy_doubts(policy, number, rule, callees)
        unknown: Unknown = {}
        for each in (each for rung in rungs for each in rung.callees):
            unknown |= each.unknown
        doubts += [unknown_person(person, why) for person, why in unknown.items()]
        if policy.num_loops < 0:
            raise MalformedRecordError(f"{policy}: field 'num_loops' is below 0")
        chain = Chain(policy.id, policy.name, tuple(rungs), policy.num_loops)
        doubts += self._rule_doubts(sorted(chain.people - unknown.keys()))
        return replace(chain, doubts=tuple(doubts))

    def callees_of(self, rule: EscalationRule) -> tuple[Callee, ...]:
        """Return whom a level calls, each target once.

        Raises:
            InspectionError: The level does not say.
        """
        return tuple(dict.fromkeys(map(self._callee_of, rule.targets)))

    def minutes(self, people: Collection[str]) -> dict[str, float]:
        """Return for each person the minutes to the first ring; at once where that is unknown."""
        return {person: self.reach(person).best for person in people}

    def reach(self, person: str) -> Reach:
        """Return when a person is rung."""
        if person not in self._reach:
            self._reach[person] = self.reach_by(person, self.ring_methods)
        return self._reach[person]

    def reach_by(self, person: str, ring_methods: Collection[str]) -> Reach:
        """Return when a person is rung by contact methods of some types; unknown people at best."""
        if person in self._assumed.silent:
            return Reach(NEVER, NEVER, ASSUMED)
        user = self.users.get(person)
        return reach_of(user, ring_methods) if user else Reach(0, NEVER)

    def devices(self, person: str) -> dict[str, float]:
        """Return the minutes to the first ring by each type of contact method that rings."""
        found = {kind: self.reach_by(person, {kind}).best for kind in sorted(self.ring_methods)}
        return {kind: minutes for kind, minutes in found.items() if minutes < NEVER}

    def name_of(self, person: str) -> str:
        """Return the name of a person; the id of one who is unknown."""
        user = self._people.users().get(person)
        return user.name if user else person

    def _strategy_doubts(
        self,
        policy: EscalationPolicy,
        number: int,
        rule: EscalationRule,
        callees: Collection[Callee],
    ) -> Iterator[Doubt]:
        """Yield the doubt about how a level assigns; with one target it makes no difference."""
        if rule.strategy is None and sum(bool(each.people) for each in callees) > 1:
            text = f"level {number + 1} of {policy} does not say whether it assigns everybody"
            yield unknown_strategy(number, MalformedRecordError(text))

    def _rule_doubts(self, people: Collection[str]) -> Iterator[Doubt]:
        for person in people:
            found = self.reach(person)
            if found.doubt is not None:
                yield unknown_rules(person, found.best, found.worst, found.doubt)

    def _callee_of(self, target: Target) -> Callee:
        try:
            kind, identity = ("user" if target.is_user else "schedule"), target.id
            deleted = self._people.deleted_on(target)
        except NotKeptError:
            raise
        except InspectionError as error:
            return self._unknown_callee(f"target:{target.shown('id', str)}", error)
        key = f"{kind}:{identity}"
        if deleted:
            return Callee(f"{key}:deleted", identity, constant(self.span.start, NOBODY))
        if key not in self._callees:
            read = self._person if kind == "user" else self._schedule
            self._callees[key] = read(key, identity)
        return self._callees[key]

    def _unknown_callee(self, key: str, why: InspectionError, label: str = "") -> Callee:
        """Return a target of which nothing is known: nobody, or somebody at all times."""
        timeline = constant(self.span.start, frozenset({key}))
        return Callee(key, label or key, timeline, {key: why})

    def _person(self, key: str, identity: str) -> Callee:
        unknown: Unknown = {}
        user = None
        try:
            user = self._people.users().find(identity)
        except MalformedRecordError as error:
            unknown = {identity: error}  # whom a schedule may name as well: it is one person
        name = user.name if user else identity
        if identity in self._assumed.gone or not (user or unknown):
            return Callee(key, name, constant(self.span.start, NOBODY))
        return Callee(key, name, constant(self.span.start, frozenset({identity})), unknown)

    def _schedule(self, key: str, identity: str) -> Callee:
        try:
            schedule = self._schedules.find(identity)
            if schedule is None:
                return self._missing(key, identity)
            if identity in self._assumed.schedules:
                return Callee(key, schedule.name, constant(self.span.start, NOBODY))
            return self._rendered(key, schedule)
        except NotKeptError:
            raise
        except InspectionError as error:
            return self._unknown_callee(key, error, identity)

    def _missing(self, key: str, identity: str) -> Callee:
        """Return the target that is a schedule in no list; nobody where the lists are complete."""
        if self._unread is not None:
            return self._unknown_callee(key, self._unread, identity)
        return Callee(key, identity, constant(self.span.start, NOBODY))

    def _rendered(self, key: str, schedule: Schedule) -> Callee:
        shifts: list[Shift] = []
        unknown: Unknown = {}
        known: dict[Reference, Called] = {}
        for each in schedule.shifts(self._window):
            person, why = self._called(key, each, known)
            if person is not None:
                span = self.span if each.span is None else seconds_of(each.span)
                shifts.append(Shift(span.start, span.end, person))
                if why is not None:
                    unknown.setdefault(person, why)
        zone = schedule.shown("time_zone", str) or ""
        found = Callee(key, schedule.name, timeline_of(shifts, self.span), zone=zone)
        found.unknown.update({who: why for who, why in unknown.items() if who in found.people})
        return found

    def _called(self, key: str, shift: RenderedShift, known: dict[Reference, Called]) -> Called:
        """Return whom a shift calls; *known* are those whom the shifts before it call.

        Shifts of one person mostly share the reference.
        """
        if shift.problem is not None or shift.user is None:
            return self._read_called(key, shift.user, shift.problem)
        if shift.user not in known:
            known[shift.user] = self._read_called(key, shift.user, None)
        return known[shift.user]

    def _read_called(
        self, key: str, user: Reference | None, problem: InspectionError | None
    ) -> Called:
        if user is None:
            return f"{key}:?", problem
        if user.id in self._assumed.gone:
            return None, None
        person = user.id if problem is None else f"{key}:{user.id}"
        try:
            return (person, problem) if self._people.is_there(user) else (None, None)
        except NotKeptError:
            raise
        except InspectionError as error:
            return person, problem or error


def seconds_of(span: Interval) -> Span:
    """Return a span of moments as one of seconds."""
    return Span(int(span.start.timestamp()), int(span.end.timestamp()))
