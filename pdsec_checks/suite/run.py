"""One pytest run over one account: which controls, which data sets, which cases."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import own_sources
from pdsec_checks.catalogue.framework_files import CONTROLS, Catalogue, load_catalogue
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.errors import UsageError
from pdsec_checks.inspection import RESOURCES, SHARED, Inspection
from pdsec_checks.judging import controls
from pdsec_checks.judging.cases import Case, cases
from pdsec_checks.model import Control, Finding, Requirement, Severity, Status
from pdsec_checks.pagerduty.reading import obtain_snapshot, show_plan
from pdsec_checks.pagerduty.take_snapshot import ReadingStopped
from pdsec_checks.reports.earlier import EarlierReport, check_account, read_report
from pdsec_checks.reports.report import RECORDING, RunInfo
from pdsec_checks.suite.items import control_of
from pdsec_checks.suite.judging import CASE, CONTROL, Judge
from pdsec_checks.suite.narrator import Narrator
from pdsec_checks.suite.usage_errors import (
    PROBLEM,
    check_baseline_is_kept,
    leave_expected,
    usage_errors,
)

PLACEHOLDER = "*"
SETTINGS = pytest.StashKey[Settings]()
"""Set where somebody else has found out what this inspection is told: one of many accounts."""
CATALOGUE = pytest.StashKey[Catalogue]()
"""Set where its frameworks have been read already."""


@dataclass(frozen=True)
class Labels:
    """What every item of a control gets."""

    markers: list[pytest.MarkDecorator]
    """One for each requirement that the control supports."""
    properties: list[tuple[str, str]]
    """JUnit's."""

    @classmethod
    def of(cls, control: Control, requirements: Iterable[Requirement]) -> Labels:
        """Return the markers and properties of a control."""
        made = cls([], [("control", control.id), ("severity", control.severity.value)])
        for each in requirements:
            made.markers.append(getattr(pytest.mark, each.framework)(id=each.id))
            made.properties.append(("requirement", f"{each.framework}:{each.id}"))
        return made


