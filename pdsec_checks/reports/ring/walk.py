"""The walk of one incident, step by step: the rows that every format shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pdsec_checks.analysis.ring.account import Ring
from pdsec_checks.analysis.ring.callers import Callee
from pdsec_checks.analysis.ring.incident import Incident
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.steps import Step
from pdsec_checks.analysis.ring.words import moment
from pdsec_checks.reports.ring.words import (
    IN_UTC,
    Zone,
    device,
    length,
    lost,
    minutes,
    name_and_id,
    named,
    policy,
)
from pdsec_checks.reports.text import line

VERB = re.compile("^(is |has (?=no ))")
"""How a reason about a person begins that stands behind a colon here."""
MOST_ROWS = 60
"""Rows of a walk that are shown; one that rings nobody goes on for a day."""


class WalkRow(NamedTuple):
    """One target of a level, or one person on it."""

    offset: str
    """Minutes since the incident; empty below the first row of a step."""
    level: str
    whom: str
    """Whom it calls, and by what."""
    result: str
    """What comes of it."""


def title(incident: Incident) -> str:
    """Return which service, which policy, when, and how urgent."""
    situation = incident.situation
    urgency = "high" if incident.is_high else "low"
    at = minute(incident.moment)
    return f"{named(situation.service)} · {policy(situation)} · incident at {at}, {urgency} urgency"


def minute(seconds: int) -> str:
    """Return a moment in UTC as ISO 8601, to the minute where there are no seconds."""
    text = moment(seconds)
    return text if seconds % 60 else text.replace(":00Z", "Z")


def rows(incident: Incident, ring: Ring) -> list[WalkRow]:
    """Return the steps of an incident, at most ``MOST_ROWS``."""
    found = [row for place in range(len(incident.steps)) for row in rows_of(incident, ring, place)]
    left = len(found) - MOST_ROWS
    return found if left <= 0 else [*found[:MOST_ROWS], WalkRow("", "", f"… {left} more", "")]


def rows_of(incident: Incident, ring: Ring, place: int) -> Iterator[WalkRow]:
    """Yield the rows of one step."""
    step = incident.steps[place]
    offset, level = f"{step.offset} min", f"level {step.level}{', again' if step.turn else ''}"
    free = dict(step.free_at)
    for callee, group in step.on_call:
        if not group:
            result = "skipped at once" if step.is_skipped else ""
            yield WalkRow(
                offset, level, f"{label(callee)}: {nobody(incident, step, callee, free)}", result
            )
            offset = level = ""
        for person in sorted(group):
            is_sure = person not in callee.unknown and ring.callers.reach(person).doubt is None
            result = came(incident, place, person, is_sure=is_sure)
            yield WalkRow(offset, level, whom(incident, ring, callee, person), result)
            offset = level = ""
    if not step.on_call:
        yield WalkRow(offset, level, "it names nobody", "skipped at once")


def label(callee: Callee) -> str:
    """Return a target for people."""
    return name_and_id(callee.label, callee.id)


def nobody(incident: Incident, step: Step, callee: Callee, free: dict[Callee, int | None]) -> str:
    """Return that nobody is on call on a target, and until when."""
    if not callee.is_schedule:
        return "does not exist any more"
    until = free.get(callee)
    if until is None:
        return "nobody on call"
    looked_at = incident.moment + step.offset * 60
    end = minute(until)
    is_same_day = minute(looked_at)[:10] == end[:10]
    return f"nobody on call until {end[11:] if is_same_day else end}"


def whom(incident: Incident, ring: Ring, callee: Callee, person: str) -> str:
    """Return a person on call, how the level comes to them, and by what they are rung."""
    name = name_and_id(ring.callers.name_of(person), person)
    if person in callee.unknown:
        return f"{label(callee)}: {line(str(callee.unknown[person]))}"
    through = f"{label(callee)}, " if callee.is_schedule else ""
    return f"{through}{name}: {by_what(incident, ring, callee, person)}"


def by_what(incident: Incident, ring: Ring, callee: Callee, person: str) -> str:
    """Return what rings first at a person, why nothing does, or why that is unknown."""
    if person in callee.unknown:
        return f"unknown, {line(str(callee.unknown[person]))}"
    if not incident.is_high:
        return "told by the rules for low urgency"
    reach = ring.callers.reach(person)
    if reach.doubt is not None:
        return f"unknown, {line(str(reach.doubt))}"
    if reach.best == NEVER:
        return line(VERB.sub("", reach.why_silent))
    kinds = [device(kind) for kind, at in ring.callers.devices(person).items() if at == reach.best]
    when = "at once" if reach.best == 0 else f"after {minutes(reach.best)}"
    return f"{' and '.join(kinds)} {when}"


def came(incident: Incident, place: int, person: str, *, is_sure: bool) -> str:
    """Return what comes of the assignment of a person; what is unknown may ring, and no more."""
    step, at = incident.steps[place], incident.rings[place][person]
    if not incident.is_high:
        return "keeps the incident: low urgency never escalates"
    turn = ", if it is their turn" if incident.takes_turns[place] else ""
    if at < NEVER:
        rings = "rings" if is_sure else "not judged: may ring"
        return f"{rings} at {minutes(at)}{turn}"
    held = "keeps the incident" if step.end == NEVER else f"holds {step.end - step.offset:g} min"
    return f"silent, {held}{turn}"


def ending(incident: Incident, ring: Ring, zone: Zone = IN_UTC) -> str:
    """Return what the incident comes to, as one line."""
    if incident.muted_until is not None:
        until = zone.moment(incident.muted_until)
        return f"no incident: the service is in maintenance until {until}"
    if incident.is_lost:
        return f"no incident is opened: {lost(incident.situation)}"
    if not incident.is_high:
        return "low urgency: it rings nobody by design, and is not judged"
    at_best = "at best " if incident.doubt is not None else ""
    first = f"{at_best}first ring {minutes(incident.first)} (limit {ring.limits.first_person})"
    second = f"second person {with_limit(incident.second, ring.limits.second_person)}"
    return f"{first} · {second}{resolved(incident)}"


def resolved(incident: Incident) -> str:
    """Return after how long an incident resolves itself, where that cuts it short."""
    seconds = incident.situation.auto_resolve
    return (
        f" · resolves itself after {length(seconds)}" if seconds and incident.is_cut_short else ""
    )


def with_limit(found: float, limit: int) -> str:
    """Return minutes with the limit, where there are minutes."""
    return "never" if found == NEVER else f"{minutes(found)} (limit {limit})"


def doubt(incident: Incident) -> str:
    """Return what is unknown of an incident; empty where nothing is."""
    if incident.is_dead is None or incident.doubt is not None:
        why = line(str(incident.doubt)) if incident.doubt else "maintenance windows are unknown"
        judged = "not judged" if incident.is_dead is None else "it makes no difference"
        return f"{judged}: {why}"
    return ""
