"""Which of the reports that were found ``trend`` shows: of one account, one of each moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise

from pdsec_checks.commands.trend_sources import WHERE, Found, Source
from pdsec_checks.errors import UsageError
from pdsec_checks.model import counted, moment_text
from pdsec_checks.reports.same_account import Identity, check_account
from pdsec_checks.reports.text import line
from pdsec_checks.reports.trend.document import WITHOUT_NAME

ACCOUNT_FLAG = "--account"


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


@dataclass(eq=False)
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
        UsageError: There are several, and nobody said which; or a name is that of none, or of
            several; or two names are those of accounts that cannot be one.
    """
    groups = grouped(sources, found)
    if accounts:
        meant = [called(name, groups) for name in dict.fromkeys(accounts)]
        for one, other in pairwise(meant):
            check_account(
                WHERE,
                one.identity,
                other.identity,
                renamed=True,
                renamed_by=ACCOUNT_FLAG,
            )
        groups = [each for each in groups if each in meant]
    elif len(groups) > 1:
        raise UsageError(
            f"{WHERE}: the reports are about {len(groups)} accounts: {listed(groups)}. Choose one "
            f"with {ACCOUNT_FLAG} NAME; where one of them got another name, give the option once "
            "for each name"
        )
    return [source for each in groups for source in each.sources]


def called(name: str, groups: Sequence[Group]) -> Group:
    """Return the one account that is called *name*.

    Raises:
        UsageError: None is, or several are.
    """
    meant = [each for each in groups if name in each.names]
    if not meant:
        raise UsageError(
            f"{ACCOUNT_FLAG} {name!r}: no report is about it; there are {listed(groups)}"
        )
    if len(meant) > 1:
        raise UsageError(
            f"{ACCOUNT_FLAG} {name!r}: several accounts are called so: {listed(meant)}; use "
            "another name, or name the reports"
        )
    return meant[0]


def listed(groups: Iterable[Group]) -> str:
    """Return accounts as a sentence lists them."""
    return "; ".join(each.told for each in groups)


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
