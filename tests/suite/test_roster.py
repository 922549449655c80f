"""A run with a personnel list: the same verdicts by every way, and no address anywhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import BINARY, REPORT_FORMATS
from pdsec_checks.configuration.roster import read_roster
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator import Account, Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.judged import NOW, inspect

ROSTER = "--roster=people.csv"
CONTROL = "--controls=45"
DOMAIN = "mail.fernhill-demo.example"
LOCAL = "zq7-private-"
"""What every local part begins with, and nothing else does."""


def addressed(account: Account) -> Account:
    """Return an account whose users have addresses that nothing else holds a part of."""
    users = [
        each | {"email": f"{LOCAL}{number}@{DOMAIN}"} for number, each in enumerate(account.users)
    ]
    return replace(account, users=users)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Serve the account, as of now."""
    with run(lambda now: addressed(accounts.small(now))) as running:
        yield running


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Write a list of all users but the first, the second of whom has left."""
    count = len(accounts.small(NOW).users)
    rows = [f"{LOCAL}{number}@{DOMAIN};" for number in range(2, count)]
    path = tmp_path / "people.csv"
    text = ["Email;Until", f"{LOCAL}1@{DOMAIN};2020-12-31", *rows, f"{LOCAL}none@{DOMAIN};"]
    path.write_text("\n".join(text), encoding="utf-8-sig")
    return path


def rows(report: dict[str, object]) -> list[tuple[str, str, str]]:
    """Return id, status and cause of each finding."""
    found: object = report["findings"]
    assert isinstance(found, list)
    return [(each["resource"]["id"], each["status"], each["message"]) for each in found]


def test_every_way_in_gives_the_same_verdicts(
    tmp_path: Path, people: Path, simulator: Simulator
) -> None:
    """The flag, pytest's option, the key of the file, and a replay of a plain recording."""
    live = run_command(
        tmp_path, ROSTER, CONTROL, "--record=plain.json", "--no-redact", simulator=simulator
    )
    replayed = run_command(tmp_path, ROSTER, CONTROL, "--replay=plain.json")
    run_pytest(tmp_path, f"--pd-{ROSTER[2:]}", "--pd-controls=45", "--pd-json=p.json",
               "--pd-replay=plain.json")  # fmt: skip
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "pdsec.toml").write_text('roster = "../people.csv"\n')
    by_file = run_command(tmp_path, "--config=conf/pdsec.toml", CONTROL, "--replay=plain.json")

    found = rows(json.loads(live.out))
    assert sorted(status for _, status, _ in found) == [
        "fail",
        "fail",
        *["pass"] * (len(found) - 2),
    ]
    for said in (replayed.out, (tmp_path / "p.json").read_text(), by_file.out):
        assert rows(json.loads(said)) == found
        assert json.loads(said)["scope"]["roster"] == {
            "sha256": sha256(people.read_bytes()).hexdigest(),
            "people": len(found),
            "services": 0,
        }


@pytest.mark.usefixtures("people")
def test_a_redacted_recording_shows_nobody(tmp_path: Path, simulator: Simulator) -> None:
    """It is an error, with a list or without; and it holds neither an address nor a comparison."""
    run_command(tmp_path, ROSTER, CONTROL, "--record=redacted.json", simulator=simulator)
    text = (tmp_path / "redacted.json").read_text()

    assert "pdsec:roster" not in text
    assert LOCAL not in text
    assert DOMAIN not in text
    for told in ([ROSTER], []):
        ended = run_command(tmp_path, *told, CONTROL, "--replay=redacted.json")
        assert ended.code == 6
        assert {status for _, status, _ in rows(json.loads(ended.out))} == {"error"}


@pytest.mark.usefixtures("people")
def test_no_report_and_no_line_holds_a_part_of_an_address(
    tmp_path: Path, simulator: Simulator
) -> None:
    """Each format has the digest, but those that tell no settings, and none has a local part."""
    formats = ",".join(REPORT_FORMATS)
    ended = run_command(
        tmp_path, ROSTER, "--controls=36,45", f"--format={formats}", "--output=out",
        simulator=simulator,
    )  # fmt: skip

    assert ended.code == 1, ended.text
    digest = sha256((tmp_path / "people.csv").read_bytes()).hexdigest()
    assert digest in ended.text
    for name, file in REPORT_FORMATS.items():
        content = (tmp_path / "out" / file).read_bytes()
        assert LOCAL.encode() not in content, name
        assert name in BINARY or digest.encode() in content, name
    assert LOCAL not in ended.text


