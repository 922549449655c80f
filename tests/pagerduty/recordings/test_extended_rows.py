"""A recording with pseudonyms gives the rows of a plain one: people, time and flags decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.simulator import Account, accounts, builders, run
from tests.simulator.records import Record, ago, iso, refer
from tests.support.calls import run_command

CONTROLS = "--controls=28,29,31,32,35,38,39,40,41,42,43,44"


def ending(account: Account) -> Account:
    """Return an account with ends of all kinds, long maintenance, and somebody without duty."""
    ada = account.users[0]
    account.users.append(builders.a_user("Ida Idle", id="PIDLE"))
    soon, later = ago(account.as_of, -10), ago(account.as_of, -200)
    rules = {
        "Ends": ["RRULE:FREQ=DAILY;UNTIL=20261225T000000Z"],
        "Goes on": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE", "EXDATE:20261225T090000Z"],
    }
    events = {name: builders.an_event([ada], recurrence=rule) for name, rule in rules.items()}
    events["Once"] = builders.an_event([ada]) | {"recurrence": []}
    events["Until"] = builders.an_event([ada], effective_until=soon)
    for name, event in events.items():
        account.shift_schedules.append(builders.a_shift_schedule(name, events=[event]))
    for name, end in (("Short", soon), ("Long", later)):
        layer = builders.a_layer([ada], end=end)
        account.schedules.append(builders.a_layer_schedule(name, layers=[layer]))
    targets = [*account.shift_schedules, *account.schedules]
    account.escalation_policies.append(builders.a_policy("Ends", targets[-6:], id="PENDS"))
    gone = refer("user", "PGONE") | {"deleted_at": "2026-09-01T10:00:00Z"}
    account.escalation_policies[0]["escalation_rules"][0]["targets"].append(gone)
    account.maintenance_windows.append(
        builders.a_maintenance_window(
            [account.services[0]], iso(account.as_of), ago(account.as_of, -2), id="PMW"
        )
    )
    off = builders.a_webhook_subscription("Off", id="POFF", active=False)
    stopped = builders.an_extension("Stopped", id="PSTOP", temporarily_disabled=True)
    account.webhook_subscriptions += [builders.a_webhook_subscription("On", id="PON"), off]
    account.extensions += [builders.an_extension("Sends", id="PSENDS"), stopped]
    account.session_configurations[0]["idle_session_ttl"] = 3_601
    routes: dict[str, Any] = {"Kept": account.services[0], "Lost": "unrouted", "Dead": "PGONE"}
    account.orchestrations += [builders.an_orchestration(*each) for each in routes.items()]
    account.audit_records += grants(account)
    add_invitations(account)
    add_administrators(account)
    return account


def add_invitations(account: Account) -> None:
    """Invite somebody lately, somebody long ago, and somebody of whom no licence tells."""
    guests = [
        builders.a_user(f"Guest {number}", id=f"PGUEST{number}", invitation_sent=True)
        for number in range(3)
    ]
    account.users += guests
    account.license_allocations += [
        builders.a_license_allocation(guest, ago(account.as_of, days))
        for guest, days in zip(guests, (10, 20), strict=False)
    ]


def add_administrators(account: Account) -> None:
    """Add two who gave known clients access, one who gave it to another, one who gave none."""
    clients: list[list[str]] = [["PKNOWN", "https://app.example/x"], ["PKNOWN"], ["PSTRANGER"], []]
    for number, given in enumerate(clients):
        chief = builders.a_user(f"Chief {number}", "admin", id=f"PCHIEF{number}")
        account.users.append(chief)
        account.oauth_delegations[chief["id"]] = [
            builders.an_oauth_delegation(chief, each) for each in given
        ]


def grants(account: Account) -> list[Record]:
    """Return how a role was given, how another field changed, and a change that is not shown."""
    role = {"name": "role", "before_value": "user", "value": "admin"}
    mail = {"name": "email", "before_value": "a@acme.example", "value": "b@acme.example"}
    given, other, hidden = (
        builders.an_audit_record(
            ago(account.as_of, 40), id=f"PDR{number}", root=account.users[0], fields_changed=[each]
        )
        for number, each in enumerate((role, mail, {}))
    )
    hidden["details"]["fields"] = None
    return [given, other, hidden]


def rows(folder: Path, *told: str, simulator: Any = None) -> list[tuple[str, str, str]]:
    """Return control, resource and status of each finding."""
    report = run_command(
        folder, *told, CONTROLS, "--output=inspection.json", "--quiet", simulator=simulator
    ).report
    return [
        (each["control"], each["resource"]["id"], each["status"]) for each in report["findings"]
    ]


def test_a_redacted_recording_gives_the_rows_of_the_plain_one(tmp_path: Path) -> None:
    """Ends, recurrences, deletions and windows decide, and survive the pseudonyms."""
    (tmp_path / "pdsec.toml").write_text(
        '[baseline]\noauth_clients = ["PKNOWN", "https://app.example/x"]\n'
    )
    with run(lambda now: ending(accounts.small(now))) as simulator:
        live = rows(tmp_path, "--record=plain.json.gz", "--no-redact", simulator=simulator)
        rows(tmp_path, "--record=redacted.json.gz", simulator=simulator)

    assert rows(tmp_path, "--replay=plain.json.gz") == live
    assert rows(tmp_path, "--replay=redacted.json.gz") == live
    found = {(control, status) for control, _, status in live}
    assert found >= {(f"PD-{number}", "fail") for number in (28, 29, 32, 35, 38, 39, 40, 41)}
    assert found >= {(f"PD-{number}", "pass") for number in (29, 32, 38, 39, 41)}
    listed = {each for each in live if each[0] == "PD-44"}
    assert ("PD-44", "PCHIEF2", "fail") in listed
    assert listed >= {("PD-44", f"PCHIEF{number}", "pass") for number in (0, 1, 3)}
    assert {each for each in live if each[0] == "PD-43"} == {
        ("PD-43", "PGUEST0", "pass"),
        ("PD-43", "PGUEST1", "fail"),
        ("PD-43", "PGUEST2", "manual"),
    }
    assert {each for each in live if each[0] == "PD-42"} == {
        ("PD-42", "PDR0", "manual"),
        ("PD-42", "PDR2", "manual"),
    }
