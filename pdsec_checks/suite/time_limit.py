"""Ends a run that takes too long, as Ctrl-C would: with the reports of what was judged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdsec_checks.configuration.settings import TimeLimit


class Stopwatch:
    """Judges nothing more once the time is over."""

    def __init__(self, limit: TimeLimit) -> None:
        self._limit = limit

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Let this case be the last one, where the time is over."""
        result = yield
        if self._limit.is_over:
            item.session.shouldstop = f"the time of the run is over ({self._limit})"
        return result
