"""One account's inspection: a pytest run of its own, inside the item that stands for the account.

It is the run that ``pagerduty-sec-inspector`` makes for one account, with the same controls,
judged in this process: the account was read ahead by a thread, and judging is quick.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pdsec_checks
from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Control, Status
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports import render
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.side_by_side.document import (
    NOTHING_READ,
    AccountResult,
    ControlHead,
)
from pdsec_checks.suite.items import PLACEHOLDER, case_id, control_of, function_of
from pdsec_checks.suite.narrator import Narrator
from pdsec_checks.suite.own_controls import framework_marker
from pdsec_checks.suite.reporter import NOT_JUDGED, REPORTER
from pdsec_checks.suite.run import CATALOGUE, SETTINGS
from pdsec_checks.suite.unused_parts import without
from pdsec_checks.suite.usage_errors import PROBLEM, usage_errors
from pdsec_checks.suite.workers import PREPARED

if TYPE_CHECKING:
    from pdsec_checks.reports.report import Report

PACKAGE = Path(pdsec_checks.__file__).parent
INTERRUPTED = 2
INTERNAL_ERROR = 3
REASONS = {
    INTERNAL_ERROR: "an internal error ended the inspection; inspect this account alone to see it",
    4: "the inspection could not begin",
    5: "the account's own settings select no control",
}
"""Exit code → what it means where nothing else says more."""


@dataclass(frozen=True)
class Outer:
    """What the run over all accounts hands to the inspection of each."""

    targets: Collection[str]
    """The node ids of the selected controls."""
    heads: Sequence[ControlHead]
    """What the column of an account that cannot be read still names."""
    formats: Sequence[str]
    """Those of each account's own reports."""
    plugin: object
    """Our own: by its name, pytest would look for it in every installed package."""
    reads_conftest: bool
    """Whether pytest reads the ``conftest.py`` beside an organisation's own controls."""
    typed: Callable[[str], str]
    """Returns a message with the flags as the user typed them."""


class Keeper:
    """Hands the inner run its settings and its snapshot, and keeps what came of it."""

    def __init__(self, job: Job, readers: Readers, targets: Collection[str]) -> None:
        self._job = job
        self._readers = readers
        self._targets = frozenset(targets)
        self.report: Report | None = None
        self.problem: str | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Settle what is known already; no secret goes through an option or the environment."""
        config.stash[SETTINGS] = self._job.settings
        if self._job.catalogue is not None:
            config.stash[CATALOGUE] = self._job.catalogue
        config.stash[PREPARED] = self._prepared
        for path in self._job.settings.framework_files:  # the account's own ones
            config.addinivalue_line("markers", framework_marker(path))

    def _prepared(self, _: Settings, __: Narrator, controls: Sequence[Control]) -> Snapshot:
        return self._readers.snapshot(self._job, controls)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep what the outer run selected; the files hold other tests too.

        A control that is not found again would be missing in silence, so it ends the inspection.
        """
        with usage_errors(config, items):
            found = {target(item): item for item in items if control_of(item)}
            if lost := sorted(self._targets - found.keys()):
                raise UsageError(f"not found again for this account: {', '.join(lost)}")
            items[:] = [item for name, item in found.items() if name in self._targets]

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Keep the report, or why there is none."""
        reporter = config.stash.get(REPORTER, None)  # none where Ctrl-C came first
        self.report = reporter.report if reporter else None
        self.problem = config.stash.get(PROBLEM, None)


def inspect(job: Job, readers: Readers, outer: Outer) -> AccountResult:
    """Inspect one account and return what reports say about it.

    Raises:
        KeyboardInterrupt: The user, or SIGTERM, ended the run.
    """
    if job.problem is not None:
        return AccountResult.unread(job.name, NOTHING_READ, job.problem, outer.heads)
    keeper = Keeper(job, readers, outer.targets)
    asked = [*arguments(outer), *places(outer.targets)]
    with without_added_options():
        code = int(pytest.main(asked, plugins=[outer.plugin, keeper]))
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    report = keeper.report
    if report is None:
        problem = keeper.problem or REASONS.get(code, REASONS[INTERNAL_ERROR])
        return AccountResult.unread(job.name, code, outer.typed(problem), outer.heads)
    inspection = to_plain(report)
    texts = own_reports(report, inspection, outer.formats, job.settings.sarif_location)
    return AccountResult.of(
        name=job.name,
        code=code,
        problem=report.run.refusal or unsaid(code, report, job.settings),
        inspection=inspection,
        reports=texts,
    )


def unsaid(code: int, report: Report, settings: Settings) -> str | None:
    """Return why an inspection does not end well, where no finding says it."""
    if code in REASONS:
        return REASONS[code]
    counts = report.counts
    said = counts[Status.ERROR] or (settings.strict and counts[Status.MANUAL])
    if code == NOT_JUDGED and not said:
        return f"the recording is older than evidence_max_age = {settings.evidence_max_age} allows"
    return None


def own_reports(
    report: Report, inspection: dict[str, Any], formats: Sequence[str], location: str | None
) -> dict[str, str]:
    """Return the texts of an account's own reports by format; *inspection* is the JSON one."""
    return {
        name: dump(inspection)
        if name == "json"
        else render(name, report, location=location or "README.md")
        for name in formats
    }


def arguments(outer: Outer) -> Iterator[str]:
    """Yield pytest's arguments for the inner run; nobody else's plugin plays a part in it."""
    yield from ("--rootdir", str(PACKAGE), "-c", str(PACKAGE / "controls.toml"))
    yield "--disable-plugin-autoload"
    yield f"--confcutdir={PACKAGE / 'controls'}"  # nor does pytest look at folders above it
    yield from ("--capture=no", "--pd-quiet")
    yield from without("terminal", "faulthandler")  # those are the outer run's
    if not outer.reads_conftest:
        yield "--noconftest"


def target(item: Any) -> str:
    """Return the node id by which the inner run finds a control, or one case of it."""
    path, name = function_of(item)
    case = case_id(item)
    return f"{path}::{name}" + ("" if case == PLACEHOLDER else f"[{case}]")


def places(targets: Collection[str]) -> Iterable[str]:
    """Return what pytest has to collect: whole files, for it finds each place anew.

    Single cases have to be named, because the inner run asks for them by name.
    """
    if any(each.endswith("]") for each in targets):
        return targets
    return dict.fromkeys(each.rpartition("::")[0] for each in targets)


@contextmanager
def without_added_options() -> Iterator[None]:
    """Keep what the user adds to pytest's command line to the outer run."""
    kept = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ["PYTEST_ADDOPTS"] = kept
