"""What JUnit's file says of several accounts: each account, and each of its controls, is a case.

Programs that read the file tell cases apart by class and name, and many show the name alone. So
both name the account: a fail of one account is never taken for that of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports import scope
from pdsec_checks.reports.side_by_side.document import AccountResult, ControlHead, SideBySide
from pdsec_checks.suite.judging import show_outcome

CLASS = "accounts"
"""The class of the accounts; that of an account's controls has the account's name behind it."""


class JUnit:
    """Tells the plugin that writes JUnit's file about accounts; where there is none, nobody."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @cached_property
    def _writers(self) -> list[Any]:
        """The plugin that writes the file; pytest gives it no public name."""
        registered = self._config.pluginmanager.get_plugins()
        return [each for each in registered if hasattr(each, "node_reporter")]

    def name(self, report: pytest.TestReport, account: AccountResult) -> None:
        """Name the case of an account as its entry does, whichever worker has it."""
        for xml in self._writers:
            xml.node_reporter(report).add_attribute("name", account.name)

    def complete(self, document: SideBySide, reported: Collection[str]) -> None:
        """Add each control of each account, and the accounts that are not among the *reported*.

        Must come before the file is written.
        """
        for xml in self._writers:
            xml.suite_name = scope.headed(document, xml.suite_name)
            for account in document.accounts:
                if account.name not in reported:
                    add(xml, account.name, CLASS, account_report(account))
                for control in account.controls:
                    report = control_report(account, control)
                    add(xml, f"{account.name}: {control.id} {control.title}", None, report)


def add(xml: Any, name: str, classname: str | None, report: pytest.TestReport) -> None:
    """Add a case with this *name*; without a *classname* the one that its node id gives."""
    reporter = xml.node_reporter(report)
    reporter.add_attribute("name", name)
    if classname:
        reporter.add_attribute("classname", classname)
    xml.pytest_runtest_logreport(report)
    xml.finalize(report)


def account_report(account: AccountResult) -> pytest.TestReport:
    """Return pytest's report about an account that no item reported."""
    report = a_report(f"{CLASS}::{account.name}")
    show_outcome(report, account.outcome, account.sentence)
    return report


def control_report(account: AccountResult, control: ControlHead) -> pytest.TestReport:
    """Return pytest's report about one control in one account."""
    report = a_report(f"{CLASS}/{account.name}::{control.id}")
    cell = account.cells[control.id]
    show_outcome(report, cell.outcome, cell.sentence, expected=cell.why_expected)
    report.user_properties = list(properties_of(account, control, cell.status))
    return report


def a_report(nodeid: str) -> pytest.TestReport:
    """Return pytest's report about something that passed, to be told otherwise."""
    location = (CLASS, None, nodeid)
    return pytest.TestReport(nodeid, location, {}, "passed", None, "call")


def properties_of(
    account: AccountResult, control: ControlHead, status: Status
) -> Iterator[tuple[str, str]]:
    """Yield the properties of a control's case."""
    yield "account", account.name
    yield "control", control.id
    yield "severity", account.severity(control.id).value
    yield "status", status.value
