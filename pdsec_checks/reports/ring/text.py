"""The answer for people in front of a terminal: the sentence, then what it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pdsec_checks.analysis.ring.incident import Incident
from pdsec_checks.analysis.ring.load import Load
from pdsec_checks.analysis.ring.losses import Kind, Loss
from pdsec_checks.analysis.ring.overview import Row
from pdsec_checks.model import counted
from pdsec_checks.reports.ring import walk
from pdsec_checks.reports.ring.answer import RingAnswer
from pdsec_checks.reports.ring.tables import assumptions, heading, loss_name, moments
from pdsec_checks.reports.ring.words import (
    IN_UTC,
    hours,
    length,
    name_and_id,
    named,
    policy,
    silent,
    why,
)
from pdsec_checks.reports.text import line

SHOWN_WINDOWS = 3
"""Dead windows of each service, where several services have some."""
SHOWN_LOSSES = 10
"""Rows of each table of the blast radius, and of the load."""
SHOWN_REFUSED = 10
NO_LOSS = "  nothing: no single one of them darkens a service"


def as_text(answer: RingAnswer) -> str:
    """Return the answer as text."""
    return "\n".join(lines(answer)) + "\n"


def lines(answer: RingAnswer) -> Iterator[str]:
    """Yield the lines of the answer."""
    if answer.incidents is not None:
        yield from assumptions(answer)
        yield from walks(answer.incidents, answer)
    else:
        yield from assumptions(answer)
        yield answer.headline
        yield heading(answer)
        if answer.losses is None and answer.loads is None:
            yield from dead(answer)
        if answer.losses is not None:
            yield from blast_radius(answer.losses)
        if answer.loads is not None:
            yield from load(answer.loads, answer)
    yield from not_judged(answer)
    yield from (f"NOTE: {line(each)}" for each in answer.source.notices)


def dead(answer: RingAnswer) -> Iterator[str]:
    """Yield the services with dead windows."""
    rows = answer.overview.dead
    for row in rows:
        yield ""
        yield from service(row, answer, is_only=len(rows) == 1)


def service(row: Row, answer: RingAnswer, *, is_only: bool) -> Iterator[str]:
    """Yield one service, when it is dead, and why."""
    found = row.sure
    judged = found.judged
    yield (
        f"{named(row.service)} · {policy(found.situation)} · dead {hours(judged.dead_seconds)} of "
        f"{hours(judged.seconds)}"
    )
    shown = judged.windows if is_only else judged.windows[:SHOWN_WINDOWS]
    table = [
        (moments(each.start, each.end, answer.zone), length(each.seconds), why(each, found))
        for each in shown
    ]
    yield from aligned(table)
    left = len(judged.windows) - len(shown)
    if left:
        yield f"  … and {counted(left, 'more window')}: --resource {row.service.ref.id} shows all"
    for person in silent(found, answer.ring):
        yield f"  silent: {person}"


def aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows with their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def walks(incidents: Iterable[Incident], answer: RingAnswer) -> Iterator[str]:
    """Yield the walk of each incident."""
    for number, incident in enumerate(incidents):
        if number:
            yield ""
        yield walk.title(incident)
        if answer.zone != IN_UTC:
            yield f"  that is {answer.zone.moment(incident.moment)}"
        if incident.muted_until is None and incident.steps:
            table = walk.rows(incident, answer.ring)
            width = max(len(each.offset) for each in table)
            yield from aligned([(each.offset.rjust(width), *each[1:]) for each in table])
        yield walk.ending(incident, answer.ring, answer.zone)
        if said := walk.doubt(incident):
            yield said


def blast_radius(losses: Sequence[Loss]) -> Iterator[str]:
    """Yield what goes dark without each person, device, schedule and policy."""
    for kind in Kind:
        found = [each for each in losses if each.kind is kind]
        yield ""
        yield f"WITHOUT THIS {kind.value.upper()}"
        if not found:
            yield NO_LOSS
            continue
        table = [
            (hours(each.seconds), counted(len(each.services), "service"), loss_name(each))
            for each in found[:SHOWN_LOSSES]
        ]
        yield from aligned(right(table))
        if len(found) > SHOWN_LOSSES:
            yield f"  … and {len(found) - SHOWN_LOSSES} more: --format json lists all"
    yield ""
    yield "Hours are service-hours: those of all services that would ring nobody in time, together."


def right(table: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return rows with the first two cells moved to the right of their columns."""
    widths = [max(len(row[place]) for row in table) for place in range(2)]
    return [(row[0].rjust(widths[0]), row[1].rjust(widths[1]), *row[2:]) for row in table]


def load(loads: Sequence[Load], answer: RingAnswer) -> Iterator[str]:
    """Yield who carries alone."""
    yield ""
    yield "WHO CARRIES ALONE"
    if not loads:
        yield "  nobody: behind everybody who is rung somebody else is"
        return
    table = [
        (
            hours(each.seconds),
            counted(each.nights, "night"),
            name_and_id(each.name, each.person),
            counted(len(each.services), "service"),
            f"longest {length(each.longest.seconds)}: {moments(*each.longest, answer.zone)}",
        )
        for each in loads[:SHOWN_LOSSES]
    ]
    yield from aligned(right(table))
    if len(loads) > SHOWN_LOSSES:
        yield f"  … and {len(loads) - SHOWN_LOSSES} more: --format json lists all"
    yield ""
    yield "A night is 22:00 to 06:00 where the schedule is; only time of high urgency counts."


def not_judged(answer: RingAnswer) -> Iterator[str]:
    """Yield what decides and cannot be read."""
    found = answer.not_judged
    if not found and not answer.overview.unread:
        return
    yield ""
    yield "NOT JUDGED"
    if answer.overview.unread:
        yield f"  every service: {line(answer.overview.unread)}"
    for each in found[:SHOWN_REFUSED]:
        yield f"  {named(each.service)}: {line(each.reason)}"
    left = len(found) - SHOWN_REFUSED
    if left > 0:
        yield f"  … and {counted(left, 'more service')}: --format json lists all"
