"""Evidence as people read it: words in place of keys, names in place of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pdsec_checks.model import figure_text
from pdsec_checks.reports.html.words import is_deep, line_of, moment, pretty, wording

WORDS = {
    "account_made": "account made at the latest",
    "actor": "used by",
    "administrators": "administrators",
    "allowed": "allowed",
    "allowed_days": "days allowed",
    "approved_by": "approved by",
    "attestation": "attested",
    "bearer_url": "address that is a secret by design",
    "catch_all": "everything else goes to",
    "cannot_take_calls": "people named who cannot take a call",
    "chain": "windows that follow one another",
    "chain_hours": "hours that they last together",
    "client_id": "client",
    "created_at": "given on",
    "changed": "changes by type of resource",
    "changed_in_words": "what it did",
    "completed_on": "covered on the level of",
    "contact_methods": "contact methods",
    "contradiction": "contradicts",
    "coverage_percent": "hours covered, in percent",
    "created": "created",
    "custom_headers": "headers of your own",
    "domain": "domain of the mail address",
    "duties": "on-call duties",
    "end": "to",
    "endpoints_by_host": "webhooks by host",
    "ends_in_silence": "ends without notifying anybody",
    "expires": "until",
    "expires_at": "ends on",
    "oauth_clients": "OAuth clients",
    "oauth_grants": "access given to",
    "scope": "scope",
    "first_use": "first seen in use",
    "gap_hours_a_week": "uncovered hours a week",
    "gaps": "gaps",
    "dead_routes": "routes to services that get none",
    "description": "description",
    "host": "host",
    "hours": "hours",
    "id": "id",
    "identity_provider": "identity provider",
    "incidents": "incidents",
    "incidents_sampled": "incidents looked at",
    "kind": "kind",
    "last_day": "on the personnel list until",
    "last_30_days": "last 30 days",
    "last_rule_delay_minutes": "minutes until the last rule escalates",
    "last_use": "last seen in use",
    "licence_since": "has a licence since",
    "levels": "levels that notify different people",
    "label": "called",
    "looked_up_by": "events name their service by",
    "mean_seconds_to_first_ack": "mean seconds to first acknowledgement",
    "mobile_idle_minutes": "idle minutes of mobile sessions, not judged",
    "mobile_session_hours": "hours of mobile sessions, not judged",
    "name": "name",
    "not_judged": "could not be judged besides",
    "num_loops": "repetitions of the policy",
    "since": "from",
    "method": "method",
    "minutes": "latest ring in minutes",
    "why": "reason",
    "auto_pause_minutes": "minutes that passing alerts are held",
    "created_by": "created by",
    "dead_hours": "hours in which it fails",
    "dead_windows": "when it fails",
    "judged": "judged from and to",
    "judged_hours": "hours judged",
    "low_hours": "hours of low urgency",
    "muted_hours": "hours of maintenance",
    "people_without_account": "people on the personnel list without a PagerDuty account",
    "policy": "escalation policy",
    "silent_people": "people on call whose phone never rings",
    "teams": "teams",
    "threshold_minutes": "minutes allowed",
    "unknown_people": "people who are unknown",
    "worst_minutes": "latest ring in minutes",
    "oldest_record_days": "age of the oldest record in days",
    "on_call": "on call, and counted as nobody",
    "owners": "owners",
    "parameters": "parameters that hold a credential",
    "participants": "participants",
    "people": "people",
    "priorities": "priorities defined",
    "privileged_users": "privileged users",
    "reason": "reason",
    "recommended": "recommended",
    "record_from": "newest record",
    "required": "required",
    "required_days": "required days",
    "required_until": "must go on until",
    "restricting_abilities": "what the plan has to restrict access",
    "ring_ways": "ways that ring",
    "rings": "minutes to the first ring",
    "review_days": "days looked at",
    "role": "role",
    "role_before": "role before",
    "route_to": "goes to",
    "rule": "rule",
    "runs_until": "somebody takes turns until",
    "services": "services",
    "services_by_urgency_rule": "services by urgency rule",
    "settings": "settings that hold a credential",
    "start": "from",
    "state": "state",
    "statement": "statement",
    "suppressed": "suppressed",
    "unrouted_by": "left unrouted by",
    "until": "until",
    "url": "address",
    "users": "users",
    "users_by_domain": "users by domain",
    "users_by_role": "users by role",
    "users_created_through_sso": "users whom single sign-on created",
    "users_unknown": "users of unknown origin",
    "waiver": "waiver",
    "web_idle_minutes": "idle minutes of web sessions",
    "web_session_hours": "hours of web sessions",
    "when": "on",
    "where": "named in",
    "who": "who",
    "whom": "whose role",
    "window": "window",
}
"""Each key in the evidence of a shipped control → what the page calls it."""
VALUES = {
    "admin": "global admin",
    "email_contact_method": "e-mail",
    "limited_user": "responder",
    "owner": "account owner",
    "phone_contact_method": "phone",
    "push_notification_contact_method": "mobile app",
    "read_only_limited_user": "limited stakeholder",
    "read_only_user": "full stakeholder",
    "restricted_access": "restricted access",
    "sms_contact_method": "SMS",
    "user": "manager",
    "whatsapp_contact_method": "WhatsApp",
}
"""PagerDuty's words in the API → those of its web app, under the keys in ``ENUMERATED``."""
ENUMERATED = frozenset({"contact_methods", "role", "role_before", "users_by_role"})
"""The keys whose values, or their keys, are such words."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z")
LINE_LENGTH = 100
"""Characters of evidence that stand in the row itself."""


@dataclass(frozen=True)
class Person:
    """Somebody, or something, that evidence names; with a link where it has one."""

    name: str
    url: str | None
    note: str


@dataclass(frozen=True)
class Entry:
    """One line of evidence."""

    label: str
    text: str = ""
    people: tuple[Person, ...] = ()
    is_deep: bool = False


def label(key: str) -> str:
    """Return a key in words; that of an own control without its underscores."""
    return WORDS.get(key) or wording(key)


def entries(evidence: dict[str, Any]) -> list[Entry]:
    """Return evidence as its readers want it: ids whose names are known stand as names."""
    named = named_in(evidence)
    shown: set[str] = set()
    found: list[Entry] = []
    for key, value in evidence.items():
        if key != "people" and is_ids(value) and named.keys() >= set(value):
            shown |= set(value)
            people = tuple(named[each] for each in value)
            found.append(Entry(label(key), people=people))
        elif key == "people" and named:
            if not named.keys() <= shown:
                found.append(Entry(label(key), people=tuple(named.values())))
        else:
            found.append(_entry(key, value))
    return found


def named_in(evidence: dict[str, Any]) -> dict[str, Person]:
    """Return whom the entry ``people`` names, by id; nobody where it is anything else."""
    people = evidence.get("people")
    if not isinstance(people, list) or not all(map(is_person, people)):
        return {}
    return {each["id"]: _person(each) for each in people}


def is_person(value: Any) -> bool:
    """Tell whether a value names somebody, and has nothing that would go unseen."""
    known = {"id", "name", "url", "role"}
    return isinstance(value, dict) and {"id", "name"} <= value.keys() <= known and is_flat(value)


def is_flat(value: dict[str, Any]) -> bool:
    """Tell whether all values are texts, or none."""
    return all(each is None or isinstance(each, str) for each in value.values())


def is_ids(value: Any) -> bool:
    """Tell whether a value is a list of texts, and not an empty one."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _person(plain: dict[str, Any]) -> Person:
    return Person(
        plain["name"] or plain["id"], plain.get("url"), said("role", plain.get("role") or "")
    )


