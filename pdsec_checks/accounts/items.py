"""Collection for several accounts: the selected controls become one item for each account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import pytest

import pdsec_checks
from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.accounts.entries import ListedAccount
from pdsec_checks.accounts.given import Given
from pdsec_checks.accounts.inspecting import inspect
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.configuration.needs import check_roster
from pdsec_checks.errors import InspectionError, UsageError, without_locals
from pdsec_checks.garbage import rarely_searched
from pdsec_checks.judging.controls import Judgeable, with_severity
from pdsec_checks.judging.selection import check_names, is_selected
from pdsec_checks.reports.same_account import EarlierReports
from pdsec_checks.reports.scope import LEFT_OUT
from pdsec_checks.reports.side_by_side.document import AccountResult, ControlHead
from pdsec_checks.reports.text import line
from pdsec_checks.suite.items import PLACEHOLDER, case_id, control_of, judgeable
from pdsec_checks.suite.judging import show_outcome
from pdsec_checks.suite.marker_expressions import with_marked_frameworks
from pdsec_checks.suite.run import Run
from pdsec_checks.suite.usage_errors import as_typed, usage_errors

PACKAGE = Path(pdsec_checks.__file__).parent
NEW_OBJECTS = 10_000
"""How many make the garbage collector look at them."""
AT_THE_START = 0.75
"""The share of the accounts that workers get at the start."""
AHEAD = 4
"""Accounts that may be read but not yet judged, for each that is read at once: bounds memory."""
ONLY_PYTEST = ("skip", "skipif", "xfail", "usefixtures")
"""Markers that mean something to pytest alone."""


@dataclass
class Plan:
    """What all items of this process share."""

    readers: Readers
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
        self.result = inspect(self.job, self.plan.readers, partial(as_typed, self.config))
        self.user_properties += properties_of(self.result)

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
                items[:] = [*others, *self._accounts(session, judgeables(ours))]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Let the garbage collector look less often, and at new objects only.

        What was read of an account lives until the account was judged. The collector would walk
        through all of it again and again, and find nothing to free.
        """
        with rarely_searched(NEW_OBJECTS):
            return (yield)

    def _accounts(
        self, session: pytest.Session, controls: Sequence[Judgeable]
    ) -> Iterator[AccountItem]:
        given = Given.of(session.config)
        workers = workers_of(session.config)
        at_once = max(1, given.at_once // workers)
        jobs = [self._job(given, account, controls) for account in given.accounts]
        if selected := {each.control.id for job in jobs for each in job.controls}:
            check_roster(given.flags, selected)
        plan = Plan(Readers.of(jobs, at_once), at_once)
        for job, number in zip(jobs, grouped(len(jobs), workers), strict=True):
            group = f"accounts-{number}"
            suffix = f"@{group}" if is_grouped(session.config) else ""
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

    def _job(self, given: Given, account: ListedAccount, controls: Sequence[Judgeable]) -> Job:
        """Return the job of one account: its own settings select among the *controls*."""
        with without_locals():  # of the environment, with all keys
            job = self._begun(given, account, controls)
        if job.problem is not None:
            return job
        try:
            return self._ready(job, controls)
        except InspectionError as error:
            return replace(job, problem=str(error))

    def _begun(self, given: Given, account: ListedAccount, controls: Sequence[Judgeable]) -> Job:
        """Return a job with the settings of its account, or with what is wrong with these here."""
        job = Job(
            account.name,
            self.run.settings,
            self.run.catalogue,
            problem=account.problem(os.environ),
            heads=heads(controls),
            formats=given.formats,
            written=self.run.written,
        )
        if job.problem is not None:
            return job
        return replace(job, settings=given.settings(account))

    def _ready(self, job: Job, controls: Sequence[Judgeable]) -> Job:
        """Return a job with all that its own settings name.

        Raises:
            UsageError: They name what does not exist.
        """
        settings, catalogue = job.settings, job.catalogue
        if settings.framework_files != self.run.settings.framework_files:
            catalogue = load_catalogue(settings.framework_files, self.run.known)
        expression = self.run.config.option.markexpr
        settings = with_marked_frameworks(settings, expression, catalogue.frameworks)
        check_names(settings, {*self.run.known, *self.run.controls}, catalogue)
        own = [with_severity(each, settings) for each in controls]
        chosen = [each for each in own if is_selected(each.control, settings, catalogue)]
        return replace(
            job,
            settings=settings,
            catalogue=catalogue,
            controls=tuple(chosen),
            heads=heads(chosen),
            before=EarlierReports.read(settings.decided),
        )

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
            show_account(report, item.result)
        return report  # type: ignore[return-value]  # what a wrapper hands on


def judgeables(items: Sequence[pytest.Item]) -> list[Judgeable]:
    """Return the controls of *items* by id, each with the cases that were asked for.

    Raises:
        UsageError: One of them needs pytest, which judges no account among many.
    """
    found: dict[str, Judgeable] = {}
    asked: dict[str, set[str]] = {}
    for item in items:
        control = judgeable(item)
        check_without_pytest(item, control)
        found[control.control.id] = replace(control, nodeid=nodeid_of(item))
        asked.setdefault(control.control.id, set()).add(case_id(item))
    return [
        replace(
            found[each],
            wanted=frozenset() if PLACEHOLDER in asked[each] else frozenset(asked[each]),
        )
        for each in sorted(found)
    ]


def check_without_pytest(item: pytest.Item, control: Judgeable) -> None:
    """Refuse a control that only pytest can judge: several accounts are judged without it.

    Raises:
        UsageError: It asks for a fixture of pytest's, or has a marker that pytest acts on.
    """
    place = f"--pd-accounts: {item.path}: control {control.control.id}"
    if control.undeclared:
        raise UsageError(
            f"{place} asks for {', '.join(control.undeclared)}, and several accounts are judged "
            "without pytest's fixtures; use the arguments of pdsec_checks/fixtures.py alone, or "
            "leave the control out"
        )
    marked = [marker.name for marker in item.iter_markers() if marker.name in ONLY_PYTEST]
    if marked:
        raise UsageError(
            f"{place} has the marker {marked[0]}, and several accounts are judged without pytest; "
            "remove the marker, or leave the control out"
        )


def nodeid_of(item: pytest.Item) -> str:
    """Return the node id that the command's own run gives to a control, without a case."""
    path = os.path.relpath(item.path, PACKAGE).replace(os.sep, "/")
    return "::".join([path, *item.nodeid.split("::")[1:]]).partition("[")[0]


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


def heads(controls: Sequence[Judgeable]) -> list[ControlHead]:
    """Return what a table says of the selected controls, by id."""
    found = sorted((each.control for each in controls), key=lambda control: control.id)
    return [ControlHead(each.id, each.title, each.severity.value) for each in found]


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


def properties_of(result: AccountResult) -> Iterator[tuple[str, str]]:
    """Yield what JUnit's file says of an account beside its verdict, a property each."""
    if result.is_partial:
        yield "scope", f"{LEFT_OUT} {line(result.left_out)}"
    yield from (("scope", text) for text in result.departures)
    yield from (("score", text) for text in result.score)


def show_account(report: pytest.TestReport, result: AccountResult) -> None:
    """Make pytest's report say what was found: only what holds in every control passes."""
    vars(report).update(pdsec_account=result.to_json(), pdsec_status=result.status.value)
    show_outcome(report, result.outcome, result.sentence, expected=result.why_expected)
