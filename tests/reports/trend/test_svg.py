"""The picture: what is drawn where, what is not joined, and what a reader of screens hears."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.model import Status
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.trend.document import Trend
from pdsec_checks.reports.trend.svg import (
    BOTTOM,
    HEIGHT,
    LABELS,
    LEFT,
    REACH,
    RIGHT,
    TOP,
    WIDTH,
    ZERO,
    Chart,
    as_svg,
    ticks,
)
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.judged import NOW
from tests.support.trends import DAY, a_case, daily, dated, statuses, trend

SVG = "{http://www.w3.org/2000/svg}"
PASS, FAIL, ERROR = Status.PASS, Status.FAIL, Status.ERROR


def chart(*reports: Report) -> Chart:
    """Return the picture of reports on successive days."""
    return Chart(trend(*daily(*reports)))


def drawn(shown: Trend) -> ET.Element:
    """Return the picture as a tree: it is well-formed."""
    return ET.fromstring(as_svg(shown))  # noqa: S314 - our own text


def test_picture_has_a_title_and_a_description() -> None:
    """Whoever cannot see it hears what it comes to, and that the table has it all."""
    shown = trend(*daily(statuses(PASS, FAIL), statuses(PASS, PASS)), unreadable=("a: b", "c: d"))
    root = drawn(shown)
    title, description = (root.findtext(f"{SVG}{name}") or "" for name in ("title", "desc"))

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "trend-title trend-description"
    assert title == "Passing share and coverage of acme at https://api.pagerduty.com"
    assert "Last run: 100.0 % passing, 100.0 % coverage, 0 fails; 0 new and 1 resolved" in (
        description
    )
    assert "2 reports could not be read or trusted." in description
    assert "The scale of the shares goes from 40.0 % to 100.0 %." in description
    assert "The table has every number." in description


def test_shares_stand_where_the_scale_says() -> None:
    """One is at the top, the smallest of the scale at the bottom, and lines lie in between."""
    found = chart(statuses(PASS, FAIL), statuses(PASS, PASS))

    assert found.scale == (0.4, 0.2)
    assert [(each.label, each.at) for each in found.levels][:: len(found.levels) - 1] == [
        ("100 %", TOP),
        ("40 %", BOTTOM),
    ]
    assert [each.x for each in found.dots] == [LEFT, RIGHT]
    assert found.dots[1].y == TOP
    assert found.dots[0].title == "2026-11-23 09:00 UTC: 50.0 % passing, 100.0 % coverage"


def test_one_run_is_a_dot_in_the_middle() -> None:
    """There is no line, and coverage has a dot as well: else it could not be seen."""
    found = chart(statuses(PASS))

    assert [each.x for each in found.dots] == [(LEFT + RIGHT) / 2]
    assert len(found.lone) == 1
    assert not [*found.segments("passing"), *found.new, *found.resolved, *found.breaks]


def test_line_is_interrupted_where_runs_cannot_be_compared() -> None:
    """A mark between the two runs says why; both lines end there."""
    old = statuses(PASS, FAIL)
    found = chart(old, old, replace(old, version="2.0.0"), replace(old, version="2.0.0"))
    (mark,) = found.breaks

    assert mark.label == "the version of the tool was 1.2.3 and is 2.0.0"
    assert found.dots[1].x < mark.at < found.dots[2].x
    for name in ("passing", "coverage"):
        ends = [(each.x1, each.x2) for each in found.segments(name)]
        assert ends == [
            (found.dots[0].x, found.dots[1].x),
            (found.dots[2].x, found.dots[3].x),
        ]
    assert "Not comparable: the version of the tool was" in as_svg(found.trend)


def test_line_is_interrupted_where_runs_are_missing() -> None:
    """Days without a run are no line: nobody knows what was then."""
    days = (0, 1, 2, 5, 6)
    shown = trend(*(dated(statuses(PASS), NOW + DAY * each) for each in days))

    assert len(list(Chart(shown).segments("passing"))) == 3


def test_nothing_judged_is_no_dot() -> None:
    """A run in which nothing was judged has no share: neither zero nor one."""
    found = chart(statuses(PASS), statuses(ERROR), statuses(PASS))

    assert len(found.dots) == 2
    assert not list(found.segments("passing"))
    assert found.scale[0] == 0
    assert [each.y2 for each in found.segments("coverage")] == [BOTTOM, TOP]


def test_share_that_rose_for_want_of_data_is_dotted() -> None:
    """Less was judged at its end: that piece of the line looks otherwise, and the key says so."""
    found = chart(statuses(PASS, FAIL), statuses(PASS, ERROR), statuses(PASS, FAIL))
    text = as_svg(found.trend)

    assert [each.is_doubtful for each in found.segments("passing")] == [True, False]
    assert text.count('class="passing doubtful"') == 2
    assert ">less judged<" in text
    assert ">less judged<" not in as_svg(chart(statuses(PASS)).trend)


def test_partial_run_is_hollow() -> None:
    """A run that left something out has an empty dot, and the key says PARTIAL."""
    found = chart(statuses(PASS), a_report(a_case(PASS), complete=False))

    assert [each.is_hollow for each in found.dots] == [False, True]
    assert found.dots[1].title.startswith("PARTIAL: ")
    assert ">PARTIAL</text>" in as_svg(found.trend)


def test_bars_go_up_for_new_and_down_for_resolved() -> None:
    """The longest bar reaches as far as there is room; others are in proportion."""
    found = chart(
        statuses(PASS, PASS, FAIL), statuses(FAIL, FAIL, PASS), statuses(FAIL, FAIL, PASS)
    )
    (new,), (resolved,) = found.new, found.resolved

    assert (new.y, new.height, new.label) == (ZERO - REACH, REACH, "2")
    assert (resolved.y, resolved.height, resolved.label) == (ZERO, REACH / 2, "1")
    assert new.x + new.width / 2 == pytest.approx(found.dots[1].x)
    assert new.title == "2026-11-24 09:00 UTC: 2 new"


def test_crowded_picture_has_small_dots_and_no_numbers() -> None:
    """A year of daily runs still fits."""
    kinds = [statuses(PASS), statuses(FAIL)]
    found = chart(*(kinds[number % 2] for number in range(365)))

    assert found.radius < chart(statuses(PASS)).radius
    assert {each.label for each in (*found.new, *found.resolved)} == {""}
    assert len(found.new) + len(found.resolved) == 364


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2_000_000), min_size=1, max_size=12, unique=True), st.data())
def test_everything_stays_in_the_picture(minutes: list[int], data: st.DataObject) -> None:
    """Whatever the days and the shares: no dot, line, bar or label is outside."""
    kinds = [statuses(PASS, FAIL), statuses(FAIL, PASS), statuses(ERROR, PASS), statuses(FAIL)]
    chosen = data.draw(st.lists(st.sampled_from(kinds), min_size=len(minutes), max_size=12))
    pairs = zip(chosen, sorted(minutes), strict=False)
    shown = trend(*(dated(each, NOW + timedelta(minutes=minute)) for each, minute in pairs))
    found = Chart(shown)

    for each in (*found.dots, *found.lone):
        assert LEFT <= each.x <= RIGHT
        assert TOP <= each.y <= BOTTOM
    for bar in (*found.new, *found.resolved):
        assert 0 < bar.x < bar.x + bar.width < WIDTH
        assert BOTTOM < bar.y < bar.y + bar.height < HEIGHT
    assert all(LEFT <= each.at <= RIGHT for each in (*found.days, *found.breaks))
    assert drawn(shown).attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"


@settings(max_examples=200)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 30_000_000))  # noqa: DTZ001 - made aware below
def test_axis_names_a_few_days(start: datetime, minutes: int) -> None:
    """From a moment to half a century: at least one day, not too many, in order and within."""
    since = start.replace(tzinfo=UTC)
    until = since + timedelta(minutes=minutes)
    found = list(ticks(since, until))

    assert 1 <= len(found) <= LABELS + 1
    assert found == sorted(set(found))
    assert all(since <= each <= until for each in found)


def test_axis_of_centuries_names_its_first_day() -> None:
    """No account is that old, but a clock may be wrong: nothing breaks."""
    since, until = (datetime(year, 1, 1, tzinfo=UTC) for year in (1900, 2200))

    assert list(ticks(since, until)) == [since]
