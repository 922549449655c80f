"""Flags that say nothing without something else are refused, and no other ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.needs import (
    BEFORE,
    FILE,
    NEEDS,
    SARIF,
    Need,
    check_needs,
    reports_before,
    reports_in,
)
from pdsec_checks.configuration.options import ACCOUNT_OPTIONS, ACCOUNT_REPORT_OPTIONS, OPTIONS
from pdsec_checks.errors import UsageError
from tests.simulator import Simulator, accounts, run
from tests.support.calls import run_command, run_pytest
from tests.support.judged import NOW

ALONE = {
    *("api-key", "api-key-file", "email", "base-url", "region", "account"),
    *("controls", "controls-set", "skip-controls", "severity", "framework", "resource"),
    *("mapping", "granularity"),
    *("strict", "include-analytics", "api-key-max-age", "schedule-coverage-days"),
    *("concurrency", "timeout", "max-time", "plan", "record", "replay", "baseline"),
    "last-report",
    *("quiet", "isolated", "config", "accounts", "inventory"),
}
"""The options that say something whatever else is given."""
BY_CONTROL = {"roster"}
"""The options that only a control asks for; a test of their own says what is refused."""
BY_NAME = {each.name: each for each in (*OPTIONS, *ACCOUNT_OPTIONS, *ACCOUNT_REPORT_OPTIONS)}
VALUES = {
    "show": "known",
    "evidence-max-age": "7",
    "sarif-location": "README.md",
    "report-mode": "640",
    "accounts-at-once": "2",
    "allow-env": "ACME_KEY",
    "accounts-last-reports": "last",
    "accounts-output": "reports/",
    "accounts-format": "json",
}
IN_VAIN = [need for need in NEEDS if need.other != "accounts_output"]
"""What a flag alone lacks first."""


@pytest.fixture(scope="module")
def small() -> Iterator[Simulator]:
    """A running account that nobody must ask."""
    with run(accounts.small(NOW)) as simulator:
        yield simulator


def typed(need: Need, prefix: str) -> str:
    """Return the flag as somebody types it."""
    flag = f"--{prefix}{need.name}"
    return flag if BY_NAME[need.name].is_flag else f"{flag}={VALUES[need.name]}"


def test_each_option_stands_alone_or_says_what_it_needs() -> None:
    """A new option gets its place in this file, or in the table of needs."""
    dependent = {need.name for need in NEEDS}

    assert set(BY_NAME) == ALONE | dependent | BY_CONTROL
    assert not ALONE & dependent
    assert not BY_CONTROL & (ALONE | dependent)


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: f"{need.name} {need.other}")
def test_a_flag_is_refused_exactly_where_the_other_is_not_there(need: Need) -> None:
    """Whatever else is there makes no difference; the message names the flag and the way out."""
    others = {each.other for each in NEEDS}
    flags = {need.dest: True}

    check_needs(flags, others)
    with pytest.raises(UsageError, match=rf"^--pd-{need.name}: .+ or leave it out$"):
        check_needs(flags, others - {need.other})


def test_no_flag_needs_nothing() -> None:
    """A flag that was not given, or that is off, is none."""
    check_needs({}, ())
    check_needs({need.dest: None for need in NEEDS}, ())
    check_needs({need.dest: False for need in NEEDS}, ())


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ({}, set()),
        ({"pd_report_json": None}, set()),
        ({"pd_report_json": "-"}, set()),
        ({"pd_report_action_plan": "plan.csv"}, {FILE}),
        ({"pd_report_sarif": "-"}, {SARIF}),
        ({"pd_report_sarif": "x.sarif"}, {SARIF, FILE}),
    ],
)
def test_reports_are_found_among_the_options(flags: dict[str, str], found: set[str]) -> None:
    """Standard output is no file, and has no permissions."""
    assert set(reports_in(flags)) == found


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (set(), []),
        ({"strict"}, []),
        ({"baseline_report"}, [BEFORE]),
        ({"last_report"}, [BEFORE]),
        ({"baseline_report", "last_report"}, [BEFORE]),
    ],
)
def test_either_earlier_report_may_be_of_a_renamed_account(
    keys: set[str], found: list[str]
) -> None:
    """The baseline, and that of the last run."""
    assert list(reports_before(keys)) == found


OF_COMMAND = [need for need in IN_VAIN if BY_NAME[need.name] not in ACCOUNT_REPORT_OPTIONS]


@pytest.mark.parametrize("need", OF_COMMAND, ids=lambda need: need.name)
def test_the_command_says_it_before_anything_is_read(
    tmp_path: Path, small: Simulator, need: Need
) -> None:
    """Exit code 4 and one sentence; no request, no file."""
    small.forget()
    ended = run_command(tmp_path, typed(need, ""), simulator=small)

    assert ended.code == 4, ended.text
    assert ended.err.startswith(f"ERROR: --{need.name}: ")
    assert ended.err.count("\n") == 1
    assert not ended.out
    assert not small.requests
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "name", ["show", "baseline-account-renamed", "no-redact", "accounts-output"]
)
def test_pytest_says_as_much(tmp_path: Path, small: Simulator, name: str) -> None:
    """The same holds for pytest's own way in, with its own flags."""
    need = next(each for each in NEEDS if each.name == name)
    small.forget()
    ended = run_pytest(tmp_path, typed(need, "pd-"), simulator=small)

    assert ended.code == 4, ended.text
    assert f"--pd-{need.name}: {need.missing}" in ended.text
    assert not small.requests


