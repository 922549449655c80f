"""Several accounts in one run, through the real command."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids
from tests.accounts.files import accounts_toml
from tests.simulator import Fault, Simulator, accounts, record, run
from tests.support import processes, reading
from tests.support.additions import FRAMEWORK, write_additions
from tests.support.calls import run_command, run_pytest
from tests.support.processes import (
    COMMAND,
    Ended,
    environment,
    finished,
    run_unheard,
    started,
    until,
)
from tests.support.shown import rows
from tests.support.tapes import tape

RECORDINGS = (
    {"name": "acme-eu", "replay": "demo"},
    {"name": "acme-us", "replay": "demo-compliant"},
    {"name": "acme-test", "replay": "demo-compliant"},
)


@pytest.fixture(scope="module")
def trouble() -> Iterator[Simulator]:
    """Serve an account with trouble in every control."""
    with run(accounts.demo) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def compliant() -> Iterator[Simulator]:
    """Serve the same company after it cleaned up."""
    with run(accounts.demo_compliant) as simulator:
        yield simulator


def live(name: str, simulator: Simulator, **entry: str) -> dict[str, str]:
    """Return the entry of a simulated account; its key is in ``PAGERDUTY_ACME_KEY``."""
    return {"name": name, "base_url": simulator.url, "api_key_env": "PAGERDUTY_ACME_KEY", **entry}


def side_by_side(ended: Ended) -> dict[str, Any]:
    """Return the document on standard output."""
    plain: dict[str, Any] = json.loads(ended.out)
    return plain


def columns(plain: dict[str, Any]) -> dict[str, str]:
    """Return the status of each account."""
    return {each["name"]: each["status"] for each in plain["accounts"]}


def cells(plain: dict[str, Any], account: str) -> set[str]:
    """Return the statuses in an account's column."""
    return {each["accounts"][account]["status"] for each in plain["controls"]}


def test_a_last_report_of_each_account_carries_its_fails_on(tmp_path: Path) -> None:
    """It is in the account's own report, and all documents and the terminal say how many it is."""
    flags = ("--controls=5", "--format=json,sarif,markdown,html", "--output=out/")
    with run(accounts.demo) as simulator:
        path = accounts_toml(tmp_path, live("acme", simulator), RECORDINGS[1])
        key = simulator.api_key
        first = run_command(tmp_path, f"--accounts={path}", *flags, PAGERDUTY_ACME_KEY=key)
        simulator.faults.append(Fault("/services", "status", status=403))
        last = "--accounts-last-reports=out/accounts"
        again = run_command(tmp_path, f"--accounts={path}", *flags, last, PAGERDUTY_ACME_KEY=key)
    plain = json.loads((tmp_path / "out/accounts/acme/inspection.json").read_text("utf-8"))

    assert (first.code, again.code) == (1, 6), again.text
    assert {each["finding"]["control"] for each in plain["carried"]} == {"PD-05"}
    shown = [
        (tmp_path / f"out/accounts.{name}").read_text("utf-8") for name in ("json", "md", "html")
    ]
    assert "fails of earlier runs" not in first.err
    for text in (again.err, *shown):
        assert f"{len(plain['carried'])} fails of earlier runs could not be judged now" in text


def test_entries_that_are_one_account_are_named(tmp_path: Path) -> None:
    """Programs would take one for the other; with a name of its own an entry is another account."""
    (tmp_path / "own.toml").write_text('account = "acme"\n', encoding="utf-8")
    twins = accounts_toml(tmp_path, *RECORDINGS[1:])
    flags = ("--controls=20", "--format=json")
    told = run_command(tmp_path, f"--accounts={twins}", *flags).err
    own = accounts_toml(tmp_path, RECORDINGS[1], RECORDINGS[2] | {"config": "own.toml"})

    assert "WARNING: acme-us, acme-test: these are one account, fernhill-demo," in told
    assert "WARNING" not in run_command(tmp_path, f"--accounts={own}", *flags).err


