"""Lets Python look for garbage less often: a run keeps nearly all that it makes."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rarely_searched(new_objects: int, *, from_now_on: bool = True) -> Iterator[None]:
    """Have the block's garbage looked for only when there are so many *new_objects* more.

    Python's own figure is 700 to 2,000; one that is greater than ours stays, and so does a
    collector that somebody switched off. What is there already is not looked at *from_now_on*.
    """
    before = gc.get_threshold()
    if not before[0]:
        yield
        return
    if from_now_on:
        gc.freeze()
    gc.set_threshold(max(new_objects, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if from_now_on:
            gc.unfreeze()


def leave_out() -> None:
    """Leave out of further searches what is there now, until the block ends."""
    if gc.get_threshold()[0]:
        gc.freeze()


def never_searched_at_exit() -> None:
    """Let the process end without taking apart what it still holds; its memory goes back as one.

    To walk through what a large account leaves takes half a second. That is for the program: a
    process that only calls us may hold what has to be closed.
    """
    atexit.register(gc.freeze)
