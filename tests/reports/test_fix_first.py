"""Fix first: at most five things, the same ones in the same order wherever a person looks."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.catalogue.consequences import OF_CONTROL
from pdsec_checks.finding import UNKNOWN_REACH, Finding, Reach, ResourceRef
from pdsec_checks.model import Status, Worsening
from pdsec_checks.reports import fix_first, markdown, terminal
from pdsec_checks.reports.html import page
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.side_by_side import html as accounts_page
from pdsec_checks.reports.side_by_side import terminal as accounts_summary
from pdsec_checks.reports.side_by_side.document import SideBySide
from tests.reports.test_side_by_side import an_account, unread
from tests.support.changed import replace
from tests.support.findings import (
    a_finding,
    a_report,
    a_resource,
    any_findings,
    controls,
    hostile_findings,
    many_findings,
    six_findings,
)
from tests.support.judged import NOW

SEVEN = [
    a_finding(control, resource=a_resource(f"Name {control}", f"P{number}"), message=f"{control}!")
    for number, control in enumerate(
        ["PD-25", "PD-02", "PD-05", "PD-11", "PD-06", "PD-14", "PD-18"]
    )
]
FIRST = ["PD-05", "PD-18", "PD-02", "PD-14", "PD-06"]
"""The five of them that come first."""


def on_terminal(report: Report) -> list[str]:
    """Return the controls that the last lines of the summary name, in order."""
    return re.findall(r"(?m)^\d\. (\S+) \[", terminal.fix_first(report))


def in_markdown(report: Report) -> list[str]:
    """Return the controls at the top of the Markdown report, in order."""
    top = markdown.render(report).partition("\n| severity |")[0]
    return re.findall(r"(?m)^\d\. \*\*(\S+)\*\* \(", top)


def block(report: Report) -> str:
    """Return the block of the HTML report."""
    source = page.render(report)
    return source[source.index('id="fix-first"') : source.index('id="scope"')]


def in_html(report: Report) -> list[str]:
    """Return the controls of the block in the HTML report, in order."""
    return re.findall(r'<span class="what"><b class="id">([^<]+)</b>', block(report))


def texts(report: Report) -> list[str]:
    """Return all three as text for people."""
    top = markdown.render(report).partition("\n| severity |")[0]
    plain = re.sub(r"<[^>]+>", "", block(report))
    return [terminal.fix_first(report), unescape(top).replace("\\", ""), unescape(plain)]


def test_the_five_most_urgent_stand_everywhere_in_the_same_order() -> None:
    """What comes after them is only counted."""
    report = a_report(*SEVEN)

    assert on_terminal(report) == in_markdown(report) == in_html(report) == FIRST
    for text in texts(report):
        assert "2 of 7 fails come after these." in text


@given(any_findings())
def test_all_three_agree_whatever_was_found(findings: list[Finding]) -> None:
    """The list is made once, by rank: no fail that is left out is more urgent than one in it."""
    report = a_report(*findings)
    items = fix_first.items(report)

    named = [each.control.id for each in items]
    assert on_terminal(report) == in_markdown(report) == in_html(report) == named
    assert [each.finding.rank for each in items] == sorted(each.finding.rank or 0 for each in items)
    fails = report.counts[Status.FAIL]
    assert bool(items) is bool(fails)
    assert not items or items[0].finding.rank == 1


def test_an_item_says_what_happens_what_to_do_and_where() -> None:
    """Resource, consequence, reach, remedy of its cause and link stand in each form."""
    finding = replace(a_finding("PD-05"), cause="no-rules", behind=Reach(4, 2))

    for text in texts(a_report(finding)):
        assert "service 'Checkout' (PABC123) is an example" in text
        assert "Incidents of this service, and of all others with its policy" in text
        assert "Services behind it: 4, 2 critical." in text
        assert controls()["PD-05"].remedy("no-rules") in text
        assert "Open in PagerDuty" in text
    address = "https://acme.pagerduty.com/service-directory/PABC123"
    assert f"Open in PagerDuty: {address}" in terminal.fix_first(a_report(finding))
    assert f'href="{address}"' in block(a_report(finding))


def test_a_resource_without_an_address_has_the_page_about_its_remedy() -> None:
    """Whoever reads it has somewhere to go on."""
    finding = a_finding("PD-05", resource=ResourceRef("service", "P1", "Shop", None))
    report = a_report(finding)

    help_url = controls()["PD-05"].help
    assert f"PagerDuty's page about it: {help_url}" in terminal.fix_first(report)
    assert f'href="{help_url}"' in block(report)


def test_many_fails_with_one_remedy_are_one_item() -> None:
    """A cause of its own is an item of its own; the most urgent of each is named."""
    alike = [replace(each, cause="never") for each in many_findings(30)]
    other = replace(a_finding("PD-22", resource=a_resource("Till", "PZ")), cause="at-once")
    report = a_report(*alike, replace(other, behind=Reach(0, 0)), a_finding("PD-05"))

    found = [(each.resource.id, each.more) for each in fix_first.items(report)]
    assert found == [("PABC123", ""), ("P000000", "29 more like it"), ("PZ", "")]
    for text in texts(report):
        assert "29 more like it" in text
        assert "come after these" not in text


def beside(report: Report) -> Report:
    """Return a report that was compared with an earlier one."""
    return replace(report, earlier_as_of=NOW)


def test_beside_an_earlier_report_each_says_whether_it_is_news() -> None:
    """A fail that is known is as dangerous as before: it stands behind them, and is marked."""
    worse = (Worsening("levels", 2, 1),)
    report = beside(
        a_report(
            replace(a_finding("PD-05"), known=True),
            replace(a_finding("PD-18"), known=False),
            replace(a_finding("PD-06"), known=False, worse=worse),
            replace(a_finding("PD-06", resource=a_resource("B", "PB")), known=True),
        )
    )

    assert [each.news for each in fix_first.items(report)] == [
        "new",
        "worse: levels: 2 before, 1 now",
        "known",
    ]
    for text in texts(report):
        assert "worse: levels: 2 before, 1 now" in text
        assert text.count("2 before") == 1
        assert "1 more like it, known" in text
        assert "What is new or worse comes first; within that, ordered by" in block(report)


def novelty(finding: Finding, number: int) -> Finding:
    """Return a fail that is new, worse or known, by its number."""
    worse = (Worsening("levels", 2, 1),) if number == 1 else ()
    return replace(finding, status=Status.FAIL, known=number == 2, worse=worse)


@given(any_findings(), st.lists(st.integers(0, 2), min_size=8, max_size=8))
def test_what_makes_a_build_red_comes_first(findings: list[Finding], numbers: list[int]) -> None:
    """New and worse ones by rank, then known ones, which take the place of none of the first."""
    report = beside(a_report(*map(novelty, findings, numbers)))
    items = fix_first.items(report)
    known = [item.finding.known is True for item in items]

    assert known == sorted(known)
    for part in (True, False):
        ranks = [item.finding.rank or 0 for item in items if item.finding.known is part]
        assert ranks == sorted(ranks)
    shown = {finding.fingerprint for item in items for finding in (item.finding, *item.alike)}
    left_out = [each for each in report.ordered if each.fingerprint not in shown]
    assert not (any(known) and any(each.known is False for each in left_out))


@pytest.mark.parametrize(
    ("alike", "expected"),
    [
        ([None], "1 more like it"),
        ([False], "1 more like it, new"),
        ([True, True], "2 more like it, all known"),
        ([True, False, True], "3 more like it: 1 new, 2 known"),
    ],
)
def test_news_among_those_alike_is_told_once(alike: list[bool | None], expected: str) -> None:
    """Where all are the same, that needs no number; without an earlier report nothing is said."""
    known = [replace(a_finding(resource=a_resource(f"P{n}")), known=k) for n, k in enumerate(alike)]

    assert fix_first.Item(controls()["PD-05"], a_finding(), tuple(known)).more == expected


def test_a_known_fail_hides_no_new_one_of_its_kind() -> None:
    """The item of a control and a cause is about the fail that is news, whatever its rank."""
    old = replace(a_finding("PD-05"), known=True, behind=Reach(9, 9))
    new = replace(a_finding("PD-05", resource=a_resource("B", "PB")), known=False)
    (item,) = fix_first.items(beside(a_report(old, new)))

    assert (item.resource.id, item.news, item.more) == ("PB", "new", "1 more like it, known")


def test_without_an_earlier_report_nothing_is_news() -> None:
    """Nobody compared anything."""
    assert [each.news for each in fix_first.items(a_report(*SEVEN))] == [""] * 5


def remark(*findings: Finding, **report: Any) -> str:
    """Return what stands beside the items."""
    made = a_report(*findings, **report)
    return fix_first.remark(made, fix_first.items(made))


PASS, MANUAL, ERROR, NOTHING = (
    a_finding("PD-05", status, a_resource(status, status))
    for status in (Status.PASS, Status.MANUAL, Status.ERROR, Status.NOT_APPLICABLE)
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (remark(PASS), "Nothing to fix first: all was judged, and nothing fails."),
        (remark(PASS, a_finding("PD-22", Status.WAIVED)), "Nothing to fix first: all was judged"),
        (remark(PASS, ERROR), "judged, but 1 check could not be judged."),
        (remark(PASS, MANUAL), "judged, but 1 check needs a person."),
        (
            remark(ERROR, MANUAL, a_finding("PD-08", Status.MANUAL)),
            "judged, but 1 check could not be judged and 2 checks need a person.",
        ),
        (remark(PASS, complete=False), "Nothing fails so far. This comes first: let the run"),
        (remark(NOTHING), "There was nothing to judge."),
        (remark(a_finding(), ERROR), "Besides, 1 check could not be judged."),
    ],
)
def test_only_an_account_that_was_judged_has_nothing_to_fix(said: str, expected: str) -> None:
    """What nobody could judge comes first where nothing fails, and is named beside what does."""
    assert expected in said
    assert ("Nothing to fix" in said) is ("Nothing to fix" in expected)


def test_fails_that_are_all_shown_need_no_remark() -> None:
    """There is nothing more to say."""
    assert remark(a_finding()) == ""


@pytest.mark.parametrize("findings", [SEVEN, [PASS]], ids=["fails", "none"])
def test_a_partial_run_says_so_in_the_headline(findings: list[Finding]) -> None:
    """What it did not look at may be more urgent than all of these."""
    report = replace(a_report(*findings), restricted=True)

    assert terminal.fix_first(report).splitlines()[1] == "PARTIAL: FIX FIRST"
    assert "### PARTIAL: Fix first" in markdown.render(report).splitlines()
    assert "<h3><b>PARTIAL</b>: Fix first</h3>" in block(report)
    assert "all was judged, and nothing" not in "".join(texts(report))


def test_a_whole_run_has_no_such_word() -> None:
    """The word means something only where it is missing elsewhere."""
    assert "PARTIAL" not in "".join(texts(a_report(*SEVEN)))


def test_hostile_names_stay_text() -> None:
    """Each item is as many lines as any other, and nothing in it is markup."""
    report = a_report(*[each for each in hostile_findings() if each.status is Status.FAIL])

    lines = terminal.fix_first(report).splitlines()
    assert len(lines) == 2 + 4 * len(fix_first.items(report))
    assert "<script" not in block(report)


def test_what_is_known_of_each_account_stands_beside_the_others() -> None:
    """On the terminal the first item of each, in HTML all of them; an unread one has none."""
    seven = an_account("acme", *SEVEN)
    document = SideBySide([seven, an_account("calm", PASS), unread("closed")])
    lines = accounts_summary.render(document).splitlines()

    start = lines.index("FIX FIRST")
    assert [line.partition(" [")[0] for line in lines[start + 1 :]] == [
        "acme: PD-05",
        f"    If nothing is done: {OF_CONTROL['PD-05']} {UNKNOWN_REACH.sentence}.",
        f"    Fix: {controls()['PD-05'].remediation}",
        f"    Open in PagerDuty: {fix_first.items(a_report(*SEVEN))[0].link}",
        "calm: Nothing to fix first: all was judged, and nothing fails.",
    ]
    source = accounts_page.render(document)
    top = source[source.index('id="fix-first"') : source.index('class="figures"')]
    assert re.findall(r"<b>(\w+):</b> <b class=\"id\">(\S+)</b>", top) == [("acme", FIRST[0])]
    found = source.partition('<details class="fix-first">')[2].partition("</details>")[0]
    assert re.findall(r'<b class="id">(\S+)</b>', found) == FIRST


def test_the_page_of_many_accounts_begins_with_the_worst_five() -> None:
    """Each account has its most urgent fail there, the severest accounts first; others unfold."""
    names = [f"account-{number}" for number in range(7)]
    severe = dict(zip(names, ["PD-25", "PD-06", "PD-05"] + ["PD-06"] * 4, strict=True))
    accounts = [an_account(name, a_finding(control)) for name, control in severe.items()]

    source = accounts_page.render(SideBySide(accounts))

    top = source[source.index('id="fix-first"') : source.index('class="figures"')]
    shown, _, folded = top.partition("The first of 2 more accounts")
    assert re.findall(r"<b>(account-\d):</b>", shown) == [names[at] for at in (2, 1, 3, 4, 5)]
    assert re.findall(r"<b>(account-\d):</b>", folded) == [names[6], names[0]]


def test_the_page_of_accounts_in_which_nothing_fails_has_nothing_to_fix() -> None:
    """What nobody could judge stands with its account."""
    assert 'id="fix-first"' not in accounts_page.render(SideBySide([an_account("calm", PASS)]))


def test_every_status_but_fail_is_left_to_the_other_sections() -> None:
    """An error is no defect that somebody can repair in PagerDuty."""
    assert [each.control.id for each in fix_first.items(a_report(*six_findings()))] == ["PD-05"]
