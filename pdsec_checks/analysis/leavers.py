"""Leavers: who of the users is not, or no longer, on the personnel list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from pdsec_checks.resources.roster import RosterFacts, Standing


class PersonnelList(Struct, frozen=True):
    """The list that the users of an account were compared with."""

    facts: RosterFacts
    as_of: Callable[[], datetime]
    """Returns the moment of the account (UTC), or raises why nobody knows it."""

    def has_left(self, standing: Standing) -> bool:
        """Tell whether somebody's last day is over.

        Raises:
            InspectionError: The list has a last day, and nobody knows which day it was.
        """
        return standing.until is not None and standing.until < self.as_of().date()
