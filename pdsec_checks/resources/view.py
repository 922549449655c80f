"""Typed views of PagerDuty's records.

A view checks a field when it is first read, not before: a record with one broken field
still answers for all the others, so that only the controls that need the field cannot
judge. Fields that the API guarantees are required; those it may omit say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, ClassVar, TypeVar, overload

import msgspec

from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import ACCOUNT, Record, ResourceRef
from pdsec_checks.resources.kept import WHOLE, Kept
from pdsec_checks.resources.text import parse_moment, printable, quoted

T = TypeVar("T")
V = TypeVar("V", bound="View")

UNREAD = "pdsec:unread"
"""Key under which a reader notes why the rest of a record could not be read."""


class View:
    """A lazy, typed view of one record."""

    kind: ClassVar[str] = "record"
    label: ClassVar[str] = ""
    """How messages call it; the kind with spaces unless a subclass says otherwise."""
    nameless: ClassVar[str] = ""
    """How messages call every one of its kind; empty: by its name and its id."""

    def __init__(self, record: Record, where: str = "", kept: Kept = WHOLE) -> None:
        self.record = record
        self.kept = kept
        self._where = where or self.nameless

    @overload
    def read(self, name: str, kind: type[T]) -> T: ...
    @overload
    def read(self, name: str, kind: object) -> Any: ...

    def read(self, name: str, kind: Any) -> Any:
        """Return the field *name*, which must be there and of type *kind*.

        Raises:
            MalformedRecordError: It is missing, or of another type.
            NotKeptError: Nobody can tell whether PagerDuty sent it: reading drops it.
        """
        if name not in self.record:
            if UNREAD in self.record:
                raise UnavailableError(**self.record[UNREAD])
            self.kept.check(name)
            raise MalformedRecordError(f"{self}: PagerDuty sent no field {name!r}")
        try:
            return msgspec.convert(self.record[name], kind)
        except msgspec.ValidationError as error:
            raise MalformedRecordError(f"{self}: field {name!r} is malformed: {error}") from None

    def read_one_of(self, name: str, known: Collection[str]) -> str:
        """Return the field *name*, which must be one of the *known* texts.

        Raises:
            MalformedRecordError: It is missing, or a text that PagerDuty does not document:
                nobody knows what that means for a verdict.
        """
        text = self.read(name, str)
        if text not in known:
            raise MalformedRecordError(f"{self}: field {name!r} is unknown: {printable(text)!r}")
        return text

    def read_optional(self, name: str, kind: Any, default: Any = None) -> Any:
        """Return the field *name*, or *default* when PagerDuty did not send it."""
        if name in self.record:
            return self.read(name, kind)
        self.kept.check(name)
        return default

    def get(self, name: str) -> Any:
        """Return the field *name* as it came, of whatever type; None when it did not come."""
        if name not in self.record:
            self.kept.check(name)
        return self.record.get(name)

    def moment(self, name: str, *, optional: bool = False) -> datetime | None:
        """Return the timestamp in the field *name*; None only for a null that may be there."""
        text: str | None = self.read(name, str | None if optional else str)
        if text is None:
            return None
        try:
            return parse_moment(text)
        except ValueError as error:
            raise MalformedRecordError(f"{self}: field {name!r}: {error}") from None

    def part(self, name: str, where: str = "") -> View:
        """Return a view of the object in the field *name*."""
        return self.view_of(name, self.read(name, dict[str, Any]), where)

    def view_of(self, name: str, record: Record, where: str = "") -> View:
        """Return a view of *record*, which was read from the field *name*."""
        return View(record, where or f"{self}: {name}", self.kept.part(name))

    @overload
    def nested(self, name: str) -> Iterator[View]: ...
    @overload
    def nested(self, name: str, kind: type[V], called: str) -> Iterator[V]: ...

    def nested(self, name: str, kind: Any = None, called: str = "") -> Iterator[Any]:
        """Yield a view of each object in the list *name*; messages say *called* for that."""
        kind = kind or View
        records = self.read(name, list[dict[str, Any]])
        where, kept = f"{self}: {called or name}", self.kept.part(name)
        for record in records:
            yield kind(record, where, kept)

    @property
    def id(self) -> str:
        """PagerDuty's id; readers make sure that every record of a list has one."""
        return self.read("id", str)

    @property
    def name(self) -> str:
        """The display name: ``name``, else ``summary``, else nothing."""
        for key in ("name", "summary"):
            if isinstance(self.record.get(key), str):
                return str(self.record[key])
        return ""

    @property
    def url(self) -> str | None:
        """Where a person sees it in PagerDuty; None when the record does not say."""
        url = self.record.get("html_url")
        return url if isinstance(url, str) and url.startswith("https://") else None

    @property
    def ref(self) -> ResourceRef:
        """The address that reports print."""
        return ResourceRef(self.kind, self.id, self.name, self.url)

    def __str__(self) -> str:
        """Name the record in a message; control characters come out escaped."""
        if self._where:
            return self._where
        label = self.label or self.kind.replace("_", " ")
        return f"{label} {quoted(self.name)} ({printable(str(self.record.get('id')))})"

    __repr__ = __str__  # tracebacks must not print API payloads


class Account(View):
    """The account as a whole; the resource of every control that counts or asks once."""

    kind = ACCOUNT

    def __init__(self, web_host: str | None = None) -> None:
        url = f"https://{web_host}" if web_host else None
        name = (web_host or "").split(".")[0]
        super().__init__({"id": ACCOUNT, "name": name, "html_url": url})

    def __str__(self) -> str:
        return f"account {quoted(self.name)}" if self.name else "the account"

    __repr__ = __str__
