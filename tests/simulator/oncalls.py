"""Who is on call: derived from policies and schedules, as ``GET /oncalls`` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.simulator import layers, shifts
from tests.simulator.account import Directory
from tests.simulator.messages import Call, invalid
from tests.simulator.projection import user_reference, zone_of
from tests.simulator.records import Record, iso, reference
from tests.simulator.spans import Shift, Span

HORIZON = timedelta(days=90)
INSTANT = timedelta(microseconds=1)
FILTERS = frozenset({"user_ids[]", "schedule_ids[]", "escalation_policy_ids[]", "earliest"})


def window_of(call: Call) -> Span:
    """Return the time that is asked about: now, unless the call says otherwise.

    Raises:
        RefusedError: It ends before it starts.
    """
    now = call.now.replace(microsecond=0)
    since = call.query.moment("since") or now
    until = call.query.moment("until") or max(since, now)
    if until < since:
        raise invalid("Until cannot be before since.")
    since = min(since, now + HORIZON)
    return Span(since, max(min(until, now + HORIZON), since + INSTANT))


def rows(call: Call) -> list[Record]:
    """Return the rows that the call's filters leave."""
    window, zone = window_of(call), zone_of(call, {"time_zone": "UTC"})
    found = call.directory.remember(
        ("oncalls", window, zone), lambda: all_rows(call.directory, window, zone)
    )
    return list(_wanted(call, found)) if FILTERS & call.query.values.keys() else found


def all_rows(directory: Directory, window: Span, zone: ZoneInfo) -> list[Record]:
    """Return one row for each policy, level, user and shift that touches *window*."""
    rendered: dict[str, list[Record]] = {}
    found: list[Record] = []
    for policy in directory.account.escalation_policies:
        for level, rule in enumerate(policy["escalation_rules"], 1):
            opening = {"escalation_policy": reference(policy), "escalation_level": level}
            for target in rule["targets"]:
                identity = target["id"]
                if identity not in rendered:
                    rendered[identity] = list(_times(directory, target, window, zone))
                found += [opening | row for row in rendered[identity]]
    return sorted(found, key=lambda row: row["start"] or "")


def _times(directory: Directory, target: Record, window: Span, zone: ZoneInfo) -> Iterator[Record]:
    """Yield who is on call through a target, and when; a user always is."""
    if target["type"].startswith("user"):
        user = user_reference(directory, target["id"])
        yield {"user": user, "schedule": None, "start": None, "end": None}
        return
    schedule = reference(directory.any_schedule(target["id"]) or target)
    for shift in schedule_shifts(directory, target["id"], window):
        user = user_reference(directory, shift.user_id)
        start, end = iso(shift.start, zone), iso(shift.end, zone)
        yield {"user": user, "schedule": schedule, "start": start, "end": end}


def schedule_shifts(directory: Directory, identity: str, window: Span) -> list[Shift]:
    """Return the shifts of a schedule of either kind that touch *window*, uncut."""
    if identity in directory.schedules:
        return layers.render(directory.schedules[identity], window, overflow=True)
    if identity in directory.shift_schedules:
        return shifts.on_call(directory.shift_schedules[identity], window, overflow=True)
    return []


def _wanted(call: Call, found: list[Record]) -> Iterator[Record]:
    users = set(call.query.many("user_ids"))
    schedules = set(call.query.many("schedule_ids"))
    policies = set(call.query.many("escalation_policy_ids"))
    earliest = call.query.flag("earliest")
    seen: set[tuple[str, int, str]] = set()
    for row in found:
        policy, user = row["escalation_policy"]["id"], row["user"]["id"]
        key = (policy, row["escalation_level"], user)
        if (
            (users and user not in users)
            or (schedules and (row["schedule"] or {}).get("id") not in schedules)
            or (policies and policy not in policies)
            or (earliest and key in seen)
        ):
            continue
        seen.add(key)
        yield row


def expanded(call: Call, row: Record) -> Record:
    """Return a row with users, schedules and policies in full where they were asked for."""
    shown = dict(row)
    directory = call.directory
    if "users" in call.includes:
        person: Record = row["user"]
        shown["user"] = _plain(directory.users.get(person["id"], person))
    if "escalation_policies" in call.includes:
        shown["escalation_policy"] = directory.policies[row["escalation_policy"]["id"]]
    if "schedules" in call.includes and row["schedule"]:
        short: Record = row["schedule"]
        shown["schedule"] = _plain(directory.any_schedule(short["id"]) or short)
    return shown


def _plain(record: Record) -> Record:
    hidden = {
        "contact_methods",
        "notification_rules",
        "schedule_layers",
        "overrides",
        "rotations",
    }
    return {name: value for name, value in record.items() if name not in hidden}
