"""Will the phone ring? Asked of one account, service by service."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.ring.callers import NO_POLICY, Assumed, Callers, Chain
from pdsec_checks.analysis.ring.outcomes import Outcome
from pdsec_checks.analysis.ring.sweep import MINUTE
from pdsec_checks.analysis.ring.swept import Sweeper, Swept
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.analysis.ring.urgency import Maintenance, Urgency, urgency_of
from pdsec_checks.analysis.ring.verdicts import (
    Judged,
    Question,
    Run,
    Stretch,
    judge,
    runs_of,
    stretches_of,
)
from pdsec_checks.analysis.ring.worlds import MOST, World, kindest, worlds
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.resources import ById, EscalationPolicy, Service

Policies = Callable[[], ById[EscalationPolicy]]
"""Returns every policy by id, or raises why they cannot be read."""


class Verdict(enum.Enum):
    """What one world says of a service."""

    PASS = enum.auto()
    FAIL = enum.auto()
    NOT_JUDGED = enum.auto()
    """No incident can be of high urgency, and none is lost."""


class Limits(Struct, frozen=True):
    """The thresholds, in minutes."""

    first_person: int
    second_person: int

    @property
    def horizon(self) -> int:
        """Minutes up to which every ring must be known to judge a moment."""
        return max(self.first_person, self.second_person)


class Situation(Struct, frozen=True):
    """One service: whom its incidents call, and when they are judged."""

    service: Service
    chain: Chain
    policy_id: str | None
    """None where none is assigned."""
    stretches: tuple[Stretch, ...]
    """None where it opens no incident in the whole span."""
    auto_resolve: int | None
    muted_seconds: int
    low_seconds: int


class Answer(Struct, frozen=True):
    """What is certain about one service and one question."""

    situation: Situation
    question: Question
    verdict: Verdict
    judged: Judged
    """That of the world in which whoever is unknown is rung at once."""
    unknown: tuple[str, ...] = ()
    """The people who are unknown, in a verdict that holds whatever they are: an id, or what calls
    them, such as ``schedule:PABC123``."""


@dataclass
class Ring:
    """The analysis of one account; policies are swept once, whoever asks."""

    policies: Policies
    callers: Callers
    maintenance: Maintenance
    abilities: Collection[str] | None
    """Those of the plan; None where they could not be read."""
    limits: Limits
    problem: InspectionError | None = None
    """Why no service can be judged; None where they can."""
    _chains: dict[str, Chain | InspectionError] = field(default_factory=dict)
    _swept: dict[Hashable, Swept] = field(default_factory=dict)
    _runs: dict[Hashable, list[Run]] = field(default_factory=dict)
    _judged: dict[Hashable, Judged] = field(default_factory=dict)
    _situations: dict[Service, Situation] = field(default_factory=dict)
    _low: dict[Urgency, tuple[Span, ...]] = field(default_factory=dict)
    _stretches: dict[Hashable, tuple[Stretch, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out the span that can be judged: up to there every ring lies in what was read."""
        read = self.callers.span
        self.span = Span(read.start, read.end - self.limits.horizon * MINUTE)
        self._sweeper = Sweeper(self.callers, self.span, self.limits.horizon)

    def assuming(self, assumed: Assumed, limits: Limits | None = None) -> Ring:
        """Return the analysis of the account as it would be if something else were so."""
        return Ring(
            self.policies,
            self.callers.assuming(assumed),
            self.maintenance,
            self.abilities,
            limits or self.limits,
            self.problem,
        )

    def first_person(self, service: Service) -> Answer:
        """Return whether a service in service reaches a person in time (PD-26).

        Raises:
            InspectionError: Nobody can tell.
        """
        return self._certain(
            self.situation(service), Question(is_second=False, limit=self.limits.first_person)
        )

    def second_person(self, service: Service) -> Answer:
        """Return whether a second person follows in time (PD-27).

        Raises:
            InspectionError: Nobody can tell.
        """
        return self._certain(
            self.situation(service), Question(is_second=True, limit=self.limits.second_person)
        )

    def situation(self, service: Service) -> Situation:
        """Return whom the incidents of a service in service call, and when they are judged.

        Raises:
            InspectionError: What decides it could not be read.
        """
        if service not in self._situations:
            self._situations[service] = self._read_situation(service)
        return self._situations[service]

    def _read_situation(self, service: Service) -> Situation:
        if self.problem is not None:
            raise self.problem
        if self.span.start >= self.span.end:
            raise InspectionError(
                "the coverage window is no longer than the minutes that a ring may take: raise "
                "schedule_coverage_days, or lower max_minutes_to_first_person and "
                "max_minutes_to_second_person"
            )
        policy_id = service.escalation_policy_id
        chain = self.chain(policy_id)
        timeout = service.auto_resolve_timeout
        low = self._low_spans(urgency_of(service, self.abilities))
        muted = tuple(self.maintenance.muted(service.id, self.span))
        self._check_maintenance(service, muted)
        stretches = self._stretches_of(muted, low)
        open_seconds = sum(each.end - each.start for each in stretches)
        low_seconds = sum(each.end - each.start for each in stretches if not each.is_high)
        muted_seconds = self.span.seconds - open_seconds
        return Situation(service, chain, policy_id, stretches, timeout, muted_seconds, low_seconds)

    def _low_spans(self, urgency: Urgency) -> tuple[Span, ...]:
        """Return when no incident is of high urgency; many services have the same hours."""
        if urgency not in self._low:
            self._low[urgency] = tuple(urgency.low_spans(self.span))
        return self._low[urgency]

    def _stretches_of(self, muted: tuple[Span, ...], low: tuple[Span, ...]) -> tuple[Stretch, ...]:
        """Return the stretches that are judged; services that have the same ones share them."""
        if (muted, low) not in self._stretches:
            self._stretches[muted, low] = stretches_of(self.span, muted, low)
        return self._stretches[muted, low]

    def _check_maintenance(self, service: Service, muted: Collection[Span]) -> None:
        """Make sure that a service in maintenance has a window that says so.

        Raises:
            InspectionError: It has none.
        """
        if service.get("status") != "maintenance":
            return
        if not any(each.start <= self.span.start < each.end for each in muted):
            raise self.maintenance.doubt(service.id) or MalformedRecordError(
                f"{service} is in maintenance, and no open maintenance window says until when"
            )

    def chain(self, policy_id: str | None) -> Chain:
        """Return whom a policy calls; nobody where there is none of that id.

        Raises:
            InspectionError: The policies could not be read, or this one does not say.
        """
        if policy_id is None:
            return NO_POLICY
        if policy_id not in self._chains:
            self._chains[policy_id] = self._read_chain(policy_id)
        found = self._chains[policy_id]
        if isinstance(found, InspectionError):
            raise found
        return found

    def _read_chain(self, policy_id: str) -> Chain | InspectionError:
        try:
            policy = self.policies().find(policy_id)
            return self.callers.chain_of(policy) if policy else NO_POLICY
        except InspectionError as error:
            return error

    def swept(self, chain: Chain, world: World | None = None) -> Swept:
        """Return what the incidents under a policy come to; in its kindest world by default."""
        if world is None:
            world = kindest(chain.doubts)
        key = (chain.id, world.key)
        if key not in self._swept:
            self._swept[key] = self._sweeper.swept(chain, world)
        return self._swept[key]

    def outcome_at(
        self, chain: Chain, world: World, moment: int, auto_resolve: int | None
    ) -> Outcome:
        """Return what an incident of one moment (seconds UTC) comes to, in one world."""
        sweeper = Sweeper(self.callers, Span(moment, moment + 1), self.limits.horizon)
        outcome = sweeper.swept(chain, world).by_second[0].outcome
        return outcome.before(auto_resolve / MINUTE) if auto_resolve else outcome

    def without_target(self, chain: Chain, key: str) -> Swept:
        """Return what incidents come to if one target, by ``Callee.key``, calls nobody."""
        rungs = tuple(
            replace(rung, callees=tuple(each for each in rung.callees if each.key != key))
            for rung in chain.rungs
        )
        return self._sweeper.swept(replace(chain, rungs=rungs), kindest(chain.doubts))

    def _certain(self, situation: Situation, question: Question) -> Answer:
        """Return the verdict that all worlds share.

        Raises:
            InspectionError: They share none; it names what is unknown.
        """
        doubts = situation.chain.doubts
        best = self.judged(situation, question, kindest(doubts))
        verdict = self._verdict(situation, question)
        if verdict is Verdict.FAIL and (doubt := self.maintenance.doubt(situation.service.id)):
            raise doubt
        unknown = tuple(dict.fromkeys(each.person for each in doubts if each.person))
        return Answer(situation, question, verdict, best, unknown)

    def _verdict(self, situation: Situation, question: Question) -> Verdict:
        doubts = situation.chain.doubts
        asked = high_only(situation) if question.is_second else situation
        if not asked.stretches:
            return Verdict.NOT_JUDGED
        if len(doubts) > MOST:
            first = Question(is_second=False, limit=question.limit)
            found = self.judged(asked, first, kindest(doubts))
            verdicts = {Verdict.FAIL} if found.windows else set(Verdict)
        else:
            all_worlds = worlds(doubts)
            verdicts = {said(self.judged(situation, question, each)) for each in all_worlds}
        if len(verdicts) > 1:
            raise combined(each.why for each in doubts)
        return verdicts.pop()

    def judged(self, situation: Situation, question: Question, world: World) -> Judged:
        """Return what one world says; services that share a policy mostly share this, too."""
        chain, stretches, timeout = situation.chain, situation.stretches, situation.auto_resolve
        key = (chain.id, world.key, timeout, question)
        if (key, stretches) not in self._judged:
            if key not in self._runs:
                swept = self.swept(chain, world)
                pieces = swept.by_second if question.is_second else swept.by_first
                self._runs[key] = runs_of(pieces, question, timeout)
            self._judged[key, stretches] = judge(self._runs[key], stretches, question)
        return self._judged[key, stretches]


def high_only(situation: Situation) -> Situation:
    """Return the situation without the time in which urgency is low."""
    high = tuple(each for each in situation.stretches if each.is_high)
    return replace(situation, stretches=high)


def said(judged: Judged) -> Verdict:
    """Return the verdict of one world."""
    if judged.windows:
        return Verdict.FAIL
    return Verdict.PASS if judged.high_seconds else Verdict.NOT_JUDGED
