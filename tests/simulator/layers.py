"""Renders layer-based schedules: rotations, restrictions, layers on layers, overrides.

Rotations and restrictions follow the wall clock of the schedule's time zone, so that a
hand-over at nine stays at nine when the clocks change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.simulator.records import Record
from tests.simulator.spans import DAY, Shift, Span, instant, union, wall_clock

FAR_FUTURE = datetime(9000, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def moment(text: str) -> datetime:
    """Return the instant that a stored timestamp stands for."""
    return datetime.fromisoformat(text).astimezone(UTC)


def render(schedule: Record, window: Span, *, overflow: bool = False) -> list[Shift]:
    """Return who is on call in *window* when every layer and override has its say.

    Shifts are cut at the window; with *overflow* they keep their true ends.
    """
    search = widened(schedule, window) if overflow else window
    shifts: list[Shift] = []
    for layer in reversed(schedule["schedule_layers"]):
        shifts = overlay(shifts, layer_shifts(layer, schedule["time_zone"], search))
    shifts = overlay(shifts, override_shifts(schedule, search))
    return in_window(shifts, window, overflow=overflow)


def render_layer(
    schedule: Record, layer: Record, window: Span, *, overflow: bool = False
) -> list[Shift]:
    """Return who is on call in *window* by one layer alone."""
    search = widened(schedule, window) if overflow else window
    shifts = layer_shifts(layer, schedule["time_zone"], search)
    return in_window(shifts, window, overflow=overflow)


def in_window(shifts: list[Shift], window: Span, *, overflow: bool) -> list[Shift]:
    """Return the shifts that touch *window*, cut at it unless they may *overflow*."""
    cut = [(shift, shift.within(window)) for shift in shifts]
    return [shift if overflow else part for shift, part in cut if part]


def widened(schedule: Record, window: Span) -> Span:
    """Return a window so much larger that every shift that touches it lies inside."""
    turns = [layer["rotation_turn_length_seconds"] for layer in schedule["schedule_layers"]]
    margin = timedelta(seconds=max([0, *turns])) + WEEK
    return Span(window.start - margin, window.end + margin)


def override_shifts(schedule: Record, window: Span) -> list[Shift]:
    """Return the overrides that touch *window*."""
    shifts = (
        Shift(moment(each["start"]), moment(each["end"]), each["user"]["id"])
        for each in schedule.get("overrides") or ()
    )
    return sorted(filter(None, (shift.within(window) for shift in shifts)))


def layer_shifts(layer: Record, time_zone: str, window: Span) -> list[Shift]:
    """Return the shifts of one layer, cut at *window* and at the layer's own life."""
    if not layer["users"]:
        return []
    zone = ZoneInfo(time_zone)
    end = moment(layer["end"]) if layer.get("end") else FAR_FUTURE
    life = Span(moment(layer["start"]), end).within(window)
    if life is None:
        return []
    shifts = list(filter(None, (turn.within(life) for turn in turns(layer, zone, life))))
    if not layer.get("restrictions"):
        return shifts
    allowed = restricted_to(layer["restrictions"], zone, life)
    return sorted(filter(None, (shift.within(span) for shift in shifts for span in allowed)))


def turns(layer: Record, zone: ZoneInfo, window: Span) -> Iterator[Shift]:
    """Yield the turns of a rotation that touch *window*, one user after the other.

    Turns of whole days are counted on the wall clock, shorter ones on a stop watch.
    """
    length = timedelta(seconds=layer["rotation_turn_length_seconds"])
    first = moment(layer["rotation_virtual_start"])
    by_wall_clock = length % DAY == timedelta()
    origin = wall_clock(first, zone) if by_wall_clock else first
    from_ = wall_clock(window.start, zone) if by_wall_clock else window.start
    number = (from_ - origin) // length - 1
    start = origin + number * length
    while (begins := instant(start, zone) if by_wall_clock else start) < window.end:
        following = start + length
        ends = instant(following, zone) if by_wall_clock else following
        user = layer["users"][number % len(layer["users"])]["user"]
        yield Shift(begins, ends, user["id"])
        number, start = number + 1, following


def restricted_to(restrictions: list[Record], zone: ZoneInfo, window: Span) -> list[Span]:
    """Return the times in *window* at which a layer's restrictions let it be on call."""
    spans = (span for each in restrictions for span in restriction_spans(each, zone, window))
    return union(filter(None, (span.within(window) for span in spans)))


def restriction_spans(restriction: Record, zone: ZoneInfo, window: Span) -> Iterator[Span]:
    """Yield each occurrence of a daily or weekly restriction around *window*."""
    opens = time.fromisoformat(restriction["start_time_of_day"])
    length = timedelta(seconds=restriction["duration_seconds"])
    weekday = restriction.get("start_day_of_week")
    day = wall_clock(window.start, zone).date() - WEEK - DAY
    last = wall_clock(window.end, zone).date()
    while day <= last:
        if weekday in {None, day.isoweekday()}:
            begins = datetime.combine(day, opens)
            yield Span(instant(begins, zone), instant(begins + length, zone))
        day += DAY


def overlay(below: list[Shift], above: list[Shift]) -> list[Shift]:
    """Return both lists as one in which *above* takes the place of *below*."""
    if not below or not above:
        return above or below
    covers = union(Span(shift.start, shift.end) for shift in above)
    kept = [part for shift in below for part in without(shift, covers)]
    return sorted([*kept, *above])


def without(shift: Shift, covers: list[Span]) -> Iterator[Shift]:
    """Yield the parts of *shift* that none of *covers*, which are in order, overlaps."""
    start = shift.start
    for cover in covers:
        if cover.end <= start:
            continue
        if cover.start >= shift.end:
            break
        if cover.start > start:
            yield Shift(start, cover.start, shift.user_id)
        start = cover.end
    if start < shift.end:
        yield Shift(start, shift.end, shift.user_id)
