"""The HTML report in a real browser: what a reader can do, and what nobody can."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status, Worsening
from tests.support.changed import replace
from tests.support.findings import (
    HOSTILE,
    a_finding,
    a_resource,
    hostile_findings,
    many_findings,
    six_findings,
)
from tests.support.judged import NOW
from tests.support.pages import UNFOLD, Open, fragment, shown, until

TRICK = "<img src=https://evil.example/x.png onerror=alert(1)>"


def three_services() -> list[Finding]:
    """Return three findings of PD-05: two fail, one passes."""
    return [
        a_finding(resource=a_resource("Checkout", "P1")),
        a_finding(resource=a_resource("Search", "P2")),
        a_finding("PD-05", Status.PASS, a_resource("Ledger", "P3")),
    ]


def test_filter_is_offered_and_counts_everything(open_report: Open) -> None:
    """A freshly opened page shows all findings, and says so where readers are told."""
    page = open_report(*six_findings())

    assert page.is_visible("#filter")
    assert page.inner_text("#shown") == "Shown: 6 of 6 checks in 6 of 6 controls"
    assert fragment(page) == ""


def test_status_filter_narrows_and_is_remembered(open_report: Open) -> None:
    """Ticking two statuses leaves their controls, and the address says so."""
    page = open_report(*six_findings())

    page.check("[name=status][value=fail]")
    page.check("[name=status][value=waived]")
    until(lambda: "waived" in fragment(page), page)

    assert fragment(page) == "status=fail,waived"
    assert shown(page) == ["PD-05", "PD-22"]
    assert page.inner_text("#shown") == "Shown: 2 of 6 checks in 2 of 6 controls"


def test_severity_and_framework_filters_combine(open_report: Open) -> None:
    """Both must fit: PD-01 and PD-05 are critical, and only what supports SOC 2 is left."""
    page = open_report(*six_findings())

    page.check("[name=severity][value=critical]")
    page.select_option("[name=framework]", "soc2")
    until(lambda: "framework" in fragment(page), page)

    assert fragment(page) == "severity=critical&framework=soc2"
    assert shown(page) == ["PD-05", "PD-01"]


def test_text_filter_finds_rows(open_report: Open) -> None:
    """All words must stand in a row; other rows are hidden and the group counts both."""
    page = open_report(*three_services())

    page.fill("[name=text]", "CHECKOUT p1")
    until(lambda: "text" in fragment(page), page)

    assert fragment(page) == "text=CHECKOUT+p1"
    assert page.locator("#PD-05 .rows tbody tr:visible").count() == 1
    assert page.inner_text("#PD-05 .fail > summary .count") == "1 of 2"
    assert page.inner_text("#shown") == "Shown: 1 of 3 checks in 1 of 1 controls"


def test_text_filter_finds_the_controls_of_a_requirement(open_report: Open) -> None:
    """The id of a requirement, in either mapping, finds the controls that support it."""
    page = open_report(*map(a_finding, ("PD-02", "PD-03", "PD-05")))

    page.fill("[name=text]", "ac-6")
    page.wait_for_selector("#PD-05", state="hidden")

    assert page.is_visible("#PD-02")
    assert page.is_visible("#PD-03")


def test_text_filter_finds_a_control_by_its_heading(open_report: Open) -> None:
    """The id of a control brings all of its findings."""
    page = open_report(*three_services(), a_finding("PD-22"))

    page.fill("[name=text]", "pd-05")
    until(lambda: "text" in fragment(page), page)

    assert shown(page) == ["PD-05"]
    assert page.inner_text("#shown") == "Shown: 3 of 4 checks in 1 of 2 controls"


def beside_an_earlier_report() -> list[Finding]:
    """Return findings of one control: one new, one worse, two known, and one that passes."""
    fails = [a_finding(resource=a_resource(name, f"P{name}")) for name in "abcd"]
    worse = (Worsening("owners", 1, 2, ("PANN",)),)
    return [
        replace(fails[0], known=True),
        replace(fails[1], known=False),
        replace(fails[2], known=False, worse=worse),
        replace(fails[3], known=True),
        a_finding(status=Status.PASS, resource=a_resource("fine", "PE")),
    ]


def test_what_is_new_can_be_seen_alone(open_report: Open) -> None:
    """The filter leaves new fails, and worse ones on top of that; the address says so."""
    page = open_report(*beside_an_earlier_report(), earlier=NOW)
    rows = page.locator("#PD-05 .rows tbody tr:visible")

    assert [text.split()[-1] for text in rows.all_inner_texts()[:1]] == ["new"]
    page.check("[name=novelty][value=new]")
    until(lambda: "new" in fragment(page), page)
    assert rows.count() == 1
    page.check("[name=novelty][value=worse]")
    until(lambda: "worse" in fragment(page), page)

    assert fragment(page) == "novelty=new,worse"
    assert page.inner_text("#shown") == "Shown: 2 of 5 checks in 1 of 1 controls"
    assert "owners: 1 before, 2 now (new: PANN)" in rows.nth(1).inner_text()


def test_what_is_new_and_has_a_word_can_be_seen_alone(open_report: Open) -> None:
    """Both filters look at rows, whether the word stands in a row or in the heading."""
    page = open_report(
        *beside_an_earlier_report(), earlier=NOW, fragment="#novelty=known&text=pd-05"
    )

    assert page.inner_text("#shown") == "Shown: 2 of 5 checks in 1 of 1 controls"
    page.fill("[name=text]", "pa")
    until(lambda: "text=pa" in fragment(page), page)
    assert page.inner_text("#shown") == "Shown: 1 of 5 checks in 1 of 1 controls"


def test_without_an_earlier_report_nothing_is_new(open_report: Open) -> None:
    """The filter is not there where everything would be in it."""
    page = open_report(*six_findings())

    assert page.locator("[name=novelty]").count() == 0


def test_an_empty_answer_is_said_to_be_one(open_report: Open) -> None:
    """A filter that matches nothing leaves a sentence, not a blank page."""
    page = open_report(*six_findings())

    page.fill("[name=text]", "no such thing")
    until(lambda: "text" in fragment(page), page)

    assert shown(page) == []
    assert page.is_visible("#nothing")


def test_show_all_undoes_every_filter(open_report: Open) -> None:
    """The button clears the fields, the rows and the address."""
    page = open_report(*three_services(), fragment="#status=fail&text=checkout")
    assert page.locator("#PD-05 .rows tbody tr:visible").count() == 1

    page.click("[type=reset]")
    until(lambda: not fragment(page), page)

    assert page.locator("#PD-05 .rows tbody tr:visible").count() == 2
    assert page.inner_text("#shown") == "Shown: 3 of 3 checks in 1 of 1 controls"


def test_a_shared_address_restores_the_filter(open_report: Open) -> None:
    """Whoever opens the address sees the same findings, and the fields that chose them."""
    page = open_report(*six_findings(), fragment="#status=fail,manual&severity=critical")

    assert shown(page) == ["PD-05", "PD-01"]
    assert page.is_checked("[name=status][value=manual]")
    assert page.is_checked("[name=severity][value=critical]")
    assert not page.is_checked("[name=status][value=pass]")


@pytest.mark.parametrize(
    "fragment", ["#status=nonsense&framework=nonsense", "#=", "#%", "#status", "#a=<b>"]
)
def test_a_broken_address_shows_everything(open_report: Open, fragment: str) -> None:
    """Values that do not exist filter nothing."""
    page = open_report(*six_findings(), fragment=fragment)

    assert page.inner_text("#shown") == "Shown: 6 of 6 checks in 6 of 6 controls"


def test_a_number_of_the_matrix_leads_to_its_findings(open_report: Open) -> None:
    """A click on a count filters by its status and severity."""
    page = open_report(*six_findings())

    page.click("[data-goto='status=fail&severity=critical'] a")
    until(lambda: shown(page) == ["PD-05"], page)

    assert fragment(page) == "status=fail&severity=critical"
    page.go_back()
    until(lambda: len(shown(page)) == 6, page)


def test_a_link_to_a_hidden_control_brings_it_back(open_report: Open) -> None:
    """A filter never swallows the target of a link."""
    page = open_report(*six_findings(), fragment="#status=fail")
    assert not page.is_visible("#PD-06")

    page.click(".glance a[href='#PD-06']")
    until(lambda: bool(page.is_visible("#PD-06")), page)

    assert len(shown(page)) == 6


def test_a_link_to_a_framework_opens_it(open_report: Open) -> None:
    """The requirements of a framework are shown when somebody asks for it."""
    page = open_report(*six_findings())

    page.click("a[href='#f-soc2']")
    until(lambda: page.get_attribute("#f-soc2", "open") is not None, page)


@pytest.mark.parametrize("typed", ["ac-6", "AC-6", "fedramp Ac-6"])
def test_text_finds_requirements_by_their_id(open_report: Open, typed: str) -> None:
    """In any case: what matches is unfolded and the only one shown, until the text is gone."""
    page = open_report(a_finding("PD-02"), a_finding("PD-03"), a_finding("PD-05"))
    tables = page.locator(".reqtable .rid:visible")

    page.fill("[name=text]", typed)
    until(lambda: page.locator("#f-fedramp[open]").count() == 1, page)
    ids = page.locator("#f-fedramp > .scroll th .rid:visible").all_inner_texts()
    told = page.inner_text("#shown")
    page.fill("[name=text]", "")
    until(lambda: page.locator("#f-fedramp[open]").count() == 0, page)

    assert ids == ["AC-6(1)", "AC-6(5)"]
    assert "of the requirements" in told
    assert page.get_attribute("#f-soc2", "open") is None
    assert tables.count() == 0
    assert page.locator(".reqtable tbody[hidden]").count() == 0


def test_text_that_is_no_requirement_leaves_the_tables(open_report: Open) -> None:
    """Who searches for a service finds the framework that was unfolded as it was."""
    page = open_report(*three_services())

    page.click("#f-soc2 > summary")
    page.fill("[name=text]", "ledger")
    until(lambda: fragment(page) == "text=ledger", page)

    assert page.get_attribute("#f-soc2", "open") is not None
    assert page.locator(".reqtable tbody[hidden]").count() == 0


def test_filter_works_by_keyboard_alone(open_report: Open) -> None:
    """The skip link comes first, and a status can be ticked with the space bar."""
    page = open_report(*six_findings())

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.focus("[name=status][value=error]")
    page.keyboard.press("Space")
    until(lambda: fragment(page) == "status=error", page)


def test_injected_markup_stays_text(open_report: Open) -> None:
    """Names that are markup are read, filtered and shown as text."""
    tricky = a_finding(resource=a_resource(TRICK, "P9"), message=f"{TRICK} is odd", seen=[TRICK])
    page = open_report(*hostile_findings(), tricky)

    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    page.fill("[name=text]", "<img src=")
    until(lambda: "text" in fragment(page), page)
    assert page.locator("#PD-05 .rows tbody tr:visible").count() == 1
    assert TRICK in page.inner_text("#PD-05 .rows tbody")
    assert HOSTILE[1] in page.content().replace("&lt;", "<").replace("&gt;", ">")


def test_policy_stops_what_escaping_might_miss(open_report: Open, seen: list[str]) -> None:
    """Even markup that got in could neither run, nor style, nor load."""
    page = open_report(*six_findings())

    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'taken over'";
            const image = document.createElement("img");
            image.src = "https://evil.example/x.png";
            const style = document.createElement("style");
            style.textContent = "body { display: none }";
            document.body.append(script, image, style);
        }"""
    )
    page.wait_for_timeout(100)

    assert page.title() != "taken over"
    assert page.is_visible("body")
    blocked = [each for each in seen if "Content Security Policy" in each]
    assert len(blocked) == 3
    seen[:] = [each for each in seen if each not in blocked and "evil.example" not in each]


