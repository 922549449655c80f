"""Reachability: whether a person hears the page."""

from __future__ import annotations

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import ById, ContactMethod, NotificationRule, User


def has_high_urgency_rule(user: User) -> bool:
    """Tell whether a rule of high urgency leads to a contact method that still exists."""
    existing = ById(user.contact_methods)

    def leads_somewhere(rule: NotificationRule) -> bool:
        if rule.urgency != "high" or rule.contact_method_id is None:
            return False
        return existing.find(rule.contact_method_id) is not None

    return any_known(user.notification_rules, leads_somewhere)


def why_not_notified(user: User) -> str:
    """Return the cause for which a user surely has no rule that leads anywhere."""
    if not user.contact_methods:
        return "no-contact-method"
    has_rule = any(rule.urgency == "high" for rule in user.notification_rules)
    return "dead-rule" if has_rule else "no-rule"


def can_be_reached(user: User) -> bool:
    """Tell whether one contact method can wake the user."""

    def usable(method: ContactMethod) -> bool:
        return method.is_usable

    return any_known(user.contact_methods, usable)


def why_out_of_reach(user: User) -> str:
    """Return the cause for which no contact method of a user can surely wake them."""
    kinds = {method.type for method in user.contact_methods}
    return "blocked-method" if kinds - {"email_contact_method"} else "email-only"


def find_user(users: ById[User], user_id: str) -> User:
    """Return a user by id.

    Raises:
        InspectionError: The user list lacks somebody whom PagerDuty itself names.
    """
    found = users.find(user_id)
    if found is None:
        raise InspectionError(f"user {user_id} is on call, but the user list lacks that user")
    return found