@dataclass
class Run:
    """What is known about the run so far; created when the first control is collected."""

    config: pytest.Config
    settings: Settings
    catalogue: Catalogue
    known: frozenset[str] = frozenset(CONTROLS)
    """The ids of all controls there are, the organisation's own ones too."""
    controls: dict[str, Control] = field(default_factory=dict)
    """Every control that was collected, by id."""
    selected: list[Control] = field(default_factory=list)
    """Those that pytest's and our own selection left."""
    inspection: Inspection | None = None
    expected: Counter[str] = field(default_factory=Counter)
    """Control → how many findings it must have when the run is complete."""
    labels: dict[str, Labels] = field(default_factory=dict)
    """Control → what its items get, as far as it was looked up."""
    found_resource: bool = False
    """Whether a resource was found that the run may judge."""
    homes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Control → (module file, function)."""
    wanted: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(module file, function) → the case ids that were asked for; the placeholder for all."""
    earlier: EarlierReport | None = None
    """The report whose fails are known."""
    known_fails: frozenset[str] = frozenset()
    """Their fingerprints."""

    @classmethod
    def begin(cls, config: pytest.Config) -> Run:
        """Read settings, frameworks and the earlier report.

        Raises:
            UsageError: One of them is not valid, or a report would replace the earlier one.
        """
        settings = config.stash.get(SETTINGS, None) or load_settings(
            vars(config.option), folder=config.invocation_params.dir
        )
        own = own_sources(settings.controls_path) if settings.controls_path else []
        known = frozenset({*CONTROLS, *(source.id for source in own)})
        catalogue = config.stash.get(CATALOGUE, None) or load_catalogue(
            settings.framework_files, known
        )
        run = cls(config, settings, catalogue, known)
        if settings.baseline_report:
            path, where = settings.baseline_report, settings.baseline_named_by
            check_baseline_is_kept(config, path, where)
            run.earlier = read_report(path, where)
            run.known_fails = run.earlier.failing
        return run

    def plugins(self) -> Iterator[object]:
        """Yield what has to be registered with pytest for this run."""
        if self.config.option.pd_accounts:
            from pdsec_checks.accounts.items import AccountExpander  # only where there are several

            yield AccountExpander(self)
            return
        yield control_fixtures(self)
        yield Expander(self)
        yield Judge(self)

    # Collection

    def parametrize(self, metafunc: pytest.Metafunc, control_id: str) -> None:
        """Give a control its placeholder, or its cases once the account was read."""
        control = self._control(control_id, metafunc.definition, metafunc.function)
        argument = controls.resource_argument(control_id, metafunc.fixturenames)
        if self.inspection is None:
            ids = list(self._ids_asked_for(metafunc.definition.originalname)) or [PLACEHOLDER]
            metafunc.parametrize(argument, [None] * len(ids), ids=ids)
            return
        wanted = self.wanted.get(address(metafunc.definition))
        if wanted is None:  # a deselected neighbour in the same file
            metafunc.parametrize(argument, [None], ids=[PLACEHOLDER])
            return
        found = cases(
            argument,
            metafunc.fixturenames,
            self.inspection,
            self.settings.resources,
            self.settings.granularity,
        )
        self.found_resource |= any(case.outcome is None for case in found)
        chosen = [case for case in found if wanted & {PLACEHOLDER, case.id}]
        unknown = wanted - {PLACEHOLDER} - {case.id for case in found}
        if unknown:
            raise UsageError(
                f"{control.id} has no resource {', '.join(sorted(unknown))} in this account"
            )
        ids = [case.id for case in chosen]
        metafunc.parametrize(argument, chosen, ids=ids, indirect=True)

    def _control(self, control_id: str, definition: Any, function: Callable[..., Any]) -> Control:
        if control_id not in self.controls:
            severities = [each for each in Severity if definition.get_closest_marker(each)]
            if len(severities) != 1:
                raise UsageError(
                    f"control {control_id}: exactly one marker of {', '.join(Severity)} is needed"
                )
            severity = self.settings.severities.get(control_id, severities[0])
            self.controls[control_id] = controls.describe(control_id, severity, function)
        home = self.homes.setdefault(control_id, address(definition))
        if home != address(definition):
            places = " and ".join("::".join(each) for each in (home, address(definition)))
            raise UsageError(f"control {control_id}: {places} share this id; choose another")
        return self.controls[control_id]

    def _ids_asked_for(self, name: str) -> Iterator[str]:
        """Yield the resource ids of node ids on the command line that name this function."""
        opening = f"::{name}["
        for argument in self.config.args:
            if opening in argument:
                yield argument.split(opening, 1)[1].removesuffix("]")

    def select(self, items: list[pytest.Item]) -> None:
        """Mark controls with their frameworks, and apply our own selection options.

        Raises:
            UsageError: An option or a marker expression names something that does not exist.
        """
        ours = [item for item in items if control_of(item)]
        for item in ours:
            self.label(item)
        self._check_names()
        self._check_marker_expression()
        if self.config.option.pd_accounts:  # each account applies its own settings
            return
        dropped = [item for item in ours if not self.is_selected(item)]
        if dropped:
            gone = set(dropped)
            self.config.hook.pytest_deselected(items=dropped)
            items[:] = [item for item in items if item not in gone]

    def label(self, item: pytest.Item) -> None:
        """Give an item its framework markers, its keywords and its properties for reports."""
        control = self.controls[control_of(item)]
        item.extra_keyword_matches.add(control.id)
        item.stash[CONTROL] = control
        if control.id in self.settings.severities:
            mark_severity(item, control.severity)
        labels = self._labels(control)
        for marker in labels.markers:
            item.add_marker(marker)
        item.user_properties += labels.properties

    def _labels(self, control: Control) -> Labels:
        """Return what every item of a control gets; made once, for an account has many of them."""
        if control.id not in self.labels:
            mapped = self.catalogue.requirements(control.id, self.settings.mapping)
            self.labels[control.id] = Labels.of(control, [each.requirement for each in mapped])
        return self.labels[control.id]

    def is_selected(self, item: pytest.Item) -> bool:
        """Tell whether the settings leave the control of an item in."""
        control, settings = item.stash[CONTROL], self.settings
        return (
            (not settings.controls or control.id in settings.controls)
            and control.id not in settings.skip_controls
            and control.severity.weight >= settings.severity.weight
            and (not settings.frameworks or any(map(self._supports(control), settings.frameworks)))
        )

    def _supports(self, control: Control) -> Callable[[str], bool]:
        mapped = self.catalogue.requirements(control.id, self.settings.mapping)

        def supports(wanted: str) -> bool:
            framework, _, requirement_id = wanted.partition(":")
            return any(
                each.requirement.framework == framework
                and requirement_id in {"", each.requirement.id}
                for each in mapped
            )

        return supports

    def _check_names(self) -> None:
        known = {*self.known, *self.controls}
        for option in ("controls", "skip_controls"):
            for name in getattr(self.settings, option):
                if name not in known:
                    flag = option.replace("_", "-")
                    raise UsageError(
                        f"--pd-{flag}: there is no control {name}; "
                        f"valid: {', '.join(sorted(known))}"
                    )
        for entry in self.settings.decisions.all:
            if entry.control not in known:
                raise UsageError(
                    f"configuration: there is no control {entry.control} to waive or attest; "
                    f"valid: {', '.join(sorted(known))}"
                )
        for name in self.settings.severities:
            if name not in known:
                raise UsageError(
                    f"configuration: severities: there is no control {name}; "
                    f"valid: {', '.join(sorted(known))}"
                )
        for wanted in self.settings.frameworks:
            framework, _, requirement_id = wanted.partition(":")
            self._check_requirement("--pd-framework", framework, requirement_id or None)

    def _check_requirement(self, where: str, framework: str, requirement_id: str | None) -> None:
        if framework not in self.catalogue.frameworks:
            raise UsageError(
                f"{where}: there is no framework {framework!r}; "
                f"valid: {', '.join(self.catalogue.frameworks)}"
            )
        known = self.catalogue.requirement_ids(framework, self.settings.mapping)
        if requirement_id is not None and requirement_id not in known:
            raise UsageError(
                f"{where}: no control supports {framework} {requirement_id!r} in the "
                f"{self.settings.mapping} mapping; valid: {', '.join(known)}"
            )

    def _check_marker_expression(self) -> None:
        """Refuse a marker that does not exist, whether the user's pytest is strict or not."""
        markers = {line.split(":")[0].split("(")[0].strip() for line in self._marker_lines()}
        for name, requirement_id in names_in(self.config.option.markexpr):
            if name not in markers:
                valid = ", ".join([*Severity, *self.catalogue.frameworks, "control"])
                raise UsageError(f"-m: there is no marker {name!r}; valid: {valid}")
            if name in self.catalogue.frameworks and requirement_id is not None:
                self._check_requirement("-m", name, requirement_id)

    def _marker_lines(self) -> list[str]:
        lines: list[str] = self.config.getini("markers")
        return lines

    # Reading

    def read(self, control_ids: Iterable[str]) -> None:
        """Read what the selected controls need; nothing is read twice."""
        self.selected = [self.controls[each] for each in sorted(set(control_ids))]
        narrator = Narrator(self.config)
        try:
            snapshot = obtain_snapshot(self.config, self.settings, narrator, self.selected)
        except ReadingStopped as stopped:
            self.inspection = Inspection(stopped.snapshot, self.settings.baseline)
            raise
        if self.earlier:
            account = snapshot.base_url, snapshot.subdomain, snapshot.source
            check_account(self.settings.baseline_named_by, self.earlier, *account)
        self.inspection = Inspection(snapshot, snapshot.baseline(self.settings.baseline))

    def origin(self) -> list[tuple[str, str]]:
        """Return JUnit's properties of a case that was judged from a recording."""
        snapshot = self.inspection.snapshot if self.inspection else None
        if snapshot is None or snapshot.source != RECORDING:
            return []
        return [("source", snapshot.source), ("as_of", f"{snapshot.as_of:%Y-%m-%dT%H:%M:%SZ}")]

    def mark_known(self, finding: Finding) -> Finding:
        """Return a fail with whether the earlier report has it; anything else as it is."""
        if self.earlier is None or finding.status is not Status.FAIL:
            return finding
        return replace(finding, known=finding.fingerprint in self.known_fails)

    def info(self) -> RunInfo | None:
        """Return what reports say about the run; None before the account was read."""
        if self.inspection is None:
            return None
        return RunInfo.of(self.inspection.snapshot, self.selected, self.settings.baseline)


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
            run.wanted.setdefault(address(item), set()).add(case_id(item))
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
        return address(item) in self.run.wanted and case_id(item) != PLACEHOLDER


def mark_severity(item: pytest.Item, severity: Severity) -> None:
    """Replace the severity marker of an item, so that ``-m`` goes by the one in force."""
    item.own_markers[:] = [mark for mark in item.own_markers if mark.name not in list(Severity)]
    item.add_marker(severity.value)


def address(item: Any) -> tuple[str, str]:
    """Return what identifies a control's function in one run: its file and its name."""
    return str(item.path), item.originalname or item.name


def case_id(item: Any) -> str:
    """Return the part of a node id between the brackets; nothing where there is none."""
    return str(item.callspec.id) if hasattr(item, "callspec") else ""


def is_deselected(config: pytest.Config, item: pytest.Item) -> bool:
    """Tell whether ``--deselect`` names an item that did not exist when pytest applied it."""
    prefixes = tuple(config.option.deselect or ())
    return bool(prefixes) and item.nodeid.startswith(prefixes)


def case_of(item: Any) -> Case:
    """Return the case that an expanded item judges."""
    argument = controls.resource_argument(item.stash[CONTROL].id, item.fixturenames)
    case: Case = item.callspec.params[argument]
    return case


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
