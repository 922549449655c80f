"""pytest's own output and reports may fail: an inspection bears it, any other run ends as ever."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from pdsec_checks.errors import unforeseen
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.output import Lasting
from pdsec_checks.suite.console import say_uncaptured


class Screen:
    """Keeps pytest's output from ending an inspection; *is_ours* tells whether it is one.

    That is known only after collection, and pytest writes before it.
    """

    def __init__(self, config: pytest.Config, is_ours: Callable[[], bool]) -> None:
        self._config = config
        self._is_ours = is_ours
        self._writer: Any = None
        self._file: Any = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Let pytest write to a stream that outlives its reader."""
        if self._config.pluginmanager.hasplugin("terminalreporter"):
            self._writer = self._config.get_terminal_writer()
            self._file = self._writer._file  # noqa: SLF001 - pytest has no public name for it
            self._writer._file = Lasting(self._file)  # noqa: SLF001

    def pytest_collection_finish(self) -> None:
        """Leave somebody else's run as it is, and let it end as it would have."""
        if not self._is_ours():
            self._restore()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Do the same where workers collect."""
        self.pytest_collection_finish()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Name a report of pytest's, or of a plugin, that cannot be written; ours are by now.

        Python would end with 1, as if a control had failed.
        """
        try:
            yield
        except Exception as error:
            if not self._is_ours():
                raise
            say_uncaptured(self._config, f"ERROR: {unwritten(error)}\n")
            session.exitstatus = ExitCode.USAGE_ERROR

    def pytest_unconfigure(self) -> None:
        """Leave Python nothing that it could not write as it ends."""
        if self._writer is not None and self._is_ours():
            self._writer._file.close_if_lost()  # noqa: SLF001

    def _restore(self) -> None:
        if self._writer is not None:
            lost = self._writer._file.lost  # noqa: SLF001
            self._writer._file, self._writer = self._file, None  # noqa: SLF001
            if lost is not None:
                raise lost


def unwritten(error: Exception) -> str:
    """Return why a report of somebody else's was not written."""
    if isinstance(error, OSError) and error.strerror:
        name = error.filename or "a report of pytest's or of a plugin"
        return f"cannot write {name}: {error.strerror}"
    return f"a report of pytest's or of a plugin failed: {unforeseen(error)}"
