"""A locker: a folder of sealed bundles, each of which names the one before it."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.bundle import Bundle, packed, read_bundle
from pdsec_checks.model import moment_text
from pdsec_checks.output import PRIVATE, write
from pdsec_checks.reports.same_account import Identity

NAMED = re.compile(r"evidence-\d{4}-\d{2}-\d{2}T\d{6}Z\.zip")
"""What a bundle in a locker is called: by the moment of its account, so that names are in order."""
LOCK = ".pdsec-locker"
"""The file by which one process at a time appends; it is hidden, so that no chain names it."""
PATIENCE = 60.0
"""Seconds that a process waits for another one to append: a bundle is written in a moment."""
SHOWN = 12
"""Characters of a digest that a sentence shows."""


def name_of(as_of: datetime) -> str:
    """Return the name of the bundle about an aware moment."""
    return f"evidence-{as_of.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.zip"


def moment_in(name: str) -> datetime | None:
    """Return the moment (aware) that the name of a file in a locker says; None if it says none."""
    if not NAMED.fullmatch(name):
        return None
    try:
        return datetime.strptime(name, "evidence-%Y-%m-%dT%H%M%SZ.zip").replace(tzinfo=UTC)
    except ValueError:
        return None


def last_of(folder: Path) -> Bundle | None:
    """Return the last bundle of a locker; None where it has none, or is not there yet.

    Raises:
        UsageError: The folder, or that bundle, cannot be read: nothing can follow it.
    """
    names = [each.name for each in visible(folder) if moment_in(each.name)]
    if not names:
        return None
    try:
        return read_bundle(folder / max(names))
    except UsageError as error:
        raise UsageError(f"{error}; nothing can follow it: put back a copy of it") from None


def add(folder: Path, bundle: Path) -> Path:
    """Append a sealed bundle to a locker, which is made where there is none, and return its path.

    It is written whole or not at all, and never over another one.

    Raises:
        UsageError: It is not sound, not about the locker's account, not later than the last one, or
            does not follow that; or the locker cannot be written to.
    """
    return append(folder, lambda _: read_bundle(bundle), str(bundle))


def append(folder: Path, make: Callable[[Bundle | None], Bundle], where: str) -> Path:
    """Append the bundle that *make* returns for the last one, and return its path.

    Nobody else can append meanwhile, so that whoever seals in the same step knows what to follow.
    *where* names the bundle in errors.

    Raises:
        UsageError: As :func:`add`.
    """
    with locked(folder):
        last = last_of(folder)
        bundle = make(last)
        check_follows(bundle, last, where)
        target = folder / name_of(bundle.statement.predicate.as_of)
        if os.path.lexists(target):
            raise UsageError(f"{target}: there is such a file already, and none is ever replaced")
        try:
            write(target, packed(bundle.files), new=PRIVATE)
        except OSError as error:
            raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
        return target


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let nobody else append to a locker in the block; its folder is made where there is none.

    Raises:
        UsageError: It cannot be written to, or somebody else appends for too long.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK, timeout=PATIENCE):
            yield
    except Timeout:
        raise UsageError(
            f"{folder}: another process has been appending for {PATIENCE:g} seconds; try again"
        ) from None
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from None


def check_follows(bundle: Bundle, last: Bundle | None, where: str) -> None:
    """Make sure that a bundle is the next one of a locker.

    Raises:
        UsageError: It is not.
    """
    said = bundle.statement.predicate
    if last is None:
        if said.previous is not None:
            raise UsageError(
                f"{where}: it follows another bundle ({brief(said.previous)}), and the locker is "
                "empty; add that one first"
            )
        return
    before = last.statement.predicate
    if said.as_of <= before.as_of:
        raise UsageError(
            f"{where}: it is about {moment_text(said.as_of)}, which is not later than the last "
            f"bundle, {last.path.name}; bundles are added in their order"
        )
    if said.previous != last.sums_digest:
        named = brief(said.previous) if said.previous else "no bundle"
        raise UsageError(
            f"{where}: it follows {named}, and the last bundle of the locker is {last.path.name} "
            f"({brief(last.sums_digest)}); seal it anew with that one as its predecessor"
        )
    if text := Whose(last).problem_of(Whose(bundle)):
        raise UsageError(f"{where}: {text}")


class Whose:
    """The account that a bundle is about, by its name, or else by the ids in its report."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    @property
    def name(self) -> str:
        """The SHA-256 of its name; empty where nobody knows it, or only a pseudonym."""
        said = self._bundle.statement.predicate
        return "" if said.redacted else said.account

    @cached_property
    def identity(self) -> Identity:
        """What its report shows of it.

        Raises:
            UsageError: There is no report that can be read.
        """
        return Identity.of_report(self._bundle.report())

    def problem_of(self, other: Whose) -> str:
        """Return why another bundle is not about this account; empty where nothing says so.

        Raises:
            UsageError: A report that is needed to tell cannot be read.
        """
        text = f"it is about another account than {self._bundle.path.name}"
        if self.name and other.name:
            return "" if self.name == other.name else text
        if self.identity.shares_ids_with(other.identity) is False:
            return f"{text}: no user, service, policy or schedule is in both"
        return ""


