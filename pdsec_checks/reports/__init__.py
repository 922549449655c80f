"""Reports: findings in, text out. The same bytes for the same findings in any order."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

from pdsec_checks.reports.report import Report

RENDERERS = {
    "json": ("json_report", "render"),
    "csv": ("csv_report", "render"),
    "html": ("html.page", "render"),
    "sarif": ("sarif", "render"),
    "markdown": ("markdown", "render"),
    "action-plan": ("action_plan", "render"),
    "oscal": ("oscal", "render_assessment_results"),
    "poam": ("oscal_poam", "render"),
    "ocsf": ("ocsf", "render"),
    "hdf": ("hdf", "render"),
}
"""Format → its module and function; a writer is imported when its report is asked for."""


def render(name: str, report: Report, *, location: str = "README.md") -> str:
    """Return the report in one format (a key of ``options.REPORT_FORMATS``).

    *location* is the file of the user's repository at which SARIF points.
    """
    return "".join(pieces(name, report, location=location))


def pieces(name: str, report: Report, *, location: str = "README.md") -> Iterator[str]:
    """Yield what ``render`` returns, a large report bit by bit."""
    module, function = RENDERERS[name]
    writer: Callable[..., str | Iterator[str]] = getattr(
        importlib.import_module(f"{__name__}.{module}"), function
    )
    text = writer(report, location=location) if name == "sarif" else writer(report)
    yield from (text,) if isinstance(text, str) else text
