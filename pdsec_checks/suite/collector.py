"""Lets the garbage collector look less often while an account is read, judged and reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pdsec_checks.garbage import leave_out, rarely_searched

NEW_OBJECTS = 50_000
"""How many make the collector look at them."""


class Collector:
    """Lasts as long as the run that it is a plugin of.

    What was read of an account, and what was found, lives until the reports are written: looking
    through a million records again and again takes a quarter of the processor time of a run over
    a large account, and frees nothing.
    """

    def __init__(self) -> None:
        self._until_the_end = ExitStack()

    def pytest_configure(self) -> None:
        """Begin, without modules and what pytest knows; called for a plugin that comes late too."""
        self._until_the_end.enter_context(rarely_searched(NEW_OBJECTS))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Leave out what was read, and the cases of it."""
        leave_out()
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Leave the collector as it was."""
        self._until_the_end.close()
