"""Calls and answers as handlers see them, and the errors that end a call early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus

import msgspec

if TYPE_CHECKING:
    from tests.simulator.account import Account, Directory
    from tests.simulator.auth import Credential

encode = msgspec.json.encode


@dataclass(slots=True)
class Answer:
    """One HTTP answer, ready to be sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


def json_answer(content: Any, status: int = 200) -> Answer:
    """Return *content* as a JSON answer."""
    return Answer(status, encode(content))


class RefusedError(Exception):
    """The call ends with an error in PagerDuty's envelope."""

    def __init__(
        self, status: int, message: str, code: int | None = None, *details: str, **extra: Any
    ) -> None:
        super().__init__(message)
        error: dict[str, Any] = {"message": message}
        if code is not None:
            error["code"] = code
        if details:
            error["errors"] = list(details)
        self.answer = json_answer({"error": error | extra}, status)


def invalid(*details: str) -> RefusedError:
    """Return a 400 for input that PagerDuty does not take."""
    return RefusedError(400, "Invalid Input Provided", 2001, *details)


def not_found(*details: str) -> RefusedError:
    """Return a 404."""
    return RefusedError(404, "Not Found", 2100, *details)


def missing_ability(name: str) -> RefusedError:
    """Return the 402 of an account whose plan lacks a feature."""
    return RefusedError(
        402,
        "Required abilities are unavailable",
        2014,
        f"Your account does not have the {name} ability.",
        missing_abilities=[name],
    )


def forbidden(*details: str) -> RefusedError:
    """Return the 403 of a credential that may not do this."""
    return RefusedError(403, "Access Denied", 2010, *details)


class Query:
    """The parameters of a query string; a key may repeat."""

    def __init__(self, text: str) -> None:
        self.values: dict[str, list[str]] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            self.values.setdefault(name, []).append(value)

    def one(self, name: str) -> str | None:
        """Return the last value of *name*; None when it is not there."""
        return self.values.get(name, [None])[-1]

    def many(self, name: str) -> list[str]:
        """Return every value of the array parameter ``name[]``."""
        return self.values.get(f"{name}[]", [])

    def flag(self, name: str) -> bool:
        """Tell whether *name* is ``true`` or ``1``."""
        return self.one(name) in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        """Return *name* as a natural number.

        Raises:
            RefusedError: It is not one.
        """
        text = self.one(name)
        if text is None:
            return default
        if not text.isdecimal() or len(text) > 9:
            raise invalid(f"{name.capitalize()} must be a non-negative integer.")
        return int(text)

    def moment(self, name: str) -> datetime | None:
        """Return *name* as a moment in UTC; one without an offset is taken as UTC.

        Raises:
            RefusedError: It is no ISO 8601 timestamp.
        """
        text = self.one(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name.capitalize()} is not a valid ISO 8601 timestamp.") from None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    """Those of interest that were sent, by their names in lower case."""
    body: bytes = b""

    @property
    def query(self) -> str:
        """The query string, decoded."""
        return unquote_plus(self.raw_query)

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The parameters of the query by name."""
        return Query(self.raw_query).values


@dataclass(slots=True)
class Call:
    """One request on its way to a handler."""

    request: Received
    parameters: Mapping[str, str]
    """The parts of the path that vary."""
    query: Query
    directory: Directory
    now: datetime
    credential: Credential

    @property
    def account(self) -> Account:
        """The account that is asked."""
        return self.directory.account

    @property
    def includes(self) -> set[str]:
        """What the caller wants in full instead of as references."""
        return set(self.query.many("include"))