@pytest.mark.parametrize(
    "arguments",
    [["--evidence-max-age=7"], ["--sarif-location=README.md"], ["--report-mode=640"], ["--force"]],
    ids=lambda arguments: arguments[0],
)
def test_several_accounts_are_asked_as_well(tmp_path: Path, arguments: list[str]) -> None:
    """None of them is a recording, and no report goes to a file."""
    (tmp_path / "accounts.toml").write_text(
        '[[accounts]]\nname = "live"\napi_key_env = "PAGERDUTY_KEY_OF_LIVE"\n'
    )
    ended = run_command(
        tmp_path, "--accounts=accounts.toml", *arguments, PAGERDUTY_KEY_OF_LIVE="u+none"
    )

    assert ended.code == 4, ended.text
    assert f"{arguments[0].partition('=')[0]}: " in ended.err


def test_what_one_of_several_accounts_can_use_is_taken(tmp_path: Path) -> None:
    """A recording beside live accounts may be too old; reports of each go to a folder."""
    (tmp_path / "accounts.toml").write_text('[[accounts]]\nname = "demo"\nreplay = "demo"\n')
    ended = run_command(
        tmp_path, "--accounts=accounts.toml", "--controls=5", "--evidence-max-age=3650",
        "--sarif-location=README.md", "--report-mode=640", "--format=sarif", "--output=reports/",
    )  # fmt: skip

    assert ended.code == 1, ended.text


def test_a_key_of_the_file_waits_for_a_run_that_needs_it(tmp_path: Path) -> None:
    """It is refused in none, and gives a meaning to the flag of another."""
    (tmp_path / "earlier.json").write_text(
        run_command(tmp_path, "--replay=demo", "--controls=5").out, encoding="utf-8"
    )
    (tmp_path / "pdsec.toml").write_text(
        'evidence_max_age = 3650\nbaseline_account_renamed = true\nreport_mode = "640"\n'
        'sarif_location = "README.md"\n'
    )
    waiting = run_command(tmp_path, "--replay=demo", "--controls=5")
    with (tmp_path / "pdsec.toml").open("a") as file:
        file.write('baseline_report = "earlier.json"\n')
    needed = run_command(tmp_path, "--replay=demo", "--controls=5", "--show=known")

    assert (waiting.code, needed.code) == (1, 0), needed.err
    assert json.loads(needed.out)["findings"]


ROSTER = "--roster: no selected control goes by it; select PD-45, for instance with "


@pytest.mark.parametrize(
    "selection", [[], ["--controls=36"], ["--controls-set=extended", "--skip-controls=45"]]
)
def test_a_roster_that_no_control_goes_by_is_refused(
    tmp_path: Path, small: Simulator, selection: list[str]
) -> None:
    """Exit code 4 and one sentence, before anything is asked; a key of the file waits."""
    small.forget()
    (tmp_path / "people.csv").write_text("email\nada@acme.example\n")
    ended = run_command(tmp_path, "--roster=people.csv", *selection, simulator=small)

    assert ended.code == 4, ended.text
    assert ended.err.startswith(f"ERROR: {ROSTER}--controls-set extended, or leave it out")
    assert ended.err.count("\n") == 1
    assert not small.requests
    (tmp_path / "pdsec.toml").write_text('roster = "people.csv"\n')
    assert run_command(tmp_path, "--controls=3", simulator=small).code in {0, 1}


@pytest.mark.parametrize("way", [["-m", "extended"], ["-k", "PD-45"], ["--pd-controls=45"]])
def test_however_its_control_is_selected_a_roster_is_taken(
    tmp_path: Path, small: Simulator, way: list[str]
) -> None:
    """By pytest's own options, or by ours."""
    (tmp_path / "people.csv").write_text("email\nada@acme.example\n")
    ended = run_pytest(
        tmp_path, "--pd-roster=people.csv", *way, "--pd-json=out.json", simulator=small
    )

    assert ended.code == 1, ended.text
    assert "PD-45" in (tmp_path / "out.json").read_text()
