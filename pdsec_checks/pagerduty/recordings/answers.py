"""What a tape keeps of an answer beside its body, in one spelling, and only where it is harmless.

A server that is broken or hostile may send anything in a header, the key of the request included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Any

LONGEST = 128
"""Characters of a header that is kept."""
CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(; ?[a-z]+=[a-z0-9.-]+)*", re.IGNORECASE | re.ASCII)
REQUEST_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST}}}")


def content_type(text: str) -> str | None:
    """Return a ``Content-Type`` that is kept as it is; None for another one."""
    return text if len(text) <= LONGEST and CONTENT_TYPE.fullmatch(text) else None


def moment(text: str) -> str | None:
    """Return a ``Date`` as RFC 9110 spells it, in whole seconds; None where it is no moment."""
    try:
        return format_datetime(parsedate_to_datetime(text).astimezone(UTC), usegmt=True)
    except (TypeError, ValueError, OverflowError):
        return None


def request_id(text: str) -> str | None:
    """Return an ``X-Request-Id``, by which PagerDuty finds the request; None for no such id."""
    return text if REQUEST_ID.fullmatch(text) else None


KEPT_HEADERS: Mapping[str, Callable[[str], str | None]] = {
    "content-type": content_type,
    "date": moment,
    "x-request-id": request_id,
}
"""Name → what is kept of its text."""


def kept(
    headers: Mapping[str, Any], gives_away: Callable[[str], bool] = lambda _: False
) -> dict[str, list[str]]:
    """Return the headers of an answer that a tape keeps, each with one value.

    Without ``Content-Encoding``, too: nothing that a recording holds is decompressed.

    Args:
        headers: Name → its values, as vcrpy has them.
        gives_away: Tells whether a text shows the credential of the request.
    """
    first = {name.lower(): values[0] for name, values in headers.items() if values}
    found = {name: keep(first[name]) for name, keep in KEPT_HEADERS.items() if name in first}
    return {name: [text] for name, text in found.items() if text and not gives_away(text)}


def status_line(code: int) -> dict[str, Any]:
    """Return the status of an answer as a tape holds it: its reason is the server's own words."""
    return {"code": code, "message": "OK" if code == HTTPStatus.OK else ""}
