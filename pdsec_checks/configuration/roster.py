"""Reads the personnel list, and compares users with it: addresses stay in here.

Users are compared while the account is read. What is kept of them says whether the list has them,
and neither an address nor anything that could be turned back into one: no snapshot, no report and
no file of a run holds more.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from pdsec_checks.errors import UsageError, without_locals
from pdsec_checks.model import Record
from pdsec_checks.resources import printable
from pdsec_checks.resources.domains import normal
from pdsec_checks.resources.roster import MARK, Kind, RosterFacts

LARGEST = 64 * 1024 * 1024
"""Bytes of a list that is still read: half a million people and more."""
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SEPARATORS = (",", ";")
PERSON: Kind = "person"
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(repr=False)
class Entry:
    """One person, or one service, with all their rows."""

    addresses: set[str] = field(default_factory=set)
    until: date = date.min
    """The last day of the row that is kindest; the last day there is where that sets none."""
    kind: Kind = "service"

    def take(self, other: Entry) -> None:
        """Take in another row, or entry, of the same person: the kindest counts."""
        self.addresses |= other.addresses
        self.until = max(self.until, other.until)
        self.kind = PERSON if PERSON in {self.kind, other.kind} else "service"


class Roster:
    """A personnel list. Its repr, like everything that it returns, names nobody."""

    def __init__(self, digest: str, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        self._by_address = {
            address: number
            for number, entry in enumerate(self._entries, 1)
            for address in entry.addresses
        }
        people = sum(each.kind == PERSON for each in self._entries)
        self.facts = RosterFacts(digest, people, len(self._entries) - people)

    def __repr__(self) -> str:
        return f"Roster({self.facts.people} people)"

    def marked(self, user: Record) -> Record:
        """Return a user's record with what the list says of the mail address.

        One without an address stays as it is: nobody can compare it.
        """
        email = user.get("email")
        return {**user, MARK: self._standing(email)} if isinstance(email, str) else user

    def _standing(self, email: str) -> Record | None:
        """Return it as plain JSON; None where the list does not have the address."""
        number = self._by_address.get(comparable(email))
        if number is None:
            return None
        entry = self._entries[number - 1]
        until = None if entry.until == date.max else entry.until.isoformat()
        return {"entry": number, "until": until, "kind": entry.kind}

    def facts_about(self, users: object, today: date) -> RosterFacts:
        """Return what a report says of the list, beside the records of the users.

        *users* are those of a data set; anything but a list says that they are unknown.
        """
        if not isinstance(users, list):
            return self.facts
        marks = [each.get(MARK) for each in users if isinstance(each, dict)]
        found = {each["entry"] for each in marks if each}
        without = [
            number
            for number, entry in enumerate(self._entries, 1)
            if number not in found and entry.kind == PERSON and entry.until >= today
        ]
        return replace(self.facts, without_account=len(without))


def comparable(address: str) -> str:
    """Return a mail address in the one form that is compared."""
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return f"{local.lower()}@{normal(domain)}"


def read_roster(path: Path, where: str) -> Roster:
    """Return the personnel list in a CSV file; errors call the option *where*.

    Its first line names the columns, in any order and case: ``email``, which there must be, and
    ``aliases`` (further addresses, separated by ``;``), ``until`` (the last day, as 2026-12-31)
    and ``kind`` (``person`` or ``service``). Cells are separated by commas or semicolons; further
    columns, and rows without any address, stand for nothing.

    Raises:
        UsageError: It cannot be read, names nobody, or a row is not as it must be. No message
            repeats what is in a cell.
    """
    with without_locals():
        name = f"{where} {printable(str(path))}"
        return roster_from(bytes_of(path, name), name)


def roster_from(content: bytes, name: str) -> Roster:
    """Return the personnel list that a file holds; errors call it *name*.

    Raises:
        UsageError: As for ``read_roster``, but for a file that cannot be read.
    """
    if not content.strip():
        raise UsageError(f"{name}: it is empty; name a CSV file with a column 'email'")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name}: it is not UTF-8; save it as CSV in UTF-8") from None
    entries = merged(rows_in(text, name))
    if not entries:
        raise UsageError(
            f"{name}: it names nobody, so that every user would seem to have left; add the people "
            "who belong to the company, a row each"
        )
    return Roster(sha256(content).hexdigest(), entries)


def bytes_of(path: Path, name: str) -> bytes:
    """Return the content of the file.

    Raises:
        UsageError: It cannot be read, or is larger than any list of people.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"{name}: there is no such file; name a CSV of people") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no path"
        raise UsageError(f"{name}: {why}; name a CSV file that can be read") from None
    if len(content) > LARGEST:
        raise UsageError(f"{name}: it is larger than {LARGEST} bytes; name a list of people")
    return content


