"""Whether bundles follow each other: each names the sums of the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import locker
from pdsec_checks.evidence.bundle import Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, Result
from pdsec_checks.model import counted

CHAIN = "chain"


def paths_of(given: Iterable[Path]) -> list[Path]:
    """Return the bundles that somebody named: files, and those of lockers in their order.

    Raises:
        UsageError: A file is not there, or a locker has no bundle.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = [each.path for each in locker.chain_of(path).links]
            if not inside:
                raise UsageError(f"{path}: there is no bundle in this locker")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    return found


def checked(given: Sequence[Path]) -> list[Checked]:
    """Return what the chain of each locker lacks, and whether files follow each other as given.

    Raises:
        UsageError: A locker cannot be read.
    """
    problems = [text for path in given if path.is_dir() for text in locker.chain_of(path).problems]
    files = list(readable(path for path in given if not path.is_dir()))
    problems += [problem for pair in pairwise(files) if (problem := problem_between(*pair))]
    if problems:
        return [Checked(Result.BAD, CHAIN, each) for each in problems]
    count = len(paths_of(given))
    if count == 1:
        return []
    return [Checked(Result.GOOD, CHAIN, f"{counted(count, 'bundle')}, each after the one before")]


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
    named = f"the bundle with {locker.brief(previous)}" if previous else "no bundle"
    return (
        f"{after.path.name} follows {named}, and not {before.path.name} "
        f"({locker.brief(before.sums_digest)}): one is missing, or was exchanged"
    )