def test_a_folder_of_last_reports_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Without it every fail that cannot be judged would seem to be fixed."""
    path = accounts_toml(tmp_path, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", "--accounts-last-reports=gone")

    assert ended.code == 4
    assert "ERROR: --accounts-last-reports gone: there is no such folder" in ended.err


def test_recordings_stand_side_by_side(tmp_path: Path) -> None:
    """Rows are the controls, columns the accounts in the order of the file."""
    ended = run_command(tmp_path, f"--accounts={accounts_toml(tmp_path, *RECORDINGS)}")
    plain = side_by_side(ended)

    assert ended.code == 1, ended.text
    assert list(columns(plain)) == ["acme-eu", "acme-us", "acme-test"]
    core = {*shipped_ids()} - shipped_extended()
    assert [each["id"] for each in plain["controls"]] == sorted(core)
    assert cells(plain, "acme-eu") == {"fail"}
    assert "fail" not in cells(plain, "acme-us")
    assert "account acme-eu: 52 fail, 0 error, 3 manual (1 of 3)" in ended.err
    assert "fails in 1 of 3: acme-eu" in ended.err


def test_each_account_keeps_its_own_reports(tmp_path: Path) -> None:
    """A folder holds the documents of all, and below it what each account's own run reports."""
    path = accounts_toml(tmp_path, *RECORDINGS[:2])
    ended = run_command(
        tmp_path, f"--accounts={path}", "--format=json,csv", "--output=out/", "--quiet"
    )
    alone = run_command(
        tmp_path, "--replay=demo", "--granularity=control", "--output=alone.json", "--quiet"
    )
    own = tmp_path / "out" / "accounts" / "acme-eu"

    assert (ended.code, alone.code, ended.text) == (1, 1, "")
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        *("accounts", "accounts.html", "accounts.json", "accounts.md")
    }
    assert {each.name for each in own.iterdir()} == {"inspection.csv", "inspection.json"}
    assert (own / "inspection.json").read_bytes() == (tmp_path / "alone.json").read_bytes()
    plain = json.loads((tmp_path / "out" / "accounts.json").read_text("utf-8"))
    for account in plain["accounts"]:
        assert all((tmp_path / "out" / each).is_file() for each in account["reports"].values())


@pytest.mark.parametrize("output", ["out", "out.json", "out/"])
def test_several_formats_are_a_folder_whatever_its_name(tmp_path: Path, output: str) -> None:
    """No report is lost: two formats are two files of each account, and never one file for both."""
    path = accounts_toml(tmp_path, RECORDINGS[1])
    ended = run_command(
        tmp_path,
        *(f"--accounts={path}", "--controls=5", "--format=sarif,csv", f"--output={output}"),
    )
    own = tmp_path / output / "accounts" / "acme-us"

    assert ended.code == 0, ended.text
    assert {each.name for each in own.iterdir()} == {"inspection.csv", "inspection.sarif"}


@pytest.mark.parametrize("formats", ["sarif,csv", "html,json"])
def test_several_formats_never_replace_a_file(tmp_path: Path, formats: str) -> None:
    """A file where the folder should be is refused before anything is read, and stays."""
    path = accounts_toml(tmp_path, RECORDINGS[1])
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    ended = run_command(tmp_path, f"--accounts={path}", f"--format={formats}", "--output=out")

    assert ended.code == 4
    assert "out: " in ended.err
    assert "folder" in ended.err
    assert (tmp_path / "out").read_text("utf-8") == "mine"


