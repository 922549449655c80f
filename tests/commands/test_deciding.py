"""``waive`` and ``attest``: an entry is written, whole or not at all, and the rest stays."""

from __future__ import annotations

import getpass
import os
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import cli
from pdsec_checks.catalogue.controls import shipped_sources
from pdsec_checks.catalogue.manual import FAIL, MANUAL, can_be_about_account, can_be_manual
from pdsec_checks.configuration import writer
from pdsec_checks.configuration.settings import load_settings
from tests.simulator import accounts, run
from tests.support.additions import write_additions
from tests.support.calls import run_command

TODAY = datetime.now(UTC).date()
SOON = (TODAY + timedelta(days=20)).isoformat()
LATER = (TODAY + timedelta(days=25)).isoformat()
LATE = TODAY + timedelta(days=31)
WAIVE = ("waive", "5", "PABC123", "--until", SOON, "--reason", "retired in spring")
ATTEST = ("attest", "PD-01", "--until", SOON, "--who", "Ann", "--statement", "seen in settings")
FILE = """\
# what we agreed on
severity = "medium" # not the low ones

[[waivers]] # the oldest one
control = "PD-22"
resource = "POLD"
reason = "it's \\"old\\""
approved_by = "ops"
expires = 2099-01-01

# thresholds
[baseline]
min_admins = 4
"""
Command = Callable[..., int]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "ann")
    return lambda *words: cli.main(words)


def plain(file: str = "pdsec.toml") -> dict[str, Any]:
    """Return what a file of this folder holds."""
    return tomllib.loads(Path(file).read_text("utf-8"))


