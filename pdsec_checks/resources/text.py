"""Text as messages print it, and what texts stand for: addresses, moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

PAGE = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+pagerduty\.com)(?:[/?#][!-\[\]-~]*)?",
    re.ASCII | re.IGNORECASE,
)
"""An address below PagerDuty's own domain, without user, port, backslash and space."""
MOMENTS = 8192
"""Timestamps that are remembered: one shift ends when the next begins, and many do at noon."""
NAME_LENGTH = 80
"""Characters of a display name that a message repeats."""


def printable(text: str) -> str:
    """Return *text* with control and formatting characters escaped, cut to a bearable length."""
    short = text if len(text) <= NAME_LENGTH else f"{text[:NAME_LENGTH]}…"
    return short if short.isprintable() else repr(short)[1:-1]


def split_url(text: str) -> SplitResult | None:
    """Return the parts of a URL; None when it is none."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def web_host(url: str) -> str | None:
    """Return the host of a page of PagerDuty's web interface; None where *url* leads elsewhere.

    Whoever follows a link of a report must get where it says: no user and no other port stands
    before the path, and no character by which a browser would read another host.
    """
    found = PAGE.fullmatch(url)
    return found["host"].lower() if found else None


@lru_cache(maxsize=MOMENTS)
def parse_moment(text: str) -> datetime:
    """Return the moment, in UTC, of an ISO 8601 text.

    Raises:
        ValueError: The text is no timestamp, or has no UTC offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or the last day that there is, seen from another offset
        raise ValueError(f"{text!r} is no moment in UTC") from None


def quoted(name: str) -> str:
    """Return a display name as messages print it."""
    return repr(name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}…")
