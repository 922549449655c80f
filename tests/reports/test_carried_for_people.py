"""What people work from names each fail of an earlier run that nobody can judge any more."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import msgspec
import pytest

from pdsec_checks.catalogue.scope import InForce
from pdsec_checks.finding import Finding, Team
from pdsec_checks.model import Status
from pdsec_checks.reports import markdown, render, terminal, xlsx
from pdsec_checks.reports.carried import beside_last
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.html.page import render as page
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.spreadsheet import BOM
from pdsec_checks.reports.statuses import CARRIED
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource, an_account_finding

DAY_BEFORE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TILL = replace(a_resource("Till", "PTILL"), teams=(Team("PT1", "Payments"),))
FAIL = replace(a_finding("PD-05", resource=TILL), cause="no-rules")
UNLISTED = an_account_finding("PD-05", Status.ERROR)


def after(*now: Finding, waived: bool = False, fails: tuple[Finding, ...] = (FAIL,)) -> Report:
    """Return the report of a run beside one of the day before, in which *fails* failed."""
    old = a_report(*fails)
    old = replace(old, run=replace(old.run, as_of=DAY_BEFORE))
    new = a_report(*now)
    if waived:
        waiver = InForce("PD-05", "PTILL", "2027-03-31", "Ben", "retired")
        scope = replace(new.run.scope, waivers=(waiver,))
        new = replace(new, run=replace(new.run, scope=scope))
    return beside_last(new, msgspec.json.decode(render("json", old), type=EarlierReport))


def plan(report: Report) -> list[dict[str, str]]:
    """Return the rows of the action plan."""
    text = render("action-plan", report).removeprefix(BOM)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_action_plan_has_a_row_for_it() -> None:
    """It is a critical task with teams and a deadline that counts from the first report."""
    known, unlisted = plan(after(UNLISTED))

    assert (known["control"], known["severity"], known["resource_id"]) == (
        *("PD-05", "critical", "PTILL"),
    )
    assert known["status"] == "could not be judged; failed on 2026-11-22"
    assert known["message"] == (f"service 'Till' (PTILL) is an example; now: {UNLISTED.message}")
    assert known["remediation"].startswith("Nobody can tell whether anything is wrong")
    assert " Where it still fails: Give the policy a rule" in known["remediation"]
    assert (known["teams"], known["due_date"], known["fix_file"]) == ("Payments", "2026-12-07", "")
    assert unlisted["status"] == "error"


def test_it_replaces_the_doubt_about_its_own_check() -> None:
    """One check is one task."""
    (row,) = plan(after(a_finding("PD-05", Status.ERROR, TILL)))

    assert row["status"] == "could not be judged; failed on 2026-11-22"


def test_a_waived_one_is_no_task() -> None:
    """The doubt about its list stays one."""
    assert [row["status"] for row in plan(after(UNLISTED, waived=True))] == ["error"]


def test_the_workbook_has_the_rows_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """They count where a sheet might become too small."""
    report = after(UNLISTED)
    sheets = {each.name: list(each.rows) for each in xlsx.sheets(report)}

    assert sheets["Action plan"][0][3] == "could not be judged; failed on 2026-11-22"
    monkeypatch.setattr(xlsx, "ROWS", 2)
    with pytest.raises(Exception, match="a sheet holds 1 rows"):
        xlsx.check_fits(report)


@pytest.mark.parametrize("made", [markdown.render, page], ids=["markdown", "html"])
@pytest.mark.parametrize("waived", [False, True])
def test_a_section_names_it(made: Callable[[Report], str], *, waived: bool) -> None:
    """Day, message, reason, team, and until when it is due, or waived."""
    text = made(after(UNLISTED, waived=waived))
    section = text[text.index(CARRIED) :]

    for said in ("PD-05", "critical", "failed on 2026-11-22", "Till", "team Payments", "now"):
        assert said in section, said
    assert ("2027-03-31" if waived else "2026-12-07") in section


@pytest.mark.parametrize("made", [markdown.render, page], ids=["markdown", "html"])
def test_there_is_no_section_where_nothing_was_carried(made: Callable[[Report], str]) -> None:
    """A run that could judge everything says nothing of the kind."""
    assert CARRIED not in made(after(a_finding("PD-05", Status.PASS, TILL)))


def test_markdown_says_how_many_it_leaves_out() -> None:
    """Where space runs out the number stays, and says where they are listed."""
    fails = tuple(a_finding("PD-05", resource=a_resource("Till", f"PT{n}")) for n in range(3))
    report = after(UNLISTED, fails=fails)

    assert [each for each in markdown.carried(report, 1) if "more" in each] == [
        "- 2 more: the action plan lists them"
    ]
    assert "- 3 fails: the action plan lists them" in markdown.carried(report, 0)


@pytest.mark.parametrize("made", [terminal.render, partial(render, "csv")], ids=["terminal", "csv"])
def test_neither_terminal_nor_csv_counts_it(made: Callable[[Report], str]) -> None:
    """The terminal says in a warning how many there are; CSV has a row for a check of the run."""
    report = after(UNLISTED)
    text = made(report)

    assert ("1 fail of earlier runs could not be judged now" in text) is (made is terminal.render)
    assert "PTILL" not in text
    assert report.counts[Status.FAIL] == 0
