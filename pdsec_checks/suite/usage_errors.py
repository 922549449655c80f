"""How a run ends that cannot begin: exit code and the reason, with or without workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pdsec_checks.configuration.options import flags_of_command
from pdsec_checks.errors import InspectionError, unforeseen
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.output import tame
from pdsec_checks.suite.console import has_terminal, refuse, say_uncaptured
from pdsec_checks.suite.workers import REFUSED, leave, shared_folder

PROBLEM = pytest.StashKey[str]()
"""The first thing that was found wrong while tests were collected."""
INTERNAL = "an internal error ended the inspection"
"""How a problem begins that is a mistake of the tool."""
COMMAND = "pdsec_checks.commands.inspect"
"""The plugin by which a run knows that the command started it."""


@contextmanager
def usage_errors(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """End the run with exit code 4 for what is wrong in the block, or was before; 3 where it broke.

    A worker cannot end a run: it leaves the reason to the controller, and runs nothing.
    """
    try:
        yield
    except InspectionError as error:
        config.stash.setdefault(PROBLEM, str(error))
    except Exception as error:  # noqa: BLE001 - the run ends, and says where
        config.stash.setdefault(PROBLEM, internal(error))
    problem = config.stash.get(PROBLEM, None)
    if problem is None:
        return
    folder = shared_folder(config)
    if folder is not None:
        leave(folder / REFUSED, problem)
    elif hasattr(config, "workeroutput"):  # a worker on another machine
        config.workeroutput[REFUSED] = problem
    elif code_of(problem) is ExitCode.USAGE_ERROR:
        refuse(config, as_typed(config, problem))
    else:
        if not has_terminal(config):
            say_uncaptured(config, f"ERROR: {problem}\n")
        pytest.exit(problem, ExitCode.INTERNAL_ERROR)
    items.clear()


def internal(error: Exception) -> str:
    """Return what is said where the tool itself broke before anything was judged."""
    return f"{INTERNAL}: {unforeseen(error)}"


def code_of(problem: str) -> ExitCode:
    """Return the exit code of a run that could not begin."""
    is_internal = problem.startswith(INTERNAL)
    return ExitCode.INTERNAL_ERROR if is_internal else ExitCode.USAGE_ERROR


def as_typed(config: pytest.Config, problem: str) -> str:
    """Return *problem* with the flags as their user typed them: the command's have no ``pd-``.

    What it quotes steers no terminal.
    """
    problem = tame(problem)
    return flags_of_command(problem) if is_of_command(config) else problem


def is_of_command(config: pytest.Config) -> bool:
    """Tell whether the command started this run, or the run that this worker is of."""
    told = getattr(config, "workerinput", {}).get(COMMAND)
    return bool(told or config.pluginmanager.hasplugin(COMMAND))
