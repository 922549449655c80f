"""The request budget: who may send now, and who waits how long.

A budget that was stopped does not wait: to acquire from it either succeeds at once or raises.
"""

from __future__ import annotations

import heapq
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import InterruptedReadError
from pdsec_checks.pagerduty.http.budget import (
    GLANCE,
    LONGEST_PAUSE,
    RATE_LIMITS_ALLOWED,
    REFUSALS_OF_ONE_PATH,
    RateBudget,
    reset_seconds,
)
from pdsec_checks.pagerduty.http.turns import Lane, on_behalf_of


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

    assert budget.try_acquire() <= LONGEST_PAUSE


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def a_clocked_budget() -> tuple[RateBudget, Clock]:
    """Return a budget whose clock the test moves; whoever would wait gets an exception."""
    stop, clock = threading.Event(), Clock()
    stop.set()
    return RateBudget(stop, clock), clock


def test_new_window_is_tried_with_one_request() -> None:
    """Once the window is over one request goes out; the others follow when it was answered."""
    budget, clock = a_clocked_budget()
    budget.acquire()
    budget.release(answer(0, 30))
    assert budget.try_acquire() == 30

    clock.now += 30

    assert free_requests(budget) == 1
    budget.release(answer(959, 60))
    assert free_requests(budget) == 20


def test_last_requests_of_a_window_go_out_one_by_one() -> None:
    """Near the end the answers are waited for, so that the window is spent and not overspent."""
    budget, _ = a_clocked_budget()
    for _ in range(4):
        budget.acquire()
    budget.release(answer(4))

    assert free_requests(budget) == 1
    for left in (3, 2, 1):
        assert 0 < budget.try_acquire() < 1
        budget.release(answer(left))
    assert free_requests(budget) == 0
    budget.release(answer(1))
    assert free_requests(budget) == 1


@pytest.mark.parametrize("order", [(50, 5), (5, 50)])
def test_late_answer_gives_nothing_back(order: tuple[int, int]) -> None:
    """Answers overtake each other; within one window the smallest figure counts."""
    budget, _ = a_clocked_budget()
    for _ in order:
        budget.acquire()
    for left in order:
        budget.release(answer(left))

    assert free_requests(budget) == 5


def test_end_of_a_window_is_learned_from_all_its_answers() -> None:
    """The header is rounded up to seconds; the earliest end that it allows is the true one."""
    budget, clock = a_clocked_budget()
    for _ in range(2):
        budget.acquire()
    budget.release(answer(5, 29))
    clock.now += 0.25  # in the same second of the window: a header alone would say 29.25
    budget.release(answer(0, 29))

    assert budget.try_acquire() == 28.75
    clock.now += 28.75
    assert budget.try_acquire() == 0


class Server:
    """Counts requests in fixed windows, as PagerDuty does; the header is rounded up."""

    def __init__(self, clock: Clock, allowed: int, window: float) -> None:
        self.clock, self.allowed, self.window = clock, allowed, window
        self.ends, self.used, self.refused = 0.0, 0, 0

    def answer(self) -> dict[str, str]:
        """Count one request."""
        if self.clock.now >= self.ends:
            self.ends, self.used = self.clock.now + self.window, 0
        self.used += 1
        self.refused += self.used > self.allowed
        left = math.ceil(self.ends - self.clock.now)
        return answer(max(self.allowed - self.used, 0), left)


def seconds_for(count: int, budget: RateBudget, server: Server, latency: float) -> float:
    """Send *count* requests, ten at once, and return how long that took."""
    clock, started, sent = server.clock, server.clock.now, 0
    under_way: list[tuple[float, int, dict[str, str]]] = []
    while sent < count or under_way:
        delay = budget.try_acquire() if sent < count and len(under_way) < 10 else math.inf
        if delay == 0:
            sent += 1
            took = latency * (1 + sent % 7 / 10)  # so that answers overtake each other
            heapq.heappush(under_way, (clock.now + took, sent, server.answer()))
            clock.now += 0.001
            continue
        due = under_way[0][0] if under_way else math.inf
        clock.now = min(clock.now + delay, max(due, clock.now))
        if clock.now >= due:
            budget.release(heapq.heappop(under_way)[2])
    return clock.now - started


