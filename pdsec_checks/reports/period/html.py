"""A period on one HTML page that loads nothing, in the style of the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from markupsafe import Markup

from pdsec_checks.model import Interval, Severity, counted
from pdsec_checks.reports.html.page import digest, environment, part
from pdsec_checks.reports.html.timeline import MONTHS, WIDTH, Tick, axis, position
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import Day, Days, Lapse, Period, RequirementDays
from pdsec_checks.reports.period.span import runs
from pdsec_checks.reports.text import ended

HEIGHT = 26
"""Units that a strip is high."""
APART = 120
"""Intervals up to which each is drawn apart from its neighbours; more would be too narrow."""
GAP = 0.12
"""The share of an interval that is left between it and the next."""
ROWS = {
    Day.HELD: ((9, 8),),
    Day.WAIVED: ((9, 2), (15, 2)),
    Day.NOT_APPLICABLE: ((12, 2),),
    Day.EXCEPTION: ((0, HEIGHT),),
    Day.NOT_JUDGED: ((0, 5), (HEIGHT - 5, 5)),
    Day.NO_EVIDENCE: (),
}
"""Where each kind of day is drawn, top and height: shapes tell them apart where colours do not."""
LONG = timedelta(days=62)
MARKS = 6
"""Months that an axis names at most."""
OPEN_UP_TO = 200
"""Exceptions that the page shows; JSON and CSV have them all."""


@dataclass(frozen=True)
class Framework:
    """The requirements of one edition of a framework."""

    id: str
    edition: str
    requirements: Sequence[RequirementDays]


class PeriodPage:
    """What the page shows, ready to be escaped."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self.headline = ended(words.capital(words.headline(period)))
        self.about = ended(words.capital(words.about(period)))
        self.signatures = ended(words.capital(words.signatures(period)))
        self.rule = ended(words.RULE)
        self.again = ended(words.capital(words.again(period)[0]))
        self.missing = [ended(words.capital(text)) for text in words.missing(period)]
        self.notes = [ended(words.capital(text)) for text in words.notes(period)]

    @cached_property
    def axis(self) -> list[Tick]:
        """The days of the period as marks: those of a long one are the first days of months."""
        window = Interval(self.period.span.start, self.period.span.end)
        return months(window) if window.end - window.start > LONG else axis(window)

    @cached_property
    def frameworks(self) -> list[Framework]:
        """The requirements by framework."""
        found = groupby(self.period.requirements, key=lambda each: (each.framework, each.edition))
        return [Framework(*key, list(requirements)) for key, requirements in found]

    def paths(self, days: Days) -> list[tuple[str, str]]:
        """Return each kind of day that a strip has, as the class and the path that draw it."""
        unit = WIDTH / days.expected
        gap = unit * GAP if days.expected <= APART else 0.0
        stretches = [(place, place) for place in range(days.expected)] if gap else runs(days.each)
        drawn: dict[Day, str] = {}
        for first, last in stretches:
            day = days.each[first]
            left, right = first * unit, (last + 1) * unit - gap
            drawn[day] = drawn.get(day, "") + "".join(box(left, right, *row) for row in ROWS[day])
        return [(css(day), path) for day, path in sorted(drawn.items()) if path]

    def blank(self, days: Days) -> str:
        """Return the path of the line that stands where there is no evidence."""
        unit = WIDTH / days.expected
        return "".join(
            f"M{first * unit:.5g} {HEIGHT // 2}H{(last + 1) * unit:.5g}"
            for first, last in days.stretches(Day.NO_EVIDENCE)
        )

    def key(self) -> Iterator[tuple[str, str, str]]:
        """Yield the legend: class, path in a box of 28 units, and words."""
        for day, text in words.DAY_WORDS.items():
            yield css(day), "".join(box(0, 28, *row) for row in ROWS[day]), text

    def note(self, days: Days, good: str = "held") -> str:
        """Return the numbers of a strip, as a sentence; *good* is what its good days are called."""
        span = self.period.span
        parts = [
            f"{good} on {days.held} of {span.counted(days.evidenced)} with evidence{apart(days)}",
            f"no evidence on {days.without} of {days.expected}",
        ]
        for day, text in ((Day.EXCEPTION, "an exception on"), (Day.NOT_JUDGED, "not judged on")):
            if days.count(day):
                parts.append(f"{text} {days.count(day)}")
        if days.without:
            parts.append(f"longest stretch without: {words.stretch(span, days.longest_gap)}")
        return ended(words.capital("; ".join(parts)))

    def read_aloud(self, days: Days) -> str:
        """Return a strip in words: its stretches in order."""
        span = self.period.span
        found = runs(days.each)
        told = [f"{span.label(*each)} {words.DAY_WORDS[days.each[each[0]]]}" for each in found]
        rest = len(told) - words.NAMED
        return "; ".join([*told[: words.NAMED], *([f"and {rest} more"] if rest > 0 else [])])

    @property
    def lapses(self) -> list[tuple[str, str, list[Lapse], int]]:
        """The failing checks: anchor and title, those that are shown, and how many are not."""
        found = (
            ("exceptions", "Exceptions", self.period.exceptions),
            ("waived", "Waived throughout", self.period.accepted),
        )
        return [
            (anchor, title, lapses[:OPEN_UP_TO], max(0, len(lapses) - OPEN_UP_TO))
            for anchor, title, lapses in found
        ]

    @property
    def open_exceptions(self) -> int:
        """How many exceptions are open at the end."""
        return sum(each.outcome.value == "open" for each in self.period.exceptions)


def apart(days: Days) -> str:
    """Return how many of the days that count as good do so only by a waiver, or for nothing."""
    found = [
        f"{days.count(day)} of them {text}"
        for day, text in (
            (Day.WAIVED, "with waived fails"),
            (Day.NOT_APPLICABLE, "with nothing that it applies to"),
        )
        if days.count(day)
    ]
    return f" ({', '.join(found)})" if found else ""


def months(window: Interval) -> list[Tick]:
    """Return the first day of each month of a window, or of each few; January has its year."""
    start = window.start.replace(day=1)
    firsts = [start]
    while firsts[-1] < window.end:
        firsts.append((firsts[-1] + timedelta(days=31)).replace(day=1))
    inside = [each for each in firsts if window.start <= each < window.end]
    step = -(-len(inside) // MARKS)
    return [Tick(position(each, window), month(each)) for each in inside[::step]]


def month(first: datetime) -> str:
    """Return the name of a month."""
    name = MONTHS[first.month - 1]
    return f"{name} {first.year}" if first.month == 1 else name


def css(day: Day) -> str:
    """Return the class of a kind of day."""
    return f"day-{day.value.replace(' ', '-')}"


def box(left: float, right: float, top: int, height: int) -> str:
    """Return a rectangle as a part of an SVG path."""
    return f"M{left:.5g} {top}H{right:.5g}v{height}H{left:.5g}z"


def render(period: Period) -> str:
    """Return the period as one HTML document."""
    style = part("report.css") + part("period.css")
    return (
        environment()
        .get_template("period.html.jinja")
        .render(
            page=PeriodPage(period),
            period=period,
            words=words,
            Severity=Severity,
            Day=Day,
            HEIGHT=HEIGHT,
            counted=counted,
            policy=f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; "
            "form-action 'none'",
            style=Markup(style),  # noqa: S704 - our own files
        )
    )
