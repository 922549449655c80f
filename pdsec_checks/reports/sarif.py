"""The SARIF 2.1.0 report, as GitHub code scanning takes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pdsec_checks import NAME, TITLE
from pdsec_checks.model import (
    TO_DO,
    Cause,
    Control,
    Finding,
    MappingName,
    Novelty,
    Severity,
    Status,
    moment_text,
)
from pdsec_checks.reports import facts, json_text, scope, score_words
from pdsec_checks.reports.inventory import key_of, line_hash
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.sarif_places import Located, Places
from pdsec_checks.reports.sarif_taxonomies import Taxonomies
from pdsec_checks.reports.text import clipped, ended, line

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RESULTS_KEPT = 5_000
"""GitHub keeps no more of one run."""
TAGS_KEPT = 10
DESCRIPTION_LIMIT = 1_024
MESSAGE_LIMIT = 2_000
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",  # GitHub reads exactly 9.0 as high
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
}
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
REPORTED = frozenset({*TO_DO, Status.WAIVED})
KINDS = {Status.PASS: "pass", Status.NOT_APPLICABLE: "notApplicable"}
"""The kinds besides ``fail``, which GitHub does not document and DefectDojo drops."""
BASELINE_STATES = {
    Novelty.NEW: "new",
    Novelty.WORSE: "updated",
    Novelty.KNOWN: "unchanged",
}
PREFIXES = {Status.ERROR: "Could not be judged: ", Status.MANUAL: "Needs a person: "}
LEFT_OUT = "partial"
UNREAD = "unread"
NOTICE = "notice"
TRUNCATED = "truncated"


def render(report: Report, *, places: Places | None = None, everything: bool = False) -> str:
    """Return the report as SARIF text.

    *places* are files of the user's repository: code scanning refuses results without one, and an
    account has no files. *everything* adds a result for each ``pass`` and ``not_applicable``.
    """
    located = Located(report, places or Places())
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run(report, located, everything)]}
    return json_text.dump(log)


def run(report: Report, located: Located, everything: bool) -> dict[str, Any]:  # noqa: FBT001 - passed on
    """Return the one run of the log."""
    taxonomies = Taxonomies(report)
    wanted = [pair for pair in facts.pairs(report) if everything or pair[1].status in REPORTED]
    kept = most_severe(wanted)
    places = {control.id: index for index, control in enumerate(report.controls)}
    return json_text.filled(
        {
            "tool": {"driver": driver(report, taxonomies)},
            "automationDetails": {
                "id": f"{NAME}/{category(report)}/",
                "description": {"text": ended(literal(scope.told(report)))},
            },
            "invocations": [invocation(report, located, len(wanted) - len(kept))],
            "taxonomies": taxonomies.components,
            "columnKind": "unicodeCodePoints",
            "properties": {
                **facts.origin_fields(report),
                "scope": scope.fields(report),
                "score": score_words.fields(report),
            },
        }
    ) | {
        "results": [result(control, each, places[each.control], located) for control, each in kept]
    }


def category(report: Report) -> str:
    """Return what code scanning replaces by this report: the earlier one with the same text.

    It closes each alert of that one which is not in this one, so that no two accounts share a
    category, and no two selections.
    """
    account = facts.account_of(report.run).replace("/", "-").replace(" ", "-")
    return f"{account}/{scope.selection(report)}" if report.is_partial else account


def most_severe(pairs: Sequence[tuple[Control, Finding]]) -> list[tuple[Control, Finding]]:
    """Return the most severe ones that GitHub would keep, in the fixed order."""
    by_weight = sorted(pairs, key=lambda pair: (pair[1].status in KINDS, facts.worst_first(pair)))
    return sorted(by_weight[:RESULTS_KEPT], key=lambda pair: pair[1].sort_key)


def driver(report: Report, taxonomies: Taxonomies) -> dict[str, Any]:
    """Return the tool, with a rule for every selected control."""
    return {
        "name": NAME,
        "fullName": f"{TITLE} {report.version}",
        "version": report.version,
        # SARIF2005 asks for it; without a home page of our own, where the settings are explained
        "informationUri": facts.HELP,
        "rules": [rule(report, control, taxonomies) for control in report.controls],
        "supportedTaxonomies": taxonomies.references,
    }


def rule(report: Report, control: Control, taxonomies: Taxonomies) -> dict[str, Any]:
    """Return the rule of a control; it is there whether or not the control has a result."""
    about = " ".join(filter(None, (control.description, control.rationale, control.limits)))
    relations = taxonomies.relations(control)
    frameworks = [each["target"]["toolComponent"]["name"] for each in relations]
    return json_text.filled(
        {
            "id": control.id,
            "name": pascal(control.title),
            "shortDescription": {"text": description(control.title)},
            "fullDescription": {"text": description(about)},
            "help": {"text": help_text(control), "markdown": help_markdown(report, control)},
            "helpUri": facts.help_page(control),
            "defaultConfiguration": {"level": LEVELS[control.severity]},
            "relationships": relations,
            "properties": {
                "security-severity": SECURITY_SEVERITY[control.severity],
                "precision": "high",
                "tags": ["security", "pagerduty", *dict.fromkeys(frameworks)][:TAGS_KEPT],
                "specified": facts.specified_labels(report, control),
            },
        }
    )


def pascal(title: str) -> str:
    """Return a title as one word, as in ``UsersBelongToATeam``, for viewers that want one."""
    words = re.findall(r"[A-Za-z0-9]+", title)
    return "".join(word[:1].upper() + word[1:] for word in words)[:255] or "Control"


def description(text: str) -> str:
    """Return a sentence that is short enough for a description."""
    return ended(clipped(line(text), DESCRIPTION_LIMIT - 1))


def help_text(control: Control) -> str:
    """Return why and how, as plain text."""
    parts = {"Why": control.rationale, "Fix": control.remediation, "Limits": control.limits}
    parts |= {f"Fix, {each.id}": facts.Remedy(each.remedy, each.help).sentence
              for each in control.causes}  # fmt: skip
    return "\n\n".join(f"{name}: {line(text)}" for name, text in parts.items() if text.strip())


def help_markdown(report: Report, control: Control) -> str:
    """Return why and how, and which requirements the control supports in both mappings."""
    lines = [f"# {control.id}: {control.title}", line(control.description)]
    parts = {
        "Why": control.rationale,
        "How to fix it": control.remediation,
        "What the API cannot show": control.limits,
    }
    lines += [f"**{name}.** {line(text)}" for name, text in parts.items() if text.strip()]
    if control.causes:
        lines.append("\n".join(map(cause_markdown, control.causes)))
    for mapping in MappingName:
        found = facts.requirements_of(report, control, mapping)
        if found:
            listed = "\n".join(
                f"- {facts.label(report, control, each)}: {line(each.requirement.title)}"
                for each in found
            )
            lines.append(f"**Supports, {mapping.value} mapping:**\n\n{listed}")
    lines.append("The control supports these requirements; it does not satisfy them.")
    return "\n\n".join(lines)


def cause_markdown(cause: Cause) -> str:
    """Return a cause and its remedy as a list item."""
    page = f" [PagerDuty's page]({cause.help})" if cause.help else ""
    return f"- `{cause.id}`: {line(cause.remedy)}{page}"


def result(control: Control, finding: Finding, place: int, located: Located) -> dict[str, Any]:
    """Return the result of one finding."""
    remedy = facts.remedy_of(control, finding)
    found: dict[str, Any] = {
        "ruleId": finding.control,
        "ruleIndex": place,
        "kind": KINDS.get(finding.status, "fail"),
        "level": level(finding),
        "message": {"text": message(finding, remedy)},
        "locations": [where(finding, located)],
        "partialFingerprints": {
            "primaryLocationLineHash": line_hash(key_of(finding)),  # all that GitHub reads
            "controlAndResource/v1": finding.fingerprint,
        },
        "properties": {"status": finding.status.value}
        | json_text.filled({"cause": finding.cause, "worse": facts.worse_than_before(finding)})
        | remedy.fields,
    }
    if finding.novelty:
        found["baselineState"] = BASELINE_STATES[finding.novelty]
    waived = facts.waiver_of(finding)
    if waived:
        suppression = {"kind": "external", "status": "accepted", "justification": waived.sentence}
        found["suppressions"] = [suppression | located.waiver(finding)]
    return found


def level(finding: Finding) -> str:
    """Return the level: how bad a fail is, and less for what nobody has judged."""
    if finding.status in KINDS:
        return "none"
    doubts = {Status.ERROR: "warning", Status.MANUAL: "note"}
    return doubts.get(finding.status, LEVELS[finding.severity])


def message(finding: Finding, remedy: facts.Remedy) -> str:
    """Return the finding's sentence, where to look at it and what to do; nothing to expand."""
    url = facts.link(finding.resource)
    text = literal(PREFIXES.get(finding.status, "") + facts.sentence_of(finding))
    heading = facts.REMEDY_HEADINGS.get(finding.status) if remedy.text else None
    advice = ended(f" {heading}: {literal(remedy.sentence)}") if heading else ""
    text = clipped(text, MESSAGE_LIMIT - len(advice))
    return ended(f"{text} ({url})" if url else text) + advice