@pytest.mark.parametrize("latency", [0.002, 0.02, 0.1])
@pytest.mark.parametrize(("allowed", "window", "count"), [(960, 60.0, 2_000), (96, 6.0, 200)])
def test_run_takes_no_longer_than_its_budget(
    allowed: int, window: float, count: int, latency: float
) -> None:
    """A run of many requests ends within a tenth of what the limit itself costs, unrefused."""
    budget, clock = a_clocked_budget()
    server = Server(clock, allowed, window)
    floor = window * ((count - 1) // allowed)

    assert floor <= seconds_for(count, budget, server, latency) <= floor * 1.1
    assert server.refused == 0


def test_block_holds_everybody() -> None:
    """After a 429 nobody sends until the pause is over."""
    budget, clock = a_clocked_budget()
    budget.block(30)
    assert free_requests(budget) == 0

    clock.now += 30

    assert free_requests(budget) == 1


@pytest.mark.parametrize("pauses", [(30, 0), (0, 30), (30, 10)])
def test_longer_block_wins(pauses: tuple[float, float]) -> None:
    """A second 429 never shortens the pause of the first."""
    budget, _ = a_clocked_budget()
    for pause in pauses:
        budget.block(pause)

    assert budget.try_acquire() == 30


def test_stop_wakes_a_sleeper() -> None:
    """A run that is stopped does not wait for PagerDuty."""
    stop = threading.Event()
    budget = RateBudget(stop)
    timer = threading.Timer(0.02, stop.set)
    timer.start()

    with pytest.raises(InterruptedReadError, match="interrupted"):
        budget.sleep(3_600)

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


# A limit on one path

ONE, OTHER = Lane("one"), Lane("other")


def limited_alone(clock: Clock) -> RateBudget:
    """Return a stopped budget of which one lane was refused, and another one answered since."""
    budget = RateBudget(a_stopped_budget()._stop, clock)
    with on_behalf_of(ONE):
        budget.block(60)
    clock.now += 60
    with on_behalf_of(OTHER):
        budget.acquire()
        budget.release({})
        budget.answered()
    return budget


def test_a_first_refusal_holds_everybody() -> None:
    """Nobody knows yet whether the limit is on the account."""
    clock = Clock()
    budget = RateBudget(threading.Event(), clock)
    with on_behalf_of(ONE):
        budget.block(60)
        assert budget.refusals_allowed == RATE_LIMITS_ALLOWED

    with on_behalf_of(OTHER):
        assert budget.try_acquire() == 60
        assert budget._held_for(OTHER.name) == 0


def test_who_was_not_refused_tries_the_next_window() -> None:
    """Whoever was refused lets another lane go first: it shows what the limit is on."""
    clock = Clock()
    budget = RateBudget(threading.Event(), clock)
    with on_behalf_of(ONE):
        budget.block(60)
    clock.now += 60
    budget._count_waiting(OTHER.name, 1)

    with on_behalf_of(ONE):
        assert budget.try_acquire() == GLANCE
    with on_behalf_of(OTHER):
        assert budget.try_acquire() == 0


def test_requests_of_a_refused_lane_do_not_wait_for_each_other() -> None:
    """Those that began to wait before the refusal are no others: one of them tries."""
    clock = Clock()
    budget = RateBudget(threading.Event(), clock)
    budget._count_waiting(ONE.name, 3)
    with on_behalf_of(ONE):
        budget.block(60)
        clock.now += 60

        assert budget.try_acquire() == 0
        assert budget.try_acquire() == GLANCE


def test_a_limit_on_one_path_holds_that_path_alone() -> None:
    """Once others are answered meanwhile, a path that is refused again waits alone, less often."""
    clock = Clock()
    budget = limited_alone(clock)
    with on_behalf_of(ONE):
        budget.block(60)

        assert budget.refusals_allowed == REFUSALS_OF_ONE_PATH
        with pytest.raises(InterruptedReadError):  # it would wait
            budget.hold()
    with on_behalf_of(OTHER):
        budget.hold()
        assert free_requests(budget) == 20


def test_a_path_that_was_given_up_waits_no_more() -> None:
    """Its other requests are tried once; an answer makes it like any other path."""
    budget = limited_alone(Clock())
    with on_behalf_of(ONE):
        budget.block(60)
        budget.give_up()
        budget.hold()
        assert budget.refusals_allowed == 0

        budget.answered()
        assert budget.refusals_allowed == RATE_LIMITS_ALLOWED


def of_window(limit: object, remaining: object, reset: object = 30) -> dict[str, str]:
    """Return the headers of an answer that names the limit, too."""
    return {"ratelimit-limit": str(limit), **answer(remaining, reset)}


@given(st.integers(0, 960), st.integers(0, 960), st.integers(0, 5))
def test_guesses_get_what_is_left_beyond_the_plan(left: int, planned: int, under_way: int) -> None:
    """Nothing that a data set will still ask, or that is under way, goes into a guess."""
    budget, _ = a_clocked_budget()
    for _ in range(under_way + 1):
        budget.acquire()
    budget.release(of_window(960, left))

    assert budget.free_for_guesses(planned) == max(0, left - under_way - planned)


def test_new_window_has_the_whole_limit() -> None:
    """When the window is over, its limit is what the next one allows; nobody knows without."""
    for headers, free in ((of_window(960, 7), 900), (answer(7), None)):
        budget, clock = a_clocked_budget()
        budget.acquire()
        budget.release(headers)
        clock.now += 31

        assert budget.free_for_guesses(60) == free


@pytest.mark.parametrize("headers", [{}, {"ratelimit-limit": "many"}, answer("x", "y")], ids=str)
def test_without_figures_nobody_knows_what_is_free(headers: dict[str, str]) -> None:
    """Headers that are missing or broken say nothing about guesses."""
    budget, _ = a_clocked_budget()
    assert budget.free_for_guesses(0) is None
    budget.acquire()
    budget.release(headers)

    assert budget.free_for_guesses(0) is None
