"""Collection: placeholders first, cases once the account was read."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.inspection import RESOURCES, SHARED
from pdsec_checks.judging.cases import Case
from pdsec_checks.model import Control, Severity
from pdsec_checks.pagerduty import plan
from pdsec_checks.pagerduty.access import credential
from pdsec_checks.pagerduty.reading import wanted_by
from pdsec_checks.suite.items import (
    CASE,
    CONTROL,
    PLACEHOLDER,
    case_id,
    case_of,
    control_of,
    function_of,
)
from pdsec_checks.suite.usage_errors import PROBLEM, usage_errors
from pdsec_checks.suite.workers import leave_expected, shared_folder

if TYPE_CHECKING:
    from pdsec_checks.suite.run import Run


class Expander:
    """Turns placeholders into cases, after pytest's own selection."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.has_planned = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Read the account for the controls that are left, and expand them."""
        ours = [item for item in items if control_of(item)]
        if ours and not config.option.collectonly and self.run.inspection is None:
            with usage_errors(config, items):
                if self.run.settings.plan:
                    self._plan(config, ours)
                    items.clear()
                else:
                    self._expand(session, config, items, ours)

    def _plan(self, config: pytest.Config, ours: list[pytest.Item]) -> None:
        controls = [self.run.controls[each] for each in {control_of(item) for item in ours}]
        show_plan(config, self.run.settings, controls)
        self.has_planned = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End well after a plan, although nothing was judged."""
        if self.has_planned:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is left after everybody's selection, ``--lf`` included."""
        for item in session.items:
            if CASE in item.stash:
                self.run.expected[item.stash[CONTROL].id] += len(item.stash[CASE].resources)
        leave_expected(session.config, self.run.expected)

    def _expand(
        self,
        session: pytest.Session,
        config: pytest.Config,
        items: list[pytest.Item],
        ours: list[pytest.Item],
    ) -> None:
        run = self.run
        for item in ours:
            run.wanted.setdefault(function_of(item), set()).add(case_id(item))
        run.read(control_of(item) for item in ours)
        fresh = [item for item in self._collect_again(session, ours) if self._is_wanted(item)]
        if PROBLEM in config.stash:
            return
        if run.settings.resources and not run.found_resource:
            patterns = ", ".join(run.settings.resources)
            raise UsageError(f"--pd-resource: no resource of the selected controls is {patterns}")
        dropped = [item for item in fresh if is_deselected(config, item)]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        gone = set(dropped)
        kept = [item for item in fresh if item not in gone]
        items[:] = [item for item in items if not control_of(item)] + kept
        origin = run.origin()
        for item in kept:
            run.label(item)
            item.stash[CASE] = case = case_of(item)
            add_resource_properties(item, case)
            item.user_properties += origin

    def _collect_again(
        self, session: pytest.Session, ours: list[pytest.Item]
    ) -> Iterator[pytest.Item]:
        for parent in dict.fromkeys(item.parent for item in ours):
            assert isinstance(parent, pytest.Collector)
            for node in parent.collect():
                yield from session.genitems(node)

    def _is_wanted(self, item: pytest.Item) -> bool:
        return function_of(item) in self.run.wanted and case_id(item) != PLACEHOLDER


def mark_severity(item: pytest.Item, severity: Severity) -> None:
    """Replace the severity marker of an item, so that ``-m`` goes by the one in force."""
    item.own_markers[:] = [mark for mark in item.own_markers if mark.name not in list(Severity)]
    item.add_marker(severity.value)


def is_deselected(config: pytest.Config, item: pytest.Item) -> bool:
    """Tell whether ``--deselect`` names an item that did not exist when pytest applied it."""
    prefixes = tuple(config.option.deselect or ())
    return bool(prefixes) and item.nodeid.startswith(prefixes)


def add_resource_properties(item: pytest.Item, case: Case) -> None:
    """Say in JUnit's properties which resource a case judges."""
    if not case.is_group:
        ref = case.resources[0].ref
        found = [("resource.type", ref.type), ("resource.id", ref.id), ("resource.url", ref.url)]
        item.user_properties += [(name, value) for name, value in found if value]
    item.user_properties.append(("remediation", item.stash[CONTROL].remediation))


def names_in(expression: str) -> Iterator[tuple[str, str | None]]:
    """Yield the markers of a ``-m`` expression, each with the id that it is asked for.

    An expression that does not parse yields nothing: pytest explains that better.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        return
    called = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func)
            wanted = [word.value.value for word in node.keywords
                      if word.arg == "id" and isinstance(word.value, ast.Constant)]  # fmt: skip
            yield node.func.id, str(wanted[0]) if wanted else None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node not in called:
            yield node.id, None


def control_fixtures(run: Run) -> ModuleType:
    """Return the pytest fixtures of the declared arguments, as a plugin of their own.

    They are registered with the first control, so that no other project's ``user`` or
    ``service`` fixture meets ours.
    """

    def shared_fixture(name: str) -> Any:
        @pytest.fixture(scope="session", name=name)
        def provide() -> Any:
            assert run.inspection is not None
            return run.inspection.provide(name)

        return provide

    def resource_fixture(name: str) -> Any:
        @pytest.fixture(name=name)
        def provide(request: pytest.FixtureRequest) -> Any:
            case: Case = request.param
            if case.outcome is not None and not isinstance(case.outcome, AssertionError):
                raise case.outcome
            return case.resources[0]

        return provide

    @pytest.fixture
    def evidence() -> dict[str, Any]:
        return {}

    made = {name: shared_fixture(name) for name in SHARED}
    made |= {name: resource_fixture(name) for name in RESOURCES}
    plugin = ModuleType("pdsec_checks.control_fixtures")  # pytest looks fixtures up in modules
    vars(plugin).update(made, evidence=evidence)
    return plugin


def show_plan(config: pytest.Config, settings: Settings, controls: Collection[Control]) -> None:
    """Print what a run over *controls* would ask of PagerDuty; ask nothing.

    Raises:
        UsageError: There is nothing to plan, or workers would each print the plan.
    """
    if settings.replay:
        raise UsageError("--pd-plan and --pd-replay: a replay makes no request; leave one out")
    if shared_folder(config) is not None:
        raise UsageError("--pd-plan: a plan needs no workers; leave -n out")
    names = wanted_by(settings, controls)
    text = plan.render(names, len(controls), settings.concurrency, credential.path_asked(settings))
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(text)
        sys.stdout.flush()