@pytest.fixture(scope="module")
def in_one_process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the reports of accounts that one process inspected, one after the other."""
    folder = tmp_path_factory.mktemp("one")
    path = accounts_toml(folder, *RECORDINGS)
    run_command(folder, f"--accounts={path}", "--format=json,html", "--output=out/")
    return folder / "out"


def test_an_account_goes_by_its_own_earlier_report(tmp_path: Path) -> None:
    """What is worse than in it ends the run with 1, what is as bad with 0; the others are alone."""
    flags = ("--controls=2,8", "--quiet")
    earlier = run_command(tmp_path, "--replay=demo", *flags, "--output=inspection.json").report
    (tmp_path / "pdsec.toml").write_text('baseline_report = "earlier.json"\n')
    path = accounts_toml(
        tmp_path, {"name": "acme", "replay": "demo", "config": "pdsec.toml"}, RECORDINGS[1]
    )
    found = {}
    for name, owners in (("as bad", 0), ("worse", 1)):
        for each in earlier["findings"]:
            if each["control"] == "PD-02":
                del each["evidence"]["privileged_users"][:owners]
        (tmp_path / "earlier.json").write_text(json.dumps(earlier), encoding="utf-8")
        ended = run_command(tmp_path, f"--accounts={path}", *flags, "--output=out/")
        own = json.loads((tmp_path / "out/accounts/acme/inspection.json").read_text("utf-8"))
        found[name] = (ended.code, own["baseline_report"]["new"], own["baseline_report"]["worse"])

    assert found == {"as bad": (0, 0, 0), "worse": (1, 0, 1)}


@pytest.mark.parametrize(
    "arguments",
    [["--workers=2"], reading.in_ci(["--accounts-at-once=1", "--workers=3"])],
)
def test_workers_change_no_byte(tmp_path: Path, in_one_process: Path, arguments: list[str]) -> None:
    """Whoever inspects an account, and in whatever order: the reports are the same bytes."""
    path = accounts_toml(tmp_path, *RECORDINGS)
    ended = run_command(
        tmp_path, f"--accounts={path}", "--format=json,html", "--output=many/", *arguments
    )

    assert ended.code == 1, ended.text
    files = [each.relative_to(in_one_process) for each in in_one_process.rglob("*.*")]
    assert len(files) == 9
    for name in files:
        assert (in_one_process / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


def test_live_accounts_have_their_own_credential(
    tmp_path: Path, trouble: Simulator, compliant: Simulator
) -> None:
    """Each account is asked at its own address with its own key, from a variable or a file."""
    (tmp_path / "us.key").write_text(compliant.api_key, encoding="utf-8")
    path = accounts_toml(
        tmp_path,
        live("acme-eu", trouble),
        {"name": "acme-us", "base_url": compliant.url, "api_key_file": "us.key"},
    )
    ended = run_command(
        tmp_path,
        f"--accounts={path}",
        PAGERDUTY_ACME_KEY=trouble.api_key,
        PAGERDUTY_API_KEY="stray",
    )
    plain = side_by_side(ended)

    assert columns(plain)["acme-eu"] == "fail"
    assert "fail" not in cells(plain, "acme-us")
    assert {each["source"] for each in plain["accounts"]} == {"live"}
    assert all(each["requests"]["total"] > 0 for each in plain["accounts"])
    assert trouble.api_key not in ended.text


def test_a_refused_account_is_an_error_and_stops_no_other(
    tmp_path: Path, trouble: Simulator, compliant: Simulator
) -> None:
    """An account whose key is refused is an error in every row; the others are inspected."""
    refused = live("refused", trouble) | {"api_key_env": "PAGERDUTY_WRONG_KEY"}
    path = accounts_toml(tmp_path, refused, live("acme-us", compliant))
    ended = run_command(
        tmp_path,
        f"--accounts={path}",
        PAGERDUTY_WRONG_KEY="wrong",
        PAGERDUTY_ACME_KEY=compliant.api_key,
    )
    plain = side_by_side(ended)

    assert ended.code == 6, ended.text
    assert cells(plain, "refused") == {"error"}
    assert plain["accounts"][0]["problem"].startswith("PagerDuty refuses the credential")
    assert plain["accounts"][0]["exit_code"] == 4
    assert "pass" in cells(plain, "acme-us")
    assert "PagerDuty refuses the credential" in ended.err


def test_a_recording_that_is_none_is_an_error_column(tmp_path: Path) -> None:
    """An account that cannot even begin has no report, and is an error in every row."""
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")
    path = accounts_toml(tmp_path, {"name": "broken", "replay": "broken.json"}, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", "--workers=2")
    plain = side_by_side(ended)

    assert ended.code == 6, ended.text
    assert cells(plain, "broken") == {"error"}
    assert "broken.json" in plain["accounts"][0]["problem"]
    assert plain["complete"] is False
    assert plain["accounts"][0]["as_of"] is None
    assert "INCOMPLETE" in ended.err
    assert "Judged 1 of 2 accounts by 25 controls: 1 error, 1 manual;" in ended.err


@reading.alone_and_with("--workers=2")
def test_a_problem_names_flags_as_they_were_typed(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """The flags of the command have no ``pd-``, also in the words of a worker; pytest's have."""
    path = accounts_toml(tmp_path, {"name": "gone", "replay": "gone.yaml"}, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=22", *workers)
    pytests = run_pytest(tmp_path, f"--pd-accounts={path}", "--pd-controls=22", "--pd-json=x.json")
    of_pytest = json.loads((tmp_path / "x.json").read_text("utf-8"))

    said = side_by_side(ended)["accounts"][0]["problem"]
    assert said.startswith("--replay gone.yaml: there is no such file"), ended.text
    assert "--pd-" not in ended.text
    assert of_pytest["accounts"][0]["problem"].startswith("--pd-replay gone.yaml"), pytests.text


def test_nothing_that_could_be_read_ends_with_four(tmp_path: Path) -> None:
    """When no account at all could be read, the run is one that could not begin."""
    entry = {"base_url": "http://127.0.0.1:9", "api_key_env": "PAGERDUTY_ACME_KEY"}
    path = accounts_toml(tmp_path, {"name": "a", **entry}, {"name": "b", **entry})
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=1", PAGERDUTY_ACME_KEY="k")

    assert ended.code == 4, ended.text
    assert columns(side_by_side(ended)) == {"a": "error", "b": "error"}


def test_an_account_selects_for_itself(tmp_path: Path, compliant: Simulator) -> None:
    """A control that an account's own file leaves out is no verdict there, and costs no request."""
    (tmp_path / "few.toml").write_text('controls = ["PD-01", "PD-02"]\n')
    path = accounts_toml(tmp_path, live("few", compliant, config="few.toml"), RECORDINGS[1])
    compliant.forget()
    ended = run_command(
        tmp_path, f"--accounts={path}", "--severity=critical", PAGERDUTY_ACME_KEY=compliant.api_key
    )
    plain = side_by_side(ended)

    row = {each["id"]: each["accounts"]["few"] for each in plain["controls"]}
    assert list(row) == ["PD-01", "PD-02", "PD-05"]
    assert row["PD-05"] is None
    asked = {request.path for request in compliant.requests}
    assert asked == {"/abilities", "/users", "/users/me"}


def test_an_account_that_selects_nothing_is_no_pass(tmp_path: Path) -> None:
    """An account whose own file leaves every control out is an error, not a green column."""
    (tmp_path / "none.toml").write_text('controls = ["PD-25"]\n')
    path = accounts_toml(tmp_path, {**RECORDINGS[1], "config": "none.toml"}, RECORDINGS[2])
    ended = run_command(tmp_path, f"--accounts={path}", "--severity=critical")
    plain = side_by_side(ended)

    assert ended.code == 6, ended.text
    assert columns(plain)["acme-us"] == "error"
    assert plain["accounts"][0]["problem"] == "the account's own settings select no control"


@reading.alone_and_with("--workers=2")
def test_own_controls_of_one_account_are_refused(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Own controls that nobody would collect are no silent gap; the message names file and key."""
    (tmp_path / "own").mkdir()
    write_additions(tmp_path / "own")
    path = accounts_toml(tmp_path, {**RECORDINGS[0], "config": "own/pdsec.toml"}, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", *workers)

    config = tmp_path / "own" / "pdsec.toml"
    assert ended.code == 4, ended.text
    assert f"accounts[0] (acme-eu): {config}: controls_path: own controls are the" in ended.err
    assert f"name the folder in {tmp_path / 'pdsec.toml'} instead" in ended.err


def test_own_controls_of_the_working_folder_are_for_all_accounts(tmp_path: Path) -> None:
    """They are judged in every account, also where its own file names the same folder."""
    write_additions(tmp_path)
    (tmp_path / "eu").mkdir()
    (tmp_path / "eu" / "eu.toml").write_text('controls_path = "../controls"\n')
    path = accounts_toml(tmp_path, {**RECORDINGS[0], "config": "eu/eu.toml"}, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=ACME-1")
    plain = side_by_side(ended)

    assert [each["id"] for each in plain["controls"]] == ["ACME-01"]
    assert "error" not in cells(plain, "acme-eu") | cells(plain, "acme-us"), ended.text


def test_an_account_has_its_own_frameworks(tmp_path: Path) -> None:
    """A framework that only the file of one account names selects and is reported there."""
    (tmp_path / "own").mkdir()
    write_additions(tmp_path / "own", config='frameworks = ["acme.yaml"]\nframework = ["acme"]\n')
    framework = tmp_path / "own" / "acme.yaml"
    framework.write_text(FRAMEWORK.replace(", ACME-01", ""), encoding="utf-8")
    path = accounts_toml(tmp_path, {**RECORDINGS[0], "config": "own/pdsec.toml"}, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=21,22", "--output=out/")

    assert ended.code == 1, ended.text
    own, other = (
        json.loads((tmp_path / "out" / "accounts" / name / "inspection.json").read_text("utf-8"))
        for name in ("acme-eu", "acme-us")
    )
    assert [each["id"] for each in own["controls"]] == ["PD-22"]
    assert "acme" in {each["framework"] for each in own["controls"][0]["requirements"]}
    assert [each["id"] for each in other["controls"]] == ["PD-21", "PD-22"]


def test_pytest_chooses_the_controls(tmp_path: Path) -> None:
    """With pytest, ``-m`` and ``-k`` choose, and each account is one test."""
    path = accounts_toml(tmp_path, *RECORDINGS)
    ended = processes.run_pytest(
        tmp_path,
        *(f"--pd-accounts={path}", "--pd-json=side.json", "-m", "critical and soc2", "-n", "2"),
        PYTEST_ADDOPTS="-v",
    )
    plain = json.loads((tmp_path / "side.json").read_text("utf-8"))

    assert ended.code == 1, ended.text
    assert [each["id"] for each in plain["controls"]] == ["PD-01", "PD-02", "PD-05"]
    assert "accounts::acme-eu" in ended.out
    assert "1 failed, 2 passed" in ended.out
    assert "Judged 3 accounts by 3 of 25 controls: 1 fail, 2 pass." in ended.out


def test_collecting_asks_no_account(tmp_path: Path) -> None:
    """``--collect-only`` lists the accounts without reading one."""
    entry = {"name": "far", "base_url": "http://127.0.0.1:9", "api_key_env": "PAGERDUTY_ACME_KEY"}
    path = accounts_toml(tmp_path, entry, RECORDINGS[0])
    ended = run_pytest(
        tmp_path, f"--pd-accounts={path}", "--collect-only", "-q", PAGERDUTY_ACME_KEY="k"
    )

    assert ended.code == 0, ended.text
    assert "accounts::far" in ended.out


def test_a_node_id_of_one_resource_is_followed(tmp_path: Path) -> None:
    """A case that is named is judged where it is; where no account has it nothing is written."""
    path = accounts_toml(tmp_path, RECORDINGS[1])
    target = "pdsec_checks/controls/test_incident_response.py::"
    ended = run_pytest(
        tmp_path,
        f"--pd-accounts={path}",
        "--pd-json=side.json",
        target=f"{Path(__file__).parents[2] / target}test_service_has_escalation_policy[PNOWHERE]",
    )

    assert ended.code == 4, ended.text
    assert "PD-05 has no resource PNOWHERE in this account" in ended.text
    assert not (tmp_path / "side.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--record=x.yaml"], "--accounts and --record: a recording holds one account"),
        (["--plan"], "--accounts and --plan: a plan is of one account"),
        (["--baseline=x.json"], "--accounts and --baseline: an earlier report is about one"),
        (["--baseline-account-renamed"], "an earlier report is about one account"),
        (["--show=known"], "--accounts and --show: the summary of several accounts lists no"),
        (["--api-key=hush"], "--accounts and --api-key: each account has its own key"),
        (["--api-key-file=x"], "--accounts and --api-key-file: each account has its own key"),
        (["--format=csv"], "--format csv: this report is about one account"),
        (["--format=json,html"], "several reports need a folder"),
        (["--workers=0"], "--workers: a whole number from 1 to 100"),
        (["--workers=2", "--tx=popen"], "--workers and --tx"),
        (["--accounts-at-once=none"], "'none' is not valid; wanted: a whole number from 1 to 100"),
        (["--controls=99"], "ERROR: --controls: there is no control PD-99"),
        (["--controls=99", "--workers=2"], "ERROR: --controls: there is no control PD-99"),
    ],
)
def test_flags_that_make_no_sense_are_refused(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    """Exit code 4 and the way out; a key is not repeated."""
    path = accounts_toml(tmp_path, *RECORDINGS)
    ended = run_command(tmp_path, f"--accounts={path}", *arguments)

    assert ended.code == 4, ended.text
    assert said in ended.err
    assert "hush" not in ended.text
    assert "Traceback" not in ended.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pd-sarif=x.sarif"], "--pd-accounts-format sarif"),
        (["--pd-accounts-output=out", "--pd-accounts-format=pdf"], "'pdf' is not one of json"),
        (["--pd-plan"], "--accounts and --plan: a plan is of one account"),
        (["--pd-replay=demo"], "--accounts and --replay: a recording is of one account"),
    ],
)
def test_pytest_options_that_make_no_sense_are_refused(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    """The same with pytest."""
    path = accounts_toml(tmp_path, *RECORDINGS)
    ended = run_pytest(tmp_path, f"--pd-accounts={path}", *arguments)

    assert ended.code == 4, ended.text
    assert said in ended.err


def test_an_old_recording_is_no_pass(tmp_path: Path) -> None:
    """A recording that is too old to gate on is an error of its account, with the reason."""
    (tmp_path / "strict.toml").write_text("evidence_max_age = 30\n")
    with run(accounts.demo_compliant(record.AS_OF.replace(year=2025))) as simulator:
        tape(simulator, tmp_path / "old.yaml")
    old = {"name": "acme-old", "replay": "old.yaml"}
    path = accounts_toml(tmp_path, {**old, "config": "strict.toml"}, RECORDINGS[2])
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=22")
    plain = side_by_side(ended)

    assert ended.code == 6, ended.text
    assert columns(plain) == {"acme-old": "error", "acme-test": "pass"}
    assert "older than evidence_max_age = 30 allows" in plain["accounts"][0]["problem"]


def test_workers_are_for_several_accounts(tmp_path: Path) -> None:
    """Without ``--accounts`` workers are refused, and the message says what speeds one up."""
    ended = run_command(tmp_path, "--workers=2", "--replay=demo")

    assert ended.code == 4
    assert "--workers: workers share several accounts" in ended.err


def test_every_missing_credential_is_named_at_once(tmp_path: Path) -> None:
    """Nobody has to run fifty times to find fifty variables."""
    path = accounts_toml(
        tmp_path,
        {"name": "a", "api_key_env": "PAGERDUTY_KEY_A"},
        {"name": "b", "api_key_env": "PAGERDUTY_KEY_B"},
        {"name": "c", "api_key_file": "c.key"},
    )
    ended = run_command(tmp_path, f"--accounts={path}")

    assert ended.code == 4
    assert (
        "accounts[0] (a): api_key_env: the environment variable PAGERDUTY_KEY_A is not set"
        in ended.err
    )
    assert (
        "accounts[1] (b): api_key_env: the environment variable PAGERDUTY_KEY_B is not set"
        in ended.err
    )
    assert "accounts[2] (c): api_key_file" in ended.err


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in place of the folder is exit code 4, with its name."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "accounts").write_text("in the way")
    path = accounts_toml(tmp_path, RECORDINGS[1])
    ended = run_command(tmp_path, f"--accounts={path}", "--output=out/", "--controls=1")

    assert ended.code == 4
    assert "cannot write out/accounts/acme-us/inspection.json" in ended.err
    assert (tmp_path / "out" / "accounts.json").exists()


def test_other_tests_of_the_run_count(tmp_path: Path) -> None:
    """A test of somebody else that fails in the same run makes the exit code 1."""
    (tmp_path / "test_theirs.py").write_text("def test_theirs():\n    assert False\n")
    path = accounts_toml(tmp_path, RECORDINGS[1])
    ended = run_pytest(tmp_path, "test_theirs.py", f"--pd-accounts={path}", "-k", "theirs or PD-02")

    assert ended.code == 1, ended.text
    assert "Judged 1 account by 1 of 25 controls: 1 pass." in ended.out


def test_ctrl_c_leaves_no_account_out(tmp_path: Path) -> None:
    """An interrupted run reports what was inspected; the other accounts are errors."""
    command = [*COMMAND, "--accounts=accounts.toml", "--output=side.json", "--timeout=1h"]
    with run(accounts.small, faults=[Fault("/users", "silent")]) as simulator:
        accounts_toml(tmp_path, RECORDINGS[1], live("silent", simulator))
        env = environment(PAGERDUTY_ACME_KEY=simulator.api_key)
        with started(tmp_path, command, env) as process:
            assert process.stderr is not None
            said, first = process.stderr.readline(), process.stderr.readline()
            until(lambda: "/users" in {each.path for each in simulator.requests})
            process.send_signal(signal.SIGINT)
            found = finished(process, tmp_path)
    plain = json.loads((tmp_path / "side.json").read_text("utf-8"))

    assert f"the credential is sent to {simulator.url}" in said
    assert "acme-us" in first
    assert found.code == 2, found.err
    assert plain["complete"] is False
    assert columns(plain)["silent"] == "error"
    assert cells(plain, "silent") == {"error"}
    assert "ended before this account was inspected" in found.err


def test_secrets_stay_out_of_everything(tmp_path: Path, trouble: Simulator) -> None:
    """No report, no line and no command line holds a key."""
    path = accounts_toml(tmp_path, live("acme-eu", trouble), RECORDINGS[1])
    ended = run_command(
        tmp_path,
        *(f"--accounts={path}", "--format=json,html,csv", "--output=out/", "--verbose"),
        "--workers=2",
        PAGERDUTY_ACME_KEY=trouble.api_key,
    )

    assert ended.code == 1, ended.text
    assert trouble.api_key not in ended.text
    for file in (tmp_path / "out").rglob("*.*"):
        assert trouble.api_key not in file.read_text("utf-8"), file.name


@pytest.fixture
def elsewhere(tmp_path: Path, trouble: Simulator) -> Iterator[str]:
    """Serve workers from another folder, with the key in an environment of their own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "elsewhere").mkdir()
    command = [sys.executable, "-u", "-m", "execnet.script.socketserver", address]
    env = environment(PAGERDUTY_ACME_KEY=trouble.api_key)
    with started(tmp_path / "elsewhere", command, env, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        assert server.stdout.readline()  # it listens
        yield f"socket={address}"


def run_elsewhere(folder: Path, path: Path, spec: str, *arguments: str) -> Ended:
    """Inspect on a worker of another machine; the connection to it lasts as long as a process."""
    return processes.run_command(folder, f"--accounts={path}", f"--tx={spec}", *arguments)


def test_a_worker_elsewhere_has_its_own_secrets(
    tmp_path: Path, elsewhere: str, trouble: Simulator
) -> None:
    """A remote worker gets the accounts, and finds the keys in its own environment."""
    missing = live("missing", trouble) | {"api_key_env": "PAGERDUTY_NOWHERE"}
    path = accounts_toml(tmp_path, live("acme-eu", trouble), missing)
    ended = run_elsewhere(tmp_path, path, elsewhere, "--severity=critical")
    plain = side_by_side(ended)

    assert ended.code == 1, ended.text
    assert columns(plain) == {"acme-eu": "fail", "missing": "error"}
    assert cells(plain, "missing") == {"error"}
    assert "NOWHERE is not set" in plain["accounts"][1]["problem"]


def test_a_worker_elsewhere_can_refuse(tmp_path: Path, elsewhere: str) -> None:
    """What only the worker notices ends the run with 4 and the reason."""
    path = accounts_toml(tmp_path, *RECORDINGS)
    ended = run_elsewhere(tmp_path, path, elsewhere, "--controls=99")

    assert ended.code == 4, ended.text
    assert "ERROR: --controls: there is no control PD-99" in ended.err


@reading.alone_and_with("--workers=2")
def test_whoever_stops_listening_leaves_out_no_account(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """A closed standard error, such as of ``2>&1 | head``, costs neither a verdict nor a report."""
    path = accounts_toml(tmp_path, *RECORDINGS[:2])
    ended = run_unheard(tmp_path, f"--accounts={path}", "--output=r/", *workers)

    assert ended == 1
    assert columns(json.loads((tmp_path / "r" / "accounts.json").read_text("utf-8"))) == {
        "acme-eu": "fail",
        "acme-us": "manual",
    }


@reading.alone_and_with("--workers=2")
def test_each_account_has_its_own_workbook(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """A report that is no text reaches its folder as it is, through workers too."""
    listed = [f'[[accounts]]\nname = "{name}"\nreplay = "{name}"\n'
              for name in ("demo", "demo-compliant")]  # fmt: skip
    (tmp_path / "accounts.toml").write_text("".join(listed))
    flags = ("--accounts=accounts.toml", "--controls=5", "--format=xlsx,junit", "--output=out/")
    run_command(tmp_path, *flags, *workers)

    for name, status in (("demo", "fail"), ("demo-compliant", "pass")):
        made = (tmp_path / "out" / "accounts" / name / "inspection.xlsx").read_bytes()
        assert status in {row["status"] for row in rows(made, "Findings")}
