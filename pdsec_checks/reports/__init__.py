"""Reports: findings in, text out. The same bytes for the same findings in any order."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdsec_checks.reports.report import Report
    from pdsec_checks.reports.sarif_places import Places

RENDERERS = {
    "json": ("json_report", "pieces"),
    "csv": ("csv_report", "render"),
    "html": ("html.page", "pieces"),
    "sarif": ("sarif", "render"),
    "markdown": ("markdown", "render"),
    "action-plan": ("action_plan", "render"),
    "oscal": ("oscal", "render_assessment_results"),
    "poam": ("oscal_poam", "render"),
    "ocsf": ("ocsf", "render"),
    "hdf": ("hdf", "pieces"),
    "junit": ("junit", "render"),
    "xlsx": ("xlsx", "render"),
    "defectdojo": ("defectdojo", "render"),
    "prometheus": ("prometheus", "render"),
    "slack": ("slack", "render"),
}
"""Format → its module and function; a writer is imported when its report is asked for."""

LOCATED = frozenset({"sarif", "junit"})
"""The formats that name a file of the user's repository."""


def render(name: str, report: Report, *, places: Places | None = None) -> str:
    """Return the report in one format that is text (``options.REPORT_FORMATS`` has them all).

    *places* are those of the user's repository at which SARIF and JUnit point.
    """
    text = content(name, report, places=places)
    assert isinstance(text, str), f"{name} is no text"
    return text


def content(name: str, report: Report, *, places: Places | None = None) -> str | bytes:
    """Return the report in any format: bytes of one that is no text."""
    found = [*pieces(name, report, places=places)]
    return found[0] if isinstance(found[0], bytes) else "".join(map(str, found))


def pieces(name: str, report: Report, *, places: Places | None = None) -> Iterator[str | bytes]:
    """Yield what ``content`` returns, a large report bit by bit."""
    module, function = RENDERERS[name]
    writer: Callable[..., str | bytes | Iterator[str]] = getattr(
        importlib.import_module(f"{__name__}.{module}"), function
    )
    found = writer(report, places=places) if name in LOCATED else writer(report)
    yield from (found,) if isinstance(found, str | bytes) else found
