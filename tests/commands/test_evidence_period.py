"""``evidence period`` writes what it was asked for, and ends as the period went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import time_machine

from pdsec_checks.evidence.locker import last_of, name_of
from pdsec_checks.model import Status
from tests.support.calls import run_command
from tests.support.lockers import a_bundle, a_locker, check, day
from tests.support.processes import Ended

FILES = ["period.csv", "period.html", "period.json", "period.md", "period.oscal.json", "period.txt"]


def period(folder: Path, *arguments: str, days: str = "2026-11-02 2026-11-04") -> Ended:
    """Ask for the period of the locker in a folder."""
    first, last = days.split()
    given = ("period", "locker", f"--from={first}", f"--to={last}", *arguments)
    with time_machine.travel(day(20), tick=False):
        return run_command(folder, "evidence", *given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a locker of three days, on which all held."""
    list(a_locker(tmp_path / "locker", range(3)))
    return tmp_path


def test_text_is_the_default(folder: Path) -> None:
    """It stands on standard output, and nothing is written."""
    ended = period(folder)

    assert ended.code == 6, ended.text
    assert (
        "PARTIAL: evidence on 3 of 3 days, none on 0; no exception in the evidence there is"
        in ended.out
    )
    assert "signatures were not checked" in ended.out
    assert ended.err == ""
    assert [each.name for each in folder.iterdir()] == ["locker"]


def test_several_formats_go_into_a_folder(folder: Path) -> None:
    """Each has its name there, and a line says what it is."""
    ended = period(folder, "--format=html,csv,oscal,json,markdown,text", "--output=out/")

    assert ended.code == 6, ended.text
    assert sorted(each.name for each in (folder / "out").iterdir()) == FILES
    assert "wrote out/period.html: the period as a page" in ended.err
    assert ended.out == ""
    assert json.loads((folder / "out" / "period.json").read_text("utf-8"))["exit_code"] == 6
    assert (folder / "out" / "period.html").stat().st_mode & 0o777 == 0o600


def test_one_format_goes_into_a_file_or_a_folder(folder: Path) -> None:
    """A name is a file, a slash or a folder is one; JSON on standard output is nothing but JSON."""
    assert period(folder, "--format=json", "--output=mine.json").code == 6
    assert period(folder, "--format=csv", "--output=out/").code == 6
    ended = period(folder, "--format=json", "--output=-")

    assert (folder / "mine.json").read_text("utf-8") == ended.out
    assert (folder / "out" / "period.csv").exists()


def test_an_exception_ends_with_1(folder: Path) -> None:
    """Whatever else is missing, a fail in the period is what the run ends with."""
    locker = folder / "locker"
    a_bundle(locker, 3, last_of(locker), [check(Status.FAIL)])

    ended = period(folder, days="2026-11-02 2026-11-08")

    assert ended.code == 1
    assert "1 exception, 1 open at the end" in ended.out


def test_missing_evidence_ends_with_6(folder: Path) -> None:
    """No fail is known, and nobody knows of the fourth day."""
    ended = period(folder, days="2026-11-02 2026-11-05")

    assert ended.code == 6
    assert "no evidence on 1 of 4 days: 2026-11-05 (1 day)" in ended.out


def test_days_to_come_are_no_good_days(folder: Path) -> None:
    """A period that is not over says so, and its days to come have no evidence."""
    ended = period(folder, days="2026-11-02 2026-12-31")

    assert ended.code == 6
    assert "WARNING: the period ends after today, 2026-11-22: days to come count as" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format=pdf"], "--format: 'pdf' is not one of text, html, csv, oscal, json, markdown"),
        (["--format=,"], "--format: name at least one of"),
        (["--format=html,csv"], "--format: several formats need a folder; name it with --output"),
        (
            ["--format=html,csv", "--output=x.html"],
            "--output x.html: several formats need a folder",
        ),
        (["--identity=audit@example.com"], "--identity: it needs the list of signers"),
        (["--revoked=krl"], "--revoked: it needs the list of signers"),
        (["--tsa-ca=ca.pem"], "--tsa-ca: it needs the list of signers"),
        (["--allowed-signers=none"], "none: there is no such file"),
        (["--every=never"], "--every: 'never' is no interval; write a number and h, d or w: 1d"),
        (["--output=locker/notes.txt/period.html"], "cannot write"),
    ],
)
def test_what_makes_no_sense_is_refused(folder: Path, arguments: list[str], said: str) -> None:
    """One sentence that names the option, exit code 4, and nothing is written."""
    if arguments[0].endswith("period.html"):
        (folder / "locker" / "notes.txt").touch()
    ended = period(folder, *arguments)

    assert ended.code == 4, ended.text
    assert said in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("2026-11-02 2026-11-01", "--to 2026-11-01: it lies before --from 2026-11-02"),
        (
            "2026-11-02 9999-12-31",
            "--to: no evidence can be of 9999-12-31; name a day of the years",
        ),
        ("0001-01-01 2026-11-02", "--from: no evidence can be of 0001-01-01; name a day of the y"),
        ("november 2026-11-01", "--from: 'november' is no day; write it as 2026-11-23"),
    ],
)
def test_a_period_that_is_none_is_refused(folder: Path, days: str, said: str) -> None:
    """A day that is none, or an end before the beginning."""
    ended = period(folder, days=days)

    assert ended.code == 4
    assert said in ended.err


def test_a_locker_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Nothing at all is no evidence of a good period."""
    ended = period(tmp_path)

    assert ended.code == 4
    assert "locker: there is no such folder; evidence add makes one" in ended.err


def test_adding_says_what_is_wrong_with_the_chain(folder: Path) -> None:
    """A bundle is added all the same: the days to come need their evidence."""
    locker = folder / "locker"
    new = a_bundle(folder, 3, last_of(locker))
    (locker / name_of(day(1))).unlink()

    ended = run_command(folder, "evidence", "add", "locker", new.path.name)

    assert ended.code == 0, ended.text
    assert f"wrote locker/{name_of(day(3))}" in ended.out
    assert f"WARNING: locker: {name_of(day(2))}: the bundle that it follows is mis" in ended.err
