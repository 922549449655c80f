"""The command: flags in, one pytest run out."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks import __version__, cli
from pdsec_checks.commands import COMMANDS, flags, inspect
from pdsec_checks.configuration.options import OPTIONS, REPORT_FORMATS
from tests.simulator import Simulator, accounts, run
from tests.support import processes
from tests.support.additions import CONTROL, write_additions
from tests.support.calls import run_command
from tests.support.processes import environment, run_process, run_unheard


@pytest.fixture(scope="module")
def small() -> Iterator[Simulator]:
    """Serve a small account."""
    with run(accounts.small) as simulator:
        yield simulator


def test_standard_output_holds_the_report_and_nothing_else(tmp_path: Path) -> None:
    """Without ``--output`` the JSON report is all that comes out; the summary is on stderr."""
    ended = run_command(tmp_path, "--replay", "demo", "--controls", "22")

    assert ended.code == 1
    assert json.loads(ended.out)["schema_version"] == "1"
    assert "TO FIX" in ended.err
    assert not list(tmp_path.iterdir())


def test_quiet_means_quiet(tmp_path: Path) -> None:
    """``--quiet`` leaves the report and the exit code."""
    ended = run_command(
        tmp_path, "--replay=demo", "--controls=22", "--quiet", "--output=report.json"
    )

    assert (ended.code, ended.text) == (1, "")
    assert (tmp_path / "report.json").exists()


def test_verbose_shows_pytest(tmp_path: Path) -> None:
    """``--verbose`` shows what pytest itself prints."""
    ended = run_command(
        tmp_path, "--replay=demo", "--controls=22", "--verbose", "--output=report.json"
    )

    assert "test session starts" in ended.out


def test_several_formats_go_to_a_folder(tmp_path: Path) -> None:
    """Each report has its own name in the folder, which is made."""
    names = ",".join(REPORT_FORMATS)
    ended = run_command(tmp_path, "--replay=demo", f"--format={names}", "--output=a/b", "--quiet")

    assert ended.code == 1, ended.text
    assert {each.name for each in (tmp_path / "a" / "b").iterdir()} == set(REPORT_FORMATS.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "pdf"], "'pdf' is not one of json, csv"),
        (["--format", "json,csv"], "name it with --output"),
        (["--severity", "urgent"], "critical"),
        (["--control", "5"], "unrecognized arguments: --control"),
        (["--controls", "99", "--replay", "demo"], "ERROR: --controls: there is no control PD-99"),
        (["--framework=sok2", "--replay=demo"], "ERROR: --framework: there is no framework 'sok2'"),
        (["--record=a.yaml", "--replay=demo"], "ERROR: --record and --replay: a replay has"),
        (["--timeout", "never", "--replay", "demo"], "30s"),
        ([], "no PagerDuty credential"),
        (["recordings"], "usage"),
        (["--verbose", "--replay", "demo"], "--verbose: pytest's output needs"),
    ],
)
def test_wrong_flags_end_with_four(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A wrong flag is exit code 4, and the message names what would be right."""
    ended = run_command(tmp_path, *arguments)

    assert ended.code == 4, ended.text
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_the_callers_pytest_configuration_plays_no_part(tmp_path: Path) -> None:
    """A broken pytest configuration and PYTEST_ADDOPTS of the caller change nothing."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not for us')\n")
    ended = processes.run_command(
        tmp_path,
        "--replay=demo-compliant",
        "--controls=22",
        "--quiet",
        "--output=report.json",
        PYTEST_ADDOPTS="--no-such-option-either",
    )

    assert ended.code == 0, ended.text


def test_the_configuration_file_of_the_working_folder_counts(tmp_path: Path) -> None:
    """``pdsec.toml`` in the folder of the caller is read, not one beside the package."""
    (tmp_path / "pdsec.toml").write_text('controls = ["PD-22"]\n')
    ended = run_command(tmp_path, "--replay=demo")

    assert [each["id"] for each in json.loads(ended.out)["controls"]] == ["PD-22"]


def test_a_live_account_is_inspected(small: Simulator, tmp_path: Path) -> None:
    """The command reads an account like pytest does."""
    ended = run_command(tmp_path, simulator=small)

    assert json.loads(ended.out)["source"] == "live"
    assert json.loads(ended.out)["requests"]["total"] > 0


def test_the_version_is_told_without_pytest(capsys: pytest.CaptureFixture[str]) -> None:
    """``--version`` prints the version and ends with 0."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"pagerduty-sec-inspector {__version__}\n"


