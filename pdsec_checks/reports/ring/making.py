"""Makes the section of the report's page from the analysis by which PD-26 was judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from pdsec_checks.analysis.ring.incident import incident_at
from pdsec_checks.analysis.ring.load import loads
from pdsec_checks.analysis.ring.losses import losses
from pdsec_checks.analysis.ring.overview import Overview, Row, Standing, survey
from pdsec_checks.analysis.ring.strips import Strip, strips
from pdsec_checks.analysis.ring.worst import worst_moment
from pdsec_checks.errors import InspectionError, unforeseen
from pdsec_checks.inspection import Inspection
from pdsec_checks.reports.ring.answer import RingAnswer, Source, certain
from pdsec_checks.reports.ring.html import DRAWN, RingPage, policy_of
from pdsec_checks.reports.ring.section import DeadLine, DeadPolicy, RingSection, WalkTable
from pdsec_checks.reports.ring.words import hours, named
from pdsec_checks.resources import Service

WINDOWS = 60
"""Dead windows of a policy that the page lists; the evidence of PD-26 has all of them."""
LISTED = 10
"""Rows of each table of the blast radius and of the load: the command lists all of them."""


def section_of(inspection: Inspection, services: Collection[str]) -> RingSection:
    """Return the section about the *services* (ids) that were judged; none where nobody can tell.

    No verdict rests on it: what breaks costs the section alone, and is told there.
    """
    limit = inspection.baseline.max_minutes_to_first_person
    try:
        return made(answer_about(inspection, services))
    except InspectionError as error:
        return RingSection(limit, problem=str(error))
    except Exception as error:  # noqa: BLE001 - it costs this section alone
        return RingSection(limit, problem=f"an error occurred: {unforeseen(error)}")


def answer_about(inspection: Inspection, services: Collection[str]) -> RingAnswer:
    """Return the whole answer about some services.

    Raises:
        InspectionError: They could not be read.
    """
    chosen = [each for each in inspection.provide("service") if each.ref.id in services]
    overview = survey(inspection.provide("ring"), chosen)
    situations, refused = certain(overview)
    snapshot = inspection.snapshot
    return RingAnswer(
        Source(snapshot.as_of, snapshot.base_url, snapshot.subdomain, snapshot.source),
        overview,
        losses=losses(overview.ring, situations),
        loads=loads(overview.ring, situations),
        refused=tuple(refused),
    )


def made(answer: RingAnswer) -> RingSection:
    """Return what is shown of an answer."""
    page, rows = RingPage(answer), {id(each.service): each for each in answer.overview.dead}
    dead = sorted(strips(dead_only(answer.overview)), key=lambda each: most_dead(each, rows))
    return RingSection(
        limit=page.limit,
        policies=tuple(dead_policy(page, each, rows) for each in dead[:DRAWN]),
        undrawn=tuple(dead_line(each, rows) for each in dead[DRAWN:]),
        losses=tuple(
            (heading, tuple(found[:LISTED]), max(0, len(found) - LISTED))
            for heading, found in page.losses
        ),
        loads=tuple(page.loads[:LISTED]),
        more_loads=max(0, len(page.loads) - LISTED),
        not_counted=tuple((named(each.service), each.why) for each in answer.refused),
    )


def dead_only(overview: Overview) -> Overview:
    """Return the services with a dead window."""
    return replace(overview, rows=tuple(overview.of(Standing.DEAD)))


def most_dead(strip: Strip, rows: dict[int, Row]) -> tuple[int, str]:
    """Return what sorts strips: the most dead hours, then the name."""
    return -row_of(strip, rows).sure.judged.dead_seconds, policy_of(strip).casefold()


def row_of(strip: Strip, rows: dict[int, Row]) -> Row:
    """Return the first service of a strip; the others come out the same."""
    return rows[id(strip.services[0])]


def dead_policy(page: RingPage, strip: Strip, rows: dict[int, Row]) -> DeadPolicy:
    """Return a policy as it is drawn."""
    row = row_of(strip, rows)
    shown = page.service(row)
    windows: Sequence[tuple[str, str, str]] = shown["windows"]
    return DeadPolicy(
        name=policy_of(strip),
        services=tuple(named(each) for each in strip.services),
        dead=shown["dead"],
        of=shown["of"],
        days=page.drawn(strip).days,
        windows=tuple(windows[:WINDOWS]),
        more_windows=max(0, len(windows) - WINDOWS),
        silent=tuple(shown["silent"]),
        walk=worst_walk(page, row),
    )


def worst_walk(page: RingPage, row: Row) -> WalkTable:
    """Return the incident of a service's worst moment, step by step."""
    ring, service = page.answer.ring, row.service
    assert isinstance(service, Service)
    shown = page.walk(incident_at(ring, service, worst_moment(ring, row.sure)))
    return WalkTable(shown["title"], tuple(shown["rows"]), shown["ending"], shown["doubt"])


def dead_line(strip: Strip, rows: dict[int, Row]) -> DeadLine:
    """Return a policy that is not drawn."""
    judged = row_of(strip, rows).sure.judged
    dead, of = hours(judged.dead_seconds), hours(judged.seconds)
    return DeadLine(policy_of(strip), len(strip.services), dead, of)
