"""A sealed JSON report, read back as far as a period needs it: a year of them is many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from pdsec_checks import NAME
from pdsec_checks.analysis.changes import Change
from pdsec_checks.errors import UsageError
from pdsec_checks.finding import ResourceRef
from pdsec_checks.model import YEARS, Severity, Status, overall
from pdsec_checks.reports.earlier import (
    AccountName,
    EarlierScope,
    Origin,
    Selected,
    report_as,
)
from pdsec_checks.reports.json_report import SCHEMA_VERSION


class SaidRequirement(Struct, frozen=True):
    """A requirement that a control supports, with the verdict of all its controls."""

    framework: str
    id: str
    edition: str
    title: str
    verdict: str = ""
    """Empty in a report of an earlier version."""


class SealedControl(Selected, frozen=True):
    """A control that was judged, with what it supports."""

    title: str = ""
    description: str = ""
    status: Status | None = None
    requirements: list[SaidRequirement] = field(default_factory=list)


class SaidWaiver(Struct, frozen=True):
    """The waiver of a finding, as its evidence has it."""

    approved_by: str = ""
    expires: str = ""
    reason: str = ""


class SaidEvidence(Struct, frozen=True):
    """What a period needs of the evidence of a finding."""

    waiver: SaidWaiver | None = None


class SealedFinding(Struct, frozen=True):
    """A check with its verdict."""

    control: str
    severity: Severity
    status: Status
    resource: ResourceRef
    message: str
    evidence: SaidEvidence = SaidEvidence()
    open_since: Annotated[datetime, Meta(tz=True)] | None = None

    @property
    def address(self) -> tuple[str, str, str]:
        """What tells it from other checks of the account, in any two reports."""
        return self.control, self.resource.type, self.resource.id


class About(Struct, frozen=True):
    """A finding, of which only the control is needed."""

    control: str


class SealedCarried(Struct, frozen=True):
    """A fail of before that the run could not judge."""

    finding: About


class Tool(Struct, frozen=True):
    """What wrote the report."""

    name: str = ""
    version: str = ""


class SaidRecording(Struct, frozen=True):
    """The recording that a report is about."""

    run: str | None = None
    digest: str | None = None


class SealedScope(EarlierScope, frozen=True):
    """How a run was set up, with what it left out."""

    not_selected: list[str] = field(default_factory=list)
    recording: SaidRecording | None = None


class SealedReport(Struct, frozen=True):
    """A JSON report of ours; evidence, remedies and fixes are left out."""

    as_of: Annotated[datetime, Meta(tz=True)]
    account: AccountName
    complete: bool
    baseline: dict[str, Any]
    controls: list[SealedControl]
    findings: list[SealedFinding]
    restricted: bool = True
    """Whether the run judged only some resources; a report that does not say so may have."""
    mapping: str = ""
    tool: Tool = Tool()
    changes: list[Change] = []
    recording: Origin = Origin()
    scope: SealedScope | None = None
    carried: list[SealedCarried] = []
    schema_version: str = ""
    kind: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is a report of one account, of the schema version that is read here."""
        found = (self.tool.name, self.schema_version, self.kind)
        return found == (NAME, SCHEMA_VERSION, None)

    @property
    def moments(self) -> Iterator[datetime]:
        """The moments (aware) in it that a period goes by."""
        yield self.as_of
        yield from (each.open_since for each in self.findings if each.open_since)
        yield from (each.time for each in self.changes)

    @property
    def adds_up(self) -> bool:
        """Whether each control has the worst status of its checks."""
        found: dict[str, set[Status]] = {}
        for each in self.findings:
            found.setdefault(each.control, set()).add(each.status)
        return all(
            each.status == overall(found[each.id])
            for each in self.controls
            if each.status is not None and each.id in found
        )


def sealed_report(content: bytes, named: str) -> SealedReport:
    """Return the report that *content* is, which is looked through once if it is one.

    Raises:
        UsageError: It is none, or has moments that cannot be; *named* says where it is from.
    """
    found = quickly(content) or report_as(SealedReport, content, named)
    if any(each.year not in YEARS for each in found.moments):
        raise UsageError(f"{named}: a moment in it is made up")
    return found


def quickly(content: bytes) -> SealedReport | None:
    """Return the report that *content* is; None where it is none, which no text explains."""
    with suppress(msgspec.DecodeError, RecursionError):
        found = msgspec.json.decode(content, type=SealedReport)
        if found.is_ours:
            return found
    return None
