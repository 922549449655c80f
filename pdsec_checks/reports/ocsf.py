"""The OCSF 1.8.0 report: JSON lines, one Compliance Finding (class 2003) for each finding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from pdsec_checks import NAME, TITLE
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import UNJUDGED, Control, MappingName, Severity, Status, moment_text
from pdsec_checks.reports import facts, json_text, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import harmless, line

VERSION = "1.8.0"
CATEGORY, CLASS = 2, 2003
CREATE, UPDATE, CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
SEVERITIES = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
}
INFORMATIONAL, UNKNOWN = (1, "Informational"), (0, "Unknown")
DECISIONS = ("waivers", "attestations")
"""Of these the scope of an event has those about its control: a large account's events would repeat
long lists."""
QUIET = frozenset({Status.PASS, Status.NOT_APPLICABLE})
"""What must not raise an alert by its severity; the control's own stays in ``unmapped``."""
VERDICTS = {
    Status.PASS: (1, "Pass"),
    Status.FAIL: (3, "Fail"),
    Status.WAIVED: (3, "Fail"),
    Status.ERROR: (99, "Error"),
    Status.MANUAL: (99, "Manual"),
    Status.NOT_APPLICABLE: (99, "Not Applicable"),
}
STATES = {
    Status.PASS: (4, "Resolved"),
    Status.FAIL: (1, "New"),
    Status.WAIVED: (3, "Suppressed"),
    Status.ERROR: (1, "New"),
    Status.MANUAL: (1, "New"),
    Status.NOT_APPLICABLE: (99, "Not Applicable"),
}
written = json.JSONEncoder(ensure_ascii=False).encode
"""Plain JSON → its text, on one line."""
GONE = ((99, "Gone"), (5, "Archived"))
"""Verdict and state of a finding that the account has no check for any more."""


@dataclass(frozen=True)
class Told:
    """What one event is about, and what it says of it."""

    finding: Finding
    activity: tuple[int, str]
    severity: tuple[int, str]
    verdict: tuple[int, str]
    state: tuple[int, str]
    code: str
    """Our own word for the verdict."""
    said: str
    carried: CarriedFail | None = None
    """The fail of an earlier run that could not be judged now."""


class Supported(NamedTuple):
    """What a control supports, worked out once for all its events."""

    cited: dict[str, list[str]]
    """The requirements to cite, and the standards that they are in."""
    specified: list[str]
    """The requirements of the specified mapping, where the run goes by it."""
    verdicts: dict[str, str]
    """Each requirement to cite → the verdict of all its controls."""


@dataclass(frozen=True)
class Alike:
    """What all events of a control have alike, worked out once."""

    time: int
    """The moment of the account, in milliseconds."""
    metadata: dict[str, Any]
    title: str
    rationale: str
    description: str
    limits: str
    supported: Supported
    origin: dict[str, Any]
    notices: list[str]
    about_run: str
    """The last fields of ``unmapped``, which say what the run looked at: ``"scope": {…}, …``."""

    @classmethod
    def of(cls, report: Report, control: Control, about_run: dict[str, Any]) -> Alike:
        """Return what the events of *control* have alike."""
        return cls(
            time=int(report.run.as_of.timestamp() * 1000),
            metadata=metadata(report),
            title=line(f"{control.id}: {control.title}"),
            rationale=line(control.rationale),
            description=line(control.description),
            limits=line(control.limits),
            supported=support(report, control),
            origin=facts.origin_fields(report),
            notices=facts.notices(report),
            about_run=written(about_run)[1:-1],
        )


def render(report: Report) -> Iterator[str]:
    """Yield one event a line: a large account's are more than a hundred megabytes.

    What the run looked at, and its score, are the same in all events of a control: they are written
    once, and stand before the two braces that end each of them.
    """
    looked_at, score = scope.fields(report), score_words.brief(report)
    for control in report.controls:
        about_run = {"scope": about(control, looked_at), "score": score}
        alike = Alike.of(report, control, about_run)
        for each in told(report, control):
            text = written(event(report, control, each, alike))
            yield f"{text.removesuffix('}}')}, {alike.about_run}}}}}\n"


def about(control: Control, looked_at: dict[str, Any]) -> dict[str, Any]:
    """Return a scope as each event of a control has it: with the decisions about this control.

    A decision is about a control that was selected, which has an event: none is lost.
    """
    own = {
        name: [each for each in looked_at[name] if each["control"] == control.id]
        for name in DECISIONS
    }
    return looked_at | own


def told(report: Report, control: Control) -> Iterator[Told]:
    """Yield what each event of a control says: its findings, fails carried on, and what is gone."""
    carried = {
        each.finding.fingerprint: each
        for each in report.carried
        if each.finding.control == control.id
    }
    for finding in report.by_control[control.id]:
        kept = carried.pop(finding.fingerprint, None)
        yield unjudged(kept, finding) if kept else judged(report, finding)
    yield from map(unjudged, carried.values())
    for finding in report.last.gone if report.last else ():
        if finding.control == control.id:
            yield closed(finding)


def judged(report: Report, finding: Finding) -> Told:
    """Return what the event of a finding of this run says."""
    severity = SEVERITIES[finding.severity]
    if finding.status in QUIET:
        severity = INFORMATIONAL
    elif finding.status in UNJUDGED:  # how bad it is nobody knows
        severity = UNKNOWN
    return Told(
        finding,
        activity(report, finding),
        severity,
        VERDICTS[finding.status],
        STATES[finding.status],
        finding.status.value,
        facts.sentence_of(finding),
    )


