"""The audit trail: how far back it reaches, and how old the API keys in it must be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property

from msgspec import Struct

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import SHOWN_OF_TOKEN, ApiKey, AuditRecord, Service, Unreadable, View

AUDIT_HISTORY = timedelta(days=365)
"""PagerDuty keeps audit records readable for twelve months."""
AUDIT_WINDOW = timedelta(days=31)
"""The longest span that one request for audit records may ask for."""
KEY_TYPE = re.compile(r"api_?(key|token)")
UNKNOWN = "unknown"


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


def article(kind: str) -> str:
    """Return a type of resource as a sentence names one: ``an escalation policy``."""
    if kind == UNKNOWN:
        return "something unknown"
    return f"{'an' if kind[:1] in set('aeio') else 'a'} {kind.replace('_', ' ')}"


def times(count: int) -> str:
    """Return how often, in words."""
    return "once" if count == 1 else f"{count} times"


class ApiKeyUse(ApiKey):
    """One API key and the audit records that show its use, oldest first."""

    def __init__(self, actor_id: str, last4: str, records: list[AuditRecord]) -> None:
        self.records = sorted(records, key=lambda record: record.time)
        actor = self.records[0].actor
        kind = actor.get("type") if actor else None
        self.is_own_actor = str(kind).startswith("api_key")
        """Whether the actor is the key itself, not a person who holds several."""
        super().__init__(actor_id, last4, actor.name if actor else "", is_key=self.is_own_actor)
        self.is_identified = UNKNOWN not in {actor_id, last4}
        self.created: datetime | None = None
        self.unknown: list[MalformedRecordError] = []
        """Why records cannot be read that may show this key at work."""

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
        return dict(sorted(Counter(map(kind_changed, self.records)).items()))

    @property
    def changed_in_words(self) -> str:
        """What it changed, most often first: ``changed a service 3 times, a user once``."""
        counts = sorted(self.changed.items(), key=lambda pair: (-pair[1], pair[0]))
        return f"changed {', '.join(f'{article(kind)} {times(count)}' for kind, count in counts)}"

    def is_overdue(self, as_of: datetime, max_age_days: int) -> bool:
        """Tell whether the key is provably older than allowed, and still in use."""
        limit = as_of - timedelta(days=max_age_days)
        return self.is_identified and self.first_use < limit <= self.last_use


def kind_changed(record: AuditRecord) -> str:
    """Return the type of resource that was changed; ``unknown`` where it cannot be told."""
    try:
        return record.root.read("type", str).removesuffix("_reference")
    except MalformedRecordError:
        return UNKNOWN


def key_uses(records: Iterable[AuditRecord]) -> list[ApiKeyUse | Unreadable]:
    """Return each API key that the records show, with its creation where one shows that.

    A key is an actor and the last characters of the token. PagerDuty may leave out either;
    such records stay together as ``unknown``, and prove nothing about one key. A record that
    cannot be read stands for itself, and leaves open what the keys did that it may be about.
    """
    by_key: dict[tuple[str, str], list[AuditRecord]] = {}
    created: dict[str, datetime] = {}
    broken: list[BrokenUse] = []
    for record in records:
        try:
            _ = record.time
            key = (actor_of(record), token_of(record))
        except MalformedRecordError as error:
            broken.append(BrokenUse.of(record, error))
            continue
        by_key.setdefault(key, []).append(record)
        if is_key_creation(record):
            try:
                created[record.root.id] = record.time
            except MalformedRecordError as error:
                broken.append(BrokenUse(None, None, error, is_creation=True))
    uses = [ApiKeyUse(*key, used) for key, used in sorted(by_key.items())]
    tokens = Counter(use.actor_id for use in uses)
    for use in uses:
        if use.is_own_actor and tokens[use.actor_id] == 1:
            use.created = created.get(use.actor_id)
        use.unknown = [each.error for each in broken if each.may_be(use)]
    known = {use.id for use in uses}
    return [*uses, *{each.id: each.row for each in broken if each.id not in known}.values()]


def actor_of(record: AuditRecord) -> str:
    """Return the id of whoever made a change, or ``unknown``."""
    return record.actor.id if record.actor else UNKNOWN


def token_of(record: AuditRecord) -> str:
    """Return the last characters of the token that was used, or ``unknown``."""
    token = record.truncated_token
    return token[-SHOWN_OF_TOKEN:] if token else UNKNOWN


class BrokenUse(Struct, frozen=True):
    """A record of a key at work that cannot be read, with what can be told of the key."""

    actor: str | None
    token: str | None
    error: MalformedRecordError
    is_creation: bool = False
    """Whether it is only unknown which key it says to be made."""

    @classmethod
    def of(cls, record: AuditRecord, error: MalformedRecordError) -> BrokenUse:
        """Keep what can be read."""

        def known(ask: Callable[[AuditRecord], str]) -> str | None:
            try:
                found = ask(record)
            except MalformedRecordError:
                return None
            return None if found == UNKNOWN else found

        return cls(known(actor_of), known(token_of), error)

    @property
    def id(self) -> str:
        """The id of the key, as far as it can be told."""
        return f"{self.actor or UNKNOWN}:{self.token or UNKNOWN}"

    @property
    def row(self) -> Unreadable:
        """What stands for the record in a report."""
        return Unreadable(ApiKey(self.actor or UNKNOWN, self.token or UNKNOWN), self.error)

    def may_be(self, use: ApiKeyUse) -> bool:
        """Tell whether the record may be about a key."""
        if self.is_creation:
            return use.is_own_actor  # the only keys of which a creation can be told
        actor, _, token = use.id.rpartition(":")
        return self.actor in {None, actor} and self.token in {None, token}


def is_key_creation(record: AuditRecord) -> bool:
    """Tell whether a record says that an API key was made; PagerDuty documents none today."""
    return record.shown("action", str) == "create" and bool(KEY_TYPE.search(kind_changed(record)))


def identity_provider_wrote(records: Iterable[AuditRecord]) -> bool:
    """Tell whether an identity provider changed a user."""
    return any(
        record.method.read_optional("type", str) == "identity_provider"
        and record.root.read("type", str).startswith("user")
        for record in records
    )
