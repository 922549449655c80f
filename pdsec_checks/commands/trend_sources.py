"""Finds the reports that ``trend`` may show: in files, in folders, and in sealed bundles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.bundle import read_bundle
from pdsec_checks.evidence.locker import NAMED, chain_of
from pdsec_checks.model import YEARS
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports.earlier import AccountName, EarlierReport, read_report, stamp_of
from pdsec_checks.reports.same_account import Identity
from pdsec_checks.reports.side_by_side.document import KIND, OWN_REPORTS

WHERE = "trend"
"""What an error names the reader of a report by."""
BUNDLE = ".zip"
"""How the name of a sealed bundle ends."""


@dataclass(frozen=True)
class Source:
    """A report that can be read, and what decides whether and where it is shown."""

    name: str
    """Where it is from: its path, as it was given."""
    read: Callable[[], EarlierReport]
    as_of: datetime
    account: AccountName
    identity: Identity
    names: frozenset[str]
    """What ``--account`` may call its account: its subdomain, its folder of ``accounts/``."""
    rank: tuple[bool, bool, int, bool]
    """Which of several reports of one moment says most: the largest one."""

    @property
    def file(self) -> str:
        """The name of its file."""
        return Path(self.name).name

    @classmethod
    def of(cls, path: Path, read: Callable[[], EarlierReport]) -> Source:
        """Return the source that *read* reads once, and forgets.

        Raises:
            UsageError: It cannot be read.
        """
        report = read()
        if report.as_of.year not in YEARS:
            raise UsageError(f"{path}: the moment of the report is made up")
        folder = path.parent
        is_own = folder.parent.name == OWN_REPORTS
        names = [report.account.subdomain, folder.name if is_own else None]
        return cls(
            name=str(path),
            read=read,
            as_of=report.as_of,
            account=report.account,
            identity=Identity.of_report(report),
            names=frozenset(filter(None, names)),
            rank=(
                report.complete,
                not report.restricted,
                len(report.controls),
                report.source != RECORDING,
            ),
        )


@dataclass
class Found:
    """What was found where somebody said that reports are."""

    sources: list[Source] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    """Which reports could not be read or trusted, and why; sentences without a full stop."""
    left_out: list[str] = field(default_factory=list)
    """What is no report, or not shown, and why, in the same way."""


def found_in(paths: Iterable[Path]) -> Found:
    """Return the reports in files and folders, each file once.

    A folder is searched with all its folders, but for hidden ones. What is in it and no report of
    ours is left out; a file that was named must be one.

    Raises:
        UsageError: A folder cannot be read.
    """
    found = Found()
    seen: set[str] = set()
    for path in paths:
        for each in files_in(path) if path.is_dir() else [path]:
            if (real := os.path.realpath(each)) not in seen:
                seen.add(real)
                add(found, each, is_named=each == path)
    lockers = {Path(each.name).parent for each in found.sources if NAMED.fullmatch(each.file)}
    found.unreadable += [text for each in sorted(lockers) for text in broken_chain(each)]
    return found


def broken_chain(locker: Path) -> Iterator[str]:
    """Yield what is wrong with the order of a locker's bundles: one may be missing.

    Raises:
        UsageError: The folder cannot be read.
    """
    for link in chain_of(locker).links:
        if link.is_readable:
            yield from (f"{locker}: the chain is broken: {problem}" for problem in link.problems)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the JSON files and the bundles of a folder and its folders, by path.

    Raises:
        UsageError: It cannot be read.
    """
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            if name.endswith((".json", BUNDLE)) and not name.startswith("."):
                yield Path(root, name)


def refuse(error: OSError) -> None:
    """Refuse to go on where a folder cannot be read.

    Raises:
        UsageError: Always.
    """
    raise UsageError(f"{WHERE} {error.filename}: {error.strerror}")


def add(found: Found, path: Path, *, is_named: bool) -> None:
    """Add what a file is; *is_named* says that somebody named it, and not its folder."""
    is_bundle = path.name.endswith(BUNDLE)
    is_pipe = path.exists() and not path.is_file()
    if is_pipe and not is_named:
        found.left_out.append(f"{path} is no file")
        return
    try:
        found.sources.append(Source.of(path, reader(path, is_bundle=is_bundle, is_pipe=is_pipe)))
    except UsageError as error:
        if is_bundle:
            found.unreadable.append(f"not trusted: {error}")
        elif not is_named and (what := something_else(path)):
            found.left_out.append(f"{path} {what}")
        else:
            found.unreadable.append(str(error).removeprefix(f"{WHERE} "))


def reader(path: Path, *, is_bundle: bool, is_pipe: bool) -> Callable[[], EarlierReport]:
    """Return what reads a file each time anew; of a pipe, which can be read once, it is kept.

    Raises:
        UsageError: A pipe cannot be read.
    """
    if is_bundle:
        return partial(sealed, path)
    if is_pipe:
        report = read_report(path, WHERE)
        return lambda: report
    return partial(read_report, path, WHERE)


def sealed(path: Path) -> EarlierReport:
    """Return the report of a sealed bundle, whose files must be those that its sums list.

    Raises:
        UsageError: They are not, or there is no report.
    """
    return read_bundle(path).report()


def something_else(path: Path) -> str:
    """Return what a JSON file is that is no report about one account; empty where nobody knows.

    Of a document about several accounts, their own reports lie beside it.
    """
    try:
        content = path.read_bytes()
        stamp = stamp_of(content)
        if stamp is None:
            msgspec.json.decode(content)
            return "is no report of an inspection"
    except (OSError, msgspec.DecodeError):
        return ""
    if stamp.kind == KIND:
        has_own = (path.parent / OWN_REPORTS).is_dir()
        return "is about several accounts, whose own reports lie beside it" if has_own else ""
    return "" if stamp.kind is None else "is no report of an inspection, but of another kind"
