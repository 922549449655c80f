"""What whoever runs the tests sees of them: a line for each file that is done, and why some skip.

With ``-v`` or ``-q`` it is as pytest has it.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

SLOWEST = 5
"""Files that the end of a run names."""


class Progress:
    """Counts what is done of each file, wherever it runs."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._began = time.monotonic()
        self._left: Counter[str] = Counter()
        """Tests of each file that are not done yet."""
        self._total = 0
        self._outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self._seconds: Counter[str] = Counter()

    def _expect(self, nodeids: Iterable[str]) -> None:
        self._left = Counter(map(file_of, nodeids))
        self._total = self._left.total()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the tests of this process."""
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Count the tests of a worker; each has all of them."""
        self._expect(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Show no letter; a failure has its line at once."""
        if report.failed:
            return ("failed", "", "FAILED") if report.when == "call" else ("error", "", "ERROR")
        if report.skipped or report.when == "call":
            return report.outcome, "", ""
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of one phase of a test."""
        file = file_of(report.nodeid)
        self._seconds[file] += report.duration  # type: ignore[assignment]  # a Counter of floats
        if report.failed:
            self._reporter.write_line(f"{report.when} failed: {report.nodeid}", red=True)
        if report.failed or report.skipped or report.when == "call":
            self._outcomes[file][report.outcome] += 1
        if report.when == "teardown":
            self._left[file] -= 1
            if not self._left[file]:
                self._reporter.write_line(self._line(file))

    def _line(self, file: str) -> str:
        done = 1 - self._left.total() / self._total
        came = ", ".join(f"{count} {name}" for name, count in sorted(self._outcomes[file].items()))
        return f"{done:4.0%} {spent(time.monotonic() - self._began)}  {file}  {came}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which files took longest, and why tests were skipped."""
        longest = self._seconds.most_common(SLOWEST)
        slow = ", ".join(f"{file} {spent(seconds)}" for file, seconds in longest)
        terminalreporter.write_line(f"slowest: {slow}")
        skipped = Counter(reason_of(each) for each in terminalreporter.stats.get("skipped", []))
        if skipped:
            why = "; ".join(f"{count} because {reason}" for reason, count in skipped.most_common())
            terminalreporter.write_line(f"skipped: {why}")


def file_of(nodeid: str) -> str:
    """Return the file of a test."""
    return nodeid.partition("::")[0]


def spent(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def reason_of(report: pytest.TestReport) -> str:
    """Return why a test was skipped, without the detail in brackets at its end."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return re.sub(r" \([^()]*\)$", "", reason.removeprefix("Skipped: "))
