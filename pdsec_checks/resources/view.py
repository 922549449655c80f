"""Typed views of PagerDuty's records.

A view checks a field when it is first read, not before: a record with one broken field
still answers for all the others, so that only the controls that need the field cannot
judge. Fields that the API guarantees are required; those it may omit say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar, TypeVar, overload

import msgspec

from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.finding import ResourceRef
from pdsec_checks.model import ACCOUNT, Record
from pdsec_checks.resources.kept import WHOLE, Kept
from pdsec_checks.resources.text import parse_moment, printable, quoted, web_host

T = TypeVar("T")
V = TypeVar("V", bound="View")
UNREAD = "pdsec:unread"
"""Key under which a reader notes why the rest of a record could not be read."""
NO_OBJECT = "pdsec:no-object"
"""Key of a record that stands for an entry of a list that is no object."""
ADDRESS = frozenset({"id", "type", "summary", "self", "html_url"})
"""The fields of a bare reference."""


class View:
    """A lazy, typed view of one record."""

    kind: ClassVar[str] = "record"
    label: ClassVar[str] = ""
    """How messages call it; the kind with spaces unless a subclass says otherwise."""
    nameless: ClassVar[str] = ""
    """How messages call every one of its kind; empty: by its name and its id."""
    # Every check asks for these two; Python 3.11 takes a lock for a ``cached_property``.
    _ref: ResourceRef | None = None
    _called = ""

    def __init__(self, record: Record, where: object = "", kept: Kept = WHOLE) -> None:
        """Look at *record*; messages call it as ``str(where)`` says, where there is one."""
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
        try:
            value = self.record[name]
        except KeyError:
            raise self._lacks(name) from None
        if type(value) is kind:
            return value  # by far the most are, and need no more
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise MalformedRecordError(f"{self}: field {name!r} is malformed: {error}") from None

    def _lacks(self, name: str) -> InspectionError:
        """Return why the field *name* is not there."""
        if UNREAD in self.record and name != "id":  # which the list itself sent, or did not
            return UnavailableError(**self.record[UNREAD])
        if NO_OBJECT in self.record:
            return MalformedRecordError(f"{self} is no object")
        self.kept.check(name)
        if self.is_reference and name not in ADDRESS:
            return MalformedRecordError(f"{self} came back without its details")
        return MalformedRecordError(f"{self}: PagerDuty sent no field {name!r}")

    @property
    def is_reference(self) -> bool:
        """Whether PagerDuty sent only the address."""
        return str(self.record.get("type")).endswith("_reference")

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

    def read_some(self, name: str) -> str:
        """Return the text in the field *name*, which must say something.

        Raises:
            MalformedRecordError: It is missing, no text, or empty.
        """
        text = self.read(name, str)
        if not text:
            raise MalformedRecordError(f"{self}: field {name!r} is empty")
        return text

    def read_optional(self, name: str, kind: Any, default: Any = None) -> Any:
        """Return the field *name*, or *default* when PagerDuty did not send it."""
        return self.read(name, kind) if self.may_have(name) else default

    def may_have(self, name: str) -> bool:
        """Tell whether the field *name* came, or nobody knows, as the record could not be read."""
        record = self.record
        if name in record or NO_OBJECT in record or UNREAD in record:
            return True
        self.kept.check(name)
        return False

    def read_or_null(self, name: str, kind: type[T]) -> T | None:
        """Return the field *name*, which must be there; it may be null.

        Raises:
            MalformedRecordError: It is missing, or of another type.
        """
        value = self.record.get(name)
        return value if type(value) is kind else self.read(name, kind | None)

    def read_if_any(self, name: str, kind: type[T]) -> T | None:
        """Return the field *name*; None where PagerDuty did not send it, or sent a null.

        Raises:
            MalformedRecordError: It is of another type.
        """
        value = self.record.get(name)
        return value if type(value) is kind else self.read_optional(name, kind | None)

    def get(self, name: str) -> Any:
        """Return the field *name* as it came, of whatever type; None when it did not come."""
        if name not in self.record:
            self.kept.check(name)
        return self.record.get(name)

    def shown(self, name: str, kind: Any) -> Any:
        """Return the field *name* for evidence; None where it is missing or malformed."""
        try:
            return self.read(name, kind)
        except (MalformedRecordError, UnavailableError):
            return None

    def moment(self, name: str, *, optional: bool = False, absent: bool = False) -> datetime | None:
        """Return the timestamp in the field *name*, in UTC.

        None only for a null that may be there (*optional*), or a field that may not (*absent*).

        Raises:
            MalformedRecordError: It is missing, or no timestamp.
        """
        text: str | None = self.record.get(name)
        if type(text) is not str:
            kind = str | None if optional else str
            text = self.read_optional(name, kind) if absent else self.read(name, kind)
        if text is None:
            return None
        try:
            return parse_moment(text)
        except ValueError as error:
            raise MalformedRecordError(f"{self}: field {name!r}: {error}") from None

    def part(self, name: str, where: object = "") -> View:
        """Return a view of the object in the field *name*."""
        return self.view_of(name, self.read(name, dict), where)

    def view_of(self, name: str, record: Record, where: object = "") -> View:
        """Return a view of *record*, which was read from the field *name*."""
        return View(record, where or Place(self, name), self.kept.part(name))

    def id_of(self, name: str, record: Record, where: object = "") -> str:
        """Return the id of *record*, which was read from the field *name*.

        Raises:
            MalformedRecordError: It has none.
        """
        found = record.get("id")  # a view is needed only to say what is wrong
        return found if type(found) is str else self.view_of(name, record, where).id

    @overload
    def nested(self, name: str) -> Iterator[View]: ...
    @overload
    def nested(self, name: str, kind: type[V], called: str) -> Iterator[V]: ...

    def nested(self, name: str, kind: Any = None, called: str = "") -> Iterator[Any]:
        """Yield a view of each entry of the list *name*; messages say *called* for that.

        An entry that is no object has no field.
        """
        kind = kind or View
        where, kept = Place(self, called or name), self.kept.part(name)
        for record in self.records_in(name):
            yield kind(record, where, kept)

    def records_in(self, name: str) -> list[Record]:
        """Return the entries of the list *name*; one that is no object costs only itself.

        Raises:
            MalformedRecordError: The field is missing, or no list.
        """
        return [
            each if isinstance(each, dict) else {NO_OBJECT: True} for each in self.read(name, list)
        ]

    def ids_in(self, name: str) -> tuple[set[str], MalformedRecordError | None]:
        """Return the ids of the list *name*, and why not all of them can be told; None if they can.

        No list, a null and an empty list are the same.
        """
        found: set[str] = set()
        problem: MalformedRecordError | None = None
        try:
            entries = list(self.nested(name)) if self.get(name) else []
        except MalformedRecordError as error:
            return found, error
        for entry in entries:
            try:
                found.add(entry.id)
            except MalformedRecordError as error:
                problem = error
        return found, problem

    @property
    def id(self) -> str:
        """PagerDuty's id; readers make sure that every record of a list has one."""
        found = self.record.get("id")  # the field that everybody asks for, again and again
        return found if type(found) is str else self.read("id", str)

    @property
    def name(self) -> str:
        """The display name: ``name``, else ``summary``, else nothing."""
        for key in ("name", "summary"):
            if isinstance(self.record.get(key), str):
                return str(self.record[key])
        return ""

    @property
    def url(self) -> str | None:
        """Where a person sees it in PagerDuty; None when the record does not say, or lies."""
        url = self.record.get("html_url")
        return url if isinstance(url, str) and web_host(url) else None

    @property
    def ref(self) -> ResourceRef:
        """The address that reports print; every control that judges it prints the same."""
        if self._ref is None:
            self._ref = ResourceRef(self.kind, self.id, self.name, self.url)
        return self._ref

    def __str__(self) -> str:
        """Name the record in a message; control characters come out escaped."""
        self._called = self._called or self._in_words()
        return self._called

    __repr__ = __str__  # tracebacks must not print API payloads

    def _in_words(self) -> str:
        if self._where:
            return str(self._where)
        label = self.label or self.kind.replace("_", " ")
        return f"{label} {quoted(self.name)} ({printable(str(self.record.get('id')))})"


