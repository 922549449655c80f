"""One request budget for all threads, driven by PagerDuty's own rate-limit headers.

Source: "REST API Rate Limits": of ``ratelimit-limit`` requests in a window
``ratelimit-remaining`` are left until ``ratelimit-reset`` seconds from now; the headers may be
missing.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pdsec_checks.errors import InterruptedReadError
from pdsec_checks.pagerduty.http.turns import LANE

LONGEST_PAUSE = 60
"""Seconds; PagerDuty's windows are one minute."""
LARGEST = {
    "ratelimit-limit": 10**6,
    "ratelimit-remaining": 10**6,
    "ratelimit-reset": LONGEST_PAUSE,
}
"""What a header can sensibly say; a broken one holds nobody for hours."""
SAME_WINDOW = 1.5
"""Seconds by which two answers of one window may differ about its end: the header is rounded up."""
RATE_LIMITS_ALLOWED = 10
"""How often one request is tried again after a 429."""
REFUSALS_OF_ONE_PATH = 4
"""The same where other paths are answered meanwhile: the limit is not on the account."""
GLANCE = 0.02
"""Seconds until it is worth looking again whether an answer came in."""


@dataclass
class Refusals:
    """The 429s of one lane since its last answer."""

    until: float = 0.0
    """Seconds of the clock until which the lane waits."""
    is_alone: bool = False
    """Whether other lanes were answered meanwhile."""
    is_final: bool = False
    """Whether a request of it was refused to the end."""


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
        self._limit: int | None = None
        self._left: int | None = None
        self._in_flight = 0
        self._resets_at = 0.0
        self._blocked_until = 0.0
        self._is_trying = False
        self._waiting: Counter[str] = Counter()
        """Lane → its requests that wait for a permission."""
        self._refused: dict[str, Refusals] = {}
        """Lane → the 429s since its last answer."""
        self.waits_until = 0.0
        """Monotonic seconds until which somebody waits for the rate limit; for progress only."""

    def acquire(self) -> None:
        """Wait until a request may be sent.

        Raises:
            InterruptedReadError: The run was stopped meanwhile.
        """
        lane = LANE.get().name
        self._count_waiting(lane, 1)
        try:
            while (delay := self.try_acquire()) > 0:
                self.waits_until = self._clock() + delay
                self.sleep(delay)
        finally:
            self._count_waiting(lane, -1)

    def _count_waiting(self, lane: str, by: int) -> None:
        with self._lock:
            self._waiting[lane] += by

    def try_acquire(self) -> float:
        """Take a permission and return 0, or return the seconds to wait."""
        with self._lock:
            delay = self._delay(self._clock())
            if delay == 0 and self._is_trying and self._can_others_try():
                return GLANCE  # they show whether the limit is on all, or on this lane
            if delay == 0:
                self._in_flight += 1
            return delay

    def _can_others_try(self) -> bool:
        """Tell whether this lane was refused, and one that was not waits to send."""
        if LANE.get().name not in self._refused:
            return False
        return any(count and lane not in self._refused for lane, count in self._waiting.items())

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
        limit = _number(headers, "ratelimit-limit")
        with self._lock:
            self._in_flight -= 1
            self._is_trying = False
            self._limit = self._limit if limit is None else int(limit)
            if left is not None and reset is not None:
                self._learn(int(left), self._clock() + reset)

    def _learn(self, left: int, resets_at: float) -> None:
        """Take the tighter of what the answers of one window say."""
        if self._left is not None and abs(resets_at - self._resets_at) < SAME_WINDOW:
            left, resets_at = min(left, self._left), min(resets_at, self._resets_at)
        self._left, self._resets_at = left, resets_at

    def free_for_guesses(self, planned: int) -> int | None:
        """Return how many requests the window has beyond those that are *planned*.

        None where PagerDuty does not say how many it allows.
        """
        with self._lock:
            is_over = self._left is None or self._clock() >= self._resets_at
            left = self._limit if is_over else self._left
            return None if left is None else max(0, left - self._in_flight - planned)

    def block(self, seconds: float) -> None:
        """Take note of a 429: nobody sends for *seconds*, and one tries after that.

        Where others were answered since this lane was first refused, the limit is on its path: it
        waits alone.
        """
        with self._lock:
            refused = self._refused.setdefault(LANE.get().name, Refusals())
            refused.until = self._clock() + seconds
            if not refused.is_alone:
                self._blocked_until = max(self._blocked_until, refused.until)
                self._is_trying = True

    def answered(self) -> None:
        """Take note of an answer that is no 429."""
        mine = LANE.get().name
        with self._lock:
            self._refused.pop(mine, None)
            for refused in self._refused.values():
                refused.is_alone = True

    def give_up(self) -> None:
        """Take note that a request of this lane was refused to the end: others need not wait."""
        with self._lock:
            refused = self._refused.setdefault(LANE.get().name, Refusals())
            refused.is_final = True

    @property
    def refusals_allowed(self) -> int:
        """How often a request of this lane may wait for the end of a rate limit."""
        with self._lock:
            refused = self._refused.get(LANE.get().name, Refusals())
        if refused.is_final:
            return 0
        return REFUSALS_OF_ONE_PATH if refused.is_alone else RATE_LIMITS_ALLOWED

    def hold(self) -> None:
        """Wait while this lane is refused, before a place is taken that others could use.

        Raises:
            InterruptedReadError: The run was stopped meanwhile.
        """
        while (delay := self._held_for(LANE.get().name)) > 0:
            self.waits_until = self._clock() + delay
            self.sleep(delay)

    def _held_for(self, lane: str) -> float:
        with self._lock:
            refused = self._refused.get(lane)
            return refused.until - self._clock() if refused and not refused.is_final else 0.0

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
