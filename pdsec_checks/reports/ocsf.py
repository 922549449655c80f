"""The OCSF 1.8.0 report: JSON lines, one Compliance Finding (class 2003) for each finding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pdsec_checks import NAME, TITLE
from pdsec_checks.model import Control, Finding, MappingName, Severity, Status
from pdsec_checks.reports import facts, json_text, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import harmless, line

VERSION = "1.8.0"
CATEGORY, CLASS, CREATE = 2, 2003, 1
SEVERITIES = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
}
INFORMATIONAL = (1, "Informational")
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


def render(report: Report) -> Iterator[str]:
    """Yield one event a line: a large account's are more than a hundred megabytes."""
    looked_at, score = scope.fields(report), score_words.brief(report)
    events = (
        event(report, control, finding, supported, about_run)
        for control in report.controls
        for supported in [support(report, control)]
        for about_run in [{"scope": about(control, looked_at), "score": score}]
        for finding in report.by_control[control.id]
    )
    return (json.dumps(each, ensure_ascii=False) + "\n" for each in events)


def about(control: Control, looked_at: dict[str, Any]) -> dict[str, Any]:
    """Return a scope as each event of a control has it: with the decisions about this control.

    A decision is about a control that was selected, which has an event: none is lost.
    """
    own = {
        name: [each for each in looked_at[name] if each["control"] == control.id]
        for name in DECISIONS
    }
    return looked_at | own


def event(
    report: Report,
    control: Control,
    finding: Finding,
    supported: Supported,
    about_run: dict[str, Any],
) -> dict[str, Any]:
    """Return the event of one finding.

    *supported* is what its control supports, *about_run* what is the same in all its events.
    """
    severity_id, severity = SEVERITIES[finding.severity]
    if finding.status in QUIET:
        severity_id, severity = INFORMATIONAL
    state_id, state = STATES[finding.status]
    waived = facts.waiver_of(finding)
    return json_text.filled(
        {
            "activity_id": CREATE,
            "activity_name": "Create",
            "category_uid": CATEGORY,
            "category_name": "Findings",
            "class_uid": CLASS,
            "class_name": "Compliance Finding",
            "type_uid": CLASS * 100 + CREATE,
            "type_name": "Compliance Finding: Create",
            "time": int(report.run.as_of.timestamp() * 1000),
            "severity_id": severity_id,
            "severity": severity,
            "status_id": state_id,
            "status": state,
            "status_code": finding.status.value,
            "message": facts.sentence_of(finding),
            "comment": waived.sentence if waived else None,
            "metadata": metadata(report),
            "finding_info": finding_info(control, finding),
            "compliance": compliance(control, finding) | supported.cited,
            "resources": [resource(finding)],
            "remediation": remediation(control, finding),
            "unmapped": unmapped(report, control, finding, supported) | about_run,
        }
    )


def metadata(report: Report) -> dict[str, Any]:
    """Return who speaks, in which version of the schema, about which account."""
    found = {
        "version": VERSION,
        "product": {
            "name": TITLE,
            "uid": NAME,
            "version": report.version,
        },
        "tenant_uid": facts.account_of(report.run),
        "correlation_uid": report.run_id,
    }
    return found | ({"labels": [scope.PARTIAL]} if report.is_partial else {})


def finding_info(control: Control, finding: Finding) -> dict[str, Any]:
    """Return the identity of a finding: the same in every run, whatever the verdict."""
    return json_text.filled(
        {
            "uid": finding.fingerprint,
            "title": line(f"{control.id}: {control.title}"),
            "desc": line(control.rationale),
            "types": [control.id],
            "src_url": facts.link(finding.resource),
        }
    )


def compliance(control: Control, finding: Finding) -> dict[str, Any]:
    """Return the verdict."""
    status_id, status = VERDICTS[finding.status]
    return {
        "control": control.id,
        "desc": line(control.description),
        "status_id": status_id,
        "status": status,
        "status_code": finding.status.value,
        "status_details": [facts.sentence_of(finding)],
    }


class Supported(NamedTuple):
    """What a control supports, worked out once for all its events."""

    cited: dict[str, list[str]]
    """The requirements to cite, and the standards that they are in."""
    specified: list[str]
    """The requirements of the specified mapping, where the run goes by it."""
    verdicts: dict[str, str]
    """Each requirement to cite → the verdict of all its controls."""


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


def unmapped(
    report: Report, control: Control, finding: Finding, supported: Supported
) -> dict[str, Any]:
    """Return what OCSF has no place for; the evidence holds waiver and attestation."""
    return json_text.filled(
        {
            "status": finding.status.value,
            "severity": control.severity.value,
            "evidence": harmless(finding.evidence),
            **facts.origin_fields(report),
            "mapping": report.mapping.value,
            "specified_requirements": supported.specified,
            "requirement_verdicts": supported.verdicts,
            "limits": line(control.limits),
            "known": finding.known,
            "worse": facts.worse_than_before(finding),
            "notices": facts.notices(report),
            "cause": finding.cause,
        }
    )
