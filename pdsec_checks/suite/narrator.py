"""Tells what is being read: a bar on a terminal, lines elsewhere, nothing where it is quiet."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from pdsec_checks.output import say
from pdsec_checks.pagerduty.snapshot import Unavailable
from pdsec_checks.suite.console import is_quiet, say_uncaptured, uncaptured
from pdsec_checks.suite.usage_errors import as_typed

if TYPE_CHECKING:
    from pdsec_checks.pagerduty.arriving import Meanwhile
    from pdsec_checks.pagerduty.http.client import Client
    from pdsec_checks.suite.progress import Bar


class Narrator:
    """Tells what is being read: one bar on a terminal, one line a data set elsewhere."""

    def __init__(
        self, config: pytest.Config, meanwhile: Meanwhile = lambda _arrived: False
    ) -> None:
        self.meanwhile = meanwhile
        self._terminal: Any = config.pluginmanager.getplugin("terminalreporter")
        self._config = config
        self._quiet = is_quiet(config)
        self._is_worker = hasattr(config, "workerinput")
        self._bar: Bar | None = None

    def __call__(self, name: str, found: list[Any] | Unavailable) -> None:
        """Say what came of one data set; a bar counts it, and only trouble is a line above it."""
        what = f"unavailable: {found.reason}" if isinstance(found, Unavailable) else str(len(found))
        text = f"read {name.replace('_', ' ')}: {what}"
        if self._bar is None:
            self.line(text)
            return
        self._bar.advance()
        if isinstance(found, Unavailable):
            self._bar.say(text)

    @contextmanager
    def watching(self, client: Client, names: Collection[str]) -> Iterator[None]:
        """Show a bar in the block, where somebody sits in front of a terminal."""
        if self._quiet or self._is_worker or not is_watched(sys.stderr):
            yield
            return
        from pdsec_checks.suite.progress import Bar  # rich is slow to import

        if self._terminal is not None:
            self._terminal.ensure_newline()
        with uncaptured(self._config), Bar(client, len(names), sys.stderr) as bar:
            self._bar = bar
            try:
                yield
            finally:
                self._bar = None

    def warn(self, text: str) -> None:
        """Say on standard error what nobody may miss, however quiet the run is."""
        say_uncaptured(self._config, f"WARNING: {as_typed(self._config, text)}\n")

    def line(self, text: str) -> None:
        """Print one line, past pytest's capturing; a worker has only standard error."""
        if self._quiet:
            return
        if self._terminal is None:
            say(f"{text}\n")
            return
        with uncaptured(self._config):
            self._terminal.ensure_newline()
            self._terminal.write_line(text)


def is_watched(stream: TextIO) -> bool:
    """Tell whether *stream* is a terminal that can move its cursor, and no pipeline's log."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
