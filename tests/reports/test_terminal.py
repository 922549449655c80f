"""The closing summary: what to fix first, and nothing that steers a terminal."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.finding import Finding
from pdsec_checks.model import MappingName, Status
from pdsec_checks.reports import render, terminal
from pdsec_checks.reports.requirement_rows import RULE
from pdsec_checks.reports.text import printable
from tests.support.changed import replace
from tests.support.example_report import (
    COST,
    MANY,
    POLICY,
    TIMEOUT,
    UNREAD,
    a_finding,
    a_report,
)

ANYTHING = st.text(st.characters(exclude_categories=()))
STEERING = {"Cc", "Cf", "Co", "Cs"}


@given(ANYTHING)
def test_printable_keeps_length_and_drops_what_steers(text: str) -> None:
    """Control, format and private characters become a replacement sign, others stay."""
    found = printable(text)

    for before, after in zip(text, found, strict=True):
        harmless = unicodedata.category(before) not in STEERING
        assert after == (before if harmless else "\N{REPLACEMENT CHARACTER}")


@given(ANYTHING)
def test_summary_cannot_be_steered_by_the_account(text: str) -> None:
    """Messages, the account's name and addresses come without control characters."""
    findings = [a_finding(status=status, message=text) for status in Status]
    found = terminal.render(a_report(findings, subdomain=text or None, base_url=text))

    assert not any(unicodedata.category(char) in STEERING for char in found.replace("\n", ""))
    assert found.count("\n") == terminal.render(a_report(findings)).count("\n")


def test_sections_come_by_status_and_worst_control_first() -> None:
    """What to fix stands first, with the way to; passing findings are only counted."""
    findings = [
        a_finding("PS1", Status.MANUAL, message="look"),
        a_finding("PS2", Status.PASS, message="fine"),
        a_finding("PS3", control=TIMEOUT, message="no timeout"),
        a_finding("PS4", message="no policy"),
    ]

    lines = terminal.render(a_report(findings)).splitlines()

    assert lines[2:15] == [
        "",
        "TO FIX",
        "PD-05 [critical] Services have an escalation policy",
        "    no policy",
        "    Fix: Assign a policy.",
        "PD-22 [medium] Acknowledgement timeouts are set",
        "    no timeout",
        "    Fix: Set one.",
        "",
        "NEEDS A PERSON",
        "PD-05 [critical] Services have an escalation policy",
        "    look",
        "",
    ]


def test_same_message_is_printed_once() -> None:
    """A reason that many resources share is said once."""
    findings = [a_finding(f"PS{n}", Status.ERROR, message="HTTP 403") for n in range(3)]

    assert terminal.render(a_report(findings)).count("HTTP 403") == 1


@pytest.mark.parametrize(("count", "more"), [(50, False), (51, True)])
def test_long_lists_are_cut_and_say_so(count: int, more: bool) -> None:  # noqa: FBT001 - expected
    """Fifty findings of a control are printed; the others are counted."""
    findings = [a_finding(f"PS{n:03}", message=f"no policy {n}") for n in range(count)]

    text = terminal.render(a_report(findings))

    assert text.count("no policy ") == 50
    assert ("… and 1 more: the reports list them all" in text) is more


