"""The HTML report: what stands in it, and what can never run in it."""

from __future__ import annotations

import base64
import hashlib
import html
import random
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.catalogue.controls import shipped_families, shipped_ids
from pdsec_checks.catalogue.frameworks import Catalogue, Edition, Framework, Support
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import (
    WORST_FIRST,
    Fit,
    Interval,
    MappingName,
    Requirement,
    Severity,
    Status,
)
from pdsec_checks.pagerduty.snapshot import Cost
from pdsec_checks.reports.html import timeline, view
from pdsec_checks.reports.html.page import render
from pdsec_checks.reports.html.timeline import axis
from pdsec_checks.reports.html.topics import TITLES, topic_of
from pdsec_checks.reports.html.view import ReportPage
from pdsec_checks.reports.html.words import STATUS_MEANINGS, STATUS_WORDS, duration, pretty
from pdsec_checks.reports.report import Report, UnreadDataSet
from pdsec_checks.reports.requirement_rows import RULE
from pdsec_checks.reports.score import FORMULA
from tests.support.changed import replace
from tests.support.findings import (
    ATTESTATION,
    FORBIDDEN,
    a_finding,
    a_report,
    a_resource,
    an_account_finding,
    any_findings,
    catalogue,
    hostile_findings,
    many_findings,
    refused_audit_trail,
    shuffled_pairs,
    six_findings,
)
from tests.support.judged import NOW
from tests.support.whole_report import whole_report

VOID = {"meta", "br", "input"}
IMPLIED = {"li", "tr", "td", "th", "tbody", "thead"}
"""Elements whose end the page may leave to the browser."""
INLINE = {"a", "b", "code", "em", "span", "svg", "use"}
SOME = settings(max_examples=25, deadline=None)
"""A page takes a while to make and to read."""
LOADING = {"src", "srcset", "poster", "background", "action", "formaction", "data", "ping"}


