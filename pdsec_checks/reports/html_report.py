"""The HTML report: one file that explains itself, opens anywhere and loads nothing.

Names in it come from the account and may be hostile. Jinja2 escapes every one of them, and the
page's own Content-Security-Policy allows only the style and the script that are part of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pdsec_checks.catalogue import Framework, MappedRequirement, Support
from pdsec_checks.model import (
    WORST_FIRST,
    Control,
    Finding,
    Fit,
    Interval,
    MappingName,
    Requirement,
    Severity,
    Status,
    overall,
)
from pdsec_checks.pagerduty.endpoints import DATA_SETS
from pdsec_checks.reports.model import JUDGED, TOOL, Report

COVERAGE_CONTROL = "PD-08"
"""The control whose evidence holds a window and its gaps."""
OPEN_UP_TO = 25
"""Findings of one status that a control shows without a click; more would slow the page down."""
NAMED_UP_TO = 5
"""Findings that a summary repeats before it refers to the control."""
DRAWN_OPEN = 12
"""Schedules with gaps that are shown without a click, and with a table of their gaps."""
LINE_LENGTH = 100
"""Characters of evidence that stand in the row itself."""
WIDTH = 1000
"""Units across a timeline; the page stretches them."""
WEEK = timedelta(days=7)
AXIS_STEPS = tuple(timedelta(hours=hours) for hours in (3, 6, 12, 24, 48, 168, 336, 672))
AXIS_LABELS = 6
LABEL_WIDTH = 120
"""Units that a label takes on the narrowest page."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not from the locale: the same findings give the same bytes everywhere."""
SHORT_NAMES = {
    "fedramp": "FedRAMP",
    "cmmc": "CMMC",
    "soc2": "SOC 2",
    "cis": "CIS Controls",
    "pci_dss": "PCI DSS",
    "stig": "ASD STIG",
    "irap": "IRAP",
    "ismap": "ISMAP",
}
STATUS_WORDS = {
    Status.FAIL: "Fail",
    Status.ERROR: "Not judged",
    Status.MANUAL: "Needs a person",
    Status.WAIVED: "Waived",
    Status.PASS: "Pass",
    Status.NOT_APPLICABLE: "Not applicable",
}
STATUS_MEANINGS = {
    Status.FAIL: "PagerDuty's API shows that the requirement does not hold.",
    Status.ERROR: "It could not be judged: the data was refused, incomplete or malformed.",
    Status.MANUAL: "The API cannot show it either way; the evidence says what to look at.",
    Status.WAIVED: "A fail that somebody accepted until a date.",
    Status.PASS: "The API shows that the requirement holds.",
    Status.NOT_APPLICABLE: "There is no such resource, or the control does not speak about it.",
}
VERDICT_WORDS = {
    Status.FAIL: "failing",
    Status.ERROR: "not judged",
    Status.MANUAL: "not judged",
    Status.WAIVED: "waived",
    Status.PASS: "supported by",
    Status.NOT_APPLICABLE: "not applicable",
}
"""What a requirement can be called; never satisfied: controls support it, people decide it."""
REFUSALS = {
    401: "the credential is not valid for this",
    402: "the plan of the account does not include it",
    403: "the credential may not read it",
    404: "PagerDuty knows no such address for this account",
    429: "PagerDuty limited the rate of requests until the end",
}
SERVER_ERROR = 500
NOT_JUDGED = " could not be judged: "
"""What stands between a resource and the reason in the message of an error."""
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"  # writing direction, marks
    "\ud800-\udfff\ufffe\uffff]"  # halves of characters, and none at all
)
"""Joiners stay: names in many scripts need them."""


def render(report: Report) -> str:
    """Return the report as one HTML document."""
    style, script = part("report.css"), part("report.js")
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            view=View(report),
            report=report,
            run=report.run,
            policy=content_security_policy(style, script),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
        )
    )


