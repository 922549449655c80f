"""Several accounts as one Markdown summary, for ``$GITHUB_STEP_SUMMARY``: at most 1 MiB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pdsec_checks import TITLE
from pdsec_checks.model import Status, counted
from pdsec_checks.reports import fix_first, scope
from pdsec_checks.reports.markdown import LIMIT, MARGIN, escaped
from pdsec_checks.reports.ring.inspected import QUESTION
from pdsec_checks.reports.score import FORMULA
from pdsec_checks.reports.side_by_side.document import AccountResult, SideBySide
from pdsec_checks.reports.side_by_side.terminal import INCOMPLETE, headline, where
from pdsec_checks.reports.statuses import COLUMNS, SECTIONS


def render(document: SideBySide, *, limit: int = LIMIT - MARGIN) -> str:
    """Return the accounts as Markdown of at most *limit* bytes, with as much detail as fits.

    Headline and table are always there, even where *limit* is too small.
    """
    head = [*_top(document), *_table(document)]
    below = [*_notes(document), *_controls(document), *_unjudged(document), *_fix_first(document)]
    for lines in ([*head, *below], [*head, *_controls(document)]):
        text = "\n".join(lines) + "\n"
        if len(text.encode()) <= limit:
            return text
    return "\n".join([*head, "", "Details are in the reports."]) + "\n"


def _top(document: SideBySide) -> Iterator[str]:
    """Yield the heading, what came of all accounts, and what must be known beside that."""
    yield f"## {scope.headed(document, TITLE)}: {verdict(document)}"
    yield from ("", f"**{escaped(headline(document))}**", "")
    if not document.is_complete:
        yield from (f"> **Warning:** {escaped(INCOMPLETE)}", "")
    for each in document.twins:
        yield from (f"> **Warning:** {escaped(each)}.", "")


def verdict(document: SideBySide) -> str:
    """Return how many of the accounts have which status, the worst first: ``1 fail, 2 pass``."""
    counts = document.counts
    said = [f"{counts[each]} {name}" for each, name in COLUMNS.items() if counts[each]]
    return f"{', '.join(said)} of {counted(len(document.accounts), 'account')}"


def _table(document: SideBySide) -> Iterator[str]:
    """Yield a row for each account: its verdict, and how many checks have each status."""
    yield f"| account | verdict | {' | '.join(COLUMNS.values())} | as of |"
    yield f"|---|---|{'---:|' * len(COLUMNS)}---|"
    for account in document.accounts:
        name, said = escaped(account.name), COLUMNS[account.status]
        yield f"| {name} | {said} | {' | '.join(_figures(account))} |"


def _figures(account: AccountResult) -> Iterator[str]:
    """Yield the cells of an account's counts and of its moment; of one that was not read none."""
    read = account.inspection
    yield from (str(account.counts[each]) if read else "?" for each in COLUMNS)
    yield read["as_of"] if read else "not read"


def _notes(document: SideBySide) -> Iterator[str]:
    """Yield what must be known of single accounts: what was left out or decided, and the score."""
    for account in document.accounts:
        left_out = [f"{scope.LEFT_OUT} {account.left_out}"] if account.is_partial else []
        said = [f"{each}." for each in (*left_out, *account.score, *account.departures)]
        said += [f"{QUESTION} {account.ring}"] if account.ring else []
        if said:
            yield from _section("", f"**{escaped(account.name)}**", said)
    if any(each.score for each in document.accounts):
        yield from ("", f"{escaped(f'Formula: {FORMULA}')}.")


def _controls(document: SideBySide) -> Iterator[str]:
    """Yield the controls that fail somewhere, the most severe first, and where."""
    found = [(each, document.failing_severity(each.id)) for each in document.controls]
    failing = [(control, severity) for control, severity in found if severity is not None]
    lines = [
        f"**{control.id}** ({severity}) {escaped(control.title)}: "
        f"{escaped('; '.join(where(document, control, severity)))}"
        for control, severity in sorted(failing, key=lambda pair: -pair[1].weight)
    ]
    if lines:
        yield from ("", "### To fix", "", *(f"- {each}" for each in lines))


def _unjudged(document: SideBySide) -> Iterator[str]:
    """Yield what could not be judged, by account and reason."""
    unjudged = [each for each in document.accounts if each.unjudged]
    heading = f"### {SECTIONS[Status.ERROR]}"
    for account in unjudged:
        yield from _section(heading, f"**{escaped(account.name)}**", account.unjudged)
        heading = ""


def _section(heading: str, name: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a list below a *name*, and a *heading* above it where there is one."""
    yield from ("", heading) if heading else ()
    yield from ("", name, "", *(f"- {escaped(text)}" for text in texts))


def _fix_first(document: SideBySide) -> Iterator[str]:
    """Yield the first thing to fix in each account that was read."""
    if document.read:
        yield from ("", f"### {scope.headed(document, fix_first.TITLE)}", "")
    for account in document.read:
        items, remark = account.fix_first["items"], account.fix_first["remark"]
        yield f"- **{escaped(account.name)}**: {_first(items[0]) if items else escaped(remark)}"


def _first(item: dict[str, str]) -> str:
    """Return what to fix first in an account, as one line."""
    news = f" **{escaped(item['novelty'])}**" if item["novelty"] else ""
    said = f"**{item['control']}** ({item['severity']}){news} {escaped(item['message'])}"
    why = f"*If nothing is done:* {escaped(item['if_nothing_is_done'])}"
    link = f" [{item['link_words']}]({item['url']})" if item["url"] else ""
    return f"{said}<br>{why}<br>**Fix:** {escaped(item['remedy'])}{link}"
