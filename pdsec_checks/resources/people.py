"""People: users, how they are reached, and who is on call."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property
from typing import Annotated

from msgspec import Meta

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources.domains import normal
from pdsec_checks.resources.text import printable
from pdsec_checks.resources.view import View

ROLES = frozenset(
    {
        "admin",
        "limited_user",
        "observer",
        "owner",
        "read_only_limited_user",
        "read_only_user",
        "restricted_access",
        "user",
    }
)
PRIVILEGED_ROLES = frozenset({"owner", "admin"})
KNOWN_ROLES = ROLES | {"manager", "observer", "responder"}
"""Base roles, and those in a team, which give nothing beyond it."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
URGENCIES = frozenset({"high", "low"})
ASSIGNMENT = "assignment_notification_rule"
"""The kind of notification rule that an assignment starts; others tell of hand-overs."""
NotNegative = Annotated[int, Meta(ge=0)]
STAKEHOLDER_ROLES = frozenset({"read_only_user", "read_only_limited_user"})


def is_role_field(name: str) -> bool:
    """Tell whether an audit record says by a field what somebody may do."""
    return name.casefold() == "role" or name.casefold().endswith("_role")


class User(View):
    """One user with contact methods and notification rules (operationId ``listUsers``)."""

    kind = "user"

    @cached_property
    def role(self) -> str:
        """The base role, for instance ``owner``, ``admin`` or ``read_only_user``."""
        return self.read_one_of("role", ROLES)

    @property
    def email_domain(self) -> str:
        """The domain of the mail address, as domains are compared.

        Raises:
            MalformedRecordError: There is no address, or it has no domain; the message never
                repeats it.
        """
        local, _, domain = self.read("email", str).rpartition("@")
        if not local or not normal(domain):
            raise MalformedRecordError(f"{self} has no well-formed mail address")
        return normal(domain)

    @property
    def is_stakeholder(self) -> bool:
        """Whether the role only watches; such a user cannot be on call."""
        return self.role in STAKEHOLDER_ROLES

    @property
    def is_pending(self) -> bool:
        """Whether the invitation is still open, so that the user never logged in."""
        return self.read("invitation_sent", bool)

    @property
    def created_via_sso(self) -> bool | None:
        """None where PagerDuty does not say."""
        value: bool | None = self.read_optional("created_via_sso", bool | None)
        return value

    @property
    def teams(self) -> list[View]:
        """The teams the user belongs to."""
        return list(self.nested("teams"))

    @property
    def contact_methods(self) -> list[ContactMethod]:
        """All ways to reach the user."""
        return list(self.nested("contact_methods", ContactMethod, "a contact method"))

    @property
    def notification_rules(self) -> list[NotificationRule]:
        """The user's own notification rules."""
        return list(self.nested("notification_rules", NotificationRule, "a notification rule"))


class Reference(View):
    """Whom a policy, a schedule or an on-call row names: an address, mostly without details.

    PagerDuty leaves people who were off-boarded in policies and schedules as references that
    carry ``deleted_at``. The official document does not say so; independent clients have seen it.
    """

    @property
    def is_schedule(self) -> bool:
        """Whether it surely names a schedule, of either kind, and no person."""
        return str(self.record.get("type")).startswith("schedule")

    @cached_property
    def deleted_on(self) -> str | None:
        """The day on which PagerDuty deleted it, as far as it says; None for who is there."""
        value = self.read_if_any("deleted_at", str)
        if value is None:
            return None
        found = DAY.match(value)
        return found[0] if found else "an unknown day"


