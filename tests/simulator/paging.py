"""Pages: by offset, by cursor, and the form of change events."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

from tests.simulator.messages import Call, RefusedError, invalid
from tests.simulator.records import Record

CAP = 10_000
"""Largest ``offset + limit`` that PagerDuty answers."""
Projection = Callable[[Record], Record]


def span(call: Call, default: int, most: int) -> tuple[int, int]:
    """Return offset and limit of a classic page; a limit above *most* counts as *most*.

    Raises:
        RefusedError: The page lies beyond the cap.
    """
    limit = min(call.query.number("limit", default), most) or default
    offset = call.query.number("offset", 0)
    if offset + limit > CAP:
        raise beyond_cap()
    return offset, limit


def beyond_cap(cap: int = CAP) -> RefusedError:
    """Return the 400 of a page beyond the cap."""
    return RefusedError(
        400,
        "Invalid Input Provided",
        2001,
        f"Offset+limit exceeds maximum allowed value of {cap}. "
        "Please try to narrow down your search.",
    )


def same(record: Record) -> Record:
    """Return the record as it is stored."""
    return record


def classic(
    call: Call,
    key: str,
    records: Sequence[Record],
    project: Projection = same,
    *,
    default: int = 25,
    most: int = 100,
) -> Record:
    """Return one page of *records* by offset, each as *project* shows it."""
    offset, limit = span(call, default, most)
    page = records[offset : offset + limit]
    return {
        key: [project(record) for record in page],
        "limit": limit,
        "offset": offset,
        "total": len(records) if call.query.one("total") == "true" else None,
        "more": offset + len(page) < len(records),
    }


def bare(call: Call, key: str, records: Sequence[Record], project: Projection = same) -> Record:
    """Return one page in the form of change events, which says only whether there is more."""
    page = classic(call, key, records, project)
    return page | {"limit": None, "offset": None, "total": None}


def encode_cursor(position: int) -> str:
    """Return an opaque cursor."""
    return base64.urlsafe_b64encode(f"position:{position}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """Return the position that a cursor stands for.

    Raises:
        RefusedError: The cursor is none of ours.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    name, _, position = text.partition(":")
    if name != "position" or not position.isdecimal():
        raise invalid("Cursor is invalid.")
    return int(position)


def cursored(
    call: Call, key: str, records: Sequence[Record], project: Projection = same, most: int = 100
) -> Record:
    """Return one page of *records* by cursor; the last one has no next cursor."""
    limit = min(call.query.number("limit", most), most) or most
    cursor = call.query.one("cursor")
    position = decode_cursor(cursor) if cursor else 0
    page = records[position : position + limit]
    following = position + len(page)
    return {
        key: [project(record) for record in page],
        "limit": limit,
        "next_cursor": encode_cursor(following) if following < len(records) else None,
    }
