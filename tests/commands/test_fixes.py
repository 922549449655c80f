"""``fixes``: what it writes, what it refuses, and that it sends nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import NAME
from pdsec_checks.commands.fixes import FORMS, HANDED_ON
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.reports import json_report
from pdsec_checks.reports.fixes.forms import FORMS as WRITERS
from tests.commands.helpers import Command
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.fails import fails
from tests.support.findings import a_finding, a_report
from tests.support.http_files import parse
from tests.support.tapes import plain_of, resealed, write_plain

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever opens a connection fail the test, once the demo account was read."""
    assert fails("demo")

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def a_file(folder: Path, *findings: Finding, change: Change | None = None) -> str:
    """Write a JSON report of these findings, changed by *change*, and return its name."""
    plain = json.loads(json_report.render(a_report(*(findings or fails("demo")))))
    if change:
        change(plain)
    (folder / "report.json").write_text(json.dumps(plain), encoding="utf-8")
    return "report.json"


@pytest.mark.parametrize("form", FORMS)
def test_one_form_goes_to_standard_output(command: Command, form: str) -> None:
    """Every fail of the report is there, and standard error says that nothing was sent."""
    said = command("fixes", "--report", a_file(command.folder), "--as", form)

    assert said.code == 0
    assert all(each.fingerprint[:12] in said.out for each in fails("demo"))
    assert said.err == f"what to do about {len(fails('demo'))} fails; nothing was sent\n"


def test_what_has_no_verdict_stands_beside_the_fails(command: Command) -> None:
    """Nothing to fix is no all-clear where checks could not be judged, or need a person."""
    found = [a_finding("PD-05", Status.ERROR), a_finding("PD-13", Status.MANUAL)]
    said = command("fixes", "--report", a_file(command.folder, *found))

    assert "0 fails; 1 check could not be judged; 1 for a person" in said.out
    assert "0 fails; 1 check could not be judged; 1 for a person" in said.err


def test_several_forms_go_to_a_folder(command: Command) -> None:
    """Each form has its file, which standard output of that form equals."""
    report = a_file(command.folder)
    said = command("fixes", "--report", report, "--as", "terraform, http,text", "--output", "out")

    assert (said.code, said.out) == (0, "")
    assert {each.name for each in (command.folder / "out").iterdir()} == {
        each.file for each in WRITERS.values()
    }
    alone = command("fixes", "--report", report, "--as", "http").out
    assert (command.folder / "out" / "fixes.http").read_text(encoding="utf-8") == alone


def test_same_report_gives_the_same_bytes(command: Command) -> None:
    """Nothing of the day, the machine or the order of findings is in a file."""
    found = fails("demo")
    first = command("fixes", "--report", a_file(command.folder, *found), "--as", "http").out
    again = command("fixes", "--report", a_file(command.folder, *found[::-1]), "--as", "http").out

    assert first == again


def test_recording_is_judged_first(tmp_path: Path) -> None:
    """With --replay it takes the options of an inspection, and leaves no report behind."""
    arguments = ("--replay", "demo", "--controls", "22,23", "--quiet", "--as", "http")
    ended = run_command(tmp_path, "fixes", *arguments)

    assert ended.code == 0, ended.text
    assert ended.err == ""
    assert {each.method for each in parse(ended.out)} == {"", "PUT"}
    assert {each for each in ("PD-05", "PD-22", "PD-23") if each in ended.out} == {"PD-22", "PD-23"}
    assert list(tmp_path.iterdir()) == []


def test_inspection_that_cannot_be_made_ends_as_it_does(tmp_path: Path) -> None:
    """No credential and nothing to replay: a usage error, in the words of an inspection."""
    ended = run_command(tmp_path, "fixes", "--controls", "22")

    assert ended.code == 4
    assert "nothing to replay" in ended.err or "credential" in ended.err
    assert ended.out == ""


def test_report_of_pseudonyms_is_refused(command: Command) -> None:
    """No fix would fit the account: its names are those of a recording."""

    def redact(plain: dict[str, Any]) -> None:
        plain["recording"] = {"source": "recording", "redacted": True}

    said = command("fixes", "--report", a_file(command.folder, change=redact))

    assert (said.code, said.out) == (4, "")
    assert said.err == (
        "ERROR: fixes --report report.json: its names and addresses are the pseudonyms of a "
        "recording, so that no fix would fit the account; inspect the account, or a recording "
        "made with --no-redact\n"
    )


def test_recording_with_pseudonyms_is_refused(tmp_path: Path) -> None:
    """It is named, as the report is that somebody made of it."""
    recorded = plain_of(recording.shipped("demo"))
    recorded["metadata"][NAME]["redacted"] = "names"
    write_plain(tmp_path / "acme.yaml", resealed(recorded))
    arguments = ("--replay", "acme.yaml", "--controls", "22", "--quiet")
    ended = run_command(tmp_path, "fixes", *arguments)

    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("ERROR: fixes --replay acme.yaml: its names and addresses are the")


def test_report_without_fixes_is_refused(command: Command) -> None:
    """An earlier version noted none; to print nothing would read as nothing to do."""

    def forget(plain: dict[str, Any]) -> None:
        for finding in plain["findings"]:
            finding.pop("fix", None)

    said = command("fixes", "--report", a_file(command.folder, change=forget))

    assert (said.code, said.out) == (4, "")
    assert "written by a version that did not include fixes; write a new one" in said.err


