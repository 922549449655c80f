"""Findings for DefectDojo's *Generic Findings Import*, in its JSON.

Its parser refuses a file with a key that it does not know (``dojo/tools/generic/json_parser.py``),
and a reimport closes each finding of the test that is not in the new file. It knows a finding
again by ``unique_id_from_tool``, where it is told to, and else by title and description
(``dojo/importers/default_reimporter.py``): these three are the same whatever is found, so that
one which can no longer be judged stays open. A finding names no ``service``, as a reimport
compares only those of the service that it was started with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import chain
from typing import Any

from msgspec.structs import replace

from pdsec_checks import TITLE
from pdsec_checks.finding import Finding
from pdsec_checks.model import NEEDING_SOMEBODY, Control, Severity, Status
from pdsec_checks.reports import facts, fix_first, scope, score_words
from pdsec_checks.reports.json_text import Plain, filled, streamed
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import clipped, ended, line

SEVERITIES = {each: each.value.capitalize() for each in Severity}
"""DefectDojo's words; what has no verdict is ``Info``."""
UNRANKED = "Info"
TAGS = {Status.ERROR: "not-judged", Status.MANUAL: "needs-a-person", Status.WAIVED: "waived"}
OPENINGS = {Status.ERROR: "Could not be judged: ", Status.MANUAL: "Needs a person: "}
TITLE_LIMIT = 500
"""Characters of a title; the field holds 511."""
TAG_LIMIT = 100
NAME_LIMIT = 150
"""Characters of a name within a title."""


def render(report: Report) -> Iterator[str]:
    """Yield every fail, error, manual and waived finding as JSON text, bit by bit."""
    yield from streamed(
        {
            "name": TITLE,
            "version": report.version,
            "description": about(report),
            "findings": Plain(chain(found(report), carried(report))),
        }
    )
    yield "\n"


def found(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what was found; a carried fail stands in place of the doubt about its check."""
    open_still = {each.finding.fingerprint for each in report.carried}
    for control in report.controls:
        supported = labels(report, control)
        for finding in report.by_control[control.id]:
            if finding.status in NEEDING_SOMEBODY and finding.fingerprint not in open_still:
                yield entry(report, control, finding, supported)


def labels(report: Report, control: Control) -> list[str]:
    """Return the requirements that a control supports."""
    return [facts.label(report, control, each) for each in facts.requirements_of(report, control)]


def carried(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the fails of an earlier run that nobody can judge any more: they stay open."""
    controls = {control.id: control for control in report.controls}
    for each in report.carried:
        said = [f"{OPENINGS[Status.ERROR]}{line(each.failed)}", f"Now: {line(each.why)}"]
        control = controls[each.finding.control]
        yield entry(report, control, each.finding, labels(report, control)) | {
            "verified": False,
            "date": f"{each.failed_on.astimezone(UTC):%Y-%m-%d}",
            "tags": [*tags(report, each.finding), TAGS[Status.ERROR]],
            "steps_to_reproduce": "\n\n".join(map(ended, said)),
        }


def about(report: Report) -> str:
    """Return what must be known of the run, a paragraph each."""
    head = f"Account {facts.account_of(report.run)}: {facts.verdict(report)}"
    said = [
        scope.headed(report, head),
        *scope.sentences(report),
        *score_words.sentences(report),
        facts.origin(report),
        *facts.caveats(report),
        *facts.notices(report),
    ]
    return "\n\n".join(ended(each) for each in said)


def entry(
    report: Report, control: Control, finding: Finding, supported: Sequence[str]
) -> dict[str, Any]:
    """Return one finding, in the keys that the parser allows; *supported* are requirements."""
    has_verdict = finding.status in {Status.FAIL, Status.WAIVED}
    waived = facts.waiver_of(finding)
    remedy = facts.remedy_of(control, finding)
    told: dict[str, Any] = {
        "title": title(control, finding),
        "severity": SEVERITIES[finding.severity] if has_verdict else UNRANKED,
        "description": description(control, finding),
        "date": f"{report.run.as_of:%Y-%m-%d}",
        "active": not waived,
        "verified": has_verdict,
        "risk_accepted": bool(waived),
        "unique_id_from_tool": f"{facts.account_of(report.run)}/{finding.fingerprint}",
        "vuln_id_from_tool": control.id,
        "tags": tags(report, finding),
    }
    return told | filled(
        {
            "steps_to_reproduce": seen(finding),
            "impact": fix_first.Item(control, finding).consequence if has_verdict else "",
            "mitigation": line(remedy.text),
            "references": references(control, finding, supported),
            "planned_remediation_date": waived.expires
            if waived
            else report.due(finding).isoformat(),
        }
    )


def title(control: Control, finding: Finding) -> str:
    """Return control and resource, the same whatever is found."""
    resource = replace(finding.resource, name=clipped(finding.resource.name, NAME_LIMIT))
    demanded = clipped(line(control.title), NAME_LIMIT)
    return clipped(f"{control.id} {demanded}: {facts.known_as(resource)}", TITLE_LIMIT)


def description(control: Control, finding: Finding) -> str:
    """Return what is demanded of which resource, and why: the same whatever is found."""
    demanded = [control.description, control.rationale, control.limits]
    about = f"PagerDuty {facts.address(finding.resource)}"
    return "\n\n".join(ended(line(each)) for each in (*demanded, about) if each.strip())


def seen(finding: Finding) -> str:
    """Return what was found, and who accepted it until when."""
    said = f"{OPENINGS.get(finding.status, '')}{facts.sentence_of(finding)}"
    waived = facts.waiver_of(finding)
    return "\n\n".join(ended(each) for each in (said, waived.sentence if waived else "") if each)


def references(control: Control, finding: Finding, supported: Sequence[str]) -> str:
    """Return the resource, the page about the remedy, and the requirements, a line each."""
    links = [facts.link(finding.resource) or "", facts.remedy_of(control, finding).help_url]
    return "\n".join(each for each in (*links, *supported) if each)


def tags(report: Report, finding: Finding) -> list[str]:
    """Return what a finding can be chosen by: account, status, kind of resource, teams."""
    found = [f"account:{facts.account_of(report.run)}", f"resource:{finding.resource.type}"]
    found += [TAGS[finding.status]] if finding.status in TAGS else []
    return [tag(each) for each in (*found, *(f"team:{each}" for each in facts.teams(finding)))]


def tag(text: str) -> str:
    """Return *text* as one tag: a comma, a blank or a quote would make several of it."""
    return clipped(re.sub(r"[\s,'\"]+", "-", line(text)), TAG_LIMIT)
