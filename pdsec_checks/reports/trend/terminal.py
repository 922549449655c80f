"""A trend on a terminal: one line a run, and below it what changed last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pdsec_checks.model import counted
from pdsec_checks.reports.differences import Difference
from pdsec_checks.reports.score import FORMULA
from pdsec_checks.reports.text import printable
from pdsec_checks.reports.trend.document import Trend, TrendRun
from pdsec_checks.reports.trend.words import (
    COLUMNS,
    EXPLAINED,
    cells,
    day_and_minute,
    entry,
    heading,
    left_aside,
    outcome,
    remarks,
)

RUNS = 40
"""How many runs are shown, the newest, unless all of them are asked for."""
ENTRIES = 10
"""How many fails are listed that are new, or were resolved, in the last run."""


def as_text(trend: Trend, *, everything: bool = False) -> str:
    """Return the trend as lines of plain text, safe to print on a terminal.

    *everything* asks for all runs; else a run that is not shown is counted.
    """
    shown = trend.runs if everything else trend.runs[-RUNS:]
    lines = [heading(trend), *(f"{each}." for each in trend.about_all), ""]
    if hidden := len(trend.runs) - len(shown):
        lines += [f"{counted(hidden, 'earlier run')} not shown; --all shows every run", ""]
    lines += [*table(trend, shown), "", *explained(), *last_changes(trend.runs[-1])]
    if found := list(left_aside(trend)):
        lines += ["", *(f"{each}." for each in found)]
    return "\n".join(map(printable, [*lines, "", f"{outcome(trend)}."])) + "\n"


def table(trend: Trend, runs: Sequence[TrendRun]) -> Iterator[str]:
    """Yield a line for the headings and for each run, remarks below it; numbers stand right."""
    rows = [cells(each) for each in runs]
    headings = [each.heading for each in COLUMNS]
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    yield aligned(headings, widths)
    for run, row in zip(runs, rows, strict=True):
        yield aligned(row, widths)
        yield from (f"    {each}" for each in remarks(trend, run))


def aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return cells in columns of these widths; the first one stands left."""
    first, *rest = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def explained() -> list[str]:
    """Return what the columns count."""
    return [f"Formula: {FORMULA}.", f"{EXPLAINED[0].upper()}{EXPLAINED[1:]}."]


def last_changes(run: TrendRun) -> Iterator[str]:
    """Yield which fails are new in the last run, and which were resolved."""
    if run.step is None:
        return
    since = day_and_minute(run.step.since)
    for what, found in (("NEW", run.step.new), ("RESOLVED", run.step.resolved)):
        if found:
            yield from ("", f"{what} SINCE {since} UTC ({len(found)})", *listed(found))


def listed(found: Sequence[Difference]) -> Iterator[str]:
    """Yield the first of some fails, a line each, and how many there are beside them."""
    yield from map(entry, found[:ENTRIES])
    if len(found) > ENTRIES:
        yield f"and {len(found) - ENTRIES} more, in --format json"
