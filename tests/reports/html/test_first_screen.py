"""The first screen of the page: headline, scope and what to fix first, in every window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pdsec_checks.catalogue.scope import Changed, InForce
from pdsec_checks.model import Status, Worsening
from pdsec_checks.reports.html.page import render
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource
from tests.support.judged import NOW
from tests.support.pages import Open
from tests.support.whole_report import whole_report

WINDOWS = [(390, 844), (820, 1180), (1440, 900)]
CONTROLS = ("PD-05", "PD-18", "PD-02", "PD-14", "PD-06", "PD-11")


def with_most_to_say() -> Report:
    """Return a report that fills its first screen: PARTIAL, beside an earlier one, long names."""
    name = "The service that takes the orders of all shops in Europe"
    worse = (Worsening("privileged_users", 5, 7, ("PANN", "PBOB")),)
    findings = [
        replace(a_finding(control, resource=a_resource(name, f"P{at}")), known=False, worse=worse)
        for at, control in enumerate(CONTROLS)
    ]
    report = replace(a_report(*findings), earlier_as_of=NOW)
    scope = replace(
        report.run.scope,
        not_selected=("PD-01",),
        resources=("The service*",),
        changed=(Changed("api_key_max_age", 365, 90), Changed("max_admin_percent", 100, 10)),
        severities=(Changed("PD-05", "critical", "low"),),
        waivers=(InForce("PD-05", "P9", "2027-01-31", "Ada", "old"),),
    )
    return replace(report, run=replace(report.run, scope=scope))


def bottom(page: Any, place: str) -> float:
    """Return how far below the top of the page the last of some elements ends, in pixels."""
    boxes = [each.bounding_box() for each in page.locator(place).all()]
    return float(max(box["y"] + box["height"] for box in boxes))


@pytest.mark.parametrize("made", [whole_report, with_most_to_say])
@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_the_first_screen_says_what_to_do(
    open_report: Open, width: int, height: int, made: Callable[[], Report]
) -> None:
    """Headline, scope and all that is to be fixed first stand there before anybody scrolls."""
    page = open_report(report=made(), width=width, height=height)

    for place in (".headline", ".looked-at", "#fix-first h3", "#fix-first li"):
        assert page.locator(place).first.is_visible(), place
        assert bottom(page, place) <= height, place
    assert page.locator("#fix-first li").count() == 5
    assert page.evaluate("() => scrollY") == 0


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_what_is_folded_away_unfolds(open_report: Open, width: int, height: int) -> None:
    """Consequence, remedy and the way to the finding are one click away where they do not fit."""
    page = open_report(report=with_most_to_say(), width=width, height=height)
    last = page.locator("#fix-first li").last

    if last.locator("details").get_attribute("open") is None:
        last.locator("summary").click()

    assert last.locator("text=If nothing is done:").is_visible()
    assert last.locator("text=Fix:").is_visible()
    last.locator("a[href^='#']").click()
    row = page.locator(f"[id='{page.url.partition('#')[2]}']")
    assert "The service that takes" in row.inner_text()


def test_a_high_window_has_nothing_to_unfold(open_report: Open) -> None:
    """Where all of it fits, all of it is shown."""
    page = open_report(report=whole_report(), width=1440, height=1400)

    assert page.locator("#fix-first details:not([open])").count() == 0


def test_a_wide_window_without_a_script_shows_all(open_report: Open) -> None:
    """Nobody is there to unfold what fits, so nothing is folded away."""
    page = open_report(report=whole_report(), width=1440, height=900, java_script_enabled=False)

    assert page.locator("#fix-first .remedy:visible").count() == 5


def test_paper_shows_what_to_fix_first_in_full(open_report: Open) -> None:
    """Also what a small window folds away."""
    page = open_report(report=whole_report(), width=390, height=400)
    assert page.locator("#fix-first .remedy:visible").count() == 0

    page.emulate_media(media="print")

    assert page.locator("#fix-first .remedy:visible").count() == 5


def head_of(report: Report) -> str:
    """Return the head of the page, up to its contents."""
    return render(report).partition("<header")[2].partition("</header>")[0]


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (
            a_report(a_finding()),
            "1 check fails in 1 of 1 judged control: 1 critical; 1 of 1 check judged.",
        ),
        (
            a_report(a_finding(), a_finding("PD-06"), a_finding("PD-01", Status.ERROR)),
            (
                "2 checks fail in 2 of 2 judged controls: 1 critical, 1 high; 1 not judged; "
                "2 of 3 checks judged."
            ),
        ),
        (
            replace(a_report(replace(a_finding(), known=False)), earlier_as_of=NOW),
            (
                "1 check fails in 1 of 1 judged control: 1 critical (1 new, 0 worse, 0 known); "
                "1 of 1 check judged."
            ),
        ),
        (
            a_report(a_finding("PD-01", Status.MANUAL)),
            "Nothing fails, 1 for a person; 0 of 1 check judged.",
        ),
        (a_report(a_finding(status=Status.PASS)), "Nothing fails; 1 of 1 check judged."),
    ],
)
def test_the_headline_says_what_came_out(report: Report, sentence: str) -> None:
    """How much fails, where and how badly, what is new, and how much nobody knows."""
    assert f'<p class="headline">{sentence}</p>' in head_of(report)


def test_the_head_says_what_people_changed() -> None:
    """A threshold or a severity of one's own, and a waiver, are counted where all is summed up."""
    head = head_of(with_most_to_say())

    assert "PARTIAL: 6 of 7 controls of the core set, only resources The service*; " in head
    assert "2 thresholds changed, severity of 1 control changed, 1 waiver in force." in head
    assert '<a href="#scope">What was left out</a>' in head
    assert "changed" not in head_of(a_report(a_finding()))