class Page(HTMLParser):
    """Reads a page: its elements, its links, its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.texts.append(" ")
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] != tag:
            assert self.open[-1] in IMPLIED, f"</{tag}> closes <{self.open[-1]}>"
            self.open.pop()
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, with single spaces."""
        return " ".join("".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of one name."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(*findings: Finding, **report: Any) -> Page:
    """Return the page of a report of these findings."""
    return Page(render(a_report(*findings, **report)))


def coverage(
    schedule: str = "PSCHED1",
    *gaps: tuple[int, int],
    status: Status = Status.FAIL,
    percent: float = 90.0,
) -> Finding:
    """Return what PD-08 says of a schedule with gaps from one hour of the window to another."""

    def stamp(hour: int) -> str:
        return f"{NOW + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"

    return a_finding(
        "PD-08",
        status,
        ResourceRef("schedule", schedule, f"Rota {schedule}"),
        window={"start": stamp(0), "end": stamp(720), "hours": 720.0},
        gaps=[{"start": stamp(a), "end": stamp(b), "hours": float(b - a)} for a, b in gaps],
        coverage_percent=percent,
    )


# Safety


def block(source: str, tag: str) -> str:
    """Return the text of the only block of that name."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("tag", ["style", "script"])
def test_policy_allows_only_the_blocks_that_it_names_by_hash(tag: str) -> None:
    """The policy names the hash of the one style and the one script, and nothing else."""
    source = render(a_report(*six_findings()))
    digest = base64.b64encode(hashlib.sha256(block(source, tag).encode()).digest()).decode()

    policy = next(
        meta["content"]
        for meta in Page(source).all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )

    assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "form-action 'none'" in policy


def test_policy_comes_before_everything_that_it_governs() -> None:
    """A policy in a meta element counts only from where it stands."""
    source = render(a_report(*six_findings()))

    assert source.index("Content-Security-Policy") < source.index("<style>")


def test_nothing_runs_or_is_styled_outside_the_two_blocks() -> None:
    """No element has an event handler, a style, or an address that a browser would load."""
    for tag, attributes in page(*hostile_findings(), coverage("P1", (3, 5))).elements:
        names = set(attributes)
        assert not any(name.startswith("on") for name in names), tag
        assert "style" not in names, tag
        assert not names & LOADING, tag
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video"}


def test_each_notice_stands_once() -> None:
    """What the operator should know is said at the top, and not again."""
    page = render(a_report(a_finding(), notices=("the waiver has ended", "the clock is wrong")))

    assert page.count("the waiver has ended") == page.count("the clock is wrong") == 1


def test_the_formula_of_the_score_stands_once() -> None:
    """Beside the numbers it says how they come about; the parts below need no second one."""
    assert render(a_report(a_finding())).count(html.escape(FORMULA)) == 1


def test_style_and_script_fetch_nothing() -> None:
    """Neither block refers to another file."""
    source = render(a_report())

    assert "url(" not in block(source, "style")
    assert "@import" not in block(source, "style")
    for call in ("fetch", "XMLHttpRequest", "sendBeacon", "import(", "innerHTML", "eval"):
        assert call not in block(source, "script")


def test_hostile_names_stay_text() -> None:
    """Markup in names, messages and evidence is shown, not obeyed."""
    found = page(*hostile_findings())

    assert "<script>alert(1)</script> is an example" in found.text
    assert len(found.all("script")) == 1
    assert not any(char in "".join(found.texts) for char in FORBIDDEN)


@SOME
@given(st.text(min_size=1))
def test_any_name_leaves_the_page_whole(name: str) -> None:
    """Whatever a name holds, the elements of the page are the same, and it can be written."""
    url = f"https://acme.pagerduty.com/{name}"

    def shape(text: str, link: str) -> list[str]:
        finding = a_finding(resource=ResourceRef("service", "P1", text, link), message=text)
        source = render(a_report(finding, selected=["PD-05"]))
        source.encode()
        return [tag for tag, _ in Page(source).elements]

    assert shape(name, url) == shape("Checkout", "https://acme.pagerduty.com/P1")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://evil.example", "//evil.example", "data:text/html,x", ""]
)
def test_only_https_addresses_become_links(url: str) -> None:
    """Another scheme leaves the name as text."""
    found = page(a_finding(resource=ResourceRef("service", "P1", "Checkout", url)))

    links = [link["href"] for link in found.all("a")]
    assert all(link.startswith(("#", "https://")) for link in links)
    assert "Checkout" in found.text
    assert url not in links


def test_a_link_leads_to_the_resource() -> None:
    """The name of a resource links to its page at PagerDuty, and tells it no referrer."""
    found = page(a_finding(resource=a_resource("Checkout", "PABC123")))

    assert {"href": "https://acme.pagerduty.com/service-directory/PABC123"} in found.all("a")
    assert {"name": "referrer", "content": "no-referrer"} in found.all("meta")


# Shape


def test_page_is_one_well_formed_document() -> None:
    """Elements close in the order in which they open, and no id stands twice."""
    report = with_analytics(a_report(*six_findings(), coverage("P1", (3, 5)), coverage("P2")))
    found = Page(render(report))

    assert found.open == []
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("complete", [True, False])
def test_every_inner_link_and_label_has_its_target(complete: bool) -> None:  # noqa: FBT001
    """No link, label or drawing refers to an id that the page lacks."""
    found = page(
        *six_findings(), coverage("P1", (3, 5)), unread=[refused_audit_trail()], complete=complete
    )
    ids = {attributes.get("id") for _, attributes in found.elements}
    wanted = {
        unquote(attributes[name].lstrip("#"))
        for _, attributes in found.elements
        for name in ("href", "aria-labelledby")
        if attributes.get(name, "").startswith("#") or name == "aria-labelledby"
        if name in attributes
    }

    assert wanted - {"PD-12"} <= ids  # PD-12 needs what was refused, and was not selected


def test_page_has_landmarks_headings_and_captions() -> None:
    """A screen reader finds one main part, one first heading, and a caption on every table."""
    found = page(*six_findings(), coverage("P1", (3, 5)))

    assert [len(found.all(tag)) for tag in ("main", "h1", "nav", "footer")] == [1, 1, 1, 1]
    assert len(found.all("table")) == len(found.all("caption"))
    assert all("scope" in cell for cell in found.all("th"))
    assert {"class": "skip", "href": "#main"} in found.all("a")
    assert {"id": "shown", "aria-live": "polite"} in found.all("output")
    drawings = [each for each in found.all("svg") if each.get("class") == "timeline"]
    assert drawings
    assert all(each["role"] == "img" and each["aria-label"] for each in drawings)
    assert all(
        each.get("aria-hidden") == "true"
        for each in found.all("svg")
        if each.get("class") not in {"timeline", "swatch"}
    )


def test_page_reads_without_javascript() -> None:
    """Only the filter and its empty answer are hidden until the script runs."""
    found = page(*six_findings())

    hidden = [attributes["id"] for _, attributes in found.elements if "hidden" in attributes]
    assert hidden == ["filter", "nothing"]


@SOME
@given(shuffled_pairs())
def test_order_of_findings_changes_no_byte(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings in another order give the same page."""
    first, second = pair

    assert render(a_report(*first)) == render(a_report(*second))


@SOME
@given(any_findings())
def test_every_finding_is_on_the_page(findings: list[Finding]) -> None:
    """Each finding is one row of the group of its control and status, with its id."""
    source = render(a_report(*findings))

    counts = [int(count) for count in re.findall(r'data-count="(\d+)"', source)]
    rows = re.findall(r"<tr><td>(?!<)|<tr><td><a|<li>(?!<b)", source)
    assert sum(counts) == len(findings)
    assert len(rows) >= len(findings)
    for finding in findings:
        assert f"<code>{finding.resource.id}</code>" in source or (
            f">{finding.resource.id}<" in source
        )


# What it says


def test_headline_says_whose_account_as_of_when_and_from_where() -> None:
    """Account, moment in UTC, source, mapping and address stand at the top."""
    text = page(*six_findings()).text

    assert "Inspection of acme" in text
    assert "As of Mon 2026-11-23 09:00 UTC" in text
    assert "live read from PagerDuty's API" in text
    assert "at https://api.pagerduty.com" in text


def test_a_recording_is_called_one() -> None:
    """A page made from a recording says so."""
    report = a_report(*six_findings(), subdomain=None)
    report = replace(report, run=replace(report.run, source="recording"))

    text = Page(render(report)).text

    assert "Source recording" in text
    assert "As of Mon 2026-11-23 09:00 UTC" in text
    assert "Inspection of a PagerDuty account" in text


def test_summary_counts_what_was_judged() -> None:
    """Judged, failing by severity, and what has no verdict are told apart."""
    text = page(*six_findings()).text

    assert "1 failing 1 critical" in text
    assert "3 of 5 checks judged in 6 controls; 1 did not apply" in text
    assert "2 without a verdict 1 not judged, 1 for a person" in text


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (a_report(*six_findings()), "1 check could not be judged. Missing data is no sign"),
        (a_report(a_finding(), complete=False), "This run is incomplete."),
        (a_report(a_finding(), selected=["PD-05", "PD-06"]), "1 check could not be judged."),
        (a_report(refusal="PagerDuty refuses the credential"), "Nothing could be read."),
        (
            a_report(a_finding(), unread=[UnreadDataSet("x", "/x", "HTTP 500", 500, [])]),
            "Some data could not be read; no verdict depends on it.",
        ),
        (a_report(a_finding("PD-01", Status.MANUAL)), "1 check needs a person, because the API"),
        (a_report(a_finding()), "Everything that the selected controls asked for was read."),
    ],
)
def test_summary_is_honest_about_what_is_missing(report: Report, sentence: str) -> None:
    """Each way in which a run can be less than whole has its sentence."""
    assert sentence in Page(render(report)).text


