"""What ``SECURITY.md`` says about trust: whose files may run code, and where a key is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pdsec_checks.configuration.addresses import BASE_URLS, is_pagerduty
from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.accounts.files import accounts_toml
from tests.simulator import Simulator, accounts, run
from tests.support import reading
from tests.support.additions import CONFIG, CONTROL, write_additions
from tests.support.calls import run_command, run_pytest
from tests.support.processes import COMMAND, Ended, run_process
from tests.support.shown import shown_in

MARK = "it ran"
HARMFUL = f"""\
interactions: []
metadata:
  pagerduty-sec-inspector: !!python/object/apply:os.mkdir ["{MARK}"]
version: 1
"""


@pytest.mark.parametrize("words", [["--replay"], ["recordings", "show"]])
def test_a_recording_is_data(tmp_path: Path, words: list[str]) -> None:
    """A YAML tag that would make a Python object is refused; nothing of it runs."""
    (tmp_path / "tape.yaml").write_text(HARMFUL, encoding="utf-8")
    ended = run_command(tmp_path, *words, "tape.yaml")

    assert (ended.code, "not a recording that can be read" in ended.err) == (4, True)
    assert not (tmp_path / MARK).exists()


READING = ("config check", "config show", "controls", "controls show ACME-01", "frameworks")


@pytest.mark.parametrize("line", READING)
def test_own_controls_are_read_without_being_run(tmp_path: Path, line: str) -> None:
    """What only looks at the configuration imports nothing from the folder of own controls."""
    running(tmp_path)
    ended = run_command(tmp_path, *line.split())

    assert ended.code == 0, ended.text
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("line", ["--replay demo-compliant --controls 5", "--plan"])
def test_an_inspection_runs_own_controls(tmp_path: Path, line: str) -> None:
    """Whoever names a folder of controls runs what is in it, chosen or not."""
    running(tmp_path)
    ended = run_command(tmp_path, *line.split(), PAGERDUTY_API_KEY="not-used")

    assert ended.code == 0, ended.text
    assert (tmp_path / MARK).exists()


def running(folder: Path, config: str = CONFIG) -> None:
    """Write an own control that leaves a mark when it is imported."""
    mark = f"import pathlib\n\npathlib.Path({MARK!r}).touch()\n"
    write_additions(folder, config, CONTROL.replace("import pytest\n", f"{mark}import pytest\n", 1))


SHADOWS = ("pytest", "_pytest", "xdist", "execnet", "requests", "vcr", "yaml", "argparse", "json")


SCRIPT = (str(Path(sys.executable).with_name("pagerduty-sec-inspector")),)
MANY = ["--accounts=accounts.toml", "--workers=2"]


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        pytest.param(SCRIPT, [], id="script"),
        pytest.param(COMMAND, MANY, id="module, accounts"),
        reading.in_ci(COMMAND, [], name="module"),
        reading.in_ci(SCRIPT, MANY, name="script, accounts"),
    ],
)
def test_no_module_of_the_folder_is_imported(
    tmp_path: Path, command: Sequence[str], flags: list[str]
) -> None:
    """A folder with a ``pytest.py`` changes nothing, in no worker either."""
    for name in SHADOWS:
        text = f"import os\nos.mkdir({MARK!r})\n"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    accounts_toml(
        tmp_path,
        {"name": "a", "replay": "demo-compliant"},
        {"name": "b", "replay": "demo-compliant"},
    )
    flags = flags or ["--replay=demo-compliant"]
    ended = run_process(tmp_path, [*command, *flags, "--controls=5", "--output=o.json"], None, {})

    assert ended.code == 0, ended.text
    assert not (tmp_path / MARK).exists()


# Where the key is sent


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """Serve an account at an address that is not PagerDuty's."""
    with run(accounts.NAMED["small"]) as served:
        yield served


def configured(folder: Path, config: str) -> None:
    """Write what the working folder says."""
    (folder / "pdsec.toml").write_text(config, encoding="utf-8")


