"""What sealed evidence says of a period, as plain data: every format is made from this."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from pdsec_checks import __version__
from pdsec_checks.analysis.changes import Change
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.finding import ResourceRef
from pdsec_checks.model import Severity
from pdsec_checks.reports.earlier import AccountName
from pdsec_checks.reports.period.span import Span, runs


class Day(enum.StrEnum):
    """What the evidence of one interval says of a control, or of a requirement."""

    EXCEPTION = "exception"
    """A check failed, and nobody had accepted that."""
    WAIVED = "waived"
    """Nothing failed but what somebody had accepted."""
    HELD = "held"
    NOT_APPLICABLE = "not applicable"
    """There was nothing that the control applies to."""
    NOT_JUDGED = "not judged"
    """Nothing failed, but something could not be judged: never counted as good."""
    NO_EVIDENCE = "no evidence"
    """There is no evidence, or none that holds: never counted as good."""


class Stamp(enum.StrEnum):
    """What is known of the time stamp of a bundle."""

    NONE = "none"
    """It has none: the moment of its signature is the signer's own word."""
    UNCHECKED = "not checked"
    CHECKED = "checked"


GOOD = (Day.HELD, Day.WAIVED, Day.NOT_APPLICABLE)
"""What counts as held."""


def said_by(several: Sequence[Day]) -> Day:
    """Return what several pieces of evidence of one interval say together.

    A fail is one, however many others found none; what one could judge, another need not.
    """
    return min(several, key=list(Day).index, default=Day.NO_EVIDENCE)


@dataclass(frozen=True)
class Days:
    """What each interval of a period says, in order."""

    each: tuple[Day, ...]

    @cached_property
    def _counts(self) -> Counter[Day]:
        return Counter(self.each)

    def count(self, day: Day) -> int:
        """Return on how many intervals the evidence says that."""
        return self._counts[day]

    @property
    def expected(self) -> int:
        """How many intervals the period has."""
        return len(self.each)

    @property
    def without(self) -> int:
        """On how many of them there is no evidence."""
        return self.count(Day.NO_EVIDENCE)

    @property
    def evidenced(self) -> int:
        """On how many of them there is evidence."""
        return self.expected - self.without

    @property
    def held(self) -> int:
        """On how many of them it held, waived and not applicable ones included."""
        return sum(map(self.count, GOOD))

    @property
    def share(self) -> float | None:
        """The share of the intervals with evidence on which it held; None without evidence."""
        return self.held / self.evidenced if self.evidenced else None

    def stretches(self, day: Day) -> list[tuple[int, int]]:
        """Return the first and last interval of each stretch that says *day*."""
        return [each for each in runs(self.each) if self.each[each[0]] is day]

    @property
    def longest_gap(self) -> tuple[int, int] | None:
        """The first and last interval of the longest stretch without evidence; None without one.

        Of several the earliest.
        """
        found = self.stretches(Day.NO_EVIDENCE)
        return max(found, key=lambda each: each[1] - each[0], default=None)


@dataclass(frozen=True)
class ControlDays:
    """One control over the period."""

    id: str
    title: str
    severity: str
    description: str
    """What it demands; this, title and severity are those of the latest evidence."""
    days: Days


@dataclass(frozen=True)
class RequirementDays:
    """One requirement of one edition of a framework over the period."""

    framework: str
    edition: str
    id: str
    title: str
    controls: tuple[str, ...]
    """Those that supported it in the evidence, by id."""
    days: Days


class Outcome(enum.StrEnum):
    """What had become of a failing check at the end of the period, the worst first."""

    OPEN = "open"
    WAIVED = "waived"
    GONE = "gone"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Acceptance:
    """A waiver that covered a fail."""

    since: datetime
    """The moment (aware) of the first evidence in the period that shows it."""
    until: str
    """The last day on which it counts; empty where the evidence does not say."""
    by: str
    why: str


@dataclass(frozen=True)
class Lapse:
    """A time in which one check failed, waived or not: an exception if it ever was not.

    A check that fails again after it was resolved has another one.
    """

    control: str
    severity: Severity
    resource: ResourceRef
    message: str
    """That of the latest fail."""
    first_seen: datetime
    """The moment (aware) of the first evidence in the period that shows it."""
    last_seen: datetime
    """That of the last one."""
    failing_since: datetime
    """Since when (aware) it failed as that first evidence says, which may know of earlier runs."""
    failed: int
    """How many pieces of evidence show it as a fail that nobody had accepted."""
    waived: tuple[Acceptance, ...]
    outcome: Outcome
    ended: datetime | None
    """The moment (aware) of the first evidence that shows it resolved, or without the check; None
    where none does."""
    changes: tuple[Change, ...]
    """Who changed the resource between the last fail and that, the newest first, as far as audit
    records in the evidence show."""

    @property
    def is_exception(self) -> bool:
        """Whether it failed without a waiver at least once."""
        return self.failed > 0

    @property
    def order(self) -> tuple[int, int, str, str, str, datetime]:
        """The fixed order of every format: what is open first, the most severe before others."""
        place = list(Outcome).index(self.outcome)
        address = (self.control, self.resource.type, self.resource.id)
        return (place, -self.severity.weight, *address, self.first_seen)