def table(text: str) -> dict[str, list[str]]:
    """Return the table of counts by the label of its rows."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("severity"))
    rows = (line.split() for line in lines[start : lines.index("", start)])
    return {label: cells for label, *cells in rows}


def test_table_counts_by_severity_and_in_all() -> None:
    """Each severity that has a check has a row, and all of them a last one."""
    assert table(terminal.render(a_report(MANY))) == {
        "severity": ["fail", "error", "manual", "waived", "pass", "n/a"],
        "critical": ["1", "0", "0", "0", "1", "1"],
        "medium": ["0", "1", "1", "1", "0", "0"],
        "all": ["1", "1", "1", "1", "1", "1"],
    }


def test_one_severity_needs_no_row_for_all() -> None:
    """A row for all would repeat the only other one."""
    found = table(terminal.render(a_report([a_finding()], controls=(POLICY,))))

    assert list(found) == ["severity", "critical"]


def test_frameworks_are_listed_with_their_edition() -> None:
    """Nothing in the summary says that a requirement is satisfied."""
    text = terminal.render(a_report(MANY))

    assert any(line.startswith("soc2 ") for line in text.splitlines())
    assert "no verdict here says that one is satisfied" in text


@pytest.mark.parametrize("mapping", MappingName)
def test_the_table_of_frameworks_names_its_mapping(mapping: MappingName) -> None:
    """The other mapping has other requirements, and so other numbers."""
    report = a_report(MANY, mapping=mapping)

    assert f"REQUIREMENTS BY FRAMEWORK, {mapping.upper()} MAPPING\n" in terminal.render(report)
    assert f"\n{mapping.capitalize()} mapping. {RULE}.\n" in render("markdown", report)


def test_a_requirement_of_which_nothing_was_judged_does_not_read_as_fine() -> None:
    """Not applicable, incomplete and supported are three things in the table of frameworks."""
    report = a_report([a_finding(status=Status.NOT_APPLICABLE)], controls=(POLICY,))
    (row,) = (each for each in terminal.render(report).splitlines() if each.startswith("soc2 "))

    assert "supported" not in row
    assert re.search(r"1 requirement: 1 (incomplete|not applicable)$", row)


def test_closing_counts_what_was_judged() -> None:
    """Findings with a verdict are counted among those that should have one."""
    text = terminal.render(a_report(MANY))

    assert "Judged 3 of 5 checks in 2 controls; 1 did not apply.\n" in text
    assert "acme at https://api.pagerduty.com, as of 2026-11-23T09:00:00Z (live)\n" in text


def test_account_without_a_name_is_the_account() -> None:
    """An account whose records have no web address is not named."""
    assert "\naccount at https://api" in terminal.render(a_report(subdomain=None))


def test_unread_data_set_is_a_warning() -> None:
    """The warning names the path, the reason and the controls that could not be judged."""
    lost = replace(UNREAD, controls=["PD-05", "PD-22"])
    again = replace(lost, name="teams")
    text = terminal.render(a_report([a_finding(status=Status.ERROR)], unread=[lost, again]))

    assert text.count("WARNING: Not read: /users: HTTP 403 (needed by PD-05)\n") == 1


def test_what_many_resources_share_is_one_line() -> None:
    """A list that was refused makes an error of each user: one line a reason, with a number."""
    refused = [
        replace(an_error(f"PU{number}", "user"), reason="/teams: HTTP 403") for number in range(41)
    ]
    broken = replace(
        an_error("PBROKEN", "user"), reason="no id", message="user 'Ada' could not be judged: no id"
    )

    text = terminal.render(a_report([*refused, broken]))

    assert "\n    41 users could not be judged: /teams: HTTP 403\n" in text
    assert "\n    user 'Ada' could not be judged: no id\n" in text
    assert text.count("/teams: HTTP 403") == 1


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (("escalation_policy", "escalation_policy"), "2 escalation policies"),
        (("api_key", "api_key"), "2 api keys"),
        (("extension", "webhook_subscription"), "2 checks"),
    ],
)
def test_what_shares_a_reason_is_counted_in_its_own_word(types: list[str], said: str) -> None:
    """Resources of several types are checks; a policy has its own plural."""
    errors = [replace(an_error(f"P{n}", each), reason="why") for n, each in enumerate(types)]

    assert f"\n    {said} could not be judged: why\n" in terminal.render(a_report(errors))


def an_error(name: str, type_: str) -> Finding:
    """Return the error of a resource of some type."""
    found = a_finding(name, Status.ERROR)
    return replace(found, resource=replace(found.resource, type=type_))


def test_unread_data_set_that_no_control_needs_changes_no_verdict() -> None:
    """A warning about figures beside the verdicts says so."""
    text = terminal.render(a_report(unread=[replace(UNREAD, controls=[])]))

    assert "WARNING: Not read: /users: HTTP 403 (no verdict changes)\n" in text


def test_cost_is_printed_for_a_live_account() -> None:
    """Requests and seconds are part of the summary, but not of a replay's."""
    line = "75 requests in 4.2 s, 2 repeated, 1 rate-limited"

    assert line in terminal.render(a_report(requests=COST))
    assert "rate-limited" not in terminal.render(a_report())


def test_interrupted_run_says_so() -> None:
    """A summary of a run that was stopped cannot be taken for a whole one."""
    assert "INTERRUPTED" in terminal.render(a_report(complete=False))
    assert "INTERRUPTED" not in terminal.render(a_report())
