"""The score: passes in what was judged, never without what was judged, and never flattering."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.finding import ResourceRef
from pdsec_checks.model import ACCOUNT, Severity, Status
from pdsec_checks.reports import render, score_words, terminal
from pdsec_checks.reports.earlier import EarlierReport, comparable_scores
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.score import FORMULA, NUMBERS, SHARES, Score, percent, points
from pdsec_checks.reports.spreadsheet import BOM
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.example_report import MANY, POLICY, TIMEOUT, a_finding, a_report
from tests.support.findings import a_report as a_shipped_report
from tests.support.findings import any_findings
from tests.support.judged import NOW
from tests.support.shown import shown

COUNTS = st.dictionaries(st.sampled_from(list(Status)), st.integers(0, 10**6))


def with_statuses(*statuses: Status) -> Report:
    """Return a report of one control with these findings."""
    found = [a_finding(f"PS{number}", status) for number, status in enumerate(statuses)]
    return a_report(found, controls=(POLICY,))


def test_score_is_passes_in_what_was_judged() -> None:
    """Errors and what needs a person lower the coverage, and leave the score alone."""
    score = Score.of({Status.PASS: 6, Status.FAIL: 2, Status.ERROR: 1, Status.MANUAL: 1})

    assert (score.passing, score.coverage) == (0.75, 0.8)


def test_a_waiver_lifts_no_score() -> None:
    """A fail that somebody accepted still is a fail."""
    failing = Score.of({Status.PASS: 1, Status.FAIL: 1})

    assert Score.of({Status.PASS: 1, Status.WAIVED: 1}) == failing


def test_what_does_not_apply_is_no_pass() -> None:
    """Controls without a resource leave both numbers as they are."""
    assert Score.of({Status.PASS: 1, Status.NOT_APPLICABLE: 99}).judged == 1


@given(COUNTS)
def test_shares_are_never_better_than_they_are(counts: dict[Status, int]) -> None:
    """Shares are rounded down, in JSON and as text: one is reached only by all."""
    score = Score.of(counts)

    for found, part, whole in (
        (score.passing, score.passed, score.judged),
        (score.coverage, score.judged, score.judged + score.unjudged),
    ):
        if not whole:
            assert (found, percent(found)) == (None, "nothing judged")
            continue
        assert found is not None
        assert found * whole <= part * (1 + 1e-9)
        assert (found == 1) is (part == whole)
        assert (percent(found) == "100.0 %") is (part == whole)


@given(st.integers(0, 10_000))
def test_percent_shows_the_share_that_json_has(steps: int) -> None:
    """The text is the number, cut after one digit; no binary fraction lowers it further."""
    assert percent(steps / 10_000) == f"{steps // 10 / 10:.1f} %"


@given(any_findings())
def test_parts_add_up(findings: list[Any]) -> None:
    """Severities share the findings out; each framework has at most all of them."""
    scores = a_shipped_report(*findings).scores

    for name in Score._fields:
        parts = [getattr(each, name) for each in scores.severity.values()]
        assert sum(parts) == getattr(scores.total, name)
        assert all(
            getattr(each, name) <= getattr(scores.total, name) for each in scores.framework.values()
        )


def test_json_has_both_numbers_of_everything_and_of_parts() -> None:
    """Each severity that has a finding, and each framework, has the two numbers."""
    found = json.loads(render("json", a_report(MANY)))["summary"]["score"]

    assert (found["passing"], found["coverage"]) == (0.3333, 0.6)
    assert found["severity"] == {
        "critical": {"passing": 0.5, "coverage": 1.0, "unread_lists": 0},
        "medium": {"passing": 0.0, "coverage": 0.3333, "unread_lists": 0},
    }
    assert found["framework"]["soc2"] == {"passing": 0.3333, "coverage": 0.6, "unread_lists": 0}
    assert (found["partial"], found["formula"]) == (False, FORMULA)
    assert "change" not in found


PEOPLE = (
    "terminal",
    "markdown",
    "html",
    "action-plan",
    "junit",
    "xlsx",
    "defectdojo",
    "prometheus",
    "slack",
)
WHOLE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "json": lambda found: found["summary"]["score"],
    "sarif": lambda found: found["runs"][0]["properties"]["score"],
    "hdf": lambda found: found["passthrough"]["auxiliary_data"][0]["data"]["score"],
}
"""Where the formats for programs hold the score as JSON has it."""
PROPERTIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "oscal": lambda found: found["assessment-results"]["metadata"],
    "poam": lambda found: found["plan-of-action-and-milestones"]["metadata"],
}
"""Where OSCAL holds it as properties."""


def test_every_format_but_csv_has_the_score() -> None:
    """A new format gets its place in this file; a row of the CSV is about one check."""
    assert {*PEOPLE, *WHOLE, *PROPERTIES, "ocsf", "csv"} == {*REPORT_FORMATS, "terminal"}
    assert "33.3" not in render("csv", a_report(MANY))


@pytest.mark.parametrize("name", [*PEOPLE, *WHOLE, *PROPERTIES, "ocsf"])
def test_coverage_and_formula_stand_beside_the_score(name: str) -> None:
    """Whoever reads the number reads what it is made of."""
    report = a_report(MANY)
    text = terminal.render(report) if name == "terminal" else shown(name, report)

    if name in PEOPLE:
        assert "33.3 % passing (1 of 3 judged), 60.0 % coverage (3 of 5)" in text
    assert FORMULA in text


COMPARED = {
    "whole": a_report(MANY),
    "partial": replace(a_report(MANY), restricted=True),
    "with an earlier report": replace(
        a_report(MANY), earlier_as_of=NOW, earlier_scores=a_report(MANY[:3]).scores
    ),
    "nothing judged": with_statuses(Status.ERROR),
}


@pytest.mark.parametrize("kind", COMPARED)
@pytest.mark.parametrize("name", WHOLE)
def test_programs_find_the_whole_score(name: str, kind: str) -> None:
    """Parts, formula, change and whether the run was partial, as JSON has them."""
    report = COMPARED[kind]

    assert WHOLE[name](json.loads(render(name, report))) == score_words.fields(report)


@pytest.mark.parametrize("kind", COMPARED)
def test_each_event_has_the_score_of_everything(kind: str) -> None:
    """The parts would be repeated in each of a hundred thousand events."""
    report = COMPARED[kind]
    whole = score_words.fields(report)
    for line in render("ocsf", report).splitlines():
        found = json.loads(line)["unmapped"]["score"]
        change = found.pop("change", None)

        assert found == {name: whole[name] for name in (*NUMBERS, "partial", "formula")}
        assert change == (
            {each: whole["change"][each] for each in SHARES} if "change" in whole else None
        )


@pytest.mark.parametrize("kind", COMPARED)
@pytest.mark.parametrize("name", PROPERTIES)
def test_oscal_holds_the_score_as_properties(name: str, kind: str) -> None:
    """One for each number that is known, its group the part that it is the score of."""
    report = COMPARED[kind]
    whole = score_words.fields(report)
    props = PROPERTIES[name](json.loads(render(name, report)))["props"]
    found = {
        (each["name"], each.get("group")): each["value"]
        for each in props
        if each.get("class") == "score"
    }

    expected: dict[tuple[str, str | None], str] = {
        ("score-partial", None): str(report.is_partial).lower(),
        ("score-formula", None): FORMULA,
    }
    for prefix, told in (("score", whole), ("score-change", whole.get("change", {}))):
        parts = {"all": told} | {
            f"{kind}.{part}": each
            for kind in ("severity", "framework")
            for part, each in told.get(kind, {}).items()
        }
        expected |= {
            (f"{prefix}-{share}", group): str(each[share])
            for group, each in parts.items()
            for share in NUMBERS
            if each.get(share) is not None
        }
    assert found == expected


@pytest.mark.parametrize("kind", COMPARED)
def test_the_action_plan_has_the_score_in_each_row(kind: str) -> None:
    """With its change and its formula, and PARTIAL in front where the run is."""
    report = COMPARED[kind]
    text = render("action-plan", report).removeprefix(BOM)
    rows = [row["score"] for row in csv.DictReader(io.StringIO(text))]

    assert rows
    assert set(rows) == {score_words.told(report)}
    assert rows[0].startswith("PARTIAL: Score: " if report.is_partial else "Score: ")
    assert ("Change of the score: " in rows[0]) is (report.earlier_as_of is not None)
    assert rows[0].endswith(f"Formula: {FORMULA}")


def test_no_score_of_a_partial_run_stands_without_the_word() -> None:
    """Lines and cells with a score of a partial run have it in front; programs have a field."""
    report = replace(a_report(MANY), restricted=True)
    said = [line for line in terminal.render(report).splitlines() if "% " in line]
    page = render("html", report)

    assert said
    assert {line.startswith("PARTIAL: ") for line in said} == {True}
    assert "<b>PARTIAL</b> score: passing" in page
    assert page.count('<th scope="row">PARTIAL passing</th>') == 1
    assert page.count('<th scope="col">PARTIAL coverage</th>') == 1
    assert score_words.fields(report)["partial"] is True
    assert all(
        "% " not in line or "PARTIAL" in line for line in render("markdown", report).splitlines()
    )


def test_nothing_judged_has_no_score() -> None:
    """Where all are errors there is no number to be proud of, and the coverage is zero."""
    report = with_statuses(Status.ERROR)

    assert "nothing judged (0 of 0 judged), 0.0 % coverage (0 of 1)" in terminal.render(report)
    assert "nothing judged</p>" in render("html", report)


def refused(lists: int) -> Report:
    """Return a report of a pass, a fail, and as many lists of services that nobody could read."""
    account = ResourceRef(ACCOUNT, ACCOUNT, "example")
    found = [a_finding("PS1", Status.PASS), a_finding("PS2", Status.FAIL)]
    unread = [replace(a_finding("PS3", Status.ERROR), resource=account)] * lists
    return a_report([*found, *unread], controls=(replace(POLICY, resource="service"),))


def test_coverage_is_a_bound_where_a_list_is_unread() -> None:
    """One error stands for nobody knows how many checks: the number must not flatter."""
    report = refused(1)
    found = score_words.fields(report)

    assert (found["coverage"], found["unread_lists"]) == (0.6666, 1)
    assert found["severity"]["critical"]["unread_lists"] == 1
    said = "at most 66.6 % coverage (2 of 3; 1 check for a list that could not be read)"
    assert said in terminal.render(report)
    assert said in render("markdown", report)
    cells = [
        report.scores.total,
        *report.scores.severity.values(),
        *report.scores.framework.values(),
    ]
    assert render("html", report).count(">at most 66.6 %<") == len(cells)


def test_an_error_of_the_account_is_no_list() -> None:
    """A control that judges the account as a whole has one check, read or not."""
    report = refused(1)
    report = replace(report, run=replace(report.run, controls=[replace(POLICY, resource=ACCOUNT)]))

    assert score_words.fields(report)["unread_lists"] == 0
    assert "at most" not in terminal.render(report)


def test_a_list_that_is_unread_makes_no_progress() -> None:
    """Where fails became a list that nobody could read, the share of passes did not rise."""
    report = since(refused(0), refused(1))

    assert score_words.fields(report)["change"]["passing"] is None
    assert "passing unknown, as less could be judged than then" in terminal.render(report)


@given(COUNTS, COUNTS)
def test_no_change_flatters(before: dict[Status, int], now: dict[Status, int]) -> None:
    """A share of passes never rises by what could not be judged any more."""
    old, new = Score.of(before), Score.of(now)
    change = new.change_since(old)

    if (new.coverage or 0) < (old.coverage or 0):
        assert change["passing"] is None


def earlier(report: Report) -> EarlierReport:
    """Return a report as it is read back."""
    return msgspec.json.decode(render("json", report), type=EarlierReport)


def since(old: Report, new: Report) -> Report:
    """Return a newer report that knows the older one."""
    scores = comparable_scores(earlier(old), new.run, new.catalogue, new.mapping)
    return replace(new, earlier_as_of=old.run.as_of, earlier_scores=scores)


OLD = with_statuses(Status.PASS, Status.FAIL, Status.FAIL, Status.ERROR)
NEW = with_statuses(Status.PASS, Status.PASS, Status.FAIL, Status.FAIL)


def test_change_is_told_where_both_looked_at_the_same() -> None:
    """Both numbers, and those of each part, say by how much they rose."""
    report = since(OLD, NEW)
    found = score_words.fields(report)["change"]

    assert (found["passing"], found["coverage"]) == (0.1667, 0.25)
    assert found["severity"] == {"critical": {"passing": 0.1667, "coverage": 0.25}}
    assert "+16.67 points passing, +25.00 points coverage, since the report as of 2026-11-23" in (
        terminal.render(report)
    )


def test_change_to_nothing_judged_is_unknown() -> None:
    """There is no difference to a number that does not exist."""
    report = since(OLD, with_statuses(Status.ERROR))

    assert score_words.fields(report)["change"]["passing"] is None
    assert (
        "passing unknown, as less could be judged than then, -75.00 points coverage"
        in terminal.render(report)
    )
    assert points(None) == "unknown"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (a_report(MANY), NEW),
        (replace(OLD, restricted=True), NEW),
        (replace(OLD, complete=False), NEW),
        (OLD, replace(NEW, restricted=True)),
        (OLD, replace(NEW, complete=False)),
        (OLD, replace(NEW, run=replace(NEW.run, baseline={"min_admins": 99}))),
    ],
    ids=["controls", "some before", "stopped before", "some now", "stopped now", "thresholds"],
)
def test_no_change_is_told_where_something_else_was_looked_at(old: Report, new: Report) -> None:
    """A number that rose because a threshold was loosened, or a control left out, is no change."""
    report = since(old, new)

    assert "change" not in score_words.fields(report)
    assert "Change of the score: unknown" in terminal.render(report)


def test_a_run_with_a_baseline_tells_the_change(tmp_path: Path) -> None:
    """The same recording against its own report: nothing changed, and that is a number."""
    arguments = ("--replay", "demo", "--controls", "5,22", "--format", "json", "--output")
    run_command(tmp_path, *arguments, "old.json")
    ended = run_command(tmp_path, *arguments, "new.json", "--baseline", "old.json")
    found = json.loads((tmp_path / "new.json").read_text("utf-8"))["summary"]["score"]

    assert (found["change"]["passing"], found["change"]["coverage"]) == (0.0, 0.0)
    assert found["change"]["severity"]
    assert "PARTIAL: Change of the score: +0.00 points passing" in ended.err
    assert {Severity(name) for name in found["severity"]} <= {Severity.CRITICAL, Severity.MEDIUM}


def test_severity_of_a_score_is_the_one_in_force() -> None:
    """The severity of a score is that of the finding, in force in the run."""
    lowered = replace(a_finding(control=TIMEOUT), severity=Severity.LOW)
    scores = a_report([lowered], controls=(TIMEOUT,)).scores

    assert scores.severity == {"low": Score(failed=1)}
