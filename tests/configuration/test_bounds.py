"""Bounds: every number, path and text of a configuration is used, or refused in a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.decisions import MaxDays
from pdsec_checks.configuration.schema import ConfigFile, allowed_by
from tests.accounts.files import accounts_toml
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.processes import Ended

NUMBERS = (int, float)
TABLES: dict[str, type[msgspec.Struct]] = {
    "": ConfigFile,
    "baseline": Baseline,
    "max_waiver_days": MaxDays,
    "remediation_days": MaxDays,
}
TOO_LARGE = ("999999", "9999999999999999999999", "9" * 4000, "9" * 5000, "inf", "1e400")
TOO_SMALL = ("-1", "-999999", "nan", "-inf")


def numbers() -> Iterator[tuple[str, str]]:
    """Yield the table and the key of every number that a configuration may hold."""
    for table, kind in TABLES.items():
        for field in msgspec.structs.fields(kind):
            kinds = {field.type, *get_args(field.type)}
            if any(getattr(each, "__origin__", each) in NUMBERS for each in kinds):
                yield table, field.name


EVERY = [pytest.param(*each, id=".".join(each)) for each in numbers()]


def wrong(folder: Path, text: str) -> tuple[Ended, Ended]:
    """Return what ``config check`` and a run say about a configuration."""
    (folder / "pdsec.toml").write_text(text, encoding="utf-8")
    return run_command(folder, "config", "check"), run_command(folder, "--replay=demo")


def test_every_number_is_known_here() -> None:
    """The tests below go through what there is, and there is something in each table."""
    assert {table for table, _ in numbers()} == set(TABLES)
    assert ("baseline", "audit_retention_days") in set(numbers())


@pytest.mark.parametrize(("table", "key"), EVERY)
@pytest.mark.parametrize("value", [TOO_LARGE[0], reading.in_ci(TOO_SMALL[0])])
def test_a_number_has_bounds(tmp_path: Path, table: str, key: str, value: str) -> None:
    """The check and the run refuse it, and say where it stands and what would be right."""
    head = f"[{table}]\n" if table else ""
    for said in wrong(tmp_path, f"{head}{key} = {value}\n"):
        assert said.code == 4, said.text
        (line,) = said.err.strip().splitlines()
        assert (
            f"pdsec.toml: {table}{'.' if table else ''}{key}: {value} is not valid; wanted: "
            in line
        )


@pytest.mark.parametrize("value", [*TOO_LARGE, *TOO_SMALL, "true", "'never'", "[]", "2026-11-23"])
def test_whatever_stands_for_a_number_is_refused_in_one_line(tmp_path: Path, value: str) -> None:
    """Nothing that TOML can say ends in anything but a sentence of bearable length."""
    for said in wrong(tmp_path, f"[baseline]\naudit_retention_days = {value}\n"):
        assert said.code == 4, said.text
        (line,) = said.err.strip().splitlines()
        assert line.startswith("ERROR: ")
        assert len(line) < 500


def test_who_writes_never_is_told_what_pagerduty_keeps(tmp_path: Path) -> None:
    """``audit_retention_days = 999999`` gets the longest that counts, and PagerDuty's own."""
    check, run = wrong(tmp_path, "[baseline]\naudit_retention_days = 999999\n")

    assert "from 1 to 3650, which is ten years; PagerDuty itself keeps audit records" in check.err
    assert run.err.strip() == check.err.strip()


@pytest.mark.parametrize(("table", "key"), EVERY)
def test_a_number_says_in_words_what_it_may_be(table: str, key: str) -> None:
    """A new number without words would be refused in those of a library."""
    (field,) = [each for each in msgspec.structs.fields(TABLES[table]) if each.name == key]
    if key not in {"timeout", "max_time"}:  # a text as well, which the table of options reads
        assert " from " in allowed_by(field.type)


DEEP = "[" * 2000 + "]" * 2000


def test_a_configuration_nested_without_end_is_refused(tmp_path: Path) -> None:
    """It is no crash of the parser's."""
    for said in wrong(tmp_path, f"replay = {DEEP}\n"):
        assert said.code == 4, said.text
        assert "nested too deep to be a configuration" in said.err