def test_the_bar_says_how_much_each_choice_would_show() -> None:
    """Beside each status, severity and novelty stands the number of checks that have it."""
    new = replace(a_finding(resource=a_resource("Search", "P2")), known=False)
    known = replace(a_finding(), known=True)
    report = replace(a_report(known, new, a_finding("PD-22", Status.PASS)), earlier_as_of=NOW)
    bar = Page(render(report).partition("<form")[2].partition("</form>")[0]).text

    for said in ("Fail 2", "Pass 1", "critical 2", "medium 1", "new 1", "known 1"):
        assert said in bar


def test_matrix_counts_findings_by_status_and_severity() -> None:
    """Each cell holds a count, and names the filter that shows these findings."""
    source = render(a_report(*six_findings()))

    assert '<td data-goto="status=fail&amp;severity=critical">1</td>' in source
    assert '<td data-goto="status=fail&amp;severity=high" class="none">0</td>' in source
    assert '<td data-goto="status=waived" class="sum">1</td>' in source


def test_failing_controls_come_first() -> None:
    """Topics are ordered by their worst control; controls by verdict, then by severity."""
    found = page(*six_findings())

    assert [each["id"] for each in found.all("article")] == [
        *("PD-05", "PD-06"),
        "PD-11",
        *("PD-01", "PD-04"),
        "PD-22",
    ]
    topics = [each["data-topic"] for each in found.all("section") if "data-topic" in each]
    assert topics == [
        "escalation-and-response",
        "audit-and-history",
        "people-and-access",
        "services-and-alerts",
    ]


