"""The closing summary on the terminal: what to fix, what nobody could judge, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.finding import Finding
from pdsec_checks.model import Control, Novelty, Severity, Status, counted, moment_text
from pdsec_checks.reports import facts, scope, score_words
from pdsec_checks.reports import fix_first as first
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.requirement_rows import RULE, tally
from pdsec_checks.reports.ring.inspected import QUESTION, inspected_headline
from pdsec_checks.reports.statuses import COLUMNS, SECTIONS
from pdsec_checks.reports.text import printable

SHOWN_PER_CONTROL = 50
TOPICS = {
    QUESTION.rstrip("?").lower(): {"PD-26", "PD-27"},
    "webhooks alive": {"PD-32"},
    "leavers": {"PD-28", "PD-36", "PD-45"},
}
"""What the line about further controls names of them → the controls that are about it."""


def render(report: Report, *, known_by: str | None = None) -> str:
    """Return the summary as lines of plain text, safe to print on a terminal.

    What is known from an earlier report is a number, and *known_by* is the flag that lists it;
    without one it is listed.
    """
    lines = [f"{printable(text)}." for text in scope.sentences(report)]
    lines += _to_fix(report, known_by)
    for status, heading in SECTIONS.items():
        lines += _section(heading.upper(), facts.chosen(report, status))
    lines += _table(report)
    lines += _frameworks(report)
    lines += _ring(report)
    lines += _closing(report)
    return "\n".join(lines) + "\n"


def _to_fix(report: Report, known_by: str | None) -> Iterator[str]:
    """Yield what fails: beside an earlier report what is new, then what is worse."""
    if report.earlier_as_of is None:
        yield from _section("TO FIX", facts.chosen(report, Status.FAIL))
        return
    known = report.novelties[Novelty.KNOWN]
    for novelty in Novelty:
        if novelty is Novelty.KNOWN and known and known_by:
            yield from ("", f"{known} known: {known_by} lists what failed before and got no worse")
        else:
            heading = f"{novelty.upper()} ({report.novelties[novelty]})"
            yield from _section(heading, facts.chosen(report, Status.FAIL, novelty))


def _section(heading: str, chosen: list[tuple[Control, list[Finding]]]) -> Iterator[str]:
    if chosen:
        yield from ("", heading)
    for control, findings in chosen:
        yield from _control(control, findings)


def _control(control: Control, findings: list[Finding]) -> Iterator[str]:
    yield f"{control.id} [{control.severity}] {control.title}"
    if findings[0].status is Status.ERROR:
        yield from (f"    {printable(text)}" for text in _errors(findings))
        return
    for part in facts.shortened(control, findings, SHOWN_PER_CONTROL):
        for message in dict.fromkeys(finding.marked for finding in part.shown):
            yield f"    {printable(message)}"
        if part.rest:
            yield f"    … and {part.rest} more: the reports list them all"
        if heading := facts.REMEDY_HEADINGS.get(part.first.status):
            yield from _remedy(heading, facts.remedy_of(control, part.first))


def _errors(findings: list[Finding]) -> Iterator[str]:
    """Yield what could not be judged, by its reason.

    A list that could not be read makes an error of each user: the files name them all.
    """
    found = facts.by_reason(findings)
    yield from (_error(reason, found[reason]) for reason in [*found][:SHOWN_PER_CONTROL])
    if len(found) > SHOWN_PER_CONTROL:
        yield f"… and {len(found) - SHOWN_PER_CONTROL} more: the reports list them all"


def _error(reason: str, findings: list[Finding]) -> str:
    if len(findings) == 1:
        return findings[0].marked
    types = {each.resource.type for each in findings}
    noun = types.pop().replace("_", " ") if len(types) == 1 else "check"
    return f"{counted(len(findings), noun)} could not be judged: {reason}"


def _remedy(heading: str, remedy: facts.Remedy) -> Iterator[str]:
    if remedy.text:
        yield f"    {heading}: {printable(remedy.text)}"
    if remedy.help_url:
        yield f"    Help: {printable(remedy.help_url)}"


def _table(report: Report) -> Iterator[str]:
    yield ""
    yield f"{'severity':<10}" + "".join(f"{label:>8}" for label in COLUMNS.values())
    for severity, counts in report.counts_by_severity.items():
        yield _row(severity, counts)
    if len(report.counts_by_severity) != 1:
        yield _row("all", report.counts)


def _row(label: Severity | str, counts: dict[Status, int]) -> str:
    return f"{label:<10}" + "".join(f"{counts[status]:>8}" for status in COLUMNS)


def _frameworks(report: Report) -> Iterator[str]:
    yield from ("", f"REQUIREMENTS BY FRAMEWORK, {report.mapping.upper()} MAPPING")
    for framework in report.frameworks:
        edition = report.catalogue.edition(framework, report.mapping)
        rows = report.requirement_rows[report.mapping][framework]
        yield f"{framework:<10}{edition:>22}  {tally(rows)}"
    if report.run.scope.frameworks:
        yield from _requirements(report)
    yield "A control supports a requirement; no verdict here says that one is satisfied."
    yield f"{RULE}."


def _requirements(report: Report) -> Iterator[str]:
    """Yield each requirement of the chosen frameworks with its verdict and those of its controls.

    All frameworks together have hundreds; they are in the HTML report.
    """
    for name in report.frameworks:
        for row in report.requirement_rows[report.mapping][name]:
            found = ", ".join(each.sentence for each in row.supporters)
            each = row.requirement
            yield printable(f"  {name} {each.id}  {each.title}: {row.words}; {found}")


def _ring(report: Report) -> Iterator[str]:
    """Yield whether the phone will ring, where PD-26 was judged."""
    said = inspected_headline(report)
    if said:
        yield from ("", QUESTION.upper(), printable(said))


def _closing(report: Report) -> Iterator[str]:
    run = report.run
    judged, asked = report.judged
    yield ""
    if not report.complete:
        yield "INTERRUPTED: this is what was judged before the run was stopped."
    verdict = (
        f"Judged {judged} of {counted(asked, 'check')} in "
        f"{counted(len(report.controls), 'control')}; "
        f"{report.counts[Status.NOT_APPLICABLE]} did not apply."
    )
    yield scope.headed(report, verdict)
    yield from (f"{text}." for text in score_words.sentences(report))
    if report.earlier_as_of is not None:
        yield f"Failing: {facts.compared(report)}."
    for warning in (*facts.not_read(report), *report.notices):
        yield printable(f"WARNING: {warning}")
    account = run.subdomain or "account"
    yield printable(f"{account} at {run.base_url}, as of {moment_text(run.as_of)} ({run.source})")
    if run.requests is not None:
        cost = run.requests
        yield (
            f"{cost.total} requests in {cost.seconds:.1f} s, {cost.retries} repeated, "
            f"{cost.rate_limited} rate-limited"
        )


def fix_first(report: Report) -> str:
    """Return what to fix first, as the lines with which the summary ends.

    They are the last ones because these are what a terminal still shows.
    """
    items = first.items(report)
    lines = ["", first.heading(report).replace(first.TITLE, first.TITLE.upper())]
    for number, item in enumerate(items, 1):
        lines += _item(number, item)
    remark = first.remark(report, items)
    return "\n".join([*lines, *([remark] if remark else [])]) + "\n"


def _item(number: int, item: first.Item) -> Iterator[str]:
    news = f"[{item.news}] " if item.news else ""
    more = f" (and {item.more})" if item.more else ""
    yield printable(
        f"{number}. {item.control.id} [{item.control.severity}] {news}{item.text}{more}"
    )
    yield printable(f"    If nothing is done: {item.consequence} {item.reach}.")
    yield f"    Fix: {printable(item.remedy.text)}"
    yield from [f"    {item.link_words}: {printable(item.link)}"] if item.link else []


def further(report: Report, asks_for_all: str) -> str:
    """Return the line that tells of controls beyond the core set; empty unless it ran as it is.

    *asks_for_all* is the flag that judges them, too.
    """
    scope_of_run = report.run.scope
    more = shipped_extended().difference(scope_of_run.selected)
    if scope_of_run.not_selected or len(more) < len(shipped_extended()):
        return ""
    topics = [topic for topic, controls in TOPICS.items() if controls & more]
    rest = " …" if more.difference(*TOPICS.values()) else ""
    about = f"{', '.join(topics)}{rest}"
    return f"\n{counted(len(more), 'further control')} ({about}): {asks_for_all}\n"


def age_of(report: Report, now: datetime) -> Iterator[str]:
    """Yield how old a recording is, and whether that is too old; no file of a replay says it."""
    days = (now - report.run.as_of).days
    if report.is_from_the_future(now):
        yield "WARNING: the recording is dated in the future: a clock is wrong\n"
    else:
        yield f"The recording is {counted(days, 'day')} old.\n"
    if report.evidence_until and report.is_outdated(now):
        until = moment_text(report.evidence_until)
        limit = f"evidence_max_age = {report.evidence_max_age} allows it until {until}"
        yield f"WARNING: the recording no longer counts as evidence: {limit}\n"
