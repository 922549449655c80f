"""The command in front of somebody: a summary on a terminal, a report for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS, REPORT_KINDS
from tests.accounts.files import accounts_toml
from tests.simulator import Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.terminals import on_screen

DEMO = ("--replay=demo", "--controls=5,22")
HOW = "For the JSON report add --format json, or --output PATH for a file"


@pytest.fixture(scope="module")
def small() -> Iterator[Simulator]:
    """Serve a small account, and count what it is asked."""
    with run(accounts.small) as simulator:
        yield simulator


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

    assert ("wrote report.csv: checks as CSV" in ended.err) == named


def test_reports_of_several_accounts_are_named(tmp_path: Path) -> None:
    """Those of all accounts, and those of each."""
    file = accounts_toml(tmp_path, {"name": "demo", "replay": "demo"})
    ended = run_command(
        tmp_path, f"--accounts={file}", "--controls=5", "--format=json", "--output=reports/"
    )

    assert "wrote reports/accounts/demo/inspection.json: JSON report of demo\n" in ended.err
    assert "wrote reports/accounts.json: JSON report of all accounts\n" in ended.err


ALL = ",".join(map(str, range(1, 26)))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([f"--skip-controls={ALL}"], 5, "no control is selected: --skip-controls with 25 controls"),
        (["--controls=5", "--skip-controls=5"], 5, "--controls PD-05 and --skip-controls PD-05"),
        (["--controls=4", "--severity=critical"], 5, "leave one of them out, or ask for more"),
        (["--format=json,html", "--output=file"], 4, "file is a file, where a folder is needed"),
        (["--output=file/inspection.json"], 4, "file is a file, where a folder is needed"),
        (["--format=csv", "--output=file/"], 4, "file is a file, where a folder is needed"),
        (["--output=file", "--verbose", "--quiet"], 4, "--verbose and --quiet: one shows what"),
        (["--force"], 4, "--force: it is about a recording; add --record PATH"),
        (["--no-redact"], 4, "--no-redact: it is about a recording; add --record PATH"),
        (["--plan", "--output=x"], 4, "--plan and --output: a plan reads and writes nothing"),
        (["--plan", "--record=x"], 4, "--plan and --record: a plan reads and writes nothing"),
        (["--plan", "--replay=demo"], 4, "--plan and --replay: a replay makes no request"),
        (["--record=x.yaml", "--replay=demo"], 4, "--record and --replay: a replay has nothing"),
        (["--record=x.txt"], 4, "--record x.txt: a recording ends in .yaml"),
        (["--record=file/x.yaml"], 4, "--record file/x.yaml: "),
        (["--record=x.json", "--output=x.json"], 4, "--record x.json: the json report would re"),
        (["--replay=file", "--output=file"], 4, "--replay file: the json report would replace it"),
        (["--replay=demo", "--base-url=http://[::1]"], 4, "--replay and --base-url: a replay"),
        (["--replay=demo", "--region=eu"], 4, "--replay and --region: a replay asks no region"),
        (
            ["--base-url=https://api.pagerduty.com", "--region=eu"],
            4,
            "--base-url https://api.pagerduty.com and --region eu: that address is of the region u",
        ),
        (["--api-key=k", "--api-key-file=file"], 4, "--api-key and --api-key-file: only one key"),
        (
            ["--show=known"],
            4,
            "--show: there is no earlier report; name one with --baseline REPORT.json",
        ),
        (["--show=known", "--baseline=file", "--quiet"], 4, "--show and --quiet: the summary"),
        (["--baseline-account-renamed"], 4, "--baseline-account-renamed: there is no earlier"),
        (["--accounts-at-once=2"], 4, "--accounts-at-once: it is about several accounts; add"),
        (
            ["--accounts-last-reports=last"],
            4,
            "--accounts-last-reports: it is about several accounts; add --accounts PATH",
        ),
        (["--allow-env=ACME"], 4, "--allow-env: it is about several accounts; add --accounts PATH"),
        (["--workers=2"], 4, "--workers: workers share several accounts (--accounts PATH)"),
        (["--accounts=file", "--replay=demo"], 4, "--accounts and --replay: a recording is of one"),
        (["--baseline=file", "--output=file"], 4, "--baseline file: the json report would replace"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_read(
    tmp_path: Path, small: Simulator, arguments: list[str], code: int, said: str
) -> None:
    """One sentence with the way out; no request is sent, and nothing is written."""
    (tmp_path / "file").write_text("earlier", encoding="utf-8")
    small.forget()
    ended = run_command(tmp_path, *arguments, simulator=small)

    assert ended.code == code, ended.text
    assert said in ended.err
    assert "--pd-" not in ended.err
    assert len([line for line in ended.err.splitlines() if "rror: " in line.lower()]) == 1
    assert not small.requests
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text("utf-8") == "earlier"


def test_what_a_flag_is_about_may_stand_in_the_file(tmp_path: Path) -> None:
    """``baseline_report`` of the configuration has the known fails that ``--show`` lists."""
    run_command(tmp_path, *DEMO, "--output=demo.json")
    (tmp_path / "pdsec.toml").write_text('baseline_report = "demo.json"\n')
    ended = run_command(tmp_path, *DEMO, "--show=known", "--baseline-account-renamed")

    assert ended.code == 0, ended.text


def test_what_the_file_prefers_contradicts_no_flag(tmp_path: Path) -> None:
    """A file may say where the account is, for the runs that ask it."""
    (tmp_path / "pdsec.toml").write_text('region = "eu"\n')
    ended = run_command(tmp_path, *DEMO)

    assert ended.code == 1, ended.text


@reading.alone_and_with("-n", "2")
def test_a_recording_is_named(tmp_path: Path, small: Simulator, workers: tuple[str, ...]) -> None:
    """It is a file like any report, whichever process wrote it."""
    ended = run_pytest(
        tmp_path,
        *("--pd-controls=5", "--pd-record=tape.yaml", "--pd-json=report.json", *workers),
        simulator=small,
    )

    named = [line for line in ended.text.splitlines() if line.startswith("wrote ")]
    assert named == ["wrote report.json: JSON report", "wrote tape.yaml: recording of the account"]


def test_a_recording_is_named_where_the_run_is_refused_later(
    tmp_path: Path, small: Simulator
) -> None:
    """The earlier report is about another account, which shows once this one was recorded."""
    run_command(tmp_path, *DEMO, "--output=demo.json")
    ended = run_command(
        tmp_path, "--controls=5", "--record=tape.yaml", "--baseline=demo.json", simulator=small
    )

    assert ended.code == 4, ended.text
    assert "wrote tape.yaml: recording of the account\n" in ended.err
    assert (tmp_path / "tape.yaml").exists()


def test_only_files_that_are_kept_are_named(tmp_path: Path) -> None:
    """``fixes`` names those of the fixes, and not the report that it made on the way."""
    ended = run_command(tmp_path, "fixes", *DEMO, "--as=text,http,terraform", "--output=fixes")

    named = [line for line in ended.err.splitlines() if line.startswith("wrote ")]
    assert named == [
        "wrote fixes/fixes.txt: fixes in words",
        "wrote fixes/fixes.http: fixes as HTTP requests",
        "wrote fixes/fixes.tf: fixes for Terraform",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--pd-json=folder"], 4, "folder: this is a folder, and a report is a file"),
        (["--pd-json=x", "--pd-csv=x"], 4, "--pd-json and --pd-csv: both would write x"),
        (["--pd-plan", "--pd-html=x"], 4, "--pd-plan and --pd-html: a plan reads and writes"),
        (["--pd-accounts-output=x"], 4, "--pd-accounts-output: it is about several accounts; add"),
        (["--pd-record=x.json", "--pd-json=x.json"], 4, "--pd-record x.json: the json report"),
        (["--pd-force"], 4, "--pd-force: it is about a recording; add --pd-record PATH"),
        (["-k", "Gift"], 5, "-k 'Gift' left none over; -k: pytest applies it before the account"),
        (["-k", "Gift"], 5, "choose resources with --pd-resource '*Gift*'"),
        (["-k", "Gift and Card"], 5, "choose resources with --pd-resource 'NAME*'"),
        reading.in_ci(["-k", "Gift", "-n2"], 5, "choose resources with --pd-resource '*Gift*'"),
    ],
)
def test_pytest_says_as_much(
    tmp_path: Path, small: Simulator, arguments: list[str], code: int, said: str
) -> None:
    """The same holds for pytest's own way in, with its own flags, and with workers."""
    (tmp_path / "folder").mkdir()
    small.forget()
    ended = run_pytest(tmp_path, *arguments, simulator=small)

    assert ended.code == code, ended.text
    assert said in ended.text
    assert not small.requests


