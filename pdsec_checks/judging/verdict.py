"""A control called with one resource, and what its end means: a finding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pdsec_checks.errors import InspectionError, unforeseen
from pdsec_checks.finding import Finding
from pdsec_checks.judging.controls import EVIDENCE, Judgeable
from pdsec_checks.model import Control, Status
from pdsec_checks.outcomes import FailedError, Skipped, Undecided
from pdsec_checks.resources import Unreadable, View

TELLING = (FailedError, Undecided)
"""How a control ends that hands on evidence, and which of its causes it is."""
PLAIN = json.JSONEncoder(allow_nan=False)


def verdict_of(
    control: Judgeable, resource: View, arguments: Mapping[str, Any], nodeid: str = ""
) -> Finding:
    """Call a control with one resource and its other *arguments*; all it does is a finding.

    *nodeid* is that of its case.
    """
    if isinstance(resource, Unreadable):
        return finding_of(control.control, resource, resource.error, nodeid=nodeid)
    evidence: dict[str, Any] = {}
    given = {**arguments, control.resource: resource}
    if EVIDENCE in given:
        given[EVIDENCE] = evidence
    error: BaseException | None = None
    try:
        control.function(**given)
    except (Exception, Skipped) as raised:  # noqa: BLE001 - each becomes a finding
        error = raised
    return finding_of(control.control, resource, error, evidence, nodeid=nodeid)


def finding_of(
    control: Control,
    resource: View,
    error: BaseException | None,
    evidence: dict[str, Any] | None = None,
    *,
    nodeid: str = "",
) -> Finding:
    """Return what the end of a control means for a resource."""
    status, message, reason = verdict(resource, error)
    found, cause = evidence or {}, ""
    if isinstance(error, TELLING):
        found = {**found, **error.evidence}
        cause = error.cause
    if problem := why_not_plain(found):
        found = {}
        if status is not Status.FAIL:
            status, reason, cause = Status.ERROR, problem, ""
            message = f"{resource} could not be judged: {problem}"
    return Finding(
        control.id,
        control.severity,
        status,
        resource.ref,
        message,
        found,
        nodeid,
        reason=reason,
        cause=cause,
    )


def verdict(resource: View, error: BaseException | None) -> tuple[Status, str, str]:
    """Return what the end of a control means, the sentence that says so, and an error's reason."""
    match error:
        case None:
            return Status.PASS, f"{resource} complies", ""
        case AssertionError():
            return Status.FAIL, first_line(error), ""
        case Undecided():
            return error.status, error.reason, ""
        case InspectionError():
            reason = str(error)
        case _:
            reason = unforeseen(error)
    return Status.ERROR, f"{resource} could not be judged: {reason}", reason


def why_not_plain(evidence: Mapping[str, Any]) -> str:
    """Return why reports cannot hold some *evidence*; nothing where it is plain JSON."""
    try:
        if evidence:
            PLAIN.encode(evidence)
    except (TypeError, ValueError, RecursionError) as error:
        return f"its evidence is not plain JSON ({type(error).__name__})"
    return ""


def first_line(error: AssertionError) -> str:
    """Return the message of an assertion without what pytest's rewriting adds below it."""
    return str(error).partition("\nassert ")[0].strip() or "the assertion has no message"
