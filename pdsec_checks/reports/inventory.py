"""The inventory: one line for each resource, in a file that its users commit.

SARIF results point at its lines. A line begins with type and id and is filled with dots until the
name, so that ``upload-sarif`` calculates for it what we say: its fingerprint of a line is made of
the first hundred characters that are neither spaces nor tabs
(https://github.com/github/codeql-action, ``src/fingerprints.ts``), and a new name changes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from pdsec_checks.finding import Finding
from pdsec_checks.model import ACCOUNT, Status
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import clipped, line

Key: TypeAlias = tuple[str, str]
"""Type and id of a resource; of the account, the name that tells it from others."""

BLOCK = 100
"""Characters of which the fingerprint of a line is made."""
FACTOR, WORD = 37, 1 << 64
LEAST_DOTS = 3
NAME_LIMIT = 200


def key_of(finding: Finding) -> Key:
    """Return what the resource of a finding stands under in the inventory."""
    resource = finding.resource
    identity = resource.id if resource.type != ACCOUNT else finding.account or ACCOUNT
    return token(resource.type), token(identity)


def account_key(report: Report) -> Key:
    """Return what the account of a report stands under."""
    return ACCOUNT, token(report.run.account or ACCOUNT)


def token(text: str) -> str:
    """Return *text* as one word, for ids that are none."""
    return line(text).replace(" ", "_") or "_"


def place_of(key: Key) -> tuple[bool, Key]:
    """Return the sort key of a line: the account comes first."""
    return key[0] != ACCOUNT, key


def line_of(key: Key, name: str = "") -> str:
    """Return the line of a resource, without its end."""
    dots = "." * max(LEAST_DOTS, BLOCK - len("".join(key)))
    return f"{key[0]} {key[1]} {dots} {clipped(line(name), NAME_LIMIT)}".rstrip()


def line_hash(key: Key) -> str:
    """Return what ``upload-sarif`` calculates for the line of a resource, whatever its name.

    A polynomial of the first ``BLOCK`` UTF-16 units, modulo 2^64, in hexadecimal digits; then which
    of the lines with these digits it is, and there is one of each.
    """
    units = "".join(line_of(key).split()).encode("utf-16-be", "replace")[: 2 * BLOCK]
    value = 0
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (value * FACTOR + (high << 8) + low) % WORD
    return f"{value:x}:1"


def entries(text: str) -> Iterator[tuple[int, Key, str]]:
    """Yield number, resource and text of each line of an inventory; what is none is left out.

    Where a resource has several lines, as after a merge, the first one counts.
    """
    seen: set[Key] = set()
    for number, each in enumerate(text.split("\n"), 1):
        words = each.split()
        if len(words) > 2 and set(words[2]) == {"."}:  # noqa: PLR2004 - type, id and dots
            key = words[0], words[1]
            if key not in seen:
                seen.add(key)
                yield number, key, each.rstrip("\r")


def line_numbers(text: str) -> dict[Key, int]:
    """Return the number of the line of each resource of an inventory, from 1."""
    return {key: number for number, key, _ in entries(text)}


def other_account(report: Report, former: str) -> str | None:
    """Return whose an inventory is, where that is another account than the report's; else None."""
    known = [key for _, key, _ in entries(former) if key[0] == ACCOUNT and key[1] != ACCOUNT]
    own = account_key(report)
    if not report.run.account or own in known:
        return None
    return known[0][1] if known else None


def renewed(report: Report, former: str = "") -> str:
    """Return the inventory after a run: the account, and what the run saw, by type and id.

    What stood in the *former* inventory and was not seen stays, unless it is certainly gone:
    absence of data must not look like a resource that was deleted.
    """
    old = {key: text for _, key, text in entries(former)}
    new = dict(seen(report, old))
    complete = complete_types(report, {kind for kind, _ in new})
    kept = {
        key: text
        for key, text in old.items()
        if key[0] != ACCOUNT and not (key[0] in complete and key not in new)
    }
    lines = {**kept, **new, **account_line(report, old)}
    return "".join(f"{lines[key]}\n" for key in sorted(lines, key=place_of))


def seen(report: Report, old: Mapping[Key, str]) -> Iterator[tuple[Key, str]]:
    """Yield the line of each resource that a run judged; a pseudonym is no name, and replaces none.

    *old* are the lines that there were.
    """
    for finding in report.ordered:
        key = key_of(finding)
        if key[0] != ACCOUNT:
            is_secret = report.run.redacted
            name = "" if is_secret else finding.resource.name
            yield key, old.get(key, line_of(key)) if is_secret else line_of(key, name)


def account_line(report: Report, old: Mapping[Key, str]) -> dict[Key, str]:
    """Return the line of the account; where nobody knows its name, that of earlier stays."""
    known = {key: text for key, text in old.items() if key[0] == ACCOUNT}
    key = account_key(report)
    return known if known and not report.run.account else {key: line_of(key)}


def complete_types(report: Report, found: Iterable[str]) -> set[str]:
    """Return the types of which a run saw every resource: what it did not see is gone.

    *found* are those of which it saw any. A control of the type says so where there is none left;
    an error in place of its list says that nobody knows.
    """
    if report.is_partial:
        return set()
    ends = {
        (control.resource, finding.status)
        for control in report.controls
        for finding in report.by_control[control.id]
        if finding.resource.type == ACCOUNT
    }
    gone = {kind for kind, status in ends if status is Status.NOT_APPLICABLE}
    unread = {kind for kind, status in ends if status is Status.ERROR}
    return (set(found) | gone) - unread
