"""Support hours: local days, changes of the clocks, hours that end before they start."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from pdsec_checks.analysis.ring.rails_zones import RAILS_ZONES
from pdsec_checks.analysis.ring.support_hours import SupportHours, zone_named
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.errors import MalformedRecordError

NEW_YORK = "America/New_York"
ALL_DAYS = frozenset(range(1, 8))


def seconds(text: str) -> int:
    """Return a moment in UTC as seconds."""
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


def texts(spans: list[Span]) -> list[tuple[str, ...]]:
    """Return spans as people read them."""
    return [
        tuple(f"{datetime.fromtimestamp(each, UTC):%m-%dT%H:%M}" for each in span) for span in spans
    ]


def hours(
    start: time, end: time, zone: str = NEW_YORK, days: frozenset[int] = ALL_DAYS
) -> SupportHours:
    """Return support hours."""
    return SupportHours(zone_named(zone), days, start, end)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-30", ("10-30T13:00", "10-30T21:00")),
        ("2026-11-02", ("11-02T14:00", "11-02T22:00")),
    ],
)
def test_office_hours_follow_the_clocks(day: str, expected: tuple[str, str]) -> None:
    """Nine to five in New York is another time in UTC before and after the clocks go back."""
    within = Span(seconds(f"{day}T00:00:00"), seconds(f"{day}T23:59:59"))

    assert texts(hours(time(9), time(17)).spans(within)) == [expected]


def test_an_hour_that_comes_twice_is_the_first_one() -> None:
    """Half past one on the day on which the clocks go back is that of summer time."""
    within = Span(seconds("2026-11-01T00:00:00"), seconds("2026-11-02T00:00:00"))

    (found,) = hours(time(1, 30), time(9), days=frozenset({7})).spans(within)

    assert found.start == seconds("2026-11-01T05:30:00")


def test_a_time_that_the_clocks_skip_is_taken_as_if_they_had_not() -> None:
    """Half past two on the day on which the clocks go forward is half past seven in UTC."""
    within = Span(seconds("2027-03-14T00:00:00"), seconds("2027-03-15T00:00:00"))

    (found,) = hours(time(2, 30), time(9), days=frozenset({7})).spans(within)

    assert found.start == seconds("2027-03-14T07:30:00")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (time(9), time(0), [("11-23T09:00", "11-24T00:00")]),
        (time(8), time(8), [("11-23T00:00", "11-24T00:00")]),
        (time(0), time(0), [("11-23T00:00", "11-24T00:00")]),
        (
            time(22),
            time(6),
            [("11-23T00:00", "11-23T06:00"), ("11-23T22:00", "11-24T06:00")],
        ),
    ],
)
def test_ends_at_midnight_whole_days_and_reversed_hours(
    start: time, end: time, expected: list[tuple[str, str]]
) -> None:
    """An end at 00:00 ends the day; equal times are all day; reversed ones are both tails."""
    within = Span(seconds("2026-11-23T00:00:00"), seconds("2026-11-25T00:00:00"))
    found = hours(start, end, "UTC", frozenset({1})).spans(within)

    assert texts(found) == expected


def test_hours_that_meet_at_midnight_are_one_span() -> None:
    """All day on every day is one span without a seam."""
    within = Span(seconds("2026-11-23T00:00:00"), seconds("2026-11-26T00:00:00"))

    (found,) = hours(time(0), time(0), "UTC").spans(within)

    assert found.start <= within.start
    assert found.end >= within.end


def test_both_ways_of_naming_a_zone_are_known() -> None:
    """IANA's names, and each of the names that Rails gives, lead to a zone."""
    assert zone_named("Eastern Time (US & Canada)") == ZoneInfo(NEW_YORK)
    assert zone_named("Europe/London") == ZoneInfo("Europe/London")
    assert all(zone_named(name) == ZoneInfo(zone) for name, zone in RAILS_ZONES.items())


@pytest.mark.parametrize("name", ["", "America", "../etc/passwd", "Mars/Base", "/etc/localtime"])
def test_what_is_no_zone_is_malformed(name: str) -> None:
    """A name that nobody knows is an error, never UTC."""
    with pytest.raises(MalformedRecordError, match="is no time zone that is known here"):
        zone_named(name)