def literal(text: str) -> str:
    """Return *text* without what SARIF would expand: ``{0}`` and ``[text](target)``."""
    return re.sub(r"\{(\d+)\}", r"{ \1 }", text).replace("](", "] (")


def where(finding: Finding, located: Located) -> dict[str, Any]:
    """Return the line that stands for the resource, and the resource itself."""
    resource = finding.resource
    return {
        "physicalLocation": located.physical(finding),
        "logicalLocations": [
            {
                "name": line(resource.name) or line(resource.id),
                "fullyQualifiedName": facts.address(resource),
                "kind": "resource",
            }
        ],
    }


def invocation(report: Report, located: Located, left_out: int) -> dict[str, Any]:
    """Return how the run went. It was successful when no check is an error, and none was left."""
    narrowed = [scope.told(report)] if report.is_narrowed else []
    notes = [notification(LEFT_OUT, "warning", text) for text in narrowed]
    notes += [notification(UNREAD, "error", text) for text in facts.broken_off(report)]
    notes += [
        notification(UNREAD, "error" if each.controls else "note", line(each.sentence))
        for each in report.unread
    ]
    notes += [notification(NOTICE, "warning", text) for text in facts.notices(report)]
    if located.remark:
        notes.append(notification(NOTICE, "note", located.remark))
    if left_out:
        text = f"{left_out} less severe results are not in this file; code scanning keeps 5,000"
        notes.append(notification(TRUNCATED, "warning", text))
    found = {
        "executionSuccessful": report.is_judged,
        "startTimeUtc": moment_text(report.run.as_of),
        "endTimeUtc": moment_text(report.run.as_of),
    }
    return found | json_text.filled({"toolExecutionNotifications": notes})


def notification(name: str, severity: str, text: str) -> dict[str, Any]:
    """Return one thing that the reader must know about the run."""
    return {
        "descriptor": {"id": name},
        "level": severity,
        "message": {"text": ended(clipped(literal(text), MESSAGE_LIMIT))},
    }
