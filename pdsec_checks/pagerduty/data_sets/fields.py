"""What is kept of PagerDuty's answers: the fields that a control or a report reads.

A record of a large account is mostly links, descriptions and shifts of single layers. A field
that PagerDuty left out stays out, and a value of another type stays as it is, so that what is
kept says no less about what is missing. A recording holds the whole answer all the same.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult

from pdsec_checks.model import Record
from pdsec_checks.resources import split_url
from pdsec_checks.resources.credentials import EXAMINED, HIDDEN, has_userinfo, hidden_query
from pdsec_checks.resources.kept import ALL, Fields


def keep(*names: str, **nested: Fields) -> Fields:
    """Return fields of which *names* are kept whole, and *nested* in part."""
    return {**dict.fromkeys(names, ALL), **nested}


REFERENCE = keep("id", "type")
"""What tells which record is meant; with its type, one that lacks the id is still not empty."""
PERSON = REFERENCE | keep("deleted_at")
"""Somebody who is named, and may have been deleted."""
NAMED = REFERENCE | keep("name", "summary")
"""What a message calls a record by."""
TEAM = REFERENCE | keep("summary")
"""A team that something belongs to; reports let their readers look for what is theirs."""
RESOURCE = NAMED | keep("html_url")
"""What reports print of everything that a control judges."""


def prune(answer: Record, kept: Fields) -> Record:
    """Return an answer whose records, in whatever key they stand, have only the *kept* fields."""
    return {name: pruned(value, kept) for name, value in answer.items()} if kept else answer


def pruned(value: Any, kept: Fields) -> Any:
    """Return a record, or each record of a list, with only the *kept* fields."""
    if isinstance(value, dict):  # most are, and most of their fields are kept whole or missing
        found: Record = {}
        for name, part in kept.items():
            if name in value:
                field = value[name]
                found[name] = pruned(field, part) if part and field else field
        return found
    return [pruned(each, kept) for each in value] if isinstance(value, list) else value


def with_address(record: Record, name: str) -> Record:
    """Return a record in which the field *name*, a webhook's address, tells no secret."""
    url = record.get(name)
    return {**record, name: without_secrets(url)} if isinstance(url, str) else record


def without_secrets(url: str) -> str:
    """Return a webhook's address as far as it is judged: scheme, host and port.

    Of user, path, query and fragment it says only that there are some, and which parameters hold
    credentials: whoever knows them can send what PagerDuty sends. An address without a host stays
    one.
    """
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return HIDDEN if url.strip() else ""
    host = parts.netloc.rpartition("@")[2]
    return SplitResult(
        parts.scheme,
        f"{HIDDEN}@{host}" if has_userinfo(parts) else host,
        f"/{HIDDEN}" if parts.path.strip("/") else parts.path,
        hidden_query(parts),
        parts.fragment and (EXAMINED if parts.fragment == EXAMINED else HIDDEN),
    ).geturl()
