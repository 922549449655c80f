"""What the data sets that are being read are still going to ask: it must not go into guesses."""

from __future__ import annotations

import threading

from pdsec_checks.errors import InterruptedReadError


class Outlook:
    """The requests that are still to come, by data set, as far as its reader knows them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._further: dict[str, int | None] = {}
        """Data set that is being read → its further requests; None where no answer told yet."""
        self._over: set[str] = set()

    def open(self, name: str, requests: int | None) -> None:
        """Take note that a data set is going to be read, with so many requests if that is known."""
        with self._lock:
            self._further[name] = requests
            self._over.discard(name)

    def expect(self, name: str, requests: int) -> None:
        """Take note of further requests, or of fewer where *requests* is negative."""
        with self._lock:
            self._further[name] = max(0, (self._further.get(name) or 0) + requests)

    def answered(self, name: str) -> None:
        """Take note that one of the requests was made, and came to its end."""
        with self._lock:
            if further := self._further.get(name):
                self._further[name] = further - 1

    def close(self, name: str) -> None:
        """Take note that nobody waits for requests of a data set any more."""
        with self._lock:
            self._further.pop(name, None)
            self._over.add(name)

    def check(self, name: str) -> None:
        """Make sure that somebody waits for the answer, before a request is sent.

        Raises:
            InterruptedReadError: Nobody does.
        """
        if name in self._over:
            raise InterruptedReadError(f"{name} is complete without this request")

    @property
    def further(self) -> int | None:
        """How many requests are still to come in all; None as long as no answer told."""
        with self._lock:
            known = [each for each in self._further.values() if each is not None]
            return sum(known) if len(known) == len(self._further) else None
