"""The audit trail: how far back it reaches, and how old the API keys in it must be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.resources import ApiKey, AuditRecord, Service, View

AUDIT_HISTORY = timedelta(days=365)
"""PagerDuty keeps audit records readable for twelve months."""
AUDIT_WINDOW = timedelta(days=31)
"""The longest span that one request for audit records may ask for."""
KEY_TYPE = re.compile(r"api_?(key|token)")
UNKNOWN = "unknown"
SHOWN_OF_TOKEN = 4
"""Characters; PagerDuty truncates to as many."""


def provably_older(services: Iterable[Service], moment: datetime) -> bool:
    """Tell whether a service or an integration says that it was created before *moment*.

    What does not say when it was created proves nothing.

    Raises:
        MalformedRecordError: None says so, and one says something that is no moment.
    """

    def is_older(thing: View) -> bool:
        if thing.get("created_at") is None:
            return False
        created = thing.moment("created_at")
        return created is not None and created < moment

    def has_older(service: Service) -> bool:
        return any_known((service, *service.integrations), is_older)

    return any_known(services, has_older)


class ApiKeyUse(ApiKey):
    """One API key and the audit records that show its use, oldest first."""

    def __init__(self, actor_id: str, last4: str, records: list[AuditRecord]) -> None:
        self.records = sorted(records, key=lambda record: record.time)
        actor = self.records[0].actor
        super().__init__(actor_id, last4, actor.name if actor else "")
        kind = actor.get("type") if actor else None
        self.is_own_actor = str(kind).startswith("api_key")
        """Whether the actor is the key itself, not a person who holds several."""
        self.is_identified = UNKNOWN not in {actor_id, last4}
        self.created: datetime | None = None

    @property
    def first_use(self) -> datetime:
        """The first recorded use."""
        return self.records[0].time

    @property
    def last_use(self) -> datetime:
        """The last recorded use."""
        return self.records[-1].time

    @cached_property
    def changed(self) -> dict[str, int]:
        """What it changed: records per type of resource."""
        kinds = (record.root.read("type", str) for record in self.records)
        return dict(sorted(Counter(kind.removesuffix("_reference") for kind in kinds).items()))

    def is_overdue(self, as_of: datetime, max_age_days: int) -> bool:
        """Tell whether the key is provably older than allowed, and still in use."""
        limit = as_of - timedelta(days=max_age_days)
        return self.is_identified and self.first_use < limit <= self.last_use


def key_uses(records: Iterable[AuditRecord]) -> list[ApiKeyUse]:
    """Return each API key that the records show, with its creation where one shows that.

    A key is an actor and the last characters of the token. PagerDuty may leave out either;
    such records stay together as ``unknown``, and prove nothing about one key.
    """
    by_key: dict[tuple[str, str], list[AuditRecord]] = {}
    created: dict[str, datetime] = {}
    for record in records:
        actor = record.actor
        token = record.truncated_token or UNKNOWN
        last4 = token if token == UNKNOWN else token[-SHOWN_OF_TOKEN:]
        key = (actor.id if actor else UNKNOWN, last4)
        by_key.setdefault(key, []).append(record)
        if is_key_creation(record):
            created[record.root.id] = record.time
    uses = [ApiKeyUse(*key, used) for key, used in sorted(by_key.items())]
    tokens = Counter(use.actor_id for use in uses)
    for use in uses:
        if use.is_own_actor and tokens[use.actor_id] == 1:
            use.created = created.get(use.actor_id)
    return uses


def is_key_creation(record: AuditRecord) -> bool:
    """Tell whether a record says that an API key was made; PagerDuty documents none today."""
    return record.read_optional("action", str) == "create" and bool(
        KEY_TYPE.search(record.root.read("type", str))
    )


def identity_provider_wrote(records: Iterable[AuditRecord]) -> bool:
    """Tell whether an identity provider changed a user."""
    return any(
        record.method.read_optional("type", str) == "identity_provider"
        and record.root.read("type", str).startswith("user")
        for record in records
    )
