"""People: who is still there, and whom PagerDuty can page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from msgspec import Struct, field

from pdsec_checks.analysis.certainty import Guess
from pdsec_checks.analysis.problem import Problem
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.resources import ById, Member, Reference, User

UsersById = Callable[[], ById[User]]
"""Returns every user by id, or raises why that list cannot be read."""


class People(Struct, frozen=True):
    """Everybody whom an account names: its users, and those who were deleted."""

    users: UsersById
    deleted: Mapping[str, str] = field(default_factory=dict)
    """Id of each person who was seen as deleted anywhere → the day."""

    def deleted_on(self, person: Reference) -> str | None:
        """Return the day on which a person was deleted; None for who is there, or unknown.

        A reference with a day is nobody. Seen so in one place, a person is gone everywhere,
        unless the user list has them.

        Raises:
            MalformedRecordError: The reference has no id, or no valid day.
        """
        if day := person.deleted_on:
            return day
        day = self.deleted.get(person.id)
        return day if day and person.id not in self._readable() else None

    def _readable(self) -> Mapping[str, User]:
        try:
            return self.users()
        except InspectionError:
            return {}

    def is_there(self, person: Reference) -> bool:
        """Tell whether a person exists.

        Raises:
            InspectionError: Nobody can tell: the user list lacks the person or cannot be read,
                or the reference is malformed.
        """
        if self.deleted_on(person):
            return False
        self._found(person)
        return True

    def shown_as(self, person: Reference) -> User | Reference:
        """Return what is known of a person: the user, or the reference alone."""
        return self._readable().get(person.id, person)

    def why_silent(self, person: Reference) -> Problem | None:
        """Return why PagerDuty cannot page a person; None when it can.

        Raises:
            InspectionError: Nobody can tell.
        """
        if day := self.deleted_on(person):
            return Problem(f"{deleted(person)} was deleted on {day}", "deleted")
        user = self._found(person)
        reason = cannot_respond(user)
        return Problem(f"{user} {reason}", reason.cause) if reason else None

    def _found(self, person: Reference) -> User:
        user = self.users().find(person.id)
        if user is None:
            raise InspectionError(f"user {person.id} is not in the user list, and not deleted")
        return user


def deleted(person: Reference) -> str:
    """Return how messages call somebody who was deleted."""
    return f"deleted user {person.id}"


def cannot_respond(user: User) -> Problem | None:
    """Return why PagerDuty cannot page a user; None when it can.

    Raises:
        MalformedRecordError: A field that decides it could not be read.
    """
    if user.is_pending:
        text = "has not accepted the invitation, so that PagerDuty can only e-mail them"
        return Problem(text, "pending")
    if user.is_stakeholder:
        return Problem(f"is a stakeholder ({user.role})", "stakeholder")
    return None


def deleted_among(references: Iterable[Reference]) -> dict[str, str]:
    """Return the id and the day of each person whom one of *references* shows as deleted.

    A schedule that one reference shows so is gone there alone: only people are gone everywhere.
    """
    found: dict[str, str] = {}
    for each in references:
        try:
            if not each.is_schedule and (day := each.deleted_on):
                found[each.id] = day
        except MalformedRecordError:
            continue  # who uses the reference says so
    return found


def participants(
    members: Iterable[Member], people: People, guess: Guess
) -> tuple[dict[str, Reference], float]:
    """Return who takes turns, by id, and how many they are.

    Deleted people are nobody. *guess* says whether those count who are unknown: each as one
    more person, or as any number where a list of members cannot be read.
    """
    found: dict[str, Reference] = {}
    more = 0.0
    for member in members:
        if member.user is None:
            assert member.problem is not None
            if guess.doubt(member.problem):
                more += math.inf if member.is_many else 1
        elif guess.holds(partial(_takes_turns, member, people)):
            found[member.user.id] = member.user
    return found, len(found) + more


def _takes_turns(member: Member, people: People) -> bool:
    assert member.user is not None
    if not people.is_there(member.user):
        return False
    if member.problem:
        raise member.problem
    return True


def people_as_evidence(
    references: Iterable[Reference], people: People
) -> list[dict[str, str | None]]:
    """Return people as plain JSON: id, name and link, as far as the user list shows them."""
    found = sorted(references, key=lambda person: person.id)
    return [
        {"id": each.id, "name": each.name, "url": each.url}
        for each in (people.shown_as(person) for person in found)
    ]


def named_people(references: Iterable[Reference], people: People) -> str:
    """Return people as a message names them."""
    found = sorted(references, key=lambda person: person.id)
    shown = map(people.shown_as, found)
    return ", ".join(str(User(each.record)) if each.name else f"user {each.id}" for each in shown)
