"""Whether bundles follow each other: each names the sums of the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import locker
from pdsec_checks.evidence.bundle import Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, Result
from pdsec_checks.model import counted

CHAIN = "chain"


def bundles_of(given: Iterable[Path]) -> tuple[list[Path], list[Checked]]:
    """Return the bundles that somebody named, and what their chain lacks.

    A locker stands for its bundles in their order; files must follow each other as given.

    Raises:
        UsageError: A file is not there, or a locker has no bundle, or cannot be read.
    """
    paths: list[Path] = []
    files: list[Path] = []
    problems: list[str] = []
    for path in given:
        if path.is_dir():
            chain = locker.chain_of(path)
            if not chain.links:
                raise UsageError(f"{path}: there is no bundle in this locker")
            paths += [each.path for each in chain.links]
            problems += chain.problems
        elif path.is_file():
            paths.append(path)
            files.append(path)
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    pairs = pairwise(readable(files))
    problems += [problem for pair in pairs if (problem := problem_between(*pair))]
    return paths, list(checked(len(paths), problems))


def checked(count: int, problems: Iterable[str]) -> Iterator[Checked]:
    """Yield what came of checking the chain of so many bundles; nothing for one that is alone."""
    found = [Checked(Result.BAD, CHAIN, each) for each in problems]
    yield from found
    if not found and count > 1:
        yield Checked(Result.GOOD, CHAIN, f"{counted(count, 'bundle')}, each after the one before")


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
