"""The one sentence that says whether the phone will ring, over plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pdsec_checks.analysis.ring.overview import Overview, Standing
from pdsec_checks.analysis.ring.verdicts import Why
from pdsec_checks.model import counted
from pdsec_checks.reports.ring.words import IN_UTC
from pdsec_checks.reports.text import line

EXEMPT = {
    Standing.MUTED: "in maintenance all the time",
    Standing.LOW_URGENCY: "with low urgency only, which never escalates",
}
"""Why a service in service is not judged, although everything was read."""


@dataclass(frozen=True)
class FirstWindow:
    """The earliest dead window of all services."""

    service: str
    """The name of its service."""
    start: int
    """In seconds UTC, as its end."""
    end: int
    why: Why
    minutes: int | None = None
    """The latest ring of a window that is ``late``."""
    has_policy: bool = True
    """Whether the service has an escalation policy that exists."""

    @property
    def sentence(self) -> str:
        """What it is, for instance ``First: 'Checkout', … nobody on call.``."""
        when = IN_UTC.span(self.start, self.end)
        return f"First: '{line(self.service)}', {when}, {self._why}."

    @property
    def _why(self) -> str:
        match self.why:
            case Why.LOST:
                return "nobody on call" if self.has_policy else "no escalation policy"
            case Why.LATE:
                return f"the first ring comes after up to {self.minutes} minutes"
        return "nobody who is on call is ever rung"


@dataclass(frozen=True)
class Tally:
    """How many services stand how, which is all that the headline is made of."""

    days: int
    limit: int
    """Minutes within which somebody must be rung."""
    dead: int = 0
    """Services with a dead window."""
    rings: int = 0
    """Services of which every judged moment rings somebody in time."""
    not_judged: int = 0
    """Services that nobody can judge: not one of them may look as if it rang."""
    exempt: Mapping[str, int] = field(default_factory=dict)
    """Why services are not judged although everything was read → how many."""
    first: FirstWindow | None = None
    """None where no service has a dead window."""
    is_list_whole: bool = True
    """Whether there are certainly no further services."""
    is_selected: bool = False
    """Whether only some services were asked about."""
    is_stopped: bool = False
    """Whether the inspection was stopped before every service was judged."""

    @property
    def total(self) -> int:
        """The services in service."""
        return self.dead + self.rings + self.not_judged + sum(self.exempt.values())

    @property
    def noun(self) -> str:
        """What services are called."""
        return "selected service" if self.is_selected else "service"


def headline(tally: Tally) -> str:
    """Return whether the phone will ring, in one or two sentences.

    It says so of every moment only where every service could be judged.
    """
    if tally.dead:
        return " ".join(each for each in (dead(tally), first(tally), unknown(tally)) if each)
    if tally.not_judged or not tally.is_list_whole or tally.is_stopped:
        return f"{unknown(tally)}{alive(tally)}"
    if not tally.rings:
        return nothing(tally)
    count = tally.rings
    number = f"all {count:,} {tally.noun}s" if count > 1 else f"the one {tally.noun}"
    return (
        f"Every moment of the next {counted(tally.days, 'day')} reaches a person within "
        f"{counted(tally.limit, 'minute')}, on {number} in service{exempt(tally)}."
    )


def dead(tally: Tally) -> str:
    """Return how many services have a dead window."""
    verb = "has" if tally.dead == 1 else "have"
    return (
        f"{tally.dead:,} of {counted(tally.total, tally.noun)} {verb} a moment in the next "
        f"{counted(tally.days, 'day')} in which an incident would ring nobody within "
        f"{counted(tally.limit, 'minute')}."
    )


def first(tally: Tally) -> str:
    """Return the earliest dead window."""
    return tally.first.sentence if tally.first else ""


def unknown(tally: Tally) -> str:
    """Return how many services nobody can judge; empty where all can be judged."""
    if tally.is_stopped:
        return "The inspection was stopped, so nobody can tell whether all services ring."
    if not tally.is_list_whole:
        return (
            "The list of services could not be read, so nobody can tell whether all of them ring."
        )
    if not tally.not_judged:
        return ""
    return f"{tally.not_judged:,} of {counted(tally.total, tally.noun)} could not be judged."


def alive(tally: Tally) -> str:
    """Return what is known of the others, beside services that nobody can judge."""
    if not tally.rings:
        return ""
    verb = "rings" if tally.rings == 1 else "ring"
    return (
        f" The other {tally.rings:,} {verb} somebody within {counted(tally.limit, 'minute')} at "
        f"every moment of the next {counted(tally.days, 'day')}."
    )


def nothing(tally: Tally) -> str:
    """Return why nothing is to be said."""
    if not tally.total:
        return "No service is in service, so no incident can ring anybody."
    return f"No {tally.noun} was judged{exempt(tally)}."


def exempt(tally: Tally) -> str:
    """Return in brackets how many services are not judged although everything was read."""
    parts = [f"{count:,} {why}" for why, count in tally.exempt.items() if count]
    total = sum(tally.exempt.values())
    return f" ({total:,} not judged: {', '.join(parts)})" if parts else ""


def tally_of(overview: Overview, *, is_selected: bool = False) -> Tally:
    """Return how many services of an overview stand how."""
    return Tally(
        days=overview.days,
        limit=overview.ring.limits.first_person,
        dead=len(overview.of(Standing.DEAD)),
        rings=len(overview.of(Standing.RINGS)),
        not_judged=len(overview.not_judged),
        exempt={why: len(overview.of(standing)) for standing, why in EXEMPT.items()},
        first=first_window(overview),
        is_list_whole=not overview.unread,
        is_selected=is_selected,
    )


def first_window(overview: Overview) -> FirstWindow | None:
    """Return the earliest dead window of all services; of equals that of the first name."""
    found = [(each, row) for row in overview.of(Standing.DEAD) for each in row.sure.judged.windows]
    if not found:
        return None
    window, row = min(found, key=lambda pair: pair[0].start)
    return FirstWindow(
        row.service.ref.name,
        window.start,
        window.end,
        window.why,
        window.minutes,
        bool(row.sure.situation.chain.id),
    )
