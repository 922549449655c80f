"""Lets no code of this process reach a network while a recording is replayed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

REACHING_OUT = frozenset(
    {
        "socket.connect",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
    }
)
"""Python's audit events for whatever leaves the machine, however the code came by its socket."""


class Guard:
    """Refuses the events while at least one block asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0

    def change(self, by: int) -> None:
        """Count one block more or less."""
        with self._lock:
            self._blocks += by

    def __call__(self, event: str, _: tuple[Any, ...]) -> None:
        """Refuse *event*; Python calls this for each of its audit events."""
        if self._blocks and event in REACHING_OUT:
            raise OSError("a replay opens no connection")


@cache
def guard() -> Guard:
    """Return the guard of this process; a hook cannot be taken out again, so there is one."""
    made = Guard()
    sys.addaudithook(made)
    return made


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse every connection, datagram and name look-up of this process in the block.

    Raises:
        OSError: In whatever tries it.
    """
    guard().change(1)
    try:
        yield
    finally:
        guard().change(-1)