class Place:
    """Where a part of a record stands, which is put into words only for a message."""

    __slots__ = ("_owner", "_part")

    def __init__(self, owner: View, part: str) -> None:
        self._owner = owner
        self._part = part

    def __str__(self) -> str:
        return f"{self._owner}: {self._part}"


class ById(dict[str, V]):
    """Records by id, and whether one of the list came without, which might be any."""

    def __init__(self, views: Iterable[V]) -> None:
        super().__init__()
        self.unknown: MalformedRecordError | None = None
        for view in views:
            try:
                self[view.id] = view
            except MalformedRecordError as error:
                self.unknown = error

    def find(self, identity: str) -> V | None:
        """Return the record with an id; None when the list certainly has none.

        Raises:
            MalformedRecordError: A record of the list has no id, and might be this one.
        """
        found = self.get(identity)
        if found is None and self.unknown:
            raise self.unknown
        return found


class Unreadable(View):
    """Stands for a record that cannot be read, with the address of what it belongs to."""

    def __init__(self, owner: View, error: InspectionError) -> None:
        super().__init__(owner.record)
        self.owner = owner
        self.error = error

    @property
    def name(self) -> str:
        """The name of what it belongs to."""
        return self.owner.name

    @property
    def ref(self) -> ResourceRef:
        """The address of what it belongs to."""
        return self.owner.ref

    def __str__(self) -> str:
        return str(self.owner)

    __repr__ = __str__


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
