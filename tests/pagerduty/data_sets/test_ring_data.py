"""What is read for the question whether the phone rings, and what older recordings hold of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Account, accounts, builders, run
from tests.simulator.records import ago, iso
from tests.support import reading
from tests.support.calls import run_command
from tests.support.judged import NOW

CORE = ["services", "escalation_policies"]
WITH_WINDOWS = [*CORE, "maintenance_windows"]


def asked(simulator: Any, path: str) -> list[list[str]]:
    """Return what each request for a path includes."""
    found = (each for each in simulator.requests if each.path == path)
    return [each.parameters.get("include[]", []) for each in found]


@pytest.mark.parametrize(
    ("names", "services", "policies"),
    [
        (CORE, ["integrations"], []),
        (
            WITH_WINDOWS,
            ["integrations", "auto_pause_notifications_parameters"],
            ["escalation_rule_assignment_strategies"],
        ),
    ],
)
def test_further_fields_are_asked_for_by_whom_they_concern(
    names: list[str], services: list[str], policies: list[str]
) -> None:
    """The core set sends the requests that it always sent; beside maintenance windows come more."""
    with run(accounts.small(NOW)) as simulator:
        reading.read(simulator, names)

        assert asked(simulator, "/services") == [services]
        assert asked(simulator, "/escalation_policies") == [policies]


def test_only_open_windows_are_read() -> None:
    """A window that is over says nothing about the time to come."""
    account = accounts.small(NOW)
    service = account.services[0]
    account.maintenance_windows = [
        builders.a_maintenance_window([service], ago(NOW, 0.4), ago(NOW, 0.3), id="POVER"),
        builders.a_maintenance_window([service], ago(NOW, 0.1), ago(NOW, -0.1), id="PON"),
        builders.a_maintenance_window([service], ago(NOW, -1), ago(NOW, -2), id="PTHEN"),
    ]
    with run(account) as simulator:
        snapshot = reading.read(simulator, ["maintenance_windows"])

    found = snapshot.records("maintenance_windows")
    assert [each["id"] for each in found] == ["PON", "PTHEN"]
    assert found[0]["services"] == [{"id": service["id"], "type": "service_reference"}]


def turning(account: Account) -> Account:
    """Return an account with what decides, and what a pseudonym would destroy."""
    for policy in account.escalation_policies:
        for rule in policy["escalation_rules"]:
            rule["escalation_rule_assignment_strategy"] = {"type": "round_robin"}
    zone = "Eastern Time (US & Canada)"
    for number, service in enumerate(account.services):
        service.update(builders.support_hours(zone))
        service["support_hours"]["days_of_week"] = [1, 2, 6]
        service["scheduled_actions"] = [
            {
                "type": "urgency_change",
                "at": {"type": "named_time", "name": "support_hours_start"},
                "to_urgency": "high",
            }
        ]
        if number == 0:
            start, end = iso(account.as_of), ago(account.as_of, -2)
            account.maintenance_windows.append(
                builders.a_maintenance_window([service], start, end, id="PMW")
            )
    return account


def judged(folder: Path, *told: str, simulator: Any = None) -> Any:
    """Return the rows of PD-26 and PD-27 with status and evidence, but for names."""
    report = run_command(
        folder,
        *told,
        "--controls=26,27",
        "--output=inspection.json",
        "--quiet",
        simulator=simulator,
    ).report
    return [
        (
            each["control"],
            each["resource"]["id"],
            each["status"],
            {
                name: [person["id"] for person in value] if name == "silent_people" else value
                for name, value in each["evidence"].items()
                if name != "policy"
            },
        )
        for each in report["findings"]
    ]


def test_a_redacted_recording_gives_the_rows_of_the_plain_one(tmp_path: Path) -> None:
    """Hours, days, zones, strategies and windows decide, and survive the pseudonyms."""
    with run(lambda now: turning(accounts.demo(now))) as simulator:
        plain = judged(tmp_path, "--record=plain.json.gz", "--no-redact", simulator=simulator)
        live = judged(tmp_path, "--record=redacted.json.gz", simulator=simulator)

    assert judged(tmp_path, "--replay=plain.json.gz") == plain
    assert judged(tmp_path, "--replay=redacted.json.gz") == live
    assert {status for _, _, status, _ in plain} >= {"fail", "pass"}
    assert [row[:3] for row in plain] == [row[:3] for row in live]


def test_a_recording_of_the_core_set_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    """Without strategies and windows, what passes without them passes, and the rest is open."""
    with run(accounts.demo) as simulator:
        run_command(
            tmp_path,
            "--record=core.json.gz",
            "--quiet",
            "--output=inspection.json",
            simulator=simulator,
        )

    rows = judged(tmp_path, "--replay=core.json.gz")

    statuses = {status for control, _, status, _ in rows if control == "PD-26"}
    assert statuses == {"pass", "error", "not_applicable"}


def test_a_recording_of_the_extended_set_replays_the_core_set(tmp_path: Path) -> None:
    """It holds the wider requests alone, which a smaller selection then asks for as well."""
    with run(accounts.demo) as simulator:
        live = run_command(
            tmp_path,
            "--record=all.json.gz",
            "--controls-set=extended",
            "--output=inspection.json",
            "--quiet",
            simulator=simulator,
        ).verdicts
    later = run_command(tmp_path, "--replay=all.json.gz", "--output=inspection.json", "--quiet")

    core = {key: status for key, status in live.items() if key[0] < "PD-26"}
    assert later.verdicts == core
