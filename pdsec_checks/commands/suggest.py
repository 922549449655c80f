"""``config suggest``: lists that only an organisation can fill, as its account suggests them."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pdsec_checks.analysis.access import domain_of, is_privileged
from pdsec_checks.analysis.integrations import host_of
from pdsec_checks.analysis.oauth_grants import Grants, OAuthGrants
from pdsec_checks.baseline import Baseline
from pdsec_checks.commands.account import inspection_of
from pdsec_checks.commands.console import WIDEST, answer
from pdsec_checks.commands.flags import secret_from_flag
from pdsec_checks.configuration.file import find_config
from pdsec_checks.configuration.options import flags_of_command
from pdsec_checks.configuration.writer import TABLES
from pdsec_checks.errors import InspectionError, NotKeptError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.fixtures import those
from pdsec_checks.inspection import Inspection
from pdsec_checks.model import counted
from pdsec_checks.output import say
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.text import line
from pdsec_checks.resources import Unreadable
from pdsec_checks.resources.domains import is_listed


@dataclass(frozen=True)
class Listed:
    """A list of the baseline that says what an organisation knows, and what could stand in it."""

    key: str
    control: str
    """The control that goes by it; what it reads is read."""
    title: str
    """What it lists, of an account."""
    bearer: str
    """What has such a name, in the singular."""
    names: Callable[[Inspection], Iterable[str]]
    """Returns the name of each bearer as the control compares it, empty where it has none; raises
    an InspectionError where nothing is known of them."""
    covers: Callable[[str, Iterable[str]], bool]
    """Whether a name is meant by the entries of such a list."""
    is_kept: bool
    """Whether a recording with pseudonyms has these names as they are."""


def hosts(inspection: Inspection) -> Iterator[str]:
    """Yield the host that each webhook goes to."""
    return named(inspection.provide("endpoint"), host_of)


def domains(inspection: Inspection) -> Iterator[str]:
    """Yield the domain of each user's mail address, never what stands before it."""
    return named(inspection.provide("user"), domain_of)


def clients(inspection: Inspection) -> Iterator[str]:
    """Yield the OAuth client of each grant of an owner or a global admin."""
    given: OAuthGrants = inspection.provide("oauth_grants")
    for each in those(is_privileged, inspection.provide("user")):
        grants = Grants(unknown=each.error) if isinstance(each, Unreadable) else given.of(each)
        yield from (grant.client_id for _, grant in grants.known)
        if grants.unknown:
            yield ""


def named(bearers: Iterable[Any], name_of: Callable[[Any], str]) -> Iterator[str]:
    """Yield the name of each, empty where it cannot be told.

    Raises:
        NotKeptError: Reading dropped it, by our own mistake.
    """
    for each in bearers:
        try:
            yield "" if isinstance(each, Unreadable) else name_of(each)
        except NotKeptError:
            raise
        except InspectionError:
            yield ""


LISTS = (
    Listed(
        key="webhook_hosts",
        control="PD-34",
        title="The hosts that webhooks go to",
        bearer="webhook",
        names=hosts,
        covers=is_listed,
        is_kept=False,
    ),
    Listed(
        key="email_domains",
        control="PD-36",
        title="The domains of users' mail addresses",
        bearer="user",
        names=domains,
        covers=is_listed,
        is_kept=False,
    ),
    Listed(
        key="oauth_clients",
        control="PD-44",
        title="The OAuth clients that owners and global admins gave access to",
        bearer="grant",
        names=clients,
        covers=lambda name, listed: name in listed,
        is_kept=True,
    ),
)
"""Every such list there is; another one takes nothing but its entry here."""
HIDDEN = (
    "a recording with pseudonyms does not show them: ask the account itself, or a recording "
    "without pseudonyms"
)


@dataclass(frozen=True)
class Suggestion:
    """What an account suggests for one list."""

    listed: Listed
    present: Sequence[str]
    """What the configuration lists already."""
    names: Mapping[str, int] = field(default_factory=dict)
    """Name → how many have it, without those that are listed already."""
    gap: str = ""
    """Why more names may be missing; empty where none is."""

    @property
    def entries(self) -> dict[str, str]:
        """What to list, each entry with a remark; the most frequent first."""
        ranked = sorted(self.names.items(), key=lambda each: (-each[1], each[0]))
        return dict.fromkeys(self.present, "listed already") | {
            name: counted(number, self.listed.bearer) for name, number in ranked
        }


