"""What people decide about findings until a day: waivers and attestations, and their limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from pdsec_checks.baseline import Days
from pdsec_checks.model import ACCOUNT, Severity

Text = Annotated[str, Meta(min_length=1)]
WILDCARDS = "*?[]"
PLACEHOLDER = re.compile(r"[*?]|\[!?.[^]]*\]")
"""What stands for other characters in a pattern of ids."""


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    """A fail that somebody accepted until a day."""

    kind: ClassVar[str] = "waiver"

    control: str
    resource: Text
    """An id, or a pattern of ids such as ``PUSER1:*``; never a display name."""
    reason: Text
    approved_by: Text
    expires: date
    """The last day on which it counts (UTC)."""
    accepted: date | None = None
    """The first day on which it counts (UTC), from which its length is counted."""

    @property
    def first_day(self) -> date | None:
        """The first day on which it counts; None where nobody wrote that down."""
        return self.accepted

    @property
    def last_day(self) -> date:
        """The last day on which it is meant to count."""
        return self.expires


class Attestation(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person confirms where the API cannot show it."""

    kind: ClassVar[str] = "attestation"

    control: str
    who: Text
    when: date
    """The first day on which it counts (UTC), from which its length is counted."""
    until: date
    """The last day on which it counts (UTC)."""
    statement: Text
    resource: Text = ACCOUNT
    """An id, or a pattern of ids; never a display name."""

    @property
    def first_day(self) -> date | None:
        """The first day on which it counts."""
        return self.when

    @property
    def last_day(self) -> date:
        """The last day on which it is meant to count."""
        return self.until


Decision: TypeAlias = Waiver | Attestation


class MaxDays(Struct, frozen=True, forbid_unknown_fields=True):
    """How many days a decision may last, by the severity of its control."""

    critical: Days = 365
    high: Days = 365
    medium: Days = 365
    low: Days = 365

    def of(self, severity: Severity) -> int:
        """Return the limit for controls of one severity."""
        days: int = getattr(self, severity.value)
        return days


class WaiverDays(MaxDays, frozen=True, forbid_unknown_fields=True):
    """How many days a waiver may last: the worse the control, the shorter."""

    critical: Days = 30
    high: Days = 90


class RemediationDays(MaxDays, frozen=True, forbid_unknown_fields=True):
    """Within how many days what fails is to be fixed, from when it was first seen.

    FedRAMP (*Continuous Monitoring Performance Management Guide* and *Vulnerability Scanning
    Requirements*) allows 30 days for high risks, 90 for moderate and 180 for low ones; CISA's
    Binding Operational Directive 19-02 allows 15 for critical ones.
    """

    critical: Days = 15
    high: Days = 30
    medium: Days = 90
    low: Days = 180


WAIVER_DAYS = WaiverDays()
REMEDIATION_DAYS = RemediationDays()
ATTESTATION_DAYS = MaxDays()


class Decisions(Struct, frozen=True, dict=True):
    """All waivers and attestations of one configuration, with their limits."""

    waivers: Sequence[Waiver] = ()
    attestations: Sequence[Attestation] = ()
    waiver_days: MaxDays = WAIVER_DAYS
    attestation_days: MaxDays = ATTESTATION_DAYS

    @property
    def all(self) -> list[Decision]:
        """Every entry, waivers first."""
        return [*self.waivers, *self.attestations]

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], list[Decision]]:
        """The entries of each kind, control and resource; patterns are below no resource."""
        found: dict[tuple[str, str, str], list[Decision]] = {}
        for each in self.all:
            resource = "" if is_pattern(each.resource) else each.resource
            found.setdefault((each.kind, each.control, resource), []).append(each)
        return found

    def about(self, kind: str, control: str, resource: str) -> Iterator[Decision]:
        """Yield the entries of a kind that are for a resource: those that name it first."""
        yield from self._index.get((kind, control, resource), ())
        for each in self._index.get((kind, control, ""), ()):
            if is_for(each.resource, resource):
                yield each

    def allowed(self, kind: str, severity: Severity) -> int:
        """Return how many days a decision of this kind may last."""
        days = self.waiver_days if kind == Waiver.kind else self.attestation_days
        return days.of(severity)


def counts_until(entry: Decision, today: date, allowed: int) -> date | None:
    """Return the last day on which an entry counts; None where it does not count yet.

    Its length is counted from its first day, and what is longer than *allowed* days ends early.
    A waiver without a first day is counted from *today*: a longer one does not count before it is
    near enough to its end, for otherwise each day would begin it anew.
    """
    start = entry.first_day or today
    if start > today:
        return None
    if not is_too_long(entry, today, allowed):
        return entry.last_day
    return start + timedelta(days=allowed) if entry.first_day else None


def is_too_long(entry: Decision, today: date, allowed: int) -> bool:
    """Tell whether an entry lasts longer than *allowed* days."""
    return length(entry, today) > allowed


def length(entry: Decision, today: date) -> int:
    """Return the days from the first day of an entry, or from *today*, to its last day."""
    return (entry.last_day - (entry.first_day or today)).days


def is_for(pattern: str, resource_id: str) -> bool:
    """Tell whether the resource of an entry is this id, or a pattern that it matches."""
    return pattern == resource_id or fnmatchcase(resource_id, pattern)


def is_pattern(resource: str) -> bool:
    """Tell whether the resource of an entry is a pattern of ids."""
    return any(char in resource for char in WILDCARDS)


def says_too_little(resource: str, severity: Severity) -> bool:
    """Tell whether a pattern may take in every resource of a critical control.

    All that it says is the ``P`` with which the ids of most resources begin.
    """
    said = PLACEHOLDER.sub("", resource).replace(":", "")
    return severity is Severity.CRITICAL and is_pattern(resource) and said in {"", "P"}


def is_too_broad(resource: str, severity: Severity) -> bool:
    """Tell whether an entry takes in every resource of a critical control, future ones too."""
    return severity is Severity.CRITICAL and bool(resource) and set(resource) <= {"*", "?"}
