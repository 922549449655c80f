"""What is certain although a part of the evidence is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct, field

from pdsec_checks.errors import InspectionError, NotKeptError, UnavailableError

T = TypeVar("T")
NAMED = 5
"""Unknown parts that a message names."""


def any_known(items: Iterable[T], holds: Callable[[T], bool]) -> bool:
    """Tell whether *holds* for one of *items*, however many of the others are unreadable.

    Raises:
        InspectionError: It holds for none that can be read, and one cannot be.
        NotKeptError: One cannot be read by our own mistake, whatever the others say.
    """
    unknown: InspectionError | None = None
    for item in items:
        try:
            if holds(item):
                return True
        except NotKeptError:
            raise
        except InspectionError as error:
            unknown = unknown or error
    if unknown:
        raise unknown
    return False


class Guess(Struct):
    """One way to take what is unknown: all of it for the better, or all of it for the worse."""

    for_the_better: bool
    unknown: list[InspectionError] = field(default_factory=list)
    """Why it is unknown."""

    def holds(self, ask: Callable[[], bool]) -> bool:
        """Return what *ask* returns, or the guess where it raises an InspectionError."""
        try:
            return ask()
        except InspectionError as error:
            return self.doubt(error)

    def doubt(self, error: InspectionError) -> bool:
        """Note what is unknown, and return the guess; our own mistake is nothing to guess at."""
        if isinstance(error, NotKeptError):
            raise error
        self.unknown.append(error)
        return self.for_the_better


def certainly(judge: Callable[[Guess], T]) -> T:
    """Return what *judge* says, where it says the same whichever way the unknown is taken.

    Raises:
        InspectionError: It does not; the message names what is unknown.
    """
    worse = Guess(for_the_better=False)
    found = judge(worse)
    if worse.unknown and judge(Guess(for_the_better=True)) != found:
        raise combined(worse.unknown)
    return found


def combined(errors: Iterable[InspectionError]) -> InspectionError:
    """Return one error for several; a list that could not be read explains all the others."""
    found = list(errors)
    for each in found:
        if isinstance(each, UnavailableError):
            return each
    if len({str(each) for each in found}) == 1:
        return found[0]
    texts = list(dict.fromkeys(map(str, found)))
    more = [f"and {len(texts) - NAMED} more"] if len(texts) > NAMED else []
    return InspectionError("; ".join([*texts[:NAMED], *more]))
