"""What all services of an account come to: which have a dead window, and which nobody can judge."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from pdsec_checks.analysis.ring.account import Answer, Ring, Verdict
from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import Service, Unreadable, View


class Standing(enum.StrEnum):
    """How a service stands."""

    DEAD = "dead"
    """There is a moment in which an incident rings nobody in time."""
    RINGS = "rings"
    """An incident of every judged moment rings somebody in time."""
    NOT_JUDGED = "not_judged"
    """What decides could not be read."""
    MUTED = "muted"
    """It is in maintenance all the time."""
    LOW_URGENCY = "low_urgency"
    """Its incidents are never of high urgency, and none is lost."""
    DISABLED = "disabled"
    """It opens no incidents."""


@dataclass(frozen=True)
class Row:
    """One service."""

    service: View
    """The record that cannot be read stands for itself."""
    standing: Standing
    answer: Answer | None = None
    """What the analysis says; None where it is disabled or cannot be judged."""
    why: str = ""
    """Why it cannot be judged; empty where it can."""

    @property
    def sure(self) -> Answer:
        """The answer of a service that was judged."""
        assert self.answer is not None
        return self.answer


@dataclass(frozen=True)
class Overview:
    """All services that were asked about."""

    ring: Ring
    rows: tuple[Row, ...]
    """In the order of their names."""
    unread: str = ""
    """Why there may be more services; empty where the list is whole."""

    def of(self, *standings: Standing) -> list[Row]:
        """Return the services that stand in one of some ways."""
        return [each for each in self.rows if each.standing in standings]

    @property
    def dead(self) -> list[Row]:
        """The services with a dead window, the most dead hours first."""
        found = self.of(Standing.DEAD)
        return sorted(found, key=lambda row: -row.sure.judged.dead_seconds)

    @property
    def not_judged(self) -> list[Row]:
        """The services that nobody can judge."""
        return self.of(Standing.NOT_JUDGED)

    @property
    def in_service(self) -> list[Row]:
        """All but the disabled ones."""
        return [each for each in self.rows if each.standing is not Standing.DISABLED]

    @property
    def days(self) -> int:
        """The length of the window that was read."""
        return round(self.ring.callers.span.seconds / (24 * 3600))


def survey(ring: Ring, services: Iterable[Service | Unreadable], unread: str = "") -> Overview:
    """Return how services stand; *unread* is why there may be more of them."""
    rows = [row_of(ring, each) for each in services]
    return Overview(ring, tuple(sorted(rows, key=order)), unread)


def order(row: Row) -> tuple[str, str]:
    """Return what sorts services: the name, then the id."""
    return row.service.ref.name.casefold(), row.service.ref.id


def row_of(ring: Ring, service: Service | Unreadable) -> Row:
    """Return how one service stands."""
    try:
        if isinstance(service, Unreadable):
            raise service.error
        if not service.in_service:
            return Row(service, Standing.DISABLED)
        answer = ring.first_person(service)
    except InspectionError as error:
        return Row(service, Standing.NOT_JUDGED, why=str(error))
    return Row(service, standing_of(answer), answer)


def standing_of(answer: Answer) -> Standing:
    """Return how a service in service stands that could be judged."""
    if not answer.situation.stretches:
        return Standing.MUTED
    return {
        Verdict.FAIL: Standing.DEAD,
        Verdict.PASS: Standing.RINGS,
        Verdict.NOT_JUDGED: Standing.LOW_URGENCY,
    }[answer.verdict]
