"""``--inventory``: written where it is asked for, read by every run, kept where data is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.exit_codes import ExitCode
from tests.simulator import Fault, accounts, run
from tests.support.calls import run_command, run_pytest
from tests.support.code_scanning import place, results, warnings
from tests.support.judged import NOW

REPLAY = ("--replay=demo",)
INVENTORY = Path("pagerduty/inventory.txt")
SARIF = ("--format=sarif", "--output=out.sarif")
WAIVER = """
strict = false

[[waivers]]
control = "PD-05"
resource = "P225PTZK"
reason = "retired service"
approved_by = "head of operations"
accepted = 2026-11-20
expires = 2026-12-10
"""


def log(folder: Path) -> dict[str, Any]:
    """Return the SARIF log that a run wrote."""
    found: dict[str, Any] = json.loads((folder / "out.sarif").read_text("utf-8"))
    return found


def test_it_is_written_and_the_next_run_points_at_it(tmp_path: Path) -> None:
    """The file is named; a later run, without the flag, finds it, and upload-sarif agrees."""
    written = run_command(tmp_path, *REPLAY, "--inventory", *SARIF)
    text = (tmp_path / INVENTORY).read_text("utf-8")
    first = log(tmp_path)
    run_command(tmp_path, *REPLAY, *SARIF)

    assert f"wrote {INVENTORY}: inventory of resources" in written.err
    assert text.startswith("account fernhill-demo ....")
    assert log(tmp_path) == first
    assert warnings(first, tmp_path) == []
    lines = text.split("\n")
    for each in results(first):
        address = each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        kind, _, identity = address.partition("/")
        wanted = "fernhill-demo" if kind == "account" else identity
        assert lines[place(each)[1] - 1].split()[:2] == [kind, wanted]


def test_written_again_it_is_the_same(tmp_path: Path) -> None:
    """Whatever else is reported, and by either way in, the bytes stay."""
    run_command(tmp_path, *REPLAY, "--inventory", "--format=csv")
    first = (tmp_path / INVENTORY).read_bytes()
    run_pytest(tmp_path, "--pd-replay=demo", f"--pd-inventory={INVENTORY}")

    assert (tmp_path / INVENTORY).read_bytes() == first


def test_the_configuration_says_where_it_is(tmp_path: Path) -> None:
    """The key alone writes nothing; the flag alone writes there, and with a path elsewhere."""
    (tmp_path / "pdsec.toml").write_text('inventory = "ops/pager.txt"\n', encoding="utf-8")

    run_command(tmp_path, *REPLAY, *SARIF, "--controls=5")
    assert {place(each)[0] for each in results(log(tmp_path))} == {"ops/pager.txt"}
    assert not (tmp_path / "ops").exists()
    run_command(tmp_path, *REPLAY, *SARIF, "--controls=5", "--inventory")
    assert (tmp_path / "ops/pager.txt").is_file()
    run_command(tmp_path, *REPLAY, *SARIF, "--controls=5", "--inventory=else.txt")
    assert (tmp_path / "else.txt").is_file()
    assert not (tmp_path / INVENTORY).exists()


def test_a_list_that_could_not_be_read_keeps_its_lines(tmp_path: Path) -> None:
    """A refused list is no sign that all of it was deleted; the others are renewed."""
    with run(accounts.small(NOW)) as simulator:
        run_command(tmp_path, "--inventory", "--format=csv", simulator=simulator)
    first = (tmp_path / INVENTORY).read_text("utf-8")
    with run(accounts.small(NOW), faults=[Fault("/services", "status", status=403)]) as simulator:
        run_command(tmp_path, "--inventory", "--format=csv", simulator=simulator)

    assert "\nservice " in first
    assert (tmp_path / INVENTORY).read_text("utf-8") == first


def test_a_selection_takes_nothing_away(tmp_path: Path) -> None:
    """A run over one control adds what it sees."""
    run_command(tmp_path, *REPLAY, "--inventory", "--format=csv")
    first = (tmp_path / INVENTORY).read_bytes()
    run_command(tmp_path, *REPLAY, "--inventory", "--format=csv", "--controls=5")

    assert (tmp_path / INVENTORY).read_bytes() == first


def test_the_inventory_of_another_account_is_not_overwritten(tmp_path: Path) -> None:
    """The run says whose it is and how to go on, ends with 4, and still writes its reports."""
    run_command(tmp_path, *REPLAY, "--inventory", "--format=csv", "--account=umbrella")
    first = (tmp_path / INVENTORY).read_bytes()
    ended = run_command(tmp_path, *REPLAY, "--inventory", *SARIF)

    assert ended.code == ExitCode.USAGE_ERROR
    assert f"ERROR: {INVENTORY}: this is the inventory of 'umbrella'" in ended.err
    assert "--inventory=PATH" in ended.err
    assert (tmp_path / INVENTORY).read_bytes() == first
    assert (tmp_path / "out.sarif").is_file()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--inventory=pdsec.toml",), "pdsec.toml: the inventory would replace it"),
        (("--inventory=out.csv",), "--inventory out.csv: the csv report would replace it"),
        (("--inventory=folder",), "--inventory folder: this is a folder"),
        (("--inventory", "--plan"), "--plan and --inventory: a plan reads and writes nothing"),
    ],
)
def test_a_file_in_use_is_no_place_for_it(
    tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    """It is said before anything is read."""
    (tmp_path / "pdsec.toml").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    output = () if "--plan" in flags else ("--format=csv", "--output=out.csv")
    ended = run_command(tmp_path, *REPLAY, *flags, *output)

    assert ended.code == ExitCode.USAGE_ERROR
    assert said in ended.err


def test_a_waived_result_stays_and_its_suppression_points_at_the_waiver(tmp_path: Path) -> None:
    """A waiver moves no alert, neither this one nor another one."""
    run_command(tmp_path, *REPLAY, *SARIF, "--inventory")
    before = [place(each) for each in results(log(tmp_path))]
    (tmp_path / "pdsec.toml").write_text(WAIVER, encoding="utf-8")
    run_command(tmp_path, *REPLAY, *SARIF)

    assert [place(each) for each in results(log(tmp_path))] == before
    (suppression,) = [each["suppressions"] for each in results(log(tmp_path))
                      if "suppressions" in each]  # fmt: skip
    physical = suppression[0]["location"]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "pdsec.toml"
    assert physical["region"]["startLine"] == 4


def test_each_of_several_accounts_has_an_inventory_of_its_own(tmp_path: Path) -> None:
    """Below the name of the account; their SARIF reports point there, and no path fits all."""
    text = '[[accounts]]\nname = "one"\nreplay = "demo"\n'
    text += '[[accounts]]\nname = "two"\nreplay = "demo-compliant"\n'
    (tmp_path / "accounts.toml").write_text(text, encoding="utf-8")
    flags = ("--accounts=accounts.toml", "--format=json,sarif", "--output=reports/")
    ended = run_command(tmp_path, *flags, "--inventory")
    refused = run_command(tmp_path, *flags, "--inventory=one.txt")

    for name in ("one", "two"):
        path = f"pagerduty/{name}/inventory.txt"
        assert f"wrote {path}: inventory of resources of {name}" in ended.err, ended.text
        assert (tmp_path / path).read_text("utf-8").startswith("account ")
        report = tmp_path / "reports/accounts" / name / "inspection.sarif"
        found = json.loads(report.read_text("utf-8"))
        assert {place(each)[0] for each in results(found)} <= {path}
        assert warnings(found, tmp_path) == []
    assert refused.code == ExitCode.USAGE_ERROR
    assert "--accounts and --inventory=PATH: an inventory is of one account" in refused.err


@pytest.mark.parametrize("key", ["account", "inventory"])
def test_accounts_with_one_configuration_share_neither_name_nor_inventory(
    tmp_path: Path, key: str
) -> None:
    """What is meant for one account is refused where two would go by it, before any is read."""
    entries = '[[accounts]]\nname = "{}"\nreplay = "demo"\nconfig = "acme.toml"\n'
    text = "".join(entries.format(name) for name in ("one", "two"))
    (tmp_path / "accounts.toml").write_text(text, encoding="utf-8")
    (tmp_path / "acme.toml").write_text(f'{key} = "acme"\n', encoding="utf-8")
    ended = run_command(tmp_path, "--accounts=accounts.toml", "--controls=5")

    assert ended.code == ExitCode.USAGE_ERROR
    assert f"acme.toml: {key}: two accounts go by it" in ended.err
    assert not ended.out


def test_a_configuration_of_all_accounts_gives_each_its_inventory(tmp_path: Path) -> None:
    """A path in the working folder's file is one for each account, below its name."""
    (tmp_path / "pdsec.toml").write_text('inventory = "ops/pager.txt"\n', encoding="utf-8")
    text = '[[accounts]]\nname = "one"\nreplay = "demo"\n'
    (tmp_path / "accounts.toml").write_text(text, encoding="utf-8")
    run_command(tmp_path, "--accounts=accounts.toml", "--inventory", "--controls=5")

    assert (tmp_path / "ops/one/pager.txt").is_file()