def test_every_option_has_its_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` names every option of the plugin, and gives examples."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out

    assert all(f"--{option.name}" in text for option in OPTIONS)
    assert "examples:" in text


def test_flags_become_options_of_the_plugin() -> None:
    """Each flag is one option of the plugin; a secret is none, it goes through the environment."""
    given = inspect.parser().parse_args(
        ["--api-key=hush", "--resource=A*", "--resource=B", "--strict", "--controls=5"]
    )
    arguments = list(inspect.run_arguments(given))

    assert {"--pd-resource=A*", "--pd-resource=B", "--pd-strict", "--pd-controls=5"} <= set(
        arguments
    )
    assert not [argument for argument in arguments if "hush" in argument]


def test_the_console_script_is_installed(tmp_path: Path) -> None:
    """``pagerduty-sec-inspector`` is a command of the environment."""
    script = Path(sys.executable).with_name("pagerduty-sec-inspector")
    ended = run_process(tmp_path, [str(script), "recordings", "show", "demo"], None, {})

    assert ended.code == 0
    assert "missing: nothing" in ended.out


def test_help_is_grouped(capsys: pytest.CaptureFixture[str]) -> None:
    """Options stand below headings, and every sub-command has its line."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out

    headings = [*flags.GROUPS, flags.REST]
    assert [text.index(f"\n{heading}:\n") for heading in headings] == sorted(
        text.index(f"\n{heading}:\n") for heading in headings
    )
    assert all(f"  {name:<14} {purpose}" in text for name, purpose in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_purpose_and_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """``COMMAND --help`` says what the sub-command is for."""
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: pagerduty-sec-inspector")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["controlls"], "there is no sub-command 'controlls'; did you mean 'controls'?"),
        (["xyz"], "there is no sub-command 'xyz'; there are inspect, ring, controls"),
        (["--contrls=5"], "unrecognized arguments: --contrls=5; did you mean '--controls'?"),
        (["--pd-severity=high"], "did you mean '--severity'?"),
        (["config", "show", "--regin=eu"], "did you mean '--region'?"),
        (["config", "init", "--severity=low"], "; that flag belongs to show\n"),
        (["config", "init", "--config=x"], "; that flag belongs to show, check and suggest\n"),
        (["--zzz"], "unrecognized arguments: --zzz\n"),
        (["--controls=x"], "argument --controls: 'x' is not valid; wanted: control ids such as"),
        (["--concurrency=0"], "argument --concurrency: '0' is not valid; wanted: a whole number"),
    ],
)
def test_misspelt_words_are_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A sub-command or flag that does not exist is exit code 4, with what was meant."""
    try:
        code = cli.main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)

    assert code == 4
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["controls"]])
def test_what_is_asked_most_starts_light(tmp_path: Path, arguments: list[str]) -> None:
    """Help, version and the list of controls import none of the heavy libraries."""
    heavy = {"pytest", "requests", "vcr", "yaml", "jinja2", "rich", "shtab", "msgspec"}
    code = (
        "import sys, contextlib\nfrom pdsec_checks import cli\n"
        f"with contextlib.suppress(SystemExit): cli.main({arguments!r})\n"
        f"sys.stderr.write(' '.join({heavy!r} & set(sys.modules)))"
    )
    ended = run_process(tmp_path, [sys.executable, "-c", code], None, {})

    assert ended.out
    assert ended.err == ""


def test_a_plan_starts_without_what_reads_an_account(tmp_path: Path) -> None:
    """What asks, records, judges and reports is imported by a run that does so."""
    unused = {"requests", "urllib3", "vcr", "jinja2", "rich", "pdsec_checks.reports.report"}
    code = (
        "import sys\nfrom pdsec_checks import cli\ncli.main(['--plan'])\n"
        f"sys.stderr.write(' '.join({unused!r} & set(sys.modules)))"
    )
    ended = run_process(tmp_path, [sys.executable, "-c", code], None, {})

    assert "requests" in ended.out  # of PagerDuty: it is the plan
    assert ended.err == ""


def test_a_run_leaves_the_collection_of_garbage_as_it_was(tmp_path: Path) -> None:
    """It is put off for the run alone, also where the process goes on."""
    before = gc.get_threshold()
    ended = run_command(tmp_path, "--plan")

    assert ended.code == 0, ended.text
    assert gc.get_threshold() == before


@pytest.mark.parametrize(
    ("call", "leaves"), [("cli.main()", "True"), ("cli.main(['controls'])", "False")]
)
def test_only_the_program_ends_without_taking_apart_what_it_holds(
    tmp_path: Path, call: str, leaves: str
) -> None:
    """A process that calls the command may hold what has to be closed at its end."""
    code = (
        "import atexit, gc, sys\nfrom pdsec_checks import cli\nsys.argv[1:] = ['controls']\n"
        "atexit.register(lambda: sys.stderr.write(str(gc.get_freeze_count() > 0)))\n"
        f"{call}"
    )
    ended = run_process(tmp_path, [sys.executable, "-c", code], None, {})

    assert ended.err == leaves


def on_narrow_console(folder: Path, *arguments: str) -> bytes:
    """Return what the command writes where the locale has Western letters only."""
    done = subprocess.run(
        [sys.executable, "-m", "pdsec_checks", *arguments],
        cwd=folder,
        env=environment(PYTHONIOENCODING="cp1252", PYTHONUTF8="0"),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_narrow_console_does_not_stop_a_report(tmp_path: Path) -> None:
    """A console without a letter shows its code; JSON on standard output is UTF-8 all the same."""
    name = "Zażółć → 東京"
    write_additions(tmp_path, control=CONTROL.replace("Every service", name))

    listed = on_narrow_console(tmp_path, "controls").decode("cp1252")
    report = on_narrow_console(tmp_path, "--replay=demo", "--controls=ACME-01")
    controls = on_narrow_console(tmp_path, "controls", "--format=json")

    assert r"Za\u017có\u0142\u0107 \u2192 \u6771\u4eac says what it is for" in listed
    assert json.loads(report.decode("utf-8"))["controls"][0]["title"].startswith(name)
    assert json.loads(controls.decode("utf-8"))[0]["title"].startswith(name)


def test_reader_may_go_away(tmp_path: Path) -> None:
    """``controls | head -1`` ends without a traceback."""
    code = f"{sys.executable} -m pdsec_checks controls | head -c 1; exit ${{PIPESTATUS[0]}}"
    ended = run_process(tmp_path, ["bash", "-c", code], None, {})

    assert (ended.code, ended.err) == (0, "")


def test_conftest_files_above_own_controls_play_no_part(tmp_path: Path) -> None:
    """Own controls do not bring the caller's pytest set-up in through the back door."""
    write_additions(tmp_path)
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not for us')\n")
    ended = run_command(tmp_path, "--replay=demo", "--controls=ACME-01", "--quiet")

    assert ended.code == 0, ended.text


def test_whoever_stops_listening_changes_no_exit_code(tmp_path: Path) -> None:
    """A closed standard error, such as of ``2>&1 | head``, ends neither the run nor its report."""
    code = run_unheard(tmp_path, "--replay=demo", "--output=report.json")

    assert code == 1
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["findings"]


def test_no_format_at_all_is_refused(tmp_path: Path) -> None:
    """A list of reports that names none is a usage error, not a run that writes nothing."""
    ended = run_command(tmp_path, "--replay=demo", "--format", ",")

    assert ended.code == 4
    assert "--format: name at least one of json, csv" in ended.err
