"""Gathers what came of each account, and writes them side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from pdsec_checks import TITLE
from pdsec_checks.accounts.given import TEXT, Given
from pdsec_checks.accounts.junit import JUnit
from pdsec_checks.configuration.options import (
    CONFIG_FILE,
    INVENTORY_KIND,
    REPORT_FORMATS,
    REPORT_KINDS,
    SIDE_BY_SIDE,
)
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import InspectionError, UsageError, unforeseen
from pdsec_checks.exit_codes import ENDED_WELL, ExitCode
from pdsec_checks.output import deliver
from pdsec_checks.reports.side_by_side.document import (
    OWN_REPORTS,
    AccountResult,
    ControlHead,
    SideBySide,
)
from pdsec_checks.suite.console import has_terminal, name_file, refuse, say_uncaptured, uncaptured
from pdsec_checks.suite.report_options import problem_with, show_summary
from pdsec_checks.suite.usage_errors import COMMAND, as_typed, code_of, internal, is_of_command
from pdsec_checks.suite.workers import REFUSED

FILES = {"json": "accounts.json", "html": "accounts.html", "markdown": "accounts.md"}
"""Format → the file in the folder of reports that holds all accounts."""
NOTHING_READ = "no account could be read: no file was written, and earlier reports are kept"
ToWrite = tuple[str, str, Callable[[], str | bytes]]
"""The path of a report, what it is, and what makes its text."""
NOT_REACHED = "the run, or the worker that had it, ended before this account was inspected"


def begin(config: pytest.Config) -> None:
    """Check everything that can be checked before an account is asked, and wait for results.

    Raises:
        pytest.UsageError: An option, the file of accounts or a credential is not as it must be.
    """
    try:
        given = Given.of(config)
        if not has_other_machines(config):
            check_credentials(given)
            settings = [given.settings(account) for account in given.accounts]
            check_apart(settings)
            say_addresses(config, settings)
    except InspectionError as error:
        refuse(config, as_typed(config, str(error)))
    config.pluginmanager.register(Gatherer(config, given), "pdsec-accounts")


def check_apart(accounts: Iterable[Settings]) -> None:
    """Let no two accounts have one name, or one inventory: they would be one for other programs.

    Raises:
        UsageError: Two do, as their entries name one configuration file, or none.
    """
    seen: set[object] = set()
    for settings in accounts:
        name, file = settings.reading.account, settings.inventory.resolve()
        for key, value in (("account", name), ("inventory", file)):
            if value in seen:
                raise UsageError(
                    f"{settings.config_path or CONFIG_FILE}: {key}: two accounts go by it, and "
                    f"each needs its own; write {key} into a file of its own for each, which "
                    "config names in its entry"
                )
        seen |= {each for each in (name, file) if each}


def say_addresses(config: pytest.Config, accounts: Iterable[Settings]) -> None:
    """Say, before a credential is sent there, which addresses of a file are not PagerDuty's."""
    notices = (settings.reading.address_notice for settings in accounts)
    for notice in dict.fromkeys(filter(None, notices)):
        say_uncaptured(config, f"WARNING: {notice}\n")


def has_other_machines(config: pytest.Config) -> bool:
    """Tell whether workers run elsewhere: what they have at hand cannot be seen from here."""
    return any("popen" not in spec for spec in config.getoption("tx", None) or ())


def check_credentials(given: Given) -> None:
    """Name every credential that is missing, in one message.

    Raises:
        InspectionError: One is.
    """
    problems = [account.problem(os.environ) for account in given.accounts]
    missing = [problem for problem in problems if problem]
    if missing:
        raise InspectionError("\n".join(missing))


