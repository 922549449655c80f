"""Reads a JSON report that an earlier run wrote."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from pdsec_checks import NAME
from pdsec_checks.analysis.changes import Change
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.catalogue.scope import InForce
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.errors import UsageError
from pdsec_checks.finding import Finding
from pdsec_checks.model import ACCOUNT, DEFICIENT, Control, Figure, MappingName, Status, moment_text
from pdsec_checks.reports.json_report import SCHEMA_VERSION
from pdsec_checks.reports.report import RunInfo, scores_in
from pdsec_checks.reports.score import Score, Scores
from pdsec_checks.reports.side_by_side.document import KIND, OWN_REPORTS
from pdsec_checks.reports.text import line

T = TypeVar("T")


class Stamp(Struct):
    """What tells a report of ours from any other JSON."""

    schema_version: Any = None
    tool: Any = None
    kind: Any = None


class AccountName(Struct, frozen=True):
    """The account that a report is about."""

    base_url: str
    subdomain: str | None


class Selected(Struct, frozen=True):
    """A control that a run judged."""

    id: str
    severity: str = ""
    remediation: str = ""
    worse_when: dict[str, Literal["more", "less"]] = {}
    """Figure → which change of it is worse; a report of an earlier version does not say."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """By what a fail of it gets worse."""
        return tuple(Figure(name, more=way == "more") for name, way in self.worse_when.items())


class EarlierFinding(Finding, frozen=True, eq=False):
    """A finding, with what its report said to do about it."""

    remedy: str = ""
    help_url: str = ""
    open_since: Annotated[datetime, Meta(tz=True)] | None = None
    """Since when it needed somebody; None in a report of an earlier version, and where it did
    not."""


class EarlierCarriedFail(Struct, frozen=True):
    """A fail that the earlier run itself carried on from one before."""

    finding: EarlierFinding
    failed_on: Annotated[datetime, Meta(tz=True)]


class Origin(Struct, frozen=True):
    """Where the evidence of a report on a recording comes from."""

    redacted: bool = False
    """Whether its names and addresses are pseudonyms."""


class EarlierRoster(Struct, frozen=True):
    """The personnel list that the users of an earlier run were compared with."""

    sha256: str


class Writer(Struct, frozen=True):
    """What wrote a report."""

    version: str = ""
    """Empty where the report does not say."""


class EarlierScore(Struct, frozen=True):
    """What a report says of its score, and its checks do not tell."""

    unread_lists: int = 0


class Summary(Struct, frozen=True):
    """What a report says about all of its checks."""

    score: EarlierScore | None = None
    """None in a report of an earlier version."""


class EarlierScope(Struct, frozen=True):
    """How a run was set up; its thresholds and severities stand elsewhere in its report."""

    partial: bool
    controls_set: str
    severity: str
    frameworks: list[str]
    resources: list[str]
    waivers: list[InForce]
    attestations: list[InForce]
    left_out: list[str] = []
    roster: EarlierRoster | None = None
    credential: str | None = None
    host: str | None = None
    region: str | None = None

    @property
    def personnel_list(self) -> str:
        """Which personnel list the run was given, in words."""
        return f"that with SHA-256 {self.roster.sha256}" if self.roster else "none"


class EarlierReport(Struct, frozen=True):
    """A JSON report of ours, as far as it is read back."""

    as_of: Annotated[datetime, Meta(tz=True)]
    account: AccountName
    source: str
    complete: bool
    baseline: dict[str, Any]
    controls: list[Selected]
    findings: list[EarlierFinding]
    restricted: bool = True
    """Whether the run judged only some resources; a report that does not say so may have."""
    changes: list[Change] = []
    recording: Origin = Origin()
    scope: EarlierScope | None = None
    """None in a report of an earlier version."""
    carried: list[EarlierCarriedFail] = []
    """What failed before that report, and could not be judged in it."""
    handed_on: list[EarlierCarriedFail] = []
    """What failed before that report, and was not looked at in it."""
    tool: Writer = Writer()
    summary: Summary = Summary()

    @property
    def is_partial(self) -> bool:
        """Whether the run left something out."""
        if self.scope is None:
            return self.restricted or not self.complete
        return self.scope.partial

    @property
    def failing(self) -> dict[str, dict[str, Any]]:
        """The address of each fail, carried ones too → its evidence."""
        return {
            finding.address: finding.evidence
            for finding, _ in self.fails()
            if finding.status is Status.FAIL
        }

    @property
    def score(self) -> Score:
        """The score of all its checks.

        A report of an earlier version does not say which errors stand for a list that could not
        be read: each one about the whole account may.
        """
        told = self.summary.score
        whole = sum(
            each.status is Status.ERROR and each.resource.type == ACCOUNT for each in self.findings
        )
        lists = whole if told is None else told.unread_lists
        return Score.of(Counter(each.status for each in self.findings), lists)

    def fails(self) -> Iterator[tuple[EarlierFinding, datetime]]:
        """Yield what failed, waived or not, and at which moment (aware).

        Carried fails did so at an earlier one.
        """
        yield from ((each.finding, each.failed_on) for each in self.carried)
        yield from ((each, self.as_of) for each in self.findings if each.status in DEFICIENT)

    def remembered(self) -> Iterator[tuple[EarlierFinding, datetime]]:
        """Yield the same, and before it what failed earlier and the run did not look at."""
        yield from ((each.finding, each.failed_on) for each in self.handed_on)
        yield from self.fails()

    def cautions(self, run: RunInfo) -> Iterator[str]:
        """Yield why fails of *run* may be new, or known, though nothing changed in the account."""
        if self.as_of > run.as_of:
            yield (
                f"the earlier report is the newer one (as of {moment_text(self.as_of)}, this run "
                f"{moment_text(run.as_of)}): new and known say nothing; give the older one"
            )
        for name, was in sorted(self.baseline.items()):
            if name in run.baseline and run.baseline[name] != was:
                yield (
                    f"the threshold {name} was {plainly(was)} in the earlier report and is "
                    f"{plainly(run.baseline[name])} now: a fail may be new because of that"
                )
        others = {each.id for each in run.controls} - {each.id for each in self.controls}
        if others:
            listed = ", ".join(sorted(others))
            yield f"the earlier report did not judge {listed}: each fail there is new"
        if self.restricted:
            yield "the earlier run may have judged some resources only: a fail of another is new"
        if not self.complete:
            yield "the earlier run was stopped: a fail that it had not come to is new"
        yield from self.incomparable(run.controls)

    def incomparable(self, controls: Iterable[Control | Selected]) -> Iterator[str]:
        """Yield by what the fails of *controls* may have got worse, and nobody can tell.

        An earlier version of the tool, or of the control, knew no such figure.
        """
        failing = {
            each.control: each.evidence for each in self.findings if each.status is Status.FAIL
        }
        declared = {each.id: each.worse_when for each in self.controls}
        for control in controls:
            for figure in control.figures if control.id in failing else ():
                if figure.name not in {*declared.get(control.id, {}), *failing[control.id]}:
                    yield (
                        f"the earlier report does not hold {figure.name} of {control.id}, so that "
                        "nobody can tell whether a known fail got worse: write a new one"
                    )


def plainly(value: Any) -> str:
    """Return a threshold as one line."""
    return line(json.dumps(value, ensure_ascii=False))


def comparable_scores(
    earlier: EarlierReport | None, run: RunInfo, catalogue: Catalogue, mapping: MappingName
) -> Scores | None:
    """Return the scores of an earlier report; None without one, or where it looked elsewhere.

    Another selection, other thresholds, or a run that was stopped: each would change the number
    though nothing changed in the account.
    """
    if earlier is None:
        return None
    is_same = {each.id for each in earlier.controls} == {each.id for each in run.controls}
    is_whole = earlier.complete and not earlier.restricted
    if not (is_same and is_whole and earlier.baseline == run.baseline):
        return None
    return scores_in(earlier.findings, catalogue, mapping)


def read_report(path: Path, where: str) -> EarlierReport:
    """Return the JSON report in a file; *where* is the option that names it.

    Raises:
        UsageError: There is none, it is no report of ours, one of several accounts, or one of
            another schema version.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{where} {path}: {error.strerror}") from None
    return report_in(content, f"{where} {path}", path.parent)


