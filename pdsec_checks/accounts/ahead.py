"""Reads accounts ahead of their judgement, several at once, each with its own client and budget."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.judging.controls import Judgeable
from pdsec_checks.model import Severity
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

    @contextmanager
    def watching(self, client: Client, names: Collection[str]) -> Iterator[None]:  # noqa: ARG002
        """Watch in silence."""
        yield


class Readers:
    """Reads accounts in threads, at most *at_once* at the same time."""

    def __init__(self, at_once: int) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        self._reading: dict[str, Future[Snapshot]] = {}

    @classmethod
    def of(cls, jobs: Iterable[Job], at_once: int) -> Readers:
        """Return the readers of *jobs*.

        A replay lets no code of its process open a connection, so where there is one the
        accounts are read one after another.
        """
        return cls(1 if any(job.settings.recording.replay for job in jobs) else at_once)

    def start(self, job: Job) -> None:
        """Begin to read an account as soon as there is a slot, unless that was done already."""
        if job.problem is None and job.controls and job.name not in self._reading:
            self._reading[job.name] = threads.start(lambda: self._read(job), f"read-{job.name}")

    def _read(self, job: Job) -> Snapshot:
        """Read an account in a slot: two replays at once would answer for each other."""
        with self._slots:
            return read(job.settings, Silent(), [each.control for each in job.controls])

    def snapshot(self, job: Job) -> Snapshot:
        """Return what was read of an account; it is kept for nobody else.

        Raises:
            InspectionError: Nothing could be read.
        """
        self.start(job)
        return self._reading.pop(job.name).result()