def test_page_reads_without_javascript(open_report: Open) -> None:
    """Without scripts every finding can still be opened, and no dead control is shown."""
    page = open_report(*three_services(), java_script_enabled=False)

    assert not page.is_visible("#filter")
    assert page.locator("#PD-05 .rows tbody tr:visible").count() == 2
    page.click("#PD-05 .pass > summary")
    assert page.is_visible("#PD-05 .pass >> text=Ledger")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_page_fits_its_window(open_report: Open, width: int, scheme: str) -> None:
    """Nothing makes the page wider than a telephone, a tablet or a desk."""
    page = open_report(
        *hostile_findings(),
        a_finding(resource=a_resource("x" * 400, "P" * 80), message="y" * 400, key="z" * 90),
        width=width,
        height=800,
        scheme=scheme,
    )
    page.evaluate(UNFOLD)

    assert page.evaluate("() => document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("status", list(Status))
def test_verdicts_at_a_glance_stay_on_one_line(open_report: Open, status: Status) -> None:
    """On a telephone severity, verdict and count of a control share one line below its title."""
    findings = [
        a_finding("PD-22", status, a_resource(f"s{number}", f"P{number}"))
        for number in range(1_000)
    ]
    page = open_report(*findings, width=360, height=800)

    title, severity, verdict = (
        each.bounding_box() for each in page.locator(".glance tbody tr > *").all()
    )
    count = page.locator(".glance small")
    applies = status is not Status.NOT_APPLICABLE
    assert count.inner_text() == ("1,000 of 1,000" if applies else "1,000")
    assert count.evaluate("element => element.getClientRects().length") == 1
    assert title["y"] + title["height"] <= severity["y"] == verdict["y"]
    assert verdict["height"] == severity["height"] <= title["height"]
    assert title["width"] > verdict["width"]


def test_dark_and_light_differ_and_paper_is_light(open_report: Open) -> None:
    """The page follows the reader's preference on a screen, and never prints white on black."""

    def paper(page: Any) -> str:
        return str(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))

    dark = open_report(*six_findings(), scheme="dark")

    assert paper(dark) != "rgb(255, 255, 255)"
    assert paper(open_report(*six_findings(), scheme="light")) == "rgb(255, 255, 255)"
    dark.emulate_media(media="print")
    assert paper(dark) == "rgb(255, 255, 255)"


def test_ten_thousand_findings_are_all_there(open_report: Open) -> None:
    """A large account's report has every finding, and a text is found among all of them."""
    findings = [
        finding
        for number in range(1, 26)
        for finding in many_findings(400, control=f"PD-{number:02d}")
    ]

    page = open_report(*findings)
    assert page.inner_text("#shown") == "Shown: 10,000 of 10,000 checks in 25 of 25 controls"
    page.fill("[name=text]", "P000377")
    until(lambda: "text" in fragment(page), page)

    assert page.inner_text("#shown") == "Shown: 25 of 10,000 checks in 25 of 25 controls"
