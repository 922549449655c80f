"""What every report is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import structs

from pdsec_checks import NAME, __version__
from pdsec_checks.analysis.analytics import figures_by_service
from pdsec_checks.analysis.changes import Change, latest_changes
from pdsec_checks.analysis.relations import Relations, relations_in
from pdsec_checks.baseline import OF_EXTENDED, Baseline
from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.catalogue.scope import Scope, scope_of
from pdsec_checks.configuration.decisions import REMEDIATION_DAYS, MaxDays
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import unforeseen
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import (
    ACCOUNT,
    Control,
    MappingName,
    Novelty,
    Requirement,
    Severity,
    Status,
    moment_text,
    overall,
)
from pdsec_checks.pagerduty.snapshot import RECORDING, Cost, RecordingFacts, Snapshot
from pdsec_checks.reports import requirement_rows
from pdsec_checks.reports.ranking import ranked
from pdsec_checks.reports.requirement_rows import RequirementRow
from pdsec_checks.reports.score import Scores, scores_of
from pdsec_checks.resources import AuditRecord

if TYPE_CHECKING:
    from pdsec_checks.reports.ring.section import RingSection

CLOCK_SKEW = timedelta(days=1)
"""What the clocks of two machines may differ by before a recording is dated in the future."""
NAMESPACE = uuid5(NAMESPACE_URL, f"urn:{NAME}")
"""That of all UUIDs in reports."""
AUDIT_SETS = ("audit_latest", "audit_oldest", "audit_api_token", "audit_users")
JUDGED = frozenset({Status.PASS, Status.FAIL, Status.WAIVED})


@dataclass(frozen=True)
class UnreadDataSet:
    """A data set that could not be read, and the controls that needed it."""

    name: str
    path: str
    reason: str
    status: int | None
    controls: list[str]


@dataclass(frozen=True)
class UnreadPath:
    """A path that could not be read, whatever data sets stand behind it."""

    path: str
    reason: str
    status: int | None
    data_sets: tuple[str, ...]
    controls: tuple[str, ...]
    """Those that needed it and have a check which could not be judged, by id."""

    @property
    def effect(self) -> str:
        """What it cost, in words."""
        return f"needed by {', '.join(self.controls)}" if self.controls else "no verdict changes"

    @property
    def sentence(self) -> str:
        """What could not be read, why, and what it cost; without a full stop."""
        return f"Not read: {self.path}: {self.reason} ({self.effect})"

    @classmethod
    def of(cls, found: Sequence[UnreadDataSet], errors: Collection[str]) -> UnreadPath:
        """Return the path of data sets that share it; *errors* are the controls with an error."""
        needing = {control for each in found for control in each.controls}
        return cls(
            path=found[0].path,
            reason="; ".join(dict.fromkeys(each.reason for each in found)),
            status=next((each.status for each in found if each.status is not None), None),
            data_sets=tuple(each.name for each in found),
            controls=tuple(sorted(needing.intersection(errors))),
        )


def thresholds_of(baseline: Baseline, controls: Iterable[Control]) -> dict[str, Any]:
    """Return the thresholds as plain JSON: those that the set of the *controls* goes by.

    A run over the core set alone says nothing of the others, so that it still compares with
    reports from before there were any.
    """
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(baseline))
    if any(each.id in shipped_extended() for each in controls):
        return plain
    return {name: value for name, value in plain.items() if name not in OF_EXTENDED}


@dataclass(frozen=True)
class RunInfo:
    """What a run knows besides its findings; plain enough to travel between processes."""

    as_of: datetime
    base_url: str
    subdomain: str | None
    source: str
    controls: list[Control]
    unread: list[UnreadDataSet]
    baseline: dict[str, Any]
    scope: Scope
    requests: Cost | None = None
    refusal: str | None = None
    analytics: dict[str, dict[str, Any]] | None = None
    """Incident figures of the last 30 days by service id; None unless they were asked for."""
    notices: tuple[str, ...] = ()
    """What the operator should know about the credential, or about the recording."""
    unwritten: str | None = None
    """Why the recording that was asked for could not be written."""
    recorded: str | None = None
    """The file that the run recorded the account in; None where it did not."""
    recording: RecordingFacts | None = None
    """The recording that was replayed, or made; None where neither was."""
    redacted: bool = False
    """Whether names and addresses are the pseudonyms of a recording."""
    changes: list[Change] = field(default_factory=list)
    """The newest changes of each resource, by resource id."""
    relations: Relations = field(default_factory=Relations)
    """Which team, service and person a resource belongs to."""
    account: str = ""
    """By what the account is told from others, whatever was selected; empty where nobody knows."""

    @property
    def is_replay(self) -> bool:
        """Whether a recording was judged, not the account itself."""
        return self.source == RECORDING

    def narrowed(self, kept: Collection[str]) -> RunInfo:
        """Return what is known of a run that in the end judged only the controls *kept*."""
        return replace(
            self,
            controls=[control for control in self.controls if control.id in kept],
            unread=[
                replace(each, controls=[control for control in each.controls if control in kept])
                for each in self.unread
            ],
            scope=self.scope.narrowed(kept),
        )

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        controls: Sequence[Control],
        settings: Settings,
        written: Mapping[str, Severity],
    ) -> RunInfo:
        """Take from a snapshot what reports say about the run.

        *written* holds every control there is with the severity that it is written with.
        """
        wanted = settings.decided.baseline
        baseline = thresholds_of(snapshot.baseline(wanted), controls)
        as_of = None if snapshot.clock else snapshot.as_of
        unread = [
            UnreadDataSet(
                name,
                found.path,
                found.reason,
                found.status,
                [control.id for control in controls if name in control.needs],
            )
            for name, found in snapshot.unavailable
        ]
        changes, problems = changes_in(snapshot)
        return cls(
            as_of=snapshot.as_of,
            base_url=snapshot.base_url,
            subdomain=snapshot.subdomain,
            source=snapshot.source,
            controls=list(controls),
            unread=unread,
            baseline=baseline,
            scope=scope_of(controls, written, settings, baseline, as_of, snapshot.credential),
            requests=snapshot.requests,
            refusal=snapshot.refusal,
            analytics=figures_by_service(snapshot.records("analytics"))
            if snapshot.has("analytics")
            else None,
            recording=snapshot.recording,
            redacted=snapshot.redacted,
            changes=changes,
            relations=relations_in(snapshot.data),
            account=snapshot.account(settings.reading.account),
            notices=(*snapshot.notices, *problems),
            unwritten=snapshot.unwritten,
            recorded=snapshot.recorded,
        )


def changes_in(snapshot: Snapshot) -> tuple[list[Change], list[str]]:
    """Return who changed what, and why nobody can tell; no verdict rests on it."""
    names = filter(snapshot.has, AUDIT_SETS)
    records = (record for name in names for record in snapshot.views(AuditRecord, name))
    try:
        return latest_changes(records), []
    except Exception as error:  # noqa: BLE001 - it costs this part of the reports alone
        return [], [f"who changed what is left out, because an error occurred: {unforeseen(error)}"]


@dataclass(frozen=True)
class LastRun:
    """What the report of the last run held, for formats that tell what became of it."""

    statuses: Mapping[str, Status]
    """Address → the status of a check; that of a fail which it carried on is ``fail``."""
    gone: Sequence[Finding] = ()
    """Its findings, in the fixed order, that this run certainly has no check for any more."""


@dataclass(frozen=True)
class Report:
    """One inspection, ready to be written."""

    run: RunInfo
    findings: list[Finding]
    """At least one for each selected control: what was not reached has an error."""
    catalogue: Catalogue
    mapping: MappingName
    complete: bool = True
    """False when the run was interrupted before every check was judged."""
    version: str = __version__
    notices: Sequence[str] = ()
    """What the operator should know about waivers and attestations."""
    evidence_max_age: int | None = None
    """Days after which a recording is too old to gate on; None: it never is."""
    restricted: bool = False
    """Whether only some resources of the selected controls were judged."""
    picked: Sequence[str] = ()
    """How pytest was told to judge single cases, or to leave some out; empty: it was not."""
    earlier_as_of: datetime | None = None
    """The moment of the earlier report whose fails are known; None where none was given."""
    earlier_scores: Scores | None = None
    """Its scores; None where it looked at something else, and no number can be compared."""
    carried: Sequence[CarriedFail] = ()
    """The fails of the last report that this run could not judge; they are no findings."""
    handed_on: Sequence[CarriedFail] = ()
    """The fails of the last report that this run did not look at, kept for the next run."""
    last: LastRun | None = None
    """What the last report held; None where none was given."""
    open_since: Mapping[str, datetime] = field(default_factory=dict)
    """Address → since when (aware) a check has needed somebody, as far as the last report tells;
    one without an entry has done so since this run."""
    remediation_days: MaxDays = REMEDIATION_DAYS
    """Within how many days of that it is to be settled."""
    ring: RingSection | None = None
    """What the page shows of whom incidents would call; None where there is no page, or PD-26 was
    not judged."""

    @property
    def evidence_until(self) -> datetime | None:
        """The moment (UTC) after which the recording is too old; None where nothing limits it.

        Files name it in place of an age in days, which would differ from day to day.
        """
        if not self.run.is_replay or self.evidence_max_age is None:
            return None
        return self.run.as_of + timedelta(days=self.evidence_max_age)

    @property
    def is_partial(self) -> bool:
        """Whether a control, a resource or the rest of a stopped run was left out."""
        return self.is_narrowed or not self.complete

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody chose among the controls there are, or among their resources."""
        return bool(self.run.scope.not_selected) or self.restricted

    @property
    def is_broken_off_unjudged(self) -> bool:
        """Whether the run was stopped before any check had a verdict: it has nothing to report."""
        return not self.complete and self.counts[Status.ERROR] == len(self.findings)

    @cached_property
    def run_id(self) -> str:
        """What tells this run from others: a UUID of what it was told, and of what it found.

        A replay has the same one on every day, with the same settings.
        """
        run = self.run
        told = (run.base_url, run.subdomain, run.source, self.version, self.mapping, run.baseline)
        how = (run.scope, self.restricted, self.complete)
        # half a character is written as a question mark, which workers send in its place
        seen = sha256(f"{moment_text(run.as_of)} {told} {how}".encode("utf-8", "replace"))
        for each in self.ordered:
            found = f"{each.fingerprint} {each.status} {each.message}"
            seen.update(found.encode("utf-8", "replace"))
        return str(uuid5(NAMESPACE, seen.hexdigest()))

    def since(self, finding: Finding) -> datetime:
        """Return since when (aware) a finding has needed somebody."""
        return self.open_since.get(finding.address, self.run.as_of)

    def due(self, finding: Finding) -> date:
        """Return the last day (UTC) for settling a finding that needs somebody."""
        days = timedelta(days=self.remediation_days.of(finding.severity))
        return (self.since(finding) + days).astimezone(UTC).date()

    def is_outdated(self, now: datetime) -> bool:
        """Tell whether the recording is too old at *now*, or dated in the future."""
        until = self.evidence_until
        return until is not None and (now > until or self.is_from_the_future(now))

    def is_from_the_future(self, now: datetime) -> bool:
        """Tell whether the account was read after *now*: one of two clocks is wrong."""
        return self.run.as_of > now + CLOCK_SKEW

    @cached_property
    def novelties(self) -> dict[Novelty, int]:
        """How many checks fail as news, worse than in the earlier report, or as they did there.

        Where nothing was compared, all that fails is new.
        """
        counted = Counter(finding.novelty for finding in self.findings)
        told = {each: counted[each] for each in (Novelty.WORSE, Novelty.KNOWN)}
        return {Novelty.NEW: self.counts[Status.FAIL] - sum(told.values()), **told}

    @property
    def compared(self) -> str:
        """The same as a headline: ``2 new, 1 worse, 49 known``."""
        return ", ".join(f"{count} {each}" for each, count in self.novelties.items())

    @property
    def gating(self) -> int:
        """How many fails make the exit code 1: those that are not known."""
        return self.counts[Status.FAIL] - self.novelties[Novelty.KNOWN]

    @cached_property
    def by_control(self) -> dict[str, list[Finding]]:
        """The findings of each control, both in the fixed order, with rank and teams."""
        found: dict[str, list[Finding]] = {control.id: [] for control in self.controls}
        in_order = sorted(self.findings, key=lambda each: each.sort_key)
        for finding in ranked(in_order, self.controls):
            found[finding.control].append(self._with_teams(finding))
        return found

    def _with_teams(self, finding: Finding) -> Finding:
        """Return a finding with the teams of its resource; those that it came with, if unknown."""
        teams = self.run.relations.teams_of(finding.resource.id)
        if not teams:
            return finding
        return structs.replace(finding, resource=structs.replace(finding.resource, teams=teams))

    @cached_property
    def unread(self) -> list[UnreadPath]:
        """Each path that could not be read, once, and the controls that it cost a verdict."""
        errors = {each.control for each in self.findings if each.status is Status.ERROR}
        by_path: dict[str, list[UnreadDataSet]] = {}
        for each in self.run.unread:
            by_path.setdefault(each.path, []).append(each)
        return [UnreadPath.of(found, errors) for found in by_path.values()]

    @cached_property
    def controls(self) -> list[Control]:
        """The selected controls, by id."""
        return sorted(self.run.controls, key=lambda control: control.id)

    @property
    def ordered(self) -> list[Finding]:
        """All findings in the fixed order."""
        return [finding for findings in self.by_control.values() for finding in findings]

    def status_of(self, control: Control) -> Status:
        """Return the worst status of a control's findings; an unjudged control is an error."""
        findings = self.by_control[control.id]
        return overall(finding.status for finding in findings) if findings else Status.ERROR

    @cached_property
    def judged_in_part(self) -> frozenset[str]:
        """The ids of the controls that were asked about some of their resources, not about all.

        A pass of such a control says nothing of the others. The account is one resource.
        """
        parts = self.controls if self.restricted else []
        return frozenset(each.id for each in parts if each.resource != ACCOUNT)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many checks have each status."""
        counted = Counter(finding.status for finding in self.findings)
        return {status: counted[status] for status in Status}

    @property
    def is_judged(self) -> bool:
        """Whether the run came to its end, and whatever it asked about was judged or is a person's.

        What it could not read and did not need, such as what the plan lacks, changes nothing.
        """
        return self.complete and not self.run.refusal and not self.counts[Status.ERROR]

    @cached_property
    def counts_by_severity(self) -> dict[Severity, dict[Status, int]]:
        """How many checks have each status, for each severity that has a check."""
        counted = Counter((finding.severity, finding.status) for finding in self.findings)
        return {
            severity: {status: counted[severity, status] for status in Status}
            for severity in Severity
            if any(severity == seen for seen, _ in counted)
        }

    @cached_property
    def chosen_frameworks(self) -> frozenset[str]:
        """The ids of the frameworks that the run was asked about: all, unless it names some."""
        named = {each.partition(":")[0] for each in self.run.scope.frameworks}
        return frozenset(each for each in self.catalogue.frameworks if not named or each in named)

    @cached_property
    def frameworks(self) -> dict[str, dict[str, int]]:
        """For each chosen framework, counts of the requirements that the controls support.

        Each has one verdict, of those of :class:`Verdict`; they add up to ``requirements``.
        """
        found = self.requirement_rows[self.mapping]
        return {
            framework: requirement_rows.counts(rows)
            for framework, rows in found.items()
            if rows and framework in self.chosen_frameworks
        }

    @cached_property
    def requirement_rows(self) -> dict[MappingName, dict[str, list[RequirementRow]]]:
        """For each mapping and framework the requirements that the controls support, in order."""
        statuses = {control.id: self.status_of(control) for control in self.controls}
        is_whole = self.complete and not self.restricted
        return {
            mapping: {
                framework: requirement_rows.rows(
                    self.catalogue, framework, mapping, statuses, is_whole=is_whole
                )
                for framework in self.catalogue.frameworks
            }
            for mapping in MappingName
        }

    @cached_property
    def rows_by_requirement(self) -> dict[MappingName, dict[Requirement, RequirementRow]]:
        """The same by requirement, for whoever comes from a control."""
        return {
            mapping: {row.requirement: row for rows in found.values() for row in rows}
            for mapping, found in self.requirement_rows.items()
        }

    @cached_property
    def scores(self) -> Scores:
        """How much of what was judged passes, and how much was judged; by chosen frameworks."""
        found = scores_in(self.findings, self.catalogue, self.mapping, self.controls)
        chosen = {
            name: each for name, each in found.framework.items() if name in self.chosen_frameworks
        }
        return replace(found, framework=chosen)

    @property
    def judged(self) -> tuple[int, int]:
        """How many checks have a verdict, of how many that should."""
        counts = self.counts
        asked = len(self.findings) - counts[Status.NOT_APPLICABLE]
        return sum(counts[status] for status in JUDGED), asked


def scores_in(
    findings: Iterable[Finding],
    catalogue: Catalogue,
    mapping: MappingName,
    controls: Iterable[Control] = (),
) -> Scores:
    """Return the scores of a report's checks.

    In a framework each check of its controls counts, but a pass only where a requirement that its
    control supports there can be cited for it: a poor or wrong fit counts in nobody's favour.
    """

    @cache
    def supported(control: str, status: Status) -> frozenset[str]:
        mapped = catalogue.requirements(control, mapping)
        return frozenset(
            each.requirement.framework
            for each in mapped
            if each.is_citable or status is not Status.PASS
        )

    return scores_of(findings, catalogue.frameworks, supported, controls)


def exit_code(report: Report, now: datetime, *, strict: bool) -> ExitCode:
    """Return how an inspection with this report ends; *strict* is not content with ``manual``."""
    if report.run.refusal:
        return ExitCode.USAGE_ERROR
    if report.gating:
        return ExitCode.FAILED
    counts = report.counts
    is_open = counts[Status.ERROR] or (strict and counts[Status.MANUAL])
    return ExitCode.NOT_JUDGED if is_open or report.is_outdated(now) else ExitCode.PASSED
