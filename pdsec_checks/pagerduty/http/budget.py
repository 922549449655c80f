"""One request budget for all threads, driven by PagerDuty's own rate-limit headers.

Source: "REST API Rate Limits": ``ratelimit-remaining`` requests are left until
``ratelimit-reset`` seconds from now; the headers may be missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from pdsec_checks.errors import InterruptedReadError

LONGEST_PAUSE = 60
"""Seconds; PagerDuty's windows are one minute."""
LARGEST = {"ratelimit-remaining": 10**6, "ratelimit-reset": LONGEST_PAUSE}
"""What a header can sensibly say; a broken one holds nobody for hours."""
SAME_WINDOW = 1.5
"""Seconds by which two answers of one window may differ about its end: the header is rounded up."""
GLANCE = 0.02
"""Seconds until it is worth looking again whether an answer came in."""


class RateBudget:
    """Hands out the permission to send, so that no thread spends what another one has.

    A window is used as fast as the threads can: what is left is the smallest figure that any of
    its answers gave, less the requests under way, which that figure may not count yet. So the
    last few go out one by one, and the window is spent to its end without a refusal. Whether the
    next window has opened is tried with one request before the others follow.
    """

    def __init__(self, stop: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
        self._stop = stop
        self._clock = clock
        self._lock = threading.Lock()
        self._left: int | None = None
        self._in_flight = 0
        self._resets_at = 0.0
        self._blocked_until = 0.0
        self._is_trying = False
        self.waits_until = 0.0
        """Monotonic seconds until which somebody waits for the rate limit; for progress only."""

    def acquire(self) -> None:
        """Wait until a request may be sent.

        Raises:
            InterruptedReadError: The run was stopped meanwhile.
        """
        while (delay := self.try_acquire()) > 0:
            self.waits_until = self._clock() + delay
            self.sleep(delay)

    def try_acquire(self) -> float:
        """Take a permission and return 0, or return the seconds to wait."""
        with self._lock:
            delay = self._delay(self._clock())
            if delay == 0:
                self._in_flight += 1
            return delay

    def _delay(self, now: float) -> float:
        """Return the seconds until it is worth to ask again; 0 when a request may be sent."""
        if now < self._blocked_until:
            return self._blocked_until - now
        if self._left is not None and now >= self._resets_at:
            self._left, self._is_trying = None, True
        if self._left == 0:
            return self._resets_at - now
        allowed = 1 if self._is_trying else self._left
        return 0.0 if allowed is None or self._in_flight < allowed else GLANCE

    def release(self, headers: Mapping[str, str]) -> None:
        """Give the permission back and learn from the answer's headers, where it has any."""
        left, reset = _number(headers, "ratelimit-remaining"), reset_seconds(headers)
        with self._lock:
            self._in_flight -= 1
            self._is_trying = False
            if left is not None and reset is not None:
                self._learn(int(left), self._clock() + reset)

    def _learn(self, left: int, resets_at: float) -> None:
        """Take the tighter of what the answers of one window say."""
        if self._left is not None and abs(resets_at - self._resets_at) < SAME_WINDOW:
            left, resets_at = min(left, self._left), min(resets_at, self._resets_at)
        self._left, self._resets_at = left, resets_at

    def block(self, seconds: float) -> None:
        """Let nobody send for *seconds*, and one try after that: PagerDuty said 429."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._clock() + seconds)
            self._is_trying = True

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