def test_last_failed_leads_on_to_resources(tmp_path: Path) -> None:
    """``--lf`` that has nothing to go by selects nothing, and says what would."""
    ended = run_pytest(
        tmp_path,
        *("-p", "cacheprovider", "-o", f"cache_dir={tmp_path / 'cache'}"),
        *("--lf", "--lfnf=none", "--pd-replay=demo", "--pd-controls=5"),
    )

    assert ended.code == 5, ended.text
    assert "--lf: pytest applies it before the account is known" in ended.text
    assert "--pd-resource 'NAME*', or leave --lf out" in ended.text


def test_nobody_else_s_empty_run_hears_of_it(tmp_path: Path) -> None:
    """A run without controls that selects nothing says what pytest says, and no more."""
    (tmp_path / "test_theirs.py").write_text("def test_theirs(): pass\n")
    ended = run_pytest(tmp_path, "-k", "Gift", target="test_theirs.py")

    assert ended.code == 5
    assert "--pd-resource" not in ended.text


def test_accounts_that_cannot_be_read_replace_no_report(tmp_path: Path) -> None:
    """Where every account is refused, one sentence says so, and last week's files stay."""
    entry = {"base_url": "http://127.0.0.1:9", "api_key_env": "PAGERDUTY_ACME_KEY"}
    file = accounts_toml(tmp_path, {"name": "a", **entry}, {"name": "b", **entry})
    files = ("accounts.json", "accounts.html", "accounts/a/inspection.json")
    for each in files:
        path = tmp_path / "reports" / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("earlier", encoding="utf-8")
    ended = run_command(
        tmp_path,
        f"--accounts={file}",
        *("--controls=1", "--format=json,html", "--output=reports/"),
        PAGERDUTY_ACME_KEY="k",
    )

    assert ended.code == 4, ended.text
    assert ended.err.count("ERROR: no account could be read: no file was written") == 1
    assert {(tmp_path / "reports" / each).read_text("utf-8") for each in files} == {"earlier"}


def test_a_report_that_is_no_text_stays_off_the_screen(tmp_path: Path) -> None:
    """A workbook would upset the terminal: it needs a file, or a pipe."""
    ended = on_screen(tmp_path, "--replay=demo", "--format=xlsx")

    assert ended.code == 4
    assert ended.out == ""
    assert "ERROR: the xlsx report is no text, and standard output is a terminal; name" in ended.err
