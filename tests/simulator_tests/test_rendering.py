"""Schedules rendered for a window: rotations, restrictions, layers, overrides, clocks."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator import Account, Record, builders, layers, shifts
from tests.simulator.spans import DAY, Shift, Span, coverage_percentage, union
from tests.simulator_tests.conftest import NOW, Reader, Serve

ADA, BEN, EVE = (builders.a_user(name, id=name) for name in ("ADA", "BEN", "EVE"))


def moment(text: str) -> datetime:
    """Return a moment; one without an offset is UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def window(start: str, end: str) -> Span:
    """Return a window between two moments."""
    return Span(moment(start), moment(end))


def shown(found: list[Shift], zone: str = "UTC") -> list[str]:
    """Return shifts as text in the time of *zone*."""
    there = ZoneInfo(zone)
    return [
        f"{shift.user_id} {shift.start.astimezone(there):%dT%H:%M}-"
        f"{shift.end.astimezone(there):%dT%H:%M}"
        for shift in found
    ]


def rota(*parts: Record, zone: str = "UTC", overrides: tuple[Record, ...] = ()) -> Record:
    """Return a layer-based schedule."""
    return builders.a_layer_schedule(layers=parts, time_zone=zone, overrides=overrides)


def daily(*users: Record, start: str = "2026-11-01T09:00:00Z", **fields: object) -> Record:
    """Return a layer of daily turns."""
    options: Record = {"start": start, "turn_seconds": 86400, **fields}
    return builders.a_layer(users, **options)


def test_users_take_turns_from_the_first_on() -> None:
    """The rotation starts with its first user and goes round."""
    found = layers.render(rota(daily(ADA, BEN, EVE)), window("2026-11-01", "2026-11-05"))

    assert shown(found) == [
        "ADA 01T09:00-02T09:00",
        "BEN 02T09:00-03T09:00",
        "EVE 03T09:00-04T09:00",
        "ADA 04T09:00-05T00:00",
    ]


def test_a_virtual_start_moves_the_hand_over() -> None:
    """Turns are counted from the virtual start, and the layer begins at its own start."""
    layer = daily(ADA, BEN, rotation_virtual_start="2026-10-31T20:00:00Z")
    found = layers.render(rota(layer), window("2026-11-01", "2026-11-03"))

    assert shown(found) == [
        "ADA 01T09:00-01T20:00",
        "BEN 01T20:00-02T20:00",
        "ADA 02T20:00-03T00:00",
    ]


def test_a_layer_ends() -> None:
    """Nobody is on call by a layer that has ended."""
    found = layers.render(
        rota(daily(ADA, end="2026-11-02T12:00:00Z")), window("2026-11-02", "2026-11-09")
    )

    assert shown(found) == ["ADA 02T00:00-02T09:00", "ADA 02T09:00-02T12:00"]


def test_overflow_shows_true_ends() -> None:
    """Shifts are cut at the window unless they may overflow."""
    schedule, hours = rota(daily(ADA, BEN)), window("2026-11-03T10:00:00", "2026-11-03T14:00:00")

    assert shown(layers.render(schedule, hours)) == ["ADA 03T10:00-03T14:00"]
    assert shown(layers.render(schedule, hours, overflow=True)) == ["ADA 03T09:00-04T09:00"]


def test_a_daily_restriction_leaves_gaps() -> None:
    """Somebody is on call between eight and five only."""
    layer = daily(ADA, restrictions=[builders.a_restriction("08:00:00", 9)])
    found = layers.render(rota(layer), window("2026-11-10", "2026-11-12"))

    assert shown(found) == [
        "ADA 10T08:00-10T09:00",
        "ADA 10T09:00-10T17:00",
        "ADA 11T08:00-11T09:00",
        "ADA 11T09:00-11T17:00",
    ]


def test_a_restriction_may_run_past_midnight() -> None:
    """A night that began before the window still counts in it."""
    layer = daily(
        ADA, start="2026-11-01T00:00:00Z", restrictions=[builders.a_restriction("20:00:00", 12)]
    )
    found = layers.render(rota(layer), window("2026-11-10", "2026-11-11"))

    assert shown(found) == ["ADA 10T00:00-10T08:00", "ADA 10T20:00-11T00:00"]


def test_a_weekly_restriction_is_counted_from_monday() -> None:
    """Weekday 6 is Saturday; 48 hours from there are the weekend."""
    weekend = builders.a_restriction("00:00:00", 48, weekday=6)
    layer = builders.a_layer([ADA], start="2026-01-05T00:00:00Z", restrictions=[weekend])
    found = layers.render(rota(layer), window("2026-11-16", "2026-11-30"))

    assert shown(found) == ["ADA 21T00:00-23T00:00", "ADA 28T00:00-30T00:00"]


