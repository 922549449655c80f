"""Runway: for how long a schedule goes on without anybody touching it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from pdsec_checks.analysis.certainty import Guess, any_known, certainly, combined
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import End, Member, Schedule, Turns


class Runway(enum.Enum):
    """Whether a schedule goes on for long enough."""

    LONG = enum.auto()
    SHORT = enum.auto()
    COUNTED = enum.auto()
    """It depends on how often an event repeats."""


class RunsOut(Struct, frozen=True):
    """For how long a schedule goes on."""

    runway: Runway
    until: datetime | None
    """The latest end that there may be; None where there is no end, or nobody."""
    has_anybody: bool


def runs_out(schedule: Schedule, people: People, limit: datetime) -> RunsOut:
    """Return whether somebody takes turns on a schedule after *limit*.

    Its end is the latest of its layers, or events, that have somebody who exists: those who were
    invited do, those who were deleted do not. Overrides and custom shifts do not extend it.

    Raises:
        InspectionError: It hangs on what cannot be read.
    """
    turns = schedule.turns()
    people.users()  # whoever takes turns may be there
    runway = certainly(lambda guess: judged(ends(turns, people, guess), limit))
    worse = Guess(for_the_better=False)
    if not ends(turns, people, worse) and worse.unknown:
        raise combined(worse.unknown)
    latest = ends(turns, people, Guess(for_the_better=runway is Runway.SHORT))
    finite = [each.until for each in latest if each.until is not None]
    has_no_end = any(each.until is None for each in latest)
    return RunsOut(runway, None if has_no_end else max(finite, default=None), bool(latest))


def judged(found: Sequence[End], limit: datetime) -> Runway:
    """Return what these ends come to."""
    beyond = [each for each in found if each.until is None or each.until > limit]
    if any(not each.may_be_earlier for each in beyond):
        return Runway.LONG
    return Runway.COUNTED if beyond else Runway.SHORT


def ends(found: Sequence[Turns], people: People, guess: Guess) -> list[End]:
    """Return when those turns end that somebody takes who exists; *guess* takes the unknown."""
    listed: list[End] = []
    for turns in found:
        if not guess.holds(partial(has_somebody, turns, people)):
            continue
        try:
            listed.append(turns.end())
        except InspectionError as error:
            if guess.doubt(error):
                listed.append(End(None))
    return listed


def has_somebody(turns: Turns, people: People) -> bool:
    """Tell whether somebody who exists takes turns.

    Raises:
        InspectionError: Nobody surely does, and somebody might.
    """

    def exists(member: Member) -> bool:
        if member.user is None:
            assert member.problem is not None
            raise member.problem
        return people.is_there(member.user)

    return any_known(turns.members, exists)
