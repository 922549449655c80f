"""The trend itself: its numbers are those of the reports, its steps those of ``diff``."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pdsec_checks.catalogue.scope import InForce, Scope
from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import json_report
from pdsec_checks.reports.differences import Kind, compare
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.trend.document import LATE, RHYTHM, Trend, left_out
from pdsec_checks.reports.trend.html import as_html
from pdsec_checks.reports.trend.markdown import as_markdown
from pdsec_checks.reports.trend.plain import as_json
from pdsec_checks.reports.trend.spreadsheet import COLUMNS, as_csv
from pdsec_checks.reports.trend.svg import as_svg
from pdsec_checks.reports.trend.terminal import as_text
from pdsec_checks.reports.trend.words import cells, remarks
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.judged import NOW
from tests.support.processes import ROOT
from tests.support.trends import DAY, a_case, daily, dated, read_back, statuses, trend

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "trend.schema.json").read_text("utf-8"))
PASS, FAIL, ERROR, MANUAL = Status.PASS, Status.FAIL, Status.ERROR, Status.MANUAL


def plain(shown: Trend) -> dict[str, Any]:
    """Return a trend as programs read it, held against the schema."""
    found: dict[str, Any] = json.loads(as_json(shown))
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_schema_is_one() -> None:
    """The schema itself is valid."""
    Draft202012Validator.check_schema(SCHEMA)


@st.composite
def some_reports(draw: st.DrawFn) -> list[Report]:
    """Return reports of one account, on whatever days, with whatever was judged."""
    found = []
    moment = NOW
    for _ in range(draw(st.integers(1, 6))):
        moment += draw(st.sampled_from([timedelta(seconds=1), DAY, DAY * 3, DAY * 400]))
        cases = draw(
            st.dictionaries(
                st.tuples(st.sampled_from(["PD-05", "PD-22"]), st.sampled_from(["P1", "P2", "P3"])),
                st.sampled_from(Status),
            )
        )
        findings = [a_case(status, name, control) for (control, name), status in cases.items()]
        selected = draw(st.sampled_from([["PD-05", "PD-22"], ["PD-05", "PD-22", "PD-11"]]))
        report = a_report(*findings, selected=selected, complete=draw(st.booleans()))
        found.append(
            replace(
                dated(report, moment, source=draw(st.sampled_from(["live", "recording"]))),
                restricted=draw(st.booleans()),
                version=draw(st.sampled_from(["1.2.3", "1.3.0"])),
            )
        )
    return found


@settings(max_examples=60)
@given(some_reports())
def test_numbers_are_those_of_the_reports_and_of_diff(reports: list[Report]) -> None:
    """Whatever was judged: shares from 0 to 1, each number as its report and ``diff`` have it."""
    shown = trend(*reports)
    found = plain(shown)["runs"]
    told = [json_report.to_plain(each) for each in reports]

    assert [each["as_of"] for each in found] == [each["as_of"] for each in told]
    for run, report in zip(found, told, strict=True):
        score = report["summary"]["score"]
        assert run["status"] == report["summary"]["status"]
        assert run["score"] == {name: score[name] for name in run["score"]}
        assert run["failing"] == {
            each.value: report["summary"]["severity"].get(each.value, {}).get("fail", 0)
            for each in Severity
        }
    read = [read_back(each) for each in reports]
    assert found[0]["step"] is None
    for (old, new), run in zip(pairwise(read), found[1:], strict=True):
        compared = compare(old, new, "both")
        step = run["step"]
        assert step["counts"] == {kind.value: len(compared.of(kind)) for kind in Kind}
        assert step["new"] == [each.to_json() for each in compared.of(Kind.APPEARED)]
        assert step["resolved"] == [each.to_json() for each in compared.of(Kind.RESOLVED)]
        assert step["comparable"] or step["change"] is None


@settings(max_examples=25)
@given(some_reports())
def test_every_format_shows_every_run(reports: list[Report]) -> None:
    """A run has one row in the table of each format, with the same cells, and a dot."""
    shown = trend(*reports)
    rows = list(csv.DictReader(io.StringIO(as_csv(shown))))
    text, markdown, page = as_text(shown), as_markdown(shown), as_html(shown)

    assert [each["as_of"] for each in rows] == [each["as_of"] for each in plain(shown)["runs"]]
    assert page.count('<th scope="row">') == len(shown.runs)
    for run, row in zip(shown.runs, rows, strict=True):
        assert len(row) == len(COLUMNS)
        assert (float(row["passing"]) if row["passing"] else None) == run.score.passing
        assert any(line.split("  ")[0] == cells(run)[0] for line in text.splitlines())
        assert f"| {cells(run)[0]} |" in markdown
        for said in remarks(shown, run):
            assert said in row["remarks"]
            assert said in text
    dots = sum(each.score.passing is not None for each in shown.runs)
    assert as_svg(shown).count('<circle class="dot') >= dots


@pytest.mark.parametrize(
    ("was", "now", "new", "resolved"),
    [
        (PASS, FAIL, 1, 0),
        (FAIL, PASS, 0, 1),
        (FAIL, ERROR, 0, 0),
        (FAIL, MANUAL, 0, 0),
        (FAIL, Status.WAIVED, 0, 0),
        (FAIL, Status.NOT_APPLICABLE, 0, 0),
        (Status.WAIVED, PASS, 0, 1),
        (ERROR, FAIL, 0, 0),
        (FAIL, FAIL, 0, 0),
    ],
)
def test_not_judged_is_not_resolved(was: Status, now: Status, new: int, resolved: int) -> None:
    """Only a fail that passes is resolved; what could not be judged before is not new."""
    shown = trend(*daily(statuses(was, PASS), statuses(now, PASS)))
    row = cells(shown.runs[1])

    assert row[7:9] == [str(new), str(resolved)]
    if not new and not resolved and was is not now:
        assert any(each.startswith("besides: 1 ") for each in remarks(shown, shown.runs[1]))


def comparable(old: Report, new: Report) -> str:
    """Return why two runs are not comparable; empty where they are."""
    return "; ".join(trend(*daily(old, new)).runs[1].step.breaks)  # type: ignore[union-attr]  # there is one


def test_same_settings_are_comparable() -> None:
    """Waivers and the credential do not move a share by themselves: the line goes on."""
    old = statuses(PASS, FAIL)
    waiver = InForce("PD-05", "P1", "2027-03-31", "head of operations", "retired")
    scope = replace(old.run.scope, waivers=(waiver,), credential="user key")
    shown = trend(*daily(old, replace(old, run=replace(old.run, scope=scope))))
    (said,) = remarks(shown, shown.runs[1])

    assert shown.is_joined(shown.runs[1])
    assert said.startswith(
        "differs from the run before: the credential was account key and is user"
    )
    assert "waivers of the newer run that the older one did not have: PD-05" in said


def test_other_settings_break_the_line() -> None:
    """Another version, selection or threshold, or a run that did not see everything: it is said."""
    old = statuses(PASS, FAIL)
    other = a_report(*old.findings, a_case(PASS, control="PD-22"))
    stopped = a_report(*old.findings, complete=False)
    threshold = replace(old, run=replace(old.run, baseline={"api_key_max_age": 30}))

    assert comparable(old, old) == ""
    assert comparable(old, replace(old, version="2.0.0")) == (
        "the version of the tool was 1.2.3 and is 2.0.0"
    )
    assert comparable(old, other) == "PD-22 judged now, and not in the run before"
    assert comparable(other, old) == "PD-22 not judged any more"
    assert "api_key_max_age was 90 and is 30" in comparable(old, threshold)
    assert comparable(old, stopped) == "this run was stopped before every check was judged"
    assert comparable(stopped, old) == "the run before was stopped before every check was judged"
    assert comparable(replace(old, restricted=True), old) == (
        "the run before judged only some resources"
    )


def test_run_of_its_own_kind_says_so() -> None:
    """PARTIAL, stopped, from a recording with pseudonyms: it stands below the row."""
    whole = statuses(PASS)
    narrowed = replace(whole, run=replace(whole.run, scope=Scope(("PD-05",), ("PD-01",))))
    recorded = replace(whole, run=replace(whole.run, source="recording", redacted=True))
    stopped = a_report(a_case(PASS), complete=False)
    shown = trend(*daily(whole, narrowed, recorded, stopped))
    said = [" / ".join(remarks(shown, each)) for each in shown.runs]

    assert said[0] == ""
    assert said[1].startswith("PARTIAL: left out 1 of 2 controls")
    assert said[2].startswith(
        "judged from a recording of that moment, in which names and addresses are pseudonyms"
    )
    assert said[3].startswith("PARTIAL: left out what came after the run was stopped")
    assert "PARTIAL" not in as_text(shown).splitlines()[0]


def test_what_all_runs_have_in_common_is_said_once() -> None:
    """Where every run left the same out, the headline says PARTIAL, and no row repeats it."""
    report = statuses(PASS)
    narrowed = replace(report, run=replace(report.run, scope=Scope(("PD-05",), ("PD-01",))))
    text = as_text(trend(*daily(narrowed, narrowed, narrowed)))

    assert text.startswith("PARTIAL: acme at https://api.pagerduty.com: 3 runs from ")
    assert text.count("left out 1 of 2 controls") == 1


def test_days_without_a_run_are_a_gap() -> None:
    """Of daily runs one is missing: the line ends, and the row says for how long."""
    report = statuses(PASS)
    days = [0, 1, 2, 4, 5]
    shown = trend(*(dated(report, NOW + DAY * each) for each in days))

    assert [shown.is_after_gap(each) for each in shown.runs] == [False, False, False, True, False]
    (said,) = remarks(shown, shown.runs[3])
    assert said.startswith(
        "no run for 2 days, and usually there is one every day: nothing is known"
    )
    assert not shown.is_joined(shown.runs[3])


def test_few_runs_have_no_usual_time() -> None:
    """Two and three runs are no rhythm: whatever is between them is no gap."""
    report = statuses(PASS)
    shown = trend(*(dated(report, NOW + DAY * each) for each in (0, 1, 90)))

    assert len(shown.runs) == RHYTHM
    assert shown.usual is None
    assert not any(map(shown.is_after_gap, shown.runs))
    assert LATE < 2, "of daily runs, a single day without one is a gap"


@pytest.mark.parametrize(
    ("step", "said"),
    [(timedelta(hours=1), "3 hours"), (timedelta(minutes=5), "15 minutes")],
)
def test_gap_is_told_in_its_largest_unit(step: timedelta, said: str) -> None:
    """Hours and minutes where runs follow one another so fast."""
    shown = trend(*(dated(statuses(PASS), NOW + step * each) for each in (0, 1, 2, 3, 6)))

    assert remarks(shown, shown.runs[4])[0].startswith(f"no run for {said}, and usually")


def test_runs_within_a_minute_have_a_gap_too() -> None:
    """Seconds have no unit of their own."""
    seconds = (0, 1, 2, 3, 6)
    shown = trend(*(dated(statuses(PASS), NOW + timedelta(seconds=each)) for each in seconds))

    assert remarks(shown, shown.runs[4])[0].startswith("no run for less than a minute, and")


def test_run_with_nothing_to_judge_has_no_share() -> None:
    """Where nothing applies there is neither a share of passes nor coverage: words, no number."""
    shown = trend(*daily(statuses(PASS), statuses(Status.NOT_APPLICABLE)))

    assert cells(shown.runs[1])[1:3] == ["nothing judged", "nothing to judge"]
    assert "Last run: nothing judged, nothing to judge, 0 fails;" in as_text(shown)
    assert plain(shown)["runs"][1]["score"]["coverage"] is None


def test_less_coverage_makes_a_higher_share_say_nothing() -> None:
    """A fail that cannot be judged any more lifts the share: that change is unknown."""
    shown = trend(*daily(statuses(PASS, FAIL), statuses(PASS, ERROR)))
    step = plain(shown)["runs"][1]["step"]

    assert shown.runs[1].score.passing == 1
    assert step["comparable"]
    assert step["change"] == {"passing": None, "coverage": -0.5}
    assert "less could be judged than in the run before" in as_text(shown)


def test_report_of_an_earlier_version_says_what_it_can() -> None:
    """Without scope, version and score: PARTIAL where it may be, coverage as an upper bound."""
    report = json_report.to_plain(a_report(a_case(PASS), selected=["PD-05", "PD-11"]))
    for name in ("scope", "tool", "summary", "restricted"):
        del report[name]
    old = json.loads(json.dumps(report))

    def read(**changed: Any) -> EarlierReport:
        return msgspec.convert(old | changed, EarlierReport)

    assert list(left_out(read())) == ["some resources of the selected controls"]
    assert list(left_out(read(restricted=False))) == []
    assert list(left_out(read(restricted=False, complete=False))) == [
        "what came after the run was stopped"
    ]
    assert read().tool.version == ""
    assert read().score.lists == 1
    assert read().score.coverage_at_most


def test_partial_report_without_reasons_says_that_much() -> None:
    """A scope that only says that it is partial is still told as such."""
    found = json_report.to_plain(statuses(PASS))
    found["scope"] |= {"partial": True, "left_out": []}
    assert list(left_out(msgspec.convert(found, EarlierReport))) == ["some controls"]


def test_a_year_of_reports_is_one_row_each() -> None:
    """365 reports: as many rows in every format; the terminal shows the newest, and says so."""
    kinds = [statuses(PASS, FAIL, PASS), statuses(FAIL, FAIL, PASS)]
    shown = trend(*daily(*(kinds[number % 2] for number in range(365))))
    found = plain(shown)

    assert len(found["runs"]) == 365
    assert sum(each["step"]["counts"]["appeared"] for each in found["runs"][1:]) == 182
    assert sum(each["step"]["counts"]["resolved"] for each in found["runs"][1:]) == 182
    assert as_html(shown).count('<th scope="row">') == 365
    assert as_svg(shown).count('<path class="passing"') == 364 + 1  # and the key
    assert as_markdown(shown).count("\n| 20") == 365
    assert len(as_csv(shown).splitlines()) == 366
    text = as_text(shown)
    assert "325 earlier runs not shown; --all shows every run" in text
    assert as_text(shown, everything=True).count("%  ") > 365


def test_markdown_drops_the_oldest_runs_where_it_has_no_room() -> None:
    """GitHub drops what is beyond its limit: the newest runs are kept, the others counted."""
    shown = trend(*daily(*[statuses(PASS)] * 40))
    limit = len(as_markdown(shown).encode()) - 1
    text = as_markdown(shown, limit=limit)

    assert len(text.encode()) <= limit
    assert "10 earlier runs not shown." in text
    assert f"| {cells(shown.runs[-1])[0]} |" in text
    assert as_markdown(shown, limit=1).count("\n| 20") == 1