@cache
def environment() -> Environment:
    """Return what the templates share; they are compiled once."""
    made = Environment(
        loader=PackageLoader("pdsec_checks.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        https=https,
        moment=moment,
        wording=wording,
        pretty=pretty,
        short=short,
        framework_name=framework_name,
        edition_name=edition_name,
    )
    made.tests["deep"] = is_deep
    made.globals.update(
        TOOL=TOOL,
        STATUSES=WORST_FIRST,
        STATUS_WORDS=STATUS_WORDS,
        STATUS_MEANINGS=STATUS_MEANINGS,
        Status=Status,
        NAMED_UP_TO=NAMED_UP_TO,
        WIDTH=WIDTH,
    )
    return made


def part(name: str) -> str:
    """Return a file that the page carries; line ends are the ones a browser hashes."""
    file = resources.files("pdsec_checks.reports") / "templates" / name
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


def content_security_policy(style: str, script: str) -> str:
    """Return the policy that allows these two texts, and nothing else at all."""
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """Return the hash by which a policy names an inline block."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def printable(value: Any) -> Any:
    """Return a text without what could steer a reader; everything else as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def https(url: str | None) -> str | None:
    """Return the address if it may become a link; None for every other scheme."""
    return url if url and url.startswith("https://") else None


def framework_name(framework: str) -> str:
    """Return the name by which people know a framework."""
    return SHORT_NAMES.get(framework, framework)


def edition_name(label: str) -> str:
    """Return an edition as it stands beside an id; a bare number would read as part of it."""
    return f"ed. {label}" if re.fullmatch(r"[0-9.]+", label) else label


def moment(value: datetime | str) -> str:
    """Return a moment in UTC, to the minute, with its day of the week."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    found = found.astimezone(UTC)
    return f"{DAYS[found.weekday()]} {found:%Y-%m-%d %H:%M} UTC"


def wording(name: str) -> str:
    """Return the name of a field as words."""
    return name.replace("_", " ")


def short(evidence: dict[str, Any]) -> str:
    """Return evidence as one line; empty when that would be long or hard to read."""
    if any(map(is_deep, evidence.values())):
        return ""
    line = "; ".join(f"{wording(name)}: {_line(value)}" for name, value in evidence.items())
    return line if len(line) <= LINE_LENGTH else ""


def is_deep(value: Any) -> bool:
    """Tell whether a value of evidence is nested too deeply for lines of words."""
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(inner, (dict, list)) for part in parts for inner in _inside(part))


def pretty(value: Any) -> str:
    """Return one value of evidence for people: words, lines of them, or JSON where it is deep."""
    if is_deep(value):
        return json.dumps(value, ensure_ascii=False, indent=2)
    if isinstance(value, dict):
        return "\n".join(f"{wording(key)}: {pretty(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        separator = "\n" if any(map(_inside, value)) else ", "
        return separator.join(map(_line, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def _line(value: Any) -> str:
    return pretty(value).replace("\n", ", ")


def _inside(value: Any) -> list[Any]:
    return list(value.values() if isinstance(value, dict) else value if _is_list(value) else ())


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def duration(span: timedelta) -> str:
    """Return a length of time in its two largest units, rounded down."""
    minutes = int(span / timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    named = [(days, "d"), (hours, "h"), (rest, "min")]
    while len(named) > 1 and not named[0][0]:
        del named[0]
    return " ".join(f"{count} {unit}" for count, unit in named[:2] if count) or "0 min"


@dataclass(frozen=True)
class Group:
    """The findings of one control that have the same status."""

    status: Status
    findings: list[Finding]

    @property
    def is_open(self) -> bool:
        """Whether it is shown without a click."""
        calls = self.status not in {Status.PASS, Status.NOT_APPLICABLE}
        return calls and len(self.findings) <= OPEN_UP_TO


@dataclass(frozen=True)
class FrameworkSupport:
    """What one control supports in one framework, in both mappings."""

    framework: Framework
    specified: list[MappedRequirement]
    current: list[MappedRequirement]
    reason: str


@dataclass(frozen=True)
class Section:
    """One control with all that was found about it."""

    control: Control
    status: Status
    groups: list[Group]
    support: list[FrameworkSupport]

    @property
    def total(self) -> int:
        """How many findings it has."""
        return sum(len(group.findings) for group in self.groups)

    @property
    def frameworks(self) -> str:
        """The ids of the frameworks that it supports."""
        return " ".join(each.framework.id for each in self.support)


@dataclass(frozen=True)
class ControlCell:
    """One control beside a requirement, and what the other mapping has in its place."""

    control: Control
    status: Status
    fit: Fit | None
    others: list[MappedRequirement]
    reason: str


@dataclass(frozen=True)
class RequirementRow:
    """One requirement and the selected controls that support it."""

    requirement: Requirement
    cells: list[ControlCell]

    @property
    def status(self) -> Status:
        """The worst of its controls."""
        return overall(cell.status for cell in self.cells)

    @property
    def is_wrong(self) -> bool:
        """Whether nothing but controls that it does not suit speaks for it."""
        passing = [cell.fit for cell in self.cells if cell.status is Status.PASS]
        return self.status is Status.PASS and set(passing) == {Fit.WRONG}

    @property
    def shown_status(self) -> Status:
        """The status whose shape and colour it gets."""
        return Status.NOT_APPLICABLE if self.is_wrong else self.status

    @property
    def verdict(self) -> str:
        """The words for it, which never claim more than its controls do."""
        if self.is_wrong:
            return "no support: wrong fit"
        word = VERDICT_WORDS[self.status]
        count = sum(VERDICT_WORDS[cell.status] == word for cell in self.cells)
        number = f"{count} of {len(self.cells)}" if len(self.cells) > 1 else f"{count}"
        noun = "control" if len(self.cells) == 1 else "controls"
        separator = " " if word.endswith(" by") else ": "
        return f"{word}{separator}{number} {noun}"


@dataclass(frozen=True)
class MappingTable:
    """One mapping of a framework, with the ids of the other one beside it."""

    mapping: MappingName
    other: MappingName
    label: str
    version: str
    other_label: str
    rows: list[RequirementRow]
    left_out: int
    """Requirements that no control of this run supports."""

    def count(self, word: str) -> int:
        """Return how many requirements have a verdict."""
        return sum(VERDICT_WORDS[row.status] == word for row in self.rows)


@dataclass(frozen=True)
class Missing:
    """A data set that could not be read, in the words of whoever must grant it."""

    path: str
    reason: str
    status: int | None
    meaning: str
    scopes: tuple[str, ...]
    controls: list[str]


@dataclass(frozen=True)
class Tick:
    """A mark on the axis of a timeline."""

    x: float
    label: str

    @property
    def percent(self) -> str:
        """Where it stands, as an SVG length."""
        return f"{100 * self.x / WIDTH:g}%"

    @property
    def anchor(self) -> str:
        """Which end of the label stands there; the last one must not leave the page."""
        return "end" if self.x > WIDTH - LABEL_WIDTH else "start"


@dataclass(frozen=True)
class Timeline:
    """The coverage of one schedule, ready to be drawn and to be read aloud."""

    finding: Finding
    window: Interval
    gaps: list[Interval]

    @property
    def percent(self) -> float:
        """How much is covered, as the control said."""
        return float(self.finding.evidence["coverage_percent"])

    @property
    def is_completed(self) -> bool:
        """Whether other targets of the same level are on call in the gaps."""
        return bool(self.gaps) and self.finding.status is Status.PASS

    @property
    def order(self) -> tuple[bool, float, str]:
        """Worst first."""
        return (self.finding.status is Status.PASS, self.percent, self.finding.resource.id)

    @property
    def covered_path(self) -> str:
        """The spans in which somebody is on call, as an SVG path."""
        starts = [self.window.start, *(gap.end for gap in self.gaps)]
        ends = [*(gap.start for gap in self.gaps), self.window.end]
        spans = map(Interval, starts, ends)
        return self._path((span for span in spans if span.start < span.end), top=8, height=8)

    @property
    def gap_path(self) -> str:
        """The gaps, as an SVG path."""
        return self._path(self.gaps, top=2, height=20)

    def _path(self, spans: Iterable[Interval], top: int, height: int) -> str:
        drawn = []
        for span in spans:
            left, right = (position(at, self.window) for at in span)
            drawn.append(f"M{left:g} {top}H{right:g}v{height}H{left:g}z")
        return "".join(drawn)

    @property
    def open_time(self) -> timedelta:
        """The length of all gaps."""
        return sum((gap.end - gap.start for gap in self.gaps), timedelta())

    @property
    def summary(self) -> str:
        """What the picture shows."""
        if not self.gaps:
            return "no gap"
        noun = "gap" if len(self.gaps) == 1 else "gaps"
        longest = max(gap.end - gap.start for gap in self.gaps)
        found = f"{len(self.gaps)} {noun}, {duration(self.open_time)} open"
        if len(self.gaps) > 1:
            found += f", the longest {duration(longest)}"
        wait = self.gaps[0].start - self.window.start
        first = f"in {duration(wait)}" if wait else "at once"
        return f"{found}; the first opens {first}, {moment(self.gaps[0].start)}"

    def rows(self) -> list[tuple[str, str, str]]:
        """Return start, end and length of each gap."""
        return [
            (moment(gap.start), moment(gap.end), duration(gap.end - gap.start)) for gap in self.gaps
        ]


@dataclass(frozen=True)
class TimelineGroup:
    """Timelines under one heading."""

    title: str
    timelines: list[Timeline]
    is_open: bool = False


def position(at: datetime, window: Interval) -> float:
    """Return where a moment stands on a timeline, to a tenth of a unit."""
    share = (at - window.start) / (window.end - window.start)
    return round(WIDTH * min(max(share, 0), 1), 1)


def interval(plain: dict[str, Any]) -> Interval:
    """Return the span that evidence describes."""
    return Interval(datetime.fromisoformat(plain["start"]), datetime.fromisoformat(plain["end"]))


def axis(window: Interval) -> list[Tick]:
    """Return the marks of a timeline: Mondays for weeks, midnights for days, full hours."""
    length = window.end - window.start
    step = next((each for each in AXIS_STEPS if length / each <= AXIS_LABELS), AXIS_STEPS[-1])
    at = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= WEEK:
        at -= timedelta(days=at.weekday())
    while at < window.start:
        at += min(step, WEEK)
    marks = []
    while at < window.end:
        label = f"{at:%H:%M}" if at.hour else f"{at.day} {MONTHS[at.month - 1]}"
        marks.append(Tick(position(at, window), label))
        at += step
    return marks


class View:
    """Everything that the page shows and that a report does not hold as it is shown."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._mapped: dict[tuple[MappingName, str, str], list[MappedRequirement]] = {}
        for control in report.controls:
            for mapping in MappingName:
                for mapped in report.catalogue.requirements(control.id, mapping):
                    key = (mapping, control.id, mapped.requirement.framework)
                    self._mapped.setdefault(key, []).append(mapped)

    # Summary

    @cached_property
    def failing(self) -> list[tuple[Severity, int]]:
        """How many findings fail at each severity that has one."""
        counts = self.report.counts_by_severity
        return [
            (severity, found[Status.FAIL])
            for severity, found in counts.items()
            if found[Status.FAIL]
        ]

    @cached_property
    def unjudged(self) -> int:
        """How many findings should have a verdict and have none."""
        judged, asked = self.report.judged
        return asked - judged

    @cached_property
    def empty_controls(self) -> list[Control]:
        """Selected controls of which no case was judged before the run ended."""
        return [each for each in self.report.controls if not self.report.by_control[each.id]]

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

    def _section(self, control: Control) -> Section:
        findings = self.report.by_control[control.id]
        groups = [
            Group(status, [each for each in findings if each.status is status])
            for status in WORST_FIRST
        ]
        return Section(
            control=control,
            status=self.report.status_of(control),
            groups=[group for group in groups if group.findings],
            support=list(self._support(control)),
        )

    def _support(self, control: Control) -> Iterator[FrameworkSupport]:
        for framework in self.report.catalogue.frameworks.values():
            specified, current = (
                self._mapped.get((mapping, control.id, framework.id), []) for mapping in MappingName
            )
            if specified or current:
                reason = framework.reasons.get(control.id, "")
                yield FrameworkSupport(framework, specified, current, reason)

    @cached_property
    def frameworks(self) -> list[Framework]:
        """The frameworks that a selected control supports."""
        known = {framework for _, _, framework in self._mapped}
        return [each for each in self.report.catalogue.frameworks.values() if each.id in known]

    # Frameworks

    def tables(self, framework: Framework) -> list[MappingTable]:
        """Return the mapping that the run used, and the other one where it differs."""
        used = self.report.mapping
        if framework.specified is framework.current:
            return [self._table(framework, used)]
        others = [mapping for mapping in MappingName if mapping is not used]
        return [self._table(framework, mapping) for mapping in (used, *others)]

    def _table(self, framework: Framework, mapping: MappingName) -> MappingTable:
        other = next(each for each in MappingName if each is not mapping)
        edition = framework.edition(mapping)
        rows = [self._row(framework, support, other) for support in edition.requirements]
        shown = [row for row in rows if row.cells]
        return MappingTable(
            mapping=mapping,
            other=other,
            label=edition.label,
            version=edition.version,
            other_label=framework.edition(other).label,
            rows=shown,
            left_out=len(rows) - len(shown),
        )

    def _row(self, framework: Framework, support: Support, other: MappingName) -> RequirementRow:
        cells = [
            ControlCell(
                control=control,
                status=self.report.status_of(control),
                fit=support.controls[control.id],
                others=self._mapped.get((other, control.id, framework.id), []),
                reason=framework.reasons.get(control.id, ""),
            )
            for control in self.report.controls
            if control.id in support.controls
        ]
        return RequirementRow(support.requirement, cells)

    # Coverage

    @cached_property
    def timelines(self) -> list[Timeline]:
        """The schedules whose coverage is known, worst first."""
        findings = self.report.by_control.get(COVERAGE_CONTROL, [])
        found = [
            Timeline(
                finding,
                interval(finding.evidence["window"]),
                [interval(gap) for gap in finding.evidence["gaps"]],
            )
            for finding in findings
            if finding.evidence.keys() >= {"window", "gaps", "coverage_percent"}
        ]
        return sorted(found, key=lambda each: each.order)

    @cached_property
    def timeline_groups(self) -> list[TimelineGroup]:
        """The timelines under their headings, those with gaps that nobody covers first."""
        found = self.timelines
        broken = [each for each in found if each.gaps and not each.is_completed]
        completed = [each for each in found if each.is_completed]
        whole = [each for each in found if not each.gaps]
        groups = [
            TimelineGroup("Schedules with gaps", broken[:DRAWN_OPEN], is_open=True),
            TimelineGroup("More schedules with gaps", broken[DRAWN_OPEN:]),
            TimelineGroup("Gaps that others on the same escalation level cover", completed),
            TimelineGroup("Schedules without a gap", whole),
        ]
        return [group for group in groups if group.timelines]

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
        """The data sets that could not be read, with what it takes to read them."""
        return [
            Missing(
                path=unread.path,
                reason=unread.reason,
                status=unread.status,
                meaning=refusal(unread.status),
                scopes=DATA_SETS[unread.name].scopes if unread.name in DATA_SETS else (),
                controls=unread.controls,
            )
            for unread in self.report.run.unread
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
        found = []
        for control, findings in self.with_status(Status.ERROR):
            by_reason: dict[str, list[Finding]] = {}
            for finding in findings:
                reason = finding.message.partition(NOT_JUDGED)[2] or finding.message
                by_reason.setdefault(reason, []).append(finding)
            found.append((control, list(by_reason.items())))
        return found

    @staticmethod
    def _chosen(section: Section, statuses: Collection[Status]) -> list[Finding]:
        groups = [group for group in section.groups if group.status in statuses]
        return [finding for group in groups for finding in group.findings]

    @cached_property
    def waived(self) -> list[tuple[Finding, dict[str, Any], str]]:
        """The waived findings with their waiver and how long it lasts, the next to end first."""
        found = [each for each in self.report.ordered if each.status is Status.WAIVED]
        waivers = [(each, each.evidence.get("waiver", {})) for each in found]
        waivers.sort(key=lambda pair: pair[1].get("expires", ""))
        return [(each, waiver, self._left(waiver.get("expires"))) for each, waiver in waivers]

    @cached_property
    def attested(self) -> list[tuple[Finding, dict[str, Any], str]]:
        """The findings that pass because a person confirmed them."""
        return [
            (each, each.evidence["attestation"], self._left(each.evidence["attestation"]["until"]))
            for each in self.report.ordered
            if each.status is Status.PASS and "attestation" in each.evidence
        ]

    def _left(self, last_day: str | None) -> str:
        if last_day is None:
            return ""
        days = (datetime.fromisoformat(last_day).date() - self.report.run.as_of.date()).days
        return f"{days} day{'s' * (days != 1)} left" if days else "the last day"

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


def refusal(status: int | None) -> str:
    """Return what an HTTP status means to whoever owns the credential."""
    if status is None:
        return "there was no complete answer"
    if status >= SERVER_ERROR:
        return "PagerDuty had a problem of its own"
    return REFUSALS.get(status, "PagerDuty refused the request")
