"""Where SARIF results point: each at a place of its own, which no new file moves.

GitHub tells alerts apart by rule, path and fingerprint of the line, and ``dismiss-alerts`` by rule,
path, line and column (https://github.com/advanced-security/dismiss-alerts, ``src/main.ts``): two
results of one rule at one place would be dismissed together, waived or not. So a result points at
the line that its resource has in the inventory. Where there is no such file, or one that lacks the
resource, it points at a line that is not there: whoever calculates fingerprints has nothing to
contradict, and the fingerprint is already the one that the line will have. Which line that is
follows from type and id alone: GitLab tells findings apart by it, and takes for fixed what moves
because another resource came or went.

A waived result stays at its resource as well: elsewhere it would be a new alert, in the very pull
request that waives it, and the one at the resource would read as fixed. Its suppression points at
the waiver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pdsec_checks.configuration.decisions import Waiver, is_for
from pdsec_checks.configuration.options import INVENTORY
from pdsec_checks.finding import Finding
from pdsec_checks.model import counted
from pdsec_checks.reports import facts
from pdsec_checks.reports.inventory import (
    Key,
    account_key,
    key_of,
    line_hash,
    line_numbers,
    place_of,
)
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import line

BEHIND = 1_000_000
"""No inventory has as many lines."""
SPREAD = 1 << 28
"""How many lines there are for those that it lacks; some readers of SARIF count in 32 bits."""


@dataclass(frozen=True)
class Entry:
    """A waiver, and where in the configuration it stands."""

    waiver: Waiver
    path: str
    """The file, relative to the root of the repository."""
    line: int


@dataclass(frozen=True)
class Places:
    """The files of a repository at which results point, relative to its root."""

    path: str = INVENTORY
    lines: Mapping[Key, int] = field(default_factory=dict)
    """The line of each resource in the inventory."""
    exists: bool = False
    """Whether there is an inventory."""
    is_inventory: bool = True
    """False where somebody named another file: all point at its first line."""
    waivers: Sequence[Entry] = ()

    @classmethod
    def on(cls, text: str, path: str = INVENTORY, waivers: Sequence[Entry] = ()) -> Places:
        """Return the places on an inventory with this *text*; empty: there is none."""
        return cls(path, line_numbers(text), bool(text), waivers=waivers)


class Located:
    """Where the results of one report point."""

    def __init__(self, report: Report, places: Places) -> None:
        self.places = places
        found = {account_key(report), *map(key_of, report.findings)}
        found |= {key_of(each.finding) for each in report.carried}
        known = places.lines if places.is_inventory else {}
        self.missing = sorted(found - known.keys(), key=place_of)
        self._numbers = {**lines_behind(self.missing), **known}

    def physical(self, finding: Finding) -> dict[str, Any]:
        """Return the physical location of a finding."""
        number = self._numbers[key_of(finding)]
        place = (number, 1) if self.places.is_inventory else (1, number)
        return physical(self.places.path, *place)

    def waiver(self, finding: Finding) -> dict[str, Any]:
        """Return the location of the waiver that a finding rests on; nothing where it is unknown.

        A waiver has no id: the first entry that is for the resource, and says the same, is the one.
        """
        waived = facts.waiver_of(finding)
        for each in self.places.waivers if waived else ():
            entry = each.waiver
            said = (line(entry.reason), line(entry.approved_by))
            is_about = entry.control == finding.control
            is_about = is_about and is_for(entry.resource, finding.resource.id)
            if waived and is_about and said == (waived.reason, waived.approved_by):
                return {"location": {"physicalLocation": physical(each.path, each.line, 1)}}
        return {}

    @property
    def remark(self) -> str | None:
        """What to know of an inventory that lacks resources; None where it has all, or none is."""
        if not (self.places.is_inventory and self.places.exists and self.missing):
            return None
        lacks = counted(len(self.missing), "resource")
        return (
            f"{self.places.path} lacks {lacks} of this report, whose results point behind its last "
            "line: write it again with --inventory, and commit it"
        )


def lines_behind(keys: Iterable[Key]) -> dict[Key, int]:
    """Return a line for each resource, behind the last one of any inventory; no two share one."""
    found: dict[Key, int] = {}
    taken: set[int] = set()
    for key in keys:
        number = BEHIND + int(line_hash(key).partition(":")[0], 16) % SPREAD
        while number in taken:
            number += 1
        taken.add(number)
        found[key] = number
    return found


def physical(path: str, number: int, column: int) -> dict[str, Any]:
    """Return a place in a file."""
    return {
        "artifactLocation": {"uri": relative(path)},
        "region": {
            "startLine": number,
            "startColumn": column,
            "endLine": number,
            "endColumn": column + 1,
        },
    }


def relative(path: str) -> str:
    """Return a path as a relative URI reference; an absolute path loses its first slash."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
    return quote("/".join(parts), safe="/", errors="replace") or INVENTORY
