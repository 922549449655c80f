"""Lets the garbage collector look less often while an account is read, judged and reported."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

NEW_OBJECTS = 50_000
"""How many make the collector look at them; Python's own figure is 700 to 2,000."""


class Collector:
    """Lasts as long as the run that it is a plugin of.

    What was read of an account, and what was found, lives until the reports are written: looking
    through a million records again and again takes a quarter of the processor time of a run over
    a large account, and frees nothing.
    """

    def __init__(self) -> None:
        self._kept = gc.get_threshold()
        self._is_on = self._kept[0] > 0  # or somebody switched it off

    def pytest_configure(self) -> None:
        """Begin; pytest calls it for a plugin that comes late as well."""
        if self._is_on:
            gc.freeze()  # modules, and what pytest knows
            gc.set_threshold(max(NEW_OBJECTS, self._kept[0]), *self._kept[1:])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Leave out what was read, and the cases of it."""
        if self._is_on:
            gc.freeze()
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Leave the collector as it was."""
        if self._is_on:
            gc.set_threshold(*self._kept)
            gc.unfreeze()
