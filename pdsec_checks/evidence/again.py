"""Judges a recording again, by what its JSON report says of how the run was set up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.accounts.inspecting import report_of
from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration import schema
from pdsec_checks.configuration.addresses import is_loopback
from pdsec_checks.configuration.file import ConfigText, tables_in
from pdsec_checks.configuration.schema import ConfigFile
from pdsec_checks.configuration.settings import Origins, Settings, settings_from
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.statement import results_of
from pdsec_checks.judging.cases import GROUP
from pdsec_checks.judging.controls import Judgeable, shipped, with_severity
from pdsec_checks.judging.selection import is_selected
from pdsec_checks.model import Status, is_own
from pdsec_checks.pagerduty.snapshot import RECORDING, Cost
from pdsec_checks.reports.earlier import AccountName
from pdsec_checks.reports.report import Report, RunInfo

BY_ID = "critical_services"
"""The threshold that a recording keeps itself, as ids."""
ELSEWHERE = {
    "roster": None,
    "frameworks": (),
    "controls_path": None,
    "replay": None,
    "baseline_report": None,
    "last_report": None,
    "inventory": None,
}
"""The keys of a configuration that name files, which no bundle holds."""


class ScopeTold(Struct, frozen=True):
    """How a run was set up, by its own word."""

    controls_set: str
    selected: list[str]
    severity: str
    frameworks: list[str]
    resources: list[str]
    severities: dict[str, str]
    waivers: list[Any]
    attestations: list[Any]
    roster: Any = None
    recording: Any = None


class Row(Struct, frozen=True):
    """As much of a finding as tells how pytest addressed it."""

    control: str
    nodeid: str = ""


class ControlStatus(Struct, frozen=True):
    """The worst of what was found for a control."""

    id: str
    status: Status


class NotRead(Struct, frozen=True):
    """A data set that could not be read."""

    data_set: str
    reason: str


class Told(Struct, frozen=True):
    """A JSON report, as far as it says what to judge and how."""

    as_of: Annotated[datetime, Meta(tz=True)]
    account: AccountName
    source: str
    complete: bool
    restricted: bool
    mapping: str
    baseline: dict[str, Any]
    scope: ScopeTold
    notices: list[str]
    tool: dict[str, str]
    controls: list[ControlStatus]
    unread: list[NotRead]
    findings: list[Row]
    requests: dict[str, Any] | None = None
    analytics: Any = None

    @property
    def version(self) -> str:
        """The version of the tool that made it."""
        return self.tool.get("version", "")

    @property
    def is_picked(self) -> bool:
        """Whether pytest was told to judge single cases, which no report names."""
        return self.restricted and not self.scope.resources

    @property
    def results(self) -> dict[str, list[str]]:
        """The ids of the controls by what a statement calls their status."""
        return results_of((each.id, each.status) for each in self.controls)

    @property
    def granularity(self) -> str:
        """Whether each resource was a case of its own, or each control one; or as many say."""
        together = {each.nodeid.endswith(f"[{GROUP}]") for each in self.findings if each.nodeid}
        if len(together) != 1:
            return "auto"
        return "control" if together.pop() else "resource"


@dataclass(frozen=True)
class Again:
    """A recording that was judged again."""

    report: Report
    missing: tuple[str, ...]
    """What the run had and the bundle has not, a sentence each: verdicts can differ for it."""


def told_by(content: bytes, where: str) -> Told:
    """Return what a JSON report says of how its run was set up.

    Raises:
        UsageError: It is none of this version's.
    """
    try:
        return msgspec.json.decode(content, type=Told)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{where}: the report is damaged: {error}") from None


def judged_again(recording: Path, told: Told, config: bytes | None) -> Again:
    """Judge a recording with the installed version, as the run did that *told* is about.

    *config* is the configuration of that run, None where there was none.

    Raises:
        UsageError: The recording or the configuration is none.
    """
    text = configured(config)
    file = schema.convert(text.plain, ConfigFile, text.name)
    settings = settings_of(recording, told, file, text)
    written = {each.control.id: each.control.severity for each in shipped()}
    catalogue = load_catalogue((), frozenset(written))
    controls = tuple(chosen(settings, told, catalogue))
    job = Job(
        "evidence",
        settings,
        catalogue,
        controls,
        formats=("html",),
        written=written,
    )
    report = report_of(job, Readers.of([job], 1).snapshot(job))
    again = replace(
        report, run=as_told(report.run, told), notices=told.notices, complete=told.complete
    )
    return Again(again, tuple(missing(told, file if config is not None else None)))


def configured(config: bytes | None) -> ConfigText:
    """Return the configuration of a bundle, an empty one where it has none.

    Raises:
        UsageError: It is no TOML.
    """
    plain = tables_in(config.decode("utf-8", "replace"), "config.toml") if config else {}
    return ConfigText(plain, None)


def as_told(run: RunInfo, told: Told) -> RunInfo:
    """Return what is known of a run, with what only the run itself can know of the reading.

    A recording names no address of the machine that it was made on.
    """
    if told.source == RECORDING:
        return run
    asked = told.account.base_url
    is_local = is_loopback(urlsplit(asked).hostname or "")
    return replace(
        run,
        source=told.source,
        requests=Cost(**told.requests) if told.requests else None,
        base_url=asked if is_local else run.base_url,
        recording=replace(run.recording, through="") if run.recording else None,
    )


def settings_of(recording: Path, told: Told, file: ConfigFile, text: ConfigText) -> Settings:
    """Return the settings of the run, as far as its report and its configuration tell them.

    Raises:
        UsageError: The configuration is none.
    """
    flags = {
        "pd_replay": str(recording),
        "pd_controls_set": told.scope.controls_set,
        "pd_severity": told.scope.severity,
        "pd_framework": told.scope.frameworks,
        "pd_resource": told.scope.resources,
        "pd_mapping": told.mapping,
        "pd_granularity": told.granularity,
        "pd_include_analytics": told.analytics is not None,
    }
    found = settings_from(Origins(flags, {}, msgspec.structs.replace(file, **ELSEWHERE), text))
    decided = replace(found.decided, baseline=thresholds(found.decided.baseline, told.baseline))
    return replace(found, decided=decided, explicit=found.explicit - set(told.baseline))


def thresholds(configured: Baseline, reported: Mapping[str, Any]) -> Baseline:
    """Return the thresholds of the run: as reported, those of later versions as configured.

    Raises:
        UsageError: One that is reported is none.
    """
    known = msgspec.to_builtins(configured)
    now = {name: reported[name] for name in known.keys() & reported.keys() - {BY_ID}}
    try:
        return msgspec.convert(known | now, Baseline)
    except msgspec.ValidationError as error:
        raise UsageError(f"the report's thresholds are damaged: {error}") from None


def chosen(settings: Settings, told: Told, catalogue: Catalogue) -> Iterator[Judgeable]:
    """Yield the controls of the run that this version has; how pytest called them is as reported.

    They are chosen as the run chose them, or by their ids where it chose in another way (``-m``).
    """
    nodeids = {each.control: each.nodeid.partition("[")[0] for each in told.findings}
    every = [with_severity(each, settings) for each in shipped()]
    asked = [each for each in every if is_selected(each.control, settings, catalogue)]
    ids, selected = {each.control.id for each in asked}, set(told.scope.selected)
    is_narrowed = bool(told.scope.resources) and selected < ids  # the others have no such resource
    if ids != selected and not is_narrowed:
        asked = [each for each in every if each.control.id in selected]
    for each in asked:
        yield replace(each, nodeid=nodeids.get(each.control.id, ""))


def missing(told: Told, file: ConfigFile | None) -> Iterator[str]:
    """Yield what the run went by that no bundle holds, or this one does not.

    *file* is the configuration in the bundle, None where it has none.
    """
    scope = told.scope
    if own := [each for each in scope.selected if is_own(each)]:
        yield f"{listed(own)} of the organisation's own are not judged again: a bundle has no code"
    known = {each.control.id for each in shipped()}
    if later := [each for each in scope.selected if each not in known and not is_own(each)]:
        yield f"this version knows no {listed(later)}"
    if scope.roster is not None:
        yield "PD-45 goes by a personnel list, which a bundle does not hold: it is not judged again"
    decided = bool(scope.waivers or scope.attestations or scope.severities)
    if decided and file is None:
        yield (
            "the run had waivers, attestations or severities of its own, and the bundle holds no "
            "config.toml with them"
        )
    if file is not None and file.frameworks:
        yield "the run had frameworks of the organisation's own, which a bundle does not hold"
    if told.is_picked:
        yield "single checks were chosen, and only those are compared"
    if not told.complete:
        yield "the run was stopped before every check was judged"


def listed(names: Iterable[str]) -> str:
    """Return names as one text."""
    return ", ".join(names)