def test_the_first_layer_listed_wins() -> None:
    """A layer covers those after it, and what it leaves open falls through."""
    top = daily(
        EVE, start="2026-11-01T00:00:00Z", restrictions=[builders.a_restriction("12:00:00", 2)]
    )
    bottom = daily(ADA, start="2026-11-01T00:00:00Z")
    found = layers.render(rota(top, bottom), window("2026-11-10", "2026-11-11"))

    assert shown(found) == [
        "ADA 10T00:00-10T12:00",
        "EVE 10T12:00-10T14:00",
        "ADA 10T14:00-11T00:00",
    ]


def test_an_override_beats_every_layer() -> None:
    """An override replaces whoever would be on call."""
    override = builders.an_override(BEN, "2026-11-10T22:00:00Z", "2026-11-11T02:00:00Z")
    schedule = rota(daily(ADA, start="2026-11-01T00:00:00Z"), overrides=(override,))
    found = layers.render(schedule, window("2026-11-10", "2026-11-12"))

    assert shown(found) == [
        "ADA 10T00:00-10T22:00",
        "BEN 10T22:00-11T02:00",
        "ADA 11T02:00-12T00:00",
    ]


@pytest.mark.parametrize(
    ("zone", "before", "hours"),
    [
        ("Europe/London", "2026-03-28", 23),
        ("Europe/London", "2026-10-24", 25),
        ("America/New_York", "2026-03-07", 23),
        ("America/New_York", "2026-10-31", 25),
        ("Australia/Sydney", "2026-10-03", 23),
        ("Australia/Sydney", "2026-04-04", 25),
        ("America/Santiago", "2026-09-05", 23),
        ("Australia/Lord_Howe", "2026-10-03", 23.5),
        ("Asia/Kolkata", "2026-03-28", 24),
    ],
)
def test_hand_overs_keep_the_wall_clock(zone: str, before: str, hours: float) -> None:
    """A hand-over at nine stays at nine when the clocks change, in either hemisphere."""
    there = ZoneInfo(zone)
    day = datetime.fromisoformat(before).replace(hour=9)
    first = (day - 5 * DAY).replace(tzinfo=there).isoformat()
    span = Span(*(each.replace(tzinfo=there).astimezone(UTC) for each in (day, day + 2 * DAY)))
    schedule = rota(daily(ADA, BEN, start=first), zone=zone)
    changed, following = layers.render(schedule, span)

    assert changed.end - changed.start == timedelta(hours=hours)
    assert following.end - following.start == timedelta(hours=24)
    assert {each.start.astimezone(there).hour for each in (changed, following)} == {9}


@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Sydney", "America/New_York"])
def test_restrictions_keep_the_wall_clock(zone: str) -> None:
    """Office hours are nine to five all year round, and eight hours long."""
    office = builders.a_restriction("09:00:00", 8)
    layer = builders.a_layer(
        [ADA], start="2025-01-06T00:00:00Z", restrictions=[office], turn_seconds=364 * 86400
    )
    found = layers.render(rota(layer, zone=zone), window("2026-01-01", "2026-12-31"))
    whole = [each for each in found if each.end - each.start == timedelta(hours=8)]

    assert len(whole) >= 362
    assert {f"{each.start.astimezone(ZoneInfo(zone)):%H:%M}" for each in whole} == {"09:00"}


@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Sydney", "America/Santiago"])
def test_day_and_night_leave_no_gap_when_clocks_change(zone: str) -> None:
    """Two restrictions of twelve hours cover every hour of the year."""
    day, night = (
        builders.a_layer([ADA, BEN], name=start, restrictions=[builders.a_restriction(start, 12)])
        for start in ("08:00:00", "20:00:00")
    )
    year = window("2026-01-01", "2027-01-01")
    found = layers.render(rota(day, night, zone=zone), year)

    assert union(Span(each.start, each.end) for each in found) == [year]


def test_short_turns_are_counted_on_a_stop_watch() -> None:
    """Turns of eight hours last eight hours, also when the clocks change."""
    layer = builders.a_layer([ADA, BEN, EVE], start="2026-10-20T00:00:00Z", turn_seconds=8 * 3600)
    found = layers.render(rota(layer, zone="Europe/London"), window("2026-10-24", "2026-10-27"))

    assert {each.end - each.start for each in found} == {timedelta(hours=8)}


spans = st.builds(
    lambda start, length: Span(NOW + start * DAY / 4, NOW + (start + length) * DAY / 4),
    st.integers(-8, 8),
    st.integers(1, 9),
)


