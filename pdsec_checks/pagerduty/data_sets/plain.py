"""Makes an answer one that every report can hold: JSON allows more than files and programs do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record

DEEPEST = 50
"""Levels of nesting; PagerDuty's answers have about ten, and code that follows them has an end."""


def plain(path: str, answer: Record) -> Record:
    r"""Return *answer*, changed in place where no report could hold a value of it.

    Half of a surrogate pair, which is no text in any encoding, becomes its code (``\ud83d``), so
    that two texts that differ still do. A number without an end becomes a text, which no field
    of numbers takes for one.

    Raises:
        UnavailableError: It is nested deeper than anything that PagerDuty sends.
    """
    level: list[Any] = [answer]
    for _ in range(DEEPEST):
        level = [nested for holder in level for nested in mended(holder)]
        if not level:
            return answer
    raise UnavailableError(path, f"the answer is nested more than {DEEPEST} levels deep")


def mended(holder: Record | list[Any]) -> Iterator[Record | list[Any]]:
    """Mend the values of an object or a list; yield those that hold others."""
    if isinstance(holder, dict):
        for name in [name for name in holder if not name.isascii()]:
            holder[sayable(name)] = holder.pop(name)
    places: Any = holder.items() if isinstance(holder, dict) else enumerate(holder)
    for place, value in places:
        kind = type(value)  # each value of an account passes here: no isinstance
        if kind is str:
            if not value.isascii():
                holder[place] = sayable(value)
        elif kind is dict or kind is list:
            yield value
        elif kind is float and not math.isfinite(value):
            holder[place] = str(value)


def sayable(value: str) -> str:
    """Return *value* with the code of each character that UTF-8 cannot say."""
    return value.encode("utf-8", "backslashreplace").decode()
