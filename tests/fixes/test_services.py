"""Fixes of services: a timeout that fits the policy, a rule for a policy that has none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixes.test_table import only_fix
from tests.simulator.builders import a_policy, a_service, a_user
from tests.simulator.records import Record
from tests.support.judged import a_snapshot, refused

ADA = a_user("Ada", id="PADA")
CHOSEN = {"id": "CHOOSE_A_USER", "type": "user_reference"}


def a_long_policy(levels: int, delay: int, loops: int) -> Record:
    """Return a policy of so many levels, whose delays are in minutes."""
    return a_policy("Shop", *[[ADA]] * levels, id="PPOLICY", delay=delay, num_loops=loops)


@pytest.mark.parametrize(
    ("policies", "seconds", "says"),
    [
        ([a_long_policy(2, 30, 1)], 14_400, "the 120 minutes that the policy takes"),
        ([a_long_policy(2, 30, 3)], 18_000, "the 240 minutes that the policy takes"),
        ([a_long_policy(3, 30, 9)], 57_600, "the 900 minutes that the policy takes"),
        ([a_policy("Shop", id="PPOLICY")], 14_400, "the escalation policy takes"),
        ([], 14_400, "the escalation policy takes"),
        (refused(), 14_400, "the escalation policy takes"),
        ([a_long_policy(2, 30, 9) | {"num_loops": "often"}], 14_400, "the escalation policy takes"),
    ],
)
def test_incidents_are_open_for_longer_than_the_policy_takes(
    policies: Any, seconds: int, says: str
) -> None:
    """PD-23: four hours, or the next full hour after everybody was notified for the last time."""
    service = a_service("Shop", "PPOLICY", id="PSHOP", auto_resolve_timeout=None)
    fix = only_fix(a_snapshot(services=[service], escalation_policies=policies), "PD-23")
    (request,) = fix.requests

    assert request.body is not None
    assert request.body["service"]["auto_resolve_timeout"] == seconds
    assert fix.terraform[0].changes[0].to == f'"{seconds}"'
    assert says in fix.note


def test_policy_without_rules_gets_its_first_one() -> None:
    """PD-05: another policy would leave all other services that use this one silent."""
    bare = a_policy("Bare", id="PBARE", num_loops=2)
    service = a_service("Shop", "PBARE", id="PSHOP")
    fix = only_fix(a_snapshot(services=[service], escalation_policies=[bare]), "PD-05")
    (request,) = fix.requests

    assert request.path == "/escalation_policies/PBARE"
    assert request.body == {
        "escalation_policy": {
            "type": "escalation_policy",
            "name": "Bare",
            "num_loops": 2,
            "escalation_rules": [{"escalation_delay_in_minutes": 30, "targets": [CHOSEN]}],
        }
    }
