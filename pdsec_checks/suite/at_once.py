"""Judges a case in one step, in an inspection that we start ourselves and that nobody looks on at.

pytest sets a test up, calls it and takes it down: three rounds of hooks, fixtures and captured
output for each case, of which an account has thousands. They took three quarters of the time of
judging. A control of the product needs none of it, and the engine judges it without.
"""

from __future__ import annotations

import pytest

from pdsec_checks.judging import engine
from pdsec_checks.judging.controls import Judgeable
from pdsec_checks.suite.console import has_terminal
from pdsec_checks.suite.items import CASE, CONTROL, judgeable
from pdsec_checks.suite.judging import found_early, settled, show_verdict
from pdsec_checks.suite.run import Run
from pdsec_checks.suite.usage_errors import is_of_command


def is_unwatched(config: pytest.Config) -> bool:
    """Tell whether we started the run, without the plugins of others and without pytest's output.

    Only then nobody waits for the hooks and the reports that are left out.
    """
    return is_of_command(config) and not has_terminal(config)


class AtOnce:
    """Judges the product's own controls; an organisation's may need what pytest does for a test."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[str, tuple[Judgeable, str, int | None]] = {}
        """Those that were judged, by id, with file and line: worked out once for all cases."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Judge the case of a control, and report what was found."""
        case = item.stash.get(CASE, None)
        if case is None or item.stash[CONTROL].is_own:
            return None
        run, nodeid = self._run, item.nodeid
        assert run.inspection is not None
        control, path, line = self._known_of(item)
        found = found_early(run, item, case)
        if found is None:
            found = engine.findings_of(control, case, run.inspection, nodeid)
        report = pytest.TestReport(nodeid, (path, line, item.name), {}, "passed", None, "call")
        show_verdict(report, item, settled(run, item, found))
        item.config.hook.pytest_runtest_logreport(report=report)
        return True

    def _known_of(self, item: pytest.Item) -> tuple[Judgeable, str, int | None]:
        """Return the control of an item with its function, and the file and the line of that."""
        identity = item.stash[CONTROL].id
        if identity not in self._known:
            path, line, _ = item.location
            self._known[identity] = judgeable(item), path, line
        return self._known[identity]
