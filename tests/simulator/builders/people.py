"""Builders of users, their contact methods and rules, and teams."""

# ruff: noqa: A002 - "id" is the field that callers name

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.simulator.builders.common import LONG_AGO, Thing, references
from tests.simulator.records import (
    API,
    SUBDOMAIN,
    Record,
    finished,
    make_id,
    make_secret,
    refer,
    reference,
    stamped,
)


def a_contact_method(
    kind: str = "phone", address: str = "2025550143", *, id: str | None = None, **fields: Any
) -> Record:
    """Return a contact method: ``phone``, ``sms``, ``email``, ``push_notification``, ``whatsapp``.

    Phone numbers come enabled and not blacklisted.
    """
    record_type = f"{kind}_contact_method"
    label = {"email": "Default", "push_notification": "Work phone"}.get(kind, "Mobile")
    record = stamped(record_type, id or make_id(record_type, address), label)
    record |= {"label": label, "address": address}
    if kind == "email":
        record |= {"send_short_email": False, "enabled": True}
    elif kind == "push_notification":
        record |= {"device_type": "ios", "sounds": [], "blacklisted": False}
        record |= {"created_at": LONG_AGO}
    else:
        record |= {"country_code": 1, "enabled": True, "blacklisted": False}
    return finished(record, fields)


def a_notification_rule(
    contact_method: Thing | None = None,
    urgency: str = "high",
    *,
    id: str | None = None,
    delay: int = 0,
    **fields: Any,
) -> Record:
    """Return a notification rule; without a contact method it leads nowhere."""
    method = None
    if contact_method is not None:
        method = refer("phone_contact_method", contact_method)
    seed = (method or {}).get("id", "nothing")
    kind = "assignment_notification_rule"
    record = stamped(kind, id or make_id(kind, seed, urgency, delay), f"{delay} minutes")
    record |= {
        "start_delay_in_minutes": delay,
        "contact_method": method,
        "urgency": urgency,
        "created_at": LONG_AGO,
    }
    return finished(record, fields)


def a_user(
    name: str = "Ada Quill",
    role: str = "user",
    *,
    id: str | None = None,
    email: str | None = None,
    teams: Iterable[Thing] = (),
    contact_methods: Sequence[Record] | None = None,
    notification_rules: Sequence[Record] | None = None,
    **fields: Any,
) -> Record:
    """Return a user who can be reached by mail and phone, and has rules for both methods."""
    identity = id or make_id("user", name)
    address = email or f"{'.'.join(name.lower().split())}@{SUBDOMAIN}.example"
    if contact_methods is None:
        contact_methods = default_contact_methods(identity, address)
    if notification_rules is None:
        notification_rules = [
            a_notification_rule(method, id=make_id("rule", identity, method["id"]))
            for method in contact_methods
        ]
    record = stamped("user", identity, name) | {
        "name": name,
        "email": address,
        "time_zone": "Europe/London",
        "color": "teal",
        "role": role,
        "avatar_url": "https://pd-static-assets.pagerduty.com/users/blank-avatar.png",
        "description": None,
        "invitation_sent": False,
        "created_via_sso": True,
        "job_title": None,
        "teams": references("team", teams),
        "contact_methods": owned("contact_methods", identity, contact_methods),
        "notification_rules": owned("notification_rules", identity, notification_rules),
    }
    return finished(record, fields)


def a_deleted_user(
    name: str = "Dora Left",
    *,
    id: str | None = None,
    deleted_at: str | None = "2026-02-21T16:42:06Z",
    **fields: Any,
) -> Record:
    """Return what is left of a user who was deleted: a reference that leads nowhere.

    PagerDuty leaves it wherever the user stood; the user list has nobody of this id.
    """
    record = reference(stamped("user", id or make_id("user", name), name))
    return finished(record | {"self": None, "deleted_at": deleted_at}, fields)


def a_license_allocation(
    user: Thing, allocated_at: str = LONG_AGO, *, license: str = "Business", **fields: Any
) -> Record:
    """Return since when a user has a licence."""
    name = f"{license} (Full User)"
    kind = stamped("license", make_id("license", license), name) | {
        "name": name,
        "description": "Incident management",
        "valid_roles": ["owner", "admin", "user", "limited_user", "observer", "restricted_access"],
        "role_group": "FullUser",
        "self": None,
        "html_url": None,
    }
    record = {"license": kind, "user": refer("user", user), "allocated_at": allocated_at}
    return finished(record, fields)


def an_oauth_delegation(
    user: Thing, client_id: str = "PSLACKAPP", *, id: str | None = None, **fields: Any
) -> Record:
    """Return that a user gave a third party access, which is issued."""
    identity, holder = id or make_id("delegation", str(user), client_id), refer("user", user)["id"]
    record = {
        "id": identity,
        "delegation_type": "integration",
        "client_id": client_id,
        "self": f"{API}/users/{holder}/oauth_delegations/{identity}",
        "created_at": LONG_AGO,
        "expires_at": "2033-03-01T09:00:00Z",
        "status": "issued",
        "scope": "incidents.read services.read",
    }
    return finished(record, fields)


def default_contact_methods(user_id: str, email: str) -> list[Record]:
    """Return a mail address and a phone number that belong to one user only."""
    number = int(make_secret(6, user_id), 16) % 10**7
    return [
        a_contact_method("email", email, id=make_id("email", user_id)),
        a_contact_method("phone", f"202{number:07}", id=make_id("phone", user_id)),
    ]


def owned(collection: str, user_id: str, records: Iterable[Record]) -> list[Record]:
    """Return a user's own records with the address that they have under the user."""
    base = f"{API}/users/{user_id}/{collection}"
    return [{**record, "self": f"{base}/{record['id']}"} for record in records]


def a_team(name: str = "Platform", *, id: str | None = None, **fields: Any) -> Record:
    """Return a team whose objects non-members keep their base role on."""
    record = stamped("team", id or make_id("team", name), name)
    record |= {"name": name, "description": None, "default_role": "manager", "parent": None}
    return finished(record, fields)