def damaged(**changes: Any) -> Change:
    """Return what changes the first request of a report that has one."""

    def change(plain: dict[str, Any]) -> None:
        found = next(each for each in plain["findings"] if "requests" in each.get("fix", {}))
        found["fix"]["requests"][0] |= changes

    return change


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/users/P1\n\nGET https://evil.example/"},
        {"path": "https://evil.example/v2/change/enqueue"},
        {"path": "@evil.example/users"},
        {"method": "GET\n"},
        {"body": "text"},
    ],
    ids=str,
)
def test_damaged_fix_is_refused(command: Command, changes: dict[str, str]) -> None:
    """A report that somebody changed sends nobody's key elsewhere."""
    report = a_file(command.folder, change=damaged(**changes))
    said = command("fixes", "--report", report, "--as", "http")

    assert (said.code, said.out) == (4, "")
    assert "in the report is damaged" in said.err
    assert "write a new report" in said.err


@pytest.mark.parametrize(
    "url", ["http://api.pagerduty.com", "https://key@evil.example", "file:///etc/passwd", ""]
)
def test_address_that_no_key_may_go_to_is_refused(command: Command, url: str) -> None:
    """The base URL of a report is held to what an inspection is held to."""

    def lead_astray(plain: dict[str, Any]) -> None:
        plain["account"]["base_url"] = url

    said = command("fixes", "--report", a_file(command.folder, change=lead_astray))

    assert (said.code, said.out) == (4, "")
    assert "fixes --report report.json: base_url" in said.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--as", "ansible"), "--as: 'ansible' is not one of terraform, http, text"),
        (("--as", ","), "--as: name at least one of terraform, http, text"),
        (("--as", "http,text"), "--as: several forms need a folder; name it with --output"),
        (("--replay", "demo"), "--report and --replay: a report has its own; leave one of them"),
        (("--severity", "high"), "--report and --severity: a report has its own"),
        (("--output", "report.json/x"), "cannot write report.json/x/fixes.txt"),
    ],
)
def test_bad_input_has_one_sentence(
    command: Command, arguments: tuple[str, ...], problem: str
) -> None:
    """It names the flag and the way out."""
    said = command("fixes", "--report", a_file(command.folder), *arguments)

    assert (said.code, said.out) == (4, "")
    assert said.err.startswith(f"ERROR: {problem}")


def test_what_is_no_report_is_refused(command: Command) -> None:
    """The file is named, and how to write one."""
    (command.folder / "other.json").write_text("{}")
    said = command("fixes", "--report", "other.json")

    assert said.code == 4
    assert "fixes --report other.json: this is no JSON report" in said.err


def test_nothing_to_fix_is_said(command: Command) -> None:
    """A report in which nothing fails has an empty list, and is no error."""
    said = command("fixes", "--report", a_file(command.folder, a_finding("PD-06", Status.PASS)))

    assert said.code == 0
    assert ": 0 fails." in said.out


def test_what_could_not_be_judged_is_no_all_clear(command: Command) -> None:
    """Where nothing fails, and something could not be judged, the exit code says so."""
    found = a_file(command.folder, a_finding("PD-06", Status.ERROR))
    said = command("fixes", "--report", found)

    assert said.code == 6
    assert ": 0 fails; 1 check could not be judged." in said.out
    assert said.err == "what to do about 0 fails; 1 check could not be judged; nothing was sent\n"


@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_first_that_there_may_be_more_to_fix(command: Command, form: str) -> None:
    """A run that left something out, or could not judge all, has fixes for what it saw alone."""

    def narrow(plain: dict[str, Any]) -> None:
        plain["scope"] |= {"partial": True, "left_out": ["24 of 25 controls"]}

    found = fails("demo")[0], a_finding("PD-06", Status.ERROR)
    said = command("fixes", "--report", a_file(command.folder, *found, change=narrow), "--as", form)

    first = said.out.splitlines()[0].removeprefix("# ")
    assert first.startswith("PARTIAL: Fixes for the account acme, as of ")
    assert first.endswith(": 1 fail; 1 check could not be judged.")
    assert "The inspection left out 24 of 25 controls." in said.out
    assert "There may be more to fix than this." in said.out
    assert said.err.startswith("PARTIAL: what to do about 1 fail; 1 check could not be judged;")


def test_fixes_of_a_stopped_run_are_partial_whatever_its_version(command: Command) -> None:
    """A report of an earlier version has no scope; that it was stopped it says elsewhere."""

    def age(plain: dict[str, Any]) -> None:
        del plain["scope"]
        plain["complete"] = False

    said = command("fixes", "--report", a_file(command.folder, fails("demo")[0], change=age))

    assert said.out.startswith("PARTIAL: Fixes for the account acme")


def test_control_of_ones_own_has_its_remediation(command: Command) -> None:
    """There is no request for it, and what its author wrote is printed."""
    own = replace(a_finding("PD-05"), control="ACME-01", fix=None)

    def rename(plain: dict[str, Any]) -> None:
        plain["controls"] = [{"id": "ACME-01", "remediation": "ask the platform team"}]
        plain["findings"] = [own.to_json()]

    said = command("fixes", "--report", a_file(command.folder, a_finding(), change=rename))

    assert said.code == 0
    assert "ask the platform team" in said.out


def test_it_takes_only_options_that_there_are() -> None:
    """What it hands on to an inspection is what an inspection takes."""
    assert set(HANDED_ON) <= {option.name for option in OPTIONS}
    assert set(FORMS) == set(WRITERS)
