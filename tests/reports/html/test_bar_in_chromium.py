"""The bar of the page in a browser: facets, order, permalinks, and the CSV of what is shown."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.analysis.relations import Relations
from pdsec_checks.finding import Finding
from pdsec_checks.model import MappingName, Status, moment_text
from pdsec_checks.reports import facts, scope, spreadsheet
from pdsec_checks.reports.html.words import printable
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import line
from tests.support.changed import replace
from tests.support.findings import (
    HOSTILE,
    a_finding,
    a_report,
    a_resource,
    many_findings,
    six_findings,
)
from tests.support.pages import Open, fragment, rows, shown, until
from tests.support.whole_report import whole_report

TRICKS = (
    *HOSTILE,
    "007",
    "1E5",
    "Mar 1",
    "true",
    "@SUM(A1)",
    '=1+"a",b',
    "\u0664\u0662",
    "50 %",
    "- x",
)
"""Names that a spreadsheet would run, or take for something else."""


def with_owners() -> Report:
    """Return a report whose services belong to two teams, and a policy that names a person."""
    relations = Relations()
    for service, team in (("P1", "PT1"), ("P2", "PT2"), ("P3", "PT2")):
        relations.relate(service, "team", [team])
        relations.relate(service, "service", [service])
    relations.names = {
        "team": {"PT1": "Platform", "PT2": "Payments"},
        "service": {"P1": "Checkout", "P2": "Search", "P3": "Ledger"},
        "person": {"PADA": "Ada", "PNOBODY": "Never named"},
    }
    findings = [
        a_finding(resource=a_resource("Checkout", "P1")),
        a_finding(resource=a_resource("Search", "P2")),
        a_finding(status=Status.PASS, resource=a_resource("Ledger", "P3")),
        a_finding("PD-09", resource=a_resource("Rota", "PROTA"), participants=["PADA"]),
    ]
    report = a_report(*findings)
    return replace(report, run=replace(report.run, relations=relations))


@pytest.mark.parametrize(
    ("facet", "value", "expected"),
    [
        ("team", "PT1", ["P1"]),
        ("team", "PT2", ["P2", "P3"]),
        ("service", "P2", ["P2"]),
        ("person", "PADA", ["PROTA"]),
    ],
)
def test_a_reader_sees_what_is_theirs(
    open_report: Open, facet: str, value: str, expected: list[str]
) -> None:
    """Team, service and person leave the findings that are about them; the address says so."""
    page = open_report(report=with_owners())

    page.select_option(f"[name={facet}]", value)
    until(lambda: fragment(page) == f"{facet}={value}", page)

    assert rows(page) == expected
    again = open_report(report=with_owners(), fragment=f"#{facet}={value}")
    assert rows(again) == expected
    assert again.input_value(f"[name={facet}]") == value


def test_a_facet_offers_what_a_finding_is_about(open_report: Open) -> None:
    """Whoever no finding names is not offered, and the choices stand by name."""
    page = open_report(report=with_owners())

    def offered(name: str) -> list[str]:
        return list(page.locator(f"[name={name}] option").all_text_contents())

    assert offered("team") == ["all", "Payments", "Platform"]
    assert offered("person") == ["all", "Ada"]


def test_a_facet_without_a_value_is_not_there(open_report: Open) -> None:
    """Where no record tells a team or a person, nobody is asked for one."""
    page = open_report(a_finding())

    names = page.locator(".facets select").evaluate_all("all => all.map(each => each.name)")
    assert names == ["framework", "service"]


def test_a_topic_can_be_seen_alone(open_report: Open) -> None:
    """The controls of one topic stay, and the headings of the others go with their controls."""
    page = open_report(*six_findings())

    page.select_option("[name=topic]", "people-and-access")
    until(lambda: "topic" in fragment(page), page)

    assert shown(page) == ["PD-01", "PD-04"]
    assert page.locator(".topic > h3:visible").all_inner_texts()[0].startswith("People and access")
    assert page.locator(".topic > h3:visible").count() == 1
    assert page.inner_text("#active") == "1 chosen"


@pytest.mark.parametrize("hidden_by", ["", "#status=pass", "#text=nothing+like+it"])
def test_a_permalink_opens_its_finding(open_report: Open, hidden_by: str) -> None:
    """Whatever folds or filters it away, the finding of an address is shown and in sight."""
    findings = many_findings(60, control="PD-05")
    wanted = findings[41]
    page = open_report(*findings, fragment=hidden_by or f"#{wanted.fingerprint}")
    if hidden_by:
        assert not row_of(page, wanted).is_visible()
        page.evaluate(f"() => {{ location.hash = '{wanted.fingerprint}' }}")

    wait_to_see(page, wanted)
    assert fragment(page) == wanted.fingerprint


def test_the_bar_hides_no_target_on_a_busy_machine(open_report: Open) -> None:
    """The bar is measured before the page scrolls, however late a browser tells of its size."""
    findings = many_findings(60, control="PD-05")
    wanted = findings[41]
    page = open_report(
        *findings,
        fragment=f"#{wanted.fingerprint}",
        script="window.ResizeObserver = class { observe() {} };",
    )

    wait_to_see(page, wanted)


def row_of(page: Any, finding: Finding) -> Any:
    """Return the place of a finding."""
    return page.locator(f"[id='{finding.fingerprint}']")


def wait_to_see(page: Any, finding: Finding) -> None:
    """Wait until a finding is unfolded, and in the window."""
    row = row_of(page, finding)
    until(row.is_visible, page)
    until(lambda: in_sight(page, row), page)


def in_sight(page: Any, place: Any) -> bool:
    """Tell whether a place is in the window, below the bar that stays there."""
    top = place.bounding_box()["y"]
    bar = page.locator("#filter").bounding_box()
    return bool(bar["y"] + bar["height"] <= top + 1 < page.viewport_size["height"])


def test_a_permalink_needs_no_script(open_report: Open) -> None:
    """The browser itself unfolds what is around the target of an address."""
    findings = many_findings(60, control="PD-05")
    anchor = findings[41].fingerprint
    page = open_report(*findings, fragment=f"#{anchor}", java_script_enabled=False)

    page.locator(f"[id='{anchor}']").wait_for(state="visible")


def test_each_row_links_to_itself(open_report: Open) -> None:
    """A click on its sign puts a finding's fingerprint into the address, filter or not."""
    page = open_report(*six_findings(), fragment="#status=fail")
    fingerprint = six_findings()[0].fingerprint

    page.click(f"[id='{fingerprint}'] .permalink")

    assert fragment(page) == fingerprint
    assert shown(page) == ["PD-05"]


