"""What is certain although a part of the evidence is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from pdsec_checks.errors import MalformedRecordError

T = TypeVar("T")


def any_known(items: Iterable[T], holds: Callable[[T], bool]) -> bool:
    """Tell whether *holds* for one of *items*, however many of the others are unreadable.

    Raises:
        MalformedRecordError: It holds for none that can be read, and one cannot be.
    """
    unknown: MalformedRecordError | None = None
    for item in items:
        try:
            if holds(item):
                return True
        except MalformedRecordError as error:
            unknown = error
    if unknown:
        raise unknown
    return False