def test_no_snapshot_on_disk_holds_a_part_of_an_address(tmp_path: Path, people: Path) -> None:
    """What the workers of a run share has the comparison, and gives the same verdicts."""
    with run(addressed(accounts.small(NOW))) as simulator:
        roster = read_roster(people, "--pd-roster")
        snapshot = reading.read(simulator, ("users",), roster=roster)
    snapshot.write(tmp_path / "snapshot.json.gz")
    text = gzip.decompress((tmp_path / "snapshot.json.gz").read_bytes()).decode()
    loaded = Snapshot.load(tmp_path / "snapshot.json.gz")

    assert LOCAL not in text
    assert loaded.roster == snapshot.roster
    assert inspect(loaded, "PD-45") == inspect(snapshot, "PD-45")
    assert inspect(loaded, "PD-45")[0].evidence["people_without_account"] == 1


@pytest.mark.parametrize(
    "row", [f"{LOCAL}1@{DOMAIN},someday", f"{LOCAL}1", f"{LOCAL}1@{DOMAIN},,,,,{LOCAL}"]
)
def test_a_list_that_is_none_ends_the_run_without_a_word_of_it(
    tmp_path: Path, simulator: Simulator, row: str
) -> None:
    """Exit code 4, one sentence, no request; tracebacks with variables show no cell either."""
    simulator.forget()
    (tmp_path / "people.csv").write_text(f"email,until\n{row}\n")
    by_command = run_command(tmp_path, ROSTER, CONTROL, simulator=simulator)
    by_pytest = run_pytest(
        tmp_path, "--pd-roster=people.csv", "--pd-controls=45", "-l", "--full-trace",
        simulator=simulator,
    )  # fmt: skip
    checked = run_command(tmp_path, "config", "show", ROSTER)

    assert (by_command.code, by_pytest.code, checked.code) == (4, 4, 4)
    assert by_command.err.startswith("ERROR: --roster people.csv: line 2")
    assert by_command.err.count("\n") == 1
    assert not simulator.requests
    for said in (by_command.text, by_pytest.text, checked.text):
        assert LOCAL not in said


@pytest.mark.usefixtures("people")
def test_tracebacks_with_variables_show_no_address(tmp_path: Path, simulator: Simulator) -> None:
    """What fails is shown with the variables of the control, which never had one."""
    ended = run_pytest(
        tmp_path, "--pd-roster=people.csv", "--pd-controls=45", "-l", "--full-trace", "-rA",
        simulator=simulator,
    )  # fmt: skip

    assert ended.code == 1, ended.text
    assert LOCAL not in ended.text


def test_several_accounts_are_compared_with_one_list(tmp_path: Path, people: Path) -> None:
    """The flag is for all of them; a file of an account may name another list."""
    with run(lambda now: addressed(accounts.small(now))) as simulator:
        run_command(tmp_path, CONTROL, "--record=plain.json", "--no-redact", simulator=simulator)
    (tmp_path / "other.csv").write_text(f"email\n{LOCAL}0@{DOMAIN}\n")
    (tmp_path / "own.toml").write_text('roster = "other.csv"\n')
    (tmp_path / "accounts.toml").write_text(
        '[[accounts]]\nname = "one"\nreplay = "plain.json"\n'
        '[[accounts]]\nname = "two"\nreplay = "plain.json"\nconfig = "own.toml"\n'
    )
    flags = ("--accounts=accounts.toml", CONTROL, "--format=json", "--output=out/")
    in_vain = run_command(tmp_path, ROSTER, "--accounts=accounts.toml", "--controls=36")
    by_flag = run_command(tmp_path, ROSTER, *flags)
    both = json.loads((tmp_path / "out" / "accounts" / "one" / "inspection.json").read_text())
    run_command(tmp_path, *flags)
    alone = [
        json.loads((tmp_path / "out" / "accounts" / name / "inspection.json").read_text())
        for name in ("one", "two")
    ]

    assert in_vain.code == 4
    assert in_vain.err.startswith("ERROR: --roster: no selected control goes by it; select PD-45")
    assert by_flag.code == 1, by_flag.text
    assert both["scope"]["roster"]["sha256"] == sha256(people.read_bytes()).hexdigest()
    assert [each["scope"]["roster"] and each["scope"]["roster"]["people"] for each in alone] == [
        None,
        1,
    ]
