"""Concurrency that Ctrl-C ends: daemon threads instead of a pool, and waits that look up."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent import futures
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future
from queue import SimpleQueue
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")
Work = Callable[[], None]
IDLE: deque[SimpleQueue[Work]] = deque()
"""The queues of threads that wait for work: starting a thread costs more than most answers."""
A_LOOK = 0.5
"""Seconds after which whoever waits looks whether Ctrl-C came meanwhile."""


def start(function: Callable[[], T], name: str) -> Future[T]:
    """Run *function* in a daemon thread; the interpreter never waits for it.

    Where the system has no more threads, it runs here and now: that takes longer, and no more.
    """
    future: Future[T] = Future()

    def run() -> None:
        threading.current_thread().name = name
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            future.set_exception(error)

    try:
        idle().put(run)
    except RuntimeError:
        run_here(function, future)
    return future


def idle() -> SimpleQueue[Work]:
    """Return the queue of a thread that has nothing to do.

    Raises:
        RuntimeError: There is none, and the system starts no further one.
    """
    try:
        return IDLE.pop()
    except IndexError:
        queue: SimpleQueue[Work] = SimpleQueue()
        threading.Thread(target=serve, args=(queue,), daemon=True).start()
        return queue


def run_here(function: Callable[[], T], future: Future[T]) -> None:
    """Run *function* in this thread; Ctrl-C ends it, and is no result."""
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
        future.set_exception(error)


def serve(queue: SimpleQueue[Work]) -> None:
    """Do what comes, one after the other, for as long as the process lives."""
    while True:
        queue.get()()
        IDLE.append(queue)


def wait(
    awaited: Collection[Future[T]], seconds: float | None = None, *, for_first: bool = False
) -> set[Future[T]]:
    """Return which of *awaited* are done, all or *for_first* one, after so many *seconds* at most.

    Ctrl-C ends the waiting. Python notices a signal between two steps of the main thread; one that
    comes just before that thread falls asleep, or that the system hands to another thread, wakes
    nobody up, and the thread would sleep until a future is done. So it sleeps a little at a time,
    which costs other threads that call this no more than a look.
    """
    end = math.inf if seconds is None else time.monotonic() + seconds
    enough = FIRST_COMPLETED if for_first else ALL_COMPLETED
    while True:
        left = max(end - time.monotonic(), 0)
        done, not_done = futures.wait(awaited, min(left, A_LOOK), enough)
        if not not_done or (for_first and done) or left <= A_LOOK:
            return done


def result(awaited: Future[T]) -> T:
    """Return what comes of it, or raise that; Ctrl-C ends the waiting."""
    wait([awaited])
    return awaited.result()


def result_of(function: Callable[[], T], name: str) -> T:
    """Return ``function()``, computed in a thread of its own: Ctrl-C ends the waiting for it."""
    return result(start(function, name))


def each(function: Callable[[S], T], items: Iterable[S], workers: int) -> list[T]:
    """Return ``[function(item) for item in items]``, computed by up to *workers* threads.

    An exception stops the rest; of several the one of the first item is raised, so that a
    replay says the same as the reading did.
    """
    todo = list(enumerate(items))
    results: dict[int, T] = {}
    errors: dict[int, BaseException] = {}
    waiting = iter(todo)
    lock = threading.Lock()
    failed = threading.Event()

    def work() -> None:
        while not failed.is_set():
            with lock:
                index, item = next(waiting, (-1, None))
            if index < 0:
                return
            try:
                results[index] = function(item)  # type: ignore[arg-type]  # index says it is an S
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors[index] = error
                failed.set()

    for working in [start(work, f"each-{number}") for number in range(min(workers, len(todo)))]:
        result(working)
    if errors:
        raise errors[min(errors)]
    return [results[index] for index in range(len(todo))]


def in_turn(function: Callable[[S], T], items: Iterable[S], workers: int) -> Iterator[T]:
    """Yield ``function(item)`` for each item, in their order, computed by up to *workers* threads.

    Whoever stops listening stops what has not begun, and waits for nothing that has. An exception
    is raised in the place of its result.
    """
    todo = [(item, Future[T]()) for item in items]
    waiting = iter(todo)
    lock = threading.Lock()

    def taken() -> tuple[S, Future[T]] | None:
        with lock:
            return next(waiting, None)

    def work() -> None:
        while (mine := taken()) is not None:
            item, found = mine
            try:
                found.set_result(function(item))
            except BaseException as error:  # noqa: BLE001 - raised by whoever listens
                found.set_exception(error)

    for number in range(min(workers, len(todo))):
        start(work, f"in-turn-{number}")
    try:
        for _, found in todo:
            yield result(found)
    finally:
        with lock:
            deque(waiting, maxlen=0)
