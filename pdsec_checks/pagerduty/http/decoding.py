"""What the body of an answer holds, as every report can hold it.

JSON allows more than files and programs do: half of a surrogate pair, a number without an end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec


def decoded(content: bytes) -> Any:
    r"""Return what JSON holds, with a stand-in for each value that no report could hold.

    Half of a surrogate pair, which is no text in any encoding, becomes its code (``\ud83d``), so
    that two texts that differ still do. A number without an end becomes a text, which no field
    of numbers takes for one. msgspec takes half the time of Python's own decoder, and refuses both.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deep.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return mended(json.loads(content))


def mended(value: Any) -> Any:
    """Return a value, changed in place where no report could hold a part of it."""
    whole = [value]
    level: list[Any] = [whole]
    while level:
        level = [nested for holder in level for nested in mended_in(holder)]
    return whole[0]


def mended_in(holder: dict[str, Any] | list[Any]) -> Iterator[dict[str, Any] | list[Any]]:
    """Mend the values of an object or a list; yield those that hold others."""
    if isinstance(holder, dict):
        for name in [name for name in holder if not name.isascii()]:
            holder[sayable(name)] = holder.pop(name)
    places: Any = holder.items() if isinstance(holder, dict) else enumerate(holder)
    for place, value in places:
        if isinstance(value, str):
            holder[place] = sayable(value)
        elif isinstance(value, dict | list):
            yield value
        elif isinstance(value, float) and not math.isfinite(value):
            holder[place] = str(value)


def sayable(value: str) -> str:
    """Return *value* with the code of each character that UTF-8 cannot say."""
    return value.encode("utf-8", "backslashreplace").decode()
