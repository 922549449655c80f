"""Reads a JSON report that an earlier run wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pdsec_checks import NAME
from pdsec_checks.analysis.changes import Change
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Finding, MappingName, Status
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports.json_report import SCHEMA_VERSION
from pdsec_checks.reports.report import RunInfo, scores_in
from pdsec_checks.reports.score import Scores
from pdsec_checks.reports.side_by_side.document import KIND, OWN_REPORTS

PSEUDONYM = re.compile(r"[0-9a-f]{10}")
"""What a redacted recording calls the account; each recording has another name for it."""


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
    remediation: str = ""


@dataclass(frozen=True, slots=True)
class EarlierFinding(Finding):
    """A finding, with what its report said to do about it."""

    remedy: str = ""
    help_url: str = ""


class Origin(Struct, frozen=True):
    """Where the evidence of a report on a recording comes from."""

    redacted: bool = False
    """Whether its names and addresses are pseudonyms."""


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

    @property
    def failing(self) -> frozenset[str]:
        """The fingerprints of what failed."""
        return frozenset(each.fingerprint for each in self.findings if each.status is Status.FAIL)


def comparable_scores(
    earlier: EarlierReport, run: RunInfo, catalogue: Catalogue, mapping: MappingName
) -> Scores | None:
    """Return the scores of an earlier report; None where it looked at something else.

    Another selection, other thresholds, or a run that was stopped: each would change the number
    though nothing changed in the account.
    """
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
    try:
        stamp = msgspec.json.decode(content, type=Stamp)
    except msgspec.DecodeError:
        stamp = Stamp()
    if not isinstance(stamp.tool, dict) or stamp.tool.get("name") != NAME:
        raise UsageError(
            f"{where} {path}: this is no JSON report of {NAME}; write one with --format json"
        )
    if stamp.kind == KIND:
        raise UsageError(
            f"{where} {path}: the report holds several accounts side by side; name that of one "
            f"account, {path.parent / OWN_REPORTS}/NAME/{REPORT_FORMATS['json']}, which a folder "
            "of reports has (--output FOLDER/)"
        )
    if stamp.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"{where} {path}: the report has schema version {stamp.schema_version!r}, and this "
            f"version of the tool reads {SCHEMA_VERSION!r}; write the report anew"
        )
    try:
        return msgspec.json.decode(content, type=EarlierReport)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where} {path}: the report is damaged: {error}") from None


def check_account(
    where: str, earlier: EarlierReport, base_url: str, subdomain: str | None, source: str
) -> None:
    """Make sure that an earlier report is about the account of this run.

    The subdomain of a redacted recording is a pseudonym, and says nothing; then the address of
    the API has to do.

    Raises:
        UsageError: It is about another account.
    """
    known = earlier.account
    names = name_of(known.subdomain, earlier.source), name_of(subdomain, source)
    is_other = None not in names and names[0] != names[1]
    if known.base_url != base_url or is_other:
        raise UsageError(
            f"{where}: the report is about the account {known.subdomain or 'without a name'} at "
            f"{known.base_url}, and not about {subdomain or 'the one'} at {base_url}"
        )


def name_of(subdomain: str | None, source: str) -> str | None:
    """Return the subdomain of an account; None where it is not known, or only as a pseudonym."""
    if subdomain and source == RECORDING and PSEUDONYM.fullmatch(subdomain):
        return None
    return subdomain
