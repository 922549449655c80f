"""``config``: a commented file, the merged settings, and everything that is wrong."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.commands.config import TEMPLATE
from pdsec_checks.commands.suggest import LISTS, Listed
from pdsec_checks.configuration.decisions import Attestation, Waiver
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.configuration.schema import ConfigFile
from pdsec_checks.configuration.settings import load_settings
from tests.commands.helpers import Command
from tests.support import reading
from tests.support.additions import CONTROL, write_additions


def uncommented() -> str:
    """Return the written file with every key in force."""
    text = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"^# (\w+ = |\w+-\w+ = |\[)", r"\1", text, flags=re.MULTILINE)


def fields(kind: type[msgspec.Struct]) -> set[str]:
    """Return the keys of a table."""
    return {each.name for each in msgspec.structs.fields(kind)}


def test_init_writes_a_file_that_changes_nothing(command: Command) -> None:
    """The file is valid, and as good as none until a line is uncommented."""
    said = command("config", "init")

    assert said.code == 0
    assert re.fullmatch(r"wrote \S*pdsec\.toml: every key with its .*\n", said.out)
    assert tomllib.loads((command.folder / "pdsec.toml").read_text(encoding="utf-8")) == {}
    assert command("config", "check").out == "nothing is wrong\n"


def test_written_file_explains_every_key() -> None:
    """Each key of the file and of its tables stands in it, as what it is."""
    plain = tomllib.loads(uncommented())

    assert set(plain) == fields(ConfigFile)
    assert set(plain["baseline"]) == fields(Baseline)
    assert set(plain["waivers"][0]) == fields(Waiver)
    assert set(plain["attestations"][0]) == fields(Attestation) - {"resource"}


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.key)
def test_written_file_says_who_suggests_a_list(listed: Listed) -> None:
    """A list that only an organisation can fill is a comment, below how to get it."""
    text = TEMPLATE.read_text(encoding="utf-8")
    above, found, _ = text.partition(f"# {listed.key} = []")

    assert found
    assert listed.control in text.partition(found)[2].splitlines()[0]
    assert "config suggest" in above[above.index("# What only you know.") :]


def test_written_defaults_are_the_defaults(tmp_path: Path) -> None:
    """The thresholds and options that the file shows as defaults are the tool's own."""
    plain = tomllib.loads(uncommented())
    settings = load_settings({}, {}, tmp_path)

    assert msgspec.convert(plain["baseline"], Baseline) == settings.decided.baseline
    for option in OPTIONS:
        if option.key in plain and option.default not in (None, ()):
            assert option.parse(str(plain[option.key])) == option.default or (
                plain[option.key] == option.default
            )


def test_init_never_overwrites_in_silence(command: Command) -> None:
    """A file that is there stays, unless ``--force`` is given."""
    file = command.folder / "pdsec.toml"
    file.write_text("concurrency = 3")
    refused = command("config", "init")

    assert (refused.code, file.read_text()) == (4, "concurrency = 3")
    assert "is there already; --force replaces it" in refused.err
    assert command("config", "init", "--force").code == 0
    assert file.read_text(encoding="utf-8") == TEMPLATE.read_text(encoding="utf-8")


def test_init_makes_no_second_configuration(command: Command) -> None:
    """Beside a ``pyproject.toml`` with our table the file would only stop every run."""
    (command.folder / "pyproject.toml").write_text("[tool.pdsec]\n")
    said = command("config", "init")

    assert said.code == 4
    assert "[tool.pdsec] already configures the inspection" in said.err
    assert not (command.folder / "pdsec.toml").exists()


def test_init_names_a_file_that_cannot_be_written(command: Command) -> None:
    """A folder in the place of the file is named."""
    (command.folder / "pdsec.toml").mkdir()
    said = command("config", "init", "--force")

    assert said.code == 4
    assert "cannot write" in said.err


def origins(out: str) -> dict[str, list[str]]:
    """Return value and origin of each line, by key."""
    return {(parts := re.split(r"\s{2,}", line))[0]: parts[1:] for line in out.splitlines()}


