"""Fixes of duties: who cannot take a call is taken out, and everybody else stays."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pdsec_checks.fixes.fix import Fix, Gen
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, BEN, GONE, WHOLE, computed, held, rendered
from tests.controls.test_duties import PENDING, named, turning, used
from tests.fixes.test_table import fix_in
from tests.simulator.builders import a_policy
from tests.simulator.records import refer
from tests.support.judged import inspect


def fix_of(snapshot: Snapshot) -> Fix:
    """Return the fix of the one fail of PD-28."""
    (found,) = [each for each in inspect(snapshot, "PD-28") if each.status is Status.FAIL]
    return fix_in(found)


def body_of(fix: Fix) -> Any:
    """Return what the one request of a fix sends."""
    (request,) = fix.requests
    return request.body


def test_level_that_keeps_somebody_needs_no_choice() -> None:
    """Whoever is gone, or invited, leaves the level; the fix is complete."""
    fix = fix_of(named(refer("user", ADA), GONE, refer("user", PENDING)))

    (rule,) = body_of(fix)["escalation_policy"]["escalation_rules"]
    assert rule["targets"] == [{"id": "PADA", "type": "user_reference"}]
    assert fix.gen is Gen.COMPLETE


def test_level_without_anybody_asks_for_somebody() -> None:
    """PagerDuty refuses a rule without a target; all levels stand in the request."""
    policy = a_policy("Shop", [ADA], [ADA], id="PPOLICY")
    policy["escalation_rules"][0]["targets"] = [GONE]
    fix = fix_of(named(escalation_policies=[policy]))

    rules = body_of(fix)["escalation_policy"]["escalation_rules"]
    assert [each["targets"][0]["id"] for each in rules] == ["CHOOSE_A_USER", "PADA"]
    assert fix.gen is Gen.CHOICE


@pytest.mark.parametrize("kind", ["layer", "event"])
def test_schedule_loses_whoever_cannot_take_a_call(kind: str) -> None:
    """Others on the layer, or in the event, stay; nobody needs to be chosen."""
    fix = fix_of(used(turning(refer("user", BEN), GONE, refer("user", PENDING), kind=kind)))

    sent = msgspec.json.encode([each.body for each in fix.requests]).decode()
    assert "PBEN" in sent
    assert "PGIL" not in sent
    assert GONE["id"] not in sent
    assert fix.gen is Gen.COMPLETE


@pytest.mark.parametrize("kind", ["layer", "event"])
def test_turns_without_anybody_ask_for_somebody(kind: str) -> None:
    """A layer needs a user, an event a member."""
    fix = fix_of(used(turning(refer("user", PENDING), kind=kind)))

    assert "CHOOSE_A_USER" in msgspec.json.encode(fix.requests).decode()
    assert fix.gen is Gen.CHOICE


@pytest.mark.parametrize("kind", [rendered, computed])
def test_override_is_taken_back_by_a_person(kind: Any) -> None:
    """Who has no turn but a shift stands on an override, whose id no inspection reads."""
    fix = fix_of(used(held(kind(WHOLE), GONE)))

    assert fix.gen is Gen.TEXT
    assert "remove the override" in fix.note
