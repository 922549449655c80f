"""Pseudonyms for a recording that leaves the house.

Nothing passes unless it is known to be harmless: of all texts in an answer only those under
the keys in ``KEPT`` stay as they are, and what ``messages`` knows as PagerDuty's own. The rest
becomes a pseudonym that depends on the text and on a key of this recording, so that the same
person is the same pseudonym everywhere, and nobody can tell who it is. What a verdict depends on
stays in kind: the scheme of a URL and the class of its host, whether an address is well-formed,
whether two e-mail addresses share a domain.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import available_timezones

from pdsec_checks.analysis.ring.rails_zones import RAILS_ZONES
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.recordings import messages
from pdsec_checks.resources import (
    KNOWN_ROLES,
    ROLES,
    SERVICE_STATUSES,
    SHOWN_OF_TOKEN,
    is_role_field,
    split_url,
)
from pdsec_checks.resources.credentials import (
    CREDENTIAL,
    EXAMINED,
    REDACTED,
    ending_of,
    has_userinfo,
    parameters_of,
    settings_of,
)
from pdsec_checks.resources.domains import PSEUDONYM
from pdsec_checks.resources.orchestrations import UNROUTED
from pdsec_checks.resources.people import DELEGATION_STATUSES, URGENCIES
from pdsec_checks.resources.schedules import STRATEGIES

KEPT = frozenset(
    {
        "action",
        "allocated_at",
        "body_mode",
        "created_at",
        "date_time",
        "delegation_type",
        "effective_since",
        "effective_until",
        "email_filter_mode",
        "end",
        "end_time",
        "escalation_rule_assignment_strategy",
        "execution_time",
        "expires_at",
        "from_email_mode",
        "id",
        "last_incident_timestamp",
        "lookup_by",
        "role",
        "service_id",
        "rotation_id",
        "rotation_virtual_start",
        "since",
        "start",
        "start_time",
        "start_time_of_day",
        "status",
        "subject_mode",
        "time_zone",
        "timestamp",
        "to_urgency",
        "trigger_type",
        "truncated_token",
        "type",
        "until",
        "urgency",
        "user_id",
    }
)
"""Keys whose texts are enumerations, ids or moments."""
KEPT_LISTS = frozenset({"abilities", "missing_abilities", "urgencies"})
"""Keys of lists whose texts are names that PagerDuty gave."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:?\d\d)?|[\d:]{5,8}")
RULE_PART = r"(FREQ|UNTIL|COUNT|INTERVAL|WKST|BY[A-Z]+)=[A-Z0-9,+-]+"
RECURRENCE = re.compile(
    rf"RRULE:{RULE_PART}(;{RULE_PART})*|(EXDATE|RDATE)(;VALUE=DATE(-TIME)?)?:[0-9TZ,]+",
    re.IGNORECASE | re.ASCII,
)
"""A line of a recurrence (RFC 5545) that says when, and nothing else."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
CLIENT = re.compile(r"[\w.:/~+=-]{1,200}", re.ASCII)
SCOPES = re.compile(r"[a-z][a-z0-9_.:-]{0,59}( [a-z][a-z0-9_.:-]{0,59}){0,99}")
WORD = re.compile(r"[a-z0-9_-]{1,60}")
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}(\[\])?")
ENUMERATIONS = {
    "role": ROLES,
    "status": SERVICE_STATUSES | DELEGATION_STATUSES | {"triggered", "acknowledged", "resolved"},
    "escalation_rule_assignment_strategy": STRATEGIES,
    "to_urgency": URGENCIES,
}
"""Keys whose texts are one of these; another one becomes a pseudonym, and stays unknown."""
UNCHECKED = frozenset({"id", "user_id", "service_id", "rotation_id"})
"""Ids stay whatever they look like: other records and requests repeat them."""
CURSORS = {"next_cursor", "cursor"}
"""Where a cursor stands: in an answer, and in the query that asks for the page after it."""
COUNTS = re.compile(
    r"(total|mean)_|(_|^)(count|seconds|minutes|timeout|limit|offset|loops|percentage|level|code)"
    r"(_|$)|num_loops|total"
)
"""Keys whose numbers are amounts, not addresses."""
NUMBERS = frozenset({"days_of_week", "idle_session_ttl", "absolute_session_ttl"})
"""Further keys whose numbers say nothing about anybody."""
NAMED_TIMES = frozenset({"support_hours_end", "support_hours_start"})
"""Names that PagerDuty gives to the moments of scheduled actions."""
CATALOGUES = frozenset({"extension_schema", "vendor"})
"""Keys whose objects come from PagerDuty's own catalogues, the same in every account."""
VERSION = re.compile(r"v\d+")
"""The part of a type that says which version of the API it belongs to."""
WRITTEN = {"api": "API", "aws": "AWS", "http": "HTTP", "sms": "SMS", "url": "URL"}
NAMES = frozenset({"name", "summary", "label"})
LINKS = frozenset({"self", "html_url"})
PLACES = frozenset(
    {
        "audit",
        "business-services",
        "business_services",
        "change_events",
        "contact_methods",
        "escalation_policies",
        "event_orchestrations",
        "extension_schemas",
        "extensions",
        "flex-workflows",
        "incident_workflows",
        "incidents",
        "integrations",
        "maintenance-windows",
        "maintenance_windows",
        "notification_rules",
        "oauth_delegations",
        "priorities",
        "records",
        "router",
        "schedules",
        "service-directory",
        "services",
        "teams",
        "triggers",
        "unrouted",
        "users",
        "v3",
        "vendors",
        "webhook_subscriptions",
        "workflows",
    }
)
"""Parts of a link that are PagerDuty's own words; the others are ids, or somebody's."""
ID = re.compile(r"[A-Z0-9]{1,40}")
DESTINATIONS = frozenset({"endpoint_url", "url"})
SCHEMES = frozenset({"http", "https"})
INTERNAL = (".internal", ".intranet", ".lan", ".local", ".corp", ".home.arpa")
"""Endings of names that the public internet does not know."""
OPAQUE = frozenset(
    {
        "body",
        "channels",
        "config",
        "context",
        "contexts",
        "custom_details",
        "custom_fields",
        "details",
        "execution_context",
        "fields",
        "images",
        "inputs",
        "links",
        "metadata",
        "outputs",
        "payload",
        "response_metadata",
        "steps",
    }
)
"""What people fill in: its very keys may be private. No control reads it, but for one that asks
whether the settings of an extension hold credentials."""
DETAILS, AUDITED = "details", "root_resource"
"""What changed, in a record of the audit trail, which names what was changed."""
CHANGED = ("name", "value", "before_value")
"""What is kept of a changed field; the values of all but roles become pseudonyms."""
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
"""The name of a changed field, a word of PagerDuty's; another one may be private."""
SETTINGS = "config"
HEADERS = "custom_headers"
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
USER = "pdsec-userinfo"
"""What stands in an address that names a user or a password."""
WHAT = (
    "names, e-mail addresses, phone numbers, descriptions, labels, calendar addresses, keys, "
    "webhook addresses, headers, extension settings, remote addresses, the subdomain"
)
"""What a recording's header says was replaced."""