def brief(digest: str) -> str:
    """Return the beginning of a SHA-256, by which people compare."""
    return f"SHA-256 {digest[:SHOWN]}…"


@dataclass(frozen=True)
class Link:
    """A bundle of a locker, without its files."""

    path: Path
    as_of: datetime
    """The moment (aware) of the account; by its name where the bundle cannot be read."""
    digest: str = ""
    """The SHA-256 of its sums; empty where it cannot be read."""
    previous: str | None = None
    """That of the bundle which it says it follows."""
    tool_version: str = ""
    problems: tuple[str, ...] = ()
    """What is wrong with it, a sentence each without a full stop, which begins with its name."""

    @property
    def is_readable(self) -> bool:
        """Whether it is a bundle whose files are those that were sealed."""
        return bool(self.digest)


@dataclass(frozen=True)
class Chain:
    """The bundles of a locker in order, and what is wrong with it."""

    links: tuple[Link, ...]
    foreign: tuple[str, ...] = ()
    """What lies in the folder and is no bundle, a sentence each."""

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, in the order of names."""
        return [*self.foreign, *(text for each in self.links for text in each.problems)]


def unseen(bundle: Bundle) -> None:
    """Do nothing with a bundle."""


def chain_of(folder: Path, look: Callable[[Bundle], None] = unseen) -> Chain:
    """Return the bundles of a locker, read one after another, and every problem that they have.

    Hidden files and folders are nobody's business. *look* is called once with each bundle that can
    be read, while its files are there.

    Raises:
        UsageError: The folder is not there, or cannot be read; or *look* raises it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder; evidence add makes one")
    files = visible(folder)
    links = list(links_of(files, look))
    foreign = [
        f"{each.name}: no bundle of a locker has such a name; move it elsewhere"
        for each in files
        if moment_in(each.name) is None
    ]
    return Chain(tuple(checked(links)), tuple(foreign))


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder by name, without hidden files and folders.

    Raises:
        UsageError: It cannot be read; one that is not there has nothing in it.
    """
    try:
        found = [each for each in folder.iterdir() if not each.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from None
    return sorted(each for each in found if not each.is_dir())


def links_of(paths: Iterable[Path], look: Callable[[Bundle], None]) -> Iterator[Link]:
    """Yield bundles without their files, after a *look* at them; one that cannot be read says why.

    Raises:
        UsageError: *look* raises it.
    """
    account: Whose | None = None
    for path in paths:
        at = moment_in(path.name)
        if at is None:
            continue
        try:
            bundle = read_bundle(path)
            bundle.statement  # noqa: B018 - without one it is nobody's account
            account = account or Whose(bundle)
            link = link_of(bundle, account.problem_of(Whose(bundle)))
        except UsageError as error:
            told = str(error).removeprefix(f"{path}: ")
            yield Link(path, at, problems=(f"{path.name}: {told}",))
            continue
        look(bundle)
        yield link


def link_of(bundle: Bundle, problem: str) -> Link:
    """Return a bundle without its files; *problem* says that it is about another account."""
    said, path = bundle.statement.predicate, bundle.path
    found = Link(path, said.as_of, bundle.sums_digest, said.previous, said.tool_version)
    if path.name != (name := name_of(said.as_of)):
        found = with_problem(found, f"it is about the moment of {name}, and has another name")
    return with_problem(found, problem) if problem else found


def with_problem(link: Link, text: str) -> Link:
    """Return a bundle with one more problem."""
    return replace(link, problems=(*link.problems, f"{link.path.name}: {text}"))


def checked(links: Sequence[Link]) -> Iterator[Link]:
    """Yield bundles with what is wrong with their order."""
    readable = [each for each in links if each.is_readable]
    by_digest = {each.digest: each for each in readable}
    followers: dict[str, list[str]] = defaultdict(list)
    for each in readable:
        if each.previous is not None:
            followers[each.previous].append(each.path.name)
    before: Link | None = None
    for each in links:
        found = each
        if each.is_readable:
            for text in broken(each, before, by_digest, followers):
                found = with_problem(found, text)
            before = each
        yield found


def broken(
    link: Link,
    before: Link | None,
    by_digest: dict[str, Link],
    followers: dict[str, list[str]],
) -> Iterator[str]:
    """Yield what is wrong with the place of a bundle in the chain.

    Args:
        link: The bundle.
        before: The readable bundle before it by name; None where it is the first.
        by_digest: Every readable bundle by the digest of its sums.
        followers: The same digest → the names of the bundles that say they follow it.
    """
    if link.previous is None:
        if before is not None:
            yield f"it follows no bundle, as only the first one may, and not {before.path.name}"
        return
    found = by_digest.get(link.previous)
    if found is None:
        yield f"the bundle that it follows is missing ({brief(link.previous)})"
        return
    others = [each for each in followers[link.previous] if each != link.path.name]
    if others:
        yield f"it follows {found.path.name}, as does {', '.join(others)}: one is not of this chain"
    elif before is None or found.path != before.path:
        yield f"it follows {found.path.name}, which is not the bundle before it"
