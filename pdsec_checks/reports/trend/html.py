"""A trend as one HTML page that loads nothing, in the style of the report."""

from __future__ import annotations

from markupsafe import Markup

from pdsec_checks.reports.html.page import digest, environment, part
from pdsec_checks.reports.trend.document import Trend
from pdsec_checks.reports.trend.svg import PLACES, Chart
from pdsec_checks.reports.trend.words import (
    CAPTION,
    COLUMNS,
    EXPLAINED,
    NOTHING,
    cells,
    entry,
    left_aside,
    outcome,
    remarks,
    span,
)

LISTED = 20
"""How many fails of one run are listed that are new, and how many that were resolved."""


def as_html(trend: Trend) -> str:
    """Return the trend as one HTML document."""
    style = part("report.css") + part("trend.css")
    changed = [each for each in trend.runs if each.step and (each.step.new or each.step.resolved)]
    return (
        environment()
        .get_template("trend.html.jinja")
        .render(
            trend=trend,
            chart=Chart(trend),
            changed=changed[::-1],
            outcome=outcome(trend),
            span=span(trend),
            aside=list(left_aside(trend)),
            cells=cells,
            remarks=remarks,
            entry=entry,
            COLUMNS=COLUMNS,
            CAPTION=CAPTION,
            NOTHING=NOTHING,
            LISTED=LISTED,
            EXPLAINED=f"{EXPLAINED[0].upper()}{EXPLAINED[1:]}",
            policy=f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; "
            "form-action 'none'",
            style=Markup(style),  # noqa: S704 - our own files
            **PLACES,
        )
    )
