"""The HDF report (``inspec exec`` JSON), as Heimdall and SAF read it.

Each program folds the results of a control into one status by its own rule, in this order:

- Heimdall, ``saf view summary`` and ``saf validate threshold`` (inspecjs, ``compute_status``): an
  error, or no result → Profile Error; waived or impact 0 → Not Applicable; a failed one → Failed;
  **passed beside skipped → Passed**; only skipped → Not Reviewed.
- ``saf convert hdf2ckl`` (hdf-converters, ``getStatus``): impact 0 → Not_Applicable; a failed one
  → Open; **passed beside an error → NotAFinding**; else Not_Reviewed.
- ``saf convert hdf2xccdf`` (``getXCCDFResult``): a backtrace → error; all passed → pass; all
  skipped → notchecked; a failed one → fail; else unknown.
- ``saf convert hdf2asff`` (``setupControlStatus``), for each result: a backtrace anywhere in the
  control → NOT_AVAILABLE; skipped → WARNING; passed → PASSED; else FAILED.

So that all of them say what we say, a control has one of three shapes: it fails, and its results
are passed, failed and skipped, whatever else could not be judged; or all its results are passed; or
none is. Passed is none unless the run looked at all resources of the control.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from pdsec_checks import NAME, TITLE
from pdsec_checks.finding import Finding
from pdsec_checks.model import ACCOUNT, Control, MappingName, Severity, Status, moment_text
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.reports import facts, json_text, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import ended, harmless, line, printable

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
NOT_JUDGED = "could not be judged"


def render(report: Report) -> str:
    """Return the report as HDF text."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """Yield the same control by control."""
    account = facts.account_of(report.run)
    yield from json_text.streamed(
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
    yield "\n"


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
        "controls": (control_entry(report, control) for control in report.controls),
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
        "descriptions": descriptions(control, remedies, findings),
        "impact": 0.0 if status is Status.NOT_APPLICABLE else IMPACTS[control.severity],
        "refs": [{"url": each} for each in dict.fromkeys(pages)],
        "tags": tags(report, control),
        "code": source(control),
        "source_location": {},
        "results": results(report, control, findings, status),
    }
    return entry | json_text.filled(
        {
            "waiver_data": waiver_data(findings, status),
            "attestation_data": attestation_data(report, control, findings),
        }
    )


def source(control: Control) -> str:
    """Return the source of a control as lines that steer no terminal."""
    return "\n".join(printable(each) for each in control.code.expandtabs(4).splitlines())


def descriptions(
    control: Control, remedies: Sequence[facts.Remedy], findings: Sequence[Finding]
) -> list[dict[str, str]]:
    """Return the texts that Heimdall shows below a control; *remedies* are those of its fails."""
    fix = " ".join(each.text for each in remedies) or control.remediation
    texts = {
        "check": how_judged(control),
        "fix": fix,
        "limits": control.limits,
        "not applicable": "; ".join(map(facts.sentence_of, left_out(findings))),
    }
    return [{"label": name, "data": line(text)} for name, text in texts.items() if text]


def how_judged(control: Control) -> str:
    """Return what must hold, of what, and which paths of the API tell."""
    subject = control.resource.replace("_", " ") or "resource"
    each = "The account is judged as a whole"
    if control.resource != ACCOUNT:
        each = f"Each {subject} is judged by itself"
    paths = [DATA_SETS[name].path for name in DATA_SETS if name in closure(control.needs)]
    shown = f", by what PagerDuty's REST API answers to GET {', '.join(paths)}" if paths else ""
    return (
        f"{ended(control.description)} {each}{shown}. "
        "Anything else is a fail; what cannot be read is not judged."
    )


def applying(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that make up a control; those that do not apply only by themselves."""
    found = [each for each in findings if each.status is not Status.NOT_APPLICABLE]
    return found or list(findings)


def left_out(findings: Sequence[Finding]) -> list[Finding]:
    """Return those that do not apply, where others do."""
    applied = {each.fingerprint for each in applying(findings)}
    return [each for each in findings if each.fingerprint not in applied]


