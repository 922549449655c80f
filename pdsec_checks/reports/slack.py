"""A message for Slack, as blocks in a JSON file; nothing is sent.

A payload for an incoming webhook or for ``chat.postMessage``
(https://docs.slack.dev/reference/block-kit/blocks). Slack refuses a message with more than 50
blocks, a heading of more than 150 characters, or a text of more than 3,000.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pdsec_checks import TITLE
from pdsec_checks.finding import Finding
from pdsec_checks.model import Novelty, Status, counted, moment_text
from pdsec_checks.reports import facts, fix_first, scope, score_words
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import clipped, ended, line

BLOCKS = 50
HEADING_LIMIT = 150
TEXT_LIMIT = 3_000
MESSAGE_LIMIT = 300
NEWS_SHOWN = 10
"""New fails that a message lists; the reports have all of them."""
CAVEATS_SHOWN = 10
CUT = re.compile(r"(&[a-z]*|<[^>]*)$")
"""What is left at the end of a text that was cut within an entity or a link."""


def render(report: Report) -> str:
    """Return the message as JSON text."""
    found = [
        heading(scope.headed(report, f"{TITLE}: {facts.account_of(report.run)}")),
        section(came_out(report)),
        *news(report),
        *to_fix_first(report),
        *beside(report),
    ]
    assert len(found) <= BLOCKS
    return dump({"text": fitted(escaped(headline(report))), "blocks": found})


def headline(report: Report) -> str:
    """Return what came out, in one line: what a notification shows."""
    account = facts.account_of(report.run)
    return scope.headed(report, f"{TITLE}: {account}: {facts.verdict(report)}")


def came_out(report: Report) -> str:
    """Return the verdict, what was judged, and as of when."""
    judged, asked = report.judged
    skipped = report.counts[Status.NOT_APPLICABLE]
    return (
        f"*{escaped(facts.verdict(report))}*\nJudged {judged:,} of {counted(asked, 'check')} as of "
        f"{moment_text(report.run.as_of)}; {skipped:,} did not apply."
    )


def news(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what fails as news, or worse than before; nothing without an earlier report."""
    if report.earlier_as_of is None:
        return
    for novelty in (Novelty.NEW, Novelty.WORSE):
        found = [each for _, some in facts.chosen(report, Status.FAIL, novelty) for each in some]
        if found:
            rest = len(found) - NEWS_SHOWN
            more = [f"and {rest:,} more in the reports"] if rest > 0 else []
            lines = [*map(news_item, found[:NEWS_SHOWN]), *more]
            yield section(f"*{novelty.upper()}*\n{listed(lines)}")
    yield section(
        f"Beside the report as of {moment_text(report.earlier_as_of)}: {report.compared}."
    )


def news_item(finding: Finding) -> str:
    """Return a fail as one line."""
    owner = facts.owned_by(finding)
    said = escaped(clipped(facts.sentence_of(finding), MESSAGE_LIMIT // 2))
    return f"{finding.control} ({finding.severity}) {said}{f' ({escaped(owner)})' if owner else ''}"


def to_fix_first(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what to fix first, an item a block."""
    items = fix_first.items(report)
    yield section(f"*{escaped(fix_first.heading(report))}*")
    yield from (section(first_entry(number, item)) for number, item in enumerate(items, 1))
    if remark := fix_first.remark(report, items):
        yield section(escaped(remark))


def first_entry(number: int, item: fix_first.Item) -> str:
    """Return an item of what to fix first."""
    owner, page = facts.owned_by(item.finding), item.remedy.help_url
    links = [link(item.link, item.link_words)] if item.link else []
    if page and page != item.link:
        links.append(link(page, "PagerDuty's page about it"))
    more = f" (and {item.more})" if item.more else ""
    news = f"*{escaped(item.news)}* " if item.news else ""
    about = f"*{number}. {item.control.id}* ({item.control.severity})"
    lines = [
        f"{about} {news}{escaped(item.text + more)}",
        f"_Owner:_ {escaped(owner)}" if owner else "",
        f"_If nothing is done:_ {escaped(f'{item.consequence} {item.reach}.')}",
        f"_Fix:_ {escaped(line(item.remedy.text))}",
        " | ".join(links),
    ]
    return "\n".join(filter(None, lines))


def beside(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what must be known beside the findings, what could not be read first."""
    known = [*facts.caveats(report), *facts.notices(report)]
    if known:
        rest = len(known) - CAVEATS_SHOWN
        more = [f"and {rest:,} more in the reports"] if rest > 0 else []
        shown = [escaped(ended(clipped(each, MESSAGE_LIMIT))) for each in known[:CAVEATS_SHOWN]]
        yield section(f"*To be known*\n{listed([*shown, *more])}")
    for said in ([score_words.told(report)], scope.sentences(report), [facts.origin(report)]):
        yield context(said)


def listed(lines: Iterable[str]) -> str:
    """Return lines as a list."""
    return "\n".join(f"• {each}" for each in lines)


def heading(text: str) -> dict[str, Any]:
    """Return a heading, which Slack shows as it is."""
    said = {"type": "plain_text", "text": clipped(line(text), HEADING_LIMIT), "emoji": False}
    return {"type": "header", "text": said}


def section(text: str) -> dict[str, Any]:
    """Return a paragraph of text that is escaped already."""
    return {"type": "section", "text": markdown(text)}


def context(sentences: Iterable[str]) -> dict[str, Any]:
    """Return sentences in small print."""
    text = " ".join(escaped(ended(each)) for each in sentences)
    return {"type": "context", "elements": [markdown(text)]}


def markdown(text: str) -> dict[str, Any]:
    """Return text that is escaped already; Slack makes no links or mentions of what is in it."""
    return {"type": "mrkdwn", "text": fitted(text), "verbatim": True}


def fitted(text: str) -> str:
    """Return *text* as Slack takes it: cut where it is too long, and never within an entity."""
    if len(text) <= TEXT_LIMIT:
        return text
    return CUT.sub("", text[: TEXT_LIMIT - 1]) + "…"


def link(url: str, words: str) -> str:
    """Return a link."""
    return f"<{escaped(url).replace('|', '%7C')}|{escaped(words)}>"


def escaped(text: str) -> str:
    """Return *text* as one line in which Slack finds neither a link nor a mention."""
    return line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
