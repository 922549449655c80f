"""One request budget for all threads, driven by PagerDuty's own rate-limit headers.

Source: "REST API Rate Limits": ``ratelimit-remaining`` requests are left until
``ratelimit-reset`` seconds from now; the headers may be missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from pdsec_checks.errors import InterruptedReadError

LONGEST_PAUSE = 60
"""Seconds; PagerDuty's windows are one minute."""
LARGEST = {"ratelimit-remaining": 10**6, "ratelimit-reset": LONGEST_PAUSE}
"""What a header can sensibly say; a broken one holds nobody for hours."""


class RateBudget:
    """Hands out the permission to send, so that no thread spends what another one has."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._lock = threading.Lock()
        self._left: int | None = None
        self._in_flight = 0
        self._resets_at = 0.0
        self._blocked_until = 0.0
        self.waits_until = 0.0
        """Monotonic seconds until which somebody waits for the rate limit; for progress only."""

    def acquire(self) -> None:
        """Wait until a request may be sent.

        Raises:
            InterruptedReadError: The run was stopped meanwhile.
        """
        while (delay := self._try_acquire()) > 0:
            self.waits_until = time.monotonic() + delay
            self.sleep(delay)

    def _try_acquire(self) -> float:
        """Take a permission and return 0, or return the seconds to wait."""
        with self._lock:
            now = time.monotonic()
            if now < self._blocked_until:
                return self._blocked_until - now
            if self._left is not None and self._left <= 0:
                if now < self._resets_at:
                    return self._resets_at - now
                self._left = None  # a new window: the next answer tells how much it holds
            if self._left is not None:
                self._left -= 1
            self._in_flight += 1
            return 0.0

    def release(self, headers: Mapping[str, str]) -> None:
        """Give the permission back and learn from the answer's headers, where it has any."""
        left, reset = _number(headers, "ratelimit-remaining"), reset_seconds(headers)
        with self._lock:
            self._in_flight -= 1
            if left is not None and reset is not None:
                # Requests under way were not all counted yet when this answer was written.
                self._left = int(left) - self._in_flight
                self._resets_at = time.monotonic() + reset

    def block(self, seconds: float) -> None:
        """Let nobody send for *seconds*: PagerDuty said 429."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake up when the run is stopped.

        Raises:
            InterruptedReadError: It was.
        """
        if self._stop.wait(seconds):
            raise InterruptedReadError("reading the account was interrupted")


def reset_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until the rate-limit window resets, where the answer says so."""
    return _number(headers, "ratelimit-reset")


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return min(max(0.0, float(headers[name])), LARGEST[name])
    except (KeyError, ValueError):
        return None
