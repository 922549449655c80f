"""Collection: each control is collected twice, as a placeholder and as its cases.

The placeholder needs no account, so pytest itself applies ``-m``, ``-k``, paths and node ids to
it. What is left decides what is read of the account; then the same files are collected again,
and each control gets one case for each resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from pdsec_checks.catalogue.controls import SHIPPED, check_own_id
from pdsec_checks.configuration.needs import check_roster
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.inspection import RESOURCES, SHARED, Inspection
from pdsec_checks.judging.cases import Case, cases, check_found, only
from pdsec_checks.judging.controls import EVIDENCE, describe, resource_argument
from pdsec_checks.judging.selection import check_names, check_requirement, is_selected
from pdsec_checks.model import EXTENDED, Control, Severity, moment_text
from pdsec_checks.output import write_stdout
from pdsec_checks.pagerduty import plan
from pdsec_checks.pagerduty.snapshot import RECORDING, Snapshot
from pdsec_checks.pagerduty.take_snapshot import ReadingStopped
from pdsec_checks.suite.console import uncaptured
from pdsec_checks.suite.items import (
    CASE,
    CONTROL,
    PLACEHOLDER,
    REMEDIATION,
    Labels,
    case_id,
    case_of,
    control_of,
    function_of,
    judgeable,
    nodeid_of_function,
)
from pdsec_checks.suite.marker_expressions import names_in
from pdsec_checks.suite.narrator import Narrator
from pdsec_checks.suite.run import Run
from pdsec_checks.suite.usage_errors import PROBLEM, usage_errors
from pdsec_checks.suite.workers import leave_expected, obtain_snapshot, shared_folder

if TYPE_CHECKING:
    from pdsec_checks.judging.early import EarlyJudge

WORD = re.compile(r"[\w-]+")
"""A word of a ``-k`` expression."""


def parametrize(run: Run, metafunc: pytest.Metafunc, control_id: str) -> None:
    """Give a control its placeholder, or its cases once the account was read.

    Raises:
        UsageError: It is no control, or has no resource with an id that was asked for.
    """
    add_control(run, control_id, metafunc.definition, metafunc.function)
    argument = resource_argument(control_id, metafunc.fixturenames)
    if run.inspection is None:
        ids = ids_asked_for(run.config.args, metafunc.definition.originalname) or [PLACEHOLDER]
        metafunc.parametrize(argument, [None] * len(ids), ids=ids)
        return
    wanted = run.wanted.get(function_of(metafunc.definition))
    if wanted is None:  # a deselected neighbour in the same file
        metafunc.parametrize(argument, [None], ids=[PLACEHOLDER])
        return
    found = run.early.cases(control_id) if run.early else None
    if found is None:
        found = cases(
            argument,
            metafunc.fixturenames,
            run.inspection,
            run.settings.selection.resources,
            run.settings.selection.granularity,
        )
    run.found_resource |= any(case.outcome is None for case in found)
    if not found and PLACEHOLDER in wanted:
        run.unchosen.add(control_id)
        metafunc.parametrize(argument, [None], ids=[PLACEHOLDER])
        return
    chosen = found if PLACEHOLDER in wanted else only(found, wanted, control_id)
    metafunc.parametrize(argument, chosen, ids=[case.id for case in chosen], indirect=True)


def add_control(run: Run, control_id: str, definition: Any, function: Callable[..., Any]) -> None:
    """Add a control to those of the run, with the severity in force.

    Raises:
        UsageError: It is not described as a control must be, or shares its id with another one.
    """
    if not definition.path.resolve().is_relative_to(SHIPPED.resolve()):
        check_own_id(control_id, definition.path)
    if control_id not in run.controls:
        severities = [each for each in Severity if definition.get_closest_marker(each)]
        if len(severities) != 1:
            raise UsageError(
                f"control {control_id}: exactly one marker of {', '.join(Severity)} is needed"
            )
        run.written[control_id] = severities[0]
        severity = run.settings.decided.severities.get(control_id, severities[0])
        run.controls[control_id] = describe(control_id, severity, function)
    home = run.homes.setdefault(control_id, function_of(definition))
    if home != function_of(definition):
        places = " and ".join("::".join(each) for each in (home, function_of(definition)))
        raise UsageError(f"control {control_id}: {places} share this id; choose another")


def ids_asked_for(arguments: Iterable[str], name: str) -> list[str]:
    """Return the resource ids of the node ids among *arguments* that name this function."""
    opening = f"::{name}["
    return [
        argument.split(opening, 1)[1].removesuffix("]")
        for argument in arguments
        if opening in argument
    ]


def select(run: Run, items: list[pytest.Item]) -> None:
    """Mark controls with their frameworks, and apply our own selection options.

    Raises:
        UsageError: An option or a marker expression names something that does not exist.
    """
    ours = [item for item in items if control_of(item)]
    check_stepwise(run.config)
    for item in ours:
        label(run, item)
    check_names(run.settings, {*run.known, *run.controls}, run.catalogue)
    check_marker_expression(run)
    if run.config.option.pd_accounts:  # each account applies its own settings
        return
    run.settings = with_named_controls(run, ours)
    dropped = [
        item for item in ours if not is_selected(item.stash[CONTROL], run.settings, run.catalogue)
    ]
    if dropped:
        gone = set(dropped)
        run.config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in gone]


def with_named_controls(run: Run, items: Iterable[pytest.Item]) -> Settings:
    """Return settings that know the controls which pytest's own options name: these need no set."""
    option = run.config.option
    words = {each.upper() for each in WORD.findall(option.keyword)}
    named = {
        control_of(item)
        for item in items
        if control_of(item) in words or is_addressed(run.config.args, item)
    }
    selection = replace(run.settings.selection, named_controls=frozenset(named))
    return replace(run.settings, selection=selection)