def _entry(key: str, value: Any) -> Entry:
    shown = worded(key, value)
    return Entry(label(key), pretty(shown), is_deep=is_deep(shown))


def worded(key: str, value: Any) -> Any:
    """Return a value with words in place of keys, flags, moments and the API's own words."""
    match value:
        case dict() if key in ENUMERATED:
            return {VALUES.get(name, name): each for name, each in value.items()}
        case dict():
            return {label(name): in_line(worded(name, each)) for name, each in value.items()}
        case list():
            return [worded(key, each) for each in value]
        case str():
            return said(key, value)
    return figure_text(value)


def in_line(value: Any) -> Any:
    """Return a list of texts as one text; everything else as it is."""
    return pretty(value) if is_ids(value) else value


def said(key: str, text: str) -> str:
    """Return a text as people read it: a moment with its day, the API's words as the web app's."""
    if MOMENT.fullmatch(text):
        return moment(text)
    return VALUES.get(text, text) if key in ENUMERATED else text


def short(found: Iterable[Entry]) -> str:
    """Return evidence as one line; empty when that would be long, deep or without its links."""
    found = list(found)
    if any(each.is_deep or each.people for each in found):
        return ""
    line = "; ".join(_lines(found))
    return line if len(line) <= LINE_LENGTH else ""


def _lines(found: Iterable[Entry]) -> Iterator[str]:
    for each in found:
        yield f"{each.label}: {line_of(each.text)}"
