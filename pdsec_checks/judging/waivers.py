"""Waivers and attestations, applied: what becomes of a finding, and which entries need care."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace

from pdsec_checks.configuration.decisions import (
    Attestation,
    Decision,
    Decisions,
    Waiver,
    counts_until,
    is_for,
    is_pattern,
    is_too_broad,
    is_too_long,
    length,
    says_too_little,
)
from pdsec_checks.finding import Finding
from pdsec_checks.model import DEFICIENT, Severity, Status, counted

WARNED_BEFORE = 14
"""Days before the end of an entry in which the run says that it ends."""

APPLIES_TO = {Status.FAIL: Waiver.kind, Status.MANUAL: Attestation.kind}


def apply(finding: Finding, decisions: Decisions, as_of: datetime) -> Finding:
    """Return the finding as the people in charge see it.

    A waiver turns a fail into ``waived``, an attestation turns ``manual`` into a pass; both
    count up to and including their last day, and no longer than allowed. Neither touches an
    error.
    """
    kind = APPLIES_TO.get(finding.status)
    if kind is None:
        return finding
    today = as_of.date()
    for entry in decisions.about(kind, finding.control, finding.resource.id):
        allowed = decisions.allowed(entry.kind, finding.severity)
        end = counts_until(entry, today, allowed)
        if end is not None and today <= end:
            return decided(finding, entry, end)
    return finding


def decided(finding: Finding, entry: Decision, end: date) -> Finding:
    """Return a finding with what was decided about it; *end* is the last day that it counts.

    Without who vouches for it, an attested pass would contradict what its message asks for.
    """
    evidence = {**finding.evidence, entry.kind: record(entry, end)}
    if isinstance(entry, Attestation):
        message = f"{vouched(entry, end)} (what the API shows: {finding.message})"
        return replace(finding, status=Status.PASS, evidence=evidence, message=message)
    return replace(finding, status=Status.WAIVED, evidence=evidence)


def vouched(entry: Attestation, end: date) -> str:
    """Return who vouches for what, from when and until when, as one sentence without a stop."""
    return (
        f"attested by {entry.who} on {entry.when.isoformat()}, until {end.isoformat()}: "
        f"{entry.statement.rstrip('.')}"
    )


def record(entry: Decision, end: date) -> dict[str, str]:
    """Return an entry as plain JSON for the evidence of a finding."""
    if isinstance(entry, Attestation):
        return {
            "who": entry.who,
            "when": entry.when.isoformat(),
            "until": end.isoformat(),
            "statement": entry.statement,
        }
    found = {
        "reason": entry.reason,
        "approved_by": entry.approved_by,
        "expires": end.isoformat(),
    }
    return found | ({"accepted": entry.accepted.isoformat()} if entry.accepted else {})


def notices(
    findings: Iterable[Finding],
    decisions: Decisions,
    as_of: datetime,
    *,
    restricted: bool = False,
) -> list[str]:
    """Return a sentence for each thing that somebody should do about an entry.

    It expired or soon will, is too long or too broad, or has nothing to apply to. Entries for
    controls that were not selected are left alone. Nothing is called useless when only some
    resources were judged (*restricted*), or the control has an error.
    """
    judged = Judged(findings if decisions.all else ())
    found: list[str] = []
    for entry in decisions.all:
        severity = judged.severities.get(entry.control)
        if severity is not None:
            allowed = decisions.allowed(entry.kind, severity)
            is_broad = is_too_broad(entry.resource, severity) or (
                not restricted and severity is Severity.CRITICAL and judged.is_all(entry)
            )
            about = About(entry, severity, allowed, as_of.date(), is_broad)
            is_useless = not restricted and judged.lacks(entry)
            found += [f"{about.address} {text}" for text in about.sentences(is_useless=is_useless)]
    return found


def foreseen(
    decisions: Decisions,
    severities: Mapping[str, Severity],
    today: date,
    can_match: Callable[[Decision], bool],
) -> list[str]:
    """Return what a run will say about entries, as far as that is known without an account.

    Args:
        decisions: All entries.
        severities: The controls there are, with the severity in force.
        today: The day as of which the account will be read.
        can_match: Tells of an entry whether its control can ever have something for it.
    """
    found: list[str] = []
    for entry in decisions.all:
        severity = severities.get(entry.control)
        if severity is None:
            continue
        allowed = decisions.allowed(entry.kind, severity)
        about = About(entry, severity, allowed, today, says_too_little(entry.resource, severity))
        said = about.sentences(is_useless=not can_match(entry))
        found += [f"{about.address} {text}" for text in said]
    return found


class Judged:
    """What a run found, as far as entries are about it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.severities: dict[str, Severity] = {}
        self._unsure: set[str] = set()
        self._judged: dict[str, set[str]] = {}
        self._ids: dict[tuple[str, str], set[str]] = {}
        for each in findings:
            self.severities[each.control] = each.severity
            self._judged.setdefault(each.control, set()).add(each.resource.id)
            if each.status is Status.ERROR:
                self._unsure.add(each.control)
            if kind := wanting(each):
                self._ids.setdefault((kind, each.control), set()).add(each.resource.id)

    def is_all(self, entry: Decision) -> bool:
        """Tell whether an entry is a pattern that every resource of its control matches."""
        return is_pattern(entry.resource) and all(
            is_for(entry.resource, each) for each in self._judged[entry.control]
        )

    def lacks(self, entry: Decision) -> bool:
        """Tell whether there is certainly nothing that an entry could apply to."""
        if entry.control in self._unsure:
            return False
        ids = self._ids.get((entry.kind, entry.control), set())
        if not is_pattern(entry.resource):
            return entry.resource not in ids
        return not any(is_for(entry.resource, each) for each in ids)


