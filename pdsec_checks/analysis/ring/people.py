"""How long after an assignment a person is rung, and why somebody is never rung."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress

from msgspec import Struct

from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.errors import InspectionError, MalformedRecordError, NotKeptError
from pdsec_checks.resources import STAKEHOLDER_ROLES, ContactMethod, NotificationRule, User

TYPES = {
    "phone": "phone_contact_method",
    "sms": "sms_contact_method",
    "push": "push_notification_contact_method",
    "whatsapp": "whatsapp_contact_method",
}
"""Short name of a way to ring somebody → the type of contact method."""
SAID_BY_RULES = frozenset({"urgency", "contact_method"})
"""What a rule must say one of to be more than its address."""


def ring_methods(names: Iterable[str]) -> frozenset[str]:
    """Return the types of contact methods that ring, by their short or their own names."""
    return frozenset(TYPES.get(name, name) for name in names)


class Reach(Struct, frozen=True):
    """Minutes from an assignment to the first ring: at best, and at worst.

    They differ where the API does not show what decides. :data:`NEVER` for a silent person.
    """

    best: float
    worst: float
    why_silent: str = ""
    """Why nothing rings at best, as the end of a sentence about the person; empty where it does."""
    doubt: InspectionError | None = None
    """Why the two differ."""


def reach_of(user: User, ring_methods: Collection[str]) -> Reach:
    """Return when a user is rung, by methods of the types *ring_methods*.

    Pending users and stakeholders are silent whatever their rules say.
    """
    try:
        reason = why_never(user)
    except NotKeptError:
        raise
    except InspectionError as error:
        found = reach_by_rules(user, ring_methods)
        return Reach(found.best, NEVER, found.why_silent, error if found.best < NEVER else None)
    return Reach(NEVER, NEVER, reason) if reason else reach_by_rules(user, ring_methods)


def why_never(user: User) -> str:
    """Return why no rule of a user counts; empty where they do.

    Raises:
        MalformedRecordError: The user does not say.
    """
    try:
        if user.is_pending:
            return "has not accepted the invitation"
    except MalformedRecordError:
        if user.shown("role", str) not in STAKEHOLDER_ROLES:
            raise
    return f"is a stakeholder ({user.role})" if user.is_stakeholder else ""


def reach_by_rules(user: User, ring_methods: Collection[str]) -> Reach:
    """Return when a user is rung by the rules for incidents of high urgency."""
    try:
        methods, nameless = methods_of(user)
        rules = user.notification_rules
    except NotKeptError:
        raise
    except InspectionError as error:
        return Reach(0, NEVER, doubt=error)
    best = worst = NEVER
    doubt: InspectionError | None = None
    for rule in rules:
        found = reach_by(rule, methods, nameless, ring_methods)
        best, worst = min(best, found.best), min(worst, found.worst)
        doubt = doubt or found.doubt
    if best == NEVER:
        return Reach(NEVER, NEVER, why_silent(rules, methods))
    return Reach(best, worst, doubt=doubt if best < worst else None)


def methods_of(
    user: User,
) -> tuple[Mapping[str, ContactMethod], MalformedRecordError | None]:
    """Return the contact methods of a user by id, and why one has none, which may be any.

    Raises:
        MalformedRecordError: The user has no list of them.
    """
    found: dict[str, ContactMethod] = {}
    nameless: MalformedRecordError | None = None
    for method in user.contact_methods:
        try:
            found[method.id] = method
        except MalformedRecordError as error:
            nameless = error
    return found, nameless


def reach_by(
    rule: NotificationRule,
    methods: Mapping[str, ContactMethod],
    nameless: MalformedRecordError | None,
    ring_methods: Collection[str],
) -> Reach:
    """Return when one rule rings; a part that cannot be read is taken both ways."""
    doubts: list[InspectionError] = []
    delay: float = 0
    if (nothing := hollow(rule)) is not None:
        may_be = may_ring(methods, nameless, ring_methods)
        return Reach(delay, NEVER, doubt=nothing) if may_be else Reach(NEVER, NEVER)
    try:
        delay = rule.delay
    except MalformedRecordError as error:
        doubts.append(error)
    try:
        if not rule.is_for_assignments or rule.urgency != "high":
            return Reach(NEVER, NEVER)
    except MalformedRecordError as error:
        doubts.append(error)
    try:
        if not rings(rule.contact_method_id, methods, nameless, ring_methods):
            return Reach(NEVER, NEVER)
    except MalformedRecordError as error:
        if not may_ring(methods, nameless, ring_methods):
            return Reach(NEVER, NEVER)
        doubts.append(error)
    return Reach(delay, NEVER, doubt=doubts[0]) if doubts else Reach(delay, delay)


def hollow(rule: NotificationRule) -> MalformedRecordError | None:
    """Return why a rule says nothing: it came back without its details; None for one that does."""
    if rule.is_reference or not rule.record.keys() & SAID_BY_RULES:
        return MalformedRecordError(f"{rule} came back without its details")
    return None


def rings(
    method_id: str | None,
    methods: Mapping[str, ContactMethod],
    nameless: MalformedRecordError | None,
    ring_methods: Collection[str],
) -> bool:
    """Tell whether a contact method rings.

    Raises:
        MalformedRecordError: Nobody can tell.
    """
    if method_id is None:
        return False
    if method_id not in methods:
        if nameless:
            raise nameless
        return False
    method = methods[method_id]
    return method.base_type in ring_methods and method.is_switched_on


def may_ring(
    methods: Mapping[str, ContactMethod],
    nameless: MalformedRecordError | None,
    ring_methods: Collection[str],
) -> bool:
    """Tell whether a rule may ring that does not say by which contact method: by one of them."""
    try:
        return nameless is not None or any(
            rings(each, methods, nameless, ring_methods) for each in methods
        )
    except MalformedRecordError:
        return True


def why_silent(rules: Iterable[NotificationRule], methods: Mapping[str, ContactMethod]) -> str:
    """Return why rules of which none rings do not: the end of a sentence about their user."""
    wanted = list(rules_for_high(rules))
    kinds = set(kinds_of(wanted, methods))
    if not wanted:
        return "has no notification rule for high urgency"
    if not kinds:
        return "has no notification rule for high urgency with a contact method that exists"
    if kinds == {"email_contact_method"}:
        return "is told of high urgency by e-mail only"
    return "has no notification rule for high urgency whose contact method rings"


def rules_for_high(rules: Iterable[NotificationRule]) -> Iterator[NotificationRule]:
    """Yield the rules that an assignment of high urgency starts, as far as they can be read."""
    for rule in rules:
        with suppress(MalformedRecordError):  # it does not ring, or the user would not be silent
            if rule.is_for_assignments and rule.urgency == "high":
                yield rule


def kinds_of(
    rules: Iterable[NotificationRule], methods: Mapping[str, ContactMethod]
) -> Iterator[str]:
    """Yield the type of the method of each rule, as far as it can be read."""
    for rule in rules:
        with suppress(MalformedRecordError):  # it does not ring, or the user would not be silent
            method = methods.get(rule.contact_method_id or "")
            if method is not None:
                yield method.base_type