def test_a_control_says_everything_about_itself() -> None:
    """Requirement, severity, rationale, remediation and limits are on the page."""
    report = a_report(*six_findings())
    text = Page(render(report)).text

    for control in report.controls:
        for part in (control.title, control.rationale, control.remediation, control.limits):
            assert " ".join(part.split()) in text


def test_status_is_never_colour_alone() -> None:
    """Every badge has a shape of its own and a word."""
    source = render(a_report(*six_findings()))

    for status in WORST_FIRST:
        assert f'<symbol id="i-{status.value}"' in source
        word = STATUS_WORDS[status]
        assert f'<use href="#i-{status.value}"/></svg>{word}</span>' in source


def test_many_findings_of_one_status_start_closed() -> None:
    """A long group opens with a click, a short one is open, passed resources are closed."""
    groups = [
        each
        for each in page(
            *many_findings(view.OPEN_UP_TO + 1),
            a_finding("PD-05"),
            a_finding("PD-05", Status.PASS, a_resource(resource_id="P2")),
        ).all("details")
        if "data-status" in each
    ]

    assert [("open" in each, each["data-count"]) for each in groups] == [
        (True, "1"),
        (False, "1"),
        (False, "26"),
    ]


def test_a_passed_resource_is_not_told_that_it_complies_twice() -> None:
    """The usual sentence of a pass is left out, any other stays."""
    usual = a_finding("PD-05", Status.PASS)
    usual = replace(usual, message="service 'Checkout' (PABC123) complies")
    other = a_finding("PD-05", Status.PASS, a_resource("Search", "P2"), message="by agreement")

    text = page(usual, other).text

    assert "complies" not in text
    assert "by agreement" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a text", "a text"),
        (7, "7"),
        (None, "null"),
        (True, "true"),
        ([], "none"),
        (["b", "a", 3], "b, a, 3"),
        ({"admin": 2, "user": 5}, "admin: 2\nuser: 5"),
        ([{"start": "x", "hours": 1.5}, {"start": "y"}], "start: x, hours: 1.5\nstart: y"),
        ({"a": {"b": ["ü"]}}, '{\n  "a": {\n    "b": [\n      "ü"\n    ]\n  }\n}'),
    ],
)
def test_evidence_is_written_for_people(value: Any, text: str) -> None:
    """Plain values are words, lists of records are lines, and only deep values are JSON."""
    assert pretty(value) == text


def test_short_evidence_stands_in_the_row() -> None:
    """A few figures need no click; long or deep evidence has its own list."""
    source = render(
        a_report(
            a_finding("PD-05", levels=2, last_use="now"),
            a_finding("PD-06", found={"a": {"b": 1}}),
            a_finding("PD-04", users=["P"] * 60),
        )
    )

    assert (
        '<p class="ev">levels that notify different people: 2; last seen in use: now</p>' in source
    )
    assert source.count('<details class="ev">') == 2
    assert "<dt>found</dt><dd><pre" in source


# Coverage


def test_a_schedule_is_drawn_with_its_gaps() -> None:
    """Covered spans and gaps are drawn to scale, and told in words as well."""
    source = render(a_report(coverage("P1", (72, 144), (360, 368), percent=88.8)))

    assert 'd="M0 8H100v8H0zM200 8H500v8H200zM511.1 8H1000v8H511.1z"' in source
    assert 'd="M100 2H200v20H100zM500 2H511.1v20H500z"' in source
    label = "Rota P1: 88.8 % covered, 2 gaps, 3 d 8 h open, the longest 3 d; the first opens in 3 d"
    assert label in source
    text = Page(source).text
    assert "Thu 2026-11-26 09:00 UTC Sun 2026-11-29 09:00 UTC 3 d" in text


def test_a_schedule_that_nobody_covers_is_one_gap() -> None:
    """A gap as long as the window leaves nothing covered to draw."""
    source = render(a_report(coverage("P1", (0, 720), percent=0.0)))

    assert '<path class="covered" d=""/><path class="gap" d="M0 2H1000v20H0z"/>' in source
    assert "1 gap, 30 d open; the first opens at once" in source


