"""Which checks failed within a period, from when until when, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from pdsec_checks.analysis.changes import Change
from pdsec_checks.catalogue.scope import InForce
from pdsec_checks.configuration.decisions import is_for
from pdsec_checks.model import DEFICIENT, UNJUDGED, Status
from pdsec_checks.reports.differences import fully_judged
from pdsec_checks.reports.period.document import Acceptance, Lapse, Outcome
from pdsec_checks.reports.period.sealed import SealedFinding, SealedReport

Address: TypeAlias = tuple[str, str, str]


@dataclass
class Open:
    """A check that fails, as far as evidence was read."""

    latest: SealedFinding
    first_seen: datetime
    failing_since: datetime
    last_seen: datetime
    failed: int = 0
    waived: list[Acceptance] = field(default_factory=list)

    def ended(
        self, outcome: Outcome, at: datetime | None = None, changes: Iterable[Change] = ()
    ) -> Lapse:
        """Return what became of it, at the moment of some evidence or at the end of the period."""
        return Lapse(
            control=self.latest.control,
            severity=self.latest.severity,
            resource=self.latest.resource,
            message=self.latest.message,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            failing_since=self.failing_since,
            failed=self.failed,
            waived=tuple(self.waived),
            outcome=outcome,
            ended=at,
            changes=tuple(changes),
        )


class Lapses:
    """Takes reports in the order of their moments, and keeps what failed in them."""

    def __init__(self) -> None:
        self._open: dict[Address, Open] = {}
        self._ended: list[Lapse] = []

    def take(self, report: SealedReport) -> None:
        """Go on with the next report."""
        seen = set()
        for finding in report.findings:
            seen.add(finding.address)
            if finding.status in DEFICIENT:
                self._fail(finding, report)
            elif finding.status not in UNJUDGED and finding.address in self._open:
                self._end(finding.address, Outcome.RESOLVED, report)
        looked_at = fully_judged(report)
        for address in [each for each in self._open if each not in seen and each[0] in looked_at]:
            self._end(address, Outcome.GONE, report)

    def all(self) -> tuple[Lapse, ...]:
        """Return each lapse, those that did not end included, in the fixed order."""
        still = (
            each.ended(Outcome.WAIVED if each.latest.status is Status.WAIVED else Outcome.OPEN)
            for each in self._open.values()
        )
        return tuple(sorted((*self._ended, *still), key=lambda each: each.order))

    def _fail(self, finding: SealedFinding, report: SealedReport) -> None:
        """Begin a lapse, or go on with it."""
        since = finding.open_since or report.as_of
        found = self._open.setdefault(
            finding.address, Open(finding, report.as_of, min(since, report.as_of), report.as_of)
        )
        found.latest, found.last_seen = finding, report.as_of
        if finding.status is Status.WAIVED:
            accept(found.waived, acceptance_of(finding, report))
        else:
            found.failed += 1

    def _end(self, address: Address, outcome: Outcome, report: SealedReport) -> None:
        """End a lapse with the report that shows how."""
        found = self._open.pop(address)
        changes = changes_between(report.changes, address[2], found.last_seen, report.as_of)
        self._ended.append(found.ended(outcome, report.as_of, changes))


def changes_between(
    changes: Iterable[Change], resource: str, after: datetime, until: datetime
) -> Iterator[Change]:
    """Yield who changed a resource between two moments, in the given order: the newest first."""
    for each in changes:
        if each.resource == resource and after <= each.time <= until:
            yield each


def accept(known: list[Acceptance], found: Acceptance) -> None:
    """Add a waiver, unless it is the one that counted before."""
    if not known or replace(known[-1], since=found.since) != found:
        known.append(found)


def acceptance_of(finding: SealedFinding, report: SealedReport) -> Acceptance:
    """Return the waiver of a finding: as the scope of its run has it, or else its evidence.

    The scope says until when it really counts, which its own day may exceed.
    """
    told = in_scope(finding, report.scope.waivers if report.scope else ())
    if told is not None:
        return Acceptance(report.as_of, told.until, told.by, told.why)
    said = finding.evidence.waiver
    if said is None:
        return Acceptance(report.as_of, "", "", "")
    return Acceptance(report.as_of, said.expires, said.approved_by, said.reason)


def in_scope(finding: SealedFinding, waivers: Sequence[InForce]) -> InForce | None:
    """Return the waiver in force that covers a finding; one of its very id before a pattern."""
    found = [
        each
        for each in waivers
        if each.control == finding.control and is_for(each.resource, finding.resource.id)
    ]
    return min(found, key=lambda each: each.resource != finding.resource.id, default=None)