@given(st.lists(spans, max_size=5), st.lists(spans, max_size=5))
def test_overlaying_neither_loses_nor_doubles_time(below: list[Span], above: list[Span]) -> None:
    """Two layers cover what either covers, and the upper one keeps all of its time."""
    lower = [Shift(*span, "ADA") for span in union(below)]
    upper = [Shift(*span, "BEN") for span in union(above)]
    found = layers.overlay(lower, upper)

    assert union(Span(each.start, each.end) for each in found) == union([*below, *above])
    assert [each for each in found if each.user_id == "BEN"] == upper
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))


def test_coverage_is_a_share_of_the_window() -> None:
    """Overlapping shifts count once, and only inside the window."""
    day = window("2026-11-10", "2026-11-11")
    taken = [
        Shift(moment("2026-11-09"), moment("2026-11-10T06:00:00"), "ADA"),
        Shift(moment("2026-11-10T03:00:00"), moment("2026-11-10T09:00:00"), "BEN"),
    ]

    assert coverage_percentage(taken, day) == 37.5
    assert coverage_percentage([], day) == 0


# Shift-based


def shift_texts(*events: Record, start: str, end: str, zone: str = "UTC") -> list[str]:
    """Return the computed shifts of a schedule as text."""
    schedule = builders.a_shift_schedule(events=events)
    there = ZoneInfo(zone)
    return [
        f"{each.member.get('user_id', '-')} {each.start.astimezone(there):%dT%H:%M}-"
        f"{each.end.astimezone(there):%dT%H:%M}"
        for each in shifts.render(schedule, window(start, end))
    ]


def test_members_take_turns_by_occurrence() -> None:
    """Members change with every occurrence, or after several."""
    options: Record = {"start": "2026-11-01T00:00:00"}
    span = {"start": "2026-11-04", "end": "2026-11-07"}

    assert shift_texts(builders.an_event([ADA, BEN], **options), **span) == [
        "BEN 04T00:00-05T00:00",
        "ADA 05T00:00-06T00:00",
        "BEN 06T00:00-07T00:00",
    ]
    twice = builders.an_event([ADA, BEN], shifts_per_member=2, **options)
    assert [text[:3] for text in shift_texts(twice, **span)] == ["BEN", "ADA", "ADA"]


def test_a_slot_left_empty_is_explicit() -> None:
    """An empty member has a shift; a time without event has none."""
    weekdays = builders.an_event(
        [ADA, None],
        start="2026-11-02T09:00:00",
        hours=8,
        recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO,TU"],
    )

    assert shift_texts(weekdays, start="2026-11-09", end="2026-11-16") == [
        "ADA 09T09:00-09T17:00",
        "- 10T09:00-10T17:00",
    ]


def test_every_member_may_be_on_call_at_once() -> None:
    """With the other strategy all members have every shift."""
    event = builders.an_event([ADA, BEN], start="2026-11-01T00:00:00", every_member=True)

    assert shift_texts(event, start="2026-11-04", end="2026-11-05") == [
        "ADA 04T00:00-05T00:00",
        "BEN 04T00:00-05T00:00",
    ]


def test_events_recur_every_other_week_until_they_end() -> None:
    """INTERVAL skips weeks, and nothing starts at or after ``effective_until``."""
    event = builders.an_event(
        [ADA, BEN],
        start="2026-11-02T00:00:00",
        recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2"],
        effective_until="2026-11-30T00:00:00Z",
    )

    assert shift_texts(event, start="2026-11-01", end="2026-12-31") == [
        "ADA 02T00:00-03T00:00",
        "BEN 16T00:00-17T00:00",
    ]


def test_an_event_without_a_rule_happens_once() -> None:
    """No recurrence is one occurrence."""
    event = builders.an_event([ADA], start="2026-11-02T00:00:00", recurrence=())

    assert shift_texts(event, start="2026-11-01", end="2026-12-31") == ["ADA 02T00:00-03T00:00"]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", "2026-10-23", "2026-10-28"),
        ("Australia/Sydney", "2026-10-02", "2026-10-06"),
    ],
)
def test_events_keep_the_wall_clock(zone: str, start: str, end: str) -> None:
    """A shift from nine to nine stays one when the clocks change."""
    event = builders.an_event([ADA, BEN], start="2026-09-01T09:00:00", time_zone=zone)
    inner = shift_texts(event, start=start, end=end, zone=zone)[1:-1]

    assert len(inner) >= 3
    assert all(text.count("T09:00") == 2 for text in inner)


# Over HTTP


@pytest.fixture
def reader(serve: Serve) -> Reader:
    """Return a reader of one schedule of each kind, both used by a policy."""
    one = builders.a_layer_schedule("Layers", [ADA, BEN], id="LAYERS", time_zone="Europe/London")
    two = builders.a_shift_schedule("Shifts", [ADA, None], id="SHIFTS", time_zone="Europe/London")
    policy = builders.a_policy("Policy", [one], [two], id="POLICY")
    return serve(
        Account(
            NOW,
            users=[ADA, BEN],
            schedules=[one],
            shift_schedules=[two],
            escalation_policies=[policy],
        )
    )


