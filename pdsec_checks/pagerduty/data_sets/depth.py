"""How deep an answer may be nested: code that follows it has an end."""

from __future__ import annotations

from itertools import chain
from typing import Any

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record

DEEPEST = 50
"""Levels of nesting; PagerDuty's answers have about ten."""
HOLDERS = frozenset({dict, list})
"""What holds other values; each value of an account is asked for it, so no isinstance."""


def check_depth(path: str, answer: Record) -> None:
    """Make sure that *answer* can be followed to its end.

    Raises:
        UnavailableError: It is nested deeper than anything that PagerDuty sends.
    """
    level: list[Any] = [answer]
    for _ in range(DEEPEST):
        values = chain.from_iterable(
            holder.values() if type(holder) is dict else holder for holder in level
        )
        level = [value for value in values if type(value) in HOLDERS]
        if not level:
            return
    raise UnavailableError(path, f"the answer is nested more than {DEEPEST} levels deep")
