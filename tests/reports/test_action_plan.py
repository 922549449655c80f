"""The action plan: what is left to do, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.output import deliver
from pdsec_checks.reports import action_plan, render
from pdsec_checks.reports.fixes.forms import FORMS
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.spreadsheet import BOM
from tests.support import findings as factory
from tests.support.changed import replace
from tests.support.fails import a_document, fails, more_fails
from tests.support.findings import a_finding, a_report, a_resource

ZOE = a_resource("Zoë")


def the_rows(report: Report) -> list[dict[str, str]]:
    """Return the rows as a spreadsheet reads them."""
    text = render("action-plan", report).removeprefix(BOM)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_holds_what_is_left_to_do() -> None:
    """Fail, error and manual are tasks; pass, not applicable and waived are none."""
    rows = the_rows(a_report(*factory.six_findings()))

    assert [row["status"] for row in rows] == ["fail", "manual", "error"]


def test_the_most_severe_comes_first() -> None:
    """Tasks are sorted by severity, failures before doubts, then in the fixed order."""
    rows = the_rows(
        a_report(
            a_finding("PD-23"),
            a_finding("PD-01", Status.MANUAL),
            a_finding("PD-05", resource=a_resource(resource_id="P2")),
            a_finding("PD-05", resource=a_resource(resource_id="P1")),
        )
    )

    assert [(row["control"], row["resource_id"]) for row in rows] == [
        ("PD-05", "P1"),
        ("PD-05", "P2"),
        ("PD-01", "PABC123"),
        ("PD-23", "PABC123"),
    ]


def test_a_row_says_what_to_do_and_leaves_room() -> None:
    """A row has resource, message, cause, remedy and page, a deadline, and columns to fill in."""
    (row,) = the_rows(a_report(replace(a_finding(), cause="no-rules")))

    assert row["severity"] == "critical"
    assert row["resource_url"] == "https://acme.pagerduty.com/service-directory/PABC123"
    assert row["message"] == "service 'Checkout' (PABC123) is an example"
    assert row["cause"] == "no-rules"
    assert row["remediation"].startswith("Give the policy a rule that notifies somebody under")
    assert row["help_url"] == "https://support.pagerduty.com/main/docs/escalation-policies"
    assert "soc2 2017 CC7.3; cis 8 17.1" in row["requirements"]
    assert [row[name] for name in action_plan.FOR_THE_TEAM] == ["", "2026-12-08", ""]


def code_in(finding: Finding) -> list[str]:
    """Return the files with code for one fail, read off what ``fixes`` writes for it alone.

    A request that must be checked first is a comment until then.
    """
    written = {form.file: form.render(a_document(finding)) for form in FORMS.values()}
    has_code = {
        "fixes.tf": re.search(r"^(import|resource)\b", written["fixes.tf"], re.MULTILINE),
        "fixes.http": re.search(r"^(# )?(POST|PUT|DELETE) ", written["fixes.http"], re.MULTILINE),
    }
    return [name for name, found in has_code.items() if found]


def test_a_row_names_the_files_that_have_its_fix() -> None:
    """Those with code for it, and the one with words, which every fix has."""
    found = (*fails("demo"), *more_fails())
    wanted = {"; ".join([*code_in(each), "fixes.txt"]) for each in found}

    for finding in found:
        (row,) = the_rows(a_report(finding))
        assert row["fix_file"] == "; ".join([*code_in(finding), "fixes.txt"])
    assert wanted == {
        *("fixes.tf; fixes.http; fixes.txt", "fixes.tf; fixes.txt"),
        *("fixes.http; fixes.txt", "fixes.txt"),
    }


@pytest.mark.parametrize("status", [Status.MANUAL, Status.ERROR])
def test_what_is_no_fail_has_no_file(status: Status) -> None:
    """Whether there is anything to fix, nobody knows."""
    (row,) = the_rows(a_report(a_finding(status=status)))

    assert row["fix_file"] == ""


def test_a_control_of_ones_own_has_words_alone() -> None:
    """Its remediation stands in the text."""
    (row,) = the_rows(a_report(replace(a_finding(), fix=None)))

    assert row["fix_file"] == "fixes.txt"


def test_pseudonyms_have_no_file() -> None:
    """Of a recording with pseudonyms ``fixes`` writes none."""
    report = a_report(fails("demo")[0])
    redacted = replace(report, run=replace(report.run, redacted=True))

    assert the_rows(redacted)[0]["fix_file"] == ""


def test_a_control_that_was_never_reached_is_a_task() -> None:
    """A stopped run leaves its controls on the plan."""
    rows = the_rows(a_report(a_finding("PD-05"), selected=["PD-05", "PD-06"], complete=False))

    assert [(row["control"], row["status"]) for row in rows] == [
        ("PD-05", "fail"),
        ("PD-06", "error"),
    ]


def test_nothing_to_do_is_a_header_alone() -> None:
    """An account without tasks gives a file with column names."""
    text = render("action-plan", a_report(a_finding("PD-06", Status.PASS)))

    assert text == BOM + ",".join(action_plan.COLUMNS) + "\r\n"


def test_an_error_asks_for_no_change_of_the_account() -> None:
    """What could not be judged has the way to a verdict, not the remedy of a fail."""
    (row,) = the_rows(a_report(a_finding(status=Status.ERROR)))

    assert row["remediation"].startswith("Nobody can tell whether anything is wrong")
    assert row["help_url"] == ""


def test_excel_reads_the_letters_of_a_file(tmp_path: Path) -> None:
    """The file begins with the mark by which Excel knows UTF-8, once, and is UTF-8."""
    deliver(str(tmp_path / "plan.csv"), render("action-plan", a_report(a_finding(resource=ZOE))))
    content = (tmp_path / "plan.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbfcontrol,")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert "Zoë" in content.decode("utf-8-sig")


def test_ids_and_names_stay_text() -> None:
    """An id that looks like a number, or a name like a date, is written as the text that it is."""
    (row,) = the_rows(a_report(a_finding(resource=a_resource("MAR1", "00123"))))

    assert (row["resource_id"], row["resource_name"]) == ('="00123"', '="MAR1"')
    assert row["control"] == "PD-05"


def test_no_cell_is_a_formula_or_hostile() -> None:
    """A name can neither run in a spreadsheet nor break a line nor steer a terminal."""
    text = render("action-plan", a_report(*factory.hostile_findings())).removeprefix(BOM)

    assert not any(char in text for char in factory.FORBIDDEN)
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
        assert not any("\n" in cell for cell in row)


@settings(max_examples=30, deadline=None)
@given(factory.shuffled_pairs())
def test_the_order_of_findings_changes_nothing(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings in another order give the same bytes, and valid UTF-8."""
    first, second = (render("action-plan", a_report(*each)) for each in pair)

    assert first == second
    assert first.encode()
