"""What holds for all tests of the tool."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from typing import Any

import hypothesis
import pytest

from tests.support.progress import Progress

EXAMPLES = 100 if os.environ.get("CI") else 25
hypothesis.settings.register_profile("default", deadline=None, max_examples=EXAMPLES)
"""A loaded machine is no reason to fail; CI tries more, for who waits has less patience."""
NEW_OBJECTS = 50_000
"""After how many Python looks for garbage, of which tests leave little behind."""
MOST_WORKERS = 8
"""More gain little: each collects all tests. A container may also have less than its machine."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Show progress file by file, unless pytest was asked for more or for less."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not config.get_verbosity() and not hasattr(config, "workerinput"):
        reporter.showfspath = reporter._show_progress_info = False  # in favour of ours
        config.pluginmanager.register(Progress(reporter))


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Let ``-n auto`` mean half as many more than there are cores: a worker waits now and then.

    A number that the environment gives, as xdist documents, is that number.
    """
    cores = yield
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return cores
    return min(cores + (cores + 1) // 2, MOST_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker neighbours: what they share is then made once, not in every worker."""
    from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]  # only here

    return WorkStealingScheduling(config, log) if config.option.dist == "load" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, which takes a third less, and seldom later.

    Every later search is spared the thousands of tests that there are by then.
    """
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look for garbage once; pytest looks five times, through all that the tests leave behind."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let processes that tests start find each other's bytecode, also where none is to be left."""
    with pytest.MonkeyPatch.context() as patch:
        if sys.dont_write_bytecode:
            base = tmp_path_factory.getbasetemp()
            shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
        yield
