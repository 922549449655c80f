"""What an account's controls are judged by, as sets of ids: the same for every way of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pdsec_checks.model import Record

Found = Mapping[str, list[Any]]
"""Records by data set, as ``pdsec_checks.pagerduty.endpoints`` names them."""
Relations = dict[str, set[str]]
LISTS = (
    "teams",
    "users",
    "services",
    "escalation_policies",
    "schedules",
    "shift_schedules",
    "incident_workflows",
    "incident_workflow_triggers",
    "audit_latest",
    "audit_api_token",
    "priorities",
    "incidents",
    "extensions",
    "webhook_subscriptions",
    "business_services",
)


def relations(found: Found) -> Relations:
    """Return the ids of everything that was read in full; a mere reference is not there."""
    made = {name: {record["id"] for record in found[name]} for name in LISTS}
    made["abilities"] = set(found["abilities"])
    made["contact_methods"] = set(in_full(found["users"], "contact_methods"))
    made["notification_rules"] = set(in_full(found["users"], "notification_rules"))
    made["integrations"] = set(in_full(found["services"], "integrations"))
    made["policy_targets"] = set(targets(found["escalation_policies"]))
    made["rendered_shifts"] = {*layer_shifts(found["schedules"])}
    made["rendered_shifts"] |= {*computed_shifts(found["shift_schedules"])}
    made["oncalls"] = set(map(oncall, found["oncalls"]))
    made["extension_schemas"] = {
        record["extension_schema"]["id"]
        for record in found["extensions"]
        if "key" in record["extension_schema"]
    }
    made["services_on_the_graph"] = in_service(found["services"]) & set(ends(found))
    made["services_with_changes"] = {
        service["id"] for event in found["change_events"] for service in event["services"]
    }
    return made


def in_full(records: Iterable[Record], key: str) -> Iterator[str]:
    """Yield the ids of the parts of *records* that came as more than references."""
    for record in records:
        for part in record[key]:
            if not part["type"].endswith("_reference"):
                yield part["id"]


def targets(policies: Iterable[Record]) -> Iterator[str]:
    """Yield who is notified, by policy and rule."""
    for policy in policies:
        for rule in policy["escalation_rules"]:
            for target in rule["targets"]:
                yield f"{rule['id']} {target['id']}"


def layer_shifts(schedules: Iterable[Record]) -> Iterator[str]:
    """Yield the rendered shifts of layer-based schedules."""
    for schedule in schedules:
        for entry in schedule["final_schedule"]["rendered_schedule_entries"]:
            yield f"{schedule['id']} {entry['user']['id']} {entry['start']}"


def computed_shifts(schedules: Iterable[Record]) -> Iterator[str]:
    """Yield the computed shifts of shift-based schedules."""
    for schedule in schedules:
        for entry in schedule["final_schedule"]["computed_shift_assignments"]:
            yield f"{schedule['id']} {entry['member'].get('user_id')} {entry['start_time']}"


def oncall(row: Record) -> str:
    """Return what tells one row of ``/oncalls`` from another; it has no id."""
    schedule = (row["schedule"] or {}).get("id")
    policy, level = row["escalation_policy"]["id"], row["escalation_level"]
    return f"{policy} {level} {row['user']['id']} {schedule} {row['start']}"


def in_service(services: Iterable[Record]) -> set[str]:
    """Return the ids of the services that are not disabled."""
    return {service["id"] for service in services if service["status"] != "disabled"}


def ends(found: Found) -> Iterator[str]:
    """Yield the ends of every edge that was read: a service with one edge needs no other."""
    for kind in ("business_service_dependencies", "technical_service_dependencies"):
        for lookup in found[kind]:
            for edge in lookup["relationships"]:
                yield edge["supporting_service"]["id"]
                yield edge["dependent_service"]["id"]