def test_show_says_what_holds_and_why(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting has its value and its origin: flag, environment, file or default."""
    write_additions(
        command.folder,
        'concurrency = 3\nregion = "us"\nseverity = "low"\nframeworks = ["acme.yaml"]\n'
        'skip_controls = [5]\n[severities]\n25 = "high"\n'
        "[baseline]\nmin_admins = 5\napi_key_max_age = 30\n",
    )
    monkeypatch.setenv("PAGERDUTY_REGION", "eu")
    file = str(command.folder / "pdsec.toml")

    found = origins(
        command("config", "show", "--severity=high", "--strict", "--api-key-max-age=60").out
    )

    assert found["severity"] == ["high", "flag --severity"]
    assert found["strict"] == ["true", "flag --strict"]
    assert found["region"] == ["eu", "environment PAGERDUTY_REGION"]
    assert found["base_url"] == ["https://api.eu.pagerduty.com", "default"]
    assert found["concurrency"] == ["3", file]
    assert found["skip_controls"] == ["PD-05", file]
    assert found["severities"] == ["PD-25 = high", file]
    assert found["timeout"] == ["30.0", "default"]
    assert found["baseline.min_admins"] == ["5", file]
    assert found["baseline.api_key_max_age"] == ["60", "flag --api-key-max-age"]
    assert found["baseline.change_event_days"] == ["90", "default"]
    assert found["frameworks"][1] == file
    assert found["controls_path"] == ["-", "default"]


def test_show_keeps_secrets(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is only said to be set, and by what."""
    assert origins(command("config", "show").out)["api_key"] == ["-", "default"]
    monkeypatch.setenv("PAGERDUTY_API_KEY", "hush")
    for arguments, origin in (
        ((), "environment PAGERDUTY_API_KEY"),
        (("--api-key=hush2",), "flag --api-key"),
    ):
        said = command("config", "show", *arguments)
        assert origins(said.out)["api_key"] == ["set, not shown", origin]
        assert "hush" not in said.out + said.err


def test_show_refuses_what_an_inspection_would_refuse(command: Command) -> None:
    """A wrong value is an error, not a line of output."""
    (command.folder / "pdsec.toml").write_text("concurrency = 0")
    said = command("config", "show")

    assert (said.code, said.out) == (4, "")
    assert "concurrency: 0 is not valid; wanted: a whole number from 1 to 100" in said.err


EVERYTHING = """
severty = "high"
concurrency = 0
timeout = "soon"
region = "uk"
base_url = "http://example.com"
controls = ["PD-99", "x"]
framework = ["sok2", "soc2:CC9.9", "soc2", "soc2:CC8.1"]
frameworks = ["acme.yaml", "none.yaml"]
[severities]
PD-25 = "urgent"
PD-98 = "low"
[baseline]
min_admin = 3
min_admins = -1
[[waivers]]
control = "PD-97"
resource = 5
reason = "x"
[[attestations]]
control = "y"
who = "Ann"
when = 2026-11-01
until = 2026-12-01
statement = "seen"
"""
PROBLEMS = [
    "unknown key 'severty'; did you mean 'severity'?",
    "concurrency: 0 is not valid; wanted: a whole number from 1 to 100",
    "timeout: 'soon' is not valid; wanted: a duration above zero",
    "region: 'uk' is not one of us, eu",
    "base URL http://example.com: the key would travel unencrypted",
    "controls: 'PD-99,x' is not valid; wanted: control ids",
    "controls: there is no control PD-99; valid: ACME-01, PD-01",
    "framework: there is no framework 'sok2'; valid: fedramp",
    "framework: no control supports soc2 'CC9.9' in either mapping; valid: CC3.1",
    "frameworks: there is no file",
    "severities.PD-25: 'urgent' is not one of critical, high",
    "severities: there is no control PD-98",
    "baseline: unknown key 'min_admin'; did you mean 'min_admins'?",
    "baseline.min_admins: -1 is not valid; wanted: a whole number from 0 to 10000",
    "waivers: there is no control PD-97",
    "waivers[0].resource: Expected `str`, got `int`",
    "waivers[0]: the key 'approved_by' is missing; add it",
    "waivers[0]: the key 'expires' is missing; add it",
    "attestations[0].control: 'y'; wanted: control ids",
]


def test_check_says_everything_at_once(command: Command) -> None:
    """Each problem has its line with file and key, none twice."""
    file = write_additions(command.folder, 'controls_path = "controls"\n' + EVERYTHING)
    said = command("config", "check")
    lines = said.err.splitlines()

    assert (said.code, said.out) == (4, "")
    for problem in PROBLEMS:
        assert [line for line in lines if problem in line], problem
    assert len(lines) == len(set(lines)) == len(PROBLEMS)
    assert file.exists()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("controls_path = 'none'", "controls_path: there is no folder"),
        ("frameworks = ['a b.yaml']", "there is no file"),
        ("frameworks = ['broken.yaml']", "broken.yaml:1: "),
        ("mapping = 'new'\nframework = ['soc2']", "mapping: 'new' is not one of specified"),
        ("not toml", "pdsec.toml: Expected '='"),
    ],
)
def test_check_looks_into_what_the_file_names(command: Command, config: str, said: str) -> None:
    """Frameworks and controls of one's own are checked with the file."""
    write_additions(command.folder, config)
    (command.folder / "broken.yaml").write_text("- x")
    ended = command("config", "check")

    assert ended.code == 4
    assert said in ended.err


