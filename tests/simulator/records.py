"""What every record has: an id, a type, addresses, moments as text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

Record = dict[str, Any]

SUBDOMAIN = "fernhill-demo"
API = "https://api.pagerduty.com"
WEB = f"https://{SUBDOMAIN}.pagerduty.com"

ABSENT: Any = object()
"""Given as a field's value, leaves the field out."""

PATHS = {
    "user": "users",
    "team": "teams",
    "service": "services",
    "escalation_policy": "escalation_policies",
    "schedule": "schedules",
    "schedule_v3": "v3/schedules",
    "business_service": "business_services",
    "incident": "incidents",
    "incident_workflow": "incident_workflows",
    "extension": "extensions",
    "extension_schema": "extension_schemas",
    "priority": "priorities",
    "vendor": "vendors",
}
"""Where the API keeps each type of record."""

WEB_PATHS = {
    "user": "users",
    "team": "teams",
    "service": "service-directory",
    "escalation_policy": "escalation_policies",
    "schedule": "schedules",
    "schedule_v3": "schedules",
    "incident": "incidents",
    "incident_workflow": "flex-workflows/workflows",
    "business_service": "business-services",
}
"""Where the web page of each type of record is."""


def make_id(*parts: object) -> str:
    """Return an id that looks like PagerDuty's and depends on *parts* only."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return "P" + base64.b32encode(digest)[:7].decode()


def make_secret(length: int, *parts: object) -> str:
    """Return a made-up key in hexadecimal that depends on *parts* only."""
    return hashlib.sha256("\0".join(("secret", *map(str, parts))).encode()).hexdigest()[:length]


def stamped(kind: str, identity: str, summary: str) -> Record:
    """Return the five fields that open every record."""
    path, web_path = PATHS.get(kind), WEB_PATHS.get(kind)
    return {
        "id": identity,
        "type": kind,
        "summary": summary,
        "self": f"{API}/{path}/{identity}" if path else None,
        "html_url": f"{WEB}/{web_path}/{identity}" if web_path else None,
    }


def finished(record: Record, fields: Record) -> Record:
    """Return *record* with the caller's *fields* in place, without those that are ABSENT."""
    merged = {**record, **fields}
    return {name: value for name, value in merged.items() if value is not ABSENT}


def reference(record: Record) -> Record:
    """Return the short form in which one record names another; that of the deleted says so."""
    kind = str(record["type"]).removesuffix("_reference")
    short = {
        "id": record["id"],
        "type": f"{kind}_reference",
        "summary": record.get("summary"),
        "self": record.get("self"),
        "html_url": record.get("html_url"),
    }
    return short | {name: record[name] for name in ("deleted_at",) if name in record}


def refer(kind: str, thing: Record | str) -> Record:
    """Return a reference to *thing*: a record, a reference, or the bare id of a *kind*."""
    return reference(stamped(kind, thing, thing) if isinstance(thing, str) else thing)


def by_id(records: Iterable[Record]) -> dict[str, Record]:
    """Return *records* by their id."""
    return {record["id"]: record for record in records}


def iso(moment: datetime, zone: tzinfo = UTC) -> str:
    """Return a moment as PagerDuty writes it, with ``Z`` for UTC."""
    return moment.astimezone(zone).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def ago(now: datetime, days: float) -> str:
    """Return the moment *days* before *now* as text."""
    return iso(now - timedelta(days=days))