class ContactMethod(View):
    """One way to reach a user."""

    @property
    def type(self) -> str:
        """For instance ``phone_contact_method``; never a bare reference.

        Raises:
            MalformedRecordError: PagerDuty answered with a reference, which says nothing
                about whether the method works.
        """
        kind = self.read("type", str)
        if self.is_reference:
            raise MalformedRecordError(f"{self} came back without its details")
        if not kind.endswith("_contact_method"):
            raise MalformedRecordError(f"{self} is of an unknown kind: {printable(kind)!r}")
        return kind

    @property
    def base_type(self) -> str:
        """The same, of a bare reference too."""
        return self.read("type", str).removesuffix("_reference")

    @property
    def is_usable(self) -> bool:
        """Whether PagerDuty can page somebody through it; e-mail wakes nobody."""
        return self.type != "email_contact_method" and self.is_switched_on

    @property
    def is_switched_on(self) -> bool:
        """Whether it is neither disabled nor blocked; a field that is not there says neither."""
        enabled = self.read_optional("enabled", bool, default=True)
        return bool(enabled) and not self.read_optional("blacklisted", bool, default=False)


class NotificationRule(View):
    """One rule of a user: which urgency goes to which contact method."""

    @property
    def urgency(self) -> str:
        """``high`` or ``low``."""
        return self.read_one_of("urgency", URGENCIES)

    @property
    def is_for_assignments(self) -> bool:
        """Whether an assignment starts it, not a hand-over; one without a type does."""
        kind: str = self.read_optional("type", str, default=ASSIGNMENT)
        return kind.removesuffix("_reference") == ASSIGNMENT

    @property
    def delay(self) -> int:
        """Minutes from the assignment to the notification."""
        return self.read("start_delay_in_minutes", NotNegative)

    @property
    def contact_method_id(self) -> str | None:
        """None when the rule has no contact method."""
        method = self.read_if_any("contact_method", dict)
        return None if method is None else self.id_of("contact_method", method, self)


class OnCall(View):
    """One row of who is on call now (operationId ``listOnCalls``); rows have no id."""

    nameless = "an on-call entry"

    @property
    def user(self) -> OnCallUser:
        """The user as a reference: id, name, and whether the user was deleted.

        Raises:
            MalformedRecordError: The row names nobody, or somebody without an id.
        """
        where = self.part("user")
        where.read("id", str)  # named by the row, until it is known whom it names
        return OnCallUser(where.record, kept=where.kept)

    @property
    def owner(self) -> View | None:
        """What the row belongs to: its policy, else its schedule; None where it names neither."""
        for kind in ("escalation_policy", "schedule"):
            owner = View(self.shown(kind, dict) or {}, kept=self.kept.part(kind))
            if isinstance(owner.get("id"), str):
                owner.kind = kind  # type: ignore[misc]  # a reference may be of either kind
                return owner
        return None


class OnCallUser(Reference):
    """A user as an on-call row names one."""

    kind = User.kind


class LicenseAllocation(View):
    """Since when one user has a licence (operationId ``listLicenseAllocations``); it has no id."""

    nameless = "a licence allocation"

    @property
    def user_id(self) -> str:
        """Whose licence it is."""
        return self.part("user").read_some("id")

    @property
    def since(self) -> datetime:
        """When the user got it."""
        moment = self.moment("allocated_at")
        assert moment is not None  # required, so never null
        return moment


DELEGATION_TYPES = frozenset({"integration", "mobile", "web"})
DELEGATION_STATUSES = frozenset({"issued", "revoked"})


class OAuthDelegation(View):
    """One access that a user gave to a client (operationId ``listUserDelegations``)."""

    nameless = "an OAuth delegation"

    @property
    def client_id(self) -> str:
        """The client that acts with the user's rights."""
        return self.read_some("client_id")

    @property
    def is_in_force(self) -> bool:
        """Whether a third party holds it now, as was asked for.

        PagerDuty's document declares ``delegation_type``; its example has ``type`` instead.
        """
        name = "delegation_type" if self.may_have("delegation_type") else "type"
        is_integration = self.read_one_of(name, DELEGATION_TYPES) == "integration"
        return is_integration and self.read_one_of("status", DELEGATION_STATUSES) == "issued"


class OAuthLookup(View):
    """What asking for the delegations of one user showed; a reader puts these together."""

    kind = "user"

    @property
    def delegations(self) -> list[OAuthDelegation]:
        """What the user gave access to.

        Raises:
            UnavailableError: PagerDuty refused the look-up.
        """
        found = self.records_in("oauth_delegations")
        return [OAuthDelegation(each, kept=self.kept) for each in found]
