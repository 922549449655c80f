"""What is kept of PagerDuty's answers: the fields that a control or a report reads.

A record of a large account is mostly links, descriptions and shifts of single layers. A field
that PagerDuty left out stays out, and a value of another type stays as it is, so that what is
kept says no less about what is missing. A recording holds the whole answer all the same.
"""

from __future__ import annotations

from typing import Any

from pdsec_checks.model import Record
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
RESOURCE = NAMED | keep("html_url")
"""What reports print of everything that a control judges."""


def prune(answer: Record, kept: Fields) -> Record:
    """Return an answer whose records, in whatever key they stand, have only the *kept* fields."""
    return {
        name: pruned(value, kept) if isinstance(value, list | dict) else value
        for name, value in answer.items()
    }


def pruned(value: Any, kept: Fields) -> Any:
    """Return a record, or each record of a list, with only the *kept* fields."""
    if not kept:
        return value
    if isinstance(value, list):
        return [pruned(each, kept) for each in value]
    if isinstance(value, dict):
        return {name: pruned(value[name], part) for name, part in kept.items() if name in value}
    return value