def is_ours(content: bytes) -> bool:
    """Tell whether a file is a JSON report of this tool, about one account or several."""
    return stamp_of(content) is not None


def stamp_of(content: bytes) -> Stamp | None:
    """Return what a JSON report of ours says it is; None where *content* is something else."""
    try:
        stamp = msgspec.json.decode(content, type=Stamp)
    except (msgspec.DecodeError, RecursionError):
        return None
    is_named = isinstance(stamp.tool, dict) and stamp.tool.get("name") == NAME
    return stamp if is_named else None


def report_in(content: bytes, named: str, folder: Path = Path()) -> EarlierReport:
    """Return the JSON report that *content* is; *named* says in an error where it is from.

    Raises:
        UsageError: It is no report of ours, one of several accounts (which are in *folder*), or
            one of another schema version.
    """
    return report_as(EarlierReport, content, named, folder)


def report_as(kind: type[T], content: bytes, named: str, folder: Path = Path()) -> T:
    """Return the same as a *kind* of its own, which reads more of it, or less.

    Raises:
        UsageError: It is no report of ours, one of several accounts (which are in *folder*), or
            one of another schema version.
    """
    stamp = stamp_of(content)
    if stamp is None:
        raise UsageError(f"{named}: this is no JSON report of {NAME}; write one with --format json")
    if stamp.kind == KIND:
        raise UsageError(
            f"{named}: the report holds several accounts side by side; name that of one "
            f"account, {folder / OWN_REPORTS}/NAME/{REPORT_FORMATS['json']}, which a folder "
            "of reports has (--output FOLDER/)"
        )
    if stamp.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"{named}: the report has schema version {stamp.schema_version!r}, and this "
            f"version of the tool reads {SCHEMA_VERSION!r}; write a new report"
        )
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{named}: the report is damaged: {error}") from None
