"""What can keep an inspection from an answer, each with a hint for the operator."""

from __future__ import annotations

from typing import ClassVar


class InspectionError(Exception):
    """Something could not be judged; never a verdict about the account."""

    hint: str = ""

    def __str__(self) -> str:
        """Return the reason and, on the same line, the way out."""
        reason = super().__str__()
        return f"{reason} ({self.hint})" if self.hint else reason


class UsageError(InspectionError):
    """An option, the environment or a configuration file asks for the impossible."""


class CredentialError(UsageError):
    """No access token is to be had: PagerDuty refuses one, or nobody has logged in."""


class MalformedRecordError(InspectionError):
    """A record lacks a field that PagerDuty documents, or carries another type in it."""


class NotKeptError(InspectionError):
    """A control, or a reader, uses a field that reading drops: our mistake, not PagerDuty's.

    It is no MalformedRecordError: nothing that bears with a broken record bears with this.
    """

    def __init__(self, data_set: str, field: str, file: str) -> None:
        super().__init__(f"the field {field!r} of {data_set} is not kept")
        self.hint = f"add it in {file}"


class InterruptedReadError(InspectionError):
    """Reading was stopped before it was complete."""


class UnavailableError(InspectionError):
    """A collection could not be read, or not to its end.

    Attributes:
        status: The HTTP status that refused it; None when there was no valid answer.
        path: The path that was asked for.
    """

    HINTS: ClassVar[dict[int | None, str]] = {  # numbers: every pytest run imports this module
        401: "check that the credential is valid and belongs to this region",
        402: "the account's plan does not include it",
        403: "use an account-level read-only API key, or grant the scope",
        404: "the feature is off, or the path is retired",
    }

    def __init__(self, path: str, reason: str, status: int | None = None) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.status = status
        self.hint = self.HINTS.get(status, "")

    @property
    def why(self) -> str:
        """The reason and the way out, where the path does not matter."""
        return f"{self.reason} ({self.hint})" if self.hint else self.reason


class UnreachableError(UnavailableError):
    """PagerDuty gave no answer at all: no connection came about, or somebody else answered."""


class NotOnTapeError(UnavailableError):
    """A replay needs a request that was not recorded."""
