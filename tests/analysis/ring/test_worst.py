"""The worst moment of a service: lost, then silent, then late; the first of equals."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.analysis.ring.incident import incident_at
from pdsec_checks.analysis.ring.worst import worst_moment
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.test_ring import HALF_PAST, LATE_A, LOW, ROW_4, ROW_6, ROW_7, SCH_A, SCH_B
from tests.support.phones import S, account, policy
from tests.support.questions import at, ring_of, service_of


def worst(snapshot: Snapshot) -> int:
    """Return the worst moment of the one service of an account."""
    ring = ring_of(snapshot)
    return worst_moment(ring, ring.first_person(service_of(snapshot)))


@pytest.mark.parametrize(
    ("snapshot", "hours"),
    [
        (account(ROW_6, SCH_A, SCH_B), 8),
        (account(policy((S, 30), (SCH_B, 30)), SCH_B), HALF_PAST),
        (account(ROW_4), 0),
        (account(ROW_7, LATE_A, **LOW), 0),
        (account(None), 0),
    ],
)
def test_worst_moment(snapshot: Snapshot, hours: float) -> None:
    """Nobody on call; nobody ever rung before a late ring; low urgency that is lost."""
    assert worst(snapshot) == at(hours)


@pytest.mark.parametrize("rows", [(ROW_6, SCH_A, SCH_B), (ROW_4,)])
def test_its_incident_is_dead(rows: tuple[Any, ...]) -> None:
    """What is shown step by step rings nobody in time."""
    snapshot = account(*rows)

    assert incident_at(ring_of(snapshot), service_of(snapshot), worst(snapshot)).is_dead