TEXTS = (
    *("email", "base_url", "region", "severity", "mapping", "granularity", "timeout", "replay"),
    *("account", "inventory", "sarif_location", "controls_path", "baseline_report", "last_report"),
    "roster",
)
LISTS = ("controls", "skip_controls", "framework", "resource", "frameworks")
VALUES = [
    *(pytest.param(f'{key} = "a{{}}b"', id=key) for key in TEXTS),
    *(pytest.param(f'{key} = ["a{{}}b"]', id=key) for key in LISTS),
    pytest.param('"a{}b" = 1', id="key"),
    pytest.param('[severities]\n"PD-{}" = "high"', id="severities"),
    pytest.param('[baseline]\ncritical_services = ["{}"]', id="baseline"),
    pytest.param('[[waivers]]\ncontrol = "PD-05"\nresource = "P{}"', id="waivers"),
]


@pytest.mark.parametrize("text", reading.sampled(VALUES, 10))
@pytest.mark.parametrize(
    "code", [reading.in_ci("\\u0000"), "\\u001b[31m", reading.in_ci("\\u009b"), "\\r"]
)
def test_no_value_steers_a_terminal(tmp_path: Path, text: str, code: str) -> None:
    """NUL, escapes and carriage returns are named or escaped, never printed, never silent."""
    for said in wrong(tmp_path, text.replace("{}", code)):
        bad = [char for char in said.text if unicodedata.category(char) == "Cc" and char != "\n"]
        assert not bad
        assert said.code in {0, 4, 1}
        if code != "\\r":
            assert said.code == 4, said.text
            assert f"it contains the control character U+{code[2:6].upper()}; remove it" in said.err


def test_lines_of_a_reason_are_no_control_characters(tmp_path: Path) -> None:
    """A reason may have several lines, and tabs."""
    waiver = 'control = "PD-05"\nresource = "PX"\napproved_by = "me"\nexpires = 2026-12-01\n'
    text = f'[[waivers]]\n{waiver}reason = """one\n\ttwo"""\n'
    (tmp_path / "pdsec.toml").write_text(text, encoding="utf-8")

    assert run_command(tmp_path, "config", "check").code == 0


@pytest.mark.parametrize("char", ["\x1b", "\x9b", "\r", "\u202e"])
def test_no_flag_steers_a_terminal(tmp_path: Path, char: str) -> None:
    """What was typed is quoted with its codes, in a run, by pytest, and by ``config show``."""
    for said in (
        run_command(tmp_path, f"--replay=a{char}b"),
        run_pytest(tmp_path, f"--pd-replay=a{char}b"),
        run_command(tmp_path, "config", "show", f"--resource=a{char}b", "--replay=demo"),
        run_command(tmp_path, f"--api-key-file=a{char}b"),
        run_command(tmp_path, "diff", f"a{char}b", f"a{char}c"),
    ):
        assert char not in said.err + said.out.replace("\r\n", "\n")


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody know where the home folder of this user is."""

    def expand(path: str) -> str:
        return path

    monkeypatch.setattr("os.path.expanduser", expand)


@pytest.mark.usefixtures("homeless")
def test_a_home_folder_that_there_is_not_is_said(tmp_path: Path) -> None:
    """``~`` in a container without HOME is a usage error with the way out."""
    flag = run_command(tmp_path, "--api-key-file=~/key")
    file = accounts_toml(tmp_path, {"name": "one", "api_key_file": "~/key"})
    several = run_command(tmp_path, f"--accounts={file}", "--output=reports/")

    assert (flag.code, several.code) == (4, 4), flag.text + several.text
    assert "API key file ~/key: there is no home folder to put in place of ~; set HOME" in flag.err
    assert "~/key: there is no home folder" in several.err


@pytest.mark.parametrize("key", ["config", "replay", "api_key_file", "base_url"])
def test_no_value_of_an_account_ends_a_path(tmp_path: Path, key: str) -> None:
    """The file of accounts is held to the same."""
    file = accounts_toml(tmp_path, {"name": "one", key: "a\0b"})
    said = run_command(tmp_path, f"--accounts={file}")

    assert said.code == 4, said.text
    assert f"accounts[0].{key}: it contains the control character U+0000" in said.err


@pytest.mark.parametrize("flag", ["concurrency", "api-key-max-age", "evidence-max-age"])
def test_a_flag_has_the_same_bounds(tmp_path: Path, flag: str) -> None:
    """No source of a number lets it be larger than another one."""
    for number in ("999999", "0", "9" * 5000):
        said = run_command(tmp_path, f"--{flag}={number}", "--replay=demo")
        assert said.code == 4, said.text
        assert "wanted: a whole number" in said.err
