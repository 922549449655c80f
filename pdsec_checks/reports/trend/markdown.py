"""A trend as Markdown: a table, and a link to the picture of it that lies beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from pdsec_checks.model import counted
from pdsec_checks.reports.markdown import LIMIT, MARGIN, escaped
from pdsec_checks.reports.score import FORMULA
from pdsec_checks.reports.trend.document import Trend, TrendRun
from pdsec_checks.reports.trend.terminal import ENTRIES
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

STEPS = (365, 100, 30, 10, 1)
"""How many runs are shown, the newest, where all of them do not fit."""


def as_markdown(trend: Trend, picture: str = "", *, limit: int = LIMIT - MARGIN) -> str:
    """Return the trend as Markdown of at most *limit* bytes, with as many runs as fit.

    Args:
        trend: What is shown.
        picture: The name of the file with the picture, in the same folder; empty without one.
        limit: Bytes that a job summary of GitHub takes.
    """
    numbers = [len(trend.runs), *(each for each in STEPS if each < len(trend.runs))]
    for number in numbers:
        text = "\n".join(lines(trend, picture, trend.runs[-number:])) + "\n"
        if len(text.encode()) <= limit:
            break
    return text


def lines(trend: Trend, picture: str, runs: Sequence[TrendRun]) -> Iterator[str]:
    """Yield the lines of a document that shows these runs."""
    yield f"## {escaped(heading(trend))}"
    yield from ("", f"**{escaped(outcome(trend))}.**")
    for each in trend.about_all:
        yield from ("", f"{escaped(each)}.")
    if picture:
        alt = "Share of passes, coverage, new and resolved fails over time; the table has it all"
        yield from ("", f"![{alt}]({quote(picture, errors='replace')})")
    yield from ("", *table(trend, runs))
    if hidden := len(trend.runs) - len(runs):
        yield from ("", f"{counted(hidden, 'earlier run')} not shown.")
    yield from ("", f"{escaped(EXPLAINED[0].upper() + EXPLAINED[1:])}.")
    yield from ("", f"{escaped(f'Formula: {FORMULA}')}.")
    yield from last_changes(trend.runs[-1])
    yield from section("Not in the table", list(left_aside(trend)))


def table(trend: Trend, runs: Sequence[TrendRun]) -> Iterator[str]:
    """Yield a row for each run; what must be known beside its numbers stands in the last cell."""
    yield f"| {' | '.join(each.heading for each in COLUMNS)} | remarks |"
    yield f"|---|{'---:|' * (len(COLUMNS) - 1)}---|"
    for run in runs:
        said = "<br>".join(escaped(each) for each in remarks(trend, run))
        yield f"| {' | '.join(map(escaped, cells(run)))} | {said} |"


def last_changes(run: TrendRun) -> Iterator[str]:
    """Yield which fails are new in the last run, and which were resolved."""
    if run.step is None:
        return
    since = day_and_minute(run.step.since)
    for what, found in (("New", run.step.new), ("Resolved", run.step.resolved)):
        shown = [entry(each) for each in found[:ENTRIES]]
        more = [f"and {len(found) - ENTRIES} more"] if len(found) > ENTRIES else []
        yield from section(f"{what} since {since} UTC ({len(found)})", [*shown, *more])


def section(title: str, items: Sequence[str]) -> Iterator[str]:
    """Yield a list below a *title*; nothing where it is empty."""
    if items:
        yield from ("", f"### {title}", "", *(f"- {escaped(each)}" for each in items))
