"""The age of a recording: told by the page when it is opened, never written into the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.reports import render
from tests.reports.test_origin import a_replay
from tests.support.judged import NOW

Facts = Callable[[str], str]


@pytest.fixture
def facts_on(browser: Any, tmp_path: Path) -> Iterator[Facts]:
    """Open the report of a recording on a day, and return what its head says."""
    file = tmp_path / "report.html"
    file.write_text(render("html", a_replay()), encoding="utf-8")
    context = browser.new_context()  # of its own: the clock is that of all its pages

    def facts(day: str) -> str:
        page = context.new_page()
        page.clock.set_fixed_time(datetime.fromisoformat(day))
        page.goto(file.as_uri())
        return str(page.inner_text(".facts"))

    yield facts
    context.close()


@pytest.mark.parametrize(
    ("day", "age"),
    [
        ("2026-11-23T09:00:01Z", "0 days old today"),
        ("2026-11-24T10:00:00Z", "1 day old today"),
        ("2027-11-23T09:00:00Z", "365 days old today"),
    ],
)
def test_page_tells_the_age_of_the_day(facts_on: Facts, day: str, age: str) -> None:
    """Whoever opens the page reads how old the recording is by then."""
    assert age in facts_on(day)


def test_page_tells_when_the_evidence_is_too_old(facts_on: Facts) -> None:
    """After ``evidence_max_age`` days the page says so; before, it does not."""
    assert "too old" not in facts_on("2026-12-20T09:00:00Z")
    assert "too old today" in facts_on("2026-12-23T09:00:01Z")


def test_age_is_no_part_of_the_file() -> None:
    """Without the script the page has the moment, and no number of days that would go stale."""
    text = render("html", a_replay())

    assert f'data-age-from="{NOW.isoformat()}"></small>' in text
