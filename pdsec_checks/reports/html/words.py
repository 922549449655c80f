"""The words of the HTML report: names, verdicts, moments and evidence as people read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from markupsafe import Markup

from pdsec_checks.model import Status

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STATUS_WORDS = {
    Status.FAIL: "Fail",
    Status.ERROR: "Not judged",
    Status.MANUAL: "Needs a person",
    Status.WAIVED: "Waived",
    Status.PASS: "Pass",
    Status.NOT_APPLICABLE: "Not applicable",
}
STATUS_MEANINGS = {
    Status.FAIL: "PagerDuty's API shows that what the control asks for does not hold.",
    Status.ERROR: "It could not be judged: the data was refused, incomplete or malformed.",
    Status.MANUAL: "The API cannot show it either way; the evidence says what to look at.",
    Status.WAIVED: "A fail that somebody accepted until a date.",
    Status.PASS: "The API shows that what the control asks for holds, or a person confirmed it.",
    Status.NOT_APPLICABLE: "There is no such resource, or the control does not apply to it.",
}
REFUSALS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "the credential is not valid for this",
    HTTPStatus.PAYMENT_REQUIRED: "the plan of the account does not include it",
    HTTPStatus.FORBIDDEN: "the credential may not read it",
    HTTPStatus.NOT_FOUND: "PagerDuty knows no such address for this account",
    HTTPStatus.TOO_MANY_REQUESTS: "PagerDuty limited the rate of requests until the end",
}
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"  # writing direction, marks
    "\ud800-\udfff\ufffe\uffff]"  # halves of characters, and none at all
)
"""Joiners stay: names in many scripts need them."""


def printable(value: Any) -> Any:
    """Return a text without what could steer a reader; everything else as it is."""
    if isinstance(value, str) and not (isinstance(value, Markup) or value.isprintable()):
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def https(url: str | None) -> str | None:
    """Return the address if it may become a link; None for every other scheme."""
    return url if url and url.startswith("https://") else None


def edition_name(label: str) -> str:
    """Return an edition as it stands beside an id; a bare number would read as part of it."""
    return f"ed. {label}" if re.fullmatch(r"[0-9.]+", label) else label


def anchor(parts: Iterable[str]) -> str:
    """Return the anchor of a requirement; blanks, which no anchor may have, become hyphens."""
    return "-".join("-".join(each.split()) for each in ("req", *parts) if each)


def moment(value: datetime | str) -> str:
    """Return a moment in UTC, to the minute, with its day of the week."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    found = found.astimezone(UTC)
    return f"{DAYS[found.weekday()]} {found:%Y-%m-%d %H:%M} UTC"


def number(count: int, noun: str) -> str:
    """Return ``1 check``, ``1,000 checks``; *noun* is the singular."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def wording(name: str) -> str:
    """Return the name of a field as words."""
    return name.replace("_", " ")


def is_deep(value: Any) -> bool:
    """Tell whether a value of evidence is nested too deeply for lines of words."""
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(inner, (dict, list)) for part in parts for inner in _inside(part))


def pretty(value: Any) -> str:
    """Return one value of evidence for people: words, lines of them, or JSON where it is deep."""
    if is_deep(value):
        return json.dumps(value, ensure_ascii=False, indent=2)
    if isinstance(value, dict):
        lines = (f"{wording(key)}: {line_of(pretty(inner))}" for key, inner in value.items())
        return "\n".join(lines)
    if isinstance(value, (list, tuple)):
        separator = "\n" if any(map(_inside, value)) else ", "
        return separator.join(line_of(pretty(each)) for each in value) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def line_of(text: str) -> str:
    """Return lines of words as one."""
    return text.replace("\n", ", ")


def _inside(value: Any) -> list[Any]:
    return list(value.values() if isinstance(value, dict) else value if _is_list(value) else ())


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def duration(span: timedelta) -> str:
    """Return a length of time in its two largest units, rounded down."""
    minutes = int(span / timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    named = [(days, "d"), (hours, "h"), (rest, "min")]
    while len(named) > 1 and not named[0][0]:
        del named[0]
    return " ".join(f"{count} {unit}" for count, unit in named[:2] if count) or "0 min"


def refusal(status: int | None) -> str:
    """Return what an HTTP status means to whoever owns the credential."""
    if status is None:
        return "there was no complete answer"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "PagerDuty had a problem of its own"
    return REFUSALS.get(status, "PagerDuty refused the request")
