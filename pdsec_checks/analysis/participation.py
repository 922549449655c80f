"""Participation: which users have an on-call duty, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.duties import Duty, shifts_of, targets_of, turns_of
from pdsec_checks.errors import InspectionError, MalformedRecordError, NotKeptError
from pdsec_checks.model import Interval
from pdsec_checks.resources import EscalationPolicy, Schedule, User

RESPONDING_ROLES = frozenset({"user", "limited_user", "restricted_access"})
"""The roles that are for people who are called; the others administer, watch or observe."""
SHOWN = 5
"""Duties that the evidence names."""


def is_to_respond(user: User) -> bool:
    """Tell whether a user's role is to respond, and the invitation is accepted.

    Raises:
        MalformedRecordError: Nothing that can be read says otherwise, and one of both cannot be.
    """
    try:
        if user.role not in RESPONDING_ROLES:
            return False
    except MalformedRecordError:
        if user.shown("invitation_sent", bool):
            return False
        raise
    return not user.is_pending


class Participation:
    """Whom policies call by name, and whom schedules do, each person with the places."""

    def __init__(
        self,
        policies: Iterable[EscalationPolicy],
        schedules: Iterable[Schedule],
        window: Interval,
    ) -> None:
        self._places: dict[str, set[str]] = {}
        self._doubts: dict[str, InspectionError] = {}
        """Id → why it is unknown whether a duty of this person is one."""
        self._unknown: list[InspectionError] = []
        """Why it is unknown whose duties others are: they may be anybody's."""
        for policy in policies:
            self._take(policy, targets_of(policy))
        for schedule in schedules:
            self._take(schedule, turns_of(schedule, window))
            self._take(schedule, shifts_of(schedule, window))

    def of(self, user: User) -> list[str]:
        """Return the duties of a user, in order; none: the user takes no part.

        A duty in a policy or a schedule that nobody uses is one.

        Raises:
            InspectionError: None is known, and what cannot be read might be one.
        """
        found = self._places.get(user.id)
        if found:
            return sorted(found)
        if user.id in self._doubts:
            raise self._doubts[user.id]
        if self._unknown:
            raise combined(self._unknown)
        return []

    def _take(self, owner: EscalationPolicy | Schedule, duties: Iterator[Duty]) -> None:
        try:
            for duty in duties:
                self._add(duty, f"{owner}: {duty.where}")
        except NotKeptError:
            raise
        except InspectionError as error:
            self._unknown.append(error)

    def _add(self, duty: Duty, place: str) -> None:
        """Take one more duty in; a reference to somebody who was deleted is nobody."""
        try:
            person, is_nobody, doubt = whose(duty)
        except NotKeptError:
            raise
        except InspectionError as error:
            self._unknown.append(error)
            return
        if doubt is not None:
            self._doubts.setdefault(person, doubt)
        elif not is_nobody:
            self._places.setdefault(person, set()).add(place)


def whose(duty: Duty) -> tuple[str, bool, InspectionError | None]:
    """Return whose duty it is, whether that person was deleted, and why it may be no duty.

    Raises:
        InspectionError: It cannot be told whose it is.
    """
    if duty.person is None:
        assert duty.problem is not None
        raise duty.problem
    person = duty.person.id
    try:
        return person, duty.person.deleted_on is not None, duty.problem
    except MalformedRecordError as error:
        return person, False, error


def first_of(duties: list[str]) -> list[str]:
    """Return the first of many duties, and how many more there are."""
    more = [f"and {len(duties) - SHOWN} more"] if len(duties) > SHOWN else []
    return [*duties[:SHOWN], *more]


def teams_of(user: User) -> list[str]:
    """Return the teams of a user by name, else id, as far as they can be read."""
    try:
        teams = user.teams
    except MalformedRecordError:
        return []
    return sorted(each.name or each.shown("id", str) or "unknown" for each in teams)
