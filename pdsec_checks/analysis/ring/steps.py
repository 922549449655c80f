"""The walk of one moment, level by level, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pdsec_checks.analysis.ring.callers import Callee, Chain
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.sweep import DAY, MINUTE
from pdsec_checks.analysis.ring.timelines import Group
from pdsec_checks.analysis.ring.worlds import World


@dataclass(frozen=True)
class Step:
    """One look at a level."""

    level: int
    """From 1."""
    turn: int
    """How often all levels were gone through before."""
    offset: int
    """Minutes since the incident."""
    end: float
    """When it escalates; *offset* where nobody is there and it is skipped, NEVER for the last."""
    on_call: tuple[tuple[Callee, Group], ...]
    """Each target with who is on call on it, nobody included."""
    free_at: tuple[tuple[Callee, int | None], ...] = ()
    """Of each target without anybody, the moment in seconds at which that changes; None: never."""

    @property
    def is_skipped(self) -> bool:
        """Whether nobody is on call, so that the next level is looked at without delay."""
        return not any(group for _, group in self.on_call)


def steps_at(chain: Chain, world: World, moment: int, known_until: int) -> list[Step]:
    """Return the steps of an incident that opens at a moment (seconds UTC).

    They end with the walk, after a day, or at the end of what was read.
    """
    found: list[Step] = []
    empty = 0
    for turn, level in turns(chain):
        offset = int(found[-1].end) if found else 0
        if empty == len(chain.rungs) or offset > DAY or moment + offset * MINUTE >= known_until:
            break
        step = look(chain, world, moment, (turn, level, offset))
        empty = empty + 1 if step.is_skipped else 0
        found.append(step)
    return held(found)


def turns(chain: Chain) -> Iterator[tuple[int, int]]:
    """Yield which level is looked at in which turn, both from 0."""
    for turn in range(chain.loops + 1):
        for level in range(len(chain.rungs)):
            yield turn, level


def look(chain: Chain, world: World, moment: int, place: tuple[int, int, int]) -> Step:
    """Return what one level shows *offset* minutes after the incident."""
    turn, level, offset = place
    rung, at = chain.rungs[level], moment + offset * MINUTE
    on_call = tuple((each, each.timeline.at(at) - world.nobody) for each in rung.callees)
    free = tuple((each, each.timeline.until(at)) for each, group in on_call if not group)
    is_empty = len(free) == len(on_call)
    return Step(level + 1, turn, offset, offset + (0 if is_empty else rung.delay), on_call, free)


def held(steps: list[Step]) -> list[Step]:
    """Return the steps with the last visit held for ever: its people keep the incident."""
    visits = [number for number, step in enumerate(steps) if not step.is_skipped]
    if visits:
        last = steps[visits[-1]]
        steps[visits[-1]] = Step(
            last.level, last.turn, last.offset, NEVER, last.on_call, last.free_at
        )
    return steps
