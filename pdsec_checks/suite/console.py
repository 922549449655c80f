"""Past pytest's capturing: what a run says to people, or writes where a report belongs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

import pytest

from pdsec_checks.output import say, wrote

FOR_NOBODY = "pdsec_checks.commands.fixes"
"""The plugin of a run whose report is read at once and not kept."""


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


def is_quiet(config: pytest.Config) -> bool:
    """Tell whether the run says nothing about what it does: our ``--quiet``, or pytest's ``-q``."""
    return bool(config.option.pd_quiet or getattr(config.option, "verbose", 0) < 0)


def name_file(config: pytest.Config, what: str, path: str) -> None:
    """Say which file was written, and what it is, unless the run is quiet; ``-`` is no file."""
    if path != "-" and not is_quiet(config) and not config.pluginmanager.hasplugin(FOR_NOBODY):
        say_uncaptured(config, wrote(path, what))


def refuse(config: pytest.Config, problem: str) -> NoReturn:
    """Say a problem, and end the run with exit code 4.

    pytest would say it as well, and end with 1 where nobody can read it.

    Raises:
        pytest.UsageError: In any case.
    """
    say_uncaptured(config, f"ERROR: {problem}\n")
    raise pytest.UsageError


def has_terminal(config: pytest.Config) -> bool:
    """Tell whether pytest itself prints."""
    return bool(config.pluginmanager.hasplugin("terminalreporter"))
