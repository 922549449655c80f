"""Whether two inspections are about one account, live or recorded, renamed or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from pdsec_checks.configuration.settings import Decided
from pdsec_checks.errors import UsageError
from pdsec_checks.pagerduty.snapshot import RECORDING, Snapshot

if TYPE_CHECKING:
    from pdsec_checks.reports.earlier import EarlierReport

PSEUDONYM = re.compile(r"[0-9a-f]{10}")
"""What a redacted recording calls the account; each recording has another name for it."""
LASTING = {
    "users": "user",
    "services": "service",
    "escalation_policies": "escalation_policy",
    "schedules": "schedule",
}
"""Data set → the type of its resources, which keep their ids for years; a key is replaced."""


class Identity(Struct, frozen=True):
    """By what an account is recognised."""

    base_url: str
    subdomain: str | None
    """None where it is not known, or only as a pseudonym."""
    ids: Mapping[str, frozenset[str]]
    """Resource type → ids that were seen."""
    is_whole: bool
    """Whether these are all ids of those types."""

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> Identity:
        """Return the identity of an account that was read."""
        found = {
            kind: frozenset(each["id"] for each in snapshot.records(name) if "id" in each)
            for name, kind in LASTING.items()
            if snapshot.has(name)
        }
        name = name_of(snapshot.subdomain, snapshot.source)
        return cls(snapshot.base_url, name, found, is_whole=True)

    @classmethod
    def of_report(cls, report: EarlierReport) -> Identity:
        """Return the identity of an account as a report of it shows it."""
        found: dict[str, set[str]] = {}
        for finding in report.findings:
            if finding.resource.type in LASTING.values():
                found.setdefault(finding.resource.type, set()).add(finding.resource.id)
        return cls(
            report.account.base_url,
            name_of(report.account.subdomain, report.source),
            {kind: frozenset(ids) for kind, ids in found.items()},
            is_whole=report.complete and not report.restricted,
        )

    def shares_ids_with(self, other: Identity) -> bool | None:
        """Tell whether a resource is in both; None where that cannot be known."""
        kinds = [kind for kind in self.ids.keys() & other.ids.keys() if self.ids[kind]]
        if any(self.ids[kind] & other.ids[kind] for kind in kinds):
            return True
        is_known = self.is_whole and other.is_whole and any(other.ids[kind] for kind in kinds)
        return False if is_known else None

    def __str__(self) -> str:
        return f"{self.subdomain or 'without a name'} at {self.base_url}"


def name_of(subdomain: str | None, source: str) -> str | None:
    """Return the subdomain of an account; None where it is not known, or only as a pseudonym."""
    if subdomain and source == RECORDING and PSEUDONYM.fullmatch(subdomain):
        return None
    return subdomain


class EarlierReports(Struct, frozen=True):
    """The reports of before that a run goes by; either may be missing."""

    baseline: EarlierReport | None = None
    """The one whose fails are known."""
    last: EarlierReport | None = None
    """The one whose fails are carried on: that of the last run, or else the baseline."""

    @classmethod
    def read(cls, decided: Decided) -> EarlierReports:
        """Read the reports that somebody named.

        Raises:
            UsageError: One of them cannot be read, or is no report of one account.
        """
        path, last = decided.earlier_report, decided.last_report
        if not (path or last):
            return cls()
        from pdsec_checks.reports.earlier import read_report  # heavy: only where one is named

        baseline = read_report(path, decided.earlier_named_by) if path else None
        return cls(baseline, read_report(last, decided.last_named_by) if last else baseline)

    def check(self, decided: Decided, snapshot: Snapshot) -> None:
        """Make sure that they are about the account that was read.

        Raises:
            UsageError: One is about another account.
        """
        named = [(self.baseline, decided.earlier_named_by)]
        if self.last is not self.baseline:
            named.append((self.last, decided.last_named_by))
        for report, where in named:
            if report:
                check_account(
                    where,
                    Identity.of_report(report),
                    Identity.of_snapshot(snapshot),
                    renamed=decided.is_renamed,
                    renamed_by=decided.renamed_by(where),
                )


def check_account(
    where: str, earlier: Identity, now: Identity, *, renamed: bool, renamed_by: str
) -> None:
    """Make sure that an earlier report is about the account of this run.

    The address alone says little: a recording names another one than the gateway that it was made
    through, and its subdomain may be a pseudonym. Ids of users, services, policies and schedules
    last, and a recording keeps them. *renamed* says that the account has another subdomain or
    address by now, and *renamed_by* is how a user says so.

    Raises:
        UsageError: It is about another account; *where* names the report.
    """
    is_same_address = earlier.base_url == now.base_url
    is_same_name = (
        earlier.subdomain == now.subdomain if earlier.subdomain and now.subdomain else None
    )
    if is_same_address and is_same_name:
        return
    shared = earlier.shares_ids_with(now)
    if shared is False:
        raise UsageError(
            f"{where}: {not_about(earlier, now)}: not one of its users, services, policies and "
            "schedules is there; name a report about this account"
        )
    if renamed or (is_same_name is not False and (shared or is_same_address)):
        return
    raise UsageError(
        f"{where}: {not_about(earlier, now)}; where it is the same account, which got another "
        f"name or address, say so with {renamed_by}"
    )


def not_about(earlier: Identity, now: Identity) -> str:
    """Return that two accounts are not the same one, as a sentence without its end."""
    name = now.subdomain or "the one"
    return f"the report is about the account {earlier}, and not about {name} at {now.base_url}"
