"""Writes a waiver or an attestation into the configuration file, and leaves the rest as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from pdsec_checks.configuration.decisions import Decision, Decisions, length, says_too_little
from pdsec_checks.configuration.file import check_characters, tables_in
from pdsec_checks.configuration.schema import ConfigFile, convert, decisions_from
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Severity, counted
from pdsec_checks.output import write

TABLES = {"pyproject.toml": ("tool", "pdsec")}
"""File → the keys that lead to our table in it; in any other file it is the whole."""
LISTS = {"waiver": "waivers", "attestation": "attestations"}


@dataclass(frozen=True)
class DecisionFile:
    """A configuration file as it is, and what it holds."""

    path: Path
    text: str
    plain: dict[str, Any]
    decisions: Decisions

    @property
    def keys(self) -> Sequence[str]:
        """The keys that lead to our table."""
        return TABLES.get(self.path.name, ())

    @property
    def table(self) -> dict[str, Any]:
        """What our table holds; nothing where there is none."""
        found: dict[str, Any] = table_in(self.plain, self.keys)
        return found

    @classmethod
    def read(cls, path: Path) -> DecisionFile:
        """Read a configuration file; one that does not exist is empty.

        Raises:
            UsageError: It cannot be read, or an inspection would refuse it.
        """
        try:
            text = path.read_bytes().decode() if path.exists() else ""
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: {error}") from None
        plain = tables_in(text, str(path))
        keys = TABLES.get(path.name, ())
        table = table_in(plain, keys)
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {'.'.join(keys)} is no table")
        check_characters(table, str(path))
        decisions = decisions_from(convert(table, ConfigFile, str(path)), str(path))
        return cls(path, text, plain, decisions)

    def add(self, entry: Decision) -> None:
        """Write a new entry below those that are there.

        Raises:
            UsageError: There is one for the same control and resource, or the file cannot be
                written; it is as it was then.
        """
        same = self.find(entry)
        if same:
            raise UsageError(
                f"{self.path}: there is {about(same)} until {same.last_day} already; "
                "--renew replaces it"
            )

        def appended(entries: list[Any]) -> None:
            entries.append(fields_of(entry))

        self._write(self._with(entry), entry, appended)

    def renew(self, entry: Decision) -> None:
        """Write an entry in the place of the one for the same control and resource.

        Raises:
            UsageError: There is none, or the file cannot be written; it is as it was then.
        """
        same = self.find(entry)
        if not same:
            raise UsageError(f"{self.path}: there is no {name_of(entry)} to renew")
        listed = self.decisions.waivers if entry.kind == "waiver" else self.decisions.attestations
        place = list(listed).index(same)

        def replaced(entries: list[Any]) -> None:
            entries[place] |= fields_of(entry)

        self._write(self._with_renewed(entry, place), entry, replaced)

    def find(self, entry: Decision) -> Decision | None:
        """Return the entry of the same kind for the same control and resource."""
        for each in self.decisions.all:
            if case_of(each) == case_of(entry):
                return each
        return None

    def _with(self, entry: Decision) -> str:
        """Return the text with an entry at its end, or in its list where that is one line."""
        document = tomlkit.parse(self.text)
        listed = table_in(document, self.keys).get(LISTS[entry.kind])
        if isinstance(listed, Array):
            inline = tomlkit.inline_table()
            inline.update(fields_of(entry))
            listed.append(inline)
            return tomlkit.dumps(document)
        end = "\r\n" if "\r\n" in self.text else "\n"
        gap = "" if not self.text else end if self.text.endswith("\n") else end * 2
        return self.text + gap + block(self.keys, entry).replace("\n", end)

    def _with_renewed(self, entry: Decision, place: int) -> str:
        """Return the text with an entry in the place of an older one.

        Only the lines of that entry are given to tomlkit, which gathers the entries of a list
        where other tables stand between them, and so parts comments from what they are about.
        """
        start, end = place_of(self.text, heading(self.keys, entry), place)
        try:
            document = tomlkit.parse(self.text[start:end])
        except TOMLKitError:
            return ""  # a heading inside a text; what cannot be found is not changed
        listed = table_in(document, self.keys)[LISTS[entry.kind]]
        listed[place if start == 0 and end == len(self.text) else 0].update(fields_of(entry))
        return self.text[:start] + tomlkit.dumps(document) + self.text[end:]

    def _write(self, text: str, entry: Decision, change: Callable[[list[Any]], None]) -> None:
        """Write the new text, once it is certain that the entry is all that changed."""
        expected = deepcopy(self.plain)
        change(made_table(expected, self.keys).setdefault(LISTS[entry.kind], []))
        if not says(text, expected):
            raise UsageError(
                f"{self.path}: cannot be changed without touching more than the entry; add it by "
                f"hand:\n{block(self.keys, entry)}"
            )
        try:
            write(self.path, text)
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror}") from None


def table_in(document: Any, keys: Sequence[str]) -> Any:
    """Return what *keys* lead to in a document; an empty table where there is nothing."""
    for key in keys:
        document = document.get(key, {}) if isinstance(document, dict) else document
    return document


def made_table(document: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return the table that *keys* lead to, made where there is none."""
    for key in keys:
        document = document.setdefault(key, {})
    return document