def test_worst_schedule_comes_first() -> None:
    """Schedules with gaps are ordered by coverage; what others cover and whole ones follow."""
    found = ReportPage(
        a_report(
            coverage("P1", status=Status.PASS, percent=100.0),
            coverage("P2", (1, 2), percent=99.8),
            coverage("P3", (1, 9), percent=98.8),
            coverage("P4", (1, 99), status=Status.PASS, percent=86.2),
            coverage("P5", (1, 300), status=Status.WAIVED, percent=58.4),
        )
    )

    assert [
        (group.title, [each.finding.resource.id for each in group.timelines])
        for group in found.timeline_groups
    ] == [
        ("Schedules with gaps", ["P5", "P3", "P2"]),
        ("Gaps that others on the same escalation level cover", ["P4"]),
        ("Schedules without a gap", ["P1"]),
    ]


def test_many_schedules_with_gaps_do_not_fill_the_page() -> None:
    """The worst dozen is open, the others wait in a group of their own."""
    findings = [coverage(f"P{number}", (1, 2)) for number in range(timeline.DRAWN_OPEN + 3)]

    groups = ReportPage(a_report(*findings)).timeline_groups

    assert [(len(group.timelines), group.is_open) for group in groups] == [(12, True), (3, False)]


def test_coverage_that_is_unknown_is_said_to_be() -> None:
    """A schedule that could not be judged is no schedule without gaps."""
    text = page(
        a_finding("PD-08", Status.ERROR),
        a_finding("PD-08", Status.NOT_APPLICABLE, a_resource(resource_id="P2")),
    ).text

    assert "No schedule's coverage could be drawn." in text
    assert "The coverage of 1 schedule or account is unknown" in text
    assert "Not drawn: 1 entry" in text
    assert "On-call coverage" not in page(a_finding("PD-05")).text


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (1, ["12:00", "18:00", "16 Nov", "06:00"]),
        (2, ["12:00", "16 Nov", "12:00", "17 Nov"]),
        (5, ["16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov"]),
        (30, ["16 Nov", "23 Nov", "30 Nov", "7 Dec", "14 Dec"]),
        (90, ["16 Nov", "14 Dec", "11 Jan", "8 Feb"]),
    ],
)
def test_axis_has_few_marks(days: int, labels: list[str]) -> None:
    """Hours mark a day, midnights a week, Mondays a month."""
    start = datetime(2026, 11, 15, 9, tzinfo=UTC)

    marks = axis(Interval(start, start + timedelta(days=days)))

    assert [mark.label for mark in marks][: len(labels)] == labels
    assert len(marks) <= timeline.AXIS_LABELS + 1


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (90, "1 h 30 min"), (1441, "1 d"), (4320, "3 d")],
)
def test_durations_have_two_units_at_most(minutes: int, text: str) -> None:
    """A length of time is told in its two largest units."""
    assert duration(timedelta(minutes=minutes)) == text


# Frameworks


@pytest.mark.parametrize("mapping", list(MappingName))
def test_both_mappings_stand_side_by_side(mapping: MappingName) -> None:
    """A control shows specified and current ids with edition, title and fit."""
    source = render(a_report(*six_findings(), mapping=mapping))
    text = Page(source).text

    for report_mapping in MappingName:
        for mapped in catalogue().requirements("PD-05", report_mapping):
            assert f'<b class="rid">{mapped.requirement.id}</b>' in source
            assert " ".join(mapped.requirement.title.split()) in text
    assert f"Mapping {mapping.value}" in text
    assert f"{mapping.value.capitalize()} mapping" in text


def test_no_requirement_is_called_satisfied() -> None:
    """A control supports a requirement; the page says that no verdict says more."""
    text = page(*six_findings(), a_finding("PD-02", Status.PASS)).text.lower()

    assert "supported by" in text
    assert text.count("satisf") == text.count("no verdict here says that one is satisfied")
    assert "compliant" not in text


def made_up(status: str = "present", **fits: Fit | None) -> Catalogue:
    """Return a catalogue of one framework with one requirement."""
    requirement = Requirement("acme", "4.2", "2026", "Paging", status, "asked for")
    controls = {name.replace("_", "-"): fit for name, fit in fits.items()}
    edition = Edition("2026", "", (Support(requirement, controls),))
    return Catalogue(
        {"acme": Framework("acme", "Acme", "Acme policy", "", "", "", "", "", edition, edition, {})}
    )


