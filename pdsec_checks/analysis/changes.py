"""Who changed a resource, when and how, as far as the audit records that were read show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.model import moment_text
from pdsec_checks.resources import AuditRecord, View, printable

KEPT = 5
"""Changes that are kept of one resource, the newest."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made a change: a user or an API key."""

    type: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one resource."""

    resource: str
    """Its id."""
    time: datetime
    action: str
    """``create``, ``update`` or ``delete``."""
    method: str
    """How it came in: ``browser``, ``api_token``, ``identity_provider`` …."""
    actor: Actor | None = None
    """None where PagerDuty does not tell."""

    def to_json(self) -> dict[str, Any]:
        """Return the change as the ``changes`` entry of the JSON report."""
        actor = self.actor and {
            "type": self.actor.type,
            "id": self.actor.id,
            "name": self.actor.name,
        }
        return {
            "resource": self.resource,
            "time": moment_text(self.time),
            "action": self.action,
            "method": self.method,
            "actor": actor,
        }


def latest_changes(records: Iterable[AuditRecord]) -> list[Change]:
    """Return the newest changes of each resource, by its id and then the newest first.

    *records* may hold one record several times. One that is not as PagerDuty documents it is
    left out: controls report that, and no verdict rests on a change.
    """
    unique = {str(record.get("id")): record for record in records}
    found: dict[str, list[Change]] = {}
    for record in unique.values():
        for change in changes(record):
            found.setdefault(change.resource, []).append(change)
    return [
        change
        for _, known in sorted(found.items())
        for change in sorted(known, key=lambda each: (each.time, each.action), reverse=True)[:KEPT]
    ]


def changes(record: AuditRecord) -> list[Change]:
    """Return the change of the resource that a record is about, and of the part that it names."""
    try:
        actor = record.actor
        who = Actor(kind(actor), actor.id, printable(actor.name)) if actor else None
        action, method = record.read("action", str), record.method.read("type", str)
        return [
            Change(resource, record.time, action, method, who) for resource in resource_ids(record)
        ]
    except MalformedRecordError:
        return []


def kind(thing: View) -> str:
    """Return the type of what a reference points at."""
    return thing.read("type", str).removesuffix("_reference")


def resource_ids(record: AuditRecord) -> list[str]:
    """Return the id of the changed resource, and that of its part: an integration, a rule …."""
    part = part_id(record)
    return list(dict.fromkeys([record.root.id, part] if part else [record.root.id]))


def part_id(record: AuditRecord) -> str | None:
    """Return the id of the part that a record names; None where it names none that is readable."""
    details = record.read_if_any("details", dict)
    if details is None:
        return None
    part = record.view_of("details", details)
    if not isinstance(part.get("resource"), dict):
        return None
    found = part.part("resource").get("id")
    return found if isinstance(found, str) else None
