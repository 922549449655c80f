"""What a record that cannot be read might have been: nothing, or the best that it could be.

A fail that stays one without the record, with it as it is, and with it at its best, is provable
without it. Where anybody may be on call, the best is somebody whom nothing else names; and what
names people might have named everybody.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from pdsec_checks.model import Record
from tests.simulator import builders
from tests.simulator.records import iso, refer
from tests.support.blast import NAMING, References
from tests.support.breaking import Break, Path

Data = dict[str, list[Any]]
SOMEBODY = [builders.a_user(f"Best {n}", id=f"PBEST{n}", teams=["PTEAM"]) for n in range(3)]
"""People who can be paged, whom no account has; an unknown person may be one of them."""
ALWAYS = "2020-01-01T00:00:00Z"


def completions(found: Break, references: References) -> Iterator[Data]:
    """Yield the data of an account without what is broken, and with it at its best."""
    path = unit_of(found)
    known = {**references.data, "users": [*references.data["users"], *SOMEBODY]}
    unit = at(references.data[found.name][found.number], path)
    best = BEST[found.name, names_in(path)](unit, references, found)
    for replacements in ([], best):
        records = copy.deepcopy(references.data[found.name])
        if path:
            holder = at(records[found.number], path[:-1])
            place = int(path[-1])
            holder[place : place + 1] = replacements
        else:
            records[found.number : found.number + 1] = replacements
        yield {**known, found.name: records}
        if not replacements and found.name in NAMING:
            yield naming_everybody({**known, found.name: records})


def naming_everybody(data: Data) -> Data:
    """Return an account in which a policy that nobody uses names everybody."""
    policy = builders.a_policy("Everybody", data["users"], id="PEVERYBODY")
    return {**data, "escalation_policies": [*data["escalation_policies"], policy]}


def unit_of(found: Break) -> Path:
    """Return the path of the innermost entry of a list, or the record, that a break is in."""
    for length in range(len(found.path), 0, -1):
        path = found.path[:length]
        if isinstance(path[-1], int) and (found.name, names_in(path)) in BEST:
            return path
    return ()


def names_in(path: Path) -> tuple[str, ...]:
    """Return the fields of a path, without the places in lists."""
    return tuple(each for each in path if isinstance(each, str))


def at(record: Any, path: Path) -> Any:
    """Return what stands at a path."""
    for step in path:
        record = record[step]
    return record


def reference(number: int = 0) -> Record:
    """Return a reference to somebody."""
    return refer("user", SOMEBODY[number])


def a_user(user: Record, references: References, found: Break) -> list[Record]:
    """Return a user with whom every control is content, under each id that it might have."""
    ids = [user["id"], *(references.named_in_vain("users") if found.loses_identity else ())]
    return [SOMEBODY[0] | {"id": each} for each in ids]


def a_licence(_: Record, references: References, __: Break) -> list[Record]:
    """Return licences that everybody got just now."""
    now = iso(references.window[0])
    return [builders.a_license_allocation(each, now) for each in references.data["users"]]


def methods(method: Record, references: References, found: Break) -> list[Record]:
    """Return a phone under each id that a rule of the user leads to; of a second one its messages.

    Whoever has a phone already is best rung in another way.
    """
    user = references.data["users"][found.number]
    others = {each["type"] for each in user["contact_methods"] if each["id"] != method["id"]}
    kind = "sms" if "phone_contact_method" in others else "phone"
    ids = {method["id"], *(each["contact_method"]["id"] for each in user["notification_rules"])}
    return [builders.a_contact_method(kind, id=each) for each in sorted(ids)]


def rules(_: Record, references: References, found: Break) -> list[Record]:
    """Return a rule of high urgency for each of the user's contact methods."""
    methods = references.data["users"][found.number]["contact_methods"]
    return [builders.a_notification_rule(each) for each in methods]


def a_service(service: Record, references: References, _: Break) -> list[Record]:
    """Return a service that nothing is wrong with, and that proves no age."""
    policy = references.data["escalation_policies"][0]
    healthy = builders.a_service("Best", policy, id=service["id"], integrations=[])
    return [{key: value for key, value in healthy.items() if key != "created_at"}]


def integrations(integration: Record, references: References, _: Break) -> list[Record]:
    """Return a scoped integration under each id that a change event names."""
    named = {(each["integration"] or {}).get("id") for each in references.data["change_events"]}
    ids = sorted({integration["id"], *named} - {None})
    return [{"id": each, "type": builders.EVENTS_V2} for each in ids]


def a_policy(policy: Record, references: References, found: Break) -> list[Record]:
    """Return a policy of two levels that somebody hears, under each id that it might have."""
    vain = references.named_in_vain("escalation_policies") if found.loses_identity else ()
    levels = [SOMEBODY[:1], SOMEBODY[1:]]
    return [builders.a_policy("Best", *levels, id=each) for each in [policy["id"], *vain]]


def a_schedule(schedule: Record, references: References, found: Break) -> list[Record]:
    """Return a schedule that somebody is always on, under each id that it might have."""
    vain = references.named_in_vain("schedules") if found.loses_identity else ()
    layers, shifts = [a_layer()], builders.an_event(SOMEBODY)
    entries: Record = {"rendered_schedule_entries": [an_entry()]}
    return [
        builders.a_layer_schedule("Best", id=each, layers=layers, final_schedule=entries)
        if schedule["type"] == "schedule"
        else builders.a_shift_schedule(
            "Best",
            id=each,
            events=[shifts],
            final_schedule={"computed_shift_assignments": [an_assignment()]},
        )
        for each in [schedule["id"], *vain]
    ]


