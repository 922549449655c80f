"""Finds the reports that ``trend`` shows: in files, folders and sealed bundles, of one account."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import msgspec

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.bundle import read_bundle
from pdsec_checks.evidence.locker import NAMED, chain_of
from pdsec_checks.model import counted, moment_text
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports.earlier import AccountName, EarlierReport, read_report, stamp_of
from pdsec_checks.reports.same_account import Identity, check_account
from pdsec_checks.reports.side_by_side.document import KIND, OWN_REPORTS
from pdsec_checks.reports.text import line
from pdsec_checks.reports.trend.document import WITHOUT_NAME

WHERE = "trend"
"""What an error names the reader of a report by."""
BUNDLE = ".zip"
"""How the name of a sealed bundle ends."""
ACCOUNT_FLAG = "--account"


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
            found.unreadable.append(str(error))


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


def chosen(found: Found, accounts: Sequence[str], since: date | None, until: date | None) -> Found:
    """Return what is to be shown: reports of one account, the oldest first, one of each moment.

    Args:
        found: What was found.
        accounts: What the account is called; several names where it got another one.
        since: The first day (UTC) of interest; None: there is no first one.
        until: The last one; None: there is no last one.

    Raises:
        UsageError: There are none, or they are about several accounts.
    """
    kept = [each for each in found.sources if is_within(each, since, until)]
    if not kept:
        raise UsageError(nothing(found, since, until))
    one = of_one_account(kept, accounts, found)
    return replace(found, sources=list(one_of_each_moment(one, found)))


def is_within(source: Source, since: date | None, until: date | None) -> bool:
    """Tell whether a report is of a day (UTC) from *since* to *until*."""
    day = source.as_of.astimezone(UTC).date()
    return (since is None or since <= day) and (until is None or day <= until)


def nothing(found: Found, since: date | None, until: date | None) -> str:
    """Return that there is nothing to show, why, and the way out."""
    if found.sources:
        moments = sorted(each.as_of for each in found.sources)
        span = f"from {since or 'the beginning'} to {until or 'the end'}"
        known = f"{moment_text(moments[0])} to {moment_text(moments[-1])}"
        return f"{WHERE}: no report is {span}; those there are go from {known}"
    why = "none of the reports could be read" if found.unreadable else "there is no report"
    return f"{WHERE}: {why}; name JSON reports (--format json), sealed bundles, or their folder"


@dataclass
class Group:
    """Reports that are about one account."""

    identity: Identity
    """By what is known of it from all of them."""
    sources: list[Source]

    @property
    def names(self) -> set[str]:
        """What ``--account`` may call it."""
        return {name for each in self.sources for name in each.names}

    @property
    def told(self) -> str:
        """Which account it is, by the names that it can be chosen by, and how many reports."""
        names = ", ".join(sorted(map(line, self.names))) or WITHOUT_NAME
        number = counted(len(self.sources), "report")
        return f"{names} at {line(self.identity.base_url)} ({number})"

    def add(self, source: Source) -> None:
        """Add a report."""
        self.sources.append(source)
        self.identity = united(self.identity, source.identity)

    def is_about(self, identity: Identity) -> bool:
        """Tell whether a report is about this account, as far as that can be known."""
        try:
            check_account("", self.identity, identity, renamed=False, renamed_by=ACCOUNT_FLAG)
        except UsageError:
            return False
        return True


def united(one: Identity, other: Identity) -> Identity:
    """Return what two reports about one account show of it."""
    kinds = one.ids.keys() | other.ids.keys()
    ids: Mapping[str, frozenset[str]] = {
        kind: one.ids.get(kind, frozenset()) | other.ids.get(kind, frozenset()) for kind in kinds
    }
    whole = one.is_whole and other.is_whole
    return Identity(other.base_url, other.subdomain or one.subdomain, ids, is_whole=whole)


def grouped(sources: Iterable[Source], found: Found) -> list[Group]:
    """Return reports by account, those whose account has a name first.

    One that may be about several of them is about none: it is told among what cannot be read.
    """
    groups: list[Group] = []
    in_order = sorted(sources, key=lambda each: (each.identity.subdomain is None, each.as_of))
    for source in in_order:
        about = [each for each in groups if each.is_about(source.identity)]
        sure = [each for each in about if each.identity.shares_ids_with(source.identity)] or about
        if not sure:
            groups.append(Group(source.identity, [source]))
        elif len(sure) == 1:
            sure[0].add(source)
        else:
            found.unreadable.append(f"{source.name}: nothing in it says of which account it is")
    return groups


def of_one_account(
    sources: Sequence[Source], accounts: Collection[str], found: Found
) -> list[Source]:
    """Return the reports about the account that is meant.

    Raises:
        UsageError: There are several, and nobody said which, or none is called so.
    """
    groups = grouped(sources, found)
    for name in accounts:
        if not any(name in each.names for each in groups):
            there = "; ".join(each.told for each in groups)
            raise UsageError(f"{ACCOUNT_FLAG} {name!r}: no report is about it; there are {there}")
    meant = [each for each in groups if not accounts or each.names.intersection(accounts)]
    if len(meant) > 1 and not accounts:
        raise UsageError(
            f"{WHERE}: the reports are about {len(meant)} accounts: "
            f"{'; '.join(each.told for each in meant)}. Choose one with {ACCOUNT_FLAG} NAME; where "
            "one of them got another name, give the option once for each name"
        )
    return [source for each in meant for source in each.sources]


def one_of_each_moment(sources: Iterable[Source], found: Found) -> Iterator[Source]:
    """Yield reports, the oldest first; of several of one moment the one that says most."""
    by_moment: dict[datetime, list[Source]] = {}
    for each in sources:
        by_moment.setdefault(each.as_of, []).append(each)
    for moment, same in sorted(by_moment.items()):
        kept, *others = sorted(same, key=lambda each: each.rank, reverse=True)
        yield kept
        found.left_out += [
            f"{each.name} is of the same moment as {kept.name}, {moment_text(moment)}"
            for each in others
        ]
