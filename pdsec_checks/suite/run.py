"""One pytest run over one account: which controls, which data sets, which cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import own_sources
from pdsec_checks.catalogue.framework_files import CONTROLS, load_catalogue
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.errors import UsageError
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import controls
from pdsec_checks.judging.cases import cases
from pdsec_checks.model import Control, Finding, Severity, Status
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.pagerduty.take_snapshot import ReadingStopped
from pdsec_checks.reports.earlier import EarlierReport, check_account, read_report
from pdsec_checks.reports.report import RunInfo
from pdsec_checks.suite.collection import (
    Expander,
    control_fixtures,
    mark_severity,
    names_in,
)
from pdsec_checks.suite.items import CONTROL, PLACEHOLDER, Labels, control_of, function_of
from pdsec_checks.suite.judging import Judge
from pdsec_checks.suite.narrator import Narrator
from pdsec_checks.suite.report_options import check_baseline_is_kept
from pdsec_checks.suite.workers import obtain_snapshot

SETTINGS = pytest.StashKey[Settings]()
"""Set where somebody else has found out what this inspection is told: one of many accounts."""
CATALOGUE = pytest.StashKey[Catalogue]()
"""Set where its frameworks have been read already."""


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
        wanted = self.wanted.get(function_of(metafunc.definition))
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
        home = self.homes.setdefault(control_id, function_of(definition))
        if home != function_of(definition):
            places = " and ".join("::".join(each) for each in (home, function_of(definition)))
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
