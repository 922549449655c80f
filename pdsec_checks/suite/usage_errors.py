"""How a run ends that cannot begin: exit code 4 and the reason, with or without workers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pdsec_checks.errors import InspectionError
from pdsec_checks.suite.workers import REFUSED, shared_folder

PROBLEM = pytest.StashKey[str]()
"""The first thing that was found wrong while tests were collected."""
COMMAND = "pdsec_checks.commands.inspect"
"""The plugin by which a run knows that the command started it."""


@contextmanager
def usage_errors(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """End the run with exit code 4 for what is wrong in the block, or was before.

    A worker cannot end a run: it leaves the reason to the controller, and runs nothing.
    """
    try:
        yield
    except InspectionError as error:
        config.stash.setdefault(PROBLEM, str(error))
    problem = config.stash.get(PROBLEM, None)
    if problem is None:
        return
    folder = shared_folder(config)
    if folder is not None:
        (folder / REFUSED).write_text(problem, encoding="utf-8")
    elif hasattr(config, "workeroutput"):  # a worker on another machine
        config.workeroutput[REFUSED] = problem
    else:
        raise pytest.UsageError(as_typed(config, problem))
    items.clear()


def as_typed(config: pytest.Config, problem: str) -> str:
    """Return *problem* with the flags as their user typed them: the command's have no ``pd-``.

    One that names both ways in has ``(pytest)`` behind the first, and stays as it is.
    """
    if not is_of_command(config):
        return problem
    return re.sub(r"--pd-(?!\S+ \S+ \(pytest\))", "--", problem)


def is_of_command(config: pytest.Config) -> bool:
    """Tell whether the command started this run, or the run that this worker is of."""
    told = getattr(config, "workerinput", {}).get(COMMAND)
    return bool(told or config.pluginmanager.hasplugin(COMMAND))
