"""The words in which people read whether the phone will ring."""

from __future__ import annotations

import pytest

from pdsec_checks.reports.ring.words import IN_UTC, device, length, minutes, name_and_id
from tests.support.questions import at


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 s"), (60, "1 min"), (930, "15 min 30 s"), (3600, "1.0 h"), (2_590_200, "719.5 h")],
)
def test_length_is_told_in_its_own_unit(seconds: int, said: str) -> None:
    """A hole of a second is one, and no 0.0 hours."""
    assert length(seconds) == said


def test_seconds_of_a_moment_are_shown_where_there_are_some() -> None:
    """Most moments are whole minutes; a hole of thirty seconds is not."""
    assert IN_UTC.span(at(9), at(9) + 30) == "Mon 2026-11-23 09:00\N{EN DASH}09:00:30 UTC"


@pytest.mark.parametrize(
    ("name", "identity", "said"),
    [("Ada", "PA", "Ada (PA)"), ("PA", "PA", "PA"), ("", "PA", "PA"), ("Ada", "", "Ada")],
)
def test_name_comes_before_the_id(name: str, identity: str, said: str) -> None:
    """What has no name has its id, and nothing is said twice."""
    assert name_and_id(name, identity) == said


def test_devices_have_words() -> None:
    """A type that nobody knows is shown as it is."""
    assert device("push_notification_contact_method") == "push message"
    assert device("pager_contact_method") == "pager_contact_method"


def test_fractions_of_minutes_are_shown() -> None:
    """Whole minutes have none."""
    assert (minutes(5.0), minutes(float("inf"))) == ("5 min", "never")
