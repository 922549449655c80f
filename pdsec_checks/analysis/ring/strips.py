"""The time of a policy as a strip: run-length pieces, each with what an incident comes to in it."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from pdsec_checks.analysis.ring.account import Ring, Situation
from pdsec_checks.analysis.ring.outcomes import NEVER, Outcome
from pdsec_checks.analysis.ring.overview import Overview, Row, Standing
from pdsec_checks.analysis.ring.verdicts import outcomes_in
from pdsec_checks.resources import View

QUICK = 5
"""Minutes within which PagerDuty's own guide wants an incident to be with somebody."""


class Band(enum.StrEnum):
    """What incidents of a span come to."""

    QUICK = "quick"
    """A ring within ``QUICK`` minutes, or the limit where that is lower."""
    IN_TIME = "in time"
    LATE = "late"
    NEVER = "never"
    LOST = "lost"
    """No incident at all: nobody is on call on any level."""
    MUTED = "muted"
    """The service is in maintenance, and opens none."""
    LOW = "low"
    """Low urgency, which never escalates."""


class StripPiece(NamedTuple):
    """A span of seconds UTC, and what incidents come to in all of it."""

    start: int
    end: int
    band: Band


@dataclass(frozen=True)
class Strip:
    """The whole judged span of a policy, for the services to which it comes out the same."""

    policy_id: str | None
    """None where the services name no policy."""
    policy_name: str
    """Empty where there is no such policy."""
    services: tuple[View, ...]
    pieces: tuple[StripPiece, ...]
    """In order, without gaps; neighbours differ."""
    is_dead: bool
    """Whether the services have a dead window."""


def strips(overview: Overview) -> list[Strip]:
    """Return a strip for each policy, those with dead windows first.

    Services that share a policy share its strip, but for those whose maintenance, low urgency or
    auto-resolve timeout differs. One that cannot be judged has none.
    """
    groups: dict[object, list[Row]] = {}
    for row in overview.of(Standing.DEAD, Standing.RINGS, Standing.LOW_URGENCY):
        found = row.sure.situation
        key = (found.policy_id, found.chain.id, found.stretches, found.auto_resolve)
        groups.setdefault(key, []).append(row)
    made = [strip_of(overview.ring, rows) for rows in groups.values()]
    return sorted(made, key=lambda each: (not each.is_dead, each.policy_name.casefold()))


def strip_of(ring: Ring, rows: list[Row]) -> Strip:
    """Return the strip of services that share all that decides."""
    situation = rows[0].sure.situation
    return Strip(
        situation.policy_id,
        situation.chain.name,
        tuple(each.service for each in rows),
        tuple(joined(banded(ring, situation))),
        rows[0].standing is Standing.DEAD,
    )


def banded(ring: Ring, situation: Situation) -> Iterator[StripPiece]:
    """Yield what a service's incidents come to, piece by piece of the judged span."""
    limit, at = ring.limits.first_person, ring.span.start
    pieces = ring.swept(situation.chain).by_first
    parts = outcomes_in(pieces, situation.stretches, situation.auto_resolve)
    for start, end, outcome, is_high in parts:
        if at < start:
            yield StripPiece(at, start, Band.MUTED)
        yield StripPiece(start, end, band_of(outcome, limit, is_high=is_high))
        at = end
    if at < ring.span.end:
        yield StripPiece(at, ring.span.end, Band.MUTED)


def band_of(outcome: Outcome, limit: int, *, is_high: bool) -> Band:
    """Return what an incident comes to."""
    if outcome.is_lost:
        return Band.LOST
    if not is_high:
        return Band.LOW
    if outcome.first == NEVER:
        return Band.NEVER
    if outcome.first > limit:
        return Band.LATE
    return Band.QUICK if outcome.first <= QUICK else Band.IN_TIME


def joined(pieces: Iterable[StripPiece]) -> Iterator[StripPiece]:
    """Yield pieces with neighbours that come to the same made one."""
    for band, run in groupby(pieces, lambda piece: piece.band):
        found = list(run)
        yield StripPiece(found[0].start, found[-1].end, band)
