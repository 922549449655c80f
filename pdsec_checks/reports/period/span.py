"""The expected days of a period: both ends included, in UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from pdsec_checks.errors import UsageError
from pdsec_checks.model import YEARS, Interval, counted

EVERY = re.compile(r"([1-9][0-9]{0,3})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
DAY = UNITS["d"]
LONGEST = 3_660
"""Days that a period may have: ten years."""
MOST = 10_000
"""Intervals that a period may have; hourly evidence of more than a year is no evidence on days."""


def every_of(text: str, where: str) -> timedelta:
    """Return how often evidence is expected: ``1d``, ``12h``, ``1w``; *where* names the option.

    Raises:
        UsageError: It is no such length.
    """
    found = EVERY.fullmatch(text)
    if found is None:
        raise UsageError(f"{where}: {text!r} is no interval; write a number and h, d or w: 1d")
    return int(found[1]) * UNITS[found[2]]


def day_of(text: str, where: str) -> date:
    """Return the day that *text* names; *where* names the option.

    Raises:
        UsageError: It is no day, or one of a year that no evidence can be of.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{where}: {text!r} is no day; write it as 2026-11-23") from None
    if found.year not in YEARS:
        years = f"{YEARS[0]} to {YEARS[-1]}"
        raise UsageError(f"{where}: no evidence can be of {text}; name a day of the years {years}")
    return found


@dataclass(frozen=True)
class Span:
    """A period, cut into the intervals each of which is expected to have evidence."""

    first: date
    last: date
    """The last day, which belongs to the period."""
    every: timedelta = DAY
    """The length of an interval; the last one of a period may be shorter."""

    @classmethod
    def of(cls, first: str, last: str, every: str = "1d") -> Span:
        """Return the period that the options ``--from``, ``--to`` and ``--every`` ask for.

        Raises:
            UsageError: One of them is not valid, or the period is empty or too long.
        """
        made = cls(day_of(first, "--from"), day_of(last, "--to"), every_of(every, "--every"))
        if made.last < made.first:
            raise UsageError(f"--to {last}: it lies before --from {first}; exchange the two")
        if (made.last - made.first).days >= LONGEST:
            raise UsageError(f"--from {first}: the period is longer than {LONGEST} days")
        if made.length // made.every > MOST:
            raise UsageError(f"--every {every}: it has more than {MOST} of them")
        return made

    @property
    def start(self) -> datetime:
        """The first moment of the period."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + self.length

    @property
    def length(self) -> timedelta:
        """How long it is: whole days."""
        return self.last - self.first + DAY

    @property
    def expected(self) -> int:
        """How many intervals there are."""
        return -(-self.length // self.every)

    def index(self, moment: datetime) -> int | None:
        """Return the interval that an aware moment lies in; None outside of the period."""
        return (moment - self.start) // self.every if self.start <= moment < self.end else None

    def interval(self, first: int, last: int | None = None) -> Interval:
        """Return an interval, or the stretch from one to another that belongs to it."""
        after = (first if last is None else last) + 1
        end = min(self.start + after * self.every, self.end)
        return Interval(self.start + first * self.every, end)

    @property
    def noun(self) -> str:
        """What people call an interval."""
        return {DAY: "day", UNITS["w"]: "week", UNITS["h"]: "hour"}.get(self.every, "interval")

    @cached_property
    def every_text(self) -> str:
        """The length of an interval as ``--every`` takes it."""
        unit = next(each for each in "wdh" if not self.every % UNITS[each])
        return f"{self.every // UNITS[unit]}{unit}"

    @property
    def every_words(self) -> str:
        """How often evidence is expected: ``every day``, ``every 12 hours``."""
        if self.noun != "interval":
            return f"every {self.noun}"
        unit = "day" if not self.every % DAY else "hour"
        return f"every {self.every // (DAY if unit == 'day' else UNITS['h'])} {unit}s"

    @property
    def interval_words(self) -> str:
        """The length of an interval: ``1 day``, ``12 hours``."""
        if self.noun != "interval":
            return f"1 {self.noun}"
        return self.every_words.removeprefix("every ")

    def counted(self, number: int) -> str:
        """Return a number of intervals: ``2 days``."""
        return counted(number, self.noun)

    def label(self, first: int, last: int | None = None) -> str:
        """Return an interval, or a stretch of them, by its days: ``2026-11-03 to 2026-11-09``.

        Where intervals are no whole days, hours stand beside them.
        """
        start, end = self.interval(first, last)
        if self.every % DAY:
            return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
        final = end - DAY
        return f"{start:%Y-%m-%d}" if final == start else f"{start:%Y-%m-%d} to {final:%Y-%m-%d}"

    @property
    def text(self) -> str:
        """The whole period: ``2026-01-01 to 2026-12-31``."""
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


def runs(values: Sequence[object]) -> list[tuple[int, int]]:
    """Return the first and the last place of each stretch of equal values, in order."""
    found: list[tuple[int, int]] = []
    for place, value in enumerate(values):
        if found and values[place - 1] == value:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found
