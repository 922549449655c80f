"""Runs the tool in this process, for whatever shows the same there as in one of its own.

A process takes a second to start, and a call takes none. What is about processes themselves stays
with :mod:`tests.support.processes`: signals, closed or full streams, workers, variables that Python
reads as it starts, and what the tool imports.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from unittest import mock

import pytest

from pdsec_checks import cli
from pdsec_checks.suite.stopping import STOPS
from tests.simulator import Simulator
from tests.support.processes import ROOT, Ended, environment, pytest_arguments

OURS = ("-p", "no:unraisableexception", "-p", "no:threadexception")
KEPT = (ROOT, Path(sys.prefix), Path(sys.base_prefix))
"""Where the modules lie that every call may share: the tool, what it depends on, and Python."""
GC_THRESHOLD = gc.get_threshold()
"""When Python looks for garbage, unless a test says otherwise."""


def run_command(
    folder: Path, *arguments: str, simulator: Simulator | None = None, **variables: str
) -> Ended:
    """Call ``pagerduty-sec-inspector`` in *folder*."""
    env = environment(simulator, **variables)
    return call(folder, lambda: cli.main(arguments), env)


def run_pytest(
    folder: Path,
    *arguments: str,
    simulator: Simulator | None = None,
    target: str = "",
    **variables: str,
) -> Ended:
    """Let pytest run all controls from *folder*, or *target*, a node id in the checkout.

    What went wrong where nobody could catch it is left to the pytest that runs the tests.
    """
    given = [*pytest_arguments(arguments, target), *OURS]
    env = environment(simulator, **variables)
    return call(folder, lambda: int(pytest.main(given)), env)


def call(folder: Path, function: Callable[[], int], env: dict[str, str], typed: str = "") -> Ended:
    """Call *function* as a process in *folder* would, with *typed* on standard input."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with (
            contextlib.chdir(folder),
            mock.patch.dict(os.environ, env, clear=True),
            kept_interpreter(),
            no_search_for_garbage(),
            own_streams(typed, out, err),
        ):
            try:
                code = function()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Ended(code, text_of(out), text_of(err), folder)


@contextlib.contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Let the block make its garbage, which is looked for later.

    The tool leaves out of the search what it reads, and takes that back at its end, with what the
    tests had left out for theirs. A test that is about that has a threshold of its own.
    """
    kept = gc.get_threshold()
    if kept == GC_THRESHOLD:
        gc.set_threshold(0, *kept[1:])
    try:
        yield
    finally:
        gc.set_threshold(*kept)


@contextlib.contextmanager
def own_streams(typed: str, out: IO[bytes], err: IO[bytes]) -> Iterator[None]:
    """Let the standard streams of the block be files, for Python and below it."""
    ours = sys.stdin, sys.stdout, sys.stderr
    copies = [os.dup(number) for number in range(3)]
    try:
        with tempfile.TemporaryFile() as given:
            given.write(typed.encode())
            given.seek(0)
            for number, file in enumerate((given, out, err)):
                os.dup2(file.fileno(), number)
        with (
            open(0, encoding="utf-8", closefd=False) as sys.stdin,
            open(1, "w", encoding="utf-8", closefd=False) as sys.stdout,
            open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False) as sys.stderr,
        ):
            yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = ours
        for number, copy in enumerate(copies):
            os.dup2(copy, number)
            os.close(copy)


@contextlib.contextmanager
def kept_interpreter() -> Iterator[None]:
    """Take back what the tool does to its process, and forget the modules of its user."""
    path, modules = list(sys.path), set(sys.modules)
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, *STOPS)}
    try:
        yield
    finally:
        sys.path[:] = path
        for each, handler in handlers.items():
            signal.signal(each, handler)
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and not any(Path(file).is_relative_to(each) for each in KEPT):
                del sys.modules[name]


def text_of(file: IO[bytes]) -> str:
    """Return what was written to a stream, as whoever reads a pipe in text mode gets it."""
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")