def tags(report: Report, control: Control) -> dict[str, Any]:
    """Return what to cite by framework; ``nist`` places the control in Heimdall's tree.

    ``cci`` is what checklists cite; where it is missing, ``hdf2ckl`` derives it from ``nist``.
    ``not_applicable`` names what would make a control that passes one of unknown result in XCCDF.

    The specified requirements stand beside that, each with why not to cite it where that is so.
    Heimdall shows a requirement by the controls in the file alone; the verdicts count all of them.
    """
    by_framework: dict[str, list[str]] = {}
    nist: list[str] = []
    cci: list[str] = []
    told = []
    verdicts = facts.verdicts(report, MappingName.CURRENT)
    for mapped in report.catalogue.citable(control.id):
        each = mapped.requirement
        label = facts.label(report, control, mapped)
        by_framework.setdefault(each.framework, []).append(label)
        told.append(f"{label}: {verdicts[each].said}")
        cci += each.cci
        if each.framework == "fedramp" and each.status == "present":
            nist.append(each.id)
    further = json_text.filled(
        {
            "specified": facts.specified_labels(report, control),
            "requirement_verdicts": told,
            "cci": list(dict.fromkeys(cci)),
            "not_applicable": [
                facts.address(each.resource) for each in left_out(report.by_control[control.id])
            ],
        }
    )
    return {**by_framework, **further, "severity": control.severity.value, "nist": nist}


def results(
    report: Report, control: Control, findings: Sequence[Finding], status: Status
) -> list[dict[str, Any]]:
    """Return the results of a control, folded so that nothing unjudged turns green."""
    found = applying(findings)
    in_part = status is Status.PASS and control.id in report.judged_in_part
    if status is Status.FAIL or (status is Status.PASS and not in_part):
        return [result(report, control, each, is_failing=status is Status.FAIL) for each in found]
    others = [
        result(report, control, each, is_failing=False)
        for each in found
        if each.status is not Status.PASS
    ]
    passed = [each for each in found if each.status is Status.PASS]
    return [*others, passed_in_text(report, passed, in_part=in_part)] if passed else others


def passed_in_text(report: Report, passed: Sequence[Finding], *, in_part: bool) -> dict[str, Any]:
    """Return the one result that names what passed beside others without a verdict."""
    names = ", ".join(facts.address(finding.resource) for finding in passed)
    why = "were not looked at" if in_part else "have no verdict or are waived"
    text = f"passed, listed here because the others {why}: {names}"
    return entry_of(report, "skipped", text, {"skip_message": text})


def result(
    report: Report, control: Control, finding: Finding, *, is_failing: bool
) -> dict[str, Any]:
    """Return the result of one finding; *is_failing* tells whether its control fails."""
    said = facts.sentence_of(finding)
    known = (
        facts.address(finding.resource),
        facts.link(finding.resource),
        facts.owned_by(finding),
    )
    place = ", ".join(filter(None, known))
    status, detail = RESULTS[finding.status], details(control, finding, said)
    if finding.status is Status.ERROR and is_failing:
        status, detail = "skipped", {"skip_message": f"{NOT_JUDGED}: {said}"}
    name = json_text.filled({"resource_id": line(finding.resource.id)})
    return entry_of(report, status, f"{said} ({place})", name | detail)


def details(control: Control, finding: Finding, said: str) -> dict[str, Any]:
    """Return the fields that only results of a status have; *said* is what the finding says."""
    remedy = facts.remedy_of(control, finding).sentence
    waived, attested = facts.waiver_of(finding), facts.attestation_of(finding)
    found: dict[Status, dict[str, Any]] = {
        Status.FAIL: {"message": f"{ended(said)} Fix: {remedy}"},
        Status.ERROR: {"message": said, "exception": NOT_JUDGED, "backtrace": [said]},
        Status.MANUAL: {
            "skip_message": "needs a person: "
            + (f"{ended(said)} To do: {remedy}" if remedy else said)
        },
        Status.NOT_APPLICABLE: {"skip_message": f"not applicable: {said}"},
        Status.WAIVED: {"skip_message": f"{waived.sentence if waived else 'waived'} ({said})"},
        Status.PASS: {"message": attested.sentence} if attested else {},
    }
    return found[finding.status]


def entry_of(report: Report, status: str, text: str, more: dict[str, Any]) -> dict[str, Any]:
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
