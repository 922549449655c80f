"""Turns: so many requests at once, and the most urgent of those that wait goes next."""

from __future__ import annotations

import threading
import time

import pytest

from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.turns import LANE, Lane, Turns, on_behalf_of
from tests.support.at_once import AtOnce
from tests.support.processes import PATIENCE, until


def waiting(turns: Turns) -> int:
    """Return how many threads wait for their turn."""
    return len(turns._waiting)


def test_no_more_than_allowed_are_in_at_once() -> None:
    """A place is taken by one thread at a time, and all have their turn."""
    turns, at_once = Turns(3), AtOnce()

    def work(number: int) -> int:
        with turns, at_once:
            time.sleep(0.001)
        return number

    assert threads.each(work, range(40), 10) == list(range(40))
    assert at_once.most <= 3


def test_lower_rank_goes_first_and_then_who_came_first() -> None:
    """Of those that wait, a chain of requests overtakes a crowd of lookups."""
    turns = Turns(1)
    went: list[str] = []

    def work(lane: Lane) -> None:
        with on_behalf_of(lane), turns:
            went.append(lane.name)

    lanes = [Lane("lookup 1", 1), Lane("lookup 2", 1), Lane("chain 1", 0), Lane("chain 2", 0)]
    with turns:
        started = []
        for number, lane in enumerate(lanes, 1):
            started.append(threads.start(lambda lane=lane: work(lane), lane.name))  # type: ignore[misc]
            until(lambda number=number: waiting(turns) == number)  # type: ignore[misc]
    for each in started:
        each.result(PATIENCE)

    assert went == ["chain 1", "chain 2", "lookup 1", "lookup 2"]


def test_a_place_is_given_back_whatever_happens() -> None:
    """An exception inside does not cost the place."""
    turns = Turns(1)
    with pytest.raises(ValueError, match="broken"), turns:
        raise ValueError("broken")

    with turns:
        assert waiting(turns) == 0


def test_lane_belongs_to_its_thread_and_its_block() -> None:
    """What one thread sends for says nothing about another, nor about what comes after."""
    with on_behalf_of(Lane("users")):
        other = threads.start(LANE.get, "other").result(PATIENCE)
        assert LANE.get().name == "users"

    assert other == LANE.get() == Lane()
    assert threading.current_thread() is threading.main_thread()
