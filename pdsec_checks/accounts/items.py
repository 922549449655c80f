"""Collection for several accounts: the selected controls become one item for each account."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.accounts.given import Given
from pdsec_checks.accounts.inspecting import Outer, inspect, target
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.model import Status
from pdsec_checks.reports.side_by_side.document import AccountResult, ControlHead
from pdsec_checks.suite.items import CONTROL, control_of
from pdsec_checks.suite.usage_errors import as_typed, usage_errors

if TYPE_CHECKING:
    from pdsec_checks.suite.run import Run

NEW_OBJECTS = 10_000
"""How many make the garbage collector look at them; Python's own figure is 700 to 2,000."""
AT_THE_START = 0.75
"""The share of the accounts that workers get at the start."""
AHEAD = 4
"""Accounts that may be read but not yet judged, for each that is read at once: bounds memory."""


@dataclass
class Plan:
    """What all items of this process share."""

    readers: Readers
    outer: Outer
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

    def runtest(self) -> None:
        """Inspect the account."""
        self.result = inspect(self.job, self.plan.readers, self.plan.outer)

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

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Let the garbage collector look less often, and at new objects only.

        What was read of an account lives until the account was judged. The collector would walk
        through all of it again and again, and find nothing to free.
        """
        kept = gc.get_threshold()
        if kept[0] == 0:  # somebody switched it off
            return (yield)
        gc.freeze()
        gc.set_threshold(max(NEW_OBJECTS, kept[0]), *kept[1:])
        try:
            return (yield)
        finally:
            gc.set_threshold(*kept)
            gc.unfreeze()

    def _accounts(self, session: pytest.Session, ours: list[pytest.Item]) -> Iterator[AccountItem]:
        config = session.config
        given = Given.of(config)
        workers = workers_of(config)
        at_once = max(1, given.at_once // workers)
        jobs = [self._job(given, number, ours) for number in range(len(given.accounts))]
        outer = Outer(
            targets=[target(item) for item in ours],
            heads=heads(ours),
            formats=given.formats,
            plugin=config.pluginmanager.get_plugin("pdsec_checks.plugin"),
            reads_conftest=not config.option.noconftest,
            typed=partial(as_typed, config),
        )
        plan = Plan(Readers.of(jobs, at_once), outer, at_once)
        for job, number in zip(jobs, grouped(len(jobs), workers), strict=True):
            group = f"accounts-{number}"
            suffix = f"@{group}" if is_grouped(config) else ""
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
        catalogue = self.run.catalogue if same_sources(settings, self.run.settings) else None
        own = type(self.run)(self.run.config, settings, self.run.catalogue)
        selected = [item for item in ours if own.is_selected(item)]
        controls = {item.stash[CONTROL].id: item.stash[CONTROL] for item in selected}
        return Job(account.name, settings, tuple(controls.values()), problem, catalogue)

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


def same_sources(first: Settings, second: Settings) -> bool:
    """Tell whether two accounts have the same frameworks and the same controls."""
    return (first.framework_files, first.controls_path) == (
        second.framework_files,
        second.controls_path,
    )


def is_grouped(config: pytest.Config) -> bool:
    """Tell whether xdist hands out whole groups."""
    return bool(getattr(config.option, "loadgroup", False))


def workers_of(config: pytest.Config) -> int:
    """Return how many processes of xdist share the accounts; 1 where there is only this one."""
    return int(getattr(config, "workerinput", {}).get("workercount", 1))


def grouped(count: int, workers: int) -> Iterator[int]:
    """Yield the group of each of *count* accounts: what a worker gets in one go.

    A worker reads ahead only what it has got. So about three quarters are dealt out at the start,
    and the rest in a second round, to whichever worker is done first.
    """
    first = min(count, workers * max(1, int(count * AT_THE_START / workers)))
    left = count - first
    later = ceil(left / max(1, left // workers))
    yield from (number % workers for number in range(first))
    yield from (workers + number % later for number in range(left))


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
    items, at_once = item.plan.items, item.plan.at_once
    after = items[items.index(item) :]
    if hasattr(item.config, "workerinput"):
        following = nextitem if isinstance(nextitem, AccountItem) else item
        if not is_grouped(item.config):  # no other account is sure to come here
            return list(dict.fromkeys([item, following]))
        after = [each for each in after if each.group == item.group]
        if following.group != item.group:
            after += [each for each in items if each.group == following.group]
    return after[: AHEAD * at_once]


def shape(report: pytest.TestReport, result: AccountResult) -> None:
    """Make pytest's report say what was found; an account without verdict is an error."""
    status = result.status
    vars(report).update(pdsec_account=result.to_json(), pdsec_status=status.value)
    if status is Status.FAIL:
        report.outcome, report.longrepr = "failed", result.sentence
    elif status is Status.ERROR:
        report.outcome, report.longrepr, report.when = "failed", result.sentence, "setup"