def says(text: str, expected: dict[str, Any]) -> bool:
    """Tell whether a TOML text holds exactly what is expected."""
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def block(keys: Sequence[str], entry: Decision) -> str:
    """Return an entry as TOML with its heading."""
    return f"[[{heading(keys, entry)}]]\n{tomlkit.dumps(fields_of(entry))}"


def heading(keys: Sequence[str], entry: Decision) -> str:
    """Return the dotted key of the list that an entry is in."""
    return ".".join([*keys, LISTS[entry.kind]])


def place_of(text: str, name: str, place: int) -> tuple[int, int]:
    """Return where the lines of an entry begin and end; all of the text for a list in one line.

    Comments below its last line are about what follows.
    """
    dotted = r"\s*\.\s*".join(map(re.escape, name.split(".")))
    starts = [each.start() for each in re.finditer(rf"(?m)^\s*\[\[\s*{dotted}\s*\]\]", text)]
    if place >= len(starts):
        return 0, len(text)
    start = starts[place]
    following = re.compile(r"(?m)^[ \t]*\[").search(text, text.index("]]", start))
    lines = text[start : following.start() if following else len(text)].splitlines(keepends=True)
    while not lines[-1].partition("#")[0].strip():
        lines.pop()
    return start, start + sum(map(len, lines))


def fields_of(entry: Decision) -> dict[str, Any]:
    """Return what an entry says, by key; days stay days."""
    return {key: value for key, value in msgspec.structs.asdict(entry).items() if value is not None}


def case_of(entry: Decision) -> tuple[str, str, str]:
    """Return what no two entries should share."""
    return entry.kind, entry.control, entry.resource


def about(entry: Decision) -> str:
    """Return which entry it is, with its article."""
    return f"{'an' if entry.kind == 'attestation' else 'a'} {name_of(entry)}"


def name_of(entry: Decision) -> str:
    """Return which entry it is."""
    return f"{entry.kind} for {entry.control} on {entry.resource}"


def check(entry: Decision, severity: Severity, decisions: Decisions, today: date) -> None:
    """Make sure that an entry would count, as *today* is.

    Raises:
        UsageError: It is over, not begun, too long, too broad, or about a display name, or has a
            character that no inspection would read.
    """
    check_characters(fields_of(entry), entry.kind)
    if entry.last_day < today:
        raise UsageError(f"--until {entry.last_day}: that day is over")
    if entry.first_day and entry.last_day < entry.first_day:
        raise UsageError(f"--until {entry.last_day}: that is before --when {entry.first_day}")
    if entry.first_day and entry.first_day > today:
        raise UsageError(f"--when {entry.first_day}: nobody has seen it yet; wait for that day")
    allowed = decisions.allowed(entry.kind, severity)
    if length(entry, today) > allowed:
        latest = (entry.first_day or today) + timedelta(days=allowed)
        raise UsageError(
            f"--until {entry.last_day}: {about(entry)} may last {counted(allowed, 'day')}, as the "
            f"control is {severity}; {latest} is the last day (max_{entry.kind}_days sets the "
            "limit)"
        )
    if not entry.resource or any(char.isspace() for char in entry.resource):
        raise UsageError(
            f"{entry.resource!r}: give an id such as PABC123, or a pattern of ids; a display "
            "name may change"
        )
    if says_too_little(entry.resource, severity):
        raise UsageError(
            f"{entry.resource}: that may be every resource of a critical control; name their ids"
        )
