"""How stored records are shown: references unless the caller asked for more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.simulator import layers, shifts
from tests.simulator.account import Directory
from tests.simulator.messages import Call, invalid
from tests.simulator.records import ABSENT, Record, finished, iso, reference
from tests.simulator.spans import Shift, Span, coverage_percentage

TWO_WEEKS = timedelta(days=14)
LAYER_INCLUDES = frozenset({"schedule_layers", "overrides_subschedule", "final_schedule"})


def references(records: Iterable[Record] | None) -> list[Record]:
    """Return *records* in their short form."""
    return [reference(record) for record in records or ()]


def full(records: Iterable[Record] | None, known: dict[str, Record]) -> list[Record]:
    """Return the full records behind references, or the reference where there is none."""
    return [known.get(record["id"], record) for record in records or ()]


def user(call: Call, record: Record) -> Record:
    """Return a user."""
    shown = dict(record)
    for name in ("contact_methods", "notification_rules"):
        if name in record and name not in call.includes:
            shown[name] = references(record[name])
    if "teams" in call.includes:
        shown["teams"] = full(record["teams"], call.directory.teams)
    return shown


def service(call: Call, record: Record) -> Record:
    """Return a service."""
    shown = dict(record)
    policy = record.get("escalation_policy")
    if policy and "escalation_policies" in call.includes:
        found = call.directory.policies.get(policy["id"])
        shown["escalation_policy"] = escalation_policy(call, found) if found else policy
    if "integrations" in record and "integrations" not in call.includes:
        shown["integrations"] = references(record["integrations"])
    if "teams" in call.includes:
        shown["teams"] = full(record["teams"], call.directory.teams)
    if "auto_pause_notifications_parameters" not in call.includes:
        shown.pop("auto_pause_notifications_parameters", None)
    return shown


def escalation_policy(call: Call, record: Record) -> Record:
    """Return an escalation policy with its rules and the services that use it."""
    shown = dict(record)
    services = call.directory.services_of_policy[record["id"]]
    shown["services"] = services if "services" in call.includes else references(services)
    if "teams" in call.includes:
        shown["teams"] = full(record["teams"], call.directory.teams)
    with_strategy = "escalation_rule_assignment_strategies" in call.includes
    shown["escalation_rules"] = [
        _rule(call, rule, with_strategy=with_strategy) for rule in record["escalation_rules"]
    ]
    return shown


def _rule(call: Call, rule: Record, *, with_strategy: bool) -> Record:
    shown = dict(rule)
    if not with_strategy:
        shown.pop("escalation_rule_assignment_strategy", None)
    if "targets" in call.includes:
        known = call.directory.users | call.directory.schedules
        shown["targets"] = [_target(known.get(each["id"], each)) for each in rule["targets"]]
    return shown


def _target(record: Record) -> Record:
    hidden = {"schedule_layers", "overrides", "contact_methods", "notification_rules"}
    return {name: value for name, value in record.items() if name not in hidden}


def window_of(call: Call) -> Span | None:
    """Return the window that a schedule is to be rendered for; None when none was named.

    One bound alone stands for two weeks.

    Raises:
        RefusedError: The window ends before it starts.
    """
    since, until = call.query.moment("since"), call.query.moment("until")
    if since and not until:
        return Span(since, since + TWO_WEEKS)
    if not since or not until:
        return Span(until - TWO_WEEKS, until) if until else None
    window = Span(since, until)
    if window.end <= window.start:
        raise invalid("Until must be after since.")
    return window


def zone_of(call: Call, record: Record) -> ZoneInfo:
    """Return the time zone in which times are to be shown.

    Raises:
        RefusedError: There is no zone of that name.
    """
    name = call.query.one("time_zone") or record["time_zone"]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(f"Time zone {name!r} is not valid.") from None


def subschedule(
    directory: Directory, rendered: list[Shift], window: Span | None, zone: ZoneInfo
) -> Record:
    """Return rendered entries; without a window there are none, and no percentage."""
    entries = [
        {
            "start": iso(shift.start, zone),
            "end": iso(shift.end, zone),
            "user": user_reference(directory, shift.user_id),
        }
        for shift in rendered
    ]
    percentage = coverage_percentage(rendered, window) if window else None
    return {"rendered_schedule_entries": entries, "rendered_coverage_percentage": percentage}


def user_reference(directory: Directory, user_id: str) -> Record:
    """Return a reference to a user, who may have been deleted, or not be known at all."""
    found = directory.users.get(user_id) or directory.deleted_users.get(user_id)
    return reference(found) if found else {"id": user_id, "type": "user_reference"}


def policies_of(directory: Directory, record: Record) -> list[Record]:
    """Return the policies that a schedule says it serves."""
    stored: list[Record] | None = record.get("escalation_policies")
    if stored is not None:
        return references(stored)
    return references(directory.policies_of_schedule[record["id"]])


def layer_schedule(call: Call, record: Record, includes: Iterable[str]) -> Record:
    """Return a layer-based schedule, rendered for the window that the call names."""
    window, zone = window_of(call), zone_of(call, record)
    overflow = call.query.flag("overflow")
    hidden = {"overrides", "schedule_layers"}
    shown = {name: value for name, value in record.items() if name not in hidden}
    shown["escalation_policies"] = policies_of(call.directory, record)
    shown["users"] = references(layer_users(record))
    directory = call.directory
    if "schedule_layers" in includes:
        shown["schedule_layers"] = [
            layer
            | subschedule(
                directory,
                layers.render_layer(record, layer, window, overflow=overflow) if window else [],
                window,
                zone,
            )
            for layer in record["schedule_layers"]
        ]
    if "overrides_subschedule" in includes:
        over = layers.override_shifts(record, window) if window else []
        shown["overrides_subschedule"] = {
            "name": "Overrides",
            **subschedule(directory, over, window, zone),
        }
    if "final_schedule" in includes:
        final = layers.render(record, window, overflow=overflow) if window else []
        shown["final_schedule"] = {
            "name": "Final Schedule",
            **subschedule(directory, final, window, zone),
        }
    return shown


def layer_users(record: Record) -> list[Record]:
    """Return everybody on a layer, ended ones included, each once."""
    people = {
        member["user"]["id"]: member["user"]
        for layer in record["schedule_layers"]
        for member in layer["users"]
    }
    return list(people.values())


def shift_schedule(call: Call, record: Record) -> Record:
    """Return a shift-based schedule; its shifts only when asked for with a window."""
    window, zone = window_of(call), zone_of(call, record)
    if "time_zone" not in call.query.values:
        zone = ZoneInfo("UTC")
    shown = dict(record)
    shown["escalation_policies"] = policies_of(call.directory, record)
    shown["users"] = [user_reference(call.directory, each) for each in shift_users(record)]
    if "final_schedule" in call.includes:
        overflow = call.query.flag("overflow")
        rendered = shifts.render(record, window, overflow=overflow) if window else []
        shown["final_schedule"] = final_shifts(rendered, window, zone)
    return shown


def shift_users(record: Record) -> list[str]:
    """Return the ids of everybody on an event, each once."""
    return list(
        {
            member["user_id"]: None
            for rotation in record.get("rotations", ())
            for event in rotation.get("events", ())
            for member in event["assignment_strategy"]["members"]
            if member["type"] == "user_member"
        }
    )


def final_shifts(rendered: list[shifts.Assignment], window: Span | None, zone: ZoneInfo) -> Record:
    """Return computed shifts; the percentage counts only shifts that somebody has."""
    taken = [
        Shift(each.start, each.end, each.member["user_id"])
        for each in rendered
        if each.member["type"] == "user_member"
    ]
    return {
        "type": "final_schedule",
        "rendered_coverage_percentage": coverage_percentage(taken, window) if window else None,
        "computed_shift_assignments": [
            {
                "type": "computed_shift_assignment",
                "start_time": iso(each.start, zone),
                "end_time": iso(each.end, zone),
                "member": each.member,
                "source": {"type": "schedule_rotation", "rotation_id": each.rotation_id},
            }
            for each in rendered
        ],
    }


def extension(call: Call, record: Record) -> Record:
    """Return an extension; whether it is disabled for the time being only when asked for."""
    shown = dict(record)
    if "temporarily_disabled" not in call.includes:
        shown.pop("temporarily_disabled", None)
    if "extension_schemas" in call.includes:
        schema = record["extension_schema"]
        shown["extension_schema"] = call.directory.extension_schemas.get(schema["id"], schema)
    if "extension_objects" in call.includes:
        shown["extension_objects"] = full(record["extension_objects"], call.directory.services)
    return shown


def incident_workflow(call: Call, record: Record) -> Record:
    """Return an incident workflow; steps and team only when asked for."""
    hidden = {name: ABSENT for name in ("steps", "team") if name not in call.includes}
    return finished(record, hidden)


def pathless(record: Record) -> Record:
    """Return an event orchestration without its paths, which are asked for one by one."""
    return finished(record, {"router": ABSENT, "unrouted": ABSENT})
