"""A trend as CSV: one row a run, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from pdsec_checks.model import Severity, Status, moment_text
from pdsec_checks.reports import spreadsheet
from pdsec_checks.reports.differences import Kind
from pdsec_checks.reports.trend.document import Trend, TrendRun
from pdsec_checks.reports.trend.words import remarks

COUNTED = tuple(kind for kind in Kind if kind is not Kind.UNCHANGED)
"""The kinds of changes that have a column each, under the names that ``diff`` gives them."""
COLUMNS = (
    *("as_of", "report", "tool_version", "source", "partial", "controls"),
    *("passing", "coverage", "unread_lists"),
    *(f"failing_{each}" for each in Severity),
    *Status,
    *COUNTED,
    *("comparable", "after_gap", "remarks"),
)
VALUES = frozenset(COLUMNS) - {"report", "tool_version", "source", "remarks"}
"""The columns of numbers and moments, which a spreadsheet may take for such."""


def as_csv(trend: Trend) -> str:
    """Return the trend as CSV text; a cell is empty where there is no number."""
    rows = (list(row(trend, each)) for each in trend.runs)
    return spreadsheet.written(COLUMNS, rows, kept=spreadsheet.as_text, values=VALUES)


def row(trend: Trend, run: TrendRun) -> Iterator[str]:
    """Yield the cells of a run."""
    yield from (moment_text(run.as_of), run.name, run.version, run.source)
    yield from (truth(run.is_partial), str(run.controls))
    yield from (number(run.score.passing), number(run.score.coverage), str(run.score.lists))
    yield from (str(run.fails[each]) for each in Severity)
    yield from (str(run.statuses[each]) for each in Status)
    step = run.step
    yield from (str(step.counts[kind]) if step else "" for kind in COUNTED)
    yield truth(step.is_comparable) if step else ""
    yield truth(trend.is_after_gap(run)) if step else ""
    yield ". ".join([*trend.about_all, *remarks(trend, run)])


def truth(value: bool) -> str:  # noqa: FBT001 - a cell
    """Return a truth value as a cell."""
    return "true" if value else "false"


def number(value: float | None) -> str:
    """Return a share as a cell."""
    return "" if value is None else str(value)
