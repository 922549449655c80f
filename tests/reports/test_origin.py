"""Every report says where its evidence comes from, as of when, and until when it counts."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.reports import facts, render
from pdsec_checks.reports.report import Report
from tests.support.calls import run_pytest
from tests.support.example_report import MANY, a_report
from tests.support.shown import shown

AS_OF = "2026-11-23T09:00:00Z"
UNTIL = "2026-12-23T09:00:00Z"
WITHOUT_ROOM = {"csv"}
"""The columns of the CSV are fixed: they have the moment and no place for more."""


def a_replay(**changes: Any) -> Report:
    """Return a report of a redacted recording that counts for 30 days."""
    report = a_report(MANY, source="recording", redacted=True, **changes)
    return Report(**{**vars(report), "evidence_max_age": 30})


@pytest.mark.parametrize("name", sorted(set(REPORT_FORMATS) - WITHOUT_ROOM))
def test_report_of_a_replay_says_so(name: str) -> None:
    """Source and moment stand in every format."""
    text = shown(name, a_replay())

    assert "recording" in text
    assert AS_OF in text or "2026-11-23 09:00 UTC" in text


@pytest.mark.parametrize("name", sorted(set(REPORT_FORMATS) - WITHOUT_ROOM - {"action-plan"}))
def test_report_of_a_replay_says_until_when_it_counts(name: str) -> None:
    """The day after which the evidence is too old stands in every format that has a place."""
    text = shown(name, a_replay())

    assert UNTIL in text or "2026-12-23 09:00 UTC" in text
    assert "pseudonyms" in text or '"redacted": true' in text or '"redacted":true' in text


def test_csv_has_the_moment_in_every_row() -> None:
    """The moment stands in each row of the CSV, whose columns are fixed."""
    rows = list(csv.DictReader(io.StringIO(render("csv", a_replay()))))

    assert rows
    assert {row["as_of"] for row in rows} == {AS_OF}


def test_live_account_has_no_age() -> None:
    """What was read just now is not too old, whatever the configuration allows."""
    report = Report(**{**vars(a_report(MANY)), "evidence_max_age": 30})

    assert report.evidence_until is None
    assert facts.origin(report) == f"Source: live, as of {AS_OF}"
    assert "recording" not in json.loads(render("json", report))


def test_age_counts_from_the_moment_of_the_recording() -> None:
    """Evidence counts for so many days from as_of, to the second."""
    report = a_replay()

    assert report.evidence_until == report.run.as_of + timedelta(days=30)
    assert facts.origin(report) == (
        f"Source: recording, as of {AS_OF}; its age counts from then; too old after {UNTIL}; "
        "names and addresses are pseudonyms"
    )


def test_reports_of_pytest_itself_say_so_too(tmp_path: Path) -> None:
    """JUnit, pytest-html and pytest-json-report name the source and the moment."""
    run_pytest(
        tmp_path,
        *("--pd-replay=demo", "--pd-controls=22", "--junitxml=junit.xml", "--html=report.html"),
        *("--self-contained-html", "--json-report", "--json-report-file=report.json"),
    )
    junit = (tmp_path / "junit.xml").read_text("utf-8")
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))["inspection"]

    assert '<property name="source" value="recording" />' in junit
    assert f'<property name="as_of" value="{AS_OF}" />' in junit
    assert f"Source: recording, as of {AS_OF}" in (tmp_path / "report.html").read_text("utf-8")
    assert found.pop("scope")["not_selected"]
    assert found == {
        "source": "recording",
        "as_of": AS_OF,
        "redacted": False,
        "evidence_until": None,
        "notices": [],
    }
