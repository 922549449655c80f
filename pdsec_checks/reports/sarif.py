"""The SARIF 2.1.0 report, as GitHub code scanning takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pdsec_checks import NAME, TITLE
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import (
    NEEDING_SOMEBODY,
    Cause,
    Control,
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
KINDS = {Status.PASS: "pass", Status.NOT_APPLICABLE: "notApplicable"}
"""The kinds besides ``fail``, which GitHub does not document and DefectDojo drops."""
BASELINE_STATES = {
    Novelty.NEW: "new",
    Novelty.WORSE: "updated",
    Novelty.KNOWN: "unchanged",
}
PREFIXES = {Status.ERROR: "Could not be judged: ", Status.MANUAL: "Needs a person: "}
DOUBTS = {Status.MANUAL: ("needs-a-person", "note"), Status.ERROR: ("not-judged", "warning")}
"""What has no verdict → how the id of its rule ends, which is its tag as well, and the level."""
DOUBT_TEXTS = {
    Status.MANUAL: "The API cannot show whether this holds, and a person must tell:",
    Status.ERROR: "Whether this holds could not be judged:",
}
"""What stands before what the control demands."""
PROBLEMS = {"note": "recommendation", "warning": "warning"}
"""Level → the severity of a rule that is about no vulnerability."""
LEFT_OUT = "partial"
UNREAD = "unread"
NOTICE = "notice"
TRUNCATED = "truncated"


@dataclass(frozen=True)
class Shown:
    """What one result is about."""

    control: Control
    finding: Finding
    """That of an earlier run where the fail was carried."""
    carried: CarriedFail | None = None
    status: Status | None = None
    """What this run found where the fail was carried; None where it has no such check."""

    @property
    def rule_id(self) -> str:
        """The control; what has no verdict has a rule of its own beside it."""
        return doubt_id(self.control, self.finding.status)

    @property
    def weight(self) -> tuple[Any, ...]:
        """The sort key that puts first what is to be kept."""
        is_settled = self.finding.status in KINDS
        return (is_settled, facts.worst_first((self.control, self.finding)))


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
    wanted = shown(report, everything=everything)
    kept = most_severe(wanted)
    rules = rules_of(report, kept, taxonomies)
    places = {each["id"]: index for index, each in enumerate(rules)}
    return json_text.filled(
        {
            "tool": {"driver": driver(report, rules, taxonomies)},
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
    ) | {"results": [result(each, places[each.rule_id], located) for each in kept]}


def category(report: Report) -> str:
    """Return what code scanning replaces by this report: the earlier one with the same text.

    It closes each alert of that one which is not in this one, so that no two accounts share a
    category, and no two selections.
    """
    account = facts.account_of(report.run).replace("/", "-").replace(" ", "-")
    return f"{account}/{scope.selection(report)}" if report.is_partial else account


def shown(report: Report, *, everything: bool) -> list[Shown]:
    """Return what has a result; a carried fail stands in place of the doubt about its check."""
    controls = {control.id: control for control in report.controls}
    carried = {each.finding.address: each for each in report.carried}
    found = [
        Shown(control, finding)
        for control, finding in facts.pairs(report)
        if everything or finding.status in NEEDING_SOMEBODY
    ]
    now = {each.finding.address: each.finding.status for each in found}
    return [
        *(each for each in found if each.finding.address not in carried),
        *(
            Shown(controls[each.finding.control], each.finding, each, now.get(address))
            for address, each in carried.items()
        ),
    ]


def most_severe(found: Sequence[Shown]) -> list[Shown]:
    """Return the most severe ones that GitHub would keep, in the fixed order."""
    by_weight = sorted(found, key=lambda each: each.weight)
    return sorted(by_weight[:RESULTS_KEPT], key=lambda each: each.finding.sort_key)


def driver(
    report: Report, rules: Sequence[dict[str, Any]], taxonomies: Taxonomies
) -> dict[str, Any]:
    """Return the tool with its rules."""
    return {
        "name": NAME,
        "fullName": f"{TITLE} {report.version}",
        "version": report.version,
        # SARIF2005 asks for it; without a home page of our own, where the settings are explained
        "informationUri": facts.HELP,
        "rules": rules,
        "supportedTaxonomies": taxonomies.references,
    }


def rules_of(report: Report, kept: Iterable[Shown], taxonomies: Taxonomies) -> list[dict[str, Any]]:
    """Return a rule for every selected control, and beside it those of its doubts, if any."""
    used = {each.rule_id for each in kept}
    found = []
    for control in report.controls:
        whole = rule(report, control, taxonomies)
        doubts = (each for each in DOUBTS if doubt_id(control, each) in used)
        found += [whole, *(doubt_rule(whole, control, each) for each in doubts)]
    return found


def doubt_id(control: Control, status: Status) -> str:
    """Return the id of the rule under which a finding of *control* stands."""
    return f"{control.id}/{DOUBTS[status][0]}" if status in DOUBTS else control.id


def doubt_rule(whole: dict[str, Any], control: Control, status: Status) -> dict[str, Any]:
    """Return the rule of what has no verdict: it ranks as no vulnerability, however severe one is.

    *whole* is the rule of the control.
    """
    tag, level = DOUBTS[status]
    title = f"{control.title}: {tag.replace('-', ' ')}"
    kept = ("help", "helpUri", "relationships")
    return {
        "id": doubt_id(control, status),
        "name": pascal(title),
        "shortDescription": {"text": description(title)},
        "fullDescription": {"text": description(f"{DOUBT_TEXTS[status]} {control.description}")},
        "defaultConfiguration": {"level": level},
        **{name: whole[name] for name in kept if name in whole},
        "properties": {
            "problem.severity": PROBLEMS[level],
            "precision": "high",
            "tags": ["pagerduty", tag],
        },
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


def result(shown: Shown, place: int, located: Located) -> dict[str, Any]:
    """Return the result of one finding, or of a fail that was carried."""
    finding = shown.finding
    remedy = facts.remedy_of(shown.control, finding)
    found: dict[str, Any] = {
        "ruleId": shown.rule_id,
        "ruleIndex": place,
        "kind": KINDS.get(finding.status, "fail"),
        "level": level(finding),
        "message": {"text": message(finding, remedy)},
        "locations": [where(finding, located)],
        "partialFingerprints": {
            "primaryLocationLineHash": line_hash(key_of(finding)),  # all that GitHub reads
            "controlAndResource/v1": finding.fingerprint,
            **doubt_print(finding.status),
        },
        "properties": told_about(finding) | remedy.fields,
    }
    if shown.carried:
        told = carried_fields(shown.carried, shown.status or Status.ERROR)
        found |= told | {"properties": found["properties"] | told["properties"]}
    elif finding.novelty:
        found["baselineState"] = BASELINE_STATES[finding.novelty]
    return found | json_text.filled({"suppressions": suppressions(finding, located)})


def told_about(finding: Finding) -> dict[str, Any]:
    """Return what the result of a finding says of it to whoever asks for more than a message."""
    known = {
        "cause": finding.cause,
        "teams": facts.teams(finding),
        "worse": facts.worse_than_before(finding),
    }
    return {"status": finding.status.value} | json_text.filled(known)


def suppressions(finding: Finding, located: Located) -> list[dict[str, Any]]:
    """Return the waiver that a finding rests on; nothing for one that is not waived."""
    waived = facts.waiver_of(finding)
    if not waived:
        return []
    suppression = {"kind": "external", "status": "accepted", "justification": waived.sentence}
    return [suppression | located.waiver(finding)]


def doubt_print(status: Status) -> dict[str, str]:
    """Return what tells a doubt from a fail of the same check, where no rule does.

    DefectDojo would let the fail go on with the severity of the doubt.
    """
    return {"doubt/v1": DOUBTS[status][0]} if status in DOUBTS else {}


def carried_fields(carried: CarriedFail, status: Status) -> dict[str, Any]:
    """Return what the result of a carried fail says; *status* is that of its check now.

    Rule, fingerprint and level are those of the fail: it stays the same alert, neither fixed nor
    new.
    """
    url = facts.link(carried.finding.resource)
    said = literal(line(f"{PREFIXES[Status.ERROR]}{carried.failed}"))
    why = clipped(literal(line(carried.why)), MESSAGE_LIMIT // 2)
    text = clipped(said, MESSAGE_LIMIT // 2)
    day = moment_text(carried.failed_on)
    return {
        "message": {"text": f"{ended(f'{text} ({url})' if url else text)} Now: {ended(why)}"},
        "baselineState": BASELINE_STATES[Novelty.KNOWN],
        "properties": {"status": status.value, "failedOn": day, "notJudged": line(carried.why)},
    }


def level(finding: Finding) -> str:
    """Return the level: how bad a fail is, and less for what nobody has judged."""
    if finding.status in KINDS:
        return "none"
    if finding.status in DOUBTS:
        return DOUBTS[finding.status][1]
    return LEVELS[finding.severity]


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