def test_verdict_of_a_requirement_says_what_it_rests_on() -> None:
    """The page has the words of the rule, with what does not count and what was not selected."""
    findings = [a_finding("PD-05", Status.PASS), a_finding("PD-06", Status.PASS)]
    names = made_up(PD_05=Fit.GOOD, PD_06=Fit.POOR, PD_07=None)

    text = Page(render(replace(a_report(*findings), catalogue=names))).text

    assert "incomplete: 1 of 3 controls not selected poor fit: PD-06; not selected: PD-07" in text
    assert RULE in text


def test_a_wrong_fit_is_no_support() -> None:
    """A requirement that only a control of wrong fit speaks for has no support."""
    report = replace(
        a_report(a_finding(status=Status.PASS)),
        catalogue=made_up("withdrawn", PD_05=Fit.WRONG),
    )

    text = Page(render(report)).text

    assert "no support: wrong fit" in text
    assert "4.2 ed. 2026 withdrawn" in text


def test_a_control_may_support_nothing() -> None:
    """Without a mapping there is no row for a framework, and the page says so."""
    report = replace(a_report(a_finding("PD-06")), catalogue=made_up(PD_05=Fit.GOOD))

    text = Page(render(report)).text

    assert "The inspected controls support no requirement of a known framework." in text
    assert "Supports" not in text


def test_a_framework_of_one_edition_has_one_table() -> None:
    """A user's own framework is not repeated as its own other mapping."""
    report = replace(a_report(a_finding()), catalogue=made_up(PD_05=Fit.GOOD))

    assert len(ReportPage(report).tables(report.catalogue.frameworks["acme"])) == 1


def test_requirements_that_the_run_did_not_touch_are_counted() -> None:
    """A partial run says how many requirements none of its controls speaks for."""
    text = page(a_finding("PD-05")).text

    assert "more requirements have no control in this run" in text


def test_frameworks_agree_with_the_other_reports() -> None:
    """The page counts failing and unjudged requirements as the JSON report does."""
    report = a_report(*six_findings())
    view = ReportPage(report)

    for framework in view.frameworks:
        table = view.tables(framework)[0]
        counts = report.frameworks[framework.id]
        assert len(table.rows) == counts["requirements"]
        assert table.count("failing") == counts["failing"]
        assert table.count("not judged") == counts["not_judged"]
        assert table.count("needs a person") == counts["needs_a_person"]
        assert table.count("supported") == counts["supported"]


# Limits


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (403, "the credential may not read it"),
        (402, "the plan of the account does not include it"),
        (418, "PagerDuty refused the request"),
        (503, "PagerDuty had a problem of its own"),
        (None, "there was no complete answer"),
    ],
)
def test_missing_data_names_the_permission_that_it_takes(status: int | None, meaning: str) -> None:
    """Address, reason, HTTP status, scope and controls stand in one row."""
    unread = UnreadDataSet("audit_latest", "/audit/records", "refused", status, ["PD-11"])

    text = page(an_account_finding("PD-11", Status.ERROR), unread=[unread]).text

    http = f"HTTP {status}: " if status else ""
    row = f"/audit/records refused {http}{meaning} audit_records.read PD-11"
    assert row in text


def test_an_unknown_data_set_has_no_scope() -> None:
    """A name that the table of data sets lacks gives no invented permission."""
    assert ReportPage(a_report(a_finding(), unread=[refused_audit_trail()])).missing[0].scopes == []


def test_errors_with_one_reason_are_told_once() -> None:
    """Resources that share a reason are named beside it, a few of them."""
    findings = [
        replace(
            a_finding("PD-21", Status.ERROR, a_resource(f"s{n}", f"P{n}")), reason="/x: HTTP 403"
        )
        for n in range(8)
    ]

    text = page(*findings, a_finding("PD-05", Status.ERROR, message="odd")).text

    assert "/x: HTTP 403 s0, s1, s2, s3, s4 and 3 more" in text
    assert text.count("odd") == 2


def test_waivers_end_with_the_next_one_first() -> None:
    """Each waiver shows its last day, how long that is, its reason and who approved it."""

    def waived(resource_id: str, day: str) -> Finding:
        waiver = {"reason": f"r-{resource_id}", "approved_by": "the board", "expires": day}
        resource = a_resource("Shop", resource_id)
        return a_finding("PD-22", Status.WAIVED, resource, waiver=waiver)

    text = page(
        waived("P1", "2027-03-31"), waived("P2", "2026-11-24"), waived("P3", "2026-11-23")
    ).text

    order = [text.index(each) for each in ("the last day", "1 day left", "128 days left")]
    assert order == sorted(order)
    assert "2026-11-24" in text
    assert "r-P2" in text
    assert "the board" in text


