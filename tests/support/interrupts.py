"""Ctrl-C that wakes nobody: it comes just before a sleep, or to another than the main thread."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.support.processes import until

A_WHILE = 60
"""Seconds after which whoever looks up has done so, on any machine."""


@contextmanager
def unnoticed_ctrl_c(when: Callable[[], bool]) -> Iterator[None]:
    """Press Ctrl-C in the block once something is true: who sleeps sees it when they look up.

    Where nobody does, a signal that ends the sleep comes after a while, and the test has failed.
    """
    ended, rescued = threading.Event(), threading.Event()

    def press() -> None:
        try:
            until(lambda: ended.is_set() or when())
            if not ended.is_set():
                _thread.interrupt_main()
        finally:
            if not ended.wait(A_WHILE):
                rescued.set()
                os.kill(os.getpid(), signal.SIGINT)

    # whoever started the tests may have them ignore it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pressing = threading.Thread(target=press, daemon=True)
    try:
        pressing.start()
        yield
    finally:
        ended.set()
        with suppress(KeyboardInterrupt):  # it was pressed as the block ended
            pressing.join()
        signal.signal(signal.SIGINT, before)
        assert not rescued.is_set(), "nobody looked up"
