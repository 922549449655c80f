"""How many requests a data set takes, as far as that is known before the first one."""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import Struct


class Size(Struct, frozen=True):
    """How many of each kind an account has."""

    users: int
    services: int
    policies: int
    schedules: int
    shift_schedules: int
    teams: int
    business_services: int
    endpoints: int
    orchestrations: int


NOTHING = Size(0, 0, 0, 0, 0, 0, 0, 0, 0)
PLENTY = Size(*(10**6,) * 9)


class Amount(Struct, frozen=True):
    """How many requests one data set takes, lookups of single records included.

    A list of more than 10,000 records takes more: it is read team by team.
    """

    words: str
    """What the number hangs on, as a plan says it."""
    count: Callable[[Size], int]
    may_be_spared: bool = False
    """Whether what other answers show may leave nothing to ask for."""

    @property
    def fixed(self) -> int | None:
        """The number where it hangs on nothing; None where only answers tell it."""
        least = self.count(NOTHING)
        return least if least == self.count(PLENTY) else None


ONE = Amount("1", lambda _: 1)


def listed(what: str, count: Callable[[Size], int]) -> Amount:
    """Return the amount of a list that is read in pages."""
    return Amount(f"1 for each 100 {what}", lambda size: pages(count(size)))


def pages(count: int, size: int = 100) -> int:
    """Return the requests that a list of *count* records takes; an empty one takes one, too."""
    return max(1, math.ceil(count / size))
