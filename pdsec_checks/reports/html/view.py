"""What the page of the HTML report shows, and a report does not hold as it is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from pdsec_checks.analysis.relations import KINDS, PERSON, SERVICE
from pdsec_checks.catalogue.frameworks import Framework
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import WORST_FIRST, Control, Severity, Status, counted
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.reports import facts, scope, score_words
from pdsec_checks.reports.facts import (
    NOTHING,
    REMEDY_HEADINGS,
    Remedy,
    by_cause,
    by_reason,
    news_first,
    remedy_of,
)
from pdsec_checks.reports.fixes.document import Entry
from pdsec_checks.reports.fixes.forms import three
from pdsec_checks.reports.html.frameworks import FrameworkSupport, Mappings, MappingTable
from pdsec_checks.reports.html.timeline import (
    Tick,
    Timeline,
    TimelineGroup,
    axis,
    grouped,
    timelines,
)
from pdsec_checks.reports.html.topics import Topic, by_topic
from pdsec_checks.reports.html.words import STATUS_WORDS, duration, number, refusal
from pdsec_checks.reports.report import JUDGED, Report
from pdsec_checks.reports.ring.inspected import inspected_headline

TYPES = {SERVICE: "service", PERSON: "user"}
"""What a finding can belong to → the type of resource that is one itself."""
COVERAGE_CONTROL = "PD-08"
"""The control whose evidence holds a window and its gaps."""
OPEN_UP_TO = 25
"""Findings of one status that a control shows without a click; more would slow the page down."""
FIXES_UP_TO = 200
"""Fixes of one control that the page holds; the command ``fixes`` writes them all."""
NAMED_UP_TO = 5
"""Findings that a summary repeats before it refers to the control."""


@dataclass(frozen=True)
class Group:
    """The findings of one control that have the same status, and the same remedy if any."""

    status: Status
    findings: list[Finding]
    remedy: Remedy = NOTHING
    cause: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is shown without a click."""
        calls = self.status not in {Status.PASS, Status.NOT_APPLICABLE}
        return calls and len(self.findings) <= OPEN_UP_TO


@dataclass(frozen=True)
class Section:
    """One control with all that was found about it."""

    control: Control
    status: Status
    groups: list[Group]
    support: list[FrameworkSupport]

    @cached_property
    def shown_fixes(self) -> frozenset[str]:
        """The fingerprints of the fails whose fixes are in the page."""
        found = (each for group in self.groups for each in group.findings if each.fix is not None)
        return frozenset(each.fingerprint for each in islice(found, FIXES_UP_TO))

    def unshown_fixes(self, group: Group) -> int:
        """Return how many fixes of a group are not in the page."""
        fixable = [each for each in group.findings if each.fix is not None]
        return sum(each.fingerprint not in self.shown_fixes for each in fixable)

    @property
    def share(self) -> str:
        """How many checks have the status of the control, of those that could have it.

        A verdict counts among those that were judged, the want of one among those that should
        have been; what does not apply is no part of either.
        """
        worst = self._count({self.status})
        if self.status is Status.NOT_APPLICABLE:
            return f"{worst:,}"
        among = self._count(
            JUDGED if self.status in JUDGED else {*Status} - {Status.NOT_APPLICABLE}
        )
        return f"{worst:,} of {among:,}"

    def _count(self, statuses: Collection[Status]) -> int:
        return sum(len(each.findings) for each in self.groups if each.status in statuses)

    def advice(self, group: Group) -> str:
        """Return what the CSV of the page says to do about a group, as the command's does."""
        return remedy_of(self.control, group.findings[0]).text or self.control.remediation

    @property
    def has_remedy(self) -> bool:
        """Whether a group says what to do about a fail."""
        return any(each.remedy.text for each in self.groups if each.status is Status.FAIL)

    @property
    def frameworks(self) -> str:
        """The ids of the frameworks that it supports."""
        return " ".join(each.framework.id for each in self.support)


def groups(control: Control, findings: Iterable[Finding], status: Status) -> list[Group]:
    """Return the findings of one status, new ones first, those with another remedy apart."""
    chosen = sorted((each for each in findings if each.status is status), key=news_first)
    if status not in REMEDY_HEADINGS:
        return [Group(status, chosen)] if chosen else []
    return [
        Group(status, found, remedy_of(control, found[0]), cause)
        for cause, found in by_cause(control, chosen).items()
    ]


