"""The personnel list as verdicts and reports know it: who is on it, and never an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pdsec_checks.resources.people import User

MARK = "pdsec:roster"
"""Key under which reading notes what the personnel list says of a user; null: nothing."""
Kind = Literal["person", "service"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the personnel list says of one user."""

    entry: int
    """Which of its people, counted from 1."""
    until: date | None
    """The last day on which the person belongs; None where none is set."""
    kind: Kind


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """What a report says of a personnel list."""

    sha256: str
    """That of the file, in hexadecimal digits."""
    people: int
    services: int
    """Accounts on it that are no person's."""
    without_account: int | None = None
    """People on it who belong today and are no user; None where the users are unknown."""


def standing_of(user: User) -> Standing | None:
    """Return what the personnel list says of a user; None where it does not have the address.

    Raises:
        InspectionError: Nobody compared the user with a list, or what was noted is not that.
    """
    found: Standing | None = user.read(MARK, Standing | None)
    return found
