"""The picture of a trend: shares as lines above, new and resolved fails as bars below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from pdsec_checks.model import counted, moment_text
from pdsec_checks.reports.differences import Kind
from pdsec_checks.reports.html.page import environment
from pdsec_checks.reports.scope import headed
from pdsec_checks.reports.score import percent
from pdsec_checks.reports.trend.document import Step, Trend, TrendRun
from pdsec_checks.reports.trend.words import day_and_minute, outcome, passing, span, told_coverage

WIDTH, HEIGHT = 760, 400
"""Units of the whole picture."""
LEFT, RIGHT = 66, 744
"""Where the first and the last run stand."""
TOP, BOTTOM = 52, 222
"""Where the largest and the smallest share stand."""
ZERO, REACH = 312, 46
"""Where the bars begin, and how far the longest one goes, up for new and down for resolved."""
SCALES = ((0.9, 0.02), (0.8, 0.05), (0.6, 0.1), (0.4, 0.2), (0.0, 0.2))
"""The smallest share of a scale, and the step of its lines: the first that holds all is taken."""
LARGE, SMALL = 3.5, 1.5
"""The radius of a dot."""
CROWDED = 8
"""Units between runs below which dots are small, and bars have no number."""
WIDEST = 14
"""Units of the widest bar."""
LABELS = 7
"""How many days the axis names at most."""
DAYS = (1, 2, 7, 14, 28)
"""Days between two labels; where they would be too many, months are named."""
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


class Dot(NamedTuple):
    """One run on one of the lines."""

    x: float
    y: float
    title: str
    is_hollow: bool
    """Whether the run left something out."""


class Segment(NamedTuple):
    """The line from one run to the next."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_doubtful: bool = False
    """Whether less could be judged at its end than at its start."""


class Bar(NamedTuple):
    """The new fails of a run, or the resolved ones."""

    x: float
    y: float
    width: float
    height: float
    label: str
    """The number; empty where there is no room."""
    label_y: float
    title: str


