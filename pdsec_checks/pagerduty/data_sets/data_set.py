"""What one data set is, and what its reader may use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record, moment_text
from pdsec_checks.pagerduty.data_sets.source import Source


@dataclass(frozen=True)
class Reading:
    """What a reader may use: its source, the moment, the thresholds and other data sets."""

    source: Source
    as_of: datetime
    baseline: Baseline
    records: Callable[[str], list[Any]]
    """Returns another data set, waiting for it; raises UnavailableError like its reader."""
    planned: frozenset[str] = frozenset()
    """The data sets that this run reads."""

    @property
    def coverage_window(self) -> dict[str, str]:
        """The query parameters of the coverage window."""
        until = self.as_of + timedelta(days=self.baseline.schedule_coverage_days)
        span = {"since": moment_text(self.as_of), "until": moment_text(until)}
        return {**span, "time_zone": "UTC"}


def path_of(collection: str, record: Record) -> str:
    """Return the path of one record.

    Raises:
        UnavailableError: Its id would lead elsewhere; PagerDuty's ids are letters and digits.
    """
    if not re.fullmatch(r"[\w-]+", record["id"], re.ASCII):
        raise UnavailableError(collection, f"the id {record['id'][:40]!r} fits into no path")
    return f"{collection}/{record['id']}"


def object_at(reading: Reading, path: str, key: str, **params: Any) -> Record:
    """Return the object *key* of one answer.

    Raises:
        UnavailableError: The answer has none.
    """
    found = reading.source.get(path, **params).get(key)
    if not isinstance(found, dict):
        raise UnavailableError(path, f"the answer has no object {key!r}")
    return found


def why_unread(error: UnavailableError) -> Record:
    """Return why the rest of a record is missing, for its key ``UNREAD``."""
    return {"path": error.path, "reason": error.reason, "status": error.status}


@dataclass(frozen=True)
class DataSet:
    """One thing that is read: where from, with which scopes, after which others."""

    name: str
    path: str
    scopes: tuple[str, ...]
    read: Callable[[Reading], list[Any]]
    after: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    """Data sets whose records save it requests, where they are read anyway."""
    is_chain: bool = False
    """Whether its requests follow one another, so that it must start early to end early."""
