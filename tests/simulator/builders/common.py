"""What builders share: things that name other things."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulator.records import Record, refer

Thing = Record | str
"""A record, a reference, or a bare id."""

LONG_AGO = "2023-03-01T09:00:00Z"


def references(kind: str, things: Iterable[Thing]) -> list[Record]:
    """Return references to several things of one kind."""
    return [refer(kind, thing) for thing in things]


def identity_of(thing: Thing) -> str:
    """Return the id of a thing."""
    return thing if isinstance(thing, str) else str(thing["id"])