class Mark(NamedTuple):
    """A place on an axis."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """A trend, ready to be drawn."""

    trend: Trend

    @property
    def title(self) -> str:
        """What the picture shows, in one line."""
        return f"Passing share and coverage of {self.trend.account_name}"

    @property
    def description(self) -> str:
        """The same for whoever cannot see it: what it comes to, and where the numbers stand."""
        missed = len(self.trend.unreadable)
        unread = f"{counted(missed, 'report')} could not be read or trusted. " if missed else ""
        return (
            f"{span(self.trend)}. {outcome(self.trend)}. {unread}The scale of the shares goes from "
            f"{percent(self.scale[0])} to {percent(1.0)}. A line is interrupted where two runs "
            "cannot be compared or runs are missing. The table has every number."
        )

    @cached_property
    def scale(self) -> tuple[float, float]:
        """The smallest share that is drawn, and the step between lines."""
        shares = (share for each in self.trend.runs for share in each.score.shares.values())
        least = min((share for share in shares if share is not None), default=0.0)
        return next(each for each in SCALES if each[0] <= least)

    @property
    def levels(self) -> list[Mark]:
        """The lines of the scale, the highest first."""
        low, step = self.scale
        number = round((1 - low) / step)
        shares = [1 - step * each for each in range(number + 1)]
        return [Mark(self.y(share), f"{share * 100:.0f} %") for share in shares]

    def y(self, share: float) -> float:
        """Return where a share stands."""
        low, _ = self.scale
        return round(TOP + (BOTTOM - TOP) * (1 - share) / (1 - low), 1)

    def x(self, moment: datetime) -> float:
        """Return where a moment stands; a single run stands in the middle."""
        whole = self.trend.until - self.trend.since
        if not whole:
            return (LEFT + RIGHT) / 2
        return round(LEFT + (RIGHT - LEFT) * ((moment - self.trend.since) / whole), 1)

    @cached_property
    def narrowest(self) -> float:
        """Units from one run to the next where they are closest."""
        places = [self.x(each.as_of) for each in self.trend.runs]
        return min((after - before for before, after in pairwise(places)), default=float(RIGHT))

    @property
    def radius(self) -> float:
        """The radius of the dots."""
        return SMALL if self.narrowest < CROWDED else LARGE

    @property
    def dots(self) -> list[Dot]:
        """The passing share of each run that has one."""
        return [
            Dot(self.x(run.as_of), self.y(share), told(run), run.is_partial)
            for run, share in self.shares("passing")
        ]

    def shares(self, name: str) -> Iterator[tuple[TrendRun, float]]:
        """Yield each run that has a share of this name, with it."""
        for run in self.trend.runs:
            share = run.score.shares[name]
            if share is not None:
                yield run, share

    def segments(self, name: str) -> Iterator[Segment]:
        """Yield the pieces of the line of a share: only between runs that may be compared."""
        for before, run in pairwise(self.trend.runs):
            was, now = before.score.shares[name], run.score.shares[name]
            if run.step and was is not None and now is not None and self.trend.is_joined(run):
                doubtful = name == "passing" and run.step.saw_less
                ends = (self.x(before.as_of), self.y(was), self.x(run.as_of), self.y(now))
                yield Segment(*ends, doubtful)

    @property
    def lone(self) -> list[Dot]:
        """The coverage of each run to which no line of it leads: else it could not be seen."""
        joined = {(end[0]) for each in self.segments("coverage") for end in (each[:2], each[2:4])}
        return [
            Dot(self.x(run.as_of), self.y(share), told(run), run.is_partial)
            for run, share in self.shares("coverage")
            if self.x(run.as_of) not in joined
        ]

    @property
    def breaks(self) -> list[Mark]:
        """Where the shares of two neighbouring runs cannot be compared, and why."""
        return [
            Mark(round((self.x(step.since) + self.x(run.as_of)) / 2, 1), "; ".join(step.breaks))
            for run, step in self.steps
            if step.breaks
        ]

    @property
    def steps(self) -> list[tuple[TrendRun, Step]]:
        """Each run with a run before it, and what changed in between."""
        return [(run, run.step) for run in self.trend.runs if run.step]

    @cached_property
    def most(self) -> int:
        """The largest number that a bar stands for, at least 1."""
        kinds = (Kind.APPEARED, Kind.RESOLVED)
        return max([1, *(step.counts[kind] for _, step in self.steps for kind in kinds)])

    @property
    def new(self) -> list[Bar]:
        """The new fails of each run that has some."""
        return list(self.bars(Kind.APPEARED, "new", -1))

    @property
    def resolved(self) -> list[Bar]:
        """The resolved fails of each run that has some."""
        return list(self.bars(Kind.RESOLVED, "resolved", 1))

    def bars(self, kind: Kind, word: str, direction: int) -> Iterator[Bar]:
        """Yield the bars of a kind; they go down where *direction* is 1."""
        width = round(max(1.2, min(WIDEST, self.narrowest * 0.7)), 1)
        for run, step in self.steps:
            if count := step.counts[kind]:
                height = round(REACH * count / self.most, 1)
                yield Bar(
                    x=round(self.x(run.as_of) - width / 2, 1),
                    y=ZERO if direction > 0 else round(ZERO - height, 1),
                    width=width,
                    height=height,
                    label="" if self.narrowest < CROWDED else str(count),
                    label_y=round(ZERO + direction * height + (11 if direction > 0 else -3), 1),
                    title=f"{day_and_minute(run.as_of)} UTC: {count} {word}",
                )

    @property
    def days(self) -> list[Mark]:
        """The days that the axis names; labels at its ends stay in the picture."""
        moments = list(ticks(self.trend.since, self.trend.until))
        return [Mark(self.x(each), moment_text(each)[:10], self.anchor(each)) for each in moments]

    def anchor(self, moment: datetime) -> str:
        """Return which end of a label stands at a moment."""
        if self.x(moment) > RIGHT - 36:
            return "end"
        return "start" if self.x(moment) < LEFT + 12 else "middle"

    @property
    def has_partial(self) -> bool:
        """Whether a run left something out."""
        return any(each.is_partial for each in self.trend.runs)

    @property
    def has_doubtful(self) -> bool:
        """Whether a piece of the line ends where less could be judged."""
        return any(each.is_doubtful for each in self.segments("passing"))


def told(run: TrendRun) -> str:
    """Return what a dot stands for."""
    text = f"{day_and_minute(run.as_of)} UTC: {passing(run)}, {told_coverage(run)}"
    return headed(run, text)


def ticks(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the beginnings of days, or of months (UTC), that lie between two moments.

    The first moment stands for the day that it is in.
    """
    found = candidates(since.astimezone(UTC), until.astimezone(UTC))
    yield from found or [since]


def candidates(since: datetime, until: datetime) -> list[datetime]:
    """Return the days that an axis from one moment to another names, evenly apart."""
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    span = (until - since) / timedelta(days=1)
    for days in DAYS:
        if span / days <= LABELS:
            step = timedelta(days=days)
            every = (midnight + step * each for each in range(LABELS + 2))
            return [max(since, each) for each in every if each <= until]
    for months in MONTHS:
        found = [each for each in firsts(since, until, months) if since <= each]
        if len(found) <= LABELS:
            return found
    return []


def firsts(since: datetime, until: datetime, months: int) -> Iterator[datetime]:
    """Yield the first day of every so many months, from the year of a moment on."""
    month = since.year * 12
    while (first := datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)) <= until:
        yield first
        month += months


def as_svg(trend: Trend) -> str:
    """Return the picture as an SVG document of its own.

    It brings its colours, for light and for dark pages, because an image inherits none.
    """
    return environment().get_template("trend.svg.jinja").render(chart=Chart(trend), **PLACES)


PLACES = {
    "CHART_WIDTH": WIDTH,
    "CHART_HEIGHT": HEIGHT,
    "LEFT": LEFT,
    "RIGHT": RIGHT,
    "TOP": TOP,
    "BOTTOM": BOTTOM,
    "ZERO": ZERO,
    "REACH": REACH,
}
"""What the templates know of where things stand."""
