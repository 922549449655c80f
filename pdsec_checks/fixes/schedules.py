"""Fixes of schedules: a PUT replaces whole lists, so it has all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pdsec_checks.analysis.coverage import Coverage, as_evidence, gaps
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError
from pdsec_checks.fixes.fix import (
    CHOSEN,
    USER,
    Block,
    Change,
    Fix,
    Request,
    imported,
    path,
    reference,
    some,
)
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.model import Interval, Record, counted, moment_text
from pdsec_checks.resources import LayerSchedule, Schedule, ShiftSchedule, View
from pdsec_checks.resources.schedules import (
    event_runs,
    layer_runs,
    listed_in,
    member_in,
    members_in,
    users_in,
)

ENDS = ("start", "end")
WEEK = 7 * 86_400
MOST_GAPS = 50
"""Gaps that one request fills: whoever has more of them needs another rotation."""
MEMBERS = "rotation.event.assignment_strategy.member"
"""Where Terraform keeps the participants of a shift-based schedule."""
IN_PLACE = f"{USER} in place of whoever was deleted"
MEMBER = {"type": "user_member", "user_id": USER}
"""The same as ``CHOSEN``, on a shift-based schedule."""

# Coverage


@fixes("PD-08", "schedule")
def covered(found: Found) -> Fix:
    """Put somebody in place of who was deleted, or where nobody is; fill other gaps one by one."""
    open_spans: list[Record] = found.finding.evidence["gaps"]
    match found.finding.cause:
        case "deleted":
            lasting = in_place_of_the_deleted(found)
            rest, change = without_the_deleted(found, open_spans), IN_PLACE
        case "nobody":
            lasting = [] if takes_turns(found) else [with_people(found, 1)]
            rest, change = [], f"with {USER}"
        case _:
            lasting, rest, change = [], open_spans, ""
    if not lasting:
        return filled(found, open_spans)
    block = whom(found.resource, change)
    if not rest:
        return found.fixed_by(*lasting, terraform=[block])
    fix = filled(found, rest)
    return found.fixed_by(*lasting, *fix.requests, terraform=[block], note=fix.note)


def filled(found: Found, open_spans: Sequence[Record]) -> Fix:
    """Fill each gap by an override, or a custom shift, whose times are those of the gap."""
    schedule: Schedule = found.resource
    closed = open_spans[:MOST_GAPS]
    number = len(open_spans)
    many = f"the first {MOST_GAPS} of {number} gaps" if number > MOST_GAPS else ""
    note = (
        f"closes {many or counted(number, 'gap')} of the window, as of "
        f"{moment_text(found.inspection.as_of)}, and no later one; what has begun by now starts "
        "now. The lasting fix is a layer, or a rotation, that leaves no gap"
    )
    if isinstance(schedule, ShiftSchedule):
        where = path("v3", "schedules", schedule.id, "custom_shifts")
        request = Request("POST", where, {"custom_shifts": [custom_shift(gap) for gap in closed]})
        block = imported("schedulev2", schedule.id, [Change("rotation.event", "one in each gap")])
    else:
        where = path("schedules", schedule.id, "overrides")
        request = Request("POST", where, {"overrides": [override(gap) for gap in closed]})
        block = imported("schedule", schedule.id, [Change("layer.restriction", "without a gap")])
    return found.fixed_by(request, terraform=[block], note=note)


def without_the_deleted(found: Found, open_spans: list[Record]) -> list[Record]:
    """Return what is left of gaps once somebody takes the turns of who was deleted."""
    coverage: Coverage = found.inspection.provide("coverage")
    taken = [span for span, _ in coverage.deleted_on_call(found.resource)]
    spans = (Interval(*(datetime.fromisoformat(gap[end]) for end in ENDS)) for gap in open_spans)
    return as_evidence(left for span in spans for left in gaps(taken, span))


def override(gap: Record) -> Record:
    """Return who stands in during a gap of a layer-based schedule."""
    return {"start": gap["start"], "end": gap["end"], "user": CHOSEN}


def custom_shift(gap: Record) -> Record:
    """Return who stands in during a gap of a shift-based schedule."""
    return {
        "type": "custom_shift",
        "start_time": gap["start"],
        "end_time": gap["end"],
        "assignments": [{"type": "shift_assignment", "member": MEMBER}],
    }


def takes_turns(found: Found) -> bool:
    """Tell whether somebody takes turns on a schedule, or may do so."""
    people: People = found.inspection.provide("known_people")
    schedule: Schedule = found.resource
    return any(
        member.user is None or people.deleted_on(member.user) is None
        for member in schedule.members(found.inspection.as_of)
    )


def in_place_of_the_deleted(found: Found) -> list[Request]:
    """Return the requests that put somebody in place of each who was deleted; none without one."""
    people: People = found.inspection.provide("known_people")
    if isinstance(found.resource, ShiftSchedule):
        return [
            event_put(where, event, list(members_of(event, people, MEMBER)), IN_PLACE)
            for where, event in running(found)
            if any(people.deleted_on(user) for user in map(member_in, members_in(event)) if user)
        ]
    schedule: LayerSchedule = found.resource
    layers, is_changed = [], False
    for layer in schedule.nested("schedule_layers"):
        runs = layer_runs(found.inspection.as_of, layer)
        is_changed |= runs and any(map(people.deleted_on, map(listed_in, users_in(layer))))
        users = users_of(layer, people, *([CHOSEN] if runs else []))
        layers.append(layer_record(layer, list(users)))
    return [schedule_put(schedule, layers, IN_PLACE)] if is_changed else []


# Participants


@fixes("PD-09", "schedule")
def more_participants(found: Found) -> Fix:
    """Add as many people to the rotation as are missing."""
    required = found.inspection.baseline.min_schedule_participants
    missing = required - len(found.finding.evidence["participants"])
    return found.fixed_by(
        with_people(found, missing), terraform=[whom(found.resource, f"with {USER}")]
    )


def whom(schedule: Schedule, change: str) -> Block:
    """Return a schedule whose participants change."""
    if isinstance(schedule, ShiftSchedule):
        return imported("schedulev2", schedule.id, [Change(MEMBERS, change)])
    return imported("schedule", schedule.id, [Change("layer.users", change)])


def with_people(found: Found, missing: int) -> Request:
    """Return the request that adds people to a schedule.

    Raises:
        InspectionError: No event of a shift-based schedule runs.
    """
    people: People = found.inspection.provide("known_people")
    note = f"{counted(missing, 'more participant')}, {USER}"
    if isinstance(found.resource, ShiftSchedule):
        for where, event in running(found):
            members = [*members_of(event, people), *([MEMBER] * missing)]
            return event_put(where, event, members, note)
        raise InspectionError("no rotation of the schedule runs; add one")
    schedule: LayerSchedule = found.resource
    layers = with_more_users(schedule, missing, people, found.inspection.as_of)
    return schedule_put(schedule, layers, f"{note}, in one layer")


# Layer-based schedules


def schedule_put(schedule: LayerSchedule, layers: list[Record], note: str) -> Request:
    """Return the request that replaces all layers of a schedule."""
    whole = {
        "type": "schedule",
        **some(schedule, "name"),
        "time_zone": schedule.read("time_zone", str),
        "schedule_layers": layers,
    }
    note = f"changed: {note}; all layers stand here, as they are replaced as a whole"
    return Request("PUT", path("schedules", schedule.id), {"schedule": whole}, note)


def with_more_users(
    schedule: LayerSchedule, missing: int, people: People, as_of: datetime
) -> list[Record]:
    """Return all layers, with people to choose in the first that runs; else with a new layer."""
    layers, left = [], [{"user": CHOSEN} for _ in range(missing)]
    for layer in schedule.nested("schedule_layers"):
        users = list(users_of(layer, people))
        if left and layer_runs(as_of, layer):
            users, left = [*users, *left], []
        layers.append(layer_record(layer, users))
    if left:
        start = moment_text(as_of)
        layers.append({"start": start, "rotation_virtual_start": start, "users": left}
                      | {"rotation_turn_length_seconds": WEEK})  # fmt: skip
    return layers


def users_of(layer: View, people: People, *instead: Record) -> Iterator[Record]:
    """Yield the users of a layer as a request has them, *instead* of who was deleted others."""
    for entry in users_in(layer):
        user = listed_in(entry)
        is_there = people.deleted_on(user) is None
        for each in [reference("user", user.id)] if is_there else instead:
            yield {"user": each}


def layer_record(layer: View, users: list[Record]) -> Record:
    """Return a layer as a request has it; one without anybody gets somebody to choose."""
    return {
        **some(layer, "id", "name", "end", "restrictions"),
        "start": layer.read("start", str),
        "rotation_virtual_start": layer.read("rotation_virtual_start", str),
        "rotation_turn_length_seconds": layer.read("rotation_turn_length_seconds", int),
        "users": users or [{"user": CHOSEN}],
    }


# Shift-based schedules


def running(found: Found) -> Iterator[tuple[str, View]]:
    """Yield path and record of each event of a shift-based schedule that runs."""
    schedule: ShiftSchedule = found.resource
    for rotation in schedule.nested("rotations") if schedule.may_have("rotations") else ():
        for event in rotation.nested("events") if rotation.may_have("events") else ():
            if event_runs(found.inspection.as_of, event):
                ids = rotation.read("id", str), event.read("id", str)
                where = path("v3", "schedules", schedule.id, "rotations", ids[0], "events", ids[1])
                yield where, event


def event_put(where: str, event: View, members: list[Record], note: str) -> Request:
    """Return the request that replaces all members of an event."""
    strategy = event.part("assignment_strategy")
    whole = {**some(strategy, "type", "shifts_per_member"), "members": members}
    body = {"event": {"assignment_strategy": whole}}
    return Request("PUT", where, body, f"changed: {note}; all members stand here")


def members_of(event: View, people: People, *instead: Record) -> Iterator[Record]:
    """Yield the members of an event as a request has them, *instead* of who was deleted others."""
    for member in members_in(event):
        user = member_in(member)
        if user is None:
            yield {"type": "empty_member"}
        elif people.deleted_on(user) is None:
            yield {"type": "user_member", "user_id": user.id}
        else:
            yield from instead
