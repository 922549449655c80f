"""Privileged roles that were given: what audit records of users show of it.

PagerDuty does not document the names of fields in audit records. A field named ``role`` or
``…_role`` counts; a record that does not show what it changed may have given any role.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from pdsec_checks.analysis.coverage import clock
from pdsec_checks.analysis.problem import Problem
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import (
    KNOWN_ROLES,
    PRIVILEGED_ROLES,
    ChangedField,
    UserChange,
    View,
    is_role_field,
    printable,
    quoted,
)

BASE_ROLE = "role"
"""The field without which nobody can tell what a new user may do."""
CREATION, DELETION = "create", "delete"


class Gave(enum.Enum):
    """What a change of one field gave somebody."""

    NOTHING = enum.auto()
    PRIVILEGE = enum.auto()
    UNKNOWN = enum.auto()
    """A role that is not shown, or that nobody knows."""


def may_grant(change: UserChange) -> bool:
    """Tell whether somebody must look at a change: it gave a privileged role, or may have."""
    try:
        return grant_in(change) is not None
    except MalformedRecordError:
        return True  # the control says so


def grant_in(change: UserChange) -> Problem | None:
    """Return what a change gave, as the end of a sentence; None where it gave no privileged role.

    Raises:
        MalformedRecordError: It cannot be read whether it did.
    """
    action = change.read("action", str)
    if action == DELETION or not change.is_of_user:
        return None
    fields = change.fields
    given = privilege_in(fields)
    if given is not None:
        before = f" in place of {printable(given.before)}" if given.before else ""
        role = f"gave the role {printable(str(given.value))}{before}"
        return Problem(f"{role} {how(change)}: show who decided that", "granted")
    if is_shown(action, fields) and Gave.UNKNOWN not in map(gave, fields):
        return None
    return Problem(
        f"does not show what changed {how(change)}: show that it gave no privileged role, or who "
        "decided that",
        "not-shown",
    )


def privilege_in(fields: Iterable[ChangedField]) -> ChangedField | None:
    """Return a field by which a privileged role was given; None where none did.

    Raises:
        MalformedRecordError: None that can be read did, and one cannot be.
    """
    problem: MalformedRecordError | None = None
    for each in fields:
        try:
            if gave(each) is Gave.PRIVILEGE:
                return each
        except MalformedRecordError as error:
            problem = error
    if problem:
        raise problem
    return None


def gave(field: ChangedField) -> Gave:
    """Return what a change of one field gave; a role that stays as it was gave nothing."""
    if not is_role_field(field.field):
        return Gave.NOTHING
    before, value = normal(field.before), normal(field.value)
    if value in PRIVILEGED_ROLES:
        return Gave.NOTHING if before == value else Gave.PRIVILEGE
    return Gave.NOTHING if value in KNOWN_ROLES else Gave.UNKNOWN


def is_shown(action: str, fields: Iterable[ChangedField]) -> bool:
    """Tell whether a record shows what changed; that of a new user shows the base role."""
    names = {normal(each.field) for each in fields}
    return BASE_ROLE in names if action == CREATION else bool(names)


def normal(text: str | None) -> str | None:
    """Return a role, or the name of a field, as they are compared: without regard to case."""
    return text and text.casefold()


def how(change: UserChange) -> str:
    """Return when, by whom and in which way a change was made, in words."""
    method = printable(change.method.read("type", str))
    return f"on {clock(change.time)}, by {called(change.actor)}, method {method}"


def called(person: View | None) -> str:
    """Return how messages call somebody whom an audit record names, or does not name."""
    if person is None:
        return "somebody whom it does not name"
    return f"{quoted(person.name)} ({printable(str(person.get('id')))})"


def grant_as_evidence(change: UserChange) -> dict[str, object]:
    """Return who gave a role to whom, when and in which way, as plain JSON.

    Raises:
        MalformedRecordError: The record does not say it.
    """
    given = privilege_in(change.fields)
    return {
        "role": given and given.value,
        "role_before": given and given.before,
        "who": called(change.actor),
        "whom": called(change.user),
        "when": clock(change.time),
        "method": change.method.read("type", str),
    }
