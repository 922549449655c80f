"""Deterioration: by which figures a fail is worse than it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pdsec_checks.model import Figure, Worsening

Evidence = Mapping[str, Any]


def worsened(figures: Iterable[Figure], was: Evidence, now: Evidence) -> tuple[Worsening, ...]:
    """Return the figures that are worse in the evidence of a fail than in an earlier one's.

    A number or a flag is worse when it moved the wrong way. So is a list by its length, and where
    more is worse by each entry that was not in it. A figure that the earlier evidence lacks cannot
    be compared; one that is missing now counts as worse, for nobody can tell that it is not.
    """
    return tuple(found for each in figures for found in compared(each, was, now))


def compared(figure: Figure, was: Evidence, now: Evidence) -> Iterator[Worsening]:
    """Yield how one figure got worse; nothing where it did not."""
    before, after = was.get(figure.name), now.get(figure.name)
    if amount(before) is None:
        return
    added = entries_added(before, after) if figure.more else ()
    if added or is_worse(amount(before), amount(after), more=figure.more):
        yield Worsening(figure.name, amount(before), amount(after), added)


def amount(value: Any) -> float | None:
    """Return what can be compared of a figure: a number, a flag, the length of a list; or None."""
    if isinstance(value, list):
        return len(value)
    return value if isinstance(value, int | float) else None


def is_worse(before: float | None, after: float | None, *, more: bool) -> bool:
    """Tell whether an amount moved the wrong way, or is not told any more."""
    if before is None or after is None:
        return before is not None
    return after > before if more else after < before


def entries_added(before: Any, after: Any) -> tuple[str, ...]:
    """Return the entries of a list that an earlier list lacks, in order; none of anything else."""
    if not (isinstance(before, list) and isinstance(after, list)):
        return ()
    known = set(map(text_of, before))
    return tuple(dict.fromkeys(name for name in map(text_of, after) if name not in known))


def text_of(entry: Any) -> str:
    """Return an entry of a list as text that is the same in every run."""
    return entry if isinstance(entry, str) else json.dumps(entry, sort_keys=True)