DAYS = "expires = 2099-01-01\nreason = 'r'\napproved_by = 'a'\n"
SEEN = "when = 2026-11-01\nuntil = 2026-12-01\nwho = 'w'\nstatement = 's'\n"
MISTAKES = [
    "severty = 'high'",
    "concurrency = 0",
    "timeout = 'soon'",
    "max_time = '0s'",
    "strict = 1",
    "region = 'uk'",
    "severity = 'urgent'",
    "mapping = 'new'",
    "granularity = 'fine'",
    "base_url = 'http://example.com'",
    "base_url = 'example.com'",
    "report_mode = '999'",
    "evidence_max_age = 0",
    "controls = ['x']",
    "controls = ['PD-99']",
    "skip_controls = ['PD-99']",
    "framework = ['sok2']",
    "framework = ['soc2:CC9.9']",
    "framework = 'soc2'",
    "controls_path = 'none'",
    "controls_path = 'pdsec.toml'",
    "controls_path = 'broken'",
    "controls_path = 'taken'",
    "frameworks = ['none.yaml']",
    "frameworks = ['broken.yaml']",
    "frameworks = ['unknown.yaml']",
    "frameworks = ['acme.yaml', 'acme.yaml']",
    "baseline_report = 'none.json'",
    "last_report = 'none.json'",
    "baseline_report = 'pdsec.toml'",
    "not toml",
    "[severities]\nPD-25 = 'urgent'",
    "[severities]\nPD-99 = 'low'",
    "[severities]\nx = 'low'",
    "[severities]\n25 = 'low'\nPD-25 = 'high'",
    "[baseline]\nmin_admins = -1",
    "[baseline]\nmin_admin = 1",
    "[baseline]\ncritical_services = 'PABC123'",
    "[max_waiver_days]\nlow = 0",
    "[max_waiver_days]\nlowest = 1",
    "[max_attestation_days]\nhigh = 'x'",
    "[remediation_days]\nlow = 0",
    "[remediation_days]\nnone = 5",
    "[[waivers]]\ncontrol = 'PD-05'",
    f"[[waivers]]\ncontrol = 'PD-99'\nresource = 'P'\n{DAYS}",
    f"[[waivers]]\ncontrol = 'x'\nresource = 'P'\n{DAYS}",
    f"[[waivers]]\ncontrol = 'PD-05'\nresource = 5\n{DAYS}",
    f"[[waivers]]\ncontrol = 'PD-05'\nresource = ''\n{DAYS}",
    f"[[waivers]]\ncontrol = 'PD-05'\nresource = 'P'\nwhy = 'x'\n{DAYS}",
    f"[[attestations]]\ncontrol = 'PD-99'\n{SEEN}",
    f"[[attestations]]\ncontrol = 'PD-01'\nwhom = 'x'\n{SEEN}",
    "[[attestations]]\ncontrol = 'PD-01'\nwhen = 'soon'",
    "waivers = 'none'",
    "api_key = 'hush'",
]
"""Every kind of mistake: keys, values, names, files, tables, entries, secrets."""


@pytest.mark.parametrize("config", [*reading.sampled(MISTAKES, 20), "controls = [5]"])
def test_check_says_what_a_run_says(command: Command, config: str) -> None:
    """What a run refuses about the file, the check refuses in the same words, and nothing else."""
    write_additions(command.folder, config)
    broken, taken = command.folder / "broken", command.folder / "taken"
    for folder, text in ((broken, "def test("), (taken, CONTROL.replace("ACME-01", "PD-05"))):
        folder.mkdir()
        (folder / "test_it.py").write_text(text, encoding="utf-8")
    (command.folder / "broken.yaml").write_text("- x")
    acme = (command.folder / "acme.yaml").read_text("utf-8").replace("id: acme", "id: unknown")
    (command.folder / "unknown.yaml").write_text(acme.replace("PD-05", "PD-98"))
    check = command("config", "check")
    run = command("--replay=demo", "--output=inspection.json")

    is_right = config == "controls = [5]"
    assert (check.code, run.code) == ((0, 1) if is_right else (4, 4))
    said = [line for line in run.err.splitlines() if line.startswith("ERROR: ")]
    assert is_right or said == check.err.splitlines()[:1]
    assert "hush" not in check.err + run.err


