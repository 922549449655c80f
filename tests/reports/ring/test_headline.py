"""The one sentence: it says that every moment rings only where every service was judged."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.analysis.ring.verdicts import Why
from pdsec_checks.reports.ring.headline import FirstWindow, Tally, headline, tally_of
from tests.controls.test_ring import LOW, ROW_1, ROW_2, ROW_4, ROW_6, SCH_A, SCH_B
from tests.support.phones import account
from tests.support.questions import at, overview_of

ZERO = "Every moment"
LOST = FirstWindow("Checkout", at(3), at(5), Why.LOST)


def tally(**numbers: Any) -> Tally:
    """Return a tally over 30 days with the limit of the product."""
    return Tally(days=30, limit=15, **numbers)


def test_dead_services_and_the_first_window() -> None:
    """It counts services, and names the earliest window with its reason."""
    assert headline(tally(dead=3, rings=117, first=LOST)) == (
        "3 of 120 services have a moment in the next 30 days in which an incident would ring "
        "nobody within 15 minutes. First: 'Checkout', Mon 2026-11-23 03:00\N{EN DASH}05:00 UTC, "
        "nobody on call."
    )


def test_every_moment_rings() -> None:
    """Where all were judged and none is dead, it says so of every moment."""
    exempt = {"with low urgency only, which never escalates": 2}

    assert headline(tally(rings=118, exempt=exempt)) == (
        "Every moment of the next 30 days reaches a person within 15 minutes, on all 118 services "
        "in service (2 not judged: 2 with low urgency only, which never escalates)."
    )


@pytest.mark.parametrize("rings", [0, 1, 118])
@pytest.mark.parametrize("not_judged", [1, 2])
def test_no_zero_line_while_a_service_is_not_judged(rings: int, not_judged: int) -> None:
    """What nobody could judge never looks as if it rang."""
    said = headline(tally(rings=rings, not_judged=not_judged))

    assert ZERO not in said
    assert f"{not_judged} of {rings + not_judged} service" in said
    assert "could not be judged" in said


def test_no_zero_line_without_the_list_of_services() -> None:
    """An unread list is no list without a dead service."""
    said = headline(tally(is_list_whole=False))

    assert ZERO not in said
    assert "could not be read" in said


@pytest.mark.parametrize("exempt", [{}, {"in maintenance all the time": 2}])
def test_no_zero_line_without_a_service_that_rings(exempt: dict[str, int]) -> None:
    """Of no service nothing is claimed."""
    said = headline(tally(exempt=exempt))

    assert ZERO not in said
    assert said.startswith("No service")


def test_not_judged_is_said_beside_dead_ones() -> None:
    """Dead services do not hide that others could not be judged."""
    assert headline(tally(dead=1, not_judged=2, first=LOST)).endswith(
        "2 of 3 services could not be judged."
    )


def test_one_is_singular() -> None:
    """One service has, and the one service rings."""
    assert headline(tally(dead=1, rings=2, first=LOST)).startswith("1 of 3 services has a moment")
    assert "on the one service in service." in headline(tally(rings=1))


def test_some_services_are_said_to_be_selected() -> None:
    """An answer about some services is none about the account."""
    assert "on all 2 selected services" in headline(tally(rings=2, is_selected=True))
    assert "1 of 2 selected services" in headline(tally(dead=1, rings=1, is_selected=True))


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (FirstWindow("Shop", at(20), at(30), Why.LOST, has_policy=False), "no escalation policy"),
        (FirstWindow("Shop", at(20), at(30), Why.NEVER), "nobody who is on call is ever rung"),
        (
            FirstWindow("Shop", at(20), at(30), Why.LATE, 31),
            "the first ring comes after up to 31 minutes",
        ),
    ],
)
def test_reason_of_the_first_window(first: FirstWindow, said: str) -> None:
    """Each reason is told in its own words."""
    assert headline(tally(dead=1, first=first)).endswith(
        f"'Shop', Mon 2026-11-23 20:00 \N{EN DASH} Tue 2026-11-24 06:00 UTC, {said}."
    )


def test_name_steers_no_terminal() -> None:
    """Names come from the account, and may be hostile."""
    first = FirstWindow("\x1b[2J\u202eevil\n", at(0), at(1), Why.LOST)

    assert "\x1b" not in headline(tally(dead=1, first=first))
    assert "\u202e" not in headline(tally(dead=1, first=first))


def test_tally_counts_an_account() -> None:
    """It is made of how the services of an account stand."""
    dead = tally_of(overview_of(account(ROW_6, SCH_A, SCH_B)))
    low = tally_of(overview_of(account(ROW_4, **LOW)))
    rings = tally_of(overview_of(account(ROW_2)))
    unknown = tally_of(overview_of(account(ROW_1, status="maintenance")))

    assert (dead.dead, dead.first) == (1, FirstWindow("Checkout", at(8), at(24), Why.LOST))
    assert sum(low.exempt.values()) == rings.rings == unknown.not_judged == 1
