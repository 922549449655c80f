"""Reads the chosen data sets of one account, each once, all at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.roster import Roster
from pdsec_checks.configuration.settings import TimeLimit, left_to_read
from pdsec_checks.errors import (
    InspectionError,
    MalformedRecordError,
    NotKeptError,
    UnavailableError,
    unforeseen,
)
from pdsec_checks.pagerduty.arriving import ArrivingSnapshot, Meanwhile
from pdsec_checks.pagerduty.data_sets.data_set import Reading
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure, kept_of, lane, shared_by
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.snapshot import SHAPING, Cost, Snapshot, Unavailable
from pdsec_checks.resources.kept import WHOLE

if TYPE_CHECKING:
    from pdsec_checks.pagerduty.http.client import Client

Progress = Callable[[str, "list[Any] | Unavailable"], None]
A_WHILE = 0.5
"""Seconds in which no data set arrives, after which there is time for other work."""


class ReadingStopped(KeyboardInterrupt):
    """Reading was interrupted.

    Attributes:
        snapshot: What was read until then.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class Telling:
    """Tells what came of each data set, in their order.

    As long as nothing was read, refusals wait: where it stays so, the run ends with one sentence
    that says it for all of them.
    """

    def __init__(self, progress: Progress, data: Mapping[str, list[Any] | Unavailable]) -> None:
        self._progress, self._data = progress, data
        self._waiting: list[str] = []
        self._was_any_read = False

    def of(self, name: str) -> None:
        """Tell it of one data set, or let it wait."""
        self._waiting.append(name)
        self._was_any_read |= isinstance(self._data[name], list)
        if self._was_any_read:
            self.rest()

    def rest(self) -> None:
        """Tell what waits."""
        for name in self._waiting:
            self._progress(name, self._data[name])
        self._waiting.clear()


def now() -> datetime:
    """Return the moment a run reads the account at, in whole seconds UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def read_account(
    client: Client,
    names: Iterable[str],
    as_of: datetime,
    baseline: Baseline,
    *,
    concurrency: int = 10,
    whole: bool = False,
    recorded: Collection[str] = (),
    beside: Iterable[str] = (),
    progress: Progress = lambda _name, _found: None,
    meanwhile: Meanwhile = lambda _arrived: False,
    limit: TimeLimit | None = None,
    roster: Roster | None = None,
) -> Snapshot:
    """Read the data sets *names*. A refused one is kept as the reason why.

    *whole* keeps every field of a record, not only those that the shipped controls read.
    *recorded* are the data sets that a recording holds: it answers the requests that were made
    when all of them were read, and a smaller selection must not ask for others. The data sets
    *beside* are read as well and told to nobody; one that cannot be read is left out, as nothing
    was to be judged by it. What is not read when *limit* is over is left, and says so. While others
    wait for answers, this thread calls *meanwhile* with what has arrived, as often as that has
    something to do.

    Raises:
        ReadingStopped: Ctrl-C; it carries what was read until then.
    """
    as_of = as_of.replace(microsecond=0)  # requests name whole seconds
    started = time.monotonic()
    futures: dict[str, Future[list[Any]]] = {}

    def records(name: str) -> list[Any]:
        return threads.result(futures[name])

    wanted = closure(names)
    further = closure(beside) - wanted
    planned = frozenset(wanted | further | shared_by(wanted | further, recorded))
    kept = {} if whole else kept_of(planned)
    snapshot = Snapshot(as_of, client.base_url)
    snapshot.kept = {name: kept[name] for name in wanted | further if name in kept}
    snapshot.thresholds = {name: getattr(baseline, name) for name in SHAPING}
    telling = Telling(progress, snapshot.data)
    try:
        # In the order of the table, so that whoever waits for another data set finds it started.
        announce(client, planned)
        for name in (name for name in DATA_SETS if name in planned):
            source = Source(client, concurrency, lane(name, planned), kept.get(name, WHOLE))
            reading = Reading(source, as_of, baseline, records, planned, kept, roster)
            futures[name] = threads.start(partial(_read, name, reading), name)
        for name in futures if limit else _in_order(futures, snapshot, wanted, meanwhile):
            future = futures[name]
            if name in wanted:
                snapshot.data[name] = _outcome(name, future, limit)
                telling.of(name)
            elif name in further:
                _add_readable(snapshot, name, future, limit)
    except KeyboardInterrupt:
        client.stop.set()
        raise ReadingStopped(snapshot) from None
    if not all(future.done() for future in futures.values()):
        client.stop.set()  # nobody waits for the rest
        snapshot.late = str(limit)
    if roster is not None:
        snapshot.roster = roster.facts_about(snapshot.data.get("users"), as_of.date())
    traffic = client.traffic
    snapshot.unreachable = not traffic.answered
    if snapshot.refusal is None:
        telling.rest()
    seconds = round(time.monotonic() - started, 3)
    snapshot.requests = Cost(traffic.total, traffic.retries, traffic.rate_limited, seconds)
    return snapshot


def announce(client: Client, planned: Iterable[str]) -> None:
    """Tell *client* what is going to be read, before anybody asks how much room there is."""
    for name in planned:
        client.outlook.open(name, DATA_SETS[name].amount.fixed)


def _read(name: str, reading: Reading) -> list[Any]:
    """Read a data set; nobody waits for requests of it after that."""
    try:
        return DATA_SETS[name].read(reading)
    finally:
        reading.source.client.outlook.close(name)


def _add_readable(
    snapshot: Snapshot, name: str, future: Future[list[Any]], limit: TimeLimit | None
) -> None:
    """Add a data set that nothing is judged by, where it can be read."""
    try:
        found = _outcome(name, future, limit)
    except InspectionError:
        return
    if isinstance(found, list):
        snapshot.data[name] = found


def _in_order(
    futures: Mapping[str, Future[list[Any]]],
    snapshot: Snapshot,
    wanted: Collection[str],
    meanwhile: Meanwhile,
) -> Iterator[str]:
    """Yield each data set in its turn once it was read; let *meanwhile* work where that takes long.

    What arrives there are the *wanted* ones, and never one that could not be read. Findings that
    are made while answers are still held take memory: where these come fast, judging waits.
    """
    arrived = ArrivingSnapshot.of(snapshot, wanted)
    is_quiet = False
    for name, awaited in futures.items():
        while not awaited.done():
            done = {each for each in futures if futures[each].done()}
            readable = {each for each in done & set(wanted) if not futures[each].exception()}
            arrived.take({each: futures[each].result() for each in readable})
            left = [futures[each] for each in futures.keys() - done]
            is_quiet = not threads.wait(left, 0 if is_quiet else A_WHILE, for_first=True)
            if is_quiet and not meanwhile(arrived):
                threads.wait(left, for_first=True)
                is_quiet = False
        yield name


def _outcome(
    name: str, future: Future[list[Any]], limit: TimeLimit | None
) -> list[Any] | Unavailable:
    if not threads.wait([future], left_to_read(limit)):
        return Unavailable(DATA_SETS[name].path, f"not read in time ({limit})")
    try:
        return future.result()
    except UnavailableError as error:
        return Unavailable.because(error)
    except (MalformedRecordError, NotKeptError) as error:
        return Unavailable(DATA_SETS[name].path, str(error))
    except InspectionError:
        raise
    except Exception as error:  # noqa: BLE001 - it costs this data set alone
        return Unavailable(DATA_SETS[name].path, f"reading it broke: {unforeseen(error)}")
