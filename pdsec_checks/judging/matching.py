"""Whether a run would find something for a waiver or an attestation, by what an earlier one found.

The answer is that of :func:`pdsec_checks.judging.waivers.notices`: what is refused here is what the
next run would call useless or too broad.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from pdsec_checks.configuration.decisions import (
    Attestation,
    Decision,
    Waiver,
    is_for,
    is_pattern,
)
from pdsec_checks.errors import UsageError
from pdsec_checks.finding import Finding
from pdsec_checks.judging.waivers import Judged, wanting
from pdsec_checks.model import Severity, Status

FINGERPRINT = re.compile("#?([0-9a-f]{12,32})")
"""A fingerprint as the page's links have it, or its beginning, as ``fixes`` prints it."""
NEAREST = 3
"""How many names are offered in place of one that is not there."""
SAID = {
    Status.PASS: "passes",
    Status.FAIL: "fails",
    Status.MANUAL: "needs a person",
    Status.NOT_APPLICABLE: "does not apply",
    Status.WAIVED: "is waived",
}
"""What a control does to a resource."""
OTHERS = {
    (Waiver.kind, Status.MANUAL): "; 'attest' vouches for what the API cannot show",
    (Attestation.kind, Status.FAIL): "; 'waive' accepts a fail",
}
"""Kind of entry, status → which command would be right."""
AnyDecision = TypeVar("AnyDecision", Waiver, Attestation)


def is_fingerprint(resource: str) -> bool:
    """Tell whether the resource of an entry is written as the fingerprint of a finding."""
    return FINGERPRINT.fullmatch(resource) is not None


def named(entry: AnyDecision, findings: Iterable[Finding]) -> AnyDecision:
    """Return an entry with the id of its resource, where it was given by a fingerprint.

    Raises:
        UsageError: No finding has this fingerprint, or one of another control has it.
    """
    match = FINGERPRINT.fullmatch(entry.resource)
    if match is None:
        return entry
    fingerprints = {each.fingerprint: each for each in findings}
    found = [each for key, each in fingerprints.items() if key.startswith(match[1])]
    if len(found) != 1:
        near = nearest(match[1], fingerprints)
        raise UsageError(f"{entry.resource}: no finding of the report has this fingerprint{near}")
    finding = found[0]
    if finding.control != entry.control:
        raise UsageError(
            f"{entry.resource}: this is the fingerprint of {finding.control} on "
            f"{finding.resource.id}, not of {entry.control}"
        )
    return msgspec.structs.replace(entry, resource=finding.resource.id)


def check_matches(entry: Decision, findings: Sequence[Finding]) -> None:
    """Make sure that a run with these findings would have something that the entry is about.

    Raises:
        UsageError: It would not, or the entry would take in every resource of a critical control.
    """
    judged = Judged(findings)
    if entry.control not in judged.severities:
        near = nearest(entry.control, judged.severities)
        raise UsageError(f"{entry.control}: the report did not judge this control{near}")
    if judged.lacks(entry):
        raise UsageError(f"{entry.resource}: {why_lacking(entry, findings)}")
    if judged.severities[entry.control] is Severity.CRITICAL and judged.is_all(entry):
        raise UsageError(
            f"{entry.resource}: this covers every resource of {entry.control} in the report, a "
            "critical control; name their ids"
        )


def why_lacking(entry: Decision, findings: Iterable[Finding]) -> str:
    """Return why there is nothing for an entry, and what comes nearest."""
    of_control = [each for each in findings if each.control == entry.control]
    found = [each for each in of_control if is_for(entry.resource, each.resource.id)]
    if found and not is_pattern(entry.resource):
        status = found[0].status
        command = "waive" if entry.kind == Waiver.kind else "attest"
        return (
            f"{entry.control} {SAID[status]} there in the report, so there is nothing to {command}"
            f"{OTHERS.get((entry.kind, status), '')}"
        )
    wanted = [each.resource.id for each in of_control if wanting(each) == entry.kind]
    what = "fails" if entry.kind == Waiver.kind else "needs a person"
    if not wanted:
        return f"{entry.control} {what} nowhere in the report"
    near = nearest(entry.resource, wanted)
    return f"{entry.control} {what} for no such resource in the report{near}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that offers the nearest of the *known* names."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=NEAREST, cutoff=0.3) or names[:NEAREST]
    return f"; nearest: {', '.join(near)}" if near else ""
