"""A record with some of its fields changed, of either kind that there is."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from msgspec import Struct, structs

R = TypeVar("R")


def replace(record: R, **changes: Any) -> R:
    """Return *record* with *changes*, as ``copy.replace`` does from Python 3.13 on."""
    if isinstance(record, Struct):
        return structs.replace(record, **changes)
    made: R = dataclasses.replace(record, **changes)  # type: ignore[type-var]  # any dataclass: their protocol is private
    return made