def test_a_waived_finding_without_its_waiver_is_shown() -> None:
    """A waiver that lost its record is called unrecorded, not left out."""
    finding = replace(a_finding("PD-22", Status.WAIVED), evidence={})

    assert "not recorded" in page(finding).text


def test_confirmations_are_no_plain_pass() -> None:
    """A pass that rests on a person's word names the person and the statement."""
    text = page(a_finding("PD-01", Status.PASS, attestation=ATTESTATION)).text

    assert "Confirmed by a person" in text
    assert "head of security, 2026-10-01" in text
    assert "311 days left" in text


def test_what_the_api_cannot_show_is_said_for_each_control() -> None:
    """The limits of the selected controls are listed, or their absence is."""
    heading = "What the API cannot show PD-08 PagerDuty shows the shifts"
    assert heading in page(coverage()).text
    assert "No limits are known for the selected controls." in page(a_finding("PD-05")).text


# Figures and thresholds


def with_analytics(report: Report, **figures: dict[str, Any]) -> Report:
    """Return the report with incident figures by service, and with its cost."""
    run = replace(report.run, analytics=figures, requests=Cost(75, 2, 1, 4.25))
    return replace(report, run=run)


def test_figures_show_the_busiest_service_first() -> None:
    """Services are named where a finding knows them, and ordered by incidents."""
    report = with_analytics(
        a_report(a_finding(resource=a_resource("Checkout", "P1"))),
        P1={"incidents": 2, "mean_seconds_to_first_ack": 45.2},
        P2={"incidents": 30, "mean_seconds_to_first_ack": 3700},
        P3={"incidents": None, "mean_seconds_to_first_ack": None},
    )

    text = Page(render(report)).text

    order = [text.index(each) for each in ("1 h 1 min", "45 s", "none acknowledged")]
    assert order == sorted(order)
    assert "75 requests in 4.2 s, 2 repeated, 1 rate-limited." in text


def test_figures_that_were_not_asked_for_have_no_section() -> None:
    """Without analytics there is no section; with an empty answer it says so."""
    assert "Incident figures" not in page(a_finding()).text
    empty = Page(render(with_analytics(a_report(a_finding()))))
    assert "No service had an incident." in empty.text


def test_thresholds_in_force_are_listed() -> None:
    """A reader sees by which thresholds the verdicts were made."""
    assert "api key max age 90" in page(a_finding()).text


def test_large_reports_stay_small() -> None:
    """Ten thousand findings take less than four and a half megabytes, a permalink each."""
    findings = many_findings(10_000)
    random.Random(1).shuffle(findings)

    source = render(a_report(*findings))

    assert len(source.encode()) < 4_500_000
    assert html.unescape(source).count("is an example") == 10_000 + 1  # what to fix first


# All clear


def test_an_account_in_which_everything_passes_looks_like_it() -> None:
    """Only where all was judged, and all of it passes, the page says so."""
    found = page(
        a_finding("PD-05", Status.PASS),
        a_finding("PD-06", Status.NOT_APPLICABLE),
    )

    assert "All clear. Everything that was asked for was read and judged" in found.text
    assert "passes: 1 check in 2 controls" in found.text


PASSING = a_finding("PD-05", Status.PASS)
DOUBTFUL = {
    "1 check without a verdict": a_report(PASSING, a_finding("PD-06", Status.ERROR)),
    "1 check without a verdict.": a_report(PASSING, a_finding("PD-06", Status.MANUAL)),
    "1 fail waived": a_report(PASSING, a_finding("PD-06", Status.WAIVED)),
    "nothing applied": a_report(a_finding("PD-05", Status.NOT_APPLICABLE)),
    "this run left something out": replace(a_report(PASSING), restricted=True),
    "this run left something out.": replace(a_report(PASSING), complete=False),
    "not everything could be read": a_report(PASSING, unread=[refused_audit_trail()]),
    "not everything could be read.": a_report(PASSING, refusal="PagerDuty refuses the key"),
}