def run(given: argparse.Namespace) -> int:
    """Print the lists as TOML; 6 where names may be missing.

    Raises:
        UsageError: The flags contradict each other, or there is no credential.
        InspectionError: Nothing could be read.
    """
    secret_from_flag(given)
    inspection = inspection_of(given, [each.control for each in LISTS])
    found = [suggested(each, inspection) for each in LISTS]
    above = about(inspection.snapshot)
    answer("\n".join([*above, "", f"[{heading(given)}]", *fragment(found)]) + "\n")
    gaps = [each for each in found if each.gap]
    for each in gaps:
        say(f"WARNING: {each.listed.key}: {each.gap}\n")
    return ExitCode.NOT_JUDGED if gaps else ExitCode.PASSED


def suggested(listed: Listed, inspection: Inspection) -> Suggestion:
    """Return what an account suggests for a list."""
    present: Sequence[str] = getattr(inspection.baseline, listed.key)
    if inspection.snapshot.redacted and not listed.is_kept:
        return Suggestion(listed, present, gap=HIDDEN)
    try:
        found = Counter(listed.names(inspection))
    except NotKeptError:
        raise
    except InspectionError as error:
        return Suggestion(listed, present, gap=line(str(error)))
    names = {name: found[name] for name in found if can_list(name, listed)}
    unnamed = found.total() - sum(names.values())
    new = {name: names[name] for name in names if not listed.covers(name, present)}
    return Suggestion(listed, present, new, unnamed_gap(listed, unnamed))


def can_list(name: str, listed: Listed) -> bool:
    """Tell whether a list may have a name as it is, and then means that name alone."""
    try:
        msgspec.convert({listed.key: [name]}, Baseline)
    except msgspec.ValidationError:
        return False
    return name.isprintable() and "*" not in name and listed.covers(name, [name])


def unnamed_gap(listed: Listed, number: int) -> str:
    """Return what to say of bearers that have no name to list; empty for none."""
    verb = "has" if number == 1 else "have"
    said = f"{counted(number, listed.bearer)} {verb} none that could be listed"
    return f"{said}: {listed.control} says of each what is wrong with it" if number else ""


def heading(given: argparse.Namespace) -> str:
    """Return the heading of the table of thresholds, in the file that configures the inspection."""
    file = find_config(given.pd_config, None if given.pd_isolated else Path.cwd()).path
    return ".".join([*TABLES.get(file.name if file else "", ()), "baseline"])


def about(snapshot: Snapshot) -> Iterator[str]:
    """Yield comments: where the names are from, what they are not, and why some may be missing."""
    account = snapshot.subdomain or snapshot.base_url
    yield from comment(
        f"What the account {account} had on {snapshot.as_of.date()}. Whatever is listed passes, "
        "and nobody has said yet that all of this is known: take out what is not, and put the rest "
        "below this heading of the configuration, in the place of lists that are there."
    )
    for notice in snapshot.notices:
        yield from comment(f"NOTE: {flags_of_command(notice)}")


def fragment(found: Iterable[Suggestion]) -> Iterator[str]:
    """Yield the lines of each list, with what it lists and what may be missing."""
    for each in found:
        yield from ("", f"# {each.listed.title} ({each.listed.control})")
        if each.gap:
            yield from comment(f"INCOMPLETE: {each.gap}")
        elif not each.entries:
            yield "# There are none."
        yield from entries(each)


def entries(found: Suggestion) -> Iterator[str]:
    """Yield the lines of one list; none where there is nothing to list."""
    if found.entries:
        yield f"{found.listed.key} = ["
        for name, remark in found.entries.items():
            yield f"    {json.dumps(name, ensure_ascii=False)},  # {remark}"
        yield "]"


def comment(text: str) -> list[str]:
    """Return a text as lines of a comment."""
    shown = textwrap.fill(line(text), WIDEST, initial_indent="# ", subsequent_indent="# ")
    return shown.splitlines()
