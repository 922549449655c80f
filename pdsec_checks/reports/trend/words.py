"""The words of a trend that all of its formats share: cells of a row, and remarks below it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pdsec_checks.model import Severity, Status, counted, moment_text
from pdsec_checks.reports.differences import Difference, Kind
from pdsec_checks.reports.scope import headed
from pdsec_checks.reports.score import percent
from pdsec_checks.reports.text import line
from pdsec_checks.reports.trend.document import Step, Trend, TrendRun

NOTHING = "-"
"""What stands in place of a number that there cannot be."""
UNITS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
}
OTHER = (
    *(Kind.WORSE, Kind.NO_LONGER_WAIVED, Kind.NEWLY_JUDGED),
    *(Kind.NOT_JUDGED, Kind.NOT_INSPECTED, Kind.GONE, Kind.CHANGED),
)
"""What else may have become of a check, and has no column."""
EXPLAINED = (
    "new and resolved count since the run above: new is what fails now and did not fail then, "
    "resolved only what failed then and passes now; what is not judged any more is neither"
)
CAPTION = "Shares, fails by severity, and what changed since the run before"


class Column(NamedTuple):
    """A column of the table, and what its numbers count."""

    heading: str
    meaning: str


COLUMNS = (
    Column("date (UTC)", "when the account was read"),
    Column("passing", "share of passes in what was judged"),
    Column("coverage", "share that was judged"),
    *(Column(each.value, f"checks of severity {each} that fail") for each in Severity),
    Column("new", "fails that appeared since the run before"),
    Column("resolved", "fails of the run before that pass now"),
    Column("waived", "fails that are accepted until a date"),
    Column("not judged", "checks that could not be judged"),
    Column("manual", "checks that the API cannot show"),
)


def day_and_minute(moment: datetime) -> str:
    """Return an aware moment in UTC, to the minute: ``2026-11-23 09:00``."""
    return moment_text(moment)[:16].replace("T", " ")


def cells(run: TrendRun) -> list[str]:
    """Return the cells of a run, one for each of ``COLUMNS``."""
    step = run.step
    return [
        day_and_minute(run.as_of),
        percent(run.score.passing),
        coverage(run),
        *(str(run.fails[each]) for each in Severity),
        str(step.counts[Kind.APPEARED]) if step else NOTHING,
        str(step.counts[Kind.RESOLVED]) if step else NOTHING,
        *(str(run.statuses[each]) for each in (Status.WAIVED, Status.ERROR, Status.MANUAL)),
    ]


def coverage(run: TrendRun) -> str:
    """Return the share that was judged; with a list unread it is a bound."""
    if run.score.coverage is None:
        return "nothing to judge"
    return f"{run.score.coverage_at_most}{percent(run.score.coverage)}"


def heading(trend: Trend) -> str:
    """Return whose trend it is, of how many runs, and from when to when."""
    return headed(trend, f"{trend.account_name}: {span(trend)}")


def span(trend: Trend) -> str:
    """Return how many runs there are, and of which time."""
    number, since = counted(len(trend.runs), "run"), day_and_minute(trend.since)
    if len(trend.runs) == 1:
        return f"{number}, of {since} UTC"
    return f"{number} from {since} to {day_and_minute(trend.until)} UTC"


def outcome(trend: Trend) -> str:
    """Return what the last run shows, with its coverage, and how many fail."""
    run = trend.runs[-1]
    fails = sum(run.fails.values())
    said = f"{passing(run)}, {told_coverage(run)}, {counted(fails, 'fail')}"
    if run.step:
        new, resolved = (run.step.counts[each] for each in (Kind.APPEARED, Kind.RESOLVED))
        said += f"; {new} new and {resolved} resolved since the run before"
    return f"Last run: {said}"


def passing(run: TrendRun) -> str:
    """Return the share of passes in words."""
    share = percent(run.score.passing)
    return share if run.score.passing is None else f"{share} passing"


def told_coverage(run: TrendRun) -> str:
    """Return the share that was judged in words."""
    return coverage(run) if run.score.coverage is None else f"{coverage(run)} coverage"


def remarks(trend: Trend, run: TrendRun) -> list[str]:
    """Return what must be known beside the numbers of a run, sentences without a full stop."""
    about_step = between(trend, run, run.step) if run.step else ()
    return [*trend.about(run), *about_step]


def between(trend: Trend, run: TrendRun, step: Step) -> Iterator[str]:
    """Yield what must be known of the step to a run."""
    if trend.is_after_gap(run) and trend.usual:
        yield (
            f"no run for {rounded(step.length)}, and usually there is one every "
            f"{rounded(trend.usual).removeprefix('1 ')}: nothing is known of the time between"
        )
    if step.breaks:
        yield f"shares not comparable with the run before: {'; '.join(step.breaks)}"
    elif step.saw_less:
        yield (
            "less could be judged than in the run before, so that a higher share of passes says "
            "nothing"
        )
    if step.conditions:
        yield f"differs from the run before: {'; '.join(step.conditions)}"
    if others := ", ".join(other_kinds(step)):
        yield f"besides: {others}"


def rounded(span: timedelta) -> str:
    """Return a length of time in its largest unit: ``3 days``, ``1 hour``."""
    for unit, length in UNITS.items():
        if number := round(span / length):
            return counted(number, unit)
    return "less than a minute"


def other_kinds(step: Step) -> Iterator[str]:
    """Yield what became of checks that are neither new fails nor resolved ones."""
    yield from (f"{step.counts[kind]} {kind.words}" for kind in OTHER if step.counts[kind])


def entry(found: Difference) -> str:
    """Return a fail that is new, or was resolved, as one line."""
    finding = found.finding
    return line(f"{finding.control} [{finding.severity}] {found.told}")


def left_aside(trend: Trend) -> Iterator[str]:
    """Yield what is not in the table, as sentences without a full stop."""
    yield from (line(f"NOT READ: {each}") for each in trend.unreadable)
    yield from (line(f"Not used: {each}") for each in trend.left_out)
