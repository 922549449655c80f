"""The HDF report (``inspec exec`` JSON), as Heimdall and SAF read it.

Heimdall folds the results of a control into one status, in this order: an error, or no result →
Profile Error; waived or impact 0 → Not Applicable; a failed one → Failed; **passed beside skipped
→ Passed**; only skipped → Not Reviewed. What is written here never folds into Passed unless the run
looked at all resources of the control, and every case that applies passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from pdsec_checks import NAME, TITLE
from pdsec_checks.model import (
    Control,
    Finding,
    MappingName,
    Severity,
    Status,
    moment_text,
)
from pdsec_checks.reports import facts, json_text, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import ended, harmless, line

IMPACTS = {
    Severity.CRITICAL: 0.9,
    Severity.HIGH: 0.7,
    Severity.MEDIUM: 0.5,
    Severity.LOW: 0.3,
}
RESULTS = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.ERROR: "error",
    Status.MANUAL: "skipped",
    Status.WAIVED: "skipped",
    Status.NOT_APPLICABLE: "skipped",
}
SKIPPED_ONLY = frozenset({Status.MANUAL, Status.WAIVED})
"""Controls of this overall status must not show a passed result."""


def render(report: Report) -> str:
    """Return the report as HDF text."""
    account = facts.account_of(report.run)
    return json_text.dump(
        {
            "platform": {"name": "PagerDuty", "release": account, "target_id": account},
            "version": report.version,
            "statistics": {},
            "profiles": [profile(report)],
            # where converters to HDF put what it has no place for, each under the tool's name
            "passthrough": {
                "auxiliary_data": [{"name": NAME, "data": {"score": score_words.fields(report)}}]
            },
        }
    )


def profile(report: Report) -> dict[str, Any]:
    """Return the one profile: the selected controls."""
    names = " ".join(control.id for control in report.controls)
    known = [
        *scope.sentences(report),
        facts.origin(report),
        *(facts.caveats(report) or ["All data was read"]),
        *facts.notices(report),
    ]
    return {
        "name": NAME,
        "title": scope.headed(report, TITLE),
        "version": report.version,
        "summary": " ".join(f"{text}." for text in known),
        "sha256": sha256(f"{NAME} {report.version} {names}".encode()).hexdigest(),
        "status": "loaded",
        "supports": [],
        "attributes": [
            {"name": name, "options": {"value": harmless(value)}}
            for name, value in inputs(report).items()
        ],
        "groups": [],
        "controls": [control_entry(report, control) for control in report.controls],
    }


def inputs(report: Report) -> dict[str, Any]:
    """Return what the run was told: the thresholds, and what it looked at."""
    return dict(sorted(report.run.baseline.items())) | {"scope": scope.fields(report)}


def control_entry(report: Report, control: Control) -> dict[str, Any]:
    """Return one control with at least one result."""
    findings = report.by_control[control.id]
    status = report.status_of(control)
    remedies = facts.remedies_of(control, findings)
    pages = [each.help_url for each in remedies if each.help_url] or [facts.help_page(control)]
    entry = {
        "id": control.id,
        "title": line(control.title),
        "desc": line(control.rationale),
        "descriptions": descriptions(control, remedies),
        "impact": 0.0 if status is Status.NOT_APPLICABLE else IMPACTS[control.severity],
        "refs": [{"url": each} for each in dict.fromkeys(pages)],
        "tags": tags(report, control),
        "code": "",
        "source_location": {},
        "results": results(report, control, findings, status),
    }
    return entry | json_text.filled(
        {
            "waiver_data": waiver_data(findings, status),
            "attestation_data": attestation_data(report, control, findings),
        }
    )


def descriptions(control: Control, remedies: Sequence[facts.Remedy]) -> list[dict[str, str]]:
    """Return the texts that Heimdall shows below a control; *remedies* are those of its fails."""
    fix = " ".join(each.text for each in remedies) or control.remediation
    texts = {"check": control.description, "fix": fix, "limits": control.limits}
    return [{"label": name, "data": line(text)} for name, text in texts.items() if text]


def tags(report: Report, control: Control) -> dict[str, Any]:
    """Return what to cite by framework; ``nist`` places the control in Heimdall's tree.

    The specified requirements stand beside that, each with why not to cite it where that is so.
    Heimdall shows a requirement by the controls in the file alone; the verdicts count all of them.
    """
    by_framework: dict[str, list[str]] = {}
    nist, told = [], []
    verdicts = facts.verdicts(report, MappingName.CURRENT)
    for mapped in report.catalogue.citable(control.id):
        each = mapped.requirement
        label = facts.label(report, control, mapped)
        by_framework.setdefault(each.framework, []).append(label)
        told.append(f"{label}: {verdicts[each].said}")
        if each.framework == "fedramp" and each.status == "present":
            nist.append(each.id)
    further = json_text.filled(
        {"specified": facts.specified_labels(report, control), "requirement_verdicts": told}
    )
    return {**by_framework, **further, "severity": control.severity.value, "nist": nist}


def results(
    report: Report, control: Control, findings: Sequence[Finding], status: Status
) -> list[dict[str, Any]]:
    """Return the results of a control, folded so that nothing unjudged turns green."""
    in_part = status is Status.PASS and control.id in report.judged_in_part
    if status not in SKIPPED_ONLY and not in_part:
        return [result(report, control, finding) for finding in findings]
    passed = [finding for finding in findings if finding.status is Status.PASS]
    others = [finding for finding in findings if finding.status is not Status.PASS]
    found = [result(report, control, finding) for finding in others]
    if passed:
        names = ", ".join(facts.address(finding.resource) for finding in passed)
        why = "were not looked at" if in_part else "have no verdict or are waived"
        text = f"passed, listed here because the others {why}: {names}"
        found.append(entry_of(report, "skipped", text, {"skip_message": text}))
    return found


def result(report: Report, control: Control, finding: Finding) -> dict[str, Any]:
    """Return the result of one finding."""
    status, said = RESULTS[finding.status], facts.sentence_of(finding)
    remedy = facts.remedy_of(control, finding).sentence
    waived, attested = facts.waiver_of(finding), facts.attestation_of(finding)
    detail = {
        Status.FAIL: {"message": f"{ended(said)} Fix: {remedy}"},
        Status.ERROR: {"message": said, "exception": "could not be judged"},
        Status.MANUAL: {
            "skip_message": "needs a person: "
            + (f"{ended(said)} To do: {remedy}" if remedy else said)
        },
        Status.NOT_APPLICABLE: {"skip_message": f"not applicable: {said}"},
        Status.WAIVED: {"skip_message": f"{waived.sentence if waived else 'waived'} ({said})"},
        Status.PASS: {"message": attested.sentence} if attested else {},
    }[finding.status]
    name = json_text.filled({"resource_id": line(finding.resource.id)})
    return entry_of(report, status, said, name | detail)


def entry_of(report: Report, status: str, text: str, more: dict[str, str]) -> dict[str, Any]:
    """Return one entry of ``results``."""
    start = moment_text(report.run.as_of)
    return {"status": status, "code_desc": text, "start_time": start, "run_time": 0.0, **more}


def waiver_data(findings: Sequence[Finding], status: Status) -> dict[str, Any] | None:
    """Return the waivers of a control; they decide its status only when nothing else is open."""
    waived = [
        (finding, waiver)
        for finding in findings
        if (waiver := facts.waiver_of(finding)) is not None
    ]
    if not waived:
        return None
    return {
        "justification": "; ".join(
            f"{facts.address(finding.resource)}: {waiver.sentence}" for finding, waiver in waived
        ),
        "expiration_date": min(waiver.expires for _, waiver in waived),
        "run": True,
        "skipped_due_to_waiver": status is Status.WAIVED,
        "message": "; ".join(facts.sentence_of(finding) for finding, _ in waived),
    }


def attestation_data(
    report: Report, control: Control, findings: Sequence[Finding]
) -> dict[str, Any] | None:
    """Return the attestations of a control; the one that ends first gives date and name.

    None unless the whole control passes: the block says ``passed`` for all of it.
    """
    if report.status_of(control) is not Status.PASS or control.id in report.judged_in_part:
        return None
    attested = [
        (given.until, facts.address(finding.resource), given)
        for finding in findings
        if (given := facts.attestation_of(finding)) is not None
    ]
    if not attested:
        return None
    first = min(attested)[2]
    days = (date.fromisoformat(first.until) - date.fromisoformat(first.when)).days
    return {
        "control_id": control.id,
        "explanation": "; ".join(f"{name}: {given.sentence}" for _, name, given in attested),
        "frequency": f"{days}d",
        "status": "passed",
        "updated": first.when,
        "updated_by": first.who,
    }
