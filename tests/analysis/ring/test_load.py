"""Who carries alone: how long, the longest stretch, and in how many nights."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pdsec_checks.analysis.ring.load import Load, loads, nights
from pdsec_checks.analysis.ring.timelines import Span
from tests.support.phones import A, B, S, account, policy, rota, shifts
from tests.support.questions import at, situation_of


def carried(
    *levels: tuple[object, ...], schedules: tuple[dict[str, object], ...] = ()
) -> dict[str, Load]:
    """Return who carries alone under a policy, by id."""
    ring, situation = situation_of(account(policy(*levels), *schedules))
    return {each.person: each for each in loads(ring, [situation])}


def test_whoever_nobody_follows_carries_alone() -> None:
    """One person before a silent one is alone at all times."""
    found = carried((A, 30), (S, 30))

    assert list(found) == ["PA"]
    assert found["PA"].seconds == 719.5 * 3600
    assert found["PA"].longest == Span(at(0), at(719.5))


def test_whoever_is_followed_carries_nothing() -> None:
    """Where a second person is called, the first is not alone."""
    assert carried((A, 30), (B, 30)) == {}


def test_longest_stretch_and_nights_of_a_daily_turn() -> None:
    """Turns from 20:00 to 04:00 UTC: eight hours at a stretch, of which six are night."""
    night = rota("SN", (A, (20, 28)), time_zone="UTC")
    found = carried((night, 30), schedules=(night,))["PA"]

    assert found.longest.seconds == 8 * 3600
    assert found.nights == 31, "30 whole ones, and the end of the first"
    assert found.night_seconds == (29 * 6 + 4 + 1.5) * 3600


def test_nights_are_those_of_the_schedule() -> None:
    """The same hours are day in Auckland, for a schedule of either kind."""
    layered = rota("SN", (A, (20, 28)), time_zone="Pacific/Auckland")
    shifted = {**shifts("SV", (A, (20, 28))), "time_zone": "Pacific/Auckland"}

    for schedule in (layered, shifted):
        found = carried((schedule, 30), schedules=(schedule,))["PA"]
        assert list(found.by_zone) == ["Pacific/Auckland"]
        assert found.nights == 0


def test_person_without_a_schedule_has_nights_in_utc() -> None:
    """A direct target has no time zone of its own."""
    assert list(carried((A, 30))["PA"].by_zone) == ["UTC"]


def test_night_of_a_changing_clock_is_an_hour_longer() -> None:
    """In the night in which clocks go back, nine hours lie between 22:00 and 06:00."""
    zone = ZoneInfo("Europe/Paris")  # back on 2026-10-25
    within = Span(1792886400, 1792886401)  # 2026-10-25T00:00:00Z

    found = [night.seconds / 3600 for _, night in nights(within, zone)]

    assert found == [9.0, 8.0]


def test_zone_that_nobody_knows_is_utc() -> None:
    """A name that is none costs no figure."""
    night = rota("SN", (A, (20, 28)), time_zone="Mars/Base")

    assert carried((night, 30), schedules=(night,))["PA"].nights == 31