def wanting(finding: Finding) -> str:
    """Return the kind of entry that a finding needs or had; nothing when it needs none."""
    if finding.status in DEFICIENT:
        return Waiver.kind
    attested = Attestation.kind in finding.evidence
    return Attestation.kind if finding.status is Status.MANUAL or attested else ""


@dataclass(frozen=True)
class About:
    """What is to be said about one entry."""

    entry: Decision
    severity: Severity
    allowed: int
    today: date
    is_broad: bool
    """Whether it takes in every resource of a critical control."""

    @property
    def address(self) -> str:
        """Which entry it is, in words."""
        return f"the {self.entry.kind} for {self.entry.control} on {self.entry.resource}"

    def sentences(self, *, is_useless: bool) -> Iterator[str]:
        """Yield the rest of each sentence."""
        first, last = self.entry.first_day, self.entry.last_day
        if self.today > last:
            yield f"expired on {last.isoformat()}"
            return
        if first and first > self.today:
            yield f"counts only from {first.isoformat()}"
            return
        if is_useless:
            yield "matches nothing; remove it"
            return
        if self.is_broad:
            yield "covers every resource of a critical control; name their ids"
        if is_too_long(self.entry, self.today, self.allowed):
            yield self._too_long()
        yield from self._soon()

    def _too_long(self) -> str:
        end = counts_until(self.entry, self.today, self.allowed)
        days = length(self.entry, self.today)
        limit = f"one of a {self.severity} control may last {self.allowed}"
        if end is None:
            return (
                f"ends in {counted(days, 'day')}, and {limit}: it does not count; write down when "
                "it was accepted, or let it end earlier"
            )
        verb = "counts" if self.today <= end else "counted"
        return f"lasts {counted(days, 'day')}, and {limit}: it {verb} only until {end.isoformat()}"

    def _soon(self) -> Iterator[str]:
        end = counts_until(self.entry, self.today, self.allowed)
        left = (end - self.today).days if end else -1
        if end and 0 <= left <= WARNED_BEFORE:
            when = f"in {counted(left, 'day')}" if left else "today"
            yield f"ends on {end.isoformat()}, {when}"
