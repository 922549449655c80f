"""Every format of a period says the same, and never calls a day without evidence good."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pdsec_checks.commands.evidence_period import FORMATS as ASKED
from pdsec_checks.evidence.period import period_of
from pdsec_checks.model import Status
from pdsec_checks.reports.period import csv_report, html, json_document, markdown, oscal, words
from pdsec_checks.reports.period.document import Day, Days, Event, Period
from pdsec_checks.reports.period.formats import FORMATS, content, writers
from pdsec_checks.reports.period.span import Span
from tests.support import findings as factory
from tests.support import trestle
from tests.support.changed import replace
from tests.support.findings import FORBIDDEN
from tests.support.lockers import check, day, evidence
from tests.support.periods import CHANGE, WEEK, eventful, hostile
from tests.support.processes import ROOT

RESULTS_SCHEMA = "oscal-1.2.1-assessment-results.schema.json"
PERIODS: dict[str, Callable[[], Period]] = {
    "eventful": eventful,
    "hostile": hostile,
    "empty": lambda: period_of([], WEEK, rejudged=()),
    "good": lambda: period_of([evidence(day(n), check(Status.PASS)) for n in range(7)], WEEK),
    "refused": lambda: period_of([evidence(day(0), check(Status.PASS), problem="no")], WEEK),
}
EACH = pytest.mark.parametrize("name", PERIODS)


def rows(period: Period) -> list[dict[str, str]]:
    """Return the rows of the CSV."""
    return list(csv.DictReader(io.StringIO(content("csv", period))))


@pytest.mark.parametrize("form", FORMATS)
@EACH
def test_days_without_evidence_stand_in_every_format(name: str, form: str) -> None:
    """However the period went, each format tells how many days have no evidence."""
    period = PERIODS[name]()
    text = content(form, period)

    assert not set(FORBIDDEN) & set(text)
    if period.days.without:
        assert f"no evidence on {period.days.without} of 7 days" in text.replace("\\", "").lower()


def test_a_share_never_stands_alone() -> None:
    """A control that held whenever it was seen has its days without evidence beside it."""
    period = period_of([evidence(day(0), check(Status.PASS))], WEEK)

    (row,) = [each for each in rows(period) if each["kind"] == "control"]
    assert (row["held_share"], row["without_evidence"]) == ('="100.0 %"', "6")
    assert "| PD-05 Services have" in content("markdown", period)
    assert re.search(r"\| 7 \| 1 \| 6 \| 1 \| 100.0 % \|", content("markdown", period))
    assert '100.0 % <small class="muted">6 without</small>' in content("html", period)
    assert re.search(r"PD-05 +7 +1 +6 +1 +100.0 %", content("text", period))
    (control,) = json.loads(content("json", period))["controls"]
    assert (control["share_held"], control["without_evidence"]) == (1, 6)


@pytest.mark.parametrize(("held", "total", "said"), [(999, 1000, "99.9 %"), (1999, 2000, "99.9 %")])
def test_a_share_is_rounded_down(held: int, total: int, said: str) -> None:
    """Nothing but all is a hundred per cent."""
    days = Days((*[Day.HELD] * held, *[Day.EXCEPTION] * (total - held)))

    assert words.share(days) == said
    assert words.share(Days((Day.NO_EVIDENCE,))) == "none known"


# JSON and CSV


@EACH
def test_json_follows_its_schema(name: str) -> None:
    """However the period went, the document is as ``docs/period.schema.json`` promises."""
    schema = json.loads((ROOT / "docs" / "period.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(json.loads(content("json", PERIODS[name]())))


def test_json_has_everything() -> None:
    """Counts, each day, exceptions with who and when, events, bundles and what is missing."""
    found = json.loads(content("json", eventful()))

    assert (found["kind"], found["exit_code"]) == ("period", 1)
    assert found["period"]["intervals"][0] == "2026-11-02"
    policy = found["controls"][0]
    assert policy["each"] == [
        *("waived", "exception", "not judged", "held"),
        *("no evidence", "no evidence", "no evidence"),
    ]
    assert (policy["held"], policy["exceptions"], policy["not_judged"]) == (2, 1, 1)
    assert policy["longest_without_evidence"] == {
        "intervals": 3,
        "days": "2026-11-06 to 2026-11-08",
    }
    (failed,) = found["exceptions"]
    assert (failed["outcome"], failed["ended"]) == ("resolved", "2026-11-05T06:00:00Z")
    assert failed["changes"] == [CHANGE]
    (waived,) = found["waived"]
    assert waived["resource"]["id"] == "PS2"
    assert waived["waivers"][0]["by"] == "head of operations"
    assert {each["text"].partition(" ")[0] for each in found["events"]} == {
        "api_key_max_age",
        "PD-06:",
    }
    assert [each["problem"] for each in found["bundles"]][-1] == "its sums do not agree"
    assert found["rejudged"][0]["sealed_by"] == "0.1"


def test_csv_has_a_row_for_each_thing() -> None:
    """One table with a kind for each row, safe for a spreadsheet."""
    found = rows(eventful())

    kinds = list(dict.fromkeys(each["kind"] for each in found))
    assert kinds == [
        *("missing", "control", "requirement", "exception", "waived", "bundle", "event"),
        "rejudged",
    ]
    (failed,) = [each for each in found if each["kind"] == "exception"]
    assert failed["changed_by"].startswith("2026-11-05T05:00:00Z update by user 'Ada' (PADA)")
    assert failed["first_seen"] == "2026-11-03T06:00:00Z"
    assert {each["period_from"] for each in found} == {"2026-11-02"}
    for row in rows(hostile()):
        for cell in row.values():
            assert not cell.lstrip(" ").startswith(("+", "-", "@", "\t"))
            assert not cell.startswith("=") or re.fullmatch(r'="[^"]*"', cell)


# OSCAL


@EACH
def test_oscal_follows_the_schema(name: str) -> None:
    """The assessment results are valid OSCAL 1.2.1, however the period went."""
    document = json.loads(oscal.render(PERIODS[name]()))

    assert not factory.errors_against(factory.read_schema(RESULTS_SCHEMA), document)


@EACH
def test_references_of_oscal_lead_somewhere(name: str) -> None:
    """Every UUID that is referred to is defined in the document, and none is defined twice."""
    defined: list[str] = []
    referred: set[str] = set()

    def walk(value: Any) -> Iterator[None]:
        for key, each in value.items() if isinstance(value, dict) else ():
            if key == "uuid":
                defined.append(each)
            elif key.endswith("-uuid"):
                referred.add(each)
            elif key == "import-ap":
                referred.add(each["href"].removeprefix("#"))
            yield from walk(each)
        for each in value if isinstance(value, list) else ():
            yield from walk(each)

    list(walk(json.loads(oscal.render(PERIODS[name]()))))

    assert referred <= set(defined)
    assert len(defined) == len(set(defined))


def test_oscal_spans_the_period() -> None:
    """Start and end are those of the period, and each exception is a risk with its end."""
    (result,) = json.loads(oscal.render(eventful()))["assessment-results"]["results"]

    assert (result["start"], result["end"]) == ("2026-11-02T00:00:00Z", "2026-11-08T23:59:59Z")
    assert sorted(each["status"] for each in result["risks"]) == ["closed", "closed"]
    states = {
        each["target"]["target-id"]: each["target"]["status"]["state"]
        for each in result["findings"]
    }
    assert states == {"PD-05_obj": "not-satisfied"}


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([Status.PASS] * 7, "satisfied"),
        ([Status.PASS] * 6, None),
        ([*[Status.PASS] * 6, Status.ERROR], None),
        ([*[Status.PASS] * 6, Status.FAIL], "not-satisfied"),
        ([*[Status.PASS] * 6, Status.WAIVED], "not-satisfied"),
        ([Status.NOT_APPLICABLE] * 7, None),
        ([*[Status.NOT_APPLICABLE] * 6, Status.PASS], "satisfied"),
        ([Status.FAIL], "not-satisfied"),
    ],
)
def test_a_control_is_satisfied_only_by_evidence_of_each_day(
    statuses: list[Status], state: str | None
) -> None:
    """A day without evidence, or without a verdict, leaves a control without a finding."""
    pieces = [evidence(day(number), check(each)) for number, each in enumerate(statuses)]

    (control,) = period_of(pieces, WEEK).controls
    found = oscal.state(control.days)
    assert (found and found[0]) == state


def test_trestle_reads_the_period(tmp_path: Any) -> None:
    """Another program reads the document and loses nothing of its results."""
    text = oscal.render(eventful())

    (read,) = trestle.read(text, folder=tmp_path)
    (result,) = read["assessment-results"]["results"]  # type: ignore[index]  # plain JSON
    (ours,) = json.loads(text)["assessment-results"]["results"]
    assert len(result["observations"]) == len(ours["observations"])


# Markdown and HTML


def test_what_is_missing_stands_first() -> None:
    """Before any control: days, bundles, files and controls that say nothing."""
    for form in ("markdown", "text", "html"):
        text = content(form, eventful()).replace("\\", "")
        gap = text.index("2026-11-06 to 2026-11-08")
        assert gap < text.index("notes.txt") < text.index("PD-05 was not judged on 1 of 4 days")
        first = {"markdown": "### Controls", "text": "control  ", "html": 'id="controls"'}[form]
        assert gap < text.index(first)
        assert "evidence-2026-11-06T060000Z.zip counts as no evidence: its sums" in text
    assert words.UNSIGNED in content("text", period_of([], WEEK))


@given(st.integers(0, 40_000))
def test_markdown_fits(limit: int) -> None:
    """As much as fits is shown; what is missing and the controls always are."""
    text = markdown.render(eventful(), limit=limit)

    assert "### What is missing" in text
    assert "### Controls" in text
    least = len(markdown.render(eventful(), limit=0).encode())
    assert len(text.encode()) <= max(limit, least)


def test_a_strip_tells_kinds_of_days_apart_without_colour() -> None:
    """No two kinds of days have the same shape, and each has its words for whoever hears it."""
    page = html.PeriodPage(eventful())
    shapes = [path for _, path, _ in page.key()]

    assert len(set(shapes)) == len(Day)
    assert page.read_aloud(eventful().controls[0].days) == (
        "2026-11-02 held, with waived fails; 2026-11-03 exception; 2026-11-04 not judged; "
        "2026-11-05 held; 2026-11-06 to 2026-11-08 no evidence"
    )


def test_a_long_strip_is_as_short_as_its_stretches() -> None:
    """A year of days alike is one rectangle, with a mark for every few months."""
    year = Span.of("2026-01-01", "2026-12-31")
    page = html.PeriodPage(period_of([], year))
    days = Days((Day.HELD,) * 365)

    assert page.paths(days) == [("day-held", "M0 9H1000v8H0z")]
    assert [each.label for each in page.axis] == ["Jan 2026", "Mar", "May", "Jul", "Sep", "Nov"]
    assert len(page.paths(Days((Day.HELD,) * 7))[0][1].split("M")) == 8


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    """Names are escaped, and its policy allows its own style alone."""
    text = html.render(hostile())

    assert "<script" not in text
    assert "default-src &#39;none&#39;" in text
    assert "&lt;script&gt;alert(1)" in text


def test_much_is_named_and_the_rest_counted() -> None:
    """Lists and the page show the first ones, and say how many more there are."""
    span = Span.of("2026-01-01", "2026-12-31")
    gaps = [(place, place) for place in range(0, 60, 2)]
    assert words.stretches(span, gaps).endswith("2026-02-08 (1 day), and 10 more")

    checks = [check(Status.FAIL, f"PS{number}") for number in range(html.OPEN_UP_TO + 3)]
    page = html.render(period_of([evidence(day(0), *checks)], WEEK))
    assert "And 3 more, which JSON and CSV have." in page
    events = tuple(Event(day(0), "a.zip", f"event {number}") for number in range(12))
    shown = list(markdown.events(period_with(events), 10))
    assert shown[-1] == "- and 2 more."


def period_with(events: tuple[Event, ...]) -> Period:
    """Return an empty period with events."""
    return replace(period_of([], WEEK), events=events)


def test_formats_have_one_name_everywhere() -> None:
    """The command, the writers and the files know the same formats."""
    assert set(FORMATS) == set(ASKED) == set(writers())
    assert json_document.SCHEMA_VERSION == "1"
    assert csv_report.COLUMNS[0] == "kind"


def test_what_became_of_a_check_is_said_in_full() -> None:
    """Waived, gone and resolved; the period of one day has one date."""
    pieces = [
        evidence(day(0), check(Status.FAIL), check(Status.FAIL, "PS2"), check(Status.PASS, "PS3")),
        evidence(day(1), check(Status.WAIVED), check(Status.PASS, "PS3")),
    ]
    waived, gone = period_of(pieces, WEEK).exceptions

    assert words.outcome(waived) == "waived at the end of the period"
    assert words.outcome(gone).startswith("gone: the account has no such check, seen 2026-11-03T")
    before = replace(gone, failing_since=day(-9))
    assert words.seen(before).endswith(", failing since 2026-10-24T06:00:00Z")
    assert Span.of("2026-11-02", "2026-11-02").text == "2026-11-02"


def test_a_control_that_was_seen_less_often_than_others_is_missing() -> None:
    """Evidence of a day is none for a control that was left out on it."""
    pieces = [
        evidence(day(0), check(Status.PASS), check(Status.PASS, control="PD-06")),
        evidence(day(1), check(Status.PASS)),
    ]

    assert "PD-06 was looked at on 1 of 7 days, less often than there is evidence" in list(
        words.missing(period_of(pieces, WEEK))
    )
