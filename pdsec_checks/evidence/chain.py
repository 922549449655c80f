"""Whether bundles follow each other: each names the sums of the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.bundle import Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, Result
from pdsec_checks.model import counted

CHAIN = "chain"


def paths_of(given: Iterable[Path]) -> list[Path]:
    """Return the bundles that somebody named: files, and those of folders by name.

    Raises:
        UsageError: A file is not there, or a folder has no bundle.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(each for each in path.glob("*.zip") if each.is_file())
            if not inside:
                raise UsageError(f"{path}: there is no bundle in this folder")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    return found


def checked(paths: Iterable[Path]) -> list[Checked]:
    """Return whether several bundles follow each other in the order given; nothing for one."""
    found = list(readable(paths))
    broken = [problem for pair in pairwise(found) if (problem := problem_between(*pair))]
    if len(found) < 2:  # noqa: PLR2004 - a chain has two ends
        return []
    if broken:
        return [Checked(Result.BAD, CHAIN, each) for each in broken]
    first = found[0].statement.predicate.previous
    begins = "" if first is None else "; the first names one before it, which was not given"
    how = f"{counted(len(found), 'bundle')}, each of which names the one before it{begins}"
    return [Checked(Result.GOOD, CHAIN, how)]


def readable(paths: Iterable[Path]) -> Iterator[Bundle]:
    """Yield the bundles that are whole: what is wrong with the others is told elsewhere."""
    for path in paths:
        try:
            found = read_bundle(path)
            found.statement  # noqa: B018 - it is read when it is first asked for
        except UsageError:
            continue
        yield found


def problem_between(before: Bundle, after: Bundle) -> str:
    """Return why *after* is not the bundle that follows *before*; empty where it is."""
    previous = after.statement.predicate.previous
    if previous == before.sums_digest:
        return ""
    named = "no bundle before it" if previous is None else f"{previous[:12]}… before it"
    return (
        f"{after.path.name} names {named}, and not {before.path.name} "
        f"({before.sums_digest[:12]}…): one is missing, or was exchanged"
    )