class Gatherer:
    """Keeps the results of the accounts on the process that reports."""

    def __init__(self, config: pytest.Config, given: Given) -> None:
        self.config = config
        self.given = given
        self._results: dict[str, AccountResult] = {}
        self._refused: str | None = None
        self._unwritten: list[str] = []
        self._foreign_failures = 0
        self._document: SideBySide | None = None
        self._junit = JUnit(config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send the file of accounts to a worker of xdist, wherever it runs."""
        node.workerinput[TEXT] = self.given.text
        node.workerinput[COMMAND] = is_of_command(self.config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Keep why a worker on another machine refused to begin."""
        self._refused = self._refused or getattr(node, "workeroutput", {}).get(REFUSED)

    @pytest.hookimpl(tryfirst=True)  # JUnit's plugin names a case when it first hears of it
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that came with a report, and say so where pytest prints nothing."""
        plain = getattr(report, "pdsec_account", None)
        if plain is None:
            self._foreign_failures += report.failed and "accounts::" not in report.nodeid
            return
        result = AccountResult.from_json(plain)
        self._junit.name(report, result)
        self._unwritten += [*result.unwritten, *self._written(self._own_reports(result))]
        self._results[result.name] = replace(result, reports={}, inventory={})  # which are large
        if not has_terminal(self.config) and not self.config.option.pd_quiet:
            done = f"{len(self._results)} of {len(self.given.accounts)}"
            say_uncaptured(self.config, f"{result.sentence} ({done})\n")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports, and set the exit code.

        An exception would leave pytest with a traceback and the exit code of a failed control.
        """
        try:
            self._finish(session)
        except Exception as error:  # noqa: BLE001 - what is left of the run is its exit code
            say_uncaptured(self.config, f"ERROR: {internal(error)}\n")
            session.exitstatus = ExitCode.INTERNAL_ERROR

    def _finish(self, session: pytest.Session) -> None:
        if self._refused:
            say_uncaptured(self.config, f"ERROR: {as_typed(self.config, self._refused)}\n")
            session.exitstatus = code_of(self._refused)
            return
        began = self._results or int(session.exitstatus) in {*ENDED_WELL, ExitCode.INTERRUPTED}
        if self.config.option.collectonly or not began:
            return
        code = int(session.exitstatus)
        self._document = SideBySide(
            list(self._columns()), self.given.formats, is_interrupted=code not in ENDED_WELL
        )
        self._junit.complete(self._document, self._results)
        was_read = bool(self._document.read)
        documents = [each for each in self._documents(self._document) if was_read or each[0] == "-"]
        self._unwritten += self._written(documents)
        if not was_read:
            say_uncaptured(self.config, f"ERROR: {NOTHING_READ}\n")
        for problem in self._unwritten:
            say_uncaptured(self.config, f"ERROR: {problem}\n")
        if not has_terminal(self.config) and not self.config.option.pd_quiet:
            show_summary(self.config, self._summary())
        session.exitstatus = ExitCode.USAGE_ERROR if self._unwritten else self._exit_code(code)

    def _columns(self) -> Iterator[AccountResult]:
        """Yield each account's result; one that was never reached is an error, not a gap."""
        known = (each.controls for each in self._results.values())
        heads = next(known, None) or shipped_heads()
        for account in self.given.accounts:
            unknown = AccountResult.unread(account.name, ExitCode.NOT_JUDGED, NOT_REACHED, heads)
            yield self._results.get(account.name, unknown)

    def _exit_code(self, code: int) -> int:
        assert self._document is not None
        if code not in ENDED_WELL:
            return code
        if self._foreign_failures:
            return ExitCode.FAILED
        return combined(each.code for each in self._document.accounts)

    def _written(self, reports: Iterable[ToWrite]) -> Iterator[str]:
        """Write each report to its path, and name it; yield why some could not be written."""
        untrusted = self.given.folder if self.config.option.pd_isolated else None
        for path, what, text in reports:
            try:
                with uncaptured(self.config):
                    deliver(path, text(), mode=self.given.report_mode, untrusted=untrusted)
            except BrokenPipeError:  # whoever reads, such as ``head``, has enough
                continue
            except Exception as error:  # noqa: BLE001 - it costs this report alone
                yield problem_with(path, error)
            else:
                name_file(self.config, what, path)

    def _documents(self, document: SideBySide) -> Iterator[ToWrite]:
        """Yield each document that holds all accounts."""
        for name in SIDE_BY_SIDE:
            asked = getattr(self.config.option, f"pd_report_{name}")
            paths = [asked] if asked else []
            if self.given.output:
                paths.append(str(self.given.output / FILES[name]))
            text = cache(partial(rendered, name, document))
            what = f"{REPORT_KINDS[name]} of all accounts"
            yield from ((path, what, text) for path in paths)

    def _own_reports(self, account: AccountResult) -> Iterator[ToWrite]:
        """Yield each report about one account."""
        for path, text in account.inventory.items():
            yield path, f"{INVENTORY_KIND} of {account.name}", partial(str, text)
        if self.given.output:
            folder = self.given.output / OWN_REPORTS / account.name
            for name, made in account.reports.items():
                what = f"{REPORT_KINDS[name]} of {account.name}"
                yield str(folder / REPORT_FORMATS[name]), what, partial(as_made, made)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table below pytest's own output."""
        if self._document is not None and not self.config.option.pd_quiet:
            terminalreporter.section(TITLE)
            terminalreporter.write(self._summary())

    def _summary(self) -> str:
        from pdsec_checks.reports.side_by_side import terminal

        assert self._document is not None
        try:
            return terminal.render(self._document)
        except Exception as error:  # noqa: BLE001 - the reports are written all the same
            return f"ERROR: the summary failed: {unforeseen(error)}\n"


def shipped_heads() -> list[ControlHead]:
    """Return the rows of a run that ended before any account said which controls it selected."""
    from pdsec_checks.judging.controls import shipped_controls

    return [ControlHead(each.id, each.title, each.severity.value) for each in shipped_controls()]


def as_made(report: str | bytes) -> str | bytes:
    """Return a report that was made where its account was judged."""
    return report


def rendered(name: str, accounts: SideBySide) -> str:
    """Return all accounts side by side in one format."""
    if name == "html":
        from pdsec_checks.reports.side_by_side import html  # Jinja2 takes its time

        return html.render(accounts)
    from pdsec_checks.reports.side_by_side import document, markdown

    return markdown.render(accounts) if name == "markdown" else document.render(accounts)


def combined(codes: Iterable[int]) -> int:
    """Return the exit code of several inspections.

    1 when anything failed; otherwise what all agree on, and 6 where they do not; 4 when no
    account could be read.
    """
    found = set(codes)
    if ExitCode.FAILED in found:
        return ExitCode.FAILED
    if len(found) == 1:
        return found.pop()
    was_read = found & {ExitCode.PASSED, ExitCode.NOT_JUDGED}
    return ExitCode.NOT_JUDGED if was_read else ExitCode.USAGE_ERROR
