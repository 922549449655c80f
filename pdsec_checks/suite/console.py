"""Past pytest's capturing: what a run says to people, or writes where a report belongs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from pdsec_checks.output import say


def uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """Return a block in which standard output and standard error are the process's own."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is None:  # pytest captures nothing yet
        return nullcontext()
    block: AbstractContextManager[None] = capture.global_and_fixture_disabled()
    return block


def say_uncaptured(config: pytest.Config, text: str) -> None:
    """Print on standard error: standard output may be a report."""
    with uncaptured(config):
        say(text)


def has_terminal(config: pytest.Config) -> bool:
    """Tell whether pytest itself prints."""
    return bool(config.pluginmanager.hasplugin("terminalreporter"))
