"""Pseudonyms for a recording that leaves the house.

Nothing passes unless it is known to be harmless: of all texts in an answer only those under
the keys in ``KEPT`` stay as they are. The rest becomes a pseudonym that depends on the text and
on a key of this recording, so that the same person is the same pseudonym everywhere, and
nobody can tell who it is. What a verdict depends on stays in kind: the scheme of a URL, whether
an address is well-formed, whether two e-mail addresses share a domain.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from pdsec_checks.model import Record

KEPT = frozenset(
    {
        "action",
        "body_mode",
        "created_at",
        "date_time",
        "effective_since",
        "effective_until",
        "email_filter_mode",
        "end",
        "end_time",
        "execution_time",
        "from_email_mode",
        "id",
        "last_incident_timestamp",
        "next_cursor",
        "role",
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
        "trigger_type",
        "truncated_token",
        "type",
        "until",
        "urgency",
        "user_id",
    }
)
"""Keys whose texts are enumerations, ids or moments."""
KEPT_LISTS = frozenset({"abilities"})
PUBLIC_TYPES = frozenset({"extension_schema", "vendor"})
"""Types whose names are PagerDuty's own, the same in every account."""
NAMES = frozenset({"name", "summary", "label"})
LINKS = frozenset({"self", "html_url"})
DESTINATIONS = frozenset({"endpoint_url", "url"})
OPAQUE = frozenset({"config"})
"""Objects whose very keys may be private."""
WHAT = (
    "names, e-mail addresses, phone numbers, descriptions, labels, calendar addresses, keys, "
    "webhook addresses, headers, extension settings, remote addresses, the subdomain"
)
"""What a recording's header says was replaced."""


class Redactor:
    """Replaces private texts by pseudonyms. One instance for one recording."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def body(self, text: str) -> str:
        """Return an answer's body without private texts.

        A body that is no JSON object stays unreadable, but says nothing.
        """
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            return "redacted: no JSON"
        return json.dumps(self._value("", answer, ""), ensure_ascii=False)

    def _value(self, key: str, value: Any, kind: str) -> Any:
        match value:
            case dict():
                return self._object(key, value)
            case list() if key in KEPT_LISTS:
                return value
            case list():
                return [self._value(key, each, kind) for each in value]
            case str():
                return self._text(key, value, kind)
        return value

    def _object(self, key: str, record: Record) -> Record:
        if key in OPAQUE:
            return {"redacted": self.token(json.dumps(record, sort_keys=True))}
        named = record.get("type")
        kind = named.removesuffix("_reference") if isinstance(named, str) else ""
        return {name: self._value(name, each, kind) for name, each in record.items()}

    def _text(self, key: str, text: str, kind: str) -> str:
        if key in KEPT or not text or (key == "key" and kind in PUBLIC_TYPES):
            return text
        if key in LINKS:
            return self._link(text)
        if key in DESTINATIONS:
            return self._destination(text)
        if key in NAMES:
            return text if kind in PUBLIC_TYPES else f"{kind or 'name'} {self.token(text)}"
        return self._contact(text)

    def _contact(self, text: str) -> str:
        """Keep what kind of address a text is: e-mail, phone number, or neither."""
        if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
            local, _, domain = text.partition("@")
            return f"{self.token(local)}@{self.token(domain.lower())}.example.invalid"
        if re.fullmatch(r"[\d\s()+.-]+", text):
            return self._digits(text)
        return f"redacted {self.token(text)}"

    def _link(self, url: str) -> str:
        """Keep where a link leads inside PagerDuty; the subdomain becomes a pseudonym."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        subdomain, _, domain = host.partition(".")
        if domain.endswith("pagerduty.com") and subdomain != "api":
            host = f"{self.token(subdomain)}.{domain}"
        path = parts.path if re.fullmatch(r"[\w/.-]*", parts.path, re.ASCII) else "/redacted"
        return f"{parts.scheme}://{host}{path}"

    def _destination(self, url: str) -> str:
        """Keep the scheme of a destination, and whether it is one at all."""
        try:
            parts = urlsplit(url.strip())
            _ = parts.port
        except ValueError:
            return "http://[redacted"
        if not parts.hostname:
            return f"redacted {self.token(url)}"
        return f"{parts.scheme}://{self.token(parts.hostname)}.example.invalid/{self.token(url)}"

    def _digits(self, number: str) -> str:
        """Replace each digit of a phone number by another one, always in the same way."""
        digest = self._digest(number)
        return re.sub(r"\d", lambda found: str(digest[found.start() % len(digest)] % 10), number)

    def token(self, text: str) -> str:
        """Return ten hexadecimal digits for a text: always the same ones in this recording."""
        return self._digest(text).hex()[:10]

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")