WINDOW = {"since": "2026-11-23T09:00:00Z", "until": "2026-12-07T09:00:00Z"}


def test_a_list_shows_no_more_than_was_asked(reader: Reader) -> None:
    """Layers and rendered schedules are there only when they are included."""
    (bare,) = reader.get("/schedules", **WINDOW)["schedules"]
    includes = {"include[]": ["schedule_layers", "final_schedule"]}
    (more,) = reader.get("/schedules", **WINDOW, **includes)["schedules"]

    assert set(more) - set(bare) == {"schedule_layers", "final_schedule"}
    assert [each["id"] for each in bare["escalation_policies"]] == ["POLICY"]
    assert [each["id"] for each in bare["users"]] == ["ADA", "BEN"]
    assert bare["http_cal_url"].startswith("https://")
    assert more["final_schedule"]["rendered_coverage_percentage"] == 100
    assert more["schedule_layers"][0]["rendered_schedule_entries"]
    assert more["final_schedule"]["rendered_schedule_entries"][0]["user"]["type"] == (
        "user_reference"
    )


def test_without_a_window_nothing_is_rendered(reader: Reader) -> None:
    """Entries are empty and the percentage is null, in the list and singly."""
    (listed,) = reader.get("/schedules", **{"include[]": "final_schedule"})["schedules"]
    single = reader.get("/schedules/LAYERS")["schedule"]

    for final in (listed["final_schedule"], single["final_schedule"]):
        assert final["rendered_schedule_entries"] == []
        assert final["rendered_coverage_percentage"] is None
    assert single["schedule_layers"]


def test_one_bound_stands_for_two_weeks(reader: Reader) -> None:
    """Since alone reaches two weeks ahead, until alone two weeks back."""
    for bound in WINDOW.items():
        final = reader.get("/schedules/LAYERS", **dict([bound]))["schedule"]["final_schedule"]
        entries = final["rendered_schedule_entries"]
        spans = [moment(entries[0]["start"]), moment(entries[-1]["end"])]
        assert spans[1] - spans[0] == timedelta(days=14)


def test_times_are_those_of_a_zone(reader: Reader) -> None:
    """Times carry the offset of the schedule's zone, or of the one asked for."""
    window = {"since": "2026-07-06T09:00:00Z", "until": "2026-07-20T09:00:00Z"}

    def first(**params: str) -> str:
        final = reader.get("/schedules/LAYERS", **window, **params)["schedule"]["final_schedule"]
        return str(final["rendered_schedule_entries"][0]["start"])

    assert first() == "2026-07-06T10:00:00+01:00"
    assert first(time_zone="UTC") == "2026-07-06T09:00:00Z"
    assert reader.refusal("/schedules/LAYERS", time_zone="Mars/Olympus", **window)[0] == 400


def test_each_kind_refuses_the_other(reader: Reader) -> None:
    """The id of the other kind of schedule gets a 400 that names the other path."""
    for path, other in (("/schedules/SHIFTS", "/v3/schedules"), ("/v3/schedules/LAYERS", "/sch")):
        status, error = reader.refusal(path)
        assert status == 400
        assert other in error["errors"][0]
    assert reader.refusal("/schedules/NOBODY")[0] == 404
    assert reader.refusal("/v3/schedules/NOBODY")[0] == 404


def test_shift_based_schedules_are_listed_as_references(reader: Reader) -> None:
    """The list has references only, the detail rotations, and shifts on demand."""
    (listed,) = reader.get("/v3/schedules")["schedules"]
    bare = reader.get("/v3/schedules/SHIFTS", **WINDOW)["schedule"]
    final = reader.get("/v3/schedules/SHIFTS", **WINDOW, **{"include[]": "final_schedule"})
    computed = final["schedule"]["final_schedule"]

    assert set(listed) == {"id", "type", "summary", "self", "html_url"}
    assert listed["type"] == "schedule_v3_reference"
    assert "final_schedule" not in bare
    assert bare["rotations"][0]["events"]
    members = [each["member"]["type"] for each in computed["computed_shift_assignments"]]
    assert set(members) == {"user_member", "empty_member"}
    assert len(members) == 14
    assert computed["rendered_coverage_percentage"] == 50


def test_a_window_must_not_end_before_it_starts(reader: Reader) -> None:
    """Such a window is refused with 400."""
    window = {"since": WINDOW["until"], "until": WINDOW["since"]}

    assert reader.refusal("/schedules", **window, **{"include[]": "final_schedule"})[0] == 400
