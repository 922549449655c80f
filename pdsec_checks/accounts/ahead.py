"""Reads accounts ahead of their judgement, several at once, each with its own client and budget."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.judging.controls import Judgeable
from pdsec_checks.model import Severity
from pdsec_checks.pagerduty.arriving import ArrivingSnapshot
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.reading import read
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.reports.same_account import EarlierReports
from pdsec_checks.reports.side_by_side.document import ControlHead


@dataclass(frozen=True)
class Job:
    """One account to inspect."""

    name: str
    settings: Settings
    catalogue: Catalogue
    controls: tuple[Judgeable, ...] = ()
    """Those that its own settings select."""
    problem: str | None = None
    """Why it cannot be read here; None when it can be tried."""
    before: EarlierReports = field(default_factory=EarlierReports)
    """The reports of before that it goes by."""
    heads: Sequence[ControlHead] = ()
    """What the column of an account that cannot be read still names."""
    formats: Sequence[str] = ()
    """Those of its own reports."""
    written: Mapping[str, Severity] = field(default_factory=dict)
    """Every control there is → the severity that it is written with."""


class Silent:
    """Listens and tells nothing: lines of several accounts would mix."""

    def __call__(self, name: str, found: list[Any] | Unavailable) -> None: ...

    def warn(self, text: str) -> None: ...

    def meanwhile(self, arrived: ArrivingSnapshot) -> bool:  # noqa: ARG002
        """Do nothing: other accounts are judged meanwhile."""
        return False

    @contextmanager
    def watching(self, client: Client, names: Collection[str]) -> Iterator[None]:  # noqa: ARG002
        """Watch in silence."""
        yield


class Readers:
    """Reads accounts in threads, up to *at_once* at the same time, in the order of their start."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Job, Future[Snapshot]]] = deque()
        self._reading: dict[str, Future[Snapshot]] = {}

    @classmethod
    def of(cls, jobs: Iterable[Job], at_once: int) -> Readers:
        """Return the readers of *jobs*.

        A replay lets no code of its process open a connection, so where there is one the
        accounts are read one after another.
        """
        return cls(1 if any(job.settings.recording.replay for job in jobs) else at_once)

    def start(self, job: Job) -> None:
        """Begin to read an account as soon as those before it are, unless that was done already."""
        if job.problem is not None or not job.controls or job.name in self._reading:
            return
        self._reading[job.name] = reading = Future[Snapshot]()
        with self._lock:
            self._waiting.append((job, reading))
            has_slot = self._free > 0
            self._free -= has_slot
        if has_slot:
            threads.start(self._read_those_that_wait, f"read-{job.name}")

    def _read_those_that_wait(self) -> None:
        """Read one account after the other: two replays at once would answer for each other."""
        while waiting := self._next():
            job, reading = waiting
            try:
                controls = [each.control for each in job.controls]
                reading.set_result(read(job.settings, Silent(), controls))
            except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
                reading.set_exception(error)

    def _next(self) -> tuple[Job, Future[Snapshot]] | None:
        """Return who has waited longest; nobody, and the slot is free again."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._free += 1
            return None

    def snapshot(self, job: Job) -> Snapshot:
        """Return what was read of an account; it is kept for nobody else.

        Raises:
            InspectionError: Nothing could be read.
        """
        self.start(job)
        return threads.result(self._reading.pop(job.name))
