"""Whose request goes next: so many at once, and of those that wait the most urgent first."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct

from pdsec_checks.errors import UnavailableError


class Lane(Struct, frozen=True):
    """On whose behalf a thread sends requests."""

    name: str = ""
    """The data set; nothing where a request serves none."""
    rank: int = 0
    """A lower one goes first."""


LANE: ContextVar[Lane] = ContextVar("lane", default=Lane())  # noqa: B039 - it is frozen
"""The lane of the request that this thread is about to send."""


@contextmanager
def on_behalf_of(lane: Lane) -> Iterator[None]:
    """Let the requests of the block run in *lane*."""
    before = LANE.set(lane)
    try:
        yield
    finally:
        LANE.reset(before)


class Door:
    """Lets one caller in at a time until one of them was answered; then it stands open.

    What nobody can get past, a refused credential or a network that leads nowhere, is so met once
    or twice, and not by every thread.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_somebody_inside = False
        self._refused = 0
        self.is_open = False
        self.closed_by: UnavailableError | None = None
        """What every further caller would meet as well."""

    def enter(self) -> None:
        """Wait until the door is open, or nobody is inside.

        Raises:
            UnavailableError: It was closed for good meanwhile.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_settled or not self._is_somebody_inside)
            if self.closed_by is not None:
                raise self.closed_by
            self._is_somebody_inside = True

    @property
    def _is_settled(self) -> bool:
        return self.is_open or self.closed_by is not None

    def open(self) -> None:
        """Let everybody in, now and later."""
        if self.is_open:
            return
        with self._changed:
            self.is_open = True
            self._changed.notify_all()

    def leave(self, met: UnavailableError | None = None, *, for_all: bool = False) -> None:
        """Let the next one in, or nobody any more.

        *met* is what a caller came back with where others may meet the same; it counts once a
        second one met it, or at once where it is *for_all*.
        """
        with self._changed:
            self._is_somebody_inside = False
            self._refused += met is not None
            if met is not None and not self.is_open and (for_all or self._refused > 1):
                self.closed_by = met
            self._changed.notify_all()


class Turns:
    """So many may be in the block at once; a context manager that any thread may enter.

    Without ranks a chain of requests, each of which waits for the one before, would queue behind
    a thousand lookups at every step.
    """

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, threading.Event]] = []

    def __enter__(self) -> None:
        mine = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return
            heapq.heappush(self._waiting, (LANE.get().rank, next(self._order), mine))
        mine.wait()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[2].set()  # the place goes from hand to hand
            else:
                self._free += 1
