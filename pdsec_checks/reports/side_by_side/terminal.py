"""The closing table of several accounts on the terminal: a line an account, then what fails."""

from __future__ import annotations

from collections.abc import Iterator

from pdsec_checks.model import Severity, Status, counted
from pdsec_checks.reports.side_by_side.document import AccountResult, ControlHead, SideBySide
from pdsec_checks.reports.statuses import COLUMNS
from pdsec_checks.reports.text import printable

NAMED = 5
"""Accounts that a line names."""


def render(document: SideBySide) -> str:
    """Return the table as lines of plain text, safe to print on a terminal."""
    lines = ["", *_table(document), *_controls(document), *_closing(document)]
    lines += _fix_first(document)
    return "\n".join(lines) + "\n"


def _table(document: SideBySide) -> Iterator[str]:
    width = max(7, *(len(each.name) for each in document.accounts))
    heads = "".join(f"{label:>8}" for label in COLUMNS.values())
    yield f"{'account':<{width}}  {'verdict':<8}{heads}  as of"
    for account in document.accounts:
        yield f"{account.name:<{width}}  {COLUMNS[account.status]:<8}{_figures(account)}"
        if account.is_partial:
            yield printable(f"    PARTIAL: left out {_left_out(account)}")
        if account.problem:
            yield printable(f"    {account.problem}")


def _left_out(account: AccountResult) -> str:
    assert account.inspection is not None
    return ", ".join(account.inspection["scope"]["left_out"])


def _figures(account: AccountResult) -> str:
    if account.inspection is None:
        return "".join(f"{'?':>8}" for _ in COLUMNS) + "  not read"
    counts = account.counts
    return "".join(f"{counts[each]:>8}" for each in COLUMNS) + f"  {account.inspection['as_of']}"


def _controls(document: SideBySide) -> Iterator[str]:
    """Yield the controls that fail somewhere, the most severe first, and where."""
    failing = [each for each in document.controls if document.counts_of(each.id)[Status.FAIL]]
    if failing:
        yield from ("", "TO FIX")
    for control in sorted(failing, key=lambda each: -Severity(each.severity).weight):
        yield printable(f"{control.id} [{control.severity}] {control.title}")
        yield f"    fails in {_where(document, control)}"


def _where(document: SideBySide, control: ControlHead) -> str:
    names = [
        account.name
        for account, cell in document.row(control.id)
        if cell is not None and cell.status is Status.FAIL
    ]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} of {len(document.accounts)}: {', '.join(names[:NAMED])}{more}"


def _closing(document: SideBySide) -> Iterator[str]:
    yield ""
    if not document.is_complete:
        yield "INCOMPLETE: not every account was inspected to its end; the table says which."
    counts = document.counts
    said = ", ".join(f"{counts[each]} {label}" for each, label in COLUMNS.items() if counts[each])
    partial = "PARTIAL: " if document.is_partial else ""
    accounts = counted(len(document.accounts), "account")
    controls = counted(len(document.controls), "control")
    yield f"{partial}Judged {accounts} by {controls}: {said}."


def _fix_first(document: SideBySide) -> Iterator[str]:
    """Yield the first thing to fix in each account that was read."""
    read = [each for each in document.accounts if each.inspection is not None]
    if read:
        yield from ("", f"{'PARTIAL: ' if document.is_partial else ''}FIX FIRST")
    for account in read:
        items, remark = account.fix_first["items"], account.fix_first["remark"]
        if not items:
            yield printable(f"{account.name}: {remark}")
        for item in items[:1]:
            news = f"[{item['novelty']}] " if item["novelty"] else ""
            said = f"{item['control']} [{item['severity']}] {news}{item['message']}"
            yield printable(f"{account.name}: {said}")
            yield printable(f"    If nothing is done: {item['if_nothing_is_done']}")
            yield printable(f"    Fix: {item['remedy']}")