@dataclass(frozen=True)
class BundleLine:
    """One sealed bundle of the period."""

    name: str
    as_of: datetime
    """The moment (aware) of the account; by its name where the bundle cannot be read."""
    tool_version: str
    """Empty where it cannot be read."""
    problem: str
    """Why it counts as no evidence; empty where it counts."""
    sealed_at: datetime | None = None
    """The moment (aware) of its signature, by the authority whose stamp was checked, or else by
    the signer's own word; None where it cannot be read."""
    stamp: Stamp = Stamp.NONE

    def is_late(self, interval: timedelta) -> bool:
        """Tell whether it was sealed more than an interval after its moment."""
        return self.sealed_at is not None and self.sealed_at - self.as_of > interval


@dataclass(frozen=True)
class Event:
    """Something besides the account that may have changed verdicts within the period."""

    at: datetime
    """The moment (aware) of the first evidence that shows it."""
    bundle: str
    text: str


@dataclass(frozen=True)
class Rejudged:
    """What the installed version of the tool says otherwise about one recording."""

    bundle: str
    as_of: datetime
    sealed_by: str
    """The version of the tool that wrote the sealed report."""
    differences: tuple[str, ...]
    """A sentence each; none where the verdicts are the same."""
    problem: str = ""
    """Why the bundle does not hold: it is not what its recording gives, by the very version that
    sealed it. Empty where it holds."""


@dataclass(frozen=True)
class Period:
    """What sealed evidence says of a period."""

    span: Span
    account: AccountName | None
    """None where no evidence of the period holds."""
    evidence: tuple[bool, ...]
    """For each interval whether there is any evidence that holds."""
    controls: tuple[ControlDays, ...]
    requirements: tuple[RequirementDays, ...]
    """By framework, in the order of the evidence."""
    lapses: tuple[Lapse, ...]
    events: tuple[Event, ...]
    bundles: tuple[BundleLine, ...]
    problems: tuple[str, ...] = ()
    """What else is wrong with the locker, a sentence each without a full stop."""
    signer: str = ""
    """Whose signature each bundle had to have; empty where nobody checked."""
    rejudged: tuple[Rejudged, ...] | None = None
    """None where nobody asked for it."""
    not_selected: tuple[str, ...] = ()
    """The controls that no run of the period looked at, by id."""
    version: str = __version__

    @cached_property
    def days(self) -> Days:
        """On which intervals there is evidence at all; what it says stands at the controls."""
        return Days(tuple(Day.HELD if each else Day.NO_EVIDENCE for each in self.evidence))

    @cached_property
    def exceptions(self) -> list[Lapse]:
        """The checks that failed at least once without a waiver."""
        return [each for each in self.lapses if each.is_exception]

    @cached_property
    def accepted(self) -> list[Lapse]:
        """The checks that failed, and were waived whenever they did."""
        return [each for each in self.lapses if not each.is_exception]

    @property
    def refused(self) -> list[BundleLine]:
        """The bundles that count as no evidence."""
        return [each for each in self.bundles if each.problem]

    @property
    def incomplete(self) -> list[ControlDays]:
        """The controls that the evidence does not cover on every expected interval."""
        return [each for each in self.controls if each.days.without]

    @property
    def unjudged(self) -> list[ControlDays]:
        """The controls that could not be judged on some interval."""
        return [each for each in self.controls if each.days.count(Day.NOT_JUDGED)]

    @property
    def changed_verdicts(self) -> list[Rejudged]:
        """The recordings that the installed version judges otherwise."""
        return [each for each in self.rejudged or () if each.differences]

    @property
    def refuted(self) -> list[Rejudged]:
        """The bundles that are not what their recordings give."""
        return [each for each in self.rejudged or () if each.problem]

    @property
    def unstamped(self) -> list[BundleLine]:
        """The bundles that count, and whose time stamp nobody checked."""
        return [each for each in self.bundles if each.stamp is Stamp.UNCHECKED and not each.problem]

    @property
    def late(self) -> list[BundleLine]:
        """The bundles that count, and were sealed more than an interval after their moment."""
        return [each for each in self.bundles if each.is_late(self.span.every) and not each.problem]

    @property
    def is_partial(self) -> bool:
        """Whether controls were left out, in every run of the period or in some."""
        return bool(self.not_selected) or any(
            each.days.without > self.days.without for each in self.controls
        )

    @property
    def exit_code(self) -> ExitCode:
        """1 for an exception or refuted evidence, 6 where some is missing or unchecked, else 0."""
        if self.exceptions or self.refuted:
            return ExitCode.FAILED
        is_whole = self.controls and not any(self.missing())
        return ExitCode.PASSED if is_whole else ExitCode.NOT_JUDGED

    def missing(self) -> Iterator[bool]:
        """Yield what keeps a period without an exception from being shown to be one."""
        yield from (bool(each) for each in (self.days.without, self.incomplete, self.unjudged))
        yield from (bool(each) for each in (self.refused, self.problems, self.changed_verdicts))
        yield from (not self.signer, bool(self.unstamped))
