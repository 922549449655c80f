"""Who may not fail, who carries alone, and the walk of one moment."""

from __future__ import annotations

import pdsec_checks.fixtures  # noqa: F401 - declares what is asked for
from pdsec_checks.analysis.ring import NEVER, Ring, Situation, World
from pdsec_checks.analysis.ring.impact import alone, dark_seconds
from pdsec_checks.analysis.ring.steps import steps_at
from pdsec_checks.baseline import Baseline
from pdsec_checks.inspection import Inspection
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import Service
from tests.support.phones import AS_OF, A, B, S, account, policy, rota

HOUR = 3600
START = int(AS_OF.timestamp())


def ringing(snapshot: Snapshot) -> tuple[Ring, Situation]:
    """Return the analysis of an account, and the situation of its one service."""
    inspection = Inspection(snapshot, Baseline())
    ring: Ring = inspection.provide("ring")
    (service,) = inspection.views(Service, "services")
    return ring, ring.situation(service)


def test_who_stands_on_the_first_level_alone_may_not_fail_where_the_next_is_late() -> None:
    """Without her the first ring comes after half an hour, on every hour that is judged."""
    ring, found = ringing(account(policy((A, 30), (B, 30))))
    pieces = ring.swept(found.chain).pieces

    assert dark_seconds(pieces, found.stretches, 15) == {"PA": 719.5 * HOUR}
    assert dark_seconds(pieces, found.stretches, 30) == {}


def test_a_person_who_is_deleted_is_skipped_and_one_whose_phone_is_dead_is_not() -> None:
    """Without her the next level rings at once; with her phone dead it waits for her delay."""
    ring, found = ringing(account(policy((A, 30), (B, 30))))

    (deleted,) = ring.swept(found.chain, World(nobody=frozenset({"PA"}))).pieces
    (silent,) = ring.swept(found.chain, World(minutes={"PA": NEVER})).pieces

    assert (deleted.outcome.first, silent.outcome.first) == (0, 30)


def test_who_carries_alone_is_told_with_the_hours() -> None:
    """Where nobody else is ever rung, the time counts; neighbouring spans are one."""
    night = rota("SA", (A, (0, 8)))
    ring, found = ringing(account(policy((night, 30), (B, 30)), night))
    spans = alone(ring.swept(found.chain).by_second, found.stretches)

    assert spans["PB"][0] == (START + 8 * HOUR, START + 24 * HOUR)
    assert "PA" not in spans


def test_steps_of_a_moment_say_who_is_on_call_and_who_is_skipped() -> None:
    """An empty level costs nothing; a silent person holds the next one for its delay."""
    night = rota("SA", (A, (0, 8)))
    ring, found = ringing(account(policy((night, 30), (S, 30), (B, 10)), night))
    steps = steps_at(found.chain, World(), START + 9 * HOUR, ring.callers.span.end)

    assert [(each.level, each.offset, each.end, each.is_skipped) for each in steps] == [
        (1, 0, 0, True),
        (2, 0, 30, False),
        (3, 30, NEVER, False),
    ]
    assert steps[0].free_at[0][1] == START + 24 * HOUR
