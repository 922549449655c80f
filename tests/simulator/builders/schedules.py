"""Builders of escalation policies and of schedules of both kinds."""

# ruff: noqa: A002 - "id" is the field that callers name

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulator.builders.common import Thing, identity_of, references
from tests.simulator.records import (
    SUBDOMAIN,
    WEB,
    Record,
    finished,
    iso,
    make_id,
    make_secret,
    refer,
    reference,
    stamped,
)


def a_policy(
    name: str = "Checkout on call",
    *levels: Sequence[Record],
    id: str | None = None,
    teams: Iterable[Thing] = (),
    num_loops: int = 2,
    delay: int = 15,
    **fields: Any,
) -> Record:
    """Return an escalation policy with one rule for each of *levels*.

    A level is a sequence of users and schedules (records or references).
    """
    identity = id or make_id("policy", name)
    rules = [
        {
            "id": make_id("rule", identity, number),
            "escalation_delay_in_minutes": delay,
            "targets": [reference(target) for target in level],
            "escalation_rule_assignment_strategy": {"type": "assign_to_everyone"},
        }
        for number, level in enumerate(levels)
    ]
    record = stamped("escalation_policy", identity, name) | {
        "name": name,
        "description": None,
        "num_loops": num_loops,
        "on_call_handoff_notifications": "if_has_services",
        "escalation_rules": rules,
        "teams": references("team", teams),
    }
    return finished(record, fields)


def a_restriction(
    start: str = "09:00:00", hours: float = 8, *, weekday: int | None = None
) -> Record:
    """Return a daily restriction, or a weekly one from *weekday* (1 = Monday) on."""
    record = {
        "type": "daily_restriction" if weekday is None else "weekly_restriction",
        "start_time_of_day": start,
        "duration_seconds": int(hours * 3600),
    }
    return record if weekday is None else record | {"start_day_of_week": weekday}


def a_layer(
    users: Iterable[Thing],
    *,
    id: str | None = None,
    name: str = "Layer 1",
    start: str = "2024-01-01T09:00:00Z",
    end: str | None = None,
    turn_seconds: int = 7 * 86400,
    restrictions: Iterable[Record] = (),
    **fields: Any,
) -> Record:
    """Return a layer whose *users* take turns of a week, day and night."""
    people = references("user", users)
    seed = [person["id"] for person in people]
    record = {
        "id": id or make_id("layer", name, start, *seed),
        "name": name,
        "start": start,
        "end": end,
        "rotation_virtual_start": start,
        "rotation_turn_length_seconds": turn_seconds,
        "users": [{"user": person} for person in people],
        "restrictions": list(restrictions),
    }
    return finished(record, fields)


def an_override(user: Thing, start: str, end: str) -> Record:
    """Return an override of a layer-based schedule."""
    return {
        "id": make_id("override", identity_of(user), start),
        "start": start,
        "end": end,
        "user": refer("user", user),
    }


def a_layer_schedule(
    name: str = "Checkout primary",
    users: Iterable[Thing] = (),
    *,
    id: str | None = None,
    time_zone: str = "Europe/London",
    layers: Sequence[Record] | None = None,
    overrides: Iterable[Record] = (),
    teams: Iterable[Thing] = (),
    **fields: Any,
) -> Record:
    """Return a layer-based schedule: one layer of *users*, or *layers*, the strongest first.

    ``escalation_policies`` follow from the policies unless they are given.
    """
    identity = id or make_id("schedule", name)
    record = stamped("schedule", identity, name) | {
        "name": name,
        "time_zone": time_zone,
        "description": None,
        "http_cal_url": f"{WEB}/private/{make_secret(24, 'calendar', identity)}/feed/{identity}",
        "web_cal_url": f"webcal://{SUBDOMAIN}.pagerduty.com/private/"
        f"{make_secret(24, 'calendar', identity)}/feed/{identity}",
        "personal_http_cal_url": None,
        "teams": references("team", teams),
        "schedule_layers": [a_layer(users)] if layers is None else list(layers),
        "overrides": list(overrides),
    }
    return finished(record, fields)


def a_member(user: Thing | None) -> Record:
    """Return a member of a shift-based rotation; None stands for a slot left empty.

    The stub of a deleted user keeps its moment.
    """
    if user is None:
        return {"type": "empty_member"}
    member = {"type": "user_member", "user_id": identity_of(user)}
    if isinstance(user, dict) and "deleted_at" in user:
        member["deleted_at"] = user["deleted_at"]
    return member


def an_event(
    members: Iterable[Thing | None],
    *,
    id: str | None = None,
    name: str = "Around the clock",
    start: str = "2024-01-01T09:00:00",
    hours: float = 24,
    time_zone: str = "UTC",
    recurrence: Sequence[str] = ("RRULE:FREQ=DAILY",),
    every_member: bool = False,
    shifts_per_member: int = 1,
    **fields: Any,
) -> Record:
    """Return an event that recurs daily and lasts a day; *start* is wall-clock time.

    Members take turns, or are all on call at once with *every_member*.
    """
    people = [a_member(member) for member in members]
    begins, ends = zoned_span(start, hours, time_zone)
    manner = "every" if every_member else "rotating"
    strategy: Record = {"type": f"{manner}_member_assignment_strategy", "members": people}
    if not every_member:
        strategy["shifts_per_member"] = shifts_per_member
    record = {
        "id": id or make_id("event", name, start, *[each.get("user_id") for each in people]),
        "type": "schedule_event",
        "name": name,
        "start_time": {"date_time": begins, "time_zone": time_zone},
        "end_time": {"date_time": ends, "time_zone": time_zone},
        "effective_since": begins,
        "effective_until": None,
        "recurrence": list(recurrence),
        "assignment_strategy": strategy,
    }
    return finished(record, fields)


def zoned_span(start: str, hours: float, time_zone: str) -> tuple[str, str]:
    """Return start and end with their offsets; *hours* are counted on the wall clock."""
    zone = ZoneInfo(time_zone)
    begins = datetime.fromisoformat(start)
    ends = begins + timedelta(hours=hours)
    return iso(begins.replace(tzinfo=zone), zone), iso(ends.replace(tzinfo=zone), zone)


def a_rotation(*events: Record, id: str | None = None, **fields: Any) -> Record:
    """Return a rotation of a shift-based schedule."""
    record = {
        "id": id or make_id("rotation", *[event["id"] for event in events]),
        "type": "schedule_rotation",
        "events": list(events),
    }
    return finished(record, fields)


def a_shift_schedule(
    name: str = "Support shifts",
    users: Iterable[Thing | None] = (),
    *,
    id: str | None = None,
    time_zone: str = "UTC",
    events: Sequence[Record] | None = None,
    teams: Iterable[Thing] = (),
    **fields: Any,
) -> Record:
    """Return a shift-based schedule: *users* who take daily turns, or *events*."""
    identity = id or make_id("schedule_v3", name)
    if events is None:
        members = list(users)
        events = [an_event(members, time_zone=time_zone)] if members else []
    record = stamped("schedule_v3", identity, name) | {
        "name": name,
        "time_zone": time_zone,
        "description": None,
        "http_cal_url": f"{WEB}/private/{make_secret(24, 'calendar', identity)}/feed/{identity}",
        "web_cal_url": f"webcal://{SUBDOMAIN}.pagerduty.com/private/"
        f"{make_secret(24, 'calendar', identity)}/feed/{identity}",
        "teams": references("team", teams),
        "rotations": [a_rotation(*events, id=make_id("rotation", identity))],
    }
    return finished(record, fields)
