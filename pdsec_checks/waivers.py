"""Waivers and attestations: what a person decided about a finding, until a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from pdsec_checks.model import Finding, Status
from pdsec_checks.settings import Attestation, Waiver


def apply(
    finding: Finding,
    waivers: Iterable[Waiver],
    attestations: Iterable[Attestation],
    as_of: datetime,
) -> Finding:
    """Return the finding as the people in charge see it.

    A waiver turns a fail into ``waived``, an attestation turns ``manual`` into a pass; both
    count up to and including their last day. Neither touches an error.
    """
    today = as_of.date()
    if finding.status is Status.FAIL:
        for waiver in waivers:
            if _is_for(waiver, finding) and today <= waiver.expires:
                accepted = {
                    "reason": waiver.reason,
                    "approved_by": waiver.approved_by,
                    "expires": waiver.expires.isoformat(),
                }
                evidence = {**finding.evidence, "waiver": accepted}
                return replace(finding, status=Status.WAIVED, evidence=evidence)
    if finding.status is Status.MANUAL:
        for attestation in attestations:
            if _is_for(attestation, finding) and attestation.when <= today <= attestation.until:
                attested = {
                    "who": attestation.who,
                    "when": attestation.when.isoformat(),
                    "until": attestation.until.isoformat(),
                    "statement": attestation.statement,
                }
                evidence = {**finding.evidence, "attestation": attested}
                return replace(finding, status=Status.PASS, evidence=evidence)
    return finding


def notices(
    findings: Iterable[Finding],
    waivers: Iterable[Waiver],
    attestations: Iterable[Attestation],
    as_of: datetime,
    *,
    restricted: bool = False,
) -> list[str]:
    """Return a sentence for each entry that did nothing: expired, or nothing to apply to.

    Entries for controls that were not selected are left alone. Nothing is called useless when
    only some resources were judged (*restricted*), or the control has an error.
    """
    known = list(findings)
    controls = {finding.control for finding in known}
    unsure = {finding.control for finding in known if finding.status is Status.ERROR}
    found = []
    entries: list[Waiver | Attestation] = [*waivers, *attestations]
    for entry in entries:
        if entry.control not in controls:
            continue
        what, last_day = _address(entry), _last_day(entry)
        if as_of.date() > last_day:
            found.append(f"{what} expired on {last_day.isoformat()}")
        elif isinstance(entry, Attestation) and as_of.date() < entry.when:
            found.append(f"{what} counts only from {entry.when.isoformat()}")
        elif restricted or entry.control in unsure:
            continue
        elif not any(_is_for(entry, finding) and _applied(finding) for finding in known):
            found.append(f"{what} matches nothing; remove it")
    return found


def _applied(finding: Finding) -> bool:
    return "waiver" in finding.evidence or "attestation" in finding.evidence


def _address(entry: Waiver | Attestation) -> str:
    kind = "waiver" if isinstance(entry, Waiver) else "attestation"
    return f"the {kind} for {entry.control} on {entry.resource}"


def _last_day(entry: Waiver | Attestation) -> date:
    return entry.expires if isinstance(entry, Waiver) else entry.until


def _is_for(entry: Waiver | Attestation, finding: Finding) -> bool:
    return entry.control == finding.control and entry.resource == finding.resource.id
