"""The closing summary of several accounts on the terminal.

A line an account with its score and what people changed there, then what fails, what could not be
judged, and what to fix first.
"""

from __future__ import annotations

from collections.abc import Iterator

from pdsec_checks.model import Severity, Status, counted
from pdsec_checks.reports import fix_first as first
from pdsec_checks.reports import scope
from pdsec_checks.reports.ring.inspected import QUESTION
from pdsec_checks.reports.score import FORMULA
from pdsec_checks.reports.side_by_side.document import AccountResult, ControlHead, SideBySide
from pdsec_checks.reports.statuses import COLUMNS, SECTIONS
from pdsec_checks.reports.text import printable

INCOMPLETE = "INCOMPLETE: not every account was inspected to its end; the table says which."
NAMED = 5
"""Accounts that a line names."""


def render(document: SideBySide) -> str:
    """Return the table as lines of plain text, safe to print on a terminal."""
    lines = ["", *_table(document), *_controls(document), *_unjudged(document)]
    lines += _closing(document)
    lines += _fix_first(document)
    return "\n".join(lines) + "\n"


def _table(document: SideBySide) -> Iterator[str]:
    width = max(7, *(len(each.name) for each in document.accounts))
    heads = "".join(f"{label:>8}" for label in COLUMNS.values())
    yield f"{'account':<{width}}  {'verdict':<8}{heads}  as of"
    for account in document.accounts:
        yield f"{account.name:<{width}}  {COLUMNS[account.status]:<8}{_figures(account)}"
        if account.is_partial:
            yield printable(f"    {scope.LEFT_OUT} {account.left_out}")
        if account.problem:
            yield printable(f"    {account.problem}")
        for text in (*account.score, *account.departures):
            yield printable(f"    {text}.")
        if account.ring:
            yield printable(f"    {QUESTION} {account.ring}")


def _figures(account: AccountResult) -> str:
    if account.inspection is None:
        return "".join(f"{'?':>8}" for _ in COLUMNS) + "  not read"
    counts = account.counts
    return "".join(f"{counts[each]:>8}" for each in COLUMNS) + f"  {account.inspection['as_of']}"


def _controls(document: SideBySide) -> Iterator[str]:
    """Yield the controls that fail somewhere, the most severe first, and where."""
    found = [(each, document.failing_severity(each.id)) for each in document.controls]
    failing = [(control, severity) for control, severity in found if severity is not None]
    if failing:
        yield from ("", "TO FIX")
    for control, severity in sorted(failing, key=lambda pair: -pair[1].weight):
        yield printable(f"{control.id} [{severity}] {control.title}")
        yield f"    {'; '.join(where(document, control, severity))}"


def where(document: SideBySide, control: ControlHead, severity: Severity) -> Iterator[str]:
    """Yield in which accounts a control fails, and in which not all of it could be judged.

    An account that gives it another *severity* than the line above says which.
    """
    row = [(account, cell) for account, cell in document.row(control.id) if cell is not None]
    failing = [account for account, cell in row if cell.status is Status.FAIL]
    names = [
        account.name
        if (own := account.severity(control.id)) is severity
        else f"{account.name} ({own} there)"
        for account in failing
    ]
    yield f"fails in {len(names)} of {len(document.accounts)}: {_named(names)}"
    unjudged = [
        account.name
        for account, cell in row
        if cell.status is Status.ERROR or cell.findings.get(Status.ERROR)
    ]
    if unjudged:
        yield f"not judged in {_named(unjudged)}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _unjudged(document: SideBySide) -> Iterator[str]:
    """Yield what could not be judged, by account and reason."""
    unjudged = [each for each in document.accounts if each.unjudged]
    if unjudged:
        yield from ("", SECTIONS[Status.ERROR].upper())
    for account in unjudged:
        yield account.name
        yield from (printable(f"    {text}") for text in account.unjudged)


def _closing(document: SideBySide) -> Iterator[str]:
    yield ""
    if not document.is_complete:
        yield INCOMPLETE
    yield from (printable(f"WARNING: {each}.") for each in document.twins)
    yield headline(document)
    if any(each.score for each in document.accounts):
        yield f"Formula: {FORMULA}."


def headline(document: SideBySide) -> str:
    """Return how many accounts were judged by how many controls, and what came of them."""
    counts = document.counts
    said = [f"{counts[each]} {label}" for each, label in COLUMNS.items() if counts[each]]
    unjudged = [each.name for each in document.accounts if each.unjudged]
    rest = f"; not everything could be judged in {_named(unjudged)}" if unjudged else ""
    return scope.headed(document, f"Judged {_judged(document)}: {', '.join(said)}{rest}.")


def _judged(document: SideBySide) -> str:
    """Return how many of the accounts were judged, and by how many controls."""
    read, every = len(document.read), counted(len(document.accounts), "account")
    if not read:
        return f"none of {every}"
    accounts = every if read == len(document.accounts) else f"{read} of {every}"
    fewest, most = document.judged_by
    judged = str(most) if fewest == most else f"{fewest} to {most}"
    known = document.known_controls
    all_of = "" if fewest == most == known else f"{judged} of "
    return f"{accounts} by {all_of}{counted(known, 'control')}"


def _fix_first(document: SideBySide) -> Iterator[str]:
    """Yield the first thing to fix in each account that was read."""
    if document.read:
        yield from ("", scope.headed(document, first.TITLE.upper()))
    for account in document.read:
        items, remark = account.fix_first["items"], account.fix_first["remark"]
        if not items:
            yield printable(f"{account.name}: {remark}")
        for item in items[:1]:
            news = f"[{item['novelty']}] " if item["novelty"] else ""
            said = f"{item['control']} [{item['severity']}] {news}{item['message']}"
            yield printable(f"{account.name}: {said}")
            yield printable(f"    If nothing is done: {item['if_nothing_is_done']}")
            yield printable(f"    Fix: {item['remedy']}")
            if item["url"]:
                yield printable(f"    {item['link_words']}: {item['url']}")
