"""The rate limit: so many requests a minute for each credential."""

from __future__ import annotations

import math
import time

from tests.simulator.messages import RefusedError

PER_MINUTE = 960


class RateLimit:
    """A fixed window that is counted for each credential apart.

    Args:
        allowed: Requests in one window; None for no limit and no headers.
        window: Length of the window in seconds.
    """

    clock = staticmethod(time.monotonic)

    def __init__(self, allowed: int | None, window: float = 60.0) -> None:
        self.allowed = allowed
        self.window = window
        self._windows: dict[str, tuple[float, int]] = {}

    def spend(self, credential: str) -> dict[str, str]:
        """Count one request, and return the headers that tell what is left.

        Raises:
            RefusedError: Nothing was left.
        """
        if self.allowed is None:
            return {}
        now = self.clock()
        ends, used = self._windows.get(credential, (0.0, 0))
        if now >= ends:
            ends, used = now + self.window, 0
        self._windows[credential] = (ends, used + 1)
        headers = rate_headers(self.allowed, self.allowed - used - 1, ends - now)
        if used >= self.allowed:
            raise rate_limited(headers)
        return headers


def rate_headers(allowed: int, left: int, seconds: float) -> dict[str, str]:
    """Return the three headers; *seconds* is the time until the window resets."""
    return {
        "ratelimit-limit": str(allowed),
        "ratelimit-remaining": str(max(left, 0)),
        "ratelimit-reset": str(math.ceil(seconds)),
    }


def rate_limited(headers: dict[str, str]) -> RefusedError:
    """Return the 429."""
    refused = RefusedError(429, "Rate Limit Exceeded", 2020)
    refused.answer.headers |= headers
    return refused
