"""Strips: run-length pieces of a policy's time, for whoever draws them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from pdsec_checks.analysis.ring.strips import Strip, strips
from tests.controls.test_ring import LOW, ROW_1, ROW_4, ROW_6, SCH_A, SCH_B, TABLE
from tests.simulator.builders import a_service
from tests.support.phones import L5, A, S, account, nightly, policy
from tests.support.questions import at, overview_of


def bands(strip: Strip, until: float = 24) -> list[tuple[float, str]]:
    """Return the pieces of the first hours: start, and what incidents come to."""
    found = [((start - at(0)) / 3600, band.value) for start, _, band in strip.pieces]
    return [each for each in found if each[0] < until]


def test_lost_and_quick() -> None:
    """By day somebody is rung at once, at night no incident is opened."""
    (strip,) = strips(overview_of(account(ROW_6, SCH_A, SCH_B)))

    assert bands(strip) == [(0, "quick"), (8, "lost")]
    assert strip.is_dead


@pytest.mark.parametrize(
    ("rules", "band"),
    [
        (policy((L5, 30)), "quick"),
        (policy((S, 6), (A, 5)), "in time"),
        (policy((S, 15), (A, 5)), "in time"),
        (policy((S, 16), (A, 5)), "late"),
        (policy((S, 30)), "never"),
    ],
)
def test_bands(rules: dict[str, object], band: str) -> None:
    """Five minutes are quick, fifteen in time, more is late, and no ring is never."""
    (strip,) = strips(overview_of(account(rules)))

    assert bands(strip) == [(0, band)]


def test_maintenance_is_a_band_of_its_own() -> None:
    """Muted time is drawn, also where it ends the span."""
    data = {"maintenance_windows": nightly(8, 24)}
    (strip,) = strips(overview_of(account(ROW_6, SCH_A, SCH_B, data=data)))

    assert bands(strip) == [(0, "quick"), (8, "muted")]
    assert strip.pieces[-1].band.value == "muted"


def test_low_urgency_is_a_band_of_its_own() -> None:
    """Time of low urgency is not judged by its rings, only where incidents are lost."""
    (strip,) = strips(overview_of(account(ROW_6, SCH_A, SCH_B, **LOW)))

    assert bands(strip) == [(0, "low"), (8, "lost")]


def test_services_of_a_policy_share_a_strip() -> None:
    """One strip a policy, but for a service that is judged in another way."""
    high: dict[str, Any] = {"incident_urgency_rule": {"type": "constant", "urgency": "high"}}
    services = [
        a_service(name, ROW_1, id=name, **high, auto_resolve_timeout=timeout)
        for name, timeout in (("PONE", None), ("PTWO", None), ("PTHREE", 60))
    ]
    found = strips(overview_of(account(ROW_1, data={"services": services})))

    assert sorted(sorted(each.id for each in strip.services) for strip in found) == [
        ["PONE", "PTWO"],
        ["PTHREE"],
    ]


@pytest.mark.parametrize("number", TABLE)
def test_pieces_cover_the_judged_span(number: int) -> None:
    """In every row: no gap, no overlap, no two neighbours of one band, dead as the service is."""
    overview = overview_of(TABLE[number].snapshot)
    for strip in strips(overview):
        assert strip.pieces[0].start == overview.ring.span.start
        assert strip.pieces[-1].end == overview.ring.span.end
        for one, other in pairwise(strip.pieces):
            assert one.end == other.start
            assert one.band is not other.band
        is_dead = {each.band.value for each in strip.pieces} & {"lost", "never", "late"}
        assert bool(is_dead) is strip.is_dead


def test_service_that_cannot_be_judged_has_no_strip() -> None:
    """What nobody knows is not drawn."""
    assert strips(overview_of(account(ROW_4, status="maintenance"))) == []
