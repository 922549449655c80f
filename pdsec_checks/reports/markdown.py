"""The Markdown report for ``$GITHUB_STEP_SUMMARY``, which drops whatever is beyond 1 MiB."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pdsec_checks import TITLE
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import Control, Novelty, Status, counted, moment_text
from pdsec_checks.reports import facts, fix_first, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.requirement_rows import RULE, RequirementRow, tally
from pdsec_checks.reports.ring.inspected import QUESTION, inspected_headline
from pdsec_checks.reports.statuses import CARRIED, COLUMNS, SECTIONS
from pdsec_checks.reports.text import clipped, line

LIMIT = 1_048_576
MARGIN = 65_536
"""Left to what other commands of the same step write."""
MESSAGE_LIMIT = 1_000
STEPS = (1_000, 200, 50, 10, 3, 0)
"""How many findings of a control are shown; the first step that fits is taken."""
UNFOLDED = 20
"""How many requirements of a framework that was chosen are shown unfolded; a job page is short."""


def render(report: Report, *, limit: int = LIMIT - MARGIN) -> str:
    """Return the report as Markdown of at most *limit* bytes, with as much detail as fits.

    Headline, what to fix first, and table are always there, even where *limit* is too small. The
    requirements are dropped where not even the number of findings fits beside them.
    """
    top = [*headline(report), "", *to_fix_first(report), "", *table(report)]
    head = "\n".join([*top, "", *notes(report)])
    for below in (list(frameworks(report)), []):
        for shown in STEPS:
            text = "\n".join([head, *details(report, shown), *below]) + "\n"
            if len(text.encode()) <= limit:
                return text
    return "\n".join([*top, "", "Details are in the reports."]) + "\n"


def escaped(text: str) -> str:
    """Return *text* as one line that Markdown, HTML, tables and mentions leave as it is."""
    text = line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]#!|~$])", r"\\\1", text)
    apart = "&#8203;"
    text = re.sub(r"@(?=\w)", f"@{apart}", text)
    return re.sub(r"(?i)(https?|ftp)(:)(?=//)|(www)(\.)", rf"\1\3{apart}\2\4", text)


def headline(report: Report) -> list[str]:
    """Return the heading and how much of what had to be judged was judged."""
    judged, asked = report.judged
    account, as_of = escaped(facts.account_of(report.run)), moment_text(report.run.as_of)
    where = f"{counted(len(report.controls), 'control')} of account {account}, as of {as_of}"
    skipped = report.counts[Status.NOT_APPLICABLE]
    return [
        f"## {scope.headed(report, TITLE)}: {facts.verdict(report)}",
        "",
        f"**{escaped(scope.looked_at(report))}.**",
        "",
        f"**Judged {judged} of {counted(asked, 'check')}** in {where}; {skipped} did not apply.",
        "",
        f"{escaped(facts.origin(report))}.",
        *ring(report),
    ]


def ring(report: Report) -> list[str]:
    """Return whether the phone will ring; nothing where PD-26 was not judged."""
    said = inspected_headline(report)
    return ["", f"**{QUESTION}** {escaped(said)}"] if said else []


def to_fix_first(report: Report) -> list[str]:
    """Return what to fix first, as a numbered list."""
    items = fix_first.items(report)
    lines = [f"### {fix_first.heading(report)}", ""]
    lines += [f"{number}. {first_entry(item)}" for number, item in enumerate(items, 1)]
    remark = fix_first.remark(report, items)
    return [*lines, *(("",) if items and remark else ()), *((escaped(remark),) if remark else ())]


def first_entry(item: fix_first.Item) -> str:
    """Return an item of what to fix first as one line: a list in a list reads badly in a job."""
    news = f" **{escaped(item.news)}**" if item.news else ""
    more = f" (and {escaped(item.more)})" if item.more else ""
    said = f"**{item.control.id}** ({item.control.severity}){news} {escaped(item.text)}{more}"
    why = f"*If nothing is done:* {escaped(item.consequence)} {escaped(item.reach)}."
    link = f" [{item.link_words}]({item.link})" if item.link else ""
    return f"{said}<br>{why}<br>**Fix:** {escaped(item.remedy.text)}{link}"


def table(report: Report) -> list[str]:
    """Return how many checks have each status, by severity."""
    lines = [
        f"| severity | {' | '.join(COLUMNS.values())} |",
        f"|---|{'---:|' * len(COLUMNS)}",
    ]
    for name, counts in [*report.counts_by_severity.items(), ("all", report.counts)]:
        lines.append(f"| {name} | {' | '.join(str(counts[status]) for status in COLUMNS)} |")
    return lines


def notes(report: Report) -> list[str]:
    """Return the score, what was not selected or is not usual, and what else must be known."""
    known = [*facts.caveats(report), *facts.notices(report)]
    return [
        *(f"- {escaped(text)}." for text in score_words.sentences(report)),
        *(f"- {escaped(text)}." for text in scope.conditions(report)),
        *(("",) if known else ()),
        *(f"> **Warning:** {escaped(text)}  " for text in known),
    ]


def details(report: Report, shown: int) -> Iterator[str]:
    """Yield the sections, with at most *shown* findings of each control."""
    for heading, chosen in sections(report):
        if chosen:
            yield from ("", f"### {heading}")
        for control, findings in chosen:
            yield from section(control, findings, shown)
    yield from carried(report, shown)


def carried(report: Report, shown: int) -> Iterator[str]:
    """Yield the fails that were carried on, the most severe first, at most *shown* of them."""
    found = facts.carried(report)
    if found:
        yield from ("", f"### {CARRIED}", "")
    yield from (carried_entry(report, each) for each in found[:shown])
    if len(found) > shown > 0:
        yield f"- {len(found) - shown} more: the action plan lists them"
    elif found and not shown:
        yield f"- {counted(len(found), 'fail')}: the action plan lists them"


def carried_entry(report: Report, each: CarriedFail) -> str:
    """Return a carried fail as a list item: when it failed, why nobody knows, whose, until when."""
    finding = each.finding
    said = escaped(clipped(f"{each.failed}; now: {each.why}", MESSAGE_LIMIT))
    waived = facts.waiver_of(finding)
    due = waived.sentence if waived else f"due {report.due(finding)}"
    told = ", ".join(filter(None, (facts.owned_by(finding), due)))
    url = facts.link(finding.resource)
    opened = f" [open]({url})" if url else ""
    return f"- **{finding.control}** ({finding.severity}) {said} ({escaped(told)}){opened}"


def sections(report: Report) -> Iterator[tuple[str, list[tuple[Control, list[Finding]]]]]:
    """Yield each heading with what stands below it; beside an earlier report fails are apart."""
    if report.earlier_as_of is None:
        yield "Failing", facts.chosen(report, Status.FAIL)
    else:
        for each in Novelty:
            yield f"Failing, {each}", facts.chosen(report, Status.FAIL, each)
    for status, heading in SECTIONS.items():
        yield heading, facts.chosen(report, status)


def frameworks(report: Report) -> Iterator[str]:
    """Yield the chosen frameworks, requirement by requirement; long ones are folded."""
    if report.frameworks:
        told = f"{report.mapping.capitalize()} mapping. {RULE}."
        yield from ("", "### Requirements by framework", "", told)
    for name in report.frameworks:
        known = report.catalogue.frameworks[name]
        edition = known.edition(report.mapping)
        rows = report.requirement_rows[report.mapping][name]
        is_open = bool(report.run.scope.frameworks) and len(rows) <= UNFOLDED
        title = escaped(" ".join(filter(None, (known.short, edition.label))))
        yield from ("", f"<details{' open' if is_open else ''}>")
        yield from (f"<summary><b>{title}</b>: {tally(rows)}</summary>", "")
        yield from ("| requirement | verdict | controls |", "|---|---|---|")
        yield from map(requirement, rows)
        if rest := len(edition.requirements) - len(rows):
            has = "has" if rest == 1 else "have"
            yield from ("", f"{counted(rest, 'more requirement')} {has} no control in this run.")
        yield from ("", "</details>")


def requirement(row: RequirementRow) -> str:
    """Return a requirement as a row of its table."""
    each = row.requirement
    status = "" if each.status == "present" else f"({each.status})"
    name = " ".join(filter(None, (each.edition, each.id, status)))
    found = ", ".join(each.sentence for each in row.supporters)
    return f"| **{escaped(name)}** {escaped(each.title)} | {escaped(row.said)} | {escaped(found)} |"


def section(control: Control, findings: Sequence[Finding], shown: int) -> Iterator[str]:
    """Yield the findings of one control, and for failing ones how to fix them."""
    yield from ("", f"#### {control.id} ({control.severity}): {escaped(control.title)}", "")
    yield from (escaped(control.description), "")
    for number, part in enumerate(facts.shortened(control, findings, shown)):
        yield from ("",) if number else ()
        yield from map(entry, part.shown)
        if part.rest and shown:
            yield f"- {part.rest} more: the other reports list them all"
        elif part.rest:
            yield f"- {counted(part.rest, 'finding')}"
        yield from advice(control, part.first)


def advice(control: Control, finding: Finding) -> Iterator[str]:
    """Yield what to do about a finding, with a link to PagerDuty's own page."""
    heading, remedy = facts.REMEDY_HEADINGS.get(finding.status), facts.remedy_of(control, finding)
    if heading and remedy.text:
        page = f" [help]({remedy.help_url})" if remedy.help_url else ""
        yield from ("", f"**{heading}:** {escaped(remedy.text)}{page}")


def entry(finding: Finding) -> str:
    """Return a finding as a list item, with a link to its resource."""
    text = escaped(clipped(facts.sentence_of(finding), MESSAGE_LIMIT))
    url, waived = facts.link(finding.resource), facts.waiver_of(finding)
    if waived:
        text += f" ({escaped(waived.sentence)})"
    if owner := facts.owned_by(finding):
        text += f" ({escaped(owner)})"
    return f"- {text} [open]({url})" if url else f"- {text}"