def with_command(folder: Path, *flags: str, **variables: str) -> Ended:
    """Judge one control through the command."""
    return run_command(
        folder,
        "--controls=22",
        "--quiet",
        "--output=inspection.json",
        *flags,
        simulator=None,
        **variables,
    )


def with_pytest(folder: Path, *flags: str, **variables: str) -> Ended:
    """Judge one control through pytest."""
    return run_pytest(
        folder,
        "-k",
        "PD-22",
        "-q",
        "--pd-json=inspection.json",
        *flags,
        simulator=None,
        **variables,
    )


DOORS = pytest.mark.parametrize("inspect", [with_command, with_pytest])


@DOORS
def test_an_address_from_a_file_is_said(
    simulator: Simulator, tmp_path: Path, inspect: Callable[..., Ended]
) -> None:
    """The terminal, however quiet, and the report name a host that is not PagerDuty's."""
    configured(tmp_path, f'base_url = "{simulator.url}"\n')
    ended = inspect(tmp_path, PAGERDUTY_API_KEY=simulator.api_key)

    said = f"pdsec.toml: base_url: the credential is sent to {simulator.url}"
    assert said in ended.err, ended.text
    assert [notice for notice in ended.report["notices"] if said in notice]


def test_every_format_names_an_address_from_a_file(simulator: Simulator, tmp_path: Path) -> None:
    """Whoever sees only one of the reports sees that the key went elsewhere."""
    configured(tmp_path, f'base_url = "{simulator.url}"\n')
    formats = [name for name in REPORT_FORMATS if name not in {"csv", "action-plan"}]
    every = f"--format={','.join(formats)}"
    key = simulator.api_key
    run_command(tmp_path, "--controls=22", every, "--output=out", PAGERDUTY_API_KEY=key)

    for name in formats:
        text = shown_in(tmp_path / "out" / REPORT_FORMATS[name])
        assert "no address of PagerDuty" in text, name


@pytest.mark.parametrize("named_by", ["flag", "environment"])
def test_an_address_that_the_user_names_needs_no_warning(
    simulator: Simulator, tmp_path: Path, named_by: str
) -> None:
    """A flag and a variable are the user's own; they win over the file, whose word is not used."""
    configured(tmp_path, 'base_url = "https://pagerduty.example"\n')
    flags = [f"--base-url={simulator.url}"] if named_by == "flag" else []
    variables = {} if flags else {"PAGERDUTY_BASE_URL": simulator.url}
    ended = with_command(tmp_path, *flags, PAGERDUTY_API_KEY=simulator.api_key, **variables)

    assert (ended.code, ended.err, ended.report["notices"]) == (0, "", [])


@pytest.mark.parametrize(
    ("url", "own"),
    [
        *((url, True) for url in BASE_URLS.values()),
        ("https://API.PagerDuty.com/", True),
        ("https://api.pagerduty.com.example", False),
        ("https://apipagerduty.com", False),
        ("https://pagerduty.example/api.pagerduty.com", False),
        ("http://api.pagerduty.com", False),
        ("http://127.0.0.1:8080", False),
        ("no address", False),
    ],
)
def test_which_addresses_are_those_of_pagerduty(url: str, own: bool) -> None:  # noqa: FBT001 - a row
    """Only https and a host of PagerDuty's own domain need no word."""
    assert is_pagerduty(url) is own


def test_a_recording_with_pseudonyms_does_not_name_the_address(
    simulator: Simulator, tmp_path: Path
) -> None:
    """A gateway of the organisation's own is private: what is said of it stays off the tape."""
    configured(tmp_path, f'base_url = "{simulator.url}"\n')
    key = simulator.api_key
    ended = with_command(tmp_path, "--record=tape.json", PAGERDUTY_API_KEY=key)

    assert "the credential is sent to" in ended.err
    assert simulator.url not in (tmp_path / "tape.json").read_text("utf-8")


def test_the_doctor_says_where_it_sends_the_key(simulator: Simulator, tmp_path: Path) -> None:
    """What asks PagerDuty without an inspection names the address of a file as well."""
    configured(tmp_path, f'base_url = "{simulator.url}"\n')
    ended = run_command(tmp_path, "doctor", PAGERDUTY_API_KEY=simulator.api_key)

    assert f"base_url: the credential is sent to {simulator.url}" in ended.err


