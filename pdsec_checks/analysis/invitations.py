"""Open invitations: since when somebody has been invited, as far as licences show it.

PagerDuty does not say when a user was invited. Whoever is invited gets a licence; one that was
moved later makes the invitation look younger than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import LicenseAllocation, User


class Licence(Struct, frozen=True):
    """What the allocations of licences show of one user."""

    allocations: Sequence[LicenseAllocation]
    """The user's own, and those of which nobody can tell whose they are."""

    @property
    def since(self) -> datetime | None:
        """The earliest moment at which the user surely had one; None where none is shown."""
        return min(filter(None, map(moment_of, self.allocations)), default=None)

    def was_there_before(self, moment: datetime) -> bool:
        """Tell whether the user had one before *moment*.

        Raises:
            MalformedRecordError: None that can be read says so, and one cannot be.
        """
        return any_known(self.allocations, lambda each: bool(each.user_id) and each.since < moment)


def licence_of(user: User, allocations: Iterable[LicenseAllocation]) -> Licence:
    """Return what *allocations* show of a user."""
    return Licence([each for each in allocations if may_be_of(user, each)])


def may_be_of(user: User, allocation: LicenseAllocation) -> bool:
    """Tell whether an allocation is a user's, or may be."""
    try:
        return allocation.user_id == user.id
    except MalformedRecordError:
        return True


def moment_of(allocation: LicenseAllocation) -> datetime | None:
    """Return since when an allocation is; None where it does not say that, or whose it is."""
    try:
        return allocation.since if allocation.user_id else None
    except MalformedRecordError:
        return None
