"""The request budget: who may send now, and who waits how long.

A budget that was stopped does not wait: to acquire from it either succeeds at once or raises.
"""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import InterruptedReadError
from pdsec_checks.pagerduty.budget import LONGEST_PAUSE, RateBudget, reset_seconds


def a_stopped_budget() -> RateBudget:
    """Return a budget that raises where another one would wait."""
    stop = threading.Event()
    stop.set()
    return RateBudget(stop)


def answer(remaining: object, reset: object = 30) -> dict[str, str]:
    """Return the headers of an answer."""
    return {"ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}


def free_requests(budget: RateBudget, at_most: int = 20) -> int:
    """Send as many requests as a stopped budget allows, without an answer; count them."""
    for sent in range(at_most):
        try:
            budget.acquire()
        except InterruptedReadError:
            return sent
    return at_most


def test_budget_is_free_until_an_answer_tells() -> None:
    """Before PagerDuty said how much is left, nobody waits."""
    assert free_requests(a_stopped_budget()) == 20


@given(st.integers(0, 15), st.integers(1, 5))
def test_remaining_requests_are_shared(remaining: int, under_way: int) -> None:
    """What an answer leaves is spent once, less the requests that it did not count yet."""
    budget = a_stopped_budget()
    for _ in range(under_way):
        budget.acquire()
    budget.release(answer(remaining))

    assert free_requests(budget) == max(0, remaining - (under_way - 1))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ratelimit-remaining": "0"},
        {"ratelimit-reset": "30"},
        answer("none"),
        answer(0, "soon"),
    ],
)
def test_answer_without_figures_teaches_nothing(headers: dict[str, str]) -> None:
    """Both headers are needed, and both must be numbers."""
    budget = a_stopped_budget()
    budget.acquire()
    budget.release(headers)

    assert free_requests(budget) == 20


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e400", "9" * 400])
def test_absurd_figures_break_nothing(value: str) -> None:
    """Whatever a header says, the answer that carried it counts."""
    budget = a_stopped_budget()
    budget.acquire()

    budget.release(answer(value, value))

    assert 0 <= free_requests(budget) <= 20


def test_wait_for_a_new_window_is_bounded() -> None:
    """A reset in the far future, or a timestamp in its place, holds nobody for hours."""
    budget = a_stopped_budget()
    budget.acquire()
    budget.release(answer(0, 1_795_000_000))

    assert budget._try_acquire() <= LONGEST_PAUSE


def test_new_window_opens_after_the_reset() -> None:
    """Once the window is over, requests go out until an answer tells what the new one holds."""
    budget = RateBudget(threading.Event())
    budget.acquire()
    budget.release(answer(0, 0.05))
    started = time.monotonic()

    for _ in range(3):
        budget.acquire()

    assert 0.05 <= time.monotonic() - started < 1


def test_block_holds_everybody() -> None:
    """After a 429 nobody sends until the pause is over."""
    budget = RateBudget(threading.Event())
    budget.block(0.05)
    started = time.monotonic()

    budget.acquire()

    assert 0.05 <= time.monotonic() - started < 1


@pytest.mark.parametrize("pauses", [(30, 0), (0, 30), (30, 10)])
def test_longer_block_wins(pauses: tuple[float, float]) -> None:
    """A second 429 never shortens the pause of the first."""
    budget = a_stopped_budget()
    for pause in pauses:
        budget.block(pause)

    assert 29 < budget._try_acquire() <= 30


def test_stop_wakes_a_sleeper() -> None:
    """A run that is stopped does not wait for PagerDuty."""
    stop = threading.Event()
    budget = RateBudget(stop)
    timer = threading.Timer(0.02, stop.set)
    timer.start()
    started = time.monotonic()

    with pytest.raises(InterruptedReadError, match="interrupted"):
        budget.sleep(30)

    assert time.monotonic() - started < 5
    timer.join()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-reset": "7"}, 7.0),
        ({"ratelimit-reset": "0.5"}, 0.5),
        ({"ratelimit-reset": "-3"}, 0.0),
        ({"ratelimit-reset": ""}, None),
        ({}, None),
    ],
)
def test_reset_is_seconds_from_now(headers: dict[str, str], seconds: float | None) -> None:
    """The header is a number of seconds; a negative one is over, any other text is none."""
    assert reset_seconds(headers) == seconds