def activity(report: Report, finding: Finding) -> tuple[int, str]:
    """Return what the event does to a finding that the last run told of; without one it is new.

    Only a verdict closes what was open.
    """
    was = report.last.statuses.get(finding.address) if report.last else None
    if was is None:
        return CREATE
    return CLOSE if finding.status in QUIET and was not in QUIET else UPDATE


def unjudged(carried: CarriedFail, now: Finding | None = None) -> Told:
    """Return what the event of a carried fail says: as severe as it was, and not closed."""
    status = now.status if now else Status.ERROR
    is_waived = carried.finding.status is Status.WAIVED
    return Told(
        carried.finding,
        UPDATE,
        SEVERITIES[carried.finding.severity],
        VERDICTS[status],
        STATES[Status.WAIVED if is_waived else status],
        status.value,
        line(f"{carried.sentence}; now: {carried.why}"),
        carried,
    )


def closed(finding: Finding) -> Told:
    """Return what the event of a finding says for which the account has no check any more."""
    said = f"{facts.address(finding.resource)} is no longer among what the control judges"
    return Told(finding, CLOSE, INFORMATIONAL, *GONE, "gone", said)


def event(report: Report, control: Control, told: Told, alike: Alike) -> dict[str, Any]:
    """Return one event, but for what it says of the run at its very end."""
    finding = told.finding
    activity_id, activity_name = told.activity
    severity_id, severity = told.severity
    state_id, state = told.state
    waived = None if told.activity is CLOSE else facts.waiver_of(finding)
    return json_text.filled(
        {
            "activity_id": activity_id,
            "activity_name": activity_name,
            "category_uid": CATEGORY,
            "category_name": "Findings",
            "class_uid": CLASS,
            "class_name": "Compliance Finding",
            "type_uid": CLASS * 100 + activity_id,
            "type_name": f"Compliance Finding: {activity_name}",
            "time": alike.time,
            "severity_id": severity_id,
            "severity": severity,
            "status_id": state_id,
            "status": state,
            "status_code": told.code,
            "message": told.said,
            "comment": waived.sentence if waived else None,
            "metadata": alike.metadata,
            "finding_info": finding_info(control, told, alike),
            "compliance": compliance(control, told, alike),
            "resources": [resource(finding)],
            "remediation": remediation(control, finding),
            "unmapped": unmapped(report, control, told, alike),
        }
    )


def metadata(report: Report) -> dict[str, Any]:
    """Return who speaks, in which version of the schema, about which account."""
    found = {
        "version": VERSION,
        "product": {
            "name": TITLE,
            "uid": NAME,
            "vendor_name": TITLE,
            "version": report.version,
        },
        "tenant_uid": facts.account_of(report.run),
        "correlation_uid": report.run_id,
    }
    return found | ({"labels": [scope.PARTIAL]} if report.is_partial else {})


def finding_info(control: Control, told: Told, alike: Alike) -> dict[str, Any]:
    """Return the identity of a finding: the same in every run, whatever the verdict."""
    finding, carried = told.finding, told.carried
    return json_text.filled(
        {
            "uid": finding.fingerprint,
            "title": alike.title,
            "desc": alike.rationale,
            "types": [control.id],
            "src_url": facts.link(finding.resource),
            "last_seen_time": int(carried.failed_on.timestamp() * 1000) if carried else None,
        }
    )


def compliance(control: Control, told: Told, alike: Alike) -> dict[str, Any]:
    """Return the verdict, and what the control supports."""
    status_id, status = told.verdict
    return {
        "control": control.id,
        "desc": alike.description,
        "status_id": status_id,
        "status": status,
        "status_code": told.code,
        "status_details": [told.said],
        **alike.supported.cited,
    }


def support(report: Report, control: Control) -> Supported:
    """Return what a control supports."""
    cited = report.catalogue.citable(control.id)
    frameworks = report.catalogue.frameworks
    requirements = [each.requirement for each in cited]
    titles = [f"{frameworks[each.framework].title} {each.edition}" for each in requirements]
    standards = list(dict.fromkeys(line(title) for title in titles))
    labels = [facts.label(report, control, each) for each in cited]
    found = json_text.filled({"standards": standards, "requirements": labels})
    verdicts = facts.verdicts(report, MappingName.CURRENT)
    told = {
        label: verdicts[each].verdict.value
        for label, each in zip(labels, requirements, strict=True)
    }
    return Supported(found, facts.specified_labels(report, control), told)


def resource(finding: Finding) -> dict[str, Any]:
    """Return the resource by its PagerDuty id; the account by its name, as no other one has it."""
    return json_text.filled(
        {
            "uid": line(finding.account or finding.resource.id),
            "name": line(finding.resource.name),
            "type": line(finding.resource.type),
        }
    )


def remediation(control: Control, finding: Finding) -> dict[str, Any]:
    """Return how to fix it; in general where nothing is to be fixed."""
    remedy = facts.remedy_of(control, finding)
    references = [remedy.help_url or facts.help_page(control)]
    return {"desc": line(remedy.text or control.remediation), "references": references}


def unmapped(report: Report, control: Control, told: Told, alike: Alike) -> dict[str, Any]:
    """Return what OCSF has no place for; the evidence holds waiver and attestation."""
    finding, carried = told.finding, told.carried
    return json_text.filled(
        {
            "status": told.code,
            "severity": control.severity.value,
            "teams": facts.teams(finding),
            "evidence": harmless(finding.evidence),
            **alike.origin,
            "mapping": report.mapping.value,
            "specified_requirements": alike.supported.specified,
            "requirement_verdicts": alike.supported.verdicts,
            "limits": alike.limits,
            "known": finding.known,
            "worse": facts.worse_than_before(finding),
            "notices": alike.notices,
            "cause": finding.cause,
            "failed_on": moment_text(carried.failed_on) if carried else None,
        }
    )