def texts_in(evidence: dict[str, Any]) -> set[str]:
    """Return every text in evidence but the keys."""
    found, left = set(), [*evidence.values()]
    while left:
        match left.pop():
            case str() as text:
                found.add(text)
            case dict() as fields:
                left += fields.values()
            case list() as entries:
                left += entries
    return found


@dataclass(frozen=True)
class Missing:
    """A path that could not be read, in the words of whoever must grant it."""

    path: str
    reason: str
    status: int | None
    meaning: str
    scopes: list[str]
    controls: tuple[str, ...]


def scopes_of(data_sets: Iterable[str]) -> list[str]:
    """Return the OAuth scopes that it takes to read data sets, each once; own ones have none."""
    known = (DATA_SETS[name].scopes for name in data_sets if name in DATA_SETS)
    return list(dict.fromkeys(scope for scopes in known for scope in scopes))


@dataclass(frozen=True)
class TopicSection:
    """The controls about one topic, and how many of their checks fail, of those judged."""

    topic: Topic
    sections: list[Section]
    failing: int
    judged: int


class ReportPage:
    """Everything that the page shows and that a report does not hold as it is shown."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._mappings = Mappings(report)

    # Summary

    @property
    def headline(self) -> str:
        """What came out and how much was judged, as a sentence without a full stop."""
        judged, asked = self.report.judged
        return f"{self._came_out}; {judged:,} of {number(asked, 'check')} judged"

    @property
    def ring_headline(self) -> str:
        """Whether the phone will ring; empty where PD-26 was not judged."""
        return inspected_headline(self.report)

    @property
    def _came_out(self) -> str:
        fails = self.report.counts[Status.FAIL]
        if not fails:
            verdict = facts.verdict(self.report)
            return f"{verdict[0].upper()}{verdict[1:]}"
        statuses = [self.report.status_of(each) for each in self.report.controls]
        judged = [each for each in statuses if each in JUDGED]
        where = f"{judged.count(Status.FAIL)} of {counted(len(judged), 'judged control')}"
        compared = f" ({self.report.compared})" if self.report.earlier_as_of else ""
        failing = f"{number(fails, 'check')} {'fails' if fails == 1 else 'fail'} in {where}"
        failing += f": {facts.by_severity(self.report)}{compared}"
        not_judged, for_a_person = facts.without_verdict(self.report)
        return "; ".join([failing, *not_judged, *for_a_person])

    @cached_property
    def failing(self) -> list[tuple[Severity, int]]:
        """How many checks fail at each severity that has one."""
        counts = self.report.counts_by_severity
        return [
            (severity, found[Status.FAIL])
            for severity, found in counts.items()
            if found[Status.FAIL]
        ]

    @property
    def looked_at(self) -> str:
        """What the run looked at, as a sentence."""
        return scope.looked_at(self.report)

    @property
    def departures(self) -> str:
        """How much people changed or decided, in phrases; what that is stands below."""
        found = self.report.run.scope
        counts = {
            f"{counted(len(found.changed), 'threshold')} changed": found.changed,
            f"severity of {counted(len(found.severities), 'control')} changed": found.severities,
            f"{counted(len(found.waivers), 'waiver')} in force": found.waivers,
            f"{counted(len(found.attestations), 'attestation')} in force": found.attestations,
            "compared with a personnel list": found.roster,
        }
        return ", ".join(phrase for phrase, there in counts.items() if there)

    @property
    def conditions(self) -> list[str]:
        """What people changed, and how the account was read."""
        return scope.settings(self.report)

    @property
    def score(self) -> list[str]:
        """The score with its parts and its change, as sentences; the formula stands above them."""
        return score_words.in_parts(self.report)

    @property
    def defaults(self) -> dict[str, Any]:
        """The default of each threshold that has another value."""
        return {each.name: each.default for each in self.report.run.scope.changed}

    @cached_property
    def unjudged(self) -> int:
        """How many checks should have a verdict and have none."""
        judged, asked = self.report.judged
        return asked - judged

    @property
    def is_all_clear(self) -> bool:
        """Whether everything that was asked for was read and judged, and all of it passes.

        A waived fail is no pass, and where nothing applies nothing is known.
        """
        report = self.report
        judged, asked = report.judged
        passed = report.counts[Status.PASS]
        is_whole = not (report.is_partial or report.run.refusal or report.run.unread)
        return is_whole and 0 < passed == judged == asked

    @property
    def why_not_clear(self) -> list[str]:
        """Why a run in which nothing fails is no all-clear all the same."""
        report = self.report
        counts = report.counts
        told = {
            "this run left something out": report.is_partial,
            "not everything could be read": bool(report.run.refusal or report.run.unread),
            f"{counted(self.unjudged, 'check')} without a verdict": self.unjudged,
            f"{counted(counts[Status.WAIVED], 'fail')} waived": counts[Status.WAIVED],
            "nothing applied": not counts[Status.PASS],
        }
        return [why for why, holds in told.items() if holds]

    # Controls

    @cached_property
    def sections(self) -> list[Section]:
        """Every selected control, failing first, then by severity."""
        return sorted(
            (self._section(control) for control in self.report.controls),
            key=lambda each: (
                WORST_FIRST.index(each.status),
                -each.control.severity.weight,
                each.control.id,
            ),
        )

    @cached_property
    def topics(self) -> list[TopicSection]:
        """The same under their topics, that with the worst control first."""
        sections = {each.control.id: each for each in self.sections}
        found = by_topic(each.control for each in self.sections)
        return [
            self._topic(topic, [sections[each.id] for each in controls])
            for topic, controls in found.items()
        ]

    def _topic(self, topic: Topic, sections: list[Section]) -> TopicSection:
        checked = [self.report.by_control[each.control.id] for each in sections]
        statuses = [finding.status for findings in checked for finding in findings]
        judged = sum(status in JUDGED for status in statuses)
        return TopicSection(topic, sections, statuses.count(Status.FAIL), judged)

    def _section(self, control: Control) -> Section:
        findings = self.report.by_control[control.id]
        return Section(
            control=control,
            status=self.report.status_of(control),
            groups=[group for status in WORST_FIRST for group in groups(control, findings, status)],
            support=list(self._mappings.support(control)),
        )

    # What belongs to whom

    @cached_property
    def belongings(self) -> dict[str, dict[str, list[str]]]:
        """What each finding belongs to, by its fingerprint."""
        return {each.fingerprint: self._belongings(each) for each in self.report.ordered}

    def _belongings(self, finding: Finding) -> dict[str, list[str]]:
        """Return the ids of the teams, services and people that a finding is about, by kind.

        They are those of its resource, and those that its evidence names.
        """
        resource = finding.resource
        known = self.report.run.relations
        found = {kind: {*known.of.get(resource.id, {}).get(kind, ())} for kind in KINDS}
        mentioned = texts_in(finding.evidence)
        for kind, type_ in TYPES.items():
            found[kind] |= mentioned & known.names[kind].keys()
            if resource.type == type_:
                found[kind].add(resource.id)
        return {kind: sorted(ids) for kind, ids in found.items() if ids}

    @cached_property
    def facets(self) -> dict[str, list[tuple[str, str]]]:
        """Id and name of each team, service and person that a finding is about, by name."""
        names = {kind: dict(called) for kind, called in self.report.run.relations.names.items()}
        used: dict[str, set[str]] = {kind: set() for kind in KINDS}
        for finding in self.report.ordered:
            for kind, ids in self.belongings[finding.fingerprint].items():
                used[kind].update(ids)
                if finding.resource.type == TYPES.get(kind):
                    names[kind].setdefault(finding.resource.id, finding.resource.name)
        return {
            kind: sorted(
                ((each, names[kind].get(each) or each) for each in ids),
                key=lambda pair: (pair[1].casefold(), pair[0]),
            )
            for kind, ids in used.items()
            if ids
        }

    @property
    def topic_choices(self) -> list[tuple[str, str]]:
        """Anchor and title of each topic."""
        return [(each.topic.id, each.topic.title) for each in self.topics]

    @property
    def framework_choices(self) -> list[tuple[str, str]]:
        """Id and short name of each framework."""
        return [(each.id, each.short) for each in self.frameworks]

    @property
    def told(self) -> str:
        """The scope as one text, for a cell."""
        return scope.told(self.report)

    def forms(self, section: Section, finding: Finding) -> dict[str, str]:
        """Return the fix of a finding of *section* in each of its forms; none where it has none."""
        if finding.fix is None or finding.fingerprint not in section.shown_fixes:
            return {}
        remedy = remedy_of(section.control, finding).sentence
        return three(Entry.of(finding, remedy), self.report.run.base_url)

    @property
    def frameworks(self) -> list[Framework]:
        """The frameworks that a selected control supports."""
        return self._mappings.frameworks

    def tables(self, framework: Framework) -> list[MappingTable]:
        """Return the mapping that the run used, and the other one where it differs."""
        return self._mappings.tables(framework)

    # Coverage

    @cached_property
    def timelines(self) -> list[Timeline]:
        """The schedules whose coverage is known, worst first."""
        return timelines(self.report.by_control.get(COVERAGE_CONTROL, []))

    @cached_property
    def timeline_groups(self) -> list[TimelineGroup]:
        """The timelines under their headings."""
        return grouped(self.timelines)

    @cached_property
    def coverage_counts(self) -> dict[Status, int] | None:
        """How many schedules have each status; None when coverage was not inspected."""
        if COVERAGE_CONTROL not in self.report.by_control:
            return None
        statuses = [each.status for each in self.report.by_control[COVERAGE_CONTROL]]
        return {status: statuses.count(status) for status in WORST_FIRST}

    @cached_property
    def axis(self) -> list[Tick]:
        """The marks of all timelines; they share their window."""
        return axis(self.timelines[0].window)

    # What nobody could judge, and what people decided

    @cached_property
    def missing(self) -> list[Missing]:
        """The paths that could not be read, with what it takes to read them."""
        return [
            Missing(
                path=unread.path,
                reason=unread.reason,
                status=unread.status,
                meaning=refusal(unread.status),
                scopes=scopes_of(unread.data_sets),
                controls=unread.controls,
            )
            for unread in self.report.unread
        ]

    def with_status(self, *statuses: Status) -> list[tuple[Control, list[Finding]]]:
        """Return the findings that have one of *statuses*, under their controls."""
        found = [
            (section.control, self._chosen(section, statuses))
            for section in sorted(self.sections, key=lambda each: -each.control.severity.weight)
        ]
        return [(control, findings) for control, findings in found if findings]

    def unknown(self) -> list[tuple[Control, list[tuple[str, list[Finding]]]]]:
        """Return the errors of each control by their reason, which many resources share."""
        return [
            (control, list(by_reason(findings).items()))
            for control, findings in self.with_status(Status.ERROR)
        ]

    @staticmethod
    def _chosen(section: Section, statuses: Collection[Status]) -> list[Finding]:
        groups = [group for group in section.groups if group.status in statuses]
        return [finding for group in groups for finding in group.findings]

    @cached_property
    def carried(self) -> list[tuple[CarriedFail, str, str]]:
        """The fails that were carried on, each with its teams, and until when it is due."""
        return [
            (each, facts.owned_by(each.finding), self._deadline(each.finding))
            for each in facts.carried(self.report)
        ]

    def _deadline(self, finding: Finding) -> str:
        waived = facts.waiver_of(finding)
        return f"waived until {waived.expires}" if waived else f"{self.report.due(finding)}"

    @cached_property
    def waived(self) -> list[tuple[Finding, dict[str, Any], str]]:
        """The waived findings with their waiver and how long it lasts, the next to end first."""
        found = [each for each in self.report.ordered if each.status is Status.WAIVED]
        waivers = [(each, each.evidence.get("waiver", {})) for each in found]
        waivers.sort(key=lambda pair: pair[1].get("expires", ""))
        return [(each, waiver, self._left(waiver.get("expires"))) for each, waiver in waivers]

    @cached_property
    def attested(self) -> list[tuple[Finding, dict[str, Any], str]]:
        """The checks that pass because a person confirmed them."""
        return [
            (each, each.evidence["attestation"], self._left(each.evidence["attestation"]["until"]))
            for each in self.report.ordered
            if each.status is Status.PASS and "attestation" in each.evidence
        ]

    def _left(self, last_day: str | None) -> str:
        if last_day is None:
            return ""
        days = (datetime.fromisoformat(last_day).date() - self.report.run.as_of.date()).days
        return f"{counted(days, 'day')} left" if days else "the last day"

    @cached_property
    def figures(self) -> list[tuple[str, str, str | None, dict[str, Any]]]:
        """Id, name, address and analytics figures of each service, the busiest first."""
        services = {
            each.resource.id: each.resource
            for each in self.report.ordered
            if each.resource.type == "service"
        }
        rows = []
        for service, figures in sorted((self.report.run.analytics or {}).items()):
            known = services.get(service)
            rows.append(
                (service, known.name if known else "", known.url if known else None, figures)
            )
        return sorted(rows, key=lambda row: -(row[3].get("incidents") or 0))

    @staticmethod
    def seconds(value: float | None) -> str:
        """Return a time to acknowledge for people."""
        if value is None:
            return "none acknowledged"
        if value < timedelta(minutes=1).total_seconds():
            return f"{value:.0f} s"
        return duration(timedelta(seconds=value))

    @property
    def judged_statuses(self) -> str:
        """The statuses that count as judged, for the legend."""
        return ", ".join(STATUS_WORDS[each].lower() for each in WORST_FIRST if each in JUDGED)