WARNED = f"""
[max_waiver_days]
critical = 3650

[severities]
PD-22 = "critical"

[[waivers]]
control = "PD-05"
resource = "P*"
reason = "retired"
approved_by = "Ann"
expires = {(datetime.now(UTC) + timedelta(days=25)).date()}

[[waivers]]
control = "PD-22"
resource = "*"
reason = "retired"
approved_by = "Ann"
expires = {(datetime.now(UTC) + timedelta(days=25)).date()}

[[waivers]]
control = "PD-07"
resource = "PABC"
reason = "retired"
approved_by = "Ann"
expires = 2026-02-10

[[waivers]]
control = "PD-06"
resource = "account"
reason = "retired"
approved_by = "Ann"
accepted = 2026-11-20
expires = {(datetime.now(UTC) + timedelta(days=9)).date()}

[[attestations]]
control = "PD-05"
resource = "PABC"
who = "Ann"
statement = "seen"
when = 2026-11-20
until = {(datetime.now(UTC) + timedelta(days=40)).date()}
"""
"""A file that a run takes, and warns of: too broad, expired, and about what cannot be."""


def test_check_warns_of_what_a_run_warns_of(command: Command) -> None:
    """Entries that are too broad, over or useless are said in the words of a run; 0, as there."""
    (command.folder / "pdsec.toml").write_text(WARNED)
    check = command("config", "check")
    run = command("--replay=demo", "--output=inspection.json")
    said = {line for line in run.err.splitlines() if line.startswith("WARNING: the ")}

    assert check.code == 0, check.err
    assert check.out == "a run can use it, and will warn of this\n"
    assert len(said) == 5, run.err
    assert said <= set(check.err.splitlines())


def test_check_says_nothing_of_entries_that_are_in_order(command: Command) -> None:
    """One that somebody will have to look at only once it ends is no reason to warn."""
    until = (datetime.now(UTC) + timedelta(days=25)).date()
    entry = "control = 'PD-05'\nresource = 'PABC'\nreason = 'x'\napproved_by = 'Ann'"
    (command.folder / "pdsec.toml").write_text(f"[[waivers]]\n{entry}\nexpires = {until}\n")
    said = command("config", "check")

    assert (said.code, said.out, said.err) == (0, "nothing is wrong\n", "")


def test_check_warns_of_an_address_that_is_not_pagerdutys(command: Command) -> None:
    """A run says before it sends the credential where it goes; so does the check."""
    (command.folder / "pdsec.toml").write_text('base_url = "https://gateway.example.com"\n')
    said = command("config", "check")

    assert "gateway.example.com, which is no address of PagerDuty's" in said.err


def test_check_takes_the_flag_of_the_other_commands(command: Command) -> None:
    """``--config PATH`` names the file, as it does everywhere else."""
    (command.folder / "a.toml").write_text("concurrency = 0")

    assert "a.toml: concurrency" in command("config", "check", "--config", "a.toml").err


def test_check_takes_files(command: Command) -> None:
    """Several files, such as those that pre-commit hands over, are all checked."""
    (command.folder / "a.toml").write_text("concurrency = 0")
    (command.folder / "b.toml").write_text("strict = 1")
    said = command("config", "check", "gone.toml", "a.toml", "b.toml")

    assert said.code == 4
    assert "gone.toml" in said.err, "a file that is not there hides no problem of another"
    assert "a.toml: concurrency" in said.err
    assert "b.toml: strict" in said.err


def test_check_without_a_file_says_how_to_make_one(command: Command) -> None:
    """An empty folder is not called right."""
    said = command("config", "check")

    assert (said.code, said.out) == (4, "")
    assert "there is no configuration; 'config init' writes one" in said.err


def test_action_is_needed(command: Command) -> None:
    """``config`` alone names its actions."""
    said = command("config")

    assert said.code == 4
    assert "init|show|check" in said.err


def test_show_tells_how_long_decisions_may_last(command: Command) -> None:
    """The limits are settings too, each with where it comes from."""
    (command.folder / "pdsec.toml").write_text("[max_waiver_days]\ncritical = 10\n")
    lines = {line.split()[0]: line for line in command("config", "show").out.splitlines()}

    assert lines["max_waiver_days.critical"].split()[1] == "10"
    assert lines["max_waiver_days.high"].endswith("default")


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({"TOKEN": "hush"}, "bearer token"),
        ({"API_KEY": "hush"}, "API key"),
        ({"CLIENT_ID": "id", "CLIENT_SECRET": "hush", "SUBDOMAIN": "acme"}, "OAuth client"),
        ({}, "none, or a login"),
    ],
)
def test_show_tells_the_kind_of_credential(
    command: Command, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], kind: str
) -> None:
    """Which credential would be used is a setting; what it is made of is not shown."""
    for name, value in variables.items():
        monkeypatch.setenv(f"PAGERDUTY_{name}", value)
    said = command("config", "show").out

    assert kind in said
    assert "hush" not in said
