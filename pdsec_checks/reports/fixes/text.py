"""Fixes in words: what to do where in the web page, for whoever uses neither code nor requests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pdsec_checks.reports import facts
from pdsec_checks.reports.fixes.document import Document, Entry, changes, comment


def render(document: Document) -> str:
    """Return every fix as text."""
    lines = list(document.head)
    for entry in document.entries:
        lines += ["", *lines_of(entry)]
    return "\n".join(lines) + "\n"


def lines_of(entry: Entry) -> Iterator[str]:
    """Yield the fix of one fail."""
    fix, finding = entry.fix, entry.finding
    yield f"{entry.heading} [{finding.severity}]"
    said = {
        "What": entry.remedy,
        "Link": facts.link(finding.resource) or "",
        "Mind": fix.note,
        "Change": "; ".join(dict.fromkeys(chain.from_iterable(map(changes, fix.terraform)))),
        "Written": entry.gen,
    }
    yield from (f"  {name:<8} {comment(each)}" for name, each in said.items() if each)
