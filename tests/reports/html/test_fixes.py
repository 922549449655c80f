"""Fixes in the HTML report: each fail unfolds to its three forms, which a button copies."""

from __future__ import annotations

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.reports.facts import remedy_of
from pdsec_checks.reports.fixes.document import Entry
from pdsec_checks.reports.fixes.forms import three
from pdsec_checks.reports.html.page import render
from pdsec_checks.reports.html.view import FIXES_UP_TO
from tests.reports.fixes.test_http import BREAKOUTS, hostile
from tests.support.changed import replace
from tests.support.fails import BASE_URL, fails
from tests.support.findings import a_finding, a_report, controls, many_findings
from tests.support.pages import Open


def forms_of(finding: Finding) -> list[str]:
    """Return the three forms of the fix of one fail."""
    remedy = remedy_of(controls()[finding.control], finding).sentence
    return list(three(Entry.of(finding, remedy), BASE_URL).values())


def with_control(name: str) -> Finding:
    """Return a fail of the demo account."""
    return next(each for each in fails("demo") if each.control == name)


def test_each_fail_unfolds_to_its_three_forms(open_report: Open) -> None:
    """A click shows Terraform, HTTP and text, exactly as the command writes them."""
    finding = with_control("PD-06")
    page = open_report(finding)
    assert not page.is_visible(".fix pre")

    page.click(".fix > summary")

    assert page.locator(".fix h5").all_inner_texts() == ["Terraform", "HTTP", "Text"]
    assert page.locator(".fix pre").all_text_contents() == forms_of(finding)


@pytest.mark.parametrize("number", range(3))
def test_button_copies_its_form(open_report: Open, number: int) -> None:
    """What lands in the clipboard is one form, and the button says that it did."""
    finding = with_control("PD-06")
    page = open_report(finding, permissions=["clipboard-read", "clipboard-write"])
    page.click(".fix > summary")
    button = page.locator(".fix button").nth(number)
    assert button.inner_text() == "Copy"

    button.click()
    page.locator(".fix button", has_text="Copied").wait_for()

    copied = page.evaluate_handle("navigator.clipboard.readText()").json_value()
    assert copied == forms_of(finding)[number]


def test_button_copies_without_the_right_to_write(open_report: Open) -> None:
    """A page that may not write to the clipboard copies what it selects."""
    finding = with_control("PD-06")
    page = open_report(finding)
    page.add_init_script("delete Navigator.prototype.clipboard")
    page.reload()
    page.click(".fix > summary")

    page.locator(".fix button").nth(1).click()
    page.locator(".fix button", has_text="Copied").wait_for()

    assert page.evaluate_handle("String(getSelection())").json_value().strip()


def test_there_is_no_button_without_a_script(open_report: Open) -> None:
    """A button that does nothing would be worse than none; the text is there to be selected."""
    page = open_report(with_control("PD-06"), java_script_enabled=False)
    page.click(".fix > summary")

    assert page.is_visible(".fix pre")
    assert page.locator(".fix button").count() == 0


def test_search_passes_by_what_a_fix_says(open_report: Open) -> None:
    """Whoever looks for a word of findings gets no fail for a word of its request."""
    page = open_report(with_control("PD-06"))

    page.fill("[name=text]", "escalation_rules")
    page.locator("#nothing").wait_for()
    page.fill("[name=text]", "distinct level")
    page.locator("#PD-06 .rows tbody tr").wait_for()


@pytest.mark.parametrize("name", [*BREAKOUTS, '</pre></details><script>alert("x")</script>'])
def test_no_name_breaks_out(name: str) -> None:
    """Whatever a resource is called, the page has three forms of one fix, and one script."""
    text = render(a_report(hostile(name)))

    assert text.count('<details class="fix">') == 1
    assert text.count('<div class="form"') == 3
    assert text.count("<pre tabindex") == text.count("</pre>")
    assert text.count("<script>") == 1


def test_fail_without_a_fix_unfolds_to_nothing() -> None:
    """The page of a recording with pseudonyms offers none."""
    assert '<details class="fix">' not in render(a_report(a_finding()))


def many(number: int, *causes: str) -> list[Finding]:
    """Return so many fails with a fix, whose causes take turns."""
    return [
        replace(each, fix=fails("demo")[0].fix, cause=causes[place % len(causes)])
        for place, each in enumerate(many_findings(number, "PD-05"))
    ]


@pytest.mark.parametrize("causes", [("no-policy",), ("no-policy", "gone-policy", "no-rules")])
def test_what_a_page_cannot_hold_is_counted(causes: tuple[str, ...]) -> None:
    """A page of thousands of requests would not open: it says who writes them all.

    So many fixes of a control are there, whatever their causes; below each cause stands how many
    of it are not.
    """
    text = render(a_report(*many(FIXES_UP_TO + 12, *causes)))

    assert text.count('<details class="fix">') == FIXES_UP_TO
    assert "12 more fixes are not in this page: the command <code>fixes</code> writes them" in text
    assert text.count("not in this page") == 1
    assert "not in this page" not in render(a_report(*many(FIXES_UP_TO, *causes)))


def test_each_cause_counts_its_own() -> None:
    """What is missing below one cause is not said of another one."""
    text = render(a_report(*many(3 * FIXES_UP_TO, "no-policy", "gone-policy", "no-rules")))

    assert text.count(f"{FIXES_UP_TO} more fixes are not in this page") == 2
    assert text.count("not in this page") == 2


def test_paper_has_the_remedies_and_no_code(open_report: Open) -> None:
    """Whoever prints the page reads what to do about each cause; requests are for a screen."""
    page = open_report(with_control("PD-06"), with_control("PD-14"))
    page.emulate_media(media="print")

    for name in ("PD-06", "PD-14"):
        remedy = remedy_of(controls()[name], with_control(name)).text
        assert page.locator(f"#{name} p", has_text=remedy).is_visible()
        assert not page.locator(f"#{name} .fix").is_visible()
        after = page.locator(f"#{name} .remedy .help").evaluate(
            "link => getComputedStyle(link, '::after').content"
        )
        assert controls()[name].help in after


def test_remedy_of_a_fix_is_that_of_its_group(open_report: Open) -> None:
    """The words of a fix and the line above its finding say the same, whatever the cause."""
    found = [each for each in fails("demo") if each.control in {"PD-05", "PD-07", "PD-08"}]
    page = open_report(*found)

    assert page.locator(".group.fail").count() == 6
    for group in page.locator(".group.fail").all():
        remedy = group.locator(".remedy").evaluate("p => p.childNodes[1].textContent.trim()")
        texts = group.locator("[data-form=Text] pre").all_text_contents()
        assert texts
        assert all(f"  What     {remedy} (https://" in text for text in texts)