class Redactor:
    """Replaces private texts by pseudonyms. One instance for one recording."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self._cut: dict[str, Callable[[str], str]] = {
            "truncated_token": lambda text: text[-SHOWN_OF_TOKEN:],
            "client_id": self._client,
            "scope": self._scopes,
            "deleted_at": self._day,
            "recurrence": self._recurrence,
            "route_to": self._route,
            **dict.fromkeys(CURSORS, self.cursor),
        }
        """Key → what is left of its text."""

    def body(self, content: bytes) -> bytes:
        """Return an answer's body without private texts.

        What the client cannot read as JSON stays unreadable, but says nothing.
        """
        try:
            return json.dumps(self._value("", json.loads(content), "")).encode()
        except (ValueError, RecursionError):
            return b"redacted: no JSON"

    def uri(self, uri: str) -> str:
        """Return the address of a request with a pseudonym for its cursor.

        PagerDuty does not say what a cursor is made of; the answer that gave it has the same
        pseudonym, so that a replay asks for it.
        """
        address, mark, query = uri.partition("?")
        if "cursor=" not in query:
            return uri
        pairs = parse_qsl(query, keep_blank_values=True)
        changed = [(name, self.cursor(text) if name in CURSORS else text) for name, text in pairs]
        return f"{address}{mark}{urlencode(changed)}"

    def cursor(self, text: str) -> str:
        """Return the pseudonym of a cursor; an empty one stays empty."""
        return self.token(text) if text else text

    def _value(self, key: str, value: Any, catalogue: str) -> Any:
        if key in OPAQUE and value is not None:
            return self._opaque(key, value)
        match value:
            case dict():
                return self._object(key, value, catalogue)
            case list():
                return [self._value(key, each, catalogue) for each in value]
            case str():
                return self._text(key, value, catalogue)
            case bool() | None:
                return value
        return value if COUNTS.search(key) or key in NUMBERS else 0

    def _opaque(self, key: str, value: Any) -> Any:
        if key == SETTINGS and isinstance(value, dict | list):
            return self._settings(value) if value else value
        if isinstance(value, list):
            return []
        return {"redacted": self.token(json.dumps(value, sort_keys=True))}

    def _settings(self, value: Any) -> Record:
        """Keep which kinds of credentials settings hold, under no name of somebody's own."""
        credentials = {ending_of(name): CREDENTIAL for name in settings_of(value)}
        return {REDACTED: self.token(json.dumps(value, sort_keys=True)), EXAMINED: True} | (
            credentials
        )

    def _object(self, key: str, record: Record, catalogue: str) -> Record:
        named = record.get("type")
        kind = named.removesuffix("_reference") if isinstance(named, str) else ""
        kind = kind if WORD.fullmatch(kind) else ""
        inside = key if key in CATALOGUES else catalogue
        return {
            name if KEY.fullmatch(name) else self.token(name): (
                self._name(each, kind, key)
                if name in NAMES and isinstance(each, str) and not inside
                else self._details(each)
                if name == DETAILS and AUDITED in record
                else self._value(name, each, inside)
            )
            for name, each in record.items()
        }

    def _details(self, details: Any) -> Any:
        """Keep what an audit record is about, which fields changed, and what roles became."""
        if not isinstance(details, dict):
            return self._value(DETAILS, details, "")
        kept: Record = self._object(DETAILS, details, "")
        fields = details.get("fields")
        if not isinstance(fields, list):
            return kept
        return kept | {"fields": [self._changed(each) for each in fields]}

    def _changed(self, field: Any) -> Any:
        """Keep which field changed; of its values only roles, which decide a verdict."""
        if not isinstance(field, dict):
            return self._value(DETAILS, field, "")
        name = field.get("name")
        is_role = isinstance(name, str) and is_role_field(name)
        kept = {each: self._value(each, field[each], "") for each in CHANGED if each in field}
        if isinstance(name, str):
            ending = "_role" if is_role else ""
            kept["name"] = name if FIELD.fullmatch(name) else f"{self.token(name)}{ending}"
        roles = {each for each in CHANGED if str(field.get(each)).casefold() in KNOWN_ROLES}
        return kept | {each: field[each] for each in roles if is_role}

    def _name(self, text: str, kind: str, key: str) -> str:
        if key == HEADERS and HEADER.fullmatch(text):
            return text
        if not text or (kind == "named_time" and text in NAMED_TIMES):
            return text
        return f"{kind_in_words(kind) or 'name'} {self.token(text)}"

    def _text(self, key: str, text: str, catalogue: str) -> str:
        if not text or key in UNCHECKED or (catalogue and key in {"key", *NAMES}):
            return text
        if messages.is_known(key, text):
            return text
        if key in self._cut:
            return self._cut[key](text)
        if key in KEPT | KEPT_LISTS:
            return text if is_harmless(key, text) else self._other(text)
        if key in LINKS:
            return self._link(text)
        return self._destination(text) if key in DESTINATIONS else self._contact(text)

    def _day(self, text: str) -> str:
        """Return the day of a moment; that somebody is gone decides verdicts, the hour does not."""
        found = DAY.match(text)
        return found[0] if found else self._other(text)

    def _recurrence(self, text: str) -> str:
        """Return a line that says when shifts recur: when they end decides a verdict."""
        return text if RECURRENCE.fullmatch(text) else self._other(text)

    def _route(self, text: str) -> str:
        """Return where events go: a service, or nowhere; a set of rules has a name of its own."""
        return text if text == UNROUTED or ID.fullmatch(text) else self._other(text)

    def _client(self, text: str) -> str:
        """Return the id of an OAuth client, which is no secret and decides a verdict."""
        return text if CLIENT.fullmatch(text) else self._other(text)

    def _scopes(self, text: str) -> str:
        """Return what a client may do, in words of PagerDuty's."""
        return text if SCOPES.fullmatch(text) else self._other(text)

    def _other(self, text: str) -> str:
        return f"redacted {self.token(text)}"

    def _contact(self, text: str) -> str:
        """Keep what kind of address a text is: e-mail, phone number, or neither."""
        if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
            local, _, domain = text.partition("@")
            return f"{self.token(local)}@{self.token(domain.lower())}{PSEUDONYM}"
        if re.fullmatch(r"[\d\s()+.-]+", text):
            return self._digits(text)
        return self._other(text)

    def _link(self, url: str) -> str:
        """Keep where a link leads inside PagerDuty; the subdomain becomes a pseudonym."""
        parts = split_url(url)
        host = (parts.hostname or "") if parts else ""
        subdomain, _, domain = host.partition(".")
        path = parts.path if parts else ""
        if not parts or not f".{domain}".endswith(".pagerduty.com"):
            return self._other(url)
        if host != "api.pagerduty.com":
            host = f"{self.token(subdomain)}.{domain}"
        return f"https://{host}{'/'.join(map(self._place, path.split('/')))}"

    def _place(self, word: str) -> str:
        """Keep a word of PagerDuty's and an id; whatever else stands in a path is private."""
        return word if not word or word in PLACES or ID.fullmatch(word) else self.token(word)

    def _destination(self, url: str) -> str:
        """Keep whether a destination is one at all, http or https, and the class of its host.

        And whether it names a user, and which of its parameters hold credentials.
        """
        parts = split_url(url)
        if not parts:
            return "http://[redacted"
        if not parts.hostname:
            return self._other(url)
        scheme = parts.scheme if parts.scheme in SCHEMES else "other"
        host = f"{self.token(parts.hostname)}{host_class(parts.hostname)}"
        user = f"{USER}@" if has_userinfo(parts) else ""
        query = "&".join(f"{name}={CREDENTIAL}" for name in parameters_of(parts))
        found = f"{scheme}://{user}{host}{PSEUDONYM}/{self.token(url)}"
        return f"{found}?{query}#{EXAMINED}" if query else f"{found}#{EXAMINED}"

    def _digits(self, number: str) -> str:
        """Replace each digit of a phone number, always in the same way; its form stays."""
        digest = self._digest(number)
        return re.sub(r"\d", lambda found: str(digest[found.start() % len(digest)] % 10), number)

    def token(self, text: str) -> str:
        """Return ten hexadecimal digits for a text: always the same ones in this recording."""
        return self._digest(text).hex()[:10]

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")