def a_layer() -> Record:
    """Return a layer that runs on, with several people."""
    return builders.a_layer(SOMEBODY, start=ALWAYS)


def an_entry() -> Record:
    """Return an entry without an end, of somebody who is there."""
    return {"start": ALWAYS, "end": None, "user": reference()}


def an_assignment() -> Record:
    """Return the same of a shift-based schedule."""
    return {"start_time": ALWAYS, "end_time": None, "member": builders.a_member(SOMEBODY[0])}


def a_workflow(workflow: Record, references: References, found: Break) -> list[Record]:
    """Return an enabled workflow under each id that it might have."""
    vain = references.named_in_vain("incident_workflows") if found.loses_identity else ()
    return [builders.a_workflow(id=each) for each in [workflow["id"], *vain]]


def a_trigger(_: Record, references: References, __: Break) -> list[Record]:
    """Return triggers that start each workflow for all services."""
    workflows = references.data["incident_workflows"]
    return [builders.a_trigger(each, all_services=True) for each in workflows]


def all_services(_: Record, references: References, __: Break) -> list[Record]:
    """Return a reference to every service."""
    return [refer("service", each["id"]) for each in references.data["services"]]


def an_event(event: Record, references: References, __: Break) -> list[Record]:
    """Return a change event that names every service."""
    return [builders.a_change_event(ALWAYS, references.data["services"], id=event["id"])]


def edges(edge: Record, references: References, _: Break) -> list[Record]:
    """Return an edge from every service to what the broken one leads to."""
    return [edge | {"supporting_service": each} for each in nodes(references)]


def nodes(references: References) -> list[Record]:
    """Return every service as an end of an edge."""
    kind = {"type": "technical_service_reference"}
    return [{"id": each["id"], **kind} for each in references.data["services"]]


def always(*best: Any) -> Callable[[Record, References, Break], list[Record]]:
    """Return a function that returns the same whatever is broken."""
    return lambda *_: list(best)


BEST: dict[tuple[str, tuple[str, ...]], Callable[[Any, References, Break], list[Any]]] = {
    ("teams", ()): always(),
    ("users", ()): a_user,
    ("users", ("teams",)): always(refer("team", "PTEAM")),
    ("users", ("contact_methods",)): methods,
    ("users", ("notification_rules",)): rules,
    ("services", ()): a_service,
    ("services", ("integrations",)): integrations,
    ("services", ("integrations", "email_filters")): always(builders.an_email_filter()),
    ("escalation_policies", ()): a_policy,
    ("escalation_policies", ("escalation_rules",)): always({"targets": [reference()]}),
    ("escalation_policies", ("escalation_rules", "targets")): always(reference()),
    ("schedules", ()): a_schedule,
    ("schedules", ("users",)): always(reference()),
    ("schedules", ("schedule_layers",)): always(a_layer()),
    ("schedules", ("schedule_layers", "users")): always({"user": reference()}),
    ("schedules", ("final_schedule", "rendered_schedule_entries")): always(an_entry()),
    ("shift_schedules", ()): a_schedule,
    ("shift_schedules", ("users",)): always(reference()),
    ("shift_schedules", ("rotations",)): always(builders.a_rotation(builders.an_event(SOMEBODY))),
    ("shift_schedules", ("rotations", "events")): always(builders.an_event(SOMEBODY)),
    ("shift_schedules", ("rotations", "events", "assignment_strategy", "members")): always(
        builders.a_member(SOMEBODY[0])
    ),
    ("shift_schedules", ("final_schedule", "computed_shift_assignments")): always(an_assignment()),
    ("oncalls", ()): always({"user": reference()}),
    ("incident_workflows", ()): a_workflow,
    ("incident_workflow_triggers", ()): a_trigger,
    ("incident_workflow_triggers", ("services",)): all_services,
    ("audit_api_token", ()): always(),
    ("audit_latest", ()): always(builders.an_audit_record(ALWAYS)),
    ("license_allocations", ()): a_licence,
    ("oauth_delegations", ("oauth_delegations",)): always(),
    ("audit_users", ()): always(),
    ("audit_oldest", ()): always(builders.an_audit_record(ALWAYS)),
    ("priorities", ()): always(builders.a_priority()),
    ("incidents", ()): always({"id": "PBEST", "priority": builders.a_priority()}),
    ("extensions", ()): always(),
    ("extension_details", ()): always(),
    ("session_configurations", ()): always(),
    ("event_orchestrations", ()): always(),
    ("orchestration_routers", ()): always(),
    ("orchestration_routers", ("sets",)): always(),
    ("orchestration_routers", ("sets", "rules")): always(),
    ("orchestration_unrouted", ()): always(),
    ("webhook_subscriptions", ()): always(),
    ("business_services", ()): always(),
    ("business_service_dependencies", ("relationships",)): edges,
    ("technical_service_dependencies", ("relationships",)): edges,
    ("change_events", ()): an_event,
    ("change_events", ("services",)): all_services,
}
"""(data set, fields that lead to a list) → what its entry might be at its best."""