@pytest.mark.parametrize("mapping", list(MappingName))
def test_a_permalink_opens_its_requirement(open_report: Open, mapping: MappingName) -> None:
    """A requirement of either mapping unfolds with everything around it."""
    page = open_report(a_finding("PD-02"))
    place = page.locator(f"[id^='req-cis-{mapping.value}-']").first
    anchor = place.get_attribute("id")
    assert not place.is_visible()

    page.evaluate(f"() => {{ location.hash = '{anchor}' }}")

    until(place.is_visible, page)
    assert place.locator(".permalink").get_attribute("href") == f"#{anchor}"


def test_the_bar_stays_in_sight(open_report: Open) -> None:
    """Far below its own place the bar still stands at the top of the window."""
    page = open_report(*many_findings(25), *six_findings())

    page.evaluate("() => document.querySelector('.topic:last-of-type').scrollIntoView()")
    until(lambda: page.evaluate("() => scrollY") > 400, page)

    assert page.locator("#filter").bounding_box()["y"] == 0


def test_everything_that_is_shown_unfolds_at_once(open_report: Open) -> None:
    """One click opens what the filter leaves, evidence and passes as well; the next folds it."""
    folded = a_finding("PD-06", Status.PASS, owners=["a" * 90, "b" * 90])
    page = open_report(*six_findings()[:1], folded, a_finding("PD-22", Status.PASS))
    page.fill("[name=text]", "pd-06")
    until(lambda: shown(page) == ["PD-06"], page)
    page.click("#PD-06 .group > summary")
    closed = page.locator("#PD-06 details:not([open])")
    assert closed.count()

    page.click("#unfold")

    assert closed.count() == 0
    assert page.locator("#PD-22 details[open]").count() == 0
    assert page.inner_text("#unfold") == "Fold all"
    page.click("#unfold")
    assert page.locator("#PD-06 details[open]").count() == 0


def test_another_filter_unfolds_by_its_own_rules(open_report: Open) -> None:
    """What the button did is over with the next choice, and it offers the same again."""
    page = open_report(*six_findings())
    page.click("#unfold")

    page.check("[name=status][value=pass]")
    until(lambda: "pass" in fragment(page), page)

    assert page.inner_text("#unfold") == "Unfold all"


