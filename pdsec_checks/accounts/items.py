"""Collection for several accounts: the selected controls become one item for each account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.accounts.given import Given
from pdsec_checks.accounts.nested import inspect
from pdsec_checks.judge import CONTROL
from pdsec_checks.marking import control_of
from pdsec_checks.model import Status
from pdsec_checks.refusal import as_typed, usage_errors
from pdsec_checks.reports.side_by_side import AccountResult, ControlHead

if TYPE_CHECKING:
    from pdsec_checks.run import Run

AHEAD = 4
"""Accounts that may be read but not yet judged, for each that is read at once: bounds memory."""


@dataclass
class Plan:
    """What all items of this process share."""

    readers: Readers
    targets: list[str]
    """The node ids of the selected controls."""
    heads: list[ControlHead]
    formats: tuple[str, ...]
    at_once: int
    items: list[AccountItem] = field(default_factory=list)


class AccountItem(pytest.Item):
    """Stands for one account; running it inspects the account."""

    def __init__(self, *, job: Job, plan: Plan, group: str, **fixed: Any) -> None:
        super().__init__(**fixed)
        self.job = job
        self.plan = plan
        self.group = group
        self.result: AccountResult | None = None
        self.add_marker(pytest.mark.xdist_group(group))

    def runtest(self) -> None:
        """Inspect the account."""
        plan = self.plan
        typed = partial(as_typed, self.config)
        self.result = inspect(self.job, plan.readers, plan.targets, plan.heads, plan.formats, typed)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Say where the item comes from: a file of accounts has no lines that matter."""
        return str(self.path), None, f"account {self.job.name}"


class AccountExpander:
    """Turns the placeholders of controls into accounts, after pytest's own selection."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Replace the controls that are left by one item for each account."""
        ours = [item for item in items if control_of(item)]
        if ours:
            with usage_errors(config, items):
                others = [item for item in items if not control_of(item)]
                items[:] = [*others, *self._accounts(session, ours)]

    def _accounts(self, session: pytest.Session, ours: list[pytest.Item]) -> Iterator[AccountItem]:
        config = session.config
        given = Given.of(config)
        at_once = share_of(given.at_once, config)
        jobs = [self._job(given, number, ours) for number in range(len(given.accounts))]
        plan = Plan(
            readers=Readers.of(jobs, at_once),
            targets=[target(item) for item in ours],
            heads=heads(ours),
            formats=given.formats,
            at_once=at_once,
        )
        for number, job in enumerate(jobs):
            group = job.name if at_once == 1 else f"accounts-{number // at_once}"
            suffix = f"@{group}" if getattr(config.option, "loadgroup", False) else ""
            item = AccountItem.from_parent(
                session,
                name=job.name,
                nodeid=f"accounts::{job.name}{suffix}",  # as xdist names the members of a group
                job=job,
                plan=plan,
                group=group,
            )
            plan.items.append(item)
            yield item

    def _job(self, given: Given, number: int, ours: list[pytest.Item]) -> Job:
        """Return the job of one account: what its own settings select, decides what is read."""
        account = given.accounts[number]
        problem = account.problem(os.environ)
        settings = given.settings(account) if problem is None else self.run.settings
        own = type(self.run)(self.run.config, settings, self.run.catalogue)
        selected = [item for item in ours if own.is_selected(item)]
        controls = {item.stash[CONTROL].id: item.stash[CONTROL] for item in selected}
        return Job(account.name, settings, tuple(controls.values()), problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Begin to read this account and those that come after it here."""
        if isinstance(item, AccountItem):
            for each in coming(item, nextitem):
                each.plan.readers.start(each.job)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Give pytest's report what was found, to travel with."""
        report: pytest.TestReport = yield  # type: ignore[assignment]  # pluggy sends it in
        if isinstance(item, AccountItem) and call.when == "call" and item.result is not None:
            shape(report, item.result)
        return report  # type: ignore[return-value]  # what a wrapper hands on


def share_of(at_once: int, config: pytest.Config) -> int:
    """Return how many accounts this process reads at the same time."""
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    return max(1, at_once // workers)


def target(item: Any) -> str:
    """Return the node id by which the inner run finds a control, or one case of it."""
    case = item.callspec.id
    return f"{item.path}::{item.originalname}" + ("" if case == "*" else f"[{case}]")


def heads(items: list[pytest.Item]) -> list[ControlHead]:
    """Return what a table says of the selected controls, by id."""
    controls = {item.stash[CONTROL].id: item.stash[CONTROL] for item in items}
    return [
        ControlHead(each.id, each.title, each.severity.value)
        for each in sorted(controls.values(), key=lambda control: control.id)
    ]


def coming(item: AccountItem, nextitem: pytest.Item | None) -> list[AccountItem]:
    """Return this item and those that this process runs after it, as far as that is known.

    A worker of xdist gets a whole group, and knows the next item.
    """
    items = item.plan.items
    if hasattr(item.config, "workerinput"):
        groups = {each.group for each in (item, nextitem) if isinstance(each, AccountItem)}
        return [each for each in items if each.group in groups]
    here = items.index(item)
    return items[here : here + AHEAD * item.plan.at_once]


def shape(report: pytest.TestReport, result: AccountResult) -> None:
    """Make pytest's report say what was found; an account without verdict is an error."""
    status = result.status
    vars(report).update(pdsec_account=result.to_json(), pdsec_status=status.value)
    if status is Status.FAIL:
        report.outcome, report.longrepr = "failed", result.sentence
    elif status is Status.ERROR:
        report.outcome, report.longrepr, report.when = "failed", result.sentence, "setup"
