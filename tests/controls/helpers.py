"""What the tests of the verdicts share: one finding, one changed field, one rendered schedule."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator.builders import (
    a_contact_method,
    a_layer_schedule,
    a_member,
    a_notification_rule,
    a_shift_schedule,
    a_user,
)
from tests.simulator.records import ABSENT, Record, iso, refer
from tests.support.judged import NOW, inspect

WRONG = 3.5
"""Of a type that none of the fields under test may have."""

NO_RECORDS: tuple[Any, ...] = (None, "surprise", {})
"""What may stand where a record should."""

Span = tuple[float, float]
"""Begin and end in hours after as_of."""

WHOLE: Span = (0, 30 * 24)
"""The default coverage window."""

OWNER = a_user("Olga Owner", "owner", id="POWNER", teams=["PTEAM"])
ADA = a_user("Ada Quill", id="PADA", teams=["PTEAM"])
BEN = a_user("Ben Rook", id="PBEN", teams=["PTEAM"])

GONE_ID = "PGONE01"
DELETED_AT = "2026-09-01T10:00:00Z"
NAMED_GONE = refer("user", GONE_ID)
"""Somebody who was deleted, named by a reference that does not say so."""
GONE = NAMED_GONE | {"deleted_at": DELETED_AT, "self": None}
"""What PagerDuty leaves of somebody who was off-boarded; builders drop the day."""
UNKNOWN = refer("user", "PUNKNOWN")
"""Somebody whom no user list knows, and of whom nothing says that they were deleted."""


def only(snapshot: Snapshot, control: str, **thresholds: Any) -> Finding:
    """Return the one finding that a control has."""
    (finding,) = inspect(snapshot, control, **thresholds)
    return finding


def inspect_by_id(snapshot: Snapshot, control: str) -> dict[str, Finding]:
    """Return the findings of a control by the id of their resource."""
    return {each.resource.id: each for each in inspect(snapshot, control)}


def status(snapshot: Snapshot, control: str, **thresholds: Any) -> str:
    """Return the status of the one finding that a control has."""
    return only(snapshot, control, **thresholds).status.value


def altered(record: Record, path: str, value: Any) -> Record:
    """Return a copy of *record* with another value at a dotted *path*; ABSENT removes it."""
    changed = copy.deepcopy(record)
    holder: Any = changed
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        holder = holder[step]
    if value is ABSENT:
        del holder[last]
    else:
        holder[last] = value
    return changed


def unfit(*paths: str, but: Iterable[tuple[str, Any]] = ()) -> list[Any]:
    """Return each field as missing, null and of another type, *but* what the page allows."""
    named = {"missing": ABSENT, "null": None, "of another type": WRONG}
    allowed = list(but)
    return [
        pytest.param(path, value, id=f"{path} {name}")
        for path in paths
        for name, value in named.items()
        if not any(path == each and value is fine for each, fine in allowed)
    ]


def off_boarded(value: Any, user_id: str = GONE_ID, day: str | None = DELETED_AT) -> Any:
    """Return a record in which every reference to somebody is what PagerDuty leaves of them.

    *day* is a null, or when they were deleted; all parts that name other people stay.
    """
    if isinstance(value, list):
        return [off_boarded(each, user_id, day) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {name: off_boarded(each, user_id, day) for name, each in value.items()}
    if changed.get("id") == user_id:
        return changed | {"deleted_at": day, "self": None if day else changed.get("self")}
    return changed | {"deleted_at": day} if changed.get("user_id") == user_id else changed


def looked_up(service: Record, *edges: Record) -> Record:
    """Return what the lookup of one service, technical or business, showed."""
    return {"id": service["id"], "relationships": list(edges)}


def hour(hours: float) -> str:
    """Return the moment so many hours after as_of as text."""
    return iso(NOW + timedelta(hours=hours))


def before(days: float, seconds: float = 0) -> str:
    """Return the moment so many days and seconds before as_of as text."""
    return iso(NOW - timedelta(days=days, seconds=seconds))


def rendered(*spans: Span, id: str = "PLAYER", **fields: Any) -> Record:  # noqa: A002
    """Return a layer-based schedule with Ada on call in these spans, as PagerDuty answers."""
    entries = [
        {"id": f"PENTRY{start}", "start": hour(start), "end": hour(end), "user": refer("user", ADA)}
        for start, end in spans
    ]
    final = {
        "name": "Final Schedule",
        "rendered_coverage_percentage": 100 if spans else 0,
        "rendered_schedule_entries": entries,
    }
    return a_layer_schedule(f"Rota {id}", [ADA, BEN], id=id, **{"final_schedule": final, **fields})


def computed(*spans: Span, id: str = "PSHIFT", empty: Iterable[Span] = (), **fields: Any) -> Record:  # noqa: A002
    """Return a shift-based schedule with Ada on call in these spans and nobody in *empty*."""
    shifts = [(span, a_member(ADA)) for span in spans] + [(span, a_member(None)) for span in empty]
    assignments = [
        {
            "type": "computed_shift_assignment",
            "start_time": hour(start),
            "end_time": hour(end),
            "member": member,
            "source": {"type": "schedule_rotation", "rotation_id": "PROTATION"},
        }
        for (start, end), member in shifts
    ]
    final = {
        "type": "final_schedule",
        "rendered_coverage_percentage": 100 if spans else 0,
        "computed_shift_assignments": assignments,
    }
    return a_shift_schedule(
        f"Shifts {id}", [ADA, BEN], id=id, **{"final_schedule": final, **fields}
    )


def held(schedule: Record, *people: Record | None) -> Record:
    """Return a rendered schedule of either kind whose entries are held by these people, in turn.

    None takes the user of an entry away.
    """
    changed = copy.deepcopy(schedule)
    (entries,) = [each for each in changed["final_schedule"].values() if isinstance(each, list)]
    for entry, user in zip(entries, people, strict=True):
        if changed["type"] == "schedule_v3":
            entry["member"] = a_member(user)
        elif user is None:
            del entry["user"]
        else:
            entry["user"] = refer("user", user)
    return changed


def rung_twice(user: Record) -> Record:
    """Return a user who is rung by phone at once, and by the mobile app a minute later."""
    methods = [
        a_contact_method("phone", "2025550100", id=f"PPHONE{user['id']}"),
        a_contact_method("push_notification", "token", id=f"PPUSH{user['id']}"),
    ]
    rules = [
        a_notification_rule(each, id=f"R{each['id']}", delay=minutes)
        for minutes, each in enumerate(methods)
    ]
    return {**user, "contact_methods": methods, "notification_rules": rules}
