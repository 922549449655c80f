"""What a credential can read, found out with one request to each endpoint; nothing is written."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from pdsec_checks.configuration.credentials import Authorization, Credential
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UnavailableError, UnreachableError
from pdsec_checks.model import Control, Record
from pdsec_checks.pagerduty.access import credential
from pdsec_checks.pagerduty.access.credential import Identity
from pdsec_checks.pagerduty.access.oauth import AccessToken
from pdsec_checks.pagerduty.clocks import skew
from pdsec_checks.pagerduty.data_sets.data_set import Asked, DataSet, span
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.http.client import Client

TOLERATED_SKEW = timedelta(seconds=30)
"""Beyond that, shifts and audit windows begin and end at other moments than we think."""


class Access(enum.StrEnum):
    """What came of the request to one endpoint."""

    READABLE = "readable"
    NOTHING_THERE = "nothing_there"
    """There is no record whose address could be tried, or no such kind of record."""
    FORBIDDEN = "forbidden"
    NOT_IN_PLAN = "not_in_plan"
    FEATURE_OFF = "feature_off"
    REFUSED = "credential_refused"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


BY_STATUS: dict[int | None, Access] = {
    HTTPStatus.UNAUTHORIZED: Access.REFUSED,
    HTTPStatus.PAYMENT_REQUIRED: Access.NOT_IN_PLAN,
    HTTPStatus.FORBIDDEN: Access.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Access.FEATURE_OFF,
}
FINE = frozenset({Access.READABLE, Access.NOTHING_THERE})


@dataclass(frozen=True)
class Probe:
    """The request to one endpoint: what came of it, and which controls hang on that."""

    path: str
    access: Access
    reason: str
    """Why it is not readable; empty when it is."""
    controls: list[str]
    """The controls that need it."""


@dataclass
class Diagnosis:
    """Everything that was found out."""

    base_url: str
    identity: Identity
    kind: str
    """What was given: ``API key``, ``bearer token``, ``OAuth client`` or ``login``."""
    endpoints: list[Probe] = field(default_factory=list)
    missing_scopes: dict[str, list[str]] = field(default_factory=dict)
    """Scope → the controls that it costs."""
    can_write: bool | None = None
    """None when it cannot be told."""
    write_scopes: list[str] = field(default_factory=list)
    skew: timedelta | None = None
    """How far PagerDuty's clock is ahead of ours; None when it named no moment."""
    notice: str | None = None
    """What a user's limited view costs."""
    requests: int = 0

    @property
    def readable(self) -> list[Probe]:
        """The endpoints that answered."""
        return [each for each in self.endpoints if each.access is Access.READABLE]

    @property
    def unreadable(self) -> list[Probe]:
        """The endpoints that did not, and have something to hide."""
        return [each for each in self.endpoints if each.access not in FINE]

    @property
    def is_skewed(self) -> bool:
        """Whether the clocks differ by more than is harmless."""
        return self.skew is not None and abs(self.skew) > TOLERATED_SKEW


def diagnose(
    client: Client,
    authorization: Authorization,
    settings: Settings,
    controls: Sequence[Control],
    now: datetime,
) -> Diagnosis:
    """Ask each endpoint once, one after another, and whom the credential belongs to.

    Nothing is asked a second time, so that the number of requests is known: one for each
    endpoint and one for ``/users/me``.
    """
    client.faults_allowed = client.rate_limits_allowed = 0
    prober = Prober(client, now, controls)
    endpoints = list(prober.probes())
    unknown = Identity("unknown", reason=prober.over)
    identity = unknown if prober.over else credential.identify(client, settings)
    found = Diagnosis(
        settings.reading.base_url, identity, kind_of(authorization, settings), endpoints
    )
    found.missing_scopes = scopes_missing(authorization, endpoints, controls)
    if isinstance(authorization, AccessToken):
        scopes = sorted(authorization.grant.scopes)
        found.write_scopes = [each for each in scopes if each.endswith("write")]
        found.can_write = bool(found.write_scopes) if scopes else None
    found.skew = prober.skew
    found.notice = credential.view_notice(identity, controls) if identity.is_limited else None
    found.requests = client.traffic.total
    return found


