"""Accounts and networks that mean harm."""

from __future__ import annotations

import csv
import json
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.pagerduty.snapshot import Unavailable
from tests.simulator import Fault, Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_pytest
from tests.support.findings import core_ids
from tests.support.judged import NOW
from tests.support.processes import Ended
from tests.support.reading_back import plain_cell

MOST = 201
"""Requests for a list that passes the cap of 10,000 records: a hundred pages of it, the teams, and
a hundred pages for the only team."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Inspect the hostile account, with every report on."""
    with run(accounts.hostile) as simulator:
        return run_pytest(
            tmp_path_factory.mktemp("hostile"),
            "-v",
            *(f"--pd-{name}={file}" for name, file in REPORT_FORMATS.items()),
            "--junitxml=junit.xml",
            "--html=report.html",
            "--self-contained-html",
            simulator=simulator,
        )


def test_a_hostile_account_is_judged_to_the_end(ended: Ended) -> None:
    """No name, id or address of the account stops the inspection."""
    assert ended.code == 1, ended.text
    assert ended.report["complete"] is True
    assert {control for control, _ in ended.verdicts} == set(core_ids())


def test_no_control_character_reaches_the_terminal(ended: Ended) -> None:
    """Escapes, direction marks and line breaks of names come out harmless."""
    shown = [line for line in ended.out.splitlines() if not line.startswith("metadata")]
    bad = {
        char
        for line in shown
        for char in line
        if unicodedata.category(char) in {"Cc", "Cf"} and char != "\t"
    }

    assert not bad


def test_no_cell_is_a_formula(ended: Ended) -> None:
    """No cell of the CSV begins with what a spreadsheet runs."""
    with (ended.folder / "inspection.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]

    assert cells
    assert not [cell for cell in map(plain_cell, cells) if cell.startswith(FORMULA)]


def test_every_machine_can_read_its_report(ended: Ended) -> None:
    """JSON and JUnit stay well-formed, and markup of names is text in pytest's own page."""
    assert json.loads((ended.folder / "inspection.json").read_text("utf-8"))
    assert ET.parse(ended.folder / "junit.xml").getroot().tag == "testsuites"  # noqa: S314
    for page in ("report.html", REPORT_FORMATS["html"]):
        assert "<script>alert" not in (ended.folder / page).read_text("utf-8")


def test_ids_lead_to_no_other_path() -> None:
    """An id that looks like a path is never put into one."""
    with run(accounts.hostile(NOW)) as simulator:
        reading.read(simulator)
        asked = {request.path for request in simulator.requests}

    assert not [path for path in asked if ".." in path or "%" in path or "etc" in path]


@pytest.fixture
def small() -> Iterator[Simulator]:
    """Serve a small account."""
    with run(accounts.small(NOW)) as simulator:
        yield simulator


def test_the_key_follows_no_redirect(small: Simulator) -> None:
    """A redirect to another host is not followed, and the key is never sent there."""
    with run(accounts.small(NOW)) as elsewhere:
        small.faults.append(Fault("/users", "redirect", location=f"{elsewhere.url}/users"))
        snapshot = reading.read(small, ["users"])

        assert not elsewhere.requests
    assert "redirected to 127.0.0.1, which is not followed" in str(snapshot.data["users"])


@pytest.mark.parametrize(
    ("kind", "path", "said"),
    [
        ("gzip_bomb", "/users", "larger than"),
        ("endless_empty_pages", "/users", "promises more records and has none"),
        ("endless", "/users", "no more than 10000"),
        ("repeating_cursor", "/incident_workflows/triggers", "repeats"),
        ("html", "/users", "HTTP 5"),
        ("invalid_json", "/users", "not valid JSON"),
        ("list_body", "/users", "not a JSON object"),
        ("error_as_text", "/users", "HTTP"),
    ],
)
def test_what_never_ends_is_ended(small: Simulator, kind: str, path: str, said: str) -> None:
    """Bombs and endless chains are bounded, and become an error that says what happened."""
    name = "users" if path == "/users" else "incident_workflow_triggers"
    small.faults.append(Fault(path, kind))
    found = reading.read(small, [name]).data[name]

    assert isinstance(found, Unavailable)
    assert said in str(found)
    assert len(small.requests) <= MOST