def test_addresses_of_several_accounts_are_said(simulator: Simulator, tmp_path: Path) -> None:
    """Each is named with its entry, before anything is asked, and in that account's report."""
    entry = {"name": "acme", "base_url": simulator.url, "api_key_env": "PAGERDUTY_ACME"}
    accounts_toml(tmp_path, entry)
    ended = run_command(
        tmp_path,
        *("--accounts=accounts.toml", "--controls=22", "--quiet", "--output=out/"),
        PAGERDUTY_ACME=simulator.api_key,
    )

    said = "accounts[0] (acme): base_url: the credential is sent to"
    report = json.loads((tmp_path / "out/accounts/acme/inspection.json").read_text("utf-8"))
    assert said in ended.err, ended.text
    assert [notice for notice in report["notices"] if said in notice]


# What is judged in place of the account


@DOORS
@pytest.mark.parametrize("key", ["", "k"])
def test_a_replay_from_a_file_is_said(
    tmp_path: Path, inspect: Callable[..., Ended], key: str
) -> None:
    """A recording that nobody asked for on the command line is named, and that no key is used."""
    configured(tmp_path, 'replay = "demo-compliant"\n')
    ended = inspect(tmp_path, PAGERDUTY_API_KEY=key)

    assert ended.code == 0
    assert "pdsec.toml: replay demo-compliant: a recording is judged, not the acc" in ended.err
    assert ("the credential is not used" in ended.err) is bool(key)


@pytest.mark.parametrize(
    ("flags", "variables", "said"),
    [
        (["--replay=demo-compliant"], {}, ""),
        (["--replay=demo-compliant"], {"PAGERDUTY_API_KEY": "k"}, "--replay demo-compliant: "),
        ([], {"PAGERDUTY_REPLAY": "demo-compliant", "PAGERDUTY_TOKEN": "k"}, "--replay demo-comp"),
    ],
)
def test_a_credential_that_a_replay_ignores_is_said(
    tmp_path: Path, flags: list[str], variables: dict[str, str], said: str
) -> None:
    """Whoever gave a key and gets a recording hears of it; without a key nobody does."""
    ended = with_command(tmp_path, *flags, **variables)

    assert ended.code == 0
    assert said in ended.err
    assert ("the credential is not used" in ended.err) is bool(said)


# A folder that is not trusted


HOSTILE = """\
base_url = "https://pagerduty.example"
replay = "demo-compliant"
frameworks = ["acme.yaml"]
controls_path = "controls"
severities = {PD-22 = "critical"}
"""


@DOORS
def test_isolated_reads_nothing_of_the_folder(
    simulator: Simulator, tmp_path: Path, inspect: Callable[..., Ended]
) -> None:
    """With ``--isolated`` neither address, recording, controls nor frameworks of it count."""
    running(tmp_path, HOSTILE)
    flag = "--isolated" if inspect is with_command else "--pd-isolated"
    ended = inspect(
        tmp_path, flag, PAGERDUTY_API_KEY=simulator.api_key, PAGERDUTY_BASE_URL=simulator.url
    )

    assert ended.code in {0, 1}, ended.text
    assert "running the code" not in ended.err
    assert not (tmp_path / MARK).exists()
    assert ended.report["source"] == "live"
    assert "acme" not in ended.report["summary"]["framework"]


def test_isolated_reads_no_table_of_a_pyproject(tmp_path: Path) -> None:
    """The table in ``pyproject.toml`` belongs to the folder as well."""
    (tmp_path / "pyproject.toml").write_text('[tool.pdsec]\nreplay = "demo"\n', encoding="utf-8")
    ended = with_command(tmp_path, "--isolated")

    assert (ended.code, "no PagerDuty credential" in ended.err) == (4, True)


