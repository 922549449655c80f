"""What was read of an account at one moment: each data set's records, or why there are none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.addresses import DOMAIN
from pdsec_checks.errors import UnavailableError
from pdsec_checks.output import PRIVATE, whole
from pdsec_checks.resources import UNREAD, View, web_host
from pdsec_checks.resources.kept import WHOLE, Kept
from pdsec_checks.resources.roster import RosterFacts

V = TypeVar("V", bound=View)

RECORDING = "recording"
"""The source of a snapshot that was not read live."""
SHAPING = (
    "schedule_coverage_days",
    "change_event_days",
    "audit_retention_days",
    "audit_review_days",
)
"""Thresholds that decide what is asked for; they belong to what was read."""
SHAPING_SINCE = frozenset({"audit_review_days"})
"""Those of them that older recordings do not name: they hold nothing that one decided."""
TELLING = ("users", "services", "escalation_policies", "schedules", "teams")
"""The data sets whose records show where the account's web pages are."""

REFUSES_ALL: dict[int | None, str] = {
    HTTPStatus.FORBIDDEN: (
        "the key may read nothing of what the selected controls need (HTTP 403 for every path): "
        "use an account-level read-only API key, or grant the scopes."
    ),
    HTTPStatus.PAYMENT_REQUIRED: (
        "the account's plan includes nothing of what the selected controls need (HTTP 402 for "
        "every path): ask PagerDuty, or whoever manages the subscription, about the REST API."
    ),
}
"""Status → what it says where every path that was asked answered it."""


def nothing_in_time(limit: object) -> str:
    """Return why a run whose time was over before anything was read has no verdict."""
    return f"nothing was read in time ({limit}): allow more time, or read less at once"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why a data set could not be read."""

    path: str
    reason: str
    status: int | None = None
    """The HTTP status that refused it; None when there was no valid answer."""

    @classmethod
    def because(cls, error: UnavailableError) -> Unavailable:
        """Keep what *error* says."""
        return cls(error.path, error.reason, error.status)

    def error(self) -> UnavailableError:
        """Return it as an exception."""
        return UnavailableError(self.path, self.reason, self.status)

    def __str__(self) -> str:
        return str(self.error())


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading cost: requests, and seconds of wall clock."""

    total: int
    retries: int
    rate_limited: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """Which recording an account was read from, or was kept in."""

    run: str | None = None
    """The id (a UUID) of the run that made it; None where an earlier version did."""
    digest: str | None = None
    """The digest of the whole (SHA-256, hexadecimal), which was checked; None where it has none."""
    through: str = ""
    """Through what the API was reached; empty where it was asked at its own address."""


