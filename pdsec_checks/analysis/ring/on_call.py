"""Who is on call for services in service, some time in the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pdsec_checks.analysis.ring.callers import Callee, Callers
from pdsec_checks.errors import InspectionError, NotKeptError
from pdsec_checks.resources import (
    ById,
    EscalationPolicy,
    EscalationRule,
    Service,
    Unreadable,
    User,
)

Found = User | Unreadable


def responders(
    services: Iterable[Service | Unreadable], policies: ById[EscalationPolicy], callers: Callers
) -> list[Found]:
    """Return everybody on call for a service in service, and what hides somebody, once each.

    A person whom no user list has stands for themselves, a schedule, policy or service that does
    not say whom it calls for itself. Deleted people are nobody.
    """
    found: dict[tuple[str, str], Found] = {}
    for each in used(services, policies):
        parts = [each] if isinstance(each, Unreadable) else called_by(each, callers)
        for part in parts:
            kind, identity = part.ref.type, part.ref.id
            found.setdefault((kind, identity), part)
    return [found[key] for key in sorted(found)]


def used(
    services: Iterable[Service | Unreadable], policies: ById[EscalationPolicy]
) -> Iterator[EscalationPolicy | Unreadable]:
    """Yield the policies that services in service have; a service that does not say, instead."""
    for service in services:
        if isinstance(service, Unreadable):
            yield service
            continue
        try:
            if service.in_service and (identity := service.escalation_policy_id) is not None:
                policy = policies.find(identity)
                if policy is not None:
                    yield policy
        except NotKeptError:
            raise
        except InspectionError as error:
            yield Unreadable(service, error)


def called_by(policy: EscalationPolicy, callers: Callers) -> Iterator[Found]:
    """Yield whom a policy calls, and what hides somebody."""
    try:
        rules = policy.rules
    except NotKeptError:
        raise
    except InspectionError as error:
        yield Unreadable(policy, error)
        return
    for rule in rules:
        yield from called_on(rule, policy, callers)


def called_on(rule: EscalationRule, policy: EscalationPolicy, callers: Callers) -> Iterator[Found]:
    """Yield whom one level of a policy calls, and what hides somebody."""
    try:
        callees = callers.callees_of(rule)
    except NotKeptError:
        raise
    except InspectionError as error:
        yield Unreadable(policy, error)
        return
    for callee in callees:
        for person in sorted(callee.people - callee.unknown.keys()):
            yield callers.users[person]
        for person, why in callee.unknown.items():
            yield unknown(person, why, callee, policy, callers)


def unknown(
    person: str, why: InspectionError, callee: Callee, policy: EscalationPolicy, callers: Callers
) -> Unreadable:
    """Return what stands for somebody unknown: their id, else the schedule, else the policy."""
    kind, _, identity = person.rpartition(":")
    if kind in {"", "user"}:
        return Unreadable(User({"id": identity}), why)
    schedule = callers.schedules.get(callee.id) if callee.is_schedule else None
    return Unreadable(schedule or policy, why)
