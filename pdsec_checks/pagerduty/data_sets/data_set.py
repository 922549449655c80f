"""What one data set is, and what its reader may use."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from msgspec import Struct, field

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.roster import Roster
from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record, moment_text
from pdsec_checks.pagerduty.data_sets.amount import Amount
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import UNREAD, View
from pdsec_checks.resources.kept import WHOLE, Fields, Kept

V = TypeVar("V", bound=View)


class Reading(Struct, frozen=True):
    """What a reader may use: its source, the moment, the thresholds and other data sets."""

    source: Source
    as_of: datetime
    baseline: Baseline
    records: Callable[[str], list[Any]]
    """Returns another data set, waiting for it; raises UnavailableError like its reader."""
    planned: frozenset[str] = frozenset()
    """The data sets that this run reads."""
    kept: Mapping[str, Kept] = field(default_factory=dict)
    """Data set → what is kept of its records; everything where nothing is said."""
    roster: Roster | None = None
    """The personnel list that users are compared with."""

    def views(self, kind: type[V], name: str) -> list[V]:
        """Return views of another data set, waiting for it.

        Raises:
            UnavailableError: It could not be read.
        """
        kept = self.kept.get(name, WHOLE)
        return [kind(record, kept=kept) for record in self.records(name)]

    @property
    def coverage_window(self) -> dict[str, str]:
        """The query parameters of the coverage window."""
        until = self.as_of + timedelta(days=self.baseline.schedule_coverage_days)
        return {**span(self.as_of, until), "time_zone": "UTC"}


ID_IN_PATH = "/{id}"
"""Stands in a path for the id of a record of another data set."""


class Asked(enum.Enum):
    """How the first request for a data set limits what is answered."""

    WHOLE = enum.auto()
    """Not at all."""
    IN_PAGES = enum.auto()
    """By a number of records."""
    IN_SPANS = enum.auto()
    """By a number of records, and by time."""
    BY_POST = enum.auto()
    """By a body; everything else is a GET."""


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One thing that is read: where from, with which scopes, how, and what is kept of it."""

    name: str
    path: str
    scopes: tuple[str, ...]
    read: Callable[[Reading], list[Any]]
    kept: Fields
    """What is kept of each record that an answer holds."""
    amount: Amount
    asked: Asked = Asked.IN_PAGES
    after: tuple[str, ...] = ()
    """The data sets that it waits for; the ids in its path are those of the first."""
    shares: tuple[str, ...] = ()
    """Data sets whose records save it requests, where they are read anyway."""
    wider_with: tuple[str, ...] = ()
    """Data sets beside which its requests ask for more fields."""
    is_chain: bool = False
    """Whether its requests follow one another, so that it must start early to end early."""
    is_windowed: bool = False
    """Whether its requests name the coverage window, which limits what is in its records."""
    none_if: HTTPStatus | None = None
    """The refusal by which PagerDuty says that the account has no record of it."""

    @property
    def file(self) -> str:
        """The file, from the top of the checkout, in which it is declared beside its reader."""
        return f"{self.read.__module__.replace('.', '/')}.py"

    @property
    def counts_time(self) -> bool:
        """Whether the answer hangs on the moment at which it was asked for."""
        return self.is_windowed or self.asked is Asked.IN_SPANS

    @property
    def parent(self) -> str | None:
        """The data set whose ids stand in its path; None where no id does."""
        return self.after[0] if ID_IN_PATH in self.path else None

    def path_for(self, record: Record) -> str:
        """Return its path with the id of one record of its parent.

        Raises:
            UnavailableError: The id would lead elsewhere.
        """
        collection, _, rest = self.path.partition(ID_IN_PATH)
        return path_of(collection, record) + rest


def span(since: datetime, until: datetime) -> dict[str, str]:
    """Return the query parameters of a span of time; change events insist on the ``Z``."""
    return {"since": moment_text(since), "until": moment_text(until)}


def path_of(collection: str, record: Record) -> str:
    """Return the path of one record.

    Raises:
        UnavailableError: Its id would lead elsewhere; PagerDuty's ids are letters and digits.
    """
    found = record.get("id")
    if not isinstance(found, str):
        raise UnavailableError(collection, "a record came without an id")
    if not re.fullmatch(r"[\w-]+", found, re.ASCII):
        raise UnavailableError(collection, f"the id {found[:40]!r} cannot be part of a path")
    return f"{collection}/{found}"


def object_at(reading: Reading, path: str, key: str, **params: Any) -> Record:
    """Return the object *key* of one answer.

    Raises:
        UnavailableError: The answer has none.
    """
    found = reading.source.get(path, **params).get(key)
    if not isinstance(found, dict):
        raise UnavailableError(path, f"the answer has no object {key!r}")
    return found


def looked_up(
    reading: Reading, records: Iterable[Record], look_up: Callable[[Record], Record]
) -> list[Record]:
    """Return what *look_up* shows of each of *records*, with its id; several are asked at once.

    The reason stands in the place of what was refused: it costs no other record.
    """

    def found(record: Record) -> Record:
        try:
            return {**look_up(record), "id": record["id"]}
        except UnavailableError as error:
            return {"id": record.get("id"), UNREAD: why_unread(error)}

    todo = list(records)
    reading.source.expect(len(todo))
    return threads.each(found, todo, reading.source.concurrency)


def why_unread(error: UnavailableError) -> Record:
    """Return why the rest of a record is missing, for its key ``UNREAD``."""
    return {"path": error.path, "reason": error.reason, "status": error.status}
