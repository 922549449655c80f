"""One incident: whom it calls level by level, and whether that is in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.ring.account import Ring, Situation
from pdsec_checks.analysis.ring.callers import Chain
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.steps import Step, steps_at
from pdsec_checks.analysis.ring.sweep import MINUTE
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.analysis.ring.urgency import urgency_of
from pdsec_checks.analysis.ring.worlds import MOST, World, kindest, worlds
from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import Service


@dataclass(frozen=True)
class Incident:
    """An incident that a service opens at a moment, or would."""

    situation: Situation
    moment: int
    is_high: bool
    """Whether it may be of high urgency; low urgency never escalates."""
    muted_until: int | None
    """The end of the maintenance in which there is no incident; None where it opens one."""
    steps: tuple[Step, ...]
    """The levels that it looks at until nothing can change, or it resolves itself, in the kindest
    world."""
    rings: tuple[Mapping[str, float], ...]
    """For each step: person → minutes since the incident to the ring, NEVER where there is none."""
    first: float
    """Minutes to the first ring, in the kindest world; NEVER where there is none."""
    second: float
    """The same for a second person."""
    takes_turns: tuple[bool, ...]
    """For each step: whether it assigns one of several targets, and nobody knows which."""
    is_dead: bool | None
    """Whether it rings nobody in time; None where nobody can tell."""
    doubt: InspectionError | None = None
    """What is unknown of the policy; the steps show it as if whoever is unknown rang at once."""
    is_cut_short: bool = False
    """Whether it resolves itself before a level that it would look at, or a ring."""

    @property
    def is_lost(self) -> bool:
        """Whether nobody is on call on any level, so that there is no incident."""
        return all(each.is_skipped for each in self.steps)


def incident_at(ring: Ring, service: Service, moment: int) -> Incident:
    """Return what an incident of a service comes to that opens at a moment (seconds UTC).

    Raises:
        InspectionError: What decides it could not be read.
    """
    situation = ring.situation(service)
    at = Span(moment, moment + 1)
    is_high = not urgency_of(service, ring.abilities).low_spans(at)
    muted = ring.maintenance.muted(service.id, Span(moment, ring.callers.span.end))
    is_muted = bool(muted) and muted[0].start == moment
    chain = situation.chain
    world = kindest(chain.doubts)
    outcome = ring.outcome_at(chain, world, moment, situation.auto_resolve)
    steps = steps_at(chain, world, moment, ring.callers.span.end)
    if not is_high:
        steps = without_escalation(steps)
    walk = Walk(ring, situation, world, steps)
    resolved = resolved_after(situation)
    looked_at = [number for number, each in enumerate(steps) if each.offset <= outcome.second]
    shown = [number for number in looked_at if steps[number].offset < resolved]
    return Incident(
        situation,
        moment,
        is_high,
        muted[0].end if is_muted else None,
        tuple(steps[number] for number in shown),
        tuple(walk.rings(number) for number in shown),
        outcome.first,
        outcome.second,
        tuple(is_uncertain(chain, world, steps[number]) for number in shown),
        is_muted_or_dead(ring, situation, moment, is_high=is_high, is_muted=is_muted),
        combined(each.why for each in chain.doubts) if chain.doubts else None,
        is_cut_short=shown != looked_at or outcome != ring.outcome_at(chain, world, moment, None),
    )


def resolved_after(situation: Situation) -> float:
    """Return the minutes after which an incident resolves itself; NEVER where it does not."""
    return situation.auto_resolve / MINUTE if situation.auto_resolve else NEVER


def without_escalation(steps: list[Step]) -> list[Step]:
    """Return the steps of an incident of low urgency: whoever is assigned first keeps it."""
    visits = (number for number, each in enumerate(steps) if not each.is_skipped)
    first = next(visits, None)
    return steps if first is None else [*steps[:first], replace(steps[first], end=NEVER)]


def is_muted_or_dead(
    ring: Ring, situation: Situation, moment: int, *, is_high: bool, is_muted: bool
) -> bool | None:
    """Return whether an incident rings nobody in time; None where nobody can tell.

    In maintenance there is none, which is nobody's fault.
    """
    if is_muted:
        return False
    doubts = situation.chain.doubts
    all_worlds = list(worlds(doubts)) if len(doubts) <= MOST else [kindest(doubts)]
    found = {is_dead(ring, situation, moment, world, is_high=is_high) for world in all_worlds}
    if found == {False} and len(doubts) > MOST:
        return None
    if True in found and ring.maintenance.doubt(situation.service.id):
        return None
    return found.pop() if len(found) == 1 else None


def is_dead(ring: Ring, situation: Situation, moment: int, world: World, *, is_high: bool) -> bool:
    """Return whether an incident rings nobody in time, in one world."""
    outcome = ring.outcome_at(situation.chain, world, moment, situation.auto_resolve)
    return outcome.is_lost or (is_high and outcome.first > ring.limits.first_person)


@dataclass(frozen=True)
class Walk:
    """The steps of an incident, in one world, and whom they ring."""

    ring: Ring
    situation: Situation
    world: World
    steps: list[Step]

    def rings(self, place: int) -> dict[str, float]:
        """Return when each person of a step is rung by it, NEVER for the others.

        Whoever the following steps assign as well may be rung by it when it is over.
        """
        step = self.steps[place]
        people = sorted({person for _, group in step.on_call for person in group})
        return {person: self._ring_at(place, person) for person in people}

    def _ring_at(self, place: int, person: str) -> float:
        reach = self.ring.callers.reach(person)
        at = self.steps[place].offset + self.world.minutes.get(person, reach.best)
        end = min(self._end_for(place, person), resolved_after(self.situation))
        return at if at < end else NEVER

    def _end_for(self, place: int, person: str) -> float:
        """Return when the unbroken assignment of a person ends, by this step and those after it."""
        end = self.steps[place].end
        if self._is_uncertain(self.steps[place]):
            return end
        for step in self.steps[place + 1 :]:
            if step.is_skipped:
                continue
            is_assigned = any(person in group for _, group in step.on_call)
            if not is_assigned or self._is_uncertain(step):
                break
            end = step.end
        return end

    def _is_uncertain(self, step: Step) -> bool:
        return is_uncertain(self.situation.chain, self.world, step)


def is_uncertain(chain: Chain, world: World, step: Step) -> bool:
    """Tell whether a step assigns one of several targets, and nobody knows which."""
    place = step.level - 1
    takes_turns = chain.rungs[place].is_round_robin or place in world.round_robin
    return takes_turns and len({group for _, group in step.on_call if group}) > 1
