"""SIGTERM, and a terminal that is closed, end an inspection as Ctrl-C does: with reports."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from pdsec_checks.suite.workers import SharedFolder

STOPS = [signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)])]
"""What ends a run from outside: a pipeline or Kubernetes, a terminal; Windows has no SIGHUP."""
Handler = Callable[[int, FrameType | None], Any]


def end_like_ctrl_c() -> None:
    """Let the reports of what was judged be written when this process is stopped."""
    on_stop(signal.default_int_handler)


def end_worker() -> None:
    """Let a worker leave what it read: after Ctrl-C, the process that reports stops it as well."""
    on_stop(_interrupt_once)
    if is_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt_once)


def on_stop(handler: Handler) -> None:
    """Let *handler* deal with what stops the process, unless somebody else does.

    What is ignored, as a closed terminal under ``nohup``, stays ignored.
    """
    if is_main_thread():
        for each in STOPS:
            if signal.getsignal(each) is signal.SIG_DFL:
                signal.signal(each, handler)


def is_main_thread() -> bool:
    """Tell whether Python allows signal handlers to be set here."""
    return threading.current_thread() is threading.main_thread()


def let_reports_be_written() -> None:
    """Bear with being stopped once more while reports are written; the next time ends it at once.

    A pipeline that is cancelled sends SIGTERM seconds after Ctrl-C.
    """
    if is_main_thread():
        for each in STOPS:
            if callable(signal.getsignal(each)):  # neither ignored nor left to the system
                signal.signal(each, _bear)


def _bear(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)


def _interrupt_once(_: int, __: FrameType | None) -> NoReturn:
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    raise KeyboardInterrupt


class Workers:
    """What the process that reports does with the workers of xdist when it is stopped.

    *folder* knows them, *is_inspection* tells whether one of them has collected a control:
    somebody else's run ends as it would without us.
    """

    def __init__(self, folder: SharedFolder, is_inspection: Callable[[], bool]) -> None:
        self._folder = folder
        self._is_inspection = is_inspection
        on_stop(self._stop)

    def stop(self) -> None:
        """Tell the workers on this machine to end, and to leave what they read until now."""
        for process in self._folder.workers:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._is_inspection():
            signal.default_int_handler(number, frame)
        self._folder.remove()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