def test_isolated_reads_the_file_that_is_named(tmp_path: Path) -> None:
    """The configuration of the base branch, named with ``--config``, counts with all it names."""
    base = tmp_path / "base"
    fork = tmp_path / "fork"
    base.mkdir()
    fork.mkdir()
    running(base, 'replay = "demo-compliant"\ncontrols_path = "controls"\n')
    running(fork, HOSTILE)
    ended = with_command(fork, "--isolated", "--config=../base/pdsec.toml")

    assert ended.code == 0, ended.text
    assert ended.report["source"] == "recording"
    assert (fork / MARK).exists()  # left by the control of the base, in the working folder


def test_code_of_the_folder_is_announced(tmp_path: Path) -> None:
    """A run that imports a folder of controls says which, and what names it."""
    running(tmp_path)
    ended = run_command(tmp_path, "--replay=demo-compliant", "--controls=5", "--output=out.json")
    quiet = with_command(tmp_path, "--replay=demo-compliant")

    folder = tmp_path / "controls"
    assert f"pdsec.toml: controls_path: running the code in {folder}\n" in ended.err
    assert "running the code" not in quiet.err


# Who may read the reports


@pytest.mark.parametrize(
    ("flags", "config", "mode"),
    [([], "", 0o600), (["--report-mode=640"], "", 0o640), ([], 'report_mode = "644"\n', 0o644)],
)
def test_reports_are_for_their_owner_unless_asked(
    tmp_path: Path, flags: list[str], config: str, mode: int
) -> None:
    """Every format has the permissions that were asked for, else those of its owner alone."""
    configured(tmp_path, config)
    every = f"--format={','.join(REPORT_FORMATS)}"
    run_command(tmp_path, "--replay=demo", "--controls=2", every, "--output=out", *flags)

    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()}
    assert found == dict.fromkeys(REPORT_FORMATS.values(), mode)


def test_reports_of_several_accounts_are_for_their_owner(tmp_path: Path) -> None:
    """Those side by side and each account's own follow the same rule."""
    accounts_toml(tmp_path, {"name": "acme", "replay": "demo"})
    run_command(tmp_path, "--accounts=accounts.toml", "--controls=2", "--output=private/")
    run_command(
        tmp_path, "--accounts=accounts.toml", "--controls=2", "--output=open/", "--report-mode=644"
    )

    for folder, mode in {"private": 0o600, "open": 0o644}.items():
        files = [path for path in (tmp_path / folder).rglob("*") if path.is_file()]
        assert len(files) == 4
        assert {path.stat().st_mode & 0o777 for path in files} == {mode}


@pytest.mark.parametrize("mode", ["777x", "rw", "0o640", "444", "8", "6400"])
def test_permissions_that_are_none_are_refused(tmp_path: Path, mode: str) -> None:
    """What is no octal number of three digits, or would keep out its owner, is a usage error."""
    ended = with_command(tmp_path, f"--report-mode={mode}")

    assert ended.code == 4
    assert "wanted: permissions such as 600, 640 or 644" in ended.err


def test_a_report_follows_no_link_out_of_an_isolated_folder(tmp_path: Path) -> None:
    """The checkout of a fork cannot choose which file of the machine a report replaces."""
    checkout, precious = tmp_path / "checkout", tmp_path / "precious"
    checkout.mkdir()
    precious.write_text("precious", encoding="utf-8")
    (checkout / "inspection.json").symlink_to(precious)
    ended = with_command(checkout, "--isolated", "--replay=demo-compliant")

    assert (ended.code, precious.read_text("utf-8")) == (4, "precious")
    assert "cannot write inspection.json: a link leads out of" in ended.err


@pytest.mark.parametrize("name", ["tape.yaml", "made/tape.yaml"])
def test_a_recording_follows_no_link_out_of_an_isolated_folder(tmp_path: Path, name: str) -> None:
    """Nor can it choose where the account is kept: nothing is read, and nothing made there."""
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    checkout.mkdir()
    (checkout / "tape.yaml").symlink_to(elsewhere / "tape.yaml")
    (checkout / "made").symlink_to(elsewhere)
    with run(accounts.small) as simulator:
        ended = run_command(checkout, "--isolated", f"--record={name}", simulator=simulator)

    assert ended.code == 4
    assert f"--record {name}: a link leads out of" in ended.err
    assert not elsewhere.exists()