@dataclass(slots=True, repr=False)
class Snapshot:
    """One account at *as_of* (UTC)."""

    as_of: datetime
    base_url: str
    source: str = "live"
    data: dict[str, list[Any] | Unavailable] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    """Data set → what was kept of its records; everything where nothing is said."""
    requests: Cost | None = None
    """What reading cost; None for a replay, where it would change from run to run."""
    unreachable: bool = False
    """Whether PagerDuty never answered at all."""
    late: str | None = None
    """The limit of time by which it was not read to its end; None when it was."""
    thresholds: dict[str, int] = field(default_factory=dict)
    """The ``SHAPING`` thresholds that it was read with."""

    critical_services: tuple[str, ...] | None = None
    """For a replay, the services that count as critical; None: as configured today."""
    roster: RosterFacts | None = None
    """The personnel list that the users were compared with; None where there was none."""
    redacted: bool = False
    """Whether names and addresses are pseudonyms; only ever in a replay."""
    credential: str = ""
    """The kind of credential that it was read with; empty where a recording does not tell."""
    notices: tuple[str, ...] = ()
    """What reports should say about the credential or the recording that it comes from."""
    clock: str = ""
    """Why nothing that counts time can be judged; nothing where the clocks agree."""
    unwritten: str | None = None
    """Why the recording that was asked for could not be written; None when it was."""
    recorded: str | None = None
    """The file that it was recorded in; None when it was not."""
    recording: RecordingFacts | None = None
    """The recording that was replayed, or made; None where neither was."""
    told_host: str | None = None
    """The host of the account's web pages, as something else than the data sets tells it."""

    def __repr__(self) -> str:
        return f"Snapshot({self.as_of.isoformat()}, …)"  # no payload in a traceback

    def baseline(self, wanted: Baseline) -> Baseline:
        """Return the thresholds in force: those wanted, but for what shaped the reading."""
        changes: dict[str, Any] = dict(self.thresholds)
        if self.critical_services is not None:
            changes["critical_services"] = self.critical_services
        return msgspec.structs.replace(wanted, **changes)

    def records(self, name: str) -> list[Any]:
        """Return the records of a data set.

        Raises:
            UnavailableError: It could not be read.
        """
        found = self.data.get(name, Unavailable(name, "was not read"))
        if isinstance(found, Unavailable):
            raise found.error()
        return found

    def views(self, kind: type[V], name: str) -> list[V]:
        """Return the records of a data set as views, which know what was kept of them.

        Raises:
            UnavailableError: It could not be read.
        """
        kept = self.kept.get(name, WHOLE)
        return [kind(record, kept=kept) for record in self.records(name)]

    def has(self, name: str) -> bool:
        """Tell whether a data set was read and is complete."""
        return isinstance(self.data.get(name), list)

    def is_refused(self, name: str) -> bool:
        """Tell whether PagerDuty refused a data set, or a part of it, with a 403."""
        found = self.data[name]
        if isinstance(found, Unavailable):
            return found.status == HTTPStatus.FORBIDDEN
        parts = (record.get(UNREAD) for record in found if isinstance(record, dict))
        return any(part and part["status"] == HTTPStatus.FORBIDDEN for part in parts)

    @property
    def unavailable(self) -> Iterator[tuple[str, Unavailable]]:
        """The data sets that could not be read, by name."""
        for name, found in sorted(self.data.items()):
            if isinstance(found, Unavailable):
                yield name, found

    @property
    def refusal(self) -> str | None:
        """Why nothing at all could be read; None when something could.

        A plan or a key that costs one path says nothing about the others, so both count only
        where several were refused.
        """
        met = [found for _, found in self.unavailable]
        if not met or len(met) < len(self.data):
            return None
        why = met[0].error().why
        if self.late:
            return nothing_in_time(self.late)
        if self.unreachable:
            return f"PagerDuty cannot be reached at {self.base_url}: {why}"
        statuses = {found.status for found in met}
        if statuses == {HTTPStatus.UNAUTHORIZED}:
            return f"PagerDuty refuses the credential: {why}"
        if statuses <= REFUSES_ALL.keys() and len({found.path for found in met}) > 1:
            return " ".join(REFUSES_ALL[each] for each in REFUSES_ALL if each in statuses)
        return None

    @property
    def subdomain(self) -> str | None:
        """The account's name in web addresses."""
        return self.web_host.split(".")[0] if self.web_host else None

    @property
    def web_host(self) -> str | None:
        """The host of the account's web pages: that of the first record that names one."""
        return first_host(self.data.get(name) for name in TELLING) or self.told_host

    def account(self, configured: str | None) -> str:
        """Return by what the account is told from others: the name *configured*, else its own.

        That is its subdomain, with ``.eu`` in the EU, where there may be another of that name. It
        is empty where nobody knows it, or only a pseudonym, which the next recording changes.
        """
        if configured or self.redacted:
            return configured or ""
        return (self.web_host or "").removesuffix(f".{DOMAIN}")

    def write(self, path: Path) -> None:
        """Write the snapshot, whole or not at all, for the other workers of the run.

        Raises:
            FileNotFoundError: The folder that they share is gone.
        """
        plain = {
            "as_of": self.as_of.isoformat(),
            "base_url": self.base_url,
            "source": self.source,
            "requests": asdict(self.requests) if self.requests else None,
            "unreachable": self.unreachable,
            "late": self.late,
            "thresholds": self.thresholds,
            "critical_services": self.critical_services,
            "roster": asdict(self.roster) if self.roster else None,
            "redacted": self.redacted,
            "credential": self.credential,
            "notices": self.notices,
            "clock": self.clock,
            "unwritten": self.unwritten,
            "recorded": self.recorded,
            "recording": asdict(self.recording) if self.recording else None,
            "told_host": self.told_host,
            "kept": {name: [each.fields, each.file] for name, each in self.kept.items()},
            "data": {
                name: {"unavailable": [found.path, found.reason, found.status]}
                if isinstance(found, Unavailable)
                else found
                for name, found in self.data.items()
            },
        }
        with (
            whole(path, mode=PRIVATE, makes_folder=False) as packed,
            gzip.open(packed, "wt", encoding="utf-8", compresslevel=1) as file,
        ):
            json.dump(plain, file)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read what :meth:`write` wrote."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            plain = json.load(file)
        plain["as_of"] = datetime.fromisoformat(plain["as_of"]).astimezone(UTC)
        if plain["critical_services"] is not None:
            plain["critical_services"] = tuple(plain["critical_services"])
        plain["notices"] = tuple(plain["notices"])
        plain["kept"] = {
            name: Kept(fields, name, file) for name, (fields, file) in plain["kept"].items()
        }
        plain["roster"] = RosterFacts(**plain["roster"]) if plain["roster"] else None
        plain["recording"] = RecordingFacts(**plain["recording"]) if plain["recording"] else None
        plain["requests"] = Cost(**plain["requests"]) if plain["requests"] else None
        plain["data"] = {
            name: Unavailable(*found["unavailable"]) if isinstance(found, dict) else found
            for name, found in plain["data"].items()
        }
        return cls(**plain)


def first_host(found: Iterable[list[Any] | Unavailable | None]) -> str | None:
    """Return the host of the web page of the first record that names one."""
    for each in found:
        for record in each if isinstance(each, list) else []:
            if host := web_host(str(record.get("html_url") or "")):
                return host
    return None
