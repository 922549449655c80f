"""Plugins that run a case several times: one finding a case, that of the last attempt."""

from __future__ import annotations

import csv
import json
import os
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from pdsec_checks.suite.other_reports import LastAttempts
from tests.support import reading
from tests.support.additions import write_additions
from tests.support.processes import PYTEST, Ended, run_process

REPORTS = (
    *("--pd-json=inspection.json", "--pd-csv=inspection.csv", "--junitxml=junit.xml"),
    *("--json-report", "--json-report-file=pytest.json"),
)
RERUNS = ("-p", "no:flaky", "--reruns=2")
FLAKY = ("-p", "no:rerunfailures", "--force-flaky", "--max-runs=3")
SECOND = '''\
"""A control that complies when it is asked a second time."""

import pytest

from pdsec_checks.resources import Account

attempts = []


@pytest.mark.control("ACME-02")
@pytest.mark.high
def test_account_gets_there(account: Account) -> None:
    """The account complies at last.

    Rationale: what is tried again may turn out well.
    Remediation: try again.
    """
    attempts.append(account)
    assert len(attempts) > 1, f"{account} is not there yet"
'''


def run_repeated(folder: Path, *arguments: str) -> Ended:
    """Run controls from *folder* in a process: ``flaky`` changes the one that it is loaded in."""
    command = (*PYTEST, "--pyargs", "pdsec_checks", "-p", "no:cacheprovider", "--pd-replay=demo")
    return run_process(folder, [*command, *arguments], None, {})


def statuses(ended: Ended) -> tuple[Counter[str], Counter[str]]:
    """Return how often each status is among the findings, of the JSON and the CSV report."""
    rows = csv.DictReader((ended.folder / "inspection.csv").read_text("utf-8").splitlines())
    found = Counter(each["status"] for each in ended.report["findings"])
    return found, Counter(row["status"] for row in rows)


@pytest.mark.parametrize("repeated", [RERUNS, reading.in_ci(FLAKY)], ids=["rerunfailures", "flaky"])
def test_a_case_that_is_repeated_has_one_finding(tmp_path: Path, repeated: tuple[str, ...]) -> None:
    """Every report counts it once, as a run without such a plugin does."""
    ended = run_repeated(tmp_path, "--pd-controls=5,22", *REPORTS, *repeated)

    assert ended.code == 1, ended.text
    assert ended.report["complete"] is True
    expected = Counter({"pass": 47, "fail": 5, "not_applicable": 2})
    assert statuses(ended) == (expected, expected)
    cases = list(ET.parse(tmp_path / "junit.xml").iter("testcase"))  # noqa: S314 - written just now
    assert len(cases) == len({each.get("name") for each in cases}) == expected.total()
    assert sum(each.find("failure") is not None for each in cases) == expected["fail"]
    theirs = json.loads((tmp_path / "pytest.json").read_text("utf-8"))
    assert (theirs["summary"]["failed"], theirs["summary"]["total"]) == (5, 54)


@pytest.mark.parametrize("repeated", [RERUNS, reading.in_ci(FLAKY)], ids=["rerunfailures", "flaky"])
def test_the_last_attempt_counts(tmp_path: Path, repeated: tuple[str, ...]) -> None:
    """What fails once and passes then is a pass, in our reports and in JUnit's."""
    write_additions(tmp_path, config='controls_path = "controls"\n', control=SECOND)
    ended = run_repeated(tmp_path, "--pd-controls=ACME-02", *REPORTS, *repeated)

    assert ended.code == 0, ended.text
    assert statuses(ended) == (Counter(["pass"]), Counter(["pass"]))
    cases = list(ET.parse(tmp_path / "junit.xml").iter("testcase"))  # noqa: S314 - written just now
    assert [each.find("failure") for each in cases] == [None]


@reading.only_in_ci
def test_workers_report_the_last_attempt(tmp_path: Path) -> None:
    """With xdist a repeated case has one finding as well."""
    ended = run_repeated(tmp_path, "--pd-controls=5", *REPORTS, *RERUNS, "-n", "2")

    assert ended.code == 1, ended.text
    assert statuses(ended)[0] == Counter({"pass": 24, "fail": 2, "not_applicable": 1})


def test_a_file_that_is_none_is_not_read() -> None:
    """Whoever throws JUnit's report away gets no error for it."""
    LastAttempts(Path(os.devnull), lambda: ["control[case]"]).pytest_sessionfinish()
