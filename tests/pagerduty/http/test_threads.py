"""Threads: results in order, one failure for all, and nobody waits for the interpreter."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.pagerduty.http import threads
from tests.support.at_once import AtOnce
from tests.support.interrupts import unnoticed_ctrl_c
from tests.support.processes import PATIENCE, until


def test_start_returns_what_the_function_returns() -> None:
    """The function runs in a named daemon thread, which no Ctrl-C waits for."""
    thread = threads.start(threading.current_thread, "reader").result(PATIENCE)

    assert thread.name == "reader"
    assert thread.daemon


def test_start_hands_an_exception_to_whoever_asks() -> None:
    """An exception, even one that ends threads, is raised where the result is wanted."""

    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        threads.start(leave, "reader").result(PATIENCE)


@given(st.lists(st.integers(), max_size=12), st.integers(1, 4))
def test_each_is_a_loop(items: list[int], workers: int) -> None:
    """Results come in the order of the items, each item computed once, as in a plain loop."""
    seen: list[int] = []

    def double(item: int) -> int:
        seen.append(item)
        return 2 * item

    assert threads.each(double, iter(items), workers) == [2 * item for item in items]
    assert sorted(seen) == sorted(items)


def test_each_uses_as_many_workers_as_allowed() -> None:
    """Items are computed at the same time, but never by more workers than allowed."""
    at_once, three = AtOnce(), threading.Barrier(3)

    def count(_: int) -> None:
        with at_once:
            three.wait(PATIENCE)

    threads.each(count, range(9), 3)

    assert at_once.most == 3


def test_first_exception_stops_the_rest() -> None:
    """After a failure no further item is begun, and the failure is raised."""
    begun: list[int] = []

    def fail(item: int) -> None:
        begun.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        threads.each(fail, range(100), 1)

    assert begun == [0]


def test_failure_of_one_worker_stops_the_others() -> None:
    """A worker that is busy when another one fails finishes its item and begins no other."""
    threads.IDLE.clear()
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise ValueError(item)
        until(lambda: bool(threads.IDLE))  # the other one is done

    with pytest.raises(ValueError, match="0"):
        threads.each(work, range(100), 2)

    assert len(begun) <= 2


def test_of_several_errors_the_first_item_s_is_raised() -> None:
    """Which thread fails first is chance; which error is told is not."""

    def fail(number: int) -> int:
        if number == 3:
            time.sleep(0.05)
        if number >= 3:
            raise ValueError(str(number))
        return number

    for _ in range(5):
        with pytest.raises(ValueError, match=r"^3$"):
            threads.each(fail, range(10), workers=10)


def test_a_thread_that_is_done_takes_the_next_work() -> None:
    """Work that comes one after the other needs one thread, not one each."""
    threads.IDLE.clear()
    seen = set()
    for _ in range(20):
        seen.add(threads.start(threading.current_thread, "reader").result(PATIENCE))
        until(lambda: bool(threads.IDLE))

    assert len(seen) == 1


@given(st.lists(st.integers(), max_size=12), st.integers(1, 4), st.integers(0, 12))
def test_in_turn_is_a_loop_that_may_be_left(items: list[int], workers: int, wanted: int) -> None:
    """Results come in the order of the items, as many as anybody listens to."""
    results = threads.in_turn(lambda item: 2 * item, iter(items), workers)

    assert list(itertools.islice(results, wanted)) == [2 * item for item in items][:wanted]


def test_in_turn_hands_on_what_is_there_before_the_rest() -> None:
    """The first result does not wait for the second; nobody begins what nobody listens to."""
    end, begun = threading.Event(), set()

    def wait(item: int) -> int:
        begun.add(item)
        if item:
            end.wait(PATIENCE)
        return item

    results = threads.in_turn(wait, range(9), 2)
    try:
        assert next(results) == 0
        assert not end.is_set()
        results.close()  # type: ignore[attr-defined]  # it is a generator
    finally:
        end.set()
    assert begun <= {0, 1, 2}


def test_in_turn_raises_in_the_place_of_the_result() -> None:
    """What comes before the failure is handed on."""

    def invert(item: int) -> float:
        return 1 / item

    results = threads.in_turn(invert, [1, 2, 0, 4], 4)

    assert [next(results), next(results)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)


WAITS: dict[str, Callable[[Future[int]], object]] = {
    "wait": lambda awaited: threads.wait([awaited]),
    "wait for the first": lambda awaited: threads.wait([awaited], for_first=True),
    "wait long": lambda awaited: threads.wait([awaited], 2 * PATIENCE),
    "result": threads.result,
    "result of": lambda awaited: threads.result_of(awaited.result, "waits"),
    "each": lambda awaited: threads.each(lambda _: awaited.result(), [1], 1),
    "in turn": lambda awaited: list(threads.in_turn(lambda _: awaited.result(), [1], 1)),
}
EACH_WAIT = pytest.mark.parametrize(
    "waiting", [pytest.param(each, id=name) for name, each in WAITS.items()]
)


@EACH_WAIT
def test_ctrl_c_ends_every_wait(waiting: Callable[[Future[int]], object]) -> None:
    """Also where the signal wakes nobody: it came just before the sleep, or to another thread."""
    awaited = Future[int]()
    soon = time.monotonic() + 0.1
    try:
        with pytest.raises(KeyboardInterrupt), unnoticed_ctrl_c(lambda: time.monotonic() > soon):
            waiting(awaited)
    finally:
        awaited.set_result(0)


@EACH_WAIT
def test_what_takes_many_looks_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, waiting: Callable[[Future[int]], object]
) -> None:
    """Looking up in between ends no wait."""
    monkeypatch.setattr(threads, "A_LOOK", 0.001)
    awaited = Future[int]()
    late = threading.Timer(0.05, awaited.set_result, [5])
    late.start()

    found = waiting(awaited)

    assert found in (5, [5], {awaited})


@pytest.mark.parametrize("for_first", [True, False])
def test_wait_returns_what_is_done(*, for_first: bool) -> None:
    """It waits for one or for all, and a failure counts as done."""
    done, failed, never = Future[int](), Future[int](), Future[int]()
    done.set_result(1)
    failed.set_exception(ValueError("no"))
    awaited = [done, failed, *([never] if for_first else [])]

    assert threads.wait(awaited, for_first=for_first) == {done, failed}


@pytest.mark.parametrize("look", [0.001, 60.0], ids=["many looks", "no look"])
@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.01])
def test_waiting_in_vain_ends_in_time(
    monkeypatch: pytest.MonkeyPatch, look: float, seconds: float
) -> None:
    """What does not come in time is not there, and may still come."""
    monkeypatch.setattr(threads, "A_LOOK", look)

    assert threads.wait([Future[int]()], seconds) == set()
    assert threads.wait([], seconds) == set()
