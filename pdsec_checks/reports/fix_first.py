"""Fix first: the few things that a reader should do before all others, and why these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from pdsec_checks.catalogue.consequences import sentence
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import Control, Novelty, Status, counted
from pdsec_checks.reports import facts, scope
from pdsec_checks.reports.ranking import by_rank
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import clipped, line

TITLE = "Fix first"
AT_MOST = 5
"""Items of a list that somebody reads to its end."""
SENTENCE_LIMIT = 200
"""Characters of a finding's message; the findings themselves have it whole."""


@dataclass(frozen=True)
class Item:
    """What to do about the most urgent of the fails that one control has with one cause."""

    control: Control
    finding: Finding
    alike: tuple[Finding, ...] = ()
    """Further fails of the control with this cause, by rank: one remedy is that of all."""

    @property
    def resource(self) -> ResourceRef:
        """What the most urgent fail is about."""
        return self.finding.resource

    @property
    def text(self) -> str:
        """What is wrong, with the resource, as one line."""
        unmarked = replace(self.finding, known=None, worse=())
        return clipped(facts.sentence_of(unmarked), SENTENCE_LIMIT)

    @property
    def news(self) -> str:
        """How the fail compares with the earlier report; empty where there was none."""
        novelty, worse = self.finding.novelty, line(self.finding.worsened)
        return f"{novelty}: {clipped(worse, SENTENCE_LIMIT)}" if worse else str(novelty or "")

    @property
    def more(self) -> str:
        """How many further resources need the same, and how many of these are news."""
        if not self.alike:
            return ""
        more = f"{len(self.alike)} more like it"
        news = Counter(each.novelty for each in self.alike if each.novelty is not None)
        if len(self.alike) in news.values():
            return f"{more}, {'all ' if len(self.alike) > 1 else ''}{next(iter(news))}"
        told = ", ".join(f"{news[each]} {each}" for each in Novelty if news[each])
        return f"{more}: {told}" if told else more

    @property
    def consequence(self) -> str:
        """What happens if nothing is done."""
        return line(sentence(self.control, self.finding.cause))

    @property
    def reach(self) -> str:
        """How many services stand behind the resource."""
        return line(self.finding.behind.sentence)

    @property
    def remedy(self) -> facts.Remedy:
        """What to do about the cause."""
        return facts.remedy_of(self.control, self.finding)

    @property
    def link(self) -> str | None:
        """Where to do it: the resource in PagerDuty, or else the page about the remedy."""
        return facts.link(self.resource) or self.remedy.help_url or None

    @property
    def link_words(self) -> str:
        """What stands on the link."""
        return "Open in PagerDuty" if facts.link(self.resource) else "PagerDuty's page about it"

    def to_json(self) -> dict[str, Any]:
        """Return the item as plain JSON, every text of it a harmless line."""
        return {
            "rank": self.finding.rank,
            "control": self.control.id,
            "severity": self.control.severity.value,
            "message": self.text,
            "novelty": self.news,
            "more": self.more,
            "if_nothing_is_done": f"{self.consequence} {self.reach}.",
            "remedy": line(self.remedy.text),
            "url": self.link,
            "link_words": self.link_words,
        }


def items(report: Report) -> list[Item]:
    """Return at most five items, the most urgent first.

    Beside an earlier report what is new or worse comes before what is known: it is why the run is
    red, and what changed since somebody last looked. Known fails follow where there is room: that
    somebody knows of one does not make it harmless.
    """
    controls = {control.id: control for control in report.controls}
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in news_first(by_rank(report.ordered)):
        if finding.status is Status.FAIL:
            groups.setdefault((finding.control, finding.cause), []).append(finding)
    first = list(groups.values())[:AT_MOST]
    return [Item(controls[found[0].control], found[0], tuple(found[1:])) for found in first]


def news_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* with the known ones last, and otherwise as they were."""
    return sorted(findings, key=lambda each: each.novelty is Novelty.KNOWN)


def fields(report: Report) -> dict[str, Any]:
    """Return the list and the remark as plain JSON, for the documents about several accounts."""
    found = items(report)
    return {"items": [each.to_json() for each in found], "remark": remark(report, found)}


def heading(report: Report) -> str:
    """Return the headline of the list, which says so when the run left something out."""
    return scope.headed(report, TITLE)


def remark(report: Report, shown: Iterable[Item]) -> str:
    """Return what must be known beside the items *shown*, as sentences; empty where nothing is.

    Only where everything was judged it says that there is nothing to fix.
    """
    fails, waiting = report.counts[Status.FAIL], unjudged(report)
    rest = fails - sum(1 + len(each.alike) for each in shown)
    if fails:
        after = [f"{rest} of {counted(fails, 'fail')} come after these."] if rest else []
        return " ".join([*after, *([f"Besides, {waiting}."] if waiting else [])])
    if waiting:
        return f"Nothing fails in what was judged, but {waiting}."
    if not report.complete:
        return "Nothing fails so far. This comes first: let the run, which was stopped, end."
    if not report.judged[0]:
        return "There was nothing to judge."
    where = " of what was looked at" if report.is_partial else ""
    return f"Nothing to fix first: all{where} was judged, and nothing fails."


def unjudged(report: Report) -> str:
    """Return what nobody could judge; empty where everything was judged."""
    errors, manual = report.counts[Status.ERROR], report.counts[Status.MANUAL]
    found = [f"{counted(errors, 'check')} could not be judged"] if errors else []
    if manual:
        found.append(f"{counted(manual, 'check')} need{'s' if manual == 1 else ''} a person")
    return " and ".join(found)


def order(report: Report) -> str:
    """Return how the order comes about, as a sentence."""
    how = (
        "by what happens if nothing is done, then by severity, then by the number of services "
        "behind the resource (a critical one counts tenfold)"
    )
    if report.earlier_as_of is not None:
        return f"What is new or worse comes first; within that, ordered {how}."
    return f"Ordered {how}."
