"""Broken records in the lists that readers go through: none costs more than itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record, Status
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator import Fault, Simulator, accounts, builders, run
from tests.simulator.account import Account
from tests.simulator.records import ABSENT
from tests.support import reading
from tests.support.judged import NOW, verdicts
from tests.support.unforeseen import no_unforeseen_exception

__all__ = ["no_unforeseen_exception"]

BROKEN: tuple[Any, ...] = (
    None,
    "surprise",
    {},
    {"id": None},
    {"id": {"surprise": 1}},
    {"id": ["surprise"]},
    {"id": ""},
    {"id": "../users"},
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Simulator]:
    """Serve the demo account."""
    with run(accounts.demo(NOW)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def whole(demo: Simulator) -> Snapshot:
    """Return the demo account as it is."""
    return reading.read(demo)


def add_to_lists(monkeypatch: pytest.MonkeyPatch, *broken: Any, at: str = "/") -> None:
    """Let every list of records that PagerDuty sends, or that of one path, end in *broken* ones."""
    ask = Client.get

    def answer(self: Client, path: str, **params: Any) -> Record:
        found = ask(self, path, **params)
        if path == "/abilities" or not path.startswith(at):
            return found  # abilities are names, not records
        return {
            name: [*value, *broken] if isinstance(value, list) else value
            for name, value in found.items()
        }

    monkeypatch.setattr(Client, "get", answer)


@pytest.mark.parametrize("broken", [*[(each,) for each in BROKEN], BROKEN], ids=str)
def test_broken_record_in_every_list_costs_no_list_and_no_row(
    demo: Simulator, whole: Snapshot, broken: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands in place of a record, all lists are read, and each resource has its row.

    What was said of the account, as there was nothing or not enough to judge, may give way to the
    row of the broken record.
    """
    add_to_lists(monkeypatch, *broken)

    snapshot = reading.read(demo)

    assert not list(snapshot.unavailable)
    before, after = reading.judge(whole), reading.judge(snapshot)
    erring = {case[0] for case in after.keys() - before.keys() if after[case] is Status.ERROR}
    for control, kind, _ in before.keys() - after.keys():
        assert (kind, control in erring) == ("account", True), control
    for case in before.keys() & after.keys():
        assert after[case] is not Status.PASS or before[case] is Status.PASS, case


def test_failed_lookup_of_a_record_without_id_is_no_refusal(
    demo: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shift-based schedule that nobody can ask for by its id costs only its own row."""
    add_to_lists(monkeypatch, {"summary": "Half"})
    names = ("shift_schedules", "schedules", "escalation_policies", "users")

    found = verdicts(reading.read(demo, names), "PD-09")

    assert found.pop("account") == "error"
    assert "pass" in found.values()


def shop(*integrations: Record) -> Account:
    """Return an account with a service that a change event names through its integration."""
    policy = builders.a_policy("Policy")
    services = [
        builders.a_service("Shop", policy, id="PSHOP", integrations=integrations),
        builders.a_service("Blog", policy, id="PBLOG"),
    ]
    event = builders.a_change_event("2026-11-20T09:00:00Z", integration="PSHOPKEY")
    return Account(NOW, services=services, escalation_policies=[policy], change_events=[event])


def test_integration_without_id_does_not_stop_the_change_events() -> None:
    """Change events are read for all services although one integration has no id."""
    integrations = [builders.an_integration(id="PSHOPKEY"), builders.an_integration(id=ABSENT)]
    integrations[1].pop("id", None)
    with run(shop(*integrations)) as simulator:
        snapshot = reading.read(simulator, closure(["change_events"]))

    assert not list(snapshot.unavailable)
    assert verdicts(snapshot, "PD-25") == {"PSHOP": "pass", "PBLOG": "fail"}


@pytest.mark.parametrize("rules", [None, [None], [{"targets": [None]}]])
def test_broken_policy_does_not_hide_that_shift_schedules_are_used(
    rules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 404 for shift-based schedules is no answer while a policy that can be read uses one."""
    add_to_lists(monkeypatch, {"id": "PHALF", "escalation_rules": rules}, at="/escalation_policies")
    rota = builders.a_shift_schedule("Shifts", [builders.a_user("Ada Quill")])
    account = Account(NOW, escalation_policies=[builders.a_policy("Uses it", [rota])])
    with run(account, faults=[Fault("/v3/schedules", "status", status=404)]) as simulator:
        snapshot = reading.read(simulator, ["escalation_policies", "shift_schedules"])

    with pytest.raises(UnavailableError, match="use shift-based schedules"):
        snapshot.records("shift_schedules")


def test_every_list_was_tried(whole: Snapshot) -> None:
    """The demo account has a record in every list but those of the figures and of this month.

    Of maintenance windows PD-26 tries broken ones.
    """
    untried = {"analytics", "audit_latest", "maintenance_windows"}
    assert {name for name in DATA_SETS if not whole.data.get(name)} == untried
