"""The on-call coverage of the HTML report, ready to be drawn and to be read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pdsec_checks.finding import Finding
from pdsec_checks.model import Interval, Status, counted
from pdsec_checks.reports.html.words import duration, moment

DRAWN_OPEN = 12
"""Schedules with gaps that are shown without a click, and with a table of their gaps."""
WIDTH = 1000
"""Units across a timeline; the page stretches them."""
WEEK = timedelta(days=7)
AXIS_STEPS = tuple(timedelta(hours=hours) for hours in (3, 6, 12, 24, 48, 168, 336, 672))
AXIS_LABELS = 6
LABEL_WIDTH = 120
"""Units that a label takes on the narrowest page."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not from the locale: the same findings give the same bytes everywhere."""


@dataclass(frozen=True)
class Tick:
    """A mark on the axis of a timeline."""

    x: float
    label: str

    @property
    def percent(self) -> str:
        """Where it stands, as an SVG length."""
        return f"{100 * self.x / WIDTH:g}%"

    @property
    def anchor(self) -> str:
        """Which end of the label stands there; the last one must not leave the page."""
        return "end" if self.x > WIDTH - LABEL_WIDTH else "start"


@dataclass(frozen=True)
class Timeline:
    """The coverage of one schedule, ready to be drawn and to be read aloud."""

    finding: Finding
    window: Interval
    gaps: list[Interval]

    @property
    def percent(self) -> float:
        """How much is covered, as the control said."""
        return float(self.finding.evidence["coverage_percent"])

    @property
    def is_completed(self) -> bool:
        """Whether other targets of the same level are on call in the gaps."""
        return bool(self.gaps) and self.finding.status is Status.PASS

    @property
    def order(self) -> tuple[bool, float, str]:
        """Worst first."""
        return (self.finding.status is Status.PASS, self.percent, self.finding.resource.id)

    @property
    def covered_path(self) -> str:
        """The spans in which somebody is on call, as an SVG path."""
        starts = [self.window.start, *(gap.end for gap in self.gaps)]
        ends = [*(gap.start for gap in self.gaps), self.window.end]
        spans = map(Interval, starts, ends)
        return self._path((span for span in spans if span.start < span.end), top=8, height=8)

    @property
    def gap_path(self) -> str:
        """The gaps, as an SVG path."""
        return self._path(self.gaps, top=2, height=20)

    def _path(self, spans: Iterable[Interval], top: int, height: int) -> str:
        drawn = []
        for span in spans:
            left, right = (position(at, self.window) for at in span)
            drawn.append(f"M{left:g} {top}H{right:g}v{height}H{left:g}z")
        return "".join(drawn)

    @property
    def open_time(self) -> timedelta:
        """The length of all gaps."""
        return sum((gap.end - gap.start for gap in self.gaps), timedelta())

    @property
    def summary(self) -> str:
        """What the picture shows."""
        if not self.gaps:
            return "no gap"
        longest = max(gap.end - gap.start for gap in self.gaps)
        found = f"{counted(len(self.gaps), 'gap')}, {duration(self.open_time)} open"
        if len(self.gaps) > 1:
            found += f", the longest {duration(longest)}"
        wait = self.gaps[0].start - self.window.start
        first = f"in {duration(wait)}" if wait else "at once"
        return f"{found}; the first opens {first}, {moment(self.gaps[0].start)}"

    def rows(self) -> list[tuple[str, str, str]]:
        """Return start, end and length of each gap."""
        return [
            (moment(gap.start), moment(gap.end), duration(gap.end - gap.start)) for gap in self.gaps
        ]


@dataclass(frozen=True)
class TimelineGroup:
    """Timelines under one heading."""

    title: str
    timelines: list[Timeline]
    is_open: bool = False


def position(at: datetime, window: Interval) -> float:
    """Return where a moment stands on a timeline, to a tenth of a unit."""
    share = (at - window.start) / (window.end - window.start)
    return round(WIDTH * min(max(share, 0), 1), 1)


def interval(plain: dict[str, Any]) -> Interval:
    """Return the span that evidence describes."""
    return Interval(datetime.fromisoformat(plain["start"]), datetime.fromisoformat(plain["end"]))


def timelines(findings: Iterable[Finding]) -> list[Timeline]:
    """Return the schedules whose coverage is known, worst first."""
    found = [
        Timeline(
            finding,
            interval(finding.evidence["window"]),
            [interval(gap) for gap in finding.evidence["gaps"]],
        )
        for finding in findings
        if finding.evidence.keys() >= {"window", "gaps", "coverage_percent"}
    ]
    return sorted(found, key=lambda each: each.order)


def grouped(found: Sequence[Timeline]) -> list[TimelineGroup]:
    """Return timelines under their headings, those with gaps that nobody covers first."""
    broken = [each for each in found if each.gaps and not each.is_completed]
    completed = [each for each in found if each.is_completed]
    whole = [each for each in found if not each.gaps]
    groups = [
        TimelineGroup("Schedules with gaps", broken[:DRAWN_OPEN], is_open=True),
        TimelineGroup("More schedules with gaps", broken[DRAWN_OPEN:]),
        TimelineGroup("Gaps that others on the same escalation level cover", completed),
        TimelineGroup("Schedules without a gap", whole),
    ]
    return [group for group in groups if group.timelines]


def axis(window: Interval) -> list[Tick]:
    """Return the marks of a timeline: Mondays for weeks, midnights for days, full hours."""
    length = window.end - window.start
    step = next((each for each in AXIS_STEPS if length / each <= AXIS_LABELS), AXIS_STEPS[-1])
    at = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= WEEK:
        at -= timedelta(days=at.weekday())
    while at < window.start:
        at += min(step, WEEK)
    marks = []
    while at < window.end:
        label = f"{at:%H:%M}" if at.hour else f"{at.day} {MONTHS[at.month - 1]}"
        marks.append(Tick(position(at, window), label))
        at += step
    return marks
