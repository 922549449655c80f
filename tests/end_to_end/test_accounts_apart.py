"""Two accounts are never one: what tells them apart does not depend on what was selected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import NAME
from pdsec_checks.finding import digest
from tests.simulator import Fault, Simulator, accounts, run
from tests.simulator.account import Account
from tests.simulator.records import SUBDOMAIN
from tests.support.calls import run_command
from tests.support.judged import NOW
from tests.support.tapes import plain_of, unsealed, write_plain

AUDIT = "--controls=11"
"""A control that judges the account, and reads nothing that shows which one it is."""
UNKNOWN = "nothing tells which account this is"


@pytest.fixture(scope="module")
def small() -> Iterator[Simulator]:
    """A running account."""
    with run(accounts.small(NOW)) as simulator:
        yield simulator


def called(name: str) -> Account:
    """Return the small account under another name."""
    account = accounts.small(NOW)
    for record in (*account.users, *account.services, *account.teams):
        record["html_url"] = record["html_url"].replace(f"//{SUBDOMAIN}.", f"//{name}.")
    return account


def report(folder: Path, *flags: str, simulator: Simulator | None = None) -> dict[str, Any]:
    """Return the JSON report of a run."""
    ended = run_command(folder, *flags, "--format=json", simulator=simulator)
    assert ended.out, ended.text
    found: dict[str, Any] = json.loads(ended.out)
    return found


def finding(plain: dict[str, Any], control: str = "PD-11") -> dict[str, Any]:
    """Return what a control says about the account as a whole."""
    of_account = [each for each in plain["findings"] if each["resource"]["type"] == "account"]
    (found,) = (each for each in of_account if each["control"] == control)
    return dict(found)


def test_the_identity_does_not_depend_on_the_selection(tmp_path: Path, small: Simulator) -> None:
    """Alone, or beside a control that reads services, it is the same finding of one account."""
    alone = finding(report(tmp_path, AUDIT, simulator=small))
    beside = finding(report(tmp_path, "--controls=11,5", simulator=small))

    assert alone["account"] == beside["account"] == SUBDOMAIN
    assert alone["fingerprint"] == beside["fingerprint"]
    assert alone["resource"] == beside["resource"]


@pytest.mark.parametrize(("controls", "asked"), [("11", 1), ("11,5", 0), ("8", 0)])
def test_one_user_is_asked_for_exactly_where_nothing_else_tells_the_name(
    tmp_path: Path, small: Simulator, controls: str, asked: int
) -> None:
    """The request is a small one, and counted; where a list tells the name, there is none."""
    small.forget()
    plain = report(tmp_path, f"--controls={controls}", simulator=small)

    found = [each for each in small.requests if each.path == "/users" and "limit=1" in each.query]
    single = [each for each in found if "limit=100" not in each.query]
    assert len(single) == asked
    assert plain["requests"]["total"] == len(small.requests)


def test_two_accounts_share_no_fingerprint_uid_and_category(
    tmp_path: Path, small: Simulator
) -> None:
    """The same finding about two accounts is two in every program that has a memory."""
    flags = (AUDIT, "--format=json,sarif,ocsf")
    run_command(tmp_path, *flags, "--output=one/", simulator=small)
    with run(called("umbrella")) as other:
        run_command(tmp_path, *flags, "--output=two/", simulator=other)

    seen = [identities(tmp_path / name) for name in ("one", "two")]

    for name in seen[0]:
        assert seen[0][name] != seen[1][name], name
    assert "/umbrella/" in seen[1]["category"]


def identities(folder: Path) -> dict[str, str]:
    """Return all that tells the account-level finding of a folder of reports from others."""
    plain = json.loads((folder / "inspection.json").read_text("utf-8"))
    (sarif,) = json.loads((folder / "inspection.sarif").read_text("utf-8"))["runs"]
    event = json.loads((folder / "inspection.ocsf.jsonl").read_text("utf-8").splitlines()[0])
    return {
        "fingerprint": finding(plain)["fingerprint"],
        "category": sarif["automationDetails"]["id"],
        "uid": event["finding_info"]["uid"],
        "resource": event["resources"][0]["uid"],
        "tenant": event["metadata"]["tenant_uid"],
    }


def test_a_name_that_nobody_tells_is_said_and_changes_no_fingerprint(tmp_path: Path) -> None:
    """Where the request is refused, the fingerprint is that of earlier versions, with a notice."""
    refusal = Fault("/users", "status", status=403)
    with run(accounts.small(NOW), faults=[refusal]) as simulator:
        plain = report(tmp_path, AUDIT, simulator=simulator)

    found = finding(plain)
    assert found["fingerprint"] == digest("PD-11/account/account")
    assert "account" not in found
    (notice,) = (each for each in plain["notices"] if UNKNOWN in each)
    assert "(/users: HTTP 403)" in notice
    assert 'account = "NAME"' in notice


def test_the_configuration_names_the_account(tmp_path: Path, small: Simulator) -> None:
    """Then nobody is asked; a name that PagerDuty does not use is said, where it is known."""
    (tmp_path / "pdsec.toml").write_text('account = "lasting"\n', encoding="utf-8")
    small.forget()
    alone = report(tmp_path, AUDIT, simulator=small)
    asked = [each.path for each in small.requests]
    beside = report(tmp_path, "--controls=11,5", simulator=small)

    assert "/users" not in asked
    assert finding(alone)["fingerprint"] == finding(beside)["fingerprint"]
    assert finding(alone)["account"] == "lasting"
    assert not [each for each in alone["notices"] if "lasting" in each]
    (notice,) = (each for each in beside["notices"] if "lasting" in each)
    assert f"PagerDuty calls the account {SUBDOMAIN!r}" in notice


@pytest.mark.parametrize("name", ["a/b", "", "-x", "a b", "x" * 64, "ä"])
def test_a_name_that_would_break_a_category_is_refused(tmp_path: Path, name: str) -> None:
    """The message names the key and what is wanted."""
    (tmp_path / "pdsec.toml").write_text(f'account = "{name}"\n', encoding="utf-8")
    ended = run_command(tmp_path, "--replay=demo", AUDIT)

    assert ended.code == 4
    assert "pdsec.toml: account: " in ended.err
    assert "wanted: letters, digits" in ended.err


def test_a_recording_tells_the_name(tmp_path: Path, small: Simulator) -> None:
    """The request is on the tape, and a replay of any selection finds the same account."""
    live = report(tmp_path, AUDIT, "--record=tape.yaml", "--no-redact", simulator=small)
    again = report(tmp_path, AUDIT, "--replay=tape.yaml")

    assert "/users?limit=1" in (tmp_path / "tape.yaml").read_text("utf-8")
    assert finding(again)["fingerprint"] == finding(live)["fingerprint"]
    assert again["account"]["subdomain"] == SUBDOMAIN


def test_a_pseudonym_is_no_identity(tmp_path: Path, small: Simulator) -> None:
    """Each recording has another one: the fingerprint stays that of earlier versions, in silence.

    The configuration can name the account all the same.
    """
    report(tmp_path, AUDIT, "--record=tape.yaml", simulator=small)
    again = report(tmp_path, AUDIT, "--replay=tape.yaml")
    named = report(tmp_path, AUDIT, "--replay=tape.yaml", "--account=acme")

    assert finding(again)["fingerprint"] == digest("PD-11/account/account")
    assert finding(named)["fingerprint"] == digest("PD-11/account/account/acme")
    for each in (again, named):
        assert not [notice for notice in each["notices"] if "account" in notice]


def test_an_older_recording_that_names_nobody_says_so(tmp_path: Path, small: Simulator) -> None:
    """Its fingerprints are those that it had, and the notice says how to name the account."""
    report(tmp_path, AUDIT, "--record=tape.json", "--no-redact", simulator=small)
    tape = unsealed(plain_of(tmp_path / "tape.json"))
    assert tape["metadata"][NAME]["account"] == SUBDOMAIN
    tape["metadata"][NAME]["account"] = ""
    write_plain(tmp_path / "tape.json", tape)

    plain = report(tmp_path, AUDIT, "--replay=tape.json")

    assert finding(plain)["fingerprint"] == digest("PD-11/account/account")
    (notice,) = (each for each in plain["notices"] if UNKNOWN in each)
    assert "(the recording does not say)" in notice


def test_a_baseline_of_an_earlier_version_still_knows_its_fails(tmp_path: Path) -> None:
    """Fingerprints without the account's name are no news: a fail is found by what it is about."""
    plain = report(tmp_path, "--replay=demo")
    failing = [each for each in plain["findings"] if each["status"] == "fail"]
    of_account = [each for each in failing if each["resource"]["type"] == "account"]
    assert of_account
    for each in of_account:
        del each["account"]
        each["fingerprint"] = digest(f"{each['control']}/account/account")
    (tmp_path / "old.json").write_text(json.dumps(plain), encoding="utf-8")

    again = report(tmp_path, "--replay=demo", "--baseline=old.json")

    assert again["baseline_report"]["known"] == len(failing)
    assert again["baseline_report"]["new"] == 0
