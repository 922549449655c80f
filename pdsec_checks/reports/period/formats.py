"""The formats of a period, by name, and the file that each has in a folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pdsec_checks.reports.period.document import Period


class Format(NamedTuple):
    """A way to write a period."""

    file: str
    """Its name in a folder."""
    kind: str
    """What it is, for the line that says that it was written."""


FORMATS = {
    "text": Format("period.txt", "the period as text"),
    "html": Format("period.html", "the period as a page"),
    "csv": Format("period.csv", "the period as a table"),
    "oscal": Format("period.oscal.json", "the period as OSCAL assessment results"),
    "json": Format("period.json", "the period as JSON"),
    "markdown": Format("period.md", "the period as Markdown"),
}


def content(name: str, period: Period) -> str:
    """Return a period in one of ``FORMATS``.

    Raises:
        KeyError: There is no such format.
    """
    return writers()[name](period)


def writers() -> dict[str, Callable[[Period], str]]:
    """Return what writes each format; Jinja2 is slow to import."""
    from pdsec_checks.reports.period import (
        csv_report,
        html,
        json_document,
        markdown,
        oscal,
        text,
    )

    return {
        "text": text.render,
        "html": html.render,
        "csv": csv_report.render,
        "oscal": oscal.render,
        "json": json_document.render,
        "markdown": markdown.render,
    }
