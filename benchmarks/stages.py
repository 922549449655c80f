"""Runs our command and takes the time of its stages.

``python -m benchmarks.stages FILE ARGUMENTS…`` runs ``pagerduty-sec-inspector ARGUMENTS…`` and
writes to FILE what each stage took, as JSON: seconds, and seconds of computing; and what other
threads computed beside them. The clock is a plugin that only looks on.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import cli


def moments() -> tuple[float, float]:
    """Return the wall clock and the processor time of this thread, in seconds.

    Other threads read the account; what they compute is no part of judging it.
    """
    return time.perf_counter(), time.thread_time()


class Clock:
    """Adds up the seconds of each stage of the run that it is a plugin of.

    Reading is part of ``expand``: the cases of a control are known when the account is.
    """

    def __init__(self) -> None:
        names = ("collect", "expand", "judge", "report")
        self.seconds = dict.fromkeys(names, 0.0)
        self.computing = dict.fromkeys(names, 0.0)
        """Seconds of processor time, which hardly change with what else the machine does."""
        self._last = moments()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap as *stage*."""
        now = moments()
        self.seconds[stage] += now[0] - self._last[0]
        self.computing[stage] += now[1] - self._last[1]
        self._last = now

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self) -> Generator[None, Any, Any]:
        """Tell expanding from what came before it."""
        self.lap("collect")
        result = yield
        self.lap("expand")
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        """Tell judging from collecting."""
        self.lap("expand")
        result = yield
        self.lap("judge")
        return result


def main(arguments: Sequence[str]) -> int:
    """Run the command and write down what each stage took; return its exit code."""
    file, *words = arguments
    clock, plain_main = Clock(), pytest.main

    def main_with_clock(args: Any = None, plugins: Sequence[object] | None = None) -> Any:
        return plain_main(args, [*(plugins or ()), clock])

    pytest.main = main_with_clock
    sys.argv[1:] = words  # as the program has them, which ends in another way than a call
    try:
        code = cli.main()
    finally:
        pytest.main = plain_main
    clock.lap("report")
    beside = time.process_time() - time.thread_time()
    laps = {"seconds": clock.seconds, "computing": clock.computing, "beside": beside}
    Path(file).write_text(json.dumps(laps), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
