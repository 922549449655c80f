"""What sealed evidence says of a period. Nothing sealed is judged again here.

Evidence is read one after another, and only what the document needs of it is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import natural_order
from pdsec_checks.errors import InspectionError
from pdsec_checks.evidence.lapses import Lapses
from pdsec_checks.model import UNJUDGED, Status, moment_text
from pdsec_checks.reports.differences import dropped, fully_judged, named, settings
from pdsec_checks.reports.earlier import AccountName
from pdsec_checks.reports.period.document import (
    BundleLine,
    ControlDays,
    Day,
    Days,
    Event,
    Period,
    Rejudged,
    RequirementDays,
    Stamp,
    said_by,
)
from pdsec_checks.reports.period.sealed import SaidRequirement, SealedControl, SealedReport
from pdsec_checks.reports.period.span import Span
from pdsec_checks.reports.requirement_rows import Verdict
from pdsec_checks.reports.text import line

REQUIREMENT_DAYS = {
    Verdict.FAILING: Day.EXCEPTION,
    Verdict.WAIVED: Day.WAIVED,
    Verdict.SUPPORTED: Day.HELD,
    Verdict.NOT_APPLICABLE: Day.NOT_APPLICABLE,
}
"""The verdict of a requirement → what it says of a day; any other one says nothing."""


class NoEvidenceError(InspectionError):
    """A bundle cannot count as evidence; the text says why."""


@dataclass(frozen=True)
class Evidence:
    """One bundle as a period needs it."""

    name: str
    as_of: datetime
    """The moment (aware) of the account; by its name where the bundle cannot be read."""
    read: Callable[[], SealedReport]
    """Returns its JSON report; raises NoEvidenceError where it has none that holds."""
    problem: str = ""
    """Why it counts as no evidence, as one sentence without a full stop; empty where it counts."""
    tool_version: str = ""
    sealed_at: datetime | None = None
    """The moment (aware) of its signature; None where nobody looked."""
    stamp: Stamp = Stamp.NONE

    @property
    def line(self) -> BundleLine:
        """The bundle as the document lists it."""
        about = (self.name, self.as_of, self.tool_version, self.problem)
        return BundleLine(*about, self.sealed_at, self.stamp)


@dataclass
class Gathered:
    """What was read so far."""

    span: Span
    evidence: list[bool]
    controls: dict[str, tuple[SealedControl, dict[int, Day]]] = field(default_factory=dict)
    requirements: dict[tuple[str, str, str], Supported] = field(default_factory=dict)
    lapses: Lapses = field(default_factory=Lapses)
    events: list[Event] = field(default_factory=list)
    bundles: list[BundleLine] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    """The controls that some run did not look at."""
    last: SealedReport | None = None
    """The last report, without its findings."""
    told: frozenset[str] = frozenset()
    """What its comparison with the one before said: what stays so is no further event."""

    def take(self, each: Evidence, report: SealedReport, place: int) -> None:
        """Go on with the next report, which belongs to an interval of the period."""
        self.compare(each, report)
        self.evidence[place] = True
        for control, day in days_of(report):
            _, days = self.controls.get(control.id, (control, {}))
            days[place] = said_by([day, *([days[place]] if place in days else [])])
            self.controls[control.id] = control, days
        self.left_out |= set(report.scope.not_selected if report.scope else ())
        for key, (said, supporting) in requirements_in(report).items():
            found = self.requirements.setdefault(key, Supported(said))
            found.take(said, supporting, place)
        self.lapses.take(report)

    def compare(self, each: Evidence, report: SealedReport) -> None:
        """Note what else than the account changed since the last report."""
        if self.last is not None:
            texts = list(map(line, changed(self.last, report)))
            new = [text for text in texts if text not in self.told]
            self.events += [Event(report.as_of, each.name, text) for text in new]
            self.told = frozenset(texts)
        self.last = msgspec.structs.replace(report, findings=[], changes=[])


@dataclass
class Supported:
    """A requirement, as far as evidence was read."""

    said: SaidRequirement
    controls: set[str] = field(default_factory=set)
    days: dict[int, Day] = field(default_factory=dict)

    def take(self, said: SaidRequirement, supporting: set[str], place: int) -> None:
        """Go on with what the next report says of it."""
        day = requirement_day(said.verdict)
        self.said = said
        self.controls |= supporting
        self.days[place] = said_by([day, *([self.days[place]] if place in self.days else [])])


def period_of(
    evidence: Iterable[Evidence],
    span: Span,
    *,
    problems: Sequence[str] = (),
    signer: str = "",
    rejudged: tuple[Rejudged, ...] | None = None,
    known: Iterable[str] = (),
) -> Period:
    """Return what evidence says of a period, whatever order it comes in.

    Args:
        evidence: Each bundle, those outside of the period too: the last one before it tells what
            had changed when it began.
        span: The period.
        problems: What else is wrong with the locker, a sentence each without a full stop.
        signer: Whose signature each bundle had to have; empty where nobody checked.
        rejudged: What the installed version says otherwise; None where nobody asked.
        known: The ids of controls that the evidence should speak of, besides those that it names.
    """
    found = gathered(evidence, span)
    return Period(
        span=span,
        account=account_of(found),
        evidence=tuple(found.evidence),
        controls=tuple(controls_of(found)),
        requirements=tuple(requirements_of(found)),
        lapses=found.lapses.all(),
        events=tuple(found.events),
        bundles=tuple(found.bundles),
        problems=tuple(problems),
        signer=signer,
        rejudged=rejudged,
        not_selected=tuple(never_selected(found, known)),
    )


def gathered(evidence: Iterable[Evidence], span: Span) -> Gathered:
    """Return what evidence says, read in the order of moments."""
    found = Gathered(span, [False] * span.expected)
    for each in within(evidence, span):
        place = span.index(each.as_of)
        report, problem = None, each.problem
        if not problem:
            report, problem = opened(each)
        if place is not None:
            found.bundles.append(replace(each, problem=problem).line)
        if report is not None and place is not None:
            found.take(each, report, place)
        elif report is not None:
            found.compare(each, report)
    return found


def never_selected(found: Gathered, known: Iterable[str]) -> list[str]:
    """Return the controls that no run looked at; none where there was no run."""
    if not any(found.evidence):
        return []
    return sorted((found.left_out | set(known)) - found.controls.keys())


def within(evidence: Iterable[Evidence], span: Span) -> Iterator[Evidence]:
    """Yield the last sound bundle before a period, and then its own in the order of moments."""
    in_order = sorted(evidence, key=lambda each: (each.as_of, each.name))
    before = [each for each in in_order if each.as_of < span.start and not each.problem]
    yield from before[-1:]
    yield from (each for each in in_order if span.index(each.as_of) is not None)


def opened(evidence: Evidence) -> tuple[SealedReport | None, str]:
    """Return the report of a bundle, or None and why it counts as no evidence."""
    try:
        report = evidence.read()
    except NoEvidenceError as error:
        return None, str(error)
    if moment_text(report.as_of) != moment_text(evidence.as_of):
        return None, (
            f"its statement is about {moment_text(evidence.as_of)}, and its report about "
            f"{moment_text(report.as_of)}"
        )
    return report, ""


def days_of(report: SealedReport) -> Iterator[tuple[SealedControl, Day]]:
    """Yield each control that a report judged, and what it says of it."""
    statuses: dict[str, set[Status]] = defaultdict(set)
    for finding in report.findings:
        statuses[finding.control].add(finding.status)
    whole = fully_judged(report) - {each.finding.control for each in report.carried}
    for each in report.controls:
        yield each, control_day(statuses[each.id], is_whole=each.id in whole)


def control_day(statuses: set[Status], *, is_whole: bool) -> Day:
    """Return what the checks of one control say together.

    *is_whole* says that all of them were judged. Without a check nothing was.
    """
    if Status.FAIL in statuses:
        return Day.EXCEPTION
    if not statuses or statuses & UNJUDGED or not is_whole:
        return Day.NOT_JUDGED
    if Status.WAIVED in statuses:
        return Day.WAIVED
    return Day.NOT_APPLICABLE if statuses == {Status.NOT_APPLICABLE} else Day.HELD


def requirement_day(verdict: str) -> Day:
    """Return what the verdict of a requirement says of a day; an unknown one says nothing."""
    return next(
        (day for each, day in REQUIREMENT_DAYS.items() if each.value == verdict), Day.NOT_JUDGED
    )


def requirements_in(
    report: SealedReport,
) -> dict[tuple[str, str, str], tuple[SaidRequirement, set[str]]]:
    """Return each requirement that a report speaks of, and the controls that support it there."""
    found: dict[tuple[str, str, str], tuple[SaidRequirement, set[str]]] = {}
    for control in report.controls:
        for each in control.requirements:
            key = each.framework, each.edition, each.id
            found.setdefault(key, (each, set()))[1].add(control.id)
    return found


def changed(old: SealedReport, new: SealedReport) -> Iterator[str]:
    """Yield what besides the account differs between two reports, a sentence each."""
    if old.tool.version != new.tool.version:
        was, now = (each.tool.version or "unknown" for each in (old, new))
        yield f"the version of the tool was {was} and is {now}"
    if old.mapping != new.mapping:
        yield f"the mapping was {old.mapping or 'unknown'} and is {new.mapping or 'unknown'}"
    yield from settings(old, new)
    if added := dropped(new, old):
        yield f"{named(added)}: judged from now on"
    if left := dropped(old, new):
        yield f"{named(left)}: not judged any more"
    if old.restricted != new.restricted:
        which = "only some resources" if new.restricted else "again all resources"
        yield f"{which} were judged"


def account_of(found: Gathered) -> AccountName | None:
    """Return the account as the last evidence of the period names it."""
    return found.last.account if found.last is not None and any(found.evidence) else None


def spread(days: dict[int, Day], span: Span) -> Days:
    """Return each interval of the period with what is known of it."""
    return Days(tuple(days.get(place, Day.NO_EVIDENCE) for place in range(span.expected)))


def controls_of(found: Gathered) -> Iterator[ControlDays]:
    """Yield each control of the period by id."""
    for name in sorted(found.controls):
        control, days = found.controls[name]
        yield ControlDays(
            id=name,
            title=control.title,
            severity=control.severity,
            description=control.description,
            days=spread(days, found.span),
        )


def requirements_of(found: Gathered) -> Iterator[RequirementDays]:
    """Yield each requirement of the period by framework, in the natural order of ids."""
    for key, each in sorted(found.requirements.items(), key=lambda pair: in_order(*pair[0])):
        framework, edition, name = key
        days = spread(each.days, found.span)
        controls = tuple(sorted(each.controls))
        yield RequirementDays(framework, edition, name, each.said.title, controls, days)


def in_order(framework: str, edition: str, name: str) -> tuple[Any, ...]:
    """Return the sort key of a requirement: ours in the order of reports, then those of others."""
    place = ORDER.index(framework) if framework in ORDER else len(ORDER)
    return place, framework, edition, natural_order(name)