def test_waive_makes_the_file(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file there is one afterwards, with who accepted what from when until when."""
    assert command(*WAIVE) == 0

    assert plain() == {
        "waivers": [
            {
                "control": "PD-05",
                "resource": "PABC123",
                "reason": "retired in spring",
                "approved_by": "ann",
                "expires": TODAY + timedelta(days=20),
                "accepted": TODAY,
            }
        ]
    }
    assert capsys.readouterr().out == (
        f"wrote pdsec.toml: a waiver for PD-05 on PABC123 until {SOON}\n"
    )


def test_attest_makes_the_file(command: Command) -> None:
    """An attestation is about the account unless it says so, and counts from today."""
    assert command(*ATTEST) == 0

    assert plain()["attestations"] == [
        {
            "control": "PD-01",
            "who": "Ann",
            "when": TODAY,
            "until": TODAY + timedelta(days=20),
            "statement": "seen in settings",
            "resource": "account",
        }
    ]


def test_what_was_written_is_what_an_inspection_reads(tmp_path: Path, command: Command) -> None:
    """The next inspection reads both entries."""
    command(*WAIVE, "--approved-by", 'the "board" \\ = #1')
    command(*ATTEST, "--when", (TODAY - timedelta(days=3)).isoformat())
    decisions = load_settings({}, {}, tmp_path).decided.decisions

    assert decisions.waivers[0].approved_by == 'the "board" \\ = #1'
    assert (TODAY - decisions.attestations[0].when).days == 3


def test_the_next_run_goes_by_what_was_written(tmp_path: Path) -> None:
    """From the command to the verdict: the control fails that service no more, and still others."""
    entry = ("waive", "PD-22", "PWJGK4YP", "--until", SOON, "--reason", "gone soon")
    with run(accounts.demo) as simulator:
        assert run_command(tmp_path, *entry).code == 0
        ended = run_command(
            tmp_path, "--controls=22", "--output=inspection.json", simulator=simulator
        )

    assert ended.verdicts["PD-22", "PWJGK4YP"] == "waived"
    assert ended.verdicts["PD-22", "PLLK2ROM"] == "fail"
    assert "service 'Returns' (PWJGK4YP) never triggers an acknowledged incident again" in ended.err


def test_the_rest_of_the_file_stays(command: Command) -> None:
    """Comments, order and spelling of everything else are as they were."""
    Path("pdsec.toml").write_text(FILE, encoding="utf-8")
    assert command(*WAIVE) == 0

    text = Path("pdsec.toml").read_text("utf-8")
    assert text.startswith(FILE)
    assert [each["control"] for each in plain()["waivers"]] == ["PD-22", "PD-05"]


@pytest.mark.parametrize("text", ["strict = true", "strict = true\r\n", "waivers = []\n# end"])
def test_any_way_to_write_the_file_will_do(command: Command, text: str) -> None:
    """No last line end, Windows line ends, a list in one line: all stay what they are."""
    Path("pdsec.toml").write_bytes(text.encode())
    assert command(*WAIVE) == 0

    written = Path("pdsec.toml").read_bytes()
    assert len(plain()["waivers"]) == 1
    assert (b"\r\n" in written) == ("\r" in text)
    assert b"\n" not in written.replace(b"\r\n", b"") or "\r" not in text
    assert ("# end" in text) == (b"# end" in written)


def test_pyproject_has_a_table_for_it(command: Command) -> None:
    """In ``pyproject.toml`` the entry stands under ``tool.pdsec``."""
    Path("pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.pdsec]\nstrict = true\n')
    command(*WAIVE, "--config", "pyproject.toml")
    command(*WAIVE[:2], "PB", *WAIVE[3:], "--config", "pyproject.toml")

    assert [each["resource"] for each in plain("pyproject.toml")["tool"]["pdsec"]["waivers"]] == [
        "PABC123",
        "PB",
    ]
    assert plain("pyproject.toml")["project"] == {"name": "x"}


def test_the_file_of_an_inspection_is_the_one_to_write_to(tmp_path: Path, command: Command) -> None:
    """Where ``pyproject.toml`` configures the inspection there is no second file beside it."""
    Path("pyproject.toml").write_text("[tool.pdsec]\nstrict = true\n")
    assert (command(*WAIVE), command(*ATTEST)) == (0, 0)

    assert not Path("pdsec.toml").exists()
    decisions = load_settings({}, {}, tmp_path).decided.decisions
    assert [each.control for each in decisions.all] == ["PD-05", "PD-01"]


def test_a_pyproject_of_something_else_is_left_alone(command: Command) -> None:
    """Without our table in it, ``pyproject.toml`` does not configure the inspection."""
    Path("pyproject.toml").write_text('[project]\nname = "pdsec-rules"\n')
    assert command(*WAIVE) == 0

    assert len(plain()["waivers"]) == 1


def test_of_two_files_one_must_be_named(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """An inspection would refuse to choose between them, and so does the command."""
    Path("pyproject.toml").write_text("[tool.pdsec]\n")
    Path("pdsec.toml").write_text("strict = true\n")
    assert command(*WAIVE) == 4
    assert "both configure the inspection; keep one" in capsys.readouterr().err

    assert command(*WAIVE, "--config=pdsec.toml") == 0


def test_renew_replaces_the_entry_in_its_place(command: Command) -> None:
    """The entry has its new days and reason; comments and the other entries stay."""
    Path("pdsec.toml").write_text(FILE, encoding="utf-8")
    command(*WAIVE)
    command(*WAIVE[:2], "PB", *WAIVE[3:])
    again = ("waive", "PD-05", "PABC123", "--until", LATER, "--reason", "delayed", "--renew")
    assert command(*again) == 0

    waivers = plain()["waivers"]
    assert [each["resource"] for each in waivers] == ["POLD", "PABC123", "PB"]
    assert (waivers[1]["reason"], waivers[1]["expires"].isoformat()) == ("delayed", LATER)
    assert Path("pdsec.toml").read_text("utf-8").startswith(FILE)


IN_ONE_LINE = """\
waivers = [{control = "5", resource = "PA", reason = "x", approved_by = "x", expires = 2020-01-01},
  {control = "5", resource = "PABC123", reason = "x", approved_by = "x", expires = 2020-01-01}] #all
"""
LIKE_A_HEADING = """\
[[ waivers ]]
control = "PD-05" # five
resource = "PABC123"
reason = '''
[x]
[[waivers]]'''
approved_by = "x"
expires = 2020-01-01
"""


def test_an_entry_of_a_list_in_one_line_is_renewed(command: Command) -> None:
    """The other entry, and the comment behind the list, stay."""
    Path("pdsec.toml").write_text(IN_ONE_LINE)
    assert command(*WAIVE, "--renew") == 0

    assert [each["reason"] for each in plain()["waivers"]] == ["x", "retired in spring"]
    assert Path("pdsec.toml").read_text().endswith("}] #all\n")


def test_an_entry_that_cannot_be_found_stays(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that looks like a heading hides where the entry ends; nothing is written then."""
    Path("pdsec.toml").write_text(LIKE_A_HEADING)
    assert command(*WAIVE, "--renew") == 4

    assert Path("pdsec.toml").read_text() == LIKE_A_HEADING
    assert "add it by hand:\n[[waivers]]\n" in capsys.readouterr().err


def test_renewing_keeps_the_comments_of_the_entry(command: Command) -> None:
    """What somebody noted beside a line of the entry is still there."""
    Path("pdsec.toml").write_text(
        "[[waivers]] # first\ncontrol = 'PD-05' # five\nresource = 'PABC123'\nreason = 'x'\n"
        "approved_by = 'x'\nexpires = 2020-01-01 # when\n\n# end\n[baseline]\nmin_admins = 3\n"
    )
    assert command(*WAIVE, "--renew") == 0

    text = Path("pdsec.toml").read_text()
    assert f"expires = {SOON} # when\n" in text
    assert text.startswith("[[waivers]] # first\ncontrol = ")
    assert text.endswith("# end\n[baseline]\nmin_admins = 3\n")


def test_renew_works_for_attestations(command: Command) -> None:
    """An attestation is renewed as a waiver is."""
    command(*ATTEST)
    assert command(*ATTEST[:5], "Bob", *ATTEST[6:], "--renew") == 0

    assert [each["who"] for each in plain()["attestations"]] == ["Bob"]


def test_the_permissions_of_the_file_stay(command: Command) -> None:
    """A file that only its group may read is not opened to everybody."""
    file = Path("pdsec.toml")
    file.write_text("strict = true\n")
    file.chmod(0o640)
    command(*WAIVE)

    assert file.stat().st_mode & 0o777 == 0o640


def test_the_severity_of_the_file_decides_how_long_a_waiver_may_last(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A control that the organisation calls critical may be waived as long as a critical one."""
    Path("pdsec.toml").write_text('[severities]\nPD-22 = "critical"\n')
    words = changed(("waive", "22", *WAIVE[2:]), until=LATE.isoformat())
    assert command(*words) == 4

    assert "may last 30 days, as the control is critical" in capsys.readouterr().err
    Path("pdsec.toml").write_text('[severities]\nPD-05 = "low"\n')
    assert command(*changed(WAIVE, until=LATE.isoformat())) == 0


def test_a_control_of_the_organisation_can_be_waived(tmp_path: Path, command: Command) -> None:
    """What the file adds under ``controls_path`` is a control like ours, with its severity."""
    write_additions(tmp_path)
    assert command("waive", "ACME-01", *WAIVE[2:]) == 0

    assert plain()["waivers"][0]["control"] == "ACME-01"


def test_another_file_is_judged_by_itself(tmp_path: Path, command: Command) -> None:
    """A file that is made now knows nothing of the controls of the file beside it."""
    write_additions(tmp_path)

    assert command("waive", "ACME-01", *WAIVE[2:], "--config=new.toml") == 4
    assert command(*WAIVE, "--config=new.toml") == 0


@pytest.mark.parametrize(("control", "pattern"), [("5", "PAB*"), ("5", "P[A"), ("22", "P*")])
def test_a_pattern_that_says_something_may_be_written(
    command: Command, control: str, pattern: str
) -> None:
    """A longer beginning of ids is a choice; a control that is not critical has no such limit."""
    assert command("waive", control, pattern, *WAIVE[3:]) == 0


def changed(words: tuple[str, ...], **flags: str) -> list[str]:
    """Return a command line with other values for some flags."""
    found = list(words)
    for name, value in flags.items():
        found[found.index(f"--{name}") + 1] = value
    return found


WRONG = [
    (["waive", "x", "PA", *WAIVE[3:]], "'x': wanted: the id of a control, such as PD-05"),
    (["waive", "99", "PA", *WAIVE[3:]], "there is no control PD-99; valid: PD-01, PD-02"),
    (changed(WAIVE, until="soon"), "--until 'soon': wanted: a day such as 2027-03-31"),
    (changed(WAIVE, until="2020-01-01"), "--until 2020-01-01: that day is over"),
    (
        changed(WAIVE, until=LATE.isoformat()),
        f"may last 30 days, as the control is critical; {LATE - timedelta(days=1)} is the last day",
    ),
    (changed(WAIVE, reason="  "), "--reason: it is empty; auditors read it"),
    ([*WAIVE, "--approved-by", ""], "--approved-by: it is empty"),
    (["waive", "5", "*", *WAIVE[3:]], "*: that may be every resource of a critical control; name"),
    (["waive", "5", "P*", *WAIVE[3:]], "P*: that may be every resource of a critical control"),
    (["waive", "5", "P??????", *WAIVE[3:]], "P??????: that may be every resource of a critical"),
    (["waive", "5", "P*:*", *WAIVE[3:]], "P*:*: only the id of an API key has a colon"),
    (["waive", "5", "[!x]*", *WAIVE[3:]], "[!x]*: that may be every resource of a critical"),
    (["waive", "5", "P[]A-Z]*", *WAIVE[3:]], "P[]A-Z]*: that may be every resource of a"),
    (
        ["waive", "5", "PUSER1:ab12", *WAIVE[3:]],
        "only the id of an API key has a colon",
    ),
    (["waive", "13", "PUSER1", *WAIVE[3:]], "ids are such as PUSER1:ab12; 'PUSER1:*' stands for"),
    (["waive", "5", "#0123456789abcdef", *WAIVE[3:]], "looks like the fingerprint of a finding"),
    (["attest", "5", "PA", *ATTEST[2:]], "PD-05 is never manual, so there is nothing to attest"),
    (
        ["attest", "1", "PA", *ATTEST[2:]],
        "PA: PD-01 is about the account as a whole; write account",
    ),
    (
        ["waive", "2", "PA*", *WAIVE[3:]],
        "PA*: PD-02 is about the account as a whole; write account",
    ),
    (
        ["waive", "5", "account", *WAIVE[3:]],
        "account: PD-05 never fails for the account as a whole, so there is nothing to waive",
    ),
    (["waive", "22", "account", *WAIVE[3:]], "account: PD-22 never fails for the account as a"),
    (["waive", "5", "Gift Cards", *WAIVE[3:]], "'Gift Cards': give an id such as PABC123, or a"),
    (
        ["waive", "5", "P\x1b[31m", *WAIVE[3:]],
        "resource: it contains the control character U+001B",
    ),
    (changed(WAIVE, reason="a\0b"), "waiver: reason: it contains the control character U+0000"),
    (["waive", "5", "", *WAIVE[3:]], "'': give an id such as PABC123, or a pattern"),
    ([*WAIVE, "--renew"], "pdsec.toml: there is no waiver for PD-05 on PABC123 to renew"),
    ([*ATTEST, "--renew"], "there is no attestation for PD-01 on account to renew"),
    ([*ATTEST, "--when", LATER], f"--until {SOON}: that is before --when {LATER}"),
    ([*ATTEST, "--when", SOON], f"--when {SOON}: nobody has seen it yet; wait for that day"),
    (
        [*ATTEST, "--when", "2020-01-01"],
        "critical; 2020-12-31 is the last day (max_att",
    ),
    (changed(ATTEST, statement=""), "--statement: it is empty"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[said[:40] for _, said in WRONG])
def test_what_would_not_count_is_not_written(
    command: Command, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """The message names the flag and the way out, the exit code is 4, and no file is made."""
    assert command(*words) == 4

    assert said in capsys.readouterr().err
    assert not list(Path().iterdir())


def test_an_own_control_may_be_attested(tmp_path: Path, command: Command) -> None:
    """Nobody knows what a control of the organisation calls, so it is given the benefit."""
    write_additions(tmp_path)

    assert command("attest", "ACME-01", "PA", *ATTEST[2:]) == 0


@pytest.mark.parametrize("account", ["demo", "demo-compliant"])
def test_whatever_is_manual_can_be_attested(tmp_path: Path, account: str) -> None:
    """No control that asks for a person in a recorded account is said never to."""
    ended = run_command(tmp_path, f"--replay={account}", "--output=inspection.json")
    asked = {control for (control, _), status in ended.verdicts.items() if status == "manual"}
    possible = {each.id for each in shipped_sources() if can_be_manual(each)}

    assert asked
    assert asked <= possible
    assert possible == {
        *("PD-01", "PD-10", "PD-12", "PD-13", "PD-24"),
        *("PD-29", "PD-34", "PD-36", "PD-40", "PD-41", "PD-42", "PD-43", "PD-44", "PD-45"),
    }


def test_a_control_that_fails_the_whole_account_can_be_waived_there(command: Command) -> None:
    """Without an audit trail no key can be judged, and that fails for certain: it has this row."""
    assert command("waive", "13", "account", *WAIVE[3:]) == 0
    assert command("attest", "10", "account", *ATTEST[2:]) == 0


def test_controls_of_resources_that_can_end_for_the_account_are_known() -> None:
    """Their arguments end all their cases at once; those of all other controls never do."""
    of_resources = [each for each in shipped_sources() if "account" not in each.arguments]
    found = {
        endings: {each.id for each in of_resources if can_be_about_account(each, endings)}
        for endings in (FAIL, MANUAL)
    }

    assert found == {
        FAIL: {"PD-10", "PD-13", "PD-42"},
        MANUAL: {"PD-10", "PD-13", "PD-34", "PD-36", "PD-44", "PD-45"},
    }


@pytest.mark.parametrize("words", [WAIVE, ATTEST])
def test_a_second_entry_for_the_same_is_refused(
    command: Command, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Two entries for one control and resource would contradict each other."""
    command(*words)
    before = Path("pdsec.toml").read_bytes()
    assert command(*words) == 4

    kind = "a waiver" if words is WAIVE else "an attestation"
    assert f"pdsec.toml: there is {kind} for PD-0" in capsys.readouterr().err
    assert Path("pdsec.toml").read_bytes() == before


BROKEN = [
    ("severty = 1", "unknown key 'severty'; did you mean 'severity'?"),
    ("not toml", "pdsec.toml: "),
    ("[[waivers]]\ncontrol = 'PD-05'", "waivers[0]"),
    ("tool = 1", "unknown key 'tool'"),
    ('controls = ["PD-\\u001b"]', "controls[0]: it contains the control character U+001B"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_file_that_is_not_valid_is_left_alone(
    command: Command, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """What an inspection would refuse is to be mended first."""
    Path("pdsec.toml").write_text(text)
    assert command(*WAIVE) == 4

    assert said in capsys.readouterr().err
    assert Path("pdsec.toml").read_text() == text


def test_a_file_that_cannot_be_extended_is_left_alone(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where TOML allows no further entry, the message has the text to add by hand."""
    text = "[tool]\npdsec = {strict = true}\n"
    Path("pyproject.toml").write_text(text)
    assert command(*WAIVE, "--config=pyproject.toml") == 4

    said = capsys.readouterr().err
    assert "pyproject.toml: cannot be changed without touching more than the entry" in said
    assert '[[tool.pdsec.waivers]]\ncontrol = "PD-05"' in said
    assert Path("pyproject.toml").read_text() == text


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\npdsec = true"])
def test_a_pyproject_without_a_table_for_us_is_left_alone(
    command: Command, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Where ``tool.pdsec`` is anything but a table, the message says so."""
    Path("pyproject.toml").write_text(text)
    assert command(*WAIVE, "--config=pyproject.toml") == 4

    assert "pyproject.toml: tool.pdsec is no table" in capsys.readouterr().err


def test_a_folder_is_no_file(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder behind ``--config`` is named."""
    assert command(*WAIVE, "--config=.") == 4
    assert "Is a directory" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is said so, and the file is as it was."""
    Path("pdsec.toml").write_text(FILE)

    def full(path: Path, _text: str) -> None:
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr(writer, "write", full)
    assert command(*WAIVE) == 4

    assert "cannot write pdsec.toml: No space left on device" in capsys.readouterr().err
    assert Path("pdsec.toml").read_text() == FILE


def test_somebody_must_be_known_to_accept_it(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody is logged in, as in some containers, the flag is asked for."""

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert command(*WAIVE) == 4

    assert "--approved-by: say who accepts it" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["waive", "attest"])
def test_help_has_examples(command: Command, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """``--help`` says what the limits are and shows how it is done."""
    with pytest.raises(SystemExit) as ended:
        command(name, "--help")

    assert ended.value.code == 0
    assert f"pagerduty-sec-inspector {name} PD-" in capsys.readouterr().out
