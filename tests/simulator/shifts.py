"""Renders shift-based schedules: events that recur, and members who take turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.simulator.layers import moment
from tests.simulator.records import Record
from tests.simulator.spans import DAY, Shift, Span, instant, wall_clock

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Assignment(NamedTuple):
    """One computed shift: a span, who has it (or nobody), and the rotation it comes from."""

    start: datetime
    end: datetime
    member: Record
    rotation_id: str


def render(schedule: Record, window: Span, *, overflow: bool = False) -> list[Assignment]:
    """Return every shift that touches *window*, cut at it unless shifts may *overflow*.

    Several members may be on call at once. A slot that is left empty is there, with an
    ``empty_member``; a time without any event is not.
    """
    found: list[Assignment] = []
    for rotation in schedule.get("rotations", ()):
        for event in rotation.get("events", ()):
            for span, member in assignments(event, window):
                part = span.within(window)
                if part:
                    found.append(Assignment(*(span if overflow else part), member, rotation["id"]))
    return sorted(found, key=lambda each: (each.start, each.end, each.rotation_id))


def on_call(schedule: Record, window: Span, *, overflow: bool = False) -> list[Shift]:
    """Return the shifts that a user has."""
    return [
        Shift(each.start, each.end, each.member["user_id"])
        for each in render(schedule, window, overflow=overflow)
        if each.member["type"] == "user_member"
    ]


def assignments(event: Record, window: Span) -> Iterator[tuple[Span, Record]]:
    """Yield each occurrence of an event around *window*, once for each member on it."""
    strategy = event["assignment_strategy"]
    members = strategy["members"]
    turn = strategy.get("shifts_per_member", 1)
    for number, span in occurrences(event, window):
        if strategy["type"] == "every_member_assignment_strategy":
            yield from ((span, member) for member in members)
        else:
            yield span, members[number // turn % len(members)]


def occurrences(event: Record, window: Span) -> Iterator[tuple[int, Span]]:
    """Yield the occurrences of an event around *window*, numbered from its first ever.

    An occurrence keeps its wall-clock start and length when the clocks change.
    """
    zone = ZoneInfo(event["start_time"]["time_zone"])
    first = wall_clock(moment(event["start_time"]["date_time"]), zone)
    length = wall_clock(moment(event["end_time"]["date_time"]), zone) - first
    since = wall_clock(moment(event["effective_since"]), zone)
    ends = moment(event["effective_until"]) if event.get("effective_until") else window.end
    opens = wall_clock(window.start, zone) - length - DAY
    closes = wall_clock(min(window.end, ends), zone)
    starts = (start for start in recurrences(first, event["recurrence"]) if start >= since)
    for number, start in enumerate(starts):
        if start >= closes:
            return
        if start >= opens:
            yield number, Span(instant(start, zone), instant(start + length, zone))


def recurrences(first: datetime, rules: list[str]) -> Iterator[datetime]:
    """Yield the starts that a rule gives: DAILY or WEEKLY, with INTERVAL and BYDAY."""
    if not rules:
        yield first
        return
    parts = dict(part.split("=", 1) for part in rules[0].removeprefix("RRULE:").split(";"))
    interval = int(parts.get("INTERVAL", "1"))
    if parts["FREQ"] == "DAILY":
        days = {timedelta()}
        step = interval * DAY
        base = first
    else:
        named = parts.get("BYDAY", WEEKDAYS[first.weekday()]).split(",")
        days = {WEEKDAYS.index(name) * DAY for name in named}
        step = interval * 7 * DAY
        base = first - first.weekday() * DAY
    while True:
        yield from (base + day for day in sorted(days) if base + day >= first)
        base += step