def is_addressed(arguments: Iterable[str], item: pytest.Item) -> bool:
    """Tell whether one of pytest's arguments is a node id of the item's function."""
    name = f"::{getattr(item, 'originalname', item.name)}"
    return any(each.endswith(name) or f"{name}[" in each for each in arguments)


def check_stepwise(config: pytest.Config) -> None:
    """Refuse an option of pytest's that would never get beyond the first fail.

    Raises:
        UsageError: It was given.
    """
    if getattr(config.option, "stepwise", False):
        raise UsageError(
            "--stepwise: pytest looks for the case to go on with before the account is read, and "
            "would begin anew each time; run what failed with --lf, or stop at a fail with -x"
        )


def label(run: Run, item: pytest.Item) -> None:
    """Give an item its framework markers, its keywords and its properties for reports."""
    control = run.controls[control_of(item)]
    item.extra_keyword_matches.add(control.id)
    item.stash[CONTROL] = control
    if control.id in run.settings.decided.severities:
        mark_severity(item, control.severity)
    labels_of(run, control).mark(item)


def labels_of(run: Run, control: Control) -> Labels:
    """Return what every item of a control gets; made once, for an account has many of them."""
    if control.id not in run.labels:
        mapping = run.settings.selection.mapping
        run.labels[control.id] = Labels.of(control, run.catalogue, mapping)
    return run.labels[control.id]


def check_marker_expression(run: Run) -> None:
    """Refuse a marker that does not exist, whether the user's pytest is strict or not.

    Raises:
        UsageError: There is none with that name, or no requirement with that id.
    """
    declared: list[str] = run.config.getini("markers")
    markers = {line.split(":")[0].split("(")[0].strip() for line in declared}
    for name, requirement_id in names_in(run.config.option.markexpr):
        if name not in markers:
            valid = ", ".join([*Severity, EXTENDED, *run.catalogue.frameworks, "control"])
            raise UsageError(f"-m: there is no marker {name!r}; valid: {valid}")
        if name in run.catalogue.frameworks and requirement_id is not None:
            check_requirement("-m", name, requirement_id, run.catalogue)


