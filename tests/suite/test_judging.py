"""How findings get from where they are judged to where they are reported."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pdsec_checks.finding import Finding, Reach
from pdsec_checks.suite.judging import packed, sendable
from pdsec_checks.suite.reporter import Reporter
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.example_report import a_finding


def received(report: Any) -> Any:
    """Return what the process that reports makes of a report of a worker."""
    way = Reporter(cast("pytest.Config", None)).pytest_report_from_serializable()
    next(way)
    with pytest.raises(StopIteration) as ended:
        way.send(report)
    return ended.value.value


def test_a_finding_survives_the_way_from_a_worker() -> None:
    """What was packed as JSON is the same finding in the process that reports."""
    judged = a_finding(evidence={"seen": [1, "two"]})
    finding = replace(judged, behind=Reach(services=3), known=True, reason="because")
    sent = json.loads(json.dumps(sendable(packed({"nodeid": "x", "pdsec": [finding]}))))

    assert received(SimpleNamespace(**sent)).pdsec == [finding]


def test_reports_of_others_travel_as_they_are() -> None:
    """A test that is no control has no findings, and what pytest does not know is nothing."""
    assert packed({"nodeid": "x"}) == {"nodeid": "x"}
    assert packed(None) is None
    assert received(None) is None


def test_nothing_is_packed_where_no_worker_sends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one process the findings that were judged are those that are reported."""
    monkeypatch.setattr(Finding, "packed", pytest.fail)
    monkeypatch.setattr(Finding, "unpacked", pytest.fail)
    ended = run_command(tmp_path, "--replay=demo", "--controls=4")

    assert {each["control"] for each in json.loads(ended.out)["findings"]} == {"PD-04"}


def test_a_fingerprint_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most formats ask for it; it is that of the finding, and of none that was made from it."""
    finding = a_finding()
    first = finding.fingerprint
    monkeypatch.setattr("pdsec_checks.finding.digest", pytest.fail)

    assert finding.fingerprint is first


def test_what_is_made_from_a_finding_has_its_own_fingerprint() -> None:
    """The fingerprint that was worked out for one is not handed on."""
    finding = a_finding()
    first = finding.fingerprint

    assert replace(finding, account="PACCT").fingerprint != first
