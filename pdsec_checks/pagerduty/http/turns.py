"""Whose request goes next: so many at once, and of those that wait the most urgent first."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
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
    """Lets one caller in alone until somebody came back well; then it stands open.

    What nobody can get past, a refused credential or a network that leads nowhere, is so met
    once, and not by every thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.is_open = False
        self.closed_by: Exception | None = None
        """What the first caller met, and every other one would meet."""

    def __enter__(self) -> Door:
        self._lock.acquire()
        if self.closed_by is not None:
            self._lock.release()
            raise self.closed_by
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()


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