class Expander:
    """Reads the account, and turns placeholders into cases, after pytest's own selection."""

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
                if self.run.settings.reading.plan:
                    controls = {item.stash[CONTROL].id: item.stash[CONTROL] for item in ours}
                    show_plan(config, self.run.settings, controls.values())
                    self.has_planned = True
                    items.clear()
                else:
                    self._expand(session, config, items, ours)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End well after a plan, although nothing was judged."""
        if self.has_planned:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is left after everybody's selection, ``--lf`` included.

        A control of which nothing is left was not selected; one without cases was not judged.
        """
        run = self.run
        for item in session.items:
            if CASE in item.stash:
                run.expected[item.stash[CONTROL].id] += len(item.stash[CASE].resources)
        for control in run.selected:
            if control.id not in run.expanded | run.unchosen:
                run.expected[control.id] = 0
        leave_expected(session.config, run.expected)

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
        run.early = early_judge(run, ours)
        snapshot = read(run, {control_of(item) for item in ours})
        fresh = [item for item in self._collect_again(session, ours) if self._is_wanted(item)]
        if PROBLEM in config.stash:
            return
        check_found(run.settings.selection.resources, is_found=run.found_resource)
        run.expanded |= {control_of(item) for item in fresh}
        dropped = [item for item in fresh if is_deselected(config, item)]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        gone = set(dropped)
        kept = [item for item in fresh if item not in gone]
        items[:] = [item for item in items if not control_of(item)] + kept
        origin = origin_of(snapshot)
        for item in kept:
            label(run, item)
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


def read(run: Run, control_ids: Collection[str]) -> Snapshot:
    """Read what the selected controls need; nothing is read twice.

    Raises:
        UsageError: There is nothing to read, or it is not the account of the earlier report.
        ReadingStopped: Ctrl-C; the run knows what was read until then.
    """
    check_roster(vars(run.config.option), control_ids)
    run.selected = [run.controls[each] for each in sorted(control_ids)]
    settings = run.settings
    try:
        listener = Narrator(run.config, run.early.work) if run.early else Narrator(run.config)
        snapshot = obtain_snapshot(run.config, settings, listener, run.selected, run.info_of)
    except ReadingStopped as stopped:
        run.inspection = Inspection(stopped.snapshot, settings.decided.baseline)
        raise
    thresholds = snapshot.baseline(settings.decided.baseline)
    run.inspection = (
        run.early.inspection_of(snapshot, thresholds)
        if run.early
        else Inspection(snapshot, thresholds)
    )
    run.before.check(settings.decided, snapshot)
    return snapshot


def early_judge(run: Run, items: Iterable[pytest.Item]) -> EarlyJudge | None:
    """Return who judges the controls of *items* while the account is read; None where nobody may.

    A replay waits for nothing, workers judge parts of what one of them reads, a limit of time or a
    personnel list decides only in the end what there is to judge.
    """
    reading = run.settings.reading
    if run.settings.recording.replay or reading.limit or reading.roster:
        return None
    if shared_folder(run.config) is not None:
        return None
    from pdsec_checks.judging.early import EarlyJudge  # only where there is time to use

    controls = {
        control_of(item): replace(judgeable(item), nodeid=nodeid_of_function(item))
        for item in items
    }
    return EarlyJudge(controls.values(), run.settings)


def show_plan(config: pytest.Config, settings: Settings, controls: Collection[Control]) -> None:
    """Print what a run over *controls* would ask of PagerDuty; ask nothing.

    Raises:
        UsageError: There is nothing to plan, workers would each print the plan, or it cannot be
            printed.
    """
    if settings.recording.replay:
        raise UsageError("--pd-plan and --pd-replay: a replay makes no request; leave one out")
    if shared_folder(config) is not None:
        raise UsageError("--pd-plan: a plan needs no workers; leave -n out")
    names = plan.wanted_by(settings, controls)
    text = plan.render(
        names, len(controls), settings.reading.concurrency, plan.path_asked(settings)
    )
    try:
        with uncaptured(config):
            write_stdout(text)
    except BrokenPipeError:  # whoever reads, such as ``head``, has enough
        return
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None


def origin_of(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return JUnit's properties of a case that was judged from a recording."""
    if snapshot.source != RECORDING:
        return []
    return [("source", snapshot.source), ("as_of", moment_text(snapshot.as_of))]


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
    item.user_properties.append((REMEDIATION, item.stash[CONTROL].remediation))


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
    vars(plugin).update(made, **{EVIDENCE: evidence})
    return plugin
