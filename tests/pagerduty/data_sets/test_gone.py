"""What an earlier list named and a look-up does not find any more."""

from __future__ import annotations

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.model import Record, Status
from pdsec_checks.pagerduty.data_sets.table import closure
from tests.simulator import Account, Fault, accounts, builders, run
from tests.support import reading
from tests.support.judged import NOW, inspect

UNRENDERED = Fault("/schedules", "unrendered")
"""A list that renders nothing, so that each schedule is looked up."""
LOOKED_UP = {
    "services": "technical_service_dependencies",
    "business_services": "business_service_dependencies",
    "schedules": "schedules",
    "shift_schedules": "shift_schedules",
}
"""What is listed → the data set that looks up each by its id."""
NOTHING: dict[str, Record] = {
    "services": {"relationships": []},
    "business_services": {"relationships": []},
    "schedules": {
        "schedule_layers": [],
        "final_schedule": {"rendered_schedule_entries": [], "rendered_coverage_percentage": 0},
    },
    "shift_schedules": {
        "rotations": [],
        "final_schedule": {"computed_shift_assignments": [], "rendered_coverage_percentage": 0},
    },
}
"""What is known of a thing that is gone."""


def two_of_each() -> Account:
    """Return an account with two things of each kind that is looked up."""
    people = [builders.a_user(name) for name in ("Ada Quill", "Ben Okoro")]
    schedules = [builders.a_layer_schedule(name, people) for name in ("One", "Two")]
    shifts = [builders.a_shift_schedule(name, people) for name in ("Three", "Four")]
    policy = builders.a_policy("Policy", schedules, shifts)
    services = [builders.a_service(name, policy) for name in ("Shop", "Archive")]
    business = [builders.a_business_service(name) for name in ("Selling", "Renting")]
    return Account(
        NOW,
        users=people,
        schedules=schedules,
        shift_schedules=shifts,
        escalation_policies=[policy],
        services=services,
        business_services=business,
    )


def look_up(account: Account, kind: str, *faults: Fault) -> list[Record]:
    """Return what look-ups know of each thing of a kind."""
    with run(account, faults=[UNRENDERED, *faults]) as simulator:
        return reading.read(simulator, closure([LOOKED_UP[kind]])).records(LOOKED_UP[kind])


@pytest.mark.parametrize("kind", LOOKED_UP)
def test_what_is_gone_has_nothing(kind: str) -> None:
    """It has no edges, no shifts and no members; what stands beside it is as it was."""
    whole, account = two_of_each(), two_of_each()
    identity = getattr(account, kind)[0]["id"]
    account.gone = {identity}
    before = {record["id"]: record for record in look_up(whole, kind)}
    after = {record["id"]: record for record in look_up(account, kind)}
    gone = after.pop(identity)

    assert {name: gone[name] for name in NOTHING[kind]} == NOTHING[kind]
    assert after == {each: record for each, record in before.items() if each != identity}


@pytest.mark.parametrize("status", [401, 403, 500])
@pytest.mark.parametrize("kind", LOOKED_UP)
def test_what_is_refused_is_not_gone(kind: str, status: int) -> None:
    """Any other answer leaves it open what the thing has, and says why."""
    account = two_of_each()
    identity = getattr(account, kind)[0]["id"]
    refusal = Fault(f"*/{identity}", "status", status=status)
    found = {record["id"]: record for record in look_up(account, kind, refusal)}

    assert NOTHING[kind].keys() - found[identity].keys()
    assert f"HTTP {status}" in str(found[identity])


def test_no_message_speaks_of_a_feature_or_a_path() -> None:
    """Nobody reads that a feature is off because one thing was deleted."""
    account = accounts.leavers(NOW)
    account.gone |= {account.schedules[0]["id"]}
    with run(account, faults=[UNRENDERED]) as simulator:
        snapshot = reading.read(simulator)
    findings = inspect(snapshot, *shipped_ids())
    words = ("404", "feature", "retired", "/schedules", "/service_dependencies")

    assert [each.message for each in findings if any(word in each.message for word in words)] == []
    assert Status.ERROR not in {each.status for each in findings}
