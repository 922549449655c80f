"""The answer as one HTML page that loads nothing, in the style of the report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from markupsafe import Markup

from pdsec_checks.analysis.ring.incident import Incident
from pdsec_checks.analysis.ring.losses import Kind, Loss
from pdsec_checks.analysis.ring.overview import Row
from pdsec_checks.analysis.ring.strips import Strip, strips
from pdsec_checks.model import counted
from pdsec_checks.reports.html.page import digest, environment, part
from pdsec_checks.reports.ring import drawing, tables, walk
from pdsec_checks.reports.ring.answer import RingAnswer
from pdsec_checks.reports.ring.words import hours, length, name_and_id, named, policy, silent, why

HEADINGS = {
    Kind.PERSON: "Without one person",
    Kind.DEVICE: "Without one kind of device",
    Kind.SCHEDULE: "Without one schedule",
    Kind.POLICY: "Without one escalation policy",
}


DRAWN = 30
"""Policies whose days are drawn: more would make a page that is slow to open."""


class RingPage:
    """What the page shows, ready to be escaped."""

    def __init__(self, answer: RingAnswer) -> None:
        self.answer = answer
        self.heading = tables.heading(answer)
        self.assumptions = list(tables.assumptions(answer))
        self.limit = answer.ring.limits.first_person
        self.bands = drawing.bands(self.limit)

    @cached_property
    def dead_strips(self) -> list[Strip]:
        """The policies with a dead window."""
        return [each for each in strips(self.answer.overview) if each.is_dead]

    def service(self, row: Row) -> dict[str, Any]:
        """Return one service with dead windows."""
        found = row.sure
        return {
            "name": named(row.service),
            "policy": policy(found.situation),
            "dead": hours(found.judged.dead_seconds),
            "of": hours(found.judged.seconds),
            "windows": [
                (
                    tables.moments(each.start, each.end, self.answer.zone),
                    length(each.seconds),
                    why(each, found),
                )
                for each in found.judged.windows
            ],
            "silent": list(silent(found, self.answer.ring)),
        }

    @property
    def services(self) -> list[dict[str, Any]]:
        """The services with dead windows, the most dead hours first."""
        return [self.service(each) for each in self.answer.overview.dead]

    @property
    def drawings(self) -> list[drawing.Drawing]:
        """The strips of the policies with a dead window, at most ``DRAWN``."""
        return [self.drawn(each) for each in self.dead_strips[:DRAWN]]

    def drawn(self, strip: Strip) -> drawing.Drawing:
        """Return a strip, ready to be drawn."""
        return drawing.drawing(strip, self.limit)

    @property
    def undrawn(self) -> str:
        """How many policies are not drawn; empty where all are."""
        left = len(self.dead_strips) - DRAWN
        return counted(left, "more policy") if left > 0 else ""

    @property
    def walks(self) -> list[dict[str, Any]]:
        """The incidents of the moment that was asked about."""
        return [self.walk(each) for each in self.answer.incidents or ()]

    def walk(self, incident: Incident) -> dict[str, Any]:
        """Return one incident."""
        is_shown = incident.muted_until is None
        return {
            "title": walk.title(incident),
            "rows": walk.rows(incident, self.answer.ring) if is_shown else [],
            "ending": walk.ending(incident, self.answer.ring, self.answer.zone),
            "doubt": walk.doubt(incident),
        }

    @property
    def losses(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """The blast radius, by what fails."""
        return [
            (
                HEADINGS[kind],
                [self.loss(each) for each in self.answer.losses or () if each.kind is kind],
            )
            for kind in Kind
        ]

    def loss(self, loss: Loss) -> tuple[str, str, str]:
        """Return what goes dark without one thing."""
        count = counted(len(loss.services), "service")
        return tables.loss_name(loss), hours(loss.seconds), count

    @property
    def loads(self) -> list[tuple[str, ...]]:
        """Who carries alone."""
        return [
            (
                name_and_id(each.name, each.person),
                hours(each.seconds),
                str(each.nights),
                counted(len(each.services), "service"),
                length(each.longest.seconds),
                tables.moments(*each.longest, self.answer.zone),
            )
            for each in self.answer.loads or ()
        ]

    @property
    def not_judged(self) -> Sequence[tuple[str, str]]:
        """What decides and cannot be read."""
        return [(named(each.service), each.reason) for each in self.answer.not_judged]


def policy_of(strip: Strip) -> str:
    """Return the policy of a strip as a heading."""
    if strip.policy_id is None:
        return "No escalation policy"
    if not strip.policy_name:
        return f"Policy {strip.policy_id}, which does not exist"
    return name_and_id(strip.policy_name, strip.policy_id)


def as_html(answer: RingAnswer) -> str:
    """Return the answer as one HTML document."""
    style = part("report.css") + part("ring.css")
    page = RingPage(answer)
    return (
        environment()
        .get_template("ring.html.jinja")
        .render(
            page=page,
            answer=answer,
            named=named,
            policy_of=policy_of,
            HEIGHT=drawing.HEIGHT,
            DAY_WIDTH=drawing.WIDTH,
            policy=f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; "
            "form-action 'none'",
            style=Markup(style),  # noqa: S704 - our own files
        )
    )