def kind_in_words(kind: str) -> str:
    """Return a type of PagerDuty's as people call it: ``schedule`` for ``schedule_v3``.

    The same thing has the same pseudonym in both versions of the API.
    """
    return " ".join(
        WRITTEN.get(word, word) for word in kind.split("_") if not VERSION.fullmatch(word)
    )


def is_harmless(key: str, text: str) -> bool:
    """Tell whether *text* is one of the words, or moments, that stand under a kept *key*."""
    if key in ENUMERATIONS:
        return text in ENUMERATIONS[key]
    if key == "time_zone":
        return text in time_zones()
    return bool(WORD.fullmatch(text) or MOMENT.fullmatch(text))


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones, and those by which Ruby on Rails calls some."""
    return frozenset(available_timezones() | RAILS_ZONES.keys())


def host_class(hostname: str) -> str:
    """Return the label that tells what kind of host a pseudonym stands for; "" for a public name.

    The kinds are ``.loopback``, ``.private`` and ``.public`` addresses, and ``.internal`` names.
    """
    try:
        address = ipaddress.ip_address(hostname.partition("%")[0])
    except ValueError:
        name = hostname.lower().rstrip(".")
        if name == "localhost" or name.endswith(".localhost"):
            return ".loopback"
        return ".internal" if "." not in name or name.endswith(INTERNAL) else ""
    if address.is_loopback:
        return ".loopback"
    return ".public" if address.is_global else ".private"
