"""Every format shows the remedy of each finding's own cause, and PagerDuty's page about it."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pdsec_checks import reports
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.finding import Finding
from pdsec_checks.model import Control, Status
from pdsec_checks.reports import facts, terminal
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource, controls
from tests.support.reading_back import letters
from tests.support.shown import shown

CONTROL = "PD-18"
NEVER = "no such cause"
"""A cause that the control does not declare."""


def about() -> Control:
    """Return a control whose causes have pages of their own, and one that has none."""
    return controls()[CONTROL]


def found(number: int, cause: str, status: Status = Status.FAIL) -> Finding:
    """Return a finding about a service of its own."""
    resource = a_resource(f"s{number}", f"P{number}")
    return replace(a_finding(CONTROL, status, resource), cause=cause)


def two_causes() -> Report:
    """Return a report with two causes, of which one has two findings that surround the other."""
    causes = ("email-only", "deleted", "email-only")
    return a_report(*[found(number, cause) for number, cause in enumerate(causes)])


@pytest.mark.parametrize("name", sorted({*REPORT_FORMATS, "terminal"} - {"prometheus"}))
def test_a_format_shows_the_remedies_of_the_causes(name: str) -> None:
    """Both remedies are there with their pages, and not the one of a cause that nothing has."""
    report = two_causes()
    text = terminal.render(report) if name == "terminal" else shown(name, report)
    said = letters(html.unescape(text))

    for cause in ("email-only", "deleted"):
        assert letters(about().remedy(cause)) in said
        assert letters(about().help_url(cause)) in said
    if name != "sarif":  # whose rule lists them all
        assert letters(about().remedy("blocked-method")) not in said


def of_json(text: str) -> Iterator[Any]:
    """Yield cause, remedy and page of each finding of the JSON report."""
    for each in json.loads(text)["findings"]:
        yield each["cause"], each["remedy"], each["help_url"]


def of_csv(text: str) -> Iterator[Any]:
    """Yield the same of each row, whose page is part of the remedy and whose cause is in none."""
    for row, cause in zip(read_csv(text), ("email-only", "deleted", "email-only"), strict=True):
        remedy, _, page = row["remediation"].rpartition(" (")
        yield cause, remedy, page.removesuffix(")")


def of_action_plan(text: str) -> Iterator[Any]:
    """Yield the same of each row."""
    for row in read_csv(text):
        yield row["cause"], row["remediation"], row["help_url"]


def of_sarif(text: str) -> Iterator[Any]:
    """Yield the same of each result, which says it in its message too."""
    for result in json.loads(text)["runs"][0]["results"]:
        cause, remedy, page = (
            result["properties"][name] for name in ("cause", "remedy", "help_url")
        )
        assert f"Fix: {remedy} ({page})" in result["message"]["text"]
        yield cause, remedy, page


def of_ocsf(text: str) -> Iterator[Any]:
    """Yield the same of each event."""
    for event in map(json.loads, text.splitlines()):
        remedy, (page,) = event["remediation"]["desc"], event["remediation"]["references"]
        yield event["unmapped"]["cause"], remedy, page


def of_oscal(text: str) -> Iterator[Any]:
    """Yield the same of each risk, with the cause of its observation."""
    result = json.loads(text)["assessment-results"]["results"][0]
    causes = [
        prop["value"]
        for each in result["observations"]
        for prop in each["props"]
        if prop["name"] == "cause"
    ]
    for risk, cause in zip(result["risks"], causes, strict=True):
        (remediation,) = risk["remediations"]
        (link,) = remediation["links"]
        yield cause, re.sub(r"\\(.)", r"\1", remediation["description"]), link["href"]


def read_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a spreadsheet."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


READERS = {
    "json": of_json,
    "csv": of_csv,
    "action-plan": of_action_plan,
    "sarif": of_sarif,
    "ocsf": of_ocsf,
    "oscal": of_oscal,
}
"""The formats in which each finding has a place of its own for a remedy."""


@pytest.mark.parametrize("name", READERS)
def test_a_remedy_stands_at_the_finding_that_has_its_cause(name: str) -> None:
    """No finding has the remedy of another one."""
    expected = [
        (cause, about().remedy(cause), about().help_url(cause))
        for cause in ("email-only", "deleted", "email-only")
    ]

    assert list(READERS[name](reports.render(name, two_causes()))) == expected


def test_findings_of_one_cause_stand_above_their_remedy() -> None:
    """For people a remedy is written once, below what it helps against, the causes in order."""
    lines = terminal.render(two_causes()).splitlines()
    first = lines.index("    service 's0' (P0) is an example")

    assert lines[first : first + 7] == [
        "    service 's0' (P0) is an example",
        "    service 's2' (P2) is an example",
        f"    Fix: {about().remedy('email-only')}",
        f"    Help: {about().help_url('email-only')}",
        "    service 's1' (P1) is an example",
        f"    Fix: {about().remedy('deleted')}",
        f"    Help: {about().help_url('deleted')}",
    ]


def test_a_cause_whose_findings_are_left_out_keeps_its_remedy() -> None:
    """Fifty findings of a control are printed, and the remedies of all the others too."""
    many = [found(number, "email-only") for number in range(60)]

    lines = terminal.render(a_report(*many, found(99, "deleted"))).splitlines()

    cut = "    … and {} more: the reports list them all"
    assert cut.format(10) in lines
    assert lines[lines.index(cut.format(1)) + 1] == f"    Fix: {about().remedy('deleted')}"


@pytest.mark.parametrize("cause", ["", NEVER])
def test_a_finding_without_a_known_cause_has_the_general_remedy(cause: str) -> None:
    """An own control may end with a cause that its docstring does not know."""
    finding = found(1, cause)

    assert facts.remedy_of(about(), finding).text == about().remediation
    assert list(facts.by_cause(about(), [finding, found(2, "")])) == [""]


@pytest.mark.parametrize(
    ("status", "cause", "text"),
    [
        (Status.PASS, "", ""),
        (Status.NOT_APPLICABLE, "", ""),
        (Status.MANUAL, "", ""),
        (Status.MANUAL, "deleted", "Put somebody else on call"),
        (Status.WAIVED, "deleted", "Put somebody else on call"),
        (Status.ERROR, "", "Nobody can tell whether anything is wrong"),
    ],
)
def test_only_what_asks_for_something_has_a_remedy(status: Status, cause: str, text: str) -> None:
    """Where only a person can tell, a remedy without a cause might be the wrong one."""
    remedy = facts.remedy_of(about(), found(1, cause, status))

    assert remedy.text.startswith(text)
    assert bool(remedy.text) == bool(text)
    assert bool(remedy.help_url) == bool(cause)


@pytest.mark.parametrize("name", ["terminal", "markdown", "html", "hdf", "sarif"])
def test_what_needs_a_person_says_what_to_do(name: str) -> None:
    """Its remedy is something to do, not to fix: nothing is known to be wrong."""
    report = a_report(found(1, "deleted", Status.MANUAL))
    text = terminal.render(report) if name == "terminal" else reports.render(name, report)

    assert "To do" in text
    assert "Fix:" not in re.sub(r'"help": \{.*?\}', "", text, flags=re.DOTALL)
    assert letters(about().remedy("deleted")) in letters(html.unescape(text))
