"""Small accounts for the question whether the phone will ring: people, daily shifts, policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from tests.simulator.builders import (
    ALWAYS_HIGH,
    a_contact_method,
    a_layer_schedule,
    a_maintenance_window,
    a_member,
    a_notification_rule,
    a_policy,
    a_service,
    a_shift_schedule,
    a_user,
)
from tests.simulator.records import Record, iso, refer
from tests.support.judged import a_snapshot, inspect

AS_OF = datetime(2026, 11, 23, tzinfo=UTC)
"""A Monday, at midnight."""
DAYS = 30
DEAD = "2026-09-01T10:00:00Z"
Hours = tuple[float, float]
"""Begin and end on each day, in hours."""


def someone(letter: str, *delays: int, kind: str = "phone", **fields: Any) -> Record:
    """Return a user whose one contact method rings after each of *delays* minutes."""
    method = a_contact_method(kind, f"2025550{ord(letter[0]):03}", id=f"M{letter}")
    rules = [
        a_notification_rule(
            refer(f"{kind}_contact_method", method), id=f"R{letter}{each}", delay=each
        )
        for each in delays
    ]
    return a_user(
        f"User {letter}",
        id=f"P{letter}",
        **{"contact_methods": [method], "notification_rules": rules, **fields},
    )


A, B, C = (someone(each, 0) for each in "ABC")
S = someone("S", 0, kind="email")
L60, L5 = someone("L60", 60), someone("L5", 5)
P = someone("P", 0, invitation_sent=True)
WATCHER = someone("W", 0, role="read_only_user")
NOBODY = someone("N")
"""A user without notification rules."""
OFF = someone("OFF", 0)
OFF["contact_methods"][0]["enabled"] = False
BLOCKED = someone("BLOCKED", 5)
BLOCKED["contact_methods"][0]["blacklisted"] = True
PUSH = a_contact_method("push_notification", "token", id="MPUSH")
BLOCKED["contact_methods"].append(PUSH)
BLOCKED["notification_rules"].append(
    a_notification_rule(refer("push_notification_contact_method", PUSH), id="RPUSH")
)
VAGUE = {name: value for name, value in someone("Q", 0).items() if name != "notification_rules"}
"""Somebody whose rules PagerDuty did not send."""
EVERYBODY = [A, B, C, S, L60, L5, P, WATCHER, NOBODY, OFF, BLOCKED, VAGUE]
G = refer("user", "PG") | {"deleted_at": DEAD, "self": None}
"""Somebody who was deleted, as PagerDuty leaves them in policies."""
STRANGER = refer("user", "PX")
"""Somebody whom no user list has, and of whom nothing says that they were deleted."""


def spans(hours: Hours) -> Iterable[tuple[str, str]]:
    """Yield begin and end of a daily shift, on each day of the window and a day around it."""
    for day in range(-1, DAYS + 2):
        begin = AS_OF + timedelta(days=day)
        yield iso(begin + timedelta(hours=hours[0])), iso(begin + timedelta(hours=hours[1]))


def rota(name: str, *turns: tuple[Record, Hours], **fields: Any) -> Record:
    """Return a layer-based schedule as PagerDuty renders it, with daily turns."""
    entries = [
        {"start": start, "end": end, "user": person}
        for who, hours in turns
        for start, end in spans(hours)
        for person in [who if "deleted_at" in who else refer("user", who)]
    ]
    final = {"rendered_coverage_percentage": 50, "rendered_schedule_entries": entries}
    return a_layer_schedule(name, [A], id=name, **{"final_schedule": final, **fields})


def shifts(name: str, *turns: tuple[Record | None, Hours]) -> Record:
    """Return the same as a shift-based schedule; None is a slot that is left empty."""
    entries = [
        {"start_time": start, "end_time": end, "member": a_member(who)}
        for who, hours in turns
        for start, end in spans(hours)
    ]
    final = {"rendered_coverage_percentage": 50, "computed_shift_assignments": entries}
    return a_shift_schedule(name, [A], id=name, final_schedule=final)


def policy(*levels: tuple[Any, ...], loops: int = 0) -> Record:
    """Return a policy of levels, each its targets, its delay, and RR for round robin.

    A level whose strategy PagerDuty did not send ends in None.
    """
    found = a_policy("Platform", *([] for _ in levels), id="PPOL", num_loops=loops)
    for rule, level in zip(found["escalation_rules"], levels, strict=True):
        *targets, delay = [each for each in level if each not in ("RR", None)]
        rule["targets"] = [target_of(each) for each in targets]
        rule["escalation_delay_in_minutes"] = delay
        rule["escalation_rule_assignment_strategy"] = {"type": "assign_to_everyone"}
        if "RR" in level:
            rule["escalation_rule_assignment_strategy"] = {"type": "round_robin"}
        if None in level:
            del rule["escalation_rule_assignment_strategy"]
    return found


def target_of(thing: Record) -> Record:
    """Return a target of a policy's rule."""
    return (
        thing if "deleted_at" in thing else refer(thing["type"].removesuffix("_reference"), thing)
    )


def account(
    rules: Record | None, *schedules: Record, data: Mapping[str, Any] | None = None, **fields: Any
) -> Snapshot:
    """Return an account with one service of constant high urgency under a policy.

    *fields* are the service's, *data* replaces whole data sets.
    """
    service = a_service(
        "Checkout",
        rules,
        id="PSVC",
        **{"incident_urgency_rule": ALWAYS_HIGH, "auto_resolve_timeout": None, **fields},
    )
    found: dict[str, list[Any] | Unavailable] = {
        "services": [service],
        "users": EVERYBODY,
        "escalation_policies": [rules] if rules else [],
        "schedules": [each for each in schedules if each["type"] == "schedule"],
        "shift_schedules": [each for each in schedules if each["type"] == "schedule_v3"],
        "maintenance_windows": [],
        **(data or {}),
    }
    return a_snapshot(AS_OF, **found)


def nightly(start: float, end: float) -> list[Record]:
    """Return maintenance windows of the service in these hours of each day."""
    return [
        a_maintenance_window([refer("service", "PSVC")], begin, stop, id=f"PMW{number}")
        for number, (begin, stop) in enumerate(spans((start, end)))
    ]


def finding(snapshot: Snapshot, control: str, **thresholds: Any) -> Finding:
    """Return what a control says of the one service."""
    (found,) = inspect(snapshot, control, **thresholds)
    return found


def windows(found: Finding) -> list[tuple[str, str, str, int | None]]:
    """Return the dead windows of a finding: start, end, why, minutes."""
    listed: list[dict[str, Any]] = found.evidence["dead_windows"]
    return [(each["start"], each["end"], each["why"], each["minutes"]) for each in listed]