def kind_of(authorization: Authorization, settings: Settings) -> str:
    """Return what was given as a credential."""
    if isinstance(authorization, Credential):
        return "API key" if authorization.is_key else "bearer token"
    return "login" if settings.reading.credential is None else "OAuth client"


def scopes_missing(
    authorization: Authorization, endpoints: Sequence[Probe], controls: Sequence[Control]
) -> dict[str, list[str]]:
    """Return the scopes that were not granted, or that an endpoint asked for."""
    asked = {
        scope
        for endpoint in endpoints
        if endpoint.access is Access.FORBIDDEN
        for each in DATA_SETS.values()
        for scope in each.scopes
        if each.path == endpoint.path and scope in endpoint.reason.split()
    }
    missing = asked.union(credential.missing_scopes(authorization, credential.READ_SCOPES))
    return {scope: credential.costs_of_scope(scope, controls) for scope in sorted(missing)}


class Prober:
    """Asks one endpoint after another, and stops where nothing more can come of it."""

    def __init__(self, client: Client, now: datetime, controls: Sequence[Control]) -> None:
        self.client = client
        self.now = now
        self.controls = controls
        self.over = ""
        """Why nothing more is asked; empty as long as there is use in it."""
        self.skew: timedelta | None = None
        self._first: dict[str, Record | None] = {}
        """Path of a list → its first record; None when it has none."""

    def probes(self) -> Iterator[Probe]:
        """Yield what came of each endpoint that controls may need; each is asked once."""
        by_path: dict[str, list[DataSet]] = {}
        for each in DATA_SETS.values():
            by_path.setdefault(each.path, []).append(each)
        for path, data_sets in by_path.items():
            if data_sets[0].asked is not Asked.BY_POST:
                found, reason = self._try(data_sets[0])
                names = {each.name for each in data_sets}
                costs = credential.controls_reading(names, self.controls)
                yield Probe(path, found, reason, costs)

    def _try(self, data_set: DataSet) -> tuple[Access, str]:
        if self.over:
            return Access.NOT_TRIED, self.over
        parent = DATA_SETS[data_set.parent].path if data_set.parent else None
        if parent and parent not in self._first:
            return Access.NOT_TRIED, f"{parent} is not readable"
        if parent and not self._first[parent]:
            return Access.NOTHING_THERE, ""
        try:
            self._ask(data_set, self._first[parent] if parent else None)
        except UnreachableError as error:
            self.over = "PagerDuty cannot be reached"
            return Access.FAILED, error.reason
        except UnavailableError as error:
            return self._refusal(data_set, error)
        return Access.READABLE, ""

    def _ask(self, data_set: DataSet, parent: Record | None) -> None:
        """Send the request, with the id of *parent* where the path takes one."""
        path = data_set.path_of(parent) if parent else data_set.path
        try:
            answer = self.client.get(path, **self._parameters(data_set.asked))
            self._first[data_set.path] = next(_records(answer), None)
        finally:
            if self.skew is None:  # a refusal names its moment as well
                self.skew = skew(self.client.traffic.date, datetime.now(UTC))

    def _parameters(self, asked: Asked) -> dict[str, Any]:
        """Return what limits an answer to one record, of the last day where time counts."""
        if asked is Asked.IN_SPANS:
            return {"limit": 1, **span(self.now - timedelta(days=1), self.now)}
        return {"limit": 1} if asked is Asked.IN_PAGES else {}

    def _refusal(self, data_set: DataSet, error: UnavailableError) -> tuple[Access, str]:
        if data_set.none_if and error.status == data_set.none_if:
            return Access.NOTHING_THERE, ""
        found = BY_STATUS.get(error.status, Access.FAILED)
        if found is Access.REFUSED:
            self.over = "PagerDuty refuses the credential"
        return found, error.reason


def _records(answer: Record) -> Iterator[Record]:
    for value in answer.values():
        if isinstance(value, list):
            yield from (each for each in value if isinstance(each, dict) and "id" in each)
