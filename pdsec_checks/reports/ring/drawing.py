"""A strip as it is drawn: one row a day, 24 hours wide, a rectangle for each piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pdsec_checks.analysis.ring.strips import QUICK, Band, Strip, StripPiece
from pdsec_checks.reports.ring.words import IN_UTC, day_of

HOUR = 3600
DAY = 24 * HOUR
WIDTH = 960
"""Units that a day is wide."""
HEIGHT = 14
"""Units that a day is high."""


class Box(NamedTuple):
    """A rectangle of a day's row."""

    x: float
    width: float
    band: str
    """The class that it is drawn with."""
    title: str
    """When, and what incidents come to, for whoever cannot see or tell the colours apart."""


@dataclass(frozen=True)
class DayRow:
    """One day of a strip, in UTC."""

    label: str
    y: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Drawing:
    """A strip, ready to be drawn."""

    strip: Strip
    days: tuple[DayRow, ...]


def meaning(band: Band, limit: int) -> str:
    """Return what a band says; *limit* is in minutes."""
    return {
        Band.QUICK: f"somebody is rung within {min(QUICK, limit)} min",
        Band.IN_TIME: f"somebody is rung within {limit} min",
        Band.LATE: f"the first ring comes after more than {limit} min",
        Band.NEVER: "nobody who is on call is ever rung",
        Band.LOST: "no incident is opened: nobody is on call",
        Band.MUTED: "in maintenance",
        Band.LOW: "low urgency, which never escalates",
    }[band]


def bands(limit: int) -> list[tuple[str, str]]:
    """Return the class and the meaning of each band; *limit* is in minutes."""
    return [(css_class(each), meaning(each, limit)) for each in Band]


def css_class(band: Band) -> str:
    """Return the class that a band is drawn with."""
    return band.value.replace(" ", "-")


def drawing(strip: Strip, limit: int) -> Drawing:
    """Return a strip as rows of days; *limit* is in minutes."""
    by_day: dict[int, list[StripPiece]] = {}
    for piece in cut_at_midnight(strip.pieces):
        by_day.setdefault(piece.start // DAY, []).append(piece)
    return Drawing(
        strip,
        tuple(
            DayRow(day_of(number * DAY), place * HEIGHT, tuple(box(each, limit) for each in pieces))
            for place, (number, pieces) in enumerate(sorted(by_day.items()))
        ),
    )


def cut_at_midnight(pieces: Iterable[StripPiece]) -> Iterator[StripPiece]:
    """Yield pieces cut where a day ends in UTC."""
    for piece in pieces:
        start = piece.start
        while start < piece.end:
            end = min(piece.end, (start // DAY + 1) * DAY)
            yield StripPiece(start, end, piece.band)
            start = end


def box(piece: StripPiece, limit: int) -> Box:
    """Return the rectangle of a piece, which lies in one day."""
    x = piece.start % DAY * WIDTH / DAY
    width = (piece.end - piece.start) * WIDTH / DAY
    title = f"{IN_UTC.span(piece.start, piece.end)}: {meaning(piece.band, limit)}"
    return Box(round(x, 2), round(max(width, 0.5), 2), css_class(piece.band), title)