def rows_in(text: str, name: str) -> Iterator[Entry]:
    """Yield what each row says that has an address.

    Raises:
        UsageError: There is no column ``email``, or a row is not as it must be.
    """
    rows, columns = table_in(text, name)
    try:
        for cells in rows:
            line = f"{name}: line {rows.line_num}"
            if any(each.strip() for each in cells[len(columns) :]):
                raise UsageError(
                    f"{line} has more cells than the first line has columns; put a cell that holds "
                    "the separator, such as several aliases, in double quotes"
                )
            found = entry_in(dict(zip(columns, map(str.strip, cells), strict=False)), line)
            if found.addresses:
                yield found
    except csv.Error:
        raise UsageError(
            f"{name}: line {rows.line_num} is no CSV: look for a quote that is not closed"
        ) from None


def table_in(text: str, name: str) -> tuple[Any, list[str]]:
    """Return the rows below the first line, and the columns that it names, in lower case.

    Raises:
        UsageError: None of the separators gives a column ``email``.
    """
    for separator in SEPARATORS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            columns = [each.strip().lower() for each in next(rows, [])]
        except csv.Error:
            continue
        if columns.count("email") == 1:
            return rows, columns
    raise UsageError(
        f"{name}: its first line does not name one column 'email'; name the columns there, such as "
        "email,aliases,until,kind"
    )


def entry_in(cells: dict[str, str], line: str) -> Entry:
    """Return what one row says; errors call it *line*.

    Raises:
        UsageError: A cell is not as it must be.
    """
    texts = [cells.get("email", ""), *cells.get("aliases", "").split(";")]
    addresses = {comparable(each) for each in texts if each.strip()}
    if any(each.startswith("@") or each.endswith("@") for each in addresses):
        raise UsageError(
            f"{line}: an address has nothing before or behind its @; write ada@acme.example"
        )
    return Entry(addresses, last_day(cells.get("until", ""), line), kind_of(cells, line))


def last_day(text: str, line: str) -> date:
    """Return the last day on which somebody belongs; the last day there is where none is set.

    Raises:
        UsageError: It is no date.
    """
    if not text:
        return date.max
    try:
        if DAY.fullmatch(text):  # Python would read dates by week as well
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f"{line}: 'until' is no date such as 2026-12-31; write it so, or leave it out")


def kind_of(cells: dict[str, str], line: str) -> Kind:
    """Return whether a row stands for a person, as it does unless it says otherwise.

    Raises:
        UsageError: It is a kind that nobody knows.
    """
    written = cells.get("kind", "").lower() or PERSON
    for kind in KINDS:
        if kind == written:
            return kind
    raise UsageError(f"{line}: 'kind' is neither person nor service; write one, or leave it out")


def merged(rows: Iterable[Entry]) -> list[Entry]:
    """Return one entry for each person: rows that share an address are of the same."""
    owners: dict[str, Entry] = {}
    for row in rows:
        for other in {id(each): each for each in owners_of(row.addresses, owners)}.values():
            row.take(other)
        owners.update(dict.fromkeys(row.addresses, row))
    return list({id(each): each for each in owners.values()}.values())


def owners_of(addresses: Collection[str], owners: dict[str, Entry]) -> Iterator[Entry]:
    """Yield the entries that have one of *addresses* already."""
    yield from (owners[each] for each in addresses if each in owners)
