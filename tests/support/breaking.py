"""Breaks one record of an account in every way that PagerDuty's answers may be broken in."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pdsec_checks.model import Record
from pdsec_checks.resources import NO_OBJECT

Path = tuple[str | int, ...]
"""Fields and places in lists that lead into a record; nothing for the record itself."""
WAYS = ("drop", "null", "retype", "misspell")
"""How a field is broken; an entry of a list, and a record, is replaced by something else."""
REPLACEMENTS: dict[str, Any] = {"null": None, "text": "surprise", "empty": {}}
SURPRISE = "surprise"
OTHERS = {"id", "user_id", "truncated_token", "key", "summary", "name"}
"""Fields in which another text stands for another thing, which is nothing broken."""
OTHER_KINDS = {("audit_users", "type")}
"""The same, where what changed is a part of a user, which has whatever type PagerDuty calls it."""
MEANT = {
    # A null, or nothing, says that a shift, a layer or an event does not end.
    ("schedules", "end", "null"),
    ("schedules", "end", "drop"),
    ("shift_schedules", "effective_until", "null"),
    ("shift_schedules", "effective_until", "drop"),
    # The official document leaves out who used which key: a use of a key that nobody knows.
    *[
        ("audit_api_token", field, way)
        for field in ("actors", "truncated_token")
        for way in ("drop", "null")
    ],
    # The rulebook itself says what the absence means.
    ("extensions", "endpoint_url", "drop"),
    ("extensions", "endpoint_url", "null"),
    ("extensions", "config", "drop"),
    ("extensions", "config", "null"),
    ("incident_workflows", "is_enabled", "drop"),
    ("webhook_subscriptions", "active", "drop"),
    ("users", "enabled", "drop"),
    ("users", "blacklisted", "drop"),
}
"""(data set, field, way) of losses that carry a meaning."""
SETTINGS = ("extensions", "config")
"""The data set and the field whose content the connected product defines: any may be missing."""
TELLS_RESOURCES = {"id", "user", "integrations"}
"""Fields by which a resource is known: its own id, who is on call, the list that it stands in."""
LOOK_UPS = ("_dependencies", "_details", "_routers", "_unrouted", "_delegations")
"""The ends of the names of data sets whose records are look-ups of others."""
MADE_BY_READERS: set[Path] = {(), ("id",), ("relationships",), ("oauth_delegations",)}
"""What a look-up holds besides what PagerDuty answered: a reader puts it together."""


@dataclass(frozen=True)
class Break:
    """One way to break one record of a data set."""

    name: str
    """The data set."""
    number: int
    """The place of the record in it."""
    path: Path
    way: str

    @property
    def field(self) -> str:
        """The field that is broken, or in whose list an entry is; nothing for a whole record."""
        return next((each for each in reversed(self.path) if isinstance(each, str)), "")

    @property
    def may_lose_rows(self) -> bool:
        """Whether nobody can name a resource any more: an error of its owner stands for it."""
        return self.path == () or isinstance(self.path[-1], int) or self.field in TELLS_RESOURCES

    @property
    def loses_identity(self) -> bool:
        """Whether nobody can tell any more which record of the data set it is."""
        return self.path in {(), ("id",)}

    def applied_to(self, records: list[Record]) -> list[Record]:
        """Return the data set with the broken record."""
        return [*records[: self.number], self._broken(records), *records[self.number + 1 :]]

    def _broken(self, records: list[Record]) -> Record:
        if not self.path:  # a reader puts this in place of what is no object
            return {} if self.way == "empty" else {NO_OBJECT: True}
        record = copy.deepcopy(records[self.number])
        holder: Any = record
        for step in self.path[:-1]:
            holder = holder[step]
        last = self.path[-1]
        if self.way == "drop":
            del holder[last]
        elif isinstance(last, int):
            holder[last] = REPLACEMENTS[self.way]
        else:
            holder[last] = other_value(holder[last], self.way)
        return record


def other_value(value: Any, way: str) -> Any:
    """Return what stands in a field in place of its value."""
    if way == "retype":
        return {SURPRISE: [1]} if isinstance(value, str | list) else SURPRISE
    return None if way == "null" else SURPRISE


def breaks(name: str, records: list[Record]) -> Iterator[Break]:
    """Yield every way to break every record of a data set, of a list in it the first entry."""
    for number, record in enumerate(records):
        for way in REPLACEMENTS:
            yield from only_broken(Break(name, number, (), way), record)
        for path, value in places(record):
            for way in REPLACEMENTS if isinstance(path[-1], int) else WAYS:
                yield from only_broken(Break(name, number, path, way), value)


def only_broken(found: Break, value: Any) -> Iterator[Break]:
    """Yield a change if it breaks what it changes, and does not say something else."""
    is_look_up = found.name.endswith(LOOK_UPS)
    is_made_by_reader = is_look_up and found.path in MADE_BY_READERS
    if (found.name, *found.path[:1]) == SETTINGS and len(found.path) > 1:
        return
    is_whole_field = found.path != () and isinstance(found.path[-1], str)
    if is_made_by_reader or (is_whole_field and (found.name, found.field, found.way) in MEANT):
        return
    is_other = found.field in OTHERS or (found.name, found.field) in OTHER_KINDS
    if found.way == "misspell" and (not isinstance(value, str) or is_other):
        return
    if found.way != "null" or value is not None:
        yield found


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path and the value of each field, and of the first entry of each list."""
    entries: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        entries = enumerate(value[:1])
    for step, each in entries:
        yield (*path, step), each
        yield from places(each, (*path, step))
