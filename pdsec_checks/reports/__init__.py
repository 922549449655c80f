"""Reports: findings in, text out. The same bytes for the same findings in any order."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pdsec_checks.reports.report import Report

if TYPE_CHECKING:
    from pdsec_checks.reports.sarif_places import Places

RENDERERS = {
    "json": ("json_report", "render"),
    "csv": ("csv_report", "render"),
    "html": ("html.page", "render"),
    "sarif": ("sarif", "render"),
    "markdown": ("markdown", "render"),
    "action-plan": ("action_plan", "render"),
    "oscal": ("oscal", "render_assessment_results"),
    "poam": ("oscal", "render_poam"),
    "ocsf": ("ocsf", "render"),
    "hdf": ("hdf", "render"),
}
"""Format → its module and function; a writer is imported when its report is asked for."""


def render(name: str, report: Report, *, places: Places | None = None) -> str:
    """Return the report in one format (a key of ``options.REPORT_FORMATS``).

    *places* are those of the user's repository at which SARIF points.
    """
    return "".join(pieces(name, report, places=places))


def pieces(name: str, report: Report, *, places: Places | None = None) -> Iterator[str]:
    """Yield what ``render`` returns, a large report bit by bit."""
    module, function = RENDERERS[name]
    writer: Callable[..., str | Iterator[str]] = getattr(
        importlib.import_module(f"{__name__}.{module}"), function
    )
    text = writer(report, places=places) if name == "sarif" else writer(report)
    yield from (text,) if isinstance(text, str) else text