@pytest.mark.parametrize(
    ("order", "controls"),
    [
        ("severity", ["PD-05", "PD-06", "PD-01", "PD-04", "PD-11", "PD-22"]),
        ("name", None),
        ("rank", ["PD-05", "PD-06", "PD-11", "PD-01", "PD-04", "PD-22"]),
    ],
)
def test_the_page_can_be_sorted(open_report: Open, order: str, controls: list[str] | None) -> None:
    """Topics, their controls and the rows follow the chosen order, and come back from it."""
    page = open_report(*six_findings())
    before = shown(page)

    page.select_option("[name=sort]", order)
    until(lambda: fragment(page) == f"sort={order}", page)
    if controls is None:
        names = page.locator(".topic:first-of-type h4 .name").all_inner_texts()
        assert names == sorted(names)
        assert shown(page) != before
    else:
        assert shown(page) == controls
    page.select_option("[name=sort]", "")
    until(lambda: not fragment(page), page)
    assert shown(page) == before


def test_rows_can_be_sorted_by_name(open_report: Open) -> None:
    """Numbers in names count as numbers."""
    names = ["shop 10", "cart", "shop 9"]
    page = open_report(
        *(a_finding(resource=a_resource(name, f"P{n}")) for n, name in enumerate(names))
    )
    assert rows(page) == ["P0", "P1", "P2"]

    page.select_option("[name=sort]", "name")
    until(lambda: rows(page) == ["P1", "P2", "P0"], page)
    page.click("[type=reset]")
    until(lambda: rows(page) == ["P0", "P1", "P2"], page)


def test_nothing_is_sorted_by_a_rank_that_nobody_gave(open_report: Open) -> None:
    """The order is offered where something needs somebody, and by no address elsewhere."""
    page = open_report(a_finding(status=Status.PASS), fragment="#sort=rank")

    assert page.locator("[name=sort] option").all_text_contents() == ["status", "severity", "name"]
    assert page.input_value("[name=sort]") == ""


# The CSV of what is shown


def downloaded(page: Any, folder: Path) -> bytes:
    """Return what the button saves."""
    with page.expect_download() as found:
        page.click("#csv")
    target = folder / "shown.csv"
    found.value.save_as(target)
    return target.read_bytes()


def table(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a byte order mark."""
    text = content.decode("utf-8")
    assert text.startswith(spreadsheet.BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(spreadsheet.BOM), newline="")))


def test_csv_has_what_is_shown_and_nothing_else(open_report: Open, tmp_path: Path) -> None:
    """Rows that a filter hides are not in the file, and the file says which filter it was."""
    page = open_report(report=with_owners(), fragment="#team=PT2")

    found = table(downloaded(page, tmp_path))

    assert [each["resource_id"] for each in found] == ["P2", "P3"]
    assert [each["status"] for each in found] == ["fail", "pass"]
    assert {each["shown"] for each in found} == {"team=PT2"}
    assert {each["scope"] for each in found} == {scope.told(with_owners())}
    assert {each["as_of"] for each in found} == {moment_text(with_owners().run.as_of)}


def test_csv_says_what_the_csv_report_says(open_report: Open, tmp_path: Path) -> None:
    """Of a whole account the first columns are those of the command, cell by cell."""
    report = whole_report()
    page = open_report(report=report)

    found = {each["fingerprint"]: each for each in table(downloaded(page, tmp_path))}

    assert len(found) == len(report.findings)
    for control, finding in facts.pairs(report):
        cells = dict(zip(spreadsheet.COLUMNS, spreadsheet.cells(control, finding), strict=True))
        if finding.status in {Status.PASS, Status.NOT_APPLICABLE}:
            del cells["message"]  # what goes without saying is not on the page
        row = found[finding.fingerprint]
        for name, cell in cells.items():
            assert row[name] == spreadsheet.as_text(spreadsheet.defused(line(cell))), name


def test_csv_runs_nothing_and_changes_no_letter(open_report: Open, tmp_path: Path) -> None:
    """A hostile name is written exactly as the command writes it."""
    findings = [
        a_finding(resource=a_resource(name, f"P{n:02}"), message=name)
        for n, name in enumerate(TRICKS)
        if name.strip()
    ]
    page = open_report(*findings)

    parsed = table(downloaded(page, tmp_path))

    for finding, row in zip(findings, parsed, strict=True):
        seen = printable(finding.resource.name)  # as the page itself holds it
        expected = spreadsheet.written(["name"], [[seen]], kept=spreadsheet.as_text)
        assert row["resource_name"] == list(csv.reader(io.StringIO(expected, newline="")))[1][0]
