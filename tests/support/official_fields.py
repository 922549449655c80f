"""Which fields of the records that we read PagerDuty's official document leaves optional."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.resources.kept import Fields
from tests.support.shared_files import shared_file

Schema = dict[str, Any]
Names = tuple[str, ...]
"""The fields that lead to one, without places in lists."""
LISTS = {
    "shift_schedules": ("/v3/schedules/{id}", "schedule"),
    "oncalls": ("/oncalls", "oncalls"),
    "extension_details": ("/extensions/{id}", "extension"),
    "event_orchestrations": ("/event_orchestrations", "orchestrations"),
    "orchestration_routers": ("/event_orchestrations/{id}/router", "orchestration_path"),
    "orchestration_unrouted": ("/event_orchestrations/{id}/unrouted", "orchestration_path"),
    "incident_workflow_triggers": ("/incident_workflows/triggers", "triggers"),
    "audit_api_token": ("/audit/records", "records"),
    "audit_latest": ("/audit/records", "records"),
    "audit_oldest": ("/audit/records", "records"),
    "audit_users": ("/audit/records", "records"),
    "oauth_delegations": ("/users/{id}/oauth_delegations", "oauth_delegations"),
    "business_service_dependencies": (
        "/service_dependencies/business_services/{id}",
        "relationships",
    ),
    "technical_service_dependencies": (
        "/service_dependencies/technical_services/{id}",
        "relationships",
    ),
}
"""Data set → the path and the field of its records; for the others both say the name."""
INCLUDED: dict[Names, tuple[str, ...]] = {
    ("users", "contact_methods"): ("PhoneContactMethod", "PushContactMethod", "EmailContactMethod"),
    ("users", "notification_rules"): ("NotificationRule",),
    ("services", "integrations"): ("Integration",),
    ("extensions", "extension_schema"): ("ExtensionSchema",),
}
"""What ``include[]`` turns from a reference into a record, as the document does not say."""


@cache
def document() -> Schema:
    """Return the official document."""
    loaded: Schema = json.loads(shared_file("pagerduty-openapi.json").read_text("utf-8"))
    return loaded


def optional_fields(name: str) -> set[Names]:
    """Return the fields that a data set keeps and the official document leaves optional."""
    path, key = LISTS.get(name, (f"/{name}", name))
    content = resolved(document()["paths"][path]["get"]["responses"]["200"])["content"]
    answer = properties(content["application/json"]["schema"])
    return set(found(name, DATA_SETS[name].kept, answer[key], ()))


def found(name: str, kept: Fields, schema: Schema, inside: Names) -> Iterator[Names]:
    """Yield the optional fields among those that are kept of an object, or of each of a list."""
    schema = items(schema)
    if (name, *inside) in INCLUDED:
        known = document()["components"]["schemas"]
        schema = {"oneOf": [known[each] for each in INCLUDED[name, *inside]]}
    described, needed = properties(schema), required(schema)
    for field, inner in kept.items():
        if field in described:
            if field not in needed:
                yield (*inside, field)
            yield from found(name, inner, described[field], (*inside, field))


def items(schema: Schema) -> Schema:
    """Return the schema of the entries of a list; that of anything else as it is."""
    schema = resolved(schema)
    return items(schema["items"]) if "items" in schema else schema


def resolved(schema: Schema) -> Schema:
    """Return what a schema refers to."""
    if "$ref" not in schema:
        return schema
    found: Any = document()
    for part in schema["$ref"].removeprefix("#/").split("/"):
        step = part.replace("~1", "/").replace("~0", "~")
        found = found[int(step)] if isinstance(found, list) else found[step]
    return resolved(found)


def properties(schema: Schema) -> dict[str, Schema]:
    """Return the fields of an object, those of all its parts and alternatives."""
    schema = resolved(schema)
    parts = [each for name in ("allOf", "oneOf", "anyOf") for each in schema.get(name, ())]
    merged = {field: each for part in parts for field, each in properties(part).items()}
    return {**merged, **schema.get("properties", {})}


def required(schema: Schema) -> set[str]:
    """Return the fields that an object must have, whichever alternative it is."""
    schema = resolved(schema)
    needed = set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        needed |= required(part)
    for name in ("oneOf", "anyOf"):
        if name in schema:
            needed |= set.intersection(*map(required, schema[name]))
    return needed
