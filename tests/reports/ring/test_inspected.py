"""Whether the phone will ring, in the summary, Markdown and HTML of an inspection."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports import markdown, terminal
from pdsec_checks.reports.html import page
from pdsec_checks.reports.ring.headline import headline, tally_of
from pdsec_checks.reports.ring.inspected import QUESTION, inspected_headline
from tests.controls.test_ring import LOW, ROW_1, ROW_2, ROW_6, SCH_A, SCH_B, TABLE
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, an_account_finding
from tests.support.judged import inspect
from tests.support.phones import account, nightly
from tests.support.questions import overview_of

ZERO = "Every moment"
EXEMPT = [LOW, {"status": "disabled"}, {"data": {"maintenance_windows": nightly(0, 24)}}]


def findings_of(snapshot: Snapshot) -> list[Finding]:
    """Return the findings of PD-26."""
    return inspect(snapshot, "PD-26")


@pytest.mark.parametrize("row", TABLE)
def test_findings_say_the_same_as_the_analysis(row: int) -> None:
    """On every row of the rulebook's table a report says what the command says."""
    snapshot = TABLE[row].snapshot

    said = inspected_headline(a_report(*findings_of(snapshot)))

    assert said == headline(tally_of(overview_of(snapshot)))


@pytest.mark.parametrize("fields", EXEMPT)
def test_services_that_are_not_judged_are_told_apart(fields: dict[str, Any]) -> None:
    """Low urgency, disabled, and in maintenance all the time."""
    snapshot = account(ROW_2, **fields)

    said = inspected_headline(a_report(*findings_of(snapshot)))

    assert said == headline(tally_of(overview_of(snapshot)))
    assert ZERO not in said


def test_every_summary_says_it() -> None:
    """The summary on the terminal, Markdown, and the head of the page."""
    report = a_report(*findings_of(account(ROW_6, SCH_A, SCH_B)))
    said = "1 of 1 service has a moment in the next 30 days in which an incident would ring nobody"

    assert f"{QUESTION.upper()}\n{said}" in terminal.render(report)
    assert f"**{QUESTION}** {said}" in markdown.render(report)
    assert f"<b>{QUESTION}</b> {said}" in page.render(report)


def test_nothing_is_said_where_nobody_asked() -> None:
    """A run without PD-26 read nothing that could tell."""
    report = a_report(a_finding("PD-05", Status.PASS))

    assert inspected_headline(report) == ""
    assert QUESTION.upper() not in terminal.render(report)
    assert QUESTION not in markdown.render(report)
    assert QUESTION not in page.render(report)


@pytest.mark.parametrize("status", [Status.FAIL, Status.WAIVED])
def test_a_waiver_makes_nobody_ring(status: Status) -> None:
    """A dead window that was accepted is one."""
    (found,) = findings_of(account(ROW_6, SCH_A, SCH_B))

    said = inspected_headline(a_report(replace(found, status=status)))

    assert said.startswith("1 of 1 service has a moment")


def test_no_zero_line_while_the_list_of_services_is_unknown() -> None:
    """An error about the account hides how many services there are."""
    (rings,) = findings_of(account(ROW_2))
    said = inspected_headline(a_report(rings, an_account_finding("PD-26", Status.ERROR)))

    assert ZERO not in said
    assert "could not be read" in said


def test_no_zero_line_while_one_service_is_an_error() -> None:
    """One service that nobody can judge is enough."""
    (rings,) = findings_of(account(ROW_2))
    (unknown,) = findings_of(account(ROW_1, status="maintenance"))

    said = inspected_headline(a_report(rings, unknown))

    assert ZERO not in said
    assert "1 of 2 services could not be judged." in said


def test_no_zero_line_of_a_stopped_run() -> None:
    """What was not reached does not look as if it rang."""
    (rings,) = findings_of(account(ROW_2))

    said = inspected_headline(replace(a_report(rings), complete=False))

    assert ZERO not in said
    assert said.startswith("The inspection was stopped")


def test_a_selection_is_no_account() -> None:
    """A run over some services says that it is about these."""
    (rings,) = findings_of(account(ROW_2))

    said = inspected_headline(replace(a_report(rings), restricted=True))

    assert "on the one selected service in service" in said
