"""The page for every reader: axe-core finds nothing, no word is broken, paper shows it all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import Status
from pdsec_checks.reports.html.page import render, running_header
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.side_by_side.html import render as render_accounts
from tests.reports.html.test_first_screen import with_most_to_say
from tests.reports.test_side_by_side import some_accounts
from tests.support import reading
from tests.support.changed import replace
from tests.support.findings import (
    a_finding,
    a_report,
    a_resource,
    controls,
    many_findings,
    refused_audit_trail,
    six_findings,
)
from tests.support.judged import NOW
from tests.support.pages import UNFOLD, WIDTHS, NewPage, Open, violations
from tests.support.whole_report import whole_report

BROKEN = """() => {
    const broken = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const parent = node.parentElement;
        if (parent.closest("code, pre, .sr, svg, select, script, style")) continue;
        if (!parent.checkVisibility({ visibilityProperty: true })) continue;
        for (const word of node.data.matchAll(/[^\\s\\-\\u2013\\u2014/?&.:@_=]+/g)) {
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const tops = new Set([...range.getClientRects()].map((each) => Math.round(each.top)));
            if (tops.size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""
"""Returns the words of the page that stand on two lines; ids in ``code`` may."""


def with_everything() -> Report:
    """Return a small report that has every part of the page: a waiver, people, gaps, news."""
    people = [
        {
            "id": "PADA",
            "name": "Ada Quill",
            "role": "admin",
            "url": "https://a.pagerduty.com/users/PADA",
        }
    ]
    window = {"start": "2026-11-23T09:00:00Z", "end": "2026-12-23T09:00:00Z", "hours": 720.0}
    gaps = [{"start": "2026-11-28T09:00:00Z", "end": "2026-11-30T09:00:00Z", "hours": 48.0}]
    schedule = ResourceRef("schedule", "PROTA", "Rota")
    findings = [
        *six_findings(),
        replace(a_finding("PD-05", resource=a_resource("Search", "P2")), known=False),
        a_finding("PD-02", privileged_users=["PADA"], people=people, users_by_role={"admin": 1}),
        a_finding("PD-08", resource=schedule, window=window, gaps=gaps, coverage_percent=93.3),
        a_finding("PD-09", Status.MANUAL, resource=schedule, deep={"a": {"b": {"c": [1]}}}),
    ]
    return replace(a_report(*findings), earlier_as_of=NOW)


def all_clear() -> Report:
    """Return a report in which everything passes."""
    return a_report(a_finding("PD-05", Status.PASS), a_finding("PD-06", Status.PASS))


def unreadable() -> Report:
    """Return a report of an account that hands out little: a refused list, notices, errors."""
    findings = [a_finding("PD-11", Status.ERROR), a_finding("PD-12", Status.ERROR), a_finding()]
    notices = ("the credential sees part of the account",)
    return a_report(*findings, unread=[refused_audit_trail()], notices=notices, complete=False)


def of_an_organisation() -> Report:
    """Return a report of a control that an organisation added, in a recording with pseudonyms."""
    own = replace(controls()["PD-05"], id="ACME-01", title="Services are described")
    report = a_report(a_finding(), a_finding("PD-06", Status.WAIVED))
    run = replace(
        report.run, controls=[*report.run.controls, own], source="recording", redacted=True
    )
    found = replace(a_finding(), control=own.id, resource=ResourceRef("service", "P7", "service 1"))
    return replace(report, run=run, findings=[*report.findings, found])


@pytest.mark.parametrize(
    ("width", "scheme", "made"),
    [
        (390, "dark", with_everything),
        reading.in_ci(820, "light", with_everything),
        reading.in_ci(1440, "dark", with_everything),
        reading.in_ci(1440, "light", all_clear),
        reading.in_ci(390, "light", with_most_to_say),
        reading.in_ci(820, "dark", unreadable),
        reading.in_ci(390, "light", of_an_organisation),
    ],
)
def test_axe_finds_nothing(
    open_report: Open, width: int, scheme: str, made: Callable[[], Report]
) -> None:
    """Neither contrast, nor names, nor roles, nor order shut a reader out, unfolded as well."""
    page = open_report(report=made(), width=width, height=900, scheme=scheme)

    page.evaluate(UNFOLD)

    assert violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_axe_finds_nothing_in_accounts_side_by_side(
    new_page: NewPage, tmp_path: Path, width: int, scheme: str
) -> None:
    """The same holds for several accounts on one page, and nothing makes it wider than a window."""
    file = tmp_path / "accounts.html"
    file.write_text(render_accounts(some_accounts()), encoding="utf-8")
    page = new_page(width, 900, scheme)
    page.goto(file.as_uri())

    page.evaluate(UNFOLD)
    found, wide = violations(page), page.evaluate("() => document.documentElement.scrollWidth")
    broken = page.evaluate(BROKEN)

    assert found == []
    assert broken == []
    assert wide == width


@pytest.mark.parametrize("width", reading.sampled(WIDTHS, 1))
def test_no_word_is_broken(open_report: Open, width: int) -> None:
    """Of a whole account, and with everything unfolded, words stay whole; ids need not."""
    page = open_report(report=whole_report(), width=width, height=900)

    page.evaluate(UNFOLD)

    assert page.evaluate(BROKEN) == []


def test_a_broken_word_would_be_seen(open_report: Open) -> None:
    """A word that is wider than the page breaks, and the test above would name it."""
    page = open_report(a_finding(message="y" * 900))

    assert "y" * 900 in page.evaluate(BROKEN)


# Paper


def test_paper_shows_everything(open_report: Open) -> None:
    """Passed resources, evidence, both mappings and what a control supports need no click."""
    page = open_report(report=with_everything())
    folded = (
        "#PD-06 .pass li",
        "#PD-05 .support table",
        "#f-cis .reqtable",
        "#f-cis .other",
        ".gaps table",
    )
    for place in folded[:-1]:
        assert not page.locator(place).first.is_visible(), place

    page.emulate_media(media="print")

    for place in folded:
        assert page.locator(place).first.is_visible(), place
    for hidden in (".contents", ".permalink", ".facets", "#csv"):
        assert not page.locator(hidden).first.is_visible(), hidden


def test_a_browser_with_other_rules_for_paper_unfolds_as_well(open_report: Open) -> None:
    """Before printing the page opens what is folded, and afterwards closes that again."""
    page = open_report(report=with_everything())
    closed = "() => document.querySelectorAll('details:not([open], .fix)').length"
    before = page.evaluate(closed)
    assert before

    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before


def header(report: Report) -> str:
    """Return what the rule for the top of printed pages says, as a browser reads it."""
    found = re.search(r'@top-left { content: "([^"\n]*)"; }', running_header(report))
    assert found
    return re.sub(r"\\([0-9a-f]+) ", lambda each: chr(int(each[1], 16)), found[1])


@pytest.mark.parametrize(
    "name", ["acme", 'a"; } body { display: none } /*', "</style><b>", "Zoë\\"]
)
def test_each_printed_page_says_whose_inspection_it_is(name: str) -> None:
    """The running header names account, moment and PARTIAL, and no name gets out of it."""
    report = a_report(a_finding(), subdomain=name)

    assert header(report) == f"{name}, as of Mon 2026-11-23 09:00 UTC"
    assert render(report).count("</style>") == 1
    assert header(replace(report, restricted=True)).startswith("PARTIAL: ")


def test_a_schedule_with_many_gaps_starts_where_the_page_before_ends(open_report: Open) -> None:
    """Only what is short is kept on one sheet: a long table would leave the one before empty."""
    page = open_report(report=with_everything())
    page.emulate_media(media="print")

    row = page.locator(".line-row:has(.gaps)").first
    assert row.evaluate("row => getComputedStyle(row).breakInside") == "auto"
    assert page.locator(".axis").first.evaluate("e => getComputedStyle(e).breakAfter") == "avoid"


def test_paper_has_no_words_that_only_lead_elsewhere(open_report: Open) -> None:
    """What can be clicked on a screen and says nothing by itself is not printed."""
    page = open_report(report=with_everything())
    assert page.locator(".looked-at a").is_visible()

    page.emulate_media(media="print")

    assert page.locator(".ways:visible, .looked-at a:visible").count() == 0


def test_no_finding_is_lost_on_paper(open_report: Open) -> None:
    """A group that a screen folds away, because it is long, is printed."""
    findings: list[Finding] = many_findings(40)
    page = open_report(*findings)

    page.emulate_media(media="print")

    assert page.locator("#PD-22 .rows tbody tr:visible").count() == 40
