"""Judges a recording again, by what its JSON report says of how the run was set up."""

from __future__ import annotations

from collections import Counter
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
from pdsec_checks.configuration import schema
from pdsec_checks.configuration.addresses import is_loopback
from pdsec_checks.configuration.file import ConfigText, tables_in
from pdsec_checks.configuration.needs import LEAVERS
from pdsec_checks.configuration.schema import ConfigFile
from pdsec_checks.configuration.settings import Origins, Settings, settings_from
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.statement import results_of
from pdsec_checks.judging.cases import GROUP
from pdsec_checks.judging.controls import Judgeable, shipped, with_severity
from pdsec_checks.judging.selection import is_selected
from pdsec_checks.model import Status, is_own, overall
from pdsec_checks.pagerduty.snapshot import RECORDING, Cost
from pdsec_checks.reports.earlier import AccountName
from pdsec_checks.reports.period.sealed import SaidRecording
from pdsec_checks.reports.report import Report, RunInfo

PAGES = ("html",)
"""The formats that want more of an account than its findings."""
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
    not_selected: list[str]
    severity: str
    frameworks: list[str]
    resources: list[str]
    severities: dict[str, str]
    waivers: list[Any]
    attestations: list[Any]
    roster: Any = None
    recording: SaidRecording | None = None


class Judged(Struct, frozen=True):
    """The resource of a finding."""

    type: str
    id: str


class Row(Struct, frozen=True):
    """A finding, as far as it is compared, and how pytest addressed it."""

    control: str
    status: Status
    resource: Judged
    message: str
    evidence: dict[str, Any]
    nodeid: str = ""


class Summary(Struct, frozen=True):
    """How many checks have each status."""

    status: dict[Status, int]


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
    summary: Summary
    tool: dict[str, str]
    controls: list[ControlStatus]
    unread: list[NotRead]
    findings: list[Row]
    requests: Cost | None = None
    analytics: Any = None

    @property
    def version(self) -> str:
        """The version of the tool that made it."""
        return self.tool.get("version", "")

    @property
    def adds_up(self) -> bool:
        """Whether it counts its own checks right, and gives each control the worst of them."""
        found: dict[str, list[Status]] = {}
        for each in self.findings:
            found.setdefault(each.control, []).append(each.status)
        counts = Counter(each.status for each in self.findings)
        return counts == Counter(self.summary.status) and all(
            each.status is overall(found[each.id]) for each in self.controls if each.id in found
        )

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
    told: Told
    missing: tuple[str, ...]
    """What the run had and the bundle has not, a sentence each."""
    is_configured: bool
    """Whether the bundle has the configuration of the run."""

    def excuses(self, check: tuple[str, str, str], before: str, now: str) -> bool:
        """Tell whether what is missing explains that a check is judged otherwise.

        A check that a stopped run did not come to, one that goes by the personnel list, and one
        that somebody waived or vouched for: that nobody knows it is no evidence of a forgery.
        """
        scope = self.told.scope
        if not self.told.complete and before == Status.ERROR:
            return True
        if scope.roster is not None and check[0] == LEAVERS:
            return True
        if self.is_configured:
            return False
        is_waived = (before, now) == (Status.WAIVED, Status.FAIL)
        is_attested = (before, now) == (Status.PASS, Status.MANUAL)
        return (is_waived and bool(scope.waivers)) or (is_attested and bool(scope.attestations))


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
    report = judged_as_chosen(settings, told)
    again = replace(
        report, run=as_told(report.run, told), notices=told.notices, complete=told.complete
    )
    is_configured = config is not None
    return Again(
        again, told, tuple(missing(told, file, is_configured=is_configured)), is_configured
    )


def judged_as_chosen(settings: Settings, told: Told) -> Report:
    """Return the report on the controls of the run, which were chosen as the settings say.

    Where they were chosen in another way (by ids, or ``-m``), they are chosen by their ids. Where
    patterns of resources left some controls without any, only trying tells which way it was.

    Raises:
        UsageError: The recording is none.
    """
    selected = set(told.scope.selected)
    written = {each.control.id: each.control.severity for each in shipped()}
    catalogue = load_catalogue((), frozenset(written))
    nodeids = {each.control: each.nodeid.partition("[")[0] for each in told.findings}
    every = [
        replace(with_severity(each, settings), nodeid=nodeids.get(each.control.id, ""))
        for each in shipped()
    ]
    asked = [each for each in every if is_selected(each.control, settings, catalogue)]
    ids = {each.control.id for each in asked}
    by_id = [each for each in every if each.control.id in selected]

    def report_on(controls: Iterable[Judgeable]) -> Report:
        job = Job("evidence", settings, catalogue, tuple(controls), formats=PAGES, written=written)
        return report_of(job, Readers.of([job], 1).snapshot(job))

    if ids == selected:
        return report_on(asked)
    if told.scope.resources and selected < ids:
        report = report_on(asked)
        if {each.id for each in report.controls} == selected:
            return report
    return report_on(by_id)


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
        requests=told.requests,
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


def missing(told: Told, file: ConfigFile, *, is_configured: bool) -> Iterator[str]:
    """Yield what the run went by that no bundle holds, or this one does not.

    *file* is the configuration in the bundle, an empty one where it has none.
    """
    scope = told.scope
    if own := [each for each in scope.selected if is_own(each)]:
        ids = ", ".join(own)
        yield f"{ids} of the organisation's own are not judged again: a bundle has no code"
    known = {each.control.id for each in shipped()}
    if later := [each for each in scope.selected if each not in known and not is_own(each)]:
        yield f"this version knows no {', '.join(later)}"
    if scope.roster is not None:
        yield f"{LEAVERS} goes by a personnel list, which a bundle does not hold"
    decided = bool(scope.waivers or scope.attestations or scope.severities)
    if decided and not is_configured:
        yield (
            "the run had waivers, attestations or severities of its own, and the bundle holds no "
            "config.toml with them"
        )
    if file.frameworks:
        yield "the run had frameworks of the organisation's own, which a bundle does not hold"
    if scope.resources and scope.not_selected:
        yield "which controls were asked for, of those without such a resource, is not reported"
    if told.is_picked:
        yield "single checks were chosen, and only those are compared"
    if not told.complete:
        yield "the run was stopped before every check was judged"
