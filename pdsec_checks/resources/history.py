"""What happened: audit records, change events, keys at work."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from pdsec_checks.errors import InspectionError, UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.resources.text import printable, quoted
from pdsec_checks.resources.view import UNREAD, View

SHOWN_OF_TOKEN = 4
"""Characters of an API key that PagerDuty shows: its last."""


class AuditRecord(View):
    """One change that PagerDuty wrote down (operationId ``listAuditRecords``)."""

    kind = "audit record"

    @cached_property
    def time(self) -> datetime:
        """When it happened."""
        moment = self.moment("execution_time")
        assert moment is not None  # required, so never null
        return moment

    @property
    def method(self) -> View:
        """How the change came in: browser, API token, identity provider …."""
        return self.part("method")

    @property
    def truncated_token(self) -> str | None:
        """The last characters of the API key that was used, where PagerDuty tells."""
        token: str | None = self.method.read_optional("truncated_token", str | None)
        return token

    @property
    def actor(self) -> View | None:
        """Who did it; None where PagerDuty does not tell."""
        actors: list[Record] | None = self.read_optional("actors", list[dict[str, Any]] | None)
        if not actors:
            return None
        actor = self.view_of("actors", actors[0], f"{self}: actor")
        return actor if actor.shown("id", str) is None else View(actor.record, kept=actor.kept)

    @property
    def root(self) -> View:
        """The resource that was changed."""
        return self.part("root_resource")


class UserChange(AuditRecord):
    """One change of a user that PagerDuty wrote down; it may have given a role."""

    kind = "role_grant"

    @property
    def name(self) -> str:
        """The name of whoever was changed; empty where the record does not say."""
        return self.user.name

    @property
    def user(self) -> View:
        """Whoever was changed, as far as it can be told: errors about the record name them."""
        details = self.get("details")
        named = details.get("resource") if isinstance(details, dict) else None
        known = [each for each in (named, self.get("root_resource")) if isinstance(each, dict)]
        return View(known[0] if known else {})

    @property
    def is_of_user(self) -> bool:
        """Whether it is about a user, not about a part of one, such as a contact method.

        ``details.resource`` names the part; a record without details is about its root.
        """
        about = self.root if self.details is None else self.details.part("resource")
        return about.read_some("type").removesuffix("_reference") == "user"

    @property
    def details(self) -> View | None:
        """What changed; None where PagerDuty does not tell."""
        found: Record | None = self.read_optional("details", dict[str, Any] | None)
        return None if found is None else self.view_of("details", found)

    @property
    def fields(self) -> list[ChangedField]:
        """The fields that changed; nothing where PagerDuty does not show them."""
        if self.details is None or self.details.get("fields") is None:
            return []
        return list(self.details.nested("fields", ChangedField, "a changed field"))

    def __str__(self) -> str:
        user = self.user
        return f"audit record of user {quoted(user.name)} ({printable(str(user.get('id')))})"

    __repr__ = __str__


class ChangedField(View):
    """One field that a change affected, with what it was and what it became."""

    @property
    def field(self) -> str:
        """Which field of the resource it is: ``role``."""
        return self.read_some("name")

    @property
    def value(self) -> str | None:
        """What it became; None where PagerDuty does not tell."""
        value: str | None = self.read_optional("value", str | None)
        return value

    @property
    def before(self) -> str | None:
        """What it was; None where PagerDuty does not tell, or where it was nothing."""
        value: str | None = self.read_optional("before_value", str | None)
        return value


class ChangeEvent(View):
    """One change event (operationId ``listChangeEvents``)."""

    kind = "change_event"

    @property
    def why_unread(self) -> UnavailableError | None:
        """Why it is not known which event the service has whose id stands in its place."""
        why = self.record.get(UNREAD)
        return None if why is None else UnavailableError(**why)

    @property
    def shown_time(self) -> datetime | None:
        """When it happened, in UTC; None where it does not say so."""
        try:
            return self.moment("timestamp", optional=True, absent=True)
        except InspectionError:
            return None

    @property
    def integration_id(self) -> str | None:
        """The integration it came in through, where it names one."""
        integration = self.read_optional("integration", dict[str, Any] | None)
        return self.view_of("integration", integration).read("id", str) if integration else None


class Priority(View):
    """One priority of incidents (operationId ``listPriorities``)."""

    nameless = "a priority"


class Incident(View):
    """One incident (operationId ``listIncidents``)."""

    nameless = "an incident"

    @property
    def priority_id(self) -> str | None:
        """The priority it was given; None when it has none."""
        priority = self.read_optional("priority", dict[str, Any] | None)
        return None if priority is None else self.view_of("priority", priority).id


class ApiKey(View):
    """One API key as far as the audit trail shows it: who uses it and its last characters."""

    kind = "api_key"
    label = "API key"

    def __init__(
        self, actor_id: str, last4: str, actor_name: str = "", *, is_key: bool = False
    ) -> None:
        """Name the key by its last characters and whoever uses it; a key may be its own actor."""
        owner = actor_name or actor_id
        name = actor_name if is_key and actor_name else f"…{last4} of {owner}"
        super().__init__({"id": f"{actor_id}:{last4}", "name": name})
        self.actor_id = actor_id