@pytest.mark.parametrize("why", DOUBTFUL)
def test_what_is_not_known_is_no_all_clear(why: str) -> None:
    """Without a fail the page says what keeps it from being one: absence is no compliance."""
    text = Page(render(DOUBTFUL[why])).text

    assert "All clear" not in text
    assert f"No fail, and no all-clear: {why}" in text


def test_a_fail_leaves_no_word_about_it() -> None:
    """Where something fails nobody asks."""
    assert "all-clear" not in page(a_finding()).text.lower()


# Topics and permalinks


def test_own_controls_have_a_topic_of_their_own() -> None:
    """What an organisation asks for stands apart, whatever it is about."""
    own = replace(a_report(a_finding()).controls[0], id="ACME-01")
    report = a_report(a_finding())
    finding = replace(a_finding(resource=a_resource(resource_id="P2")), control="ACME-01")
    run = replace(report.run, controls=[*report.run.controls, own])

    found = Page(render(replace(report, run=run, findings=[*report.findings, finding])))

    topics = [each["data-topic"] for each in found.all("section") if "data-topic" in each]
    assert topics == ["your-own-controls", "escalation-and-response"]


def test_every_family_of_controls_has_a_topic() -> None:
    """No shipped control is called by the name of its file."""
    assert set(shipped_families().values()) == set(TITLES)
    assert set(shipped_families()) == set(shipped_ids())


def test_a_new_family_is_called_by_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A family that nobody named yet has words all the same."""
    monkeypatch.delitem(TITLES, "access_control")

    assert topic_of(a_report(a_finding("PD-02")).controls[0]).title == "Access control"


def test_every_finding_and_requirement_has_an_anchor_of_its_own() -> None:
    """No two places of the page share an address, and each finding has its fingerprint."""
    report = whole_report()
    ids = [
        attributes["id"] for _, attributes in Page(render(report)).elements if "id" in attributes
    ]

    assert len(ids) == len(set(ids))
    assert {each.fingerprint for each in report.findings} <= set(ids)
    assert not [each for each in ids if " " in each]
    for framework in ("fedramp", "ismap"):
        assert any(each.startswith(f"req-{framework}-specified-") for each in ids)


@pytest.mark.parametrize(
    ("statuses", "share"),
    [
        ((Status.FAIL, Status.FAIL, Status.PASS, Status.NOT_APPLICABLE), "2 of 3"),
        ((Status.FAIL, Status.ERROR, Status.WAIVED), "1 of 2"),
        ((Status.ERROR, Status.PASS, Status.NOT_APPLICABLE), "1 of 2"),
        ((Status.PASS, Status.NOT_APPLICABLE), "1 of 1"),
        ((Status.NOT_APPLICABLE, Status.NOT_APPLICABLE), "2"),
    ],
)
def test_a_control_counts_among_what_was_judged(statuses: tuple[Status, ...], share: str) -> None:
    """What does not apply is no part of a whole, and what has no verdict is none of a verdict's."""
    findings = [
        a_finding("PD-05", status, a_resource(resource_id=f"P{number}"))
        for number, status in enumerate(statuses)
    ]

    (section,) = ReportPage(a_report(*findings)).sections

    assert section.share == share


def test_severities_do_not_look_like_a_signal() -> None:
    """Each has a shape drawn of lines, no bars that grow, and its word beside it."""
    source = render(a_report(*six_findings(), a_finding("PD-19")))

    for level in Severity:
        shape = re.search(rf'<symbol id="s-{level.value}"[^>]*>(.*?)</symbol>', source)
        assert shape
        assert 'class="line thick"' in shape[1]
        assert f'<use href="#s-{level.value}"/></svg>{level.value}</span>' in source


def test_a_check_is_a_finding_only_where_it_needs_somebody() -> None:
    """The page counts, filters and exports checks; it calls no pass a finding."""
    text = page(*six_findings(), unread=[refused_audit_trail()]).text

    assert (
        "a finding is a check that needs somebody: fail, not judged, needs a person or wai" in text
    )
    for true in ("a finding is a check", "Waived findings", "The finding, with its evidence"):
        text = text.replace(true, "")
    assert "finding" not in text.lower()


def test_a_pass_that_a_person_confirmed_is_one_of_the_legend() -> None:
    """The words for a pass are true of an attested one, and claim no requirement."""
    legend = STATUS_MEANINGS[Status.PASS]

    assert "a person confirmed it" in legend
    assert not any("requirement" in meaning for meaning in STATUS_MEANINGS.values())
