"""The command in front of somebody: a summary on a terminal, a report for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS, REPORT_KINDS
from tests.accounts.files import accounts_toml
from tests.support.calls import run_command, run_pytest
from tests.support.terminals import on_screen

DEMO = ("--replay=demo", "--controls=5,22")
HOW = "For the JSON report add --format json, or --output PATH for a file"


def test_terminal_shows_the_summary_alone(tmp_path: Path) -> None:
    """Nobody reads JSON on a screen: it shows what to fix, in colours, and how to get the rest."""
    ended = on_screen(tmp_path, *DEMO)

    assert ended.code == 1
    assert "TO FIX\x1b[0m" in ended.out
    assert "schema_version" not in ended.out
    assert HOW in ended.out.rstrip().rpartition("\n")[2]
    assert "TO FIX" not in ended.err


def test_quiet_terminal_shows_nothing(tmp_path: Path) -> None:
    """``--quiet`` leaves the exit code."""
    ended = on_screen(tmp_path, *DEMO, "--quiet")

    assert (ended.code, ended.text) == (1, "")


def test_terminal_shows_the_report_that_was_asked_for(tmp_path: Path) -> None:
    """``--format`` and ``--output -`` mean what they say, on a terminal as well, uncoloured."""
    ended = on_screen(tmp_path, *DEMO, "--format=json", PY_COLORS="0")

    assert json.loads(ended.out)["schema_version"] == "1"
    assert "TO FIX" in ended.err


def test_terminal_may_show_pytest_s_own_output(tmp_path: Path) -> None:
    """``--verbose`` needs no file where no report wants the screen."""
    ended = on_screen(tmp_path, *DEMO, "--verbose", NO_COLOR="1")

    assert "test session starts" in ended.out
    assert "TO FIX" in ended.out


def test_terminal_shows_several_accounts_as_a_table(tmp_path: Path) -> None:
    """``--accounts`` without a report is the table alone."""
    file = accounts_toml(tmp_path, {"name": "demo", "replay": "demo"})
    ended = on_screen(tmp_path, f"--accounts={file}", "--controls=5", NO_COLOR="1")

    assert ended.code == 1, ended.text
    assert "account  verdict" in ended.out
    assert HOW in ended.out
    assert "schema_version" not in ended.out


def test_forced_colours_never_reach_a_report(tmp_path: Path) -> None:
    """A pipe has colours where its user forces them; reports have none, wherever they go."""
    formats = ",".join(REPORT_FORMATS)
    piped = run_command(tmp_path, *DEMO, FORCE_COLOR="1")
    filed = run_command(tmp_path, *DEMO, f"--format={formats}", "--output=all", FORCE_COLOR="1")

    assert "\x1b[" in piped.err
    assert "\x1b[" not in piped.out
    assert "\x1b[" in filed.err
    for file in (tmp_path / "all").iterdir():
        assert b"\x1b[" not in file.read_bytes(), file.name


def test_every_file_is_named_with_what_it_is(tmp_path: Path) -> None:
    """One line a file, on standard error."""
    ended = run_command(tmp_path, *DEMO, f"--format={','.join(REPORT_FORMATS)}", "--output=reports")

    named = [line for line in ended.err.splitlines() if line.startswith("wrote ")]
    assert named == [
        f"wrote reports/{file}: {REPORT_KINDS[name]}" for name, file in REPORT_FORMATS.items()
    ]


@pytest.mark.parametrize(
    ("quiet", "named"), [((), True), (("--pd-quiet",), False), (("-q",), False)]
)
def test_pytest_names_files_too(tmp_path: Path, quiet: tuple[str, ...], *, named: bool) -> None:
    """The ``-q`` of pytest silences it as ``--pd-quiet`` does."""
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "--pd-controls=5", "--pd-csv=report.csv", *quiet
    )

    assert ("wrote report.csv: findings as CSV" in ended.err) == named


def test_reports_of_several_accounts_are_named(tmp_path: Path) -> None:
    """Those of all accounts, and those of each."""
    file = accounts_toml(tmp_path, {"name": "demo", "replay": "demo"})
    ended = run_command(
        tmp_path, f"--accounts={file}", "--controls=5", "--format=json", "--output=reports/"
    )

    assert "wrote reports/accounts/demo/inspection.json: JSON report of demo\n" in ended.err
    assert "wrote reports/accounts.json: JSON report of all accounts\n" in ended.err
