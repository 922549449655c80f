"""The JSON report, version 1: everything, for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from pdsec_checks import NAME
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import TO_DO, Control, MappingName, moment_text
from pdsec_checks.reports import facts, scope, score_words
from pdsec_checks.reports.facts import origin_fields, pairs, remedy_of
from pdsec_checks.reports.json_text import Plain, streamed
from pdsec_checks.reports.report import Report

SCHEMA_VERSION = "1"


def render(report: Report) -> str:
    """Return the report as JSON text."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """Yield the report as JSON text; a large account's findings are never all plain objects."""
    findings = Plain(dated(report, *pair) for pair in pairs(report))
    yield from streamed(document(report, findings))
    yield "\n"


def to_plain(report: Report) -> dict[str, Any]:
    """Return the report as plain objects."""
    return document(report, [dated(report, *pair) for pair in pairs(report)])


def document(report: Report, findings: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the report with its *findings*; ``requests`` only where the account was live."""
    run = report.run
    judged, asked = report.judged
    plain: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": NAME, "version": report.version},
        "as_of": moment_text(run.as_of),
        "account": {
            "name": facts.account_of(run),
            "base_url": run.base_url,
            "subdomain": run.subdomain,
        },
        "source": run.source,
        "complete": report.complete,
        "restricted": report.restricted,
        "scope": scope.fields(report),
        "mapping": report.mapping.value,
        "baseline": run.baseline,
        "summary": {
            "status": {status.value: count for status, count in report.counts.items()},
            "severity": {
                severity.value: {status.value: count for status, count in counts.items()}
                for severity, counts in report.counts_by_severity.items()
            },
            "framework": report.frameworks,
            "judged": judged,
            "to_judge": asked,
            "score": score_words.fields(report),
        },
        "unread": [
            {
                "data_set": unread.name,
                "path": unread.path,
                "status": unread.status,
                "reason": unread.reason,
                "controls": unread.controls,
            }
            for unread in run.unread
        ],
        "notices": list(report.notices),
        "controls": [control_to_plain(report, control) for control in report.controls],
        "findings": findings,
    }
    if run.is_replay:
        plain["recording"] = origin_fields(report)
    if report.earlier_as_of is not None:
        plain["baseline_report"] = {
            "as_of": moment_text(report.earlier_as_of),
            **{each.value: count for each, count in report.novelties.items()},
        }
    if report.carried:
        plain["carried"] = [carried_to_plain(report, each) for each in report.carried]
    if report.handed_on:
        plain["handed_on"] = [carried_to_plain(report, each) for each in report.handed_on]
    if run.changes:
        plain["changes"] = changes(report)
    if run.analytics is not None:
        plain["analytics"] = run.analytics
    if run.requests is not None:
        plain["requests"] = asdict(run.requests)
    return plain


def changes(report: Report) -> list[dict[str, Any]]:
    """Return who changed the resources of the findings, and what is gone."""
    ids = {finding.resource.id for finding in report.findings}
    return [
        each.to_json()
        for each in report.run.changes
        if each.resource in ids or each.action == "delete"
    ]


def control_to_plain(report: Report, control: Control) -> dict[str, Any]:
    """Return one entry of ``controls``."""
    return {
        "id": control.id,
        "title": control.title,
        "description": control.description,
        "severity": control.severity.value,
        "rationale": control.rationale,
        "remediation": control.remediation,
        "limits": control.limits,
        "help_url": control.help,
        "consequence": control.consequence.value,
        "worse_when": control.worse_when,
        "status": report.status_of(control).value,
        "requirements": requirements(report, control, report.mapping),
        "current_requirements": requirements(report, control, MappingName.CURRENT),
    }


def finding_to_plain(control: Control, finding: Finding) -> dict[str, Any]:
    """Return a finding with the remedy of its cause, where it has one."""
    plain, remedy = finding.to_json(), remedy_of(control, finding)
    return plain | remedy.fields if remedy.text else plain


def dated(report: Report, control: Control, finding: Finding) -> dict[str, Any]:
    """Return one entry of ``findings``; one that needs somebody says since when."""
    plain = finding_to_plain(control, finding)
    return plain | open_since(report, finding) if finding.status in TO_DO else plain


def carried_to_plain(report: Report, carried: CarriedFail) -> dict[str, Any]:
    """Return one entry of ``carried``, or of ``handed_on``."""
    plain = carried.to_json()
    return plain | {"finding": plain["finding"] | open_since(report, carried.finding)}


def open_since(report: Report, finding: Finding) -> dict[str, str]:
    """Return the field that says since when a finding has needed somebody."""
    return {"open_since": moment_text(report.since(finding))}


def requirements(report: Report, control: Control, mapping: MappingName) -> list[dict[str, Any]]:
    """Return the requirements that a control supports, each with its edition.

    One that nobody should cite has beside it the ids to cite: ``current``, which may be empty. The
    verdict of a requirement is that of all its controls.
    """
    verdicts = facts.verdicts(report, mapping)
    found = []
    for mapped in report.catalogue.requirements(control.id, mapping):
        requirement = mapped.requirement
        plain: dict[str, Any] = {
            "framework": requirement.framework,
            "id": requirement.id,
            "edition": requirement.edition,
            "title": requirement.title,
            "verdict": verdicts[requirement].verdict.value,
        }
        if mapped.fit is not None:
            plain["fit"] = mapped.fit.value
        if requirement.status != "present":
            plain["status"] = requirement.status
        if not mapped.is_citable:
            plain["current"] = [each.id for each in report.catalogue.instead(control.id, mapped)]
        found.append(plain)
    return found
