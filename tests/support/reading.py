"""Reads simulated accounts over HTTP and judges them, without pytest in between."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.configuration.roster import Roster
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.http.budget import RateBudget
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator import Simulator, accounts, run
from tests.support.judged import NOW, inspect

T = TypeVar("T")
Verdicts = dict[tuple[str, str, str], Status]
"""(control, resource type, resource id) → status."""


READABLE = tuple(name for name in DATA_SETS if name != "analytics")
"""What every key may read."""


IS_CI = bool(os.environ.get("CI"))
"""Whether nobody waits for the tests."""
TAKES_LONG = "takes long; CI runs it"
only_in_ci = pytest.mark.skipif(not IS_CI, reason=TAKES_LONG)
"""Marks what takes long, where a quicker test tries the same in the small or without workers."""


def in_ci(*values: object, name: str | None = None) -> ParameterSet:
    """Return a parameter, or a set of them, that takes long."""
    return pytest.param(*values, marks=only_in_ci, id=name)


def left_to_ci(values: Iterable[str], left: Collection[str]) -> list[str | ParameterSet]:
    """Return the values as parameters, of which those *left* take long.

    Raises:
        ValueError: One of these is none of the values.
    """
    names = list(values)
    if unknown := {*left} - {*names}:
        raise ValueError(f"none of {names}: {sorted(unknown)}")
    return [in_ci(each) if each in left else each for each in names]


def alone_and_with(*workers: str) -> pytest.MarkDecorator:
    """Try a test in one process and, as the argument ``workers`` says, with *workers* of xdist."""
    return pytest.mark.parametrize(
        "workers", [(), in_ci(workers)], ids=["one process", "two workers"]
    )


def sampled(values: Sequence[T], few: int) -> Sequence[T]:
    """Return some of the values, evenly spread, or all of them in CI, where nobody waits."""
    return values if IS_CI else spread(values, few)


def spread(values: Sequence[T], few: int) -> Sequence[T]:
    """Return some of the values, evenly spread, or all of them where there are no more."""
    if len(values) <= few:
        return values
    return [values[number * len(values) // few] for number in range(few)]


HUGE = in_ci("huge")
"""The name of the largest account, for parameters."""


HASTE = 20
"""How much faster time passes for those who wait for the rate limit."""


class HurriedBudget(RateBudget):
    """The budget of requests, whose seconds are a twentieth of a second."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(stop, lambda: time.monotonic() * HASTE)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / HASTE)


@dataclass
class Undisturbed:
    """One account as it is: the simulator that serves it, what was read, the verdicts."""

    simulator: Simulator
    snapshot: Snapshot
    verdicts: Verdicts


def read(
    simulator: Simulator,
    names: Iterable[str] = READABLE,
    *,
    tries: int = 1,
    whole: bool = False,
    timeout: float = 120.0,
    budget: type[RateBudget] = RateBudget,
    roster: Roster | None = None,
) -> Snapshot:
    """Read data sets of a running simulator; *tries* bounds what a fault may cost.

    Its clock stands still: two readings, one before and one after a hand-over, would differ.
    """
    assert simulator.clock() == simulator.account.as_of, "serve the account of one moment"
    client = Client(simulator.url, api_key(simulator.api_key), timeout=timeout)
    client.budget = budget(client.stop)
    client.backoff = 0.0
    client.faults_allowed = client.rate_limits_allowed = tries - 1
    return read_account(
        client, names, simulator.account.as_of, Baseline(), whole=whole, roster=roster
    )


@contextlib.contextmanager
def undisturbed(name: str) -> Iterator[Undisturbed]:
    """Serve a named account as it is at one moment, read and judged once."""
    with run(accounts.NAMED[name](NOW)) as simulator:
        snapshot = read(simulator)
        yield Undisturbed(simulator, snapshot, judge(snapshot))


def judge(snapshot: Snapshot, controls: Iterable[str] = shipped_ids()) -> Verdicts:
    """Return the verdict of every case."""
    return {
        (finding.control, finding.resource.type, finding.resource.id): finding.status
        for finding in inspect(snapshot, *controls)
    }
