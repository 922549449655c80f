"""The blast radius: what goes dark without a person, a device, a schedule or a policy."""

from __future__ import annotations

import pytest

from pdsec_checks.analysis.ring.account import Ring, Situation
from pdsec_checks.analysis.ring.callers import Assumed
from pdsec_checks.analysis.ring.losses import Kind, losses
from pdsec_checks.analysis.ring.verdicts import Question
from pdsec_checks.analysis.ring.worlds import World
from pdsec_checks.errors import InspectionError
from tests.controls.test_ring import SCH_A, SCH_B, TABLE
from tests.support.phones import BLOCKED, A, B, S, account, nightly, policy
from tests.support.questions import situation_of


def hours(ring: Ring, situation: Situation) -> dict[tuple[str, str], float]:
    """Return the hours that go dark, by kind and id."""
    found = losses(ring, [situation])
    return {(each.kind.value, each.id): each.seconds / 3600 for each in found}


def test_each_kind_is_counted() -> None:
    """One person by day, nobody else in time: person, schedule, device and policy are the same."""
    found = hours(*situation_of(account(policy((SCH_A, 30)), SCH_A)))

    assert found == {
        ("person", "PA"): 240.0,
        ("schedule", "SA"): 240.0,
        ("device", "phone_contact_method"): 240.0,
        ("policy", "PPOL"): 240.0,
    }


def test_second_level_in_time_is_no_loss() -> None:
    """Whoever is followed within the limit by somebody else may fail."""
    found = hours(*situation_of(account(policy((A, 15), (B, 15)))))

    assert ("person", "PA") not in found
    assert ("person", "PB") not in found


def test_second_level_too_late_is_a_loss() -> None:
    """Whoever is followed only after the limit may not."""
    found = hours(*situation_of(account(policy((A, 16), (B, 15)))))

    assert found["person", "PA"] == 719.5


def test_device_is_lost_only_where_no_other_one_is_in_time() -> None:
    """Somebody with a push message besides is rung without a phone."""
    found = hours(*situation_of(account(policy((BLOCKED, 30)))))

    assert ("device", "phone_contact_method") not in found
    assert found["device", "push_notification_contact_method"] == 719.5


def test_schedule_that_only_holds_the_level_is_no_loss() -> None:
    """Without the schedule of another level somebody is still rung in time."""
    found = hours(*situation_of(account(policy((SCH_A, 30), (B, 30)), SCH_A)))

    assert ("schedule", "SA") not in found
    assert found["person", "PA"] == 240.0, "who does not react holds the level, though"


def test_maintenance_is_not_counted() -> None:
    """Hours in which the service opens no incident are nobody's."""
    data = {"maintenance_windows": nightly(0, 4)}
    found = hours(*situation_of(account(policy((SCH_A, 30)), SCH_A, data=data)))

    assert found["policy", "PPOL"] == 120.0


def test_auto_resolved_incidents_are_not_in_time() -> None:
    """A ring that comes after the incident resolved itself is none that could be lost."""
    snapshot = account(policy((S, 10), (B, 30)), auto_resolve_timeout=600)

    assert hours(*situation_of(snapshot)) == {}


def test_the_most_comes_first() -> None:
    """Whoever darkens most service-hours stands at the top."""
    rules = policy((SCH_A, SCH_B, 30))
    ring, situation = situation_of(account(rules, SCH_A, SCH_B))
    found = [each.seconds for each in losses(ring, [situation, situation])]

    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("number", TABLE)
def test_loss_of_a_person_is_what_their_silence_darkens(number: int) -> None:
    """In every row of the truth table it is the difference that a silent phone makes."""
    snapshot = TABLE[number].snapshot
    try:
        ring, situation = situation_of(snapshot)
    except InspectionError:
        return
    if situation.chain.doubts or not all(each.is_high for each in situation.stretches):
        return
    before = dead_seconds(ring, situation)
    found = {
        each.id: each.seconds for each in losses(ring, [situation]) if each.kind is Kind.PERSON
    }
    for person in situation.chain.people:
        silenced = ring.assuming(Assumed(silent=frozenset({person})))
        after = dead_seconds(silenced, silenced.situation(situation.service))
        assert found.get(person, 0) == after - before, person


def dead_seconds(ring: Ring, situation: Situation) -> int:
    """Return how long a service rings nobody in time."""
    question = Question(is_second=False, limit=ring.limits.first_person)
    return ring.judged(situation, question, World()).dead_seconds
