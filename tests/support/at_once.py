"""Counts how many threads do something at the same time."""

from __future__ import annotations

import threading
from types import TracebackType


class AtOnce:
    """Who is inside ``with`` this; *most* is the greatest number of threads that ever were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.most = 0

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._running -= 1
