"""Reads an account for a sub-command that is no inspection, and tells what comes of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pdsec_checks.configuration.options import flags_of_command
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.output import say
from pdsec_checks.pagerduty import reading
from pdsec_checks.pagerduty.arriving import ArrivingSnapshot
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Unavailable

if TYPE_CHECKING:
    from pdsec_checks.suite.progress import Bar


def inspection_of(given: argparse.Namespace, controls: Collection[str]) -> Inspection:
    """Read what *controls* need, given by id, as the flags say.

    Raises:
        UsageError: The flags contradict each other, or there is no credential.
        InspectionError: Nothing could be read.
    """
    settings = settings_of(given)
    needed = [each for each in shipped_controls() if each.id in controls]
    snapshot = reading.read(settings, Teller(quiet=given.pd_quiet), needed)
    return Inspection(snapshot, snapshot.baseline(settings.decided.baseline))


def settings_of(given: argparse.Namespace) -> Settings:
    """Return the settings of the reading: nothing is recorded, and no figures are read."""
    found = load_settings(vars(given))
    return replace(
        found,
        recording=replace(found.recording, record=None),
        reading=replace(found.reading, include_analytics=False),
    )


@dataclass
class Teller:
    """Tells on standard error what is read of an account, as an inspection does."""

    quiet: bool
    bar: Bar | None = None

    def __call__(self, name: str, found: list[Any] | Unavailable) -> None:
        """Say what came of one data set; a bar counts it, and only trouble is a line above it."""
        is_trouble = isinstance(found, Unavailable)
        count = found.reason if isinstance(found, Unavailable) else str(len(found))
        text = f"read {name.replace('_', ' ')}: {'unavailable: ' if is_trouble else ''}{count}"
        if self.bar is not None:
            self.bar.advance()
            if is_trouble:
                self.bar.say(text)
        elif not self.quiet:
            say(f"{text}\n")

    @contextmanager
    def watching(self, client: Client, names: Collection[str]) -> Iterator[None]:
        """Show a bar in the block, where somebody sits in front of a terminal."""
        from pdsec_checks.suite.narrator import is_watched

        if self.quiet or not is_watched(sys.stderr):
            yield
            return
        from pdsec_checks.suite.progress import Bar  # rich is slow to import

        with Bar(client, len(names), sys.stderr) as self.bar:
            yield
        self.bar = None

    def meanwhile(self, arrived: ArrivingSnapshot) -> bool:  # noqa: ARG002
        """Do nothing: the question needs the whole account."""
        return False

    def warn(self, text: str) -> None:
        """Say what nobody may miss."""
        say(f"WARNING: {flags_of_command(text)}\n")
