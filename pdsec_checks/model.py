"""The words of an inspection: control, requirement, severity, status. No I/O."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

Record: TypeAlias = dict[str, Any]
"""One object of a PagerDuty answer, as it came over the wire."""

RESERVED = re.compile(r"PD-\d\d")
"""The ids of the product's controls, those that are to come included."""
ACCOUNT = "account"
"""The resource type, and the id, of a finding that is about the whole account."""
LONGEST_PERIOD = 3_650
"""Days that a threshold may be: whoever means "never" writes as many years as a calendar has."""
LONGEST_WINDOW = 90
"""Days of one coverage window; PagerDuty renders longer ones badly."""
CORE, EXTENDED = "core", "extended"
"""The sets of controls: the default one, and the one that has further controls as well."""
YEARS = range(2000, 9999)
"""Of which a moment or a day can be: any other was made up, or is a slip."""
MOST_AT_ONCE = 100
"""Requests, or accounts, that may be under way at once."""
CRITICAL_COUNTS = 10
"""How many other services a critical one counts as."""
MOST_NAMED = 5
"""New ids of a list that a sentence names."""


@lru_cache
def moment_text(moment: datetime) -> str:
    """Return an aware moment as text in UTC, to the second: ``2026-11-23T09:00:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


ENDING_IN_Y = re.compile(r"(?<=[^aeiou])y$")
"""The ending of a noun whose plural has another one: that of a policy, not of a key."""


def counted(number: int, noun: str) -> str:
    """Return ``1 day``, ``2 days``, ``0 policies``; *noun* is the singular."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {ENDING_IN_Y.sub('ie', noun)}s"


def is_own(control: str) -> bool:
    """Tell whether the id of a control is an organisation's, not one of the product's."""
    return not RESERVED.fullmatch(control)


def is_named(patterns: Sequence[str], resource_id: str, name: str) -> bool:
    """Tell whether one of *patterns* is a resource's id or name, or matches it; none match all."""
    return not patterns or any(
        pattern in {resource_id, name}
        or fnmatchcase(name.casefold(), pattern.casefold())
        or fnmatchcase(resource_id, pattern)
        for pattern in patterns
    )


class Interval(NamedTuple):
    """A half-open span of time: *start* belongs to it, *end* does not. Both are aware."""

    start: datetime
    end: datetime


class Severity(enum.StrEnum):
    """How much a failing control matters, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def weight(self) -> int:
        """4 for critical down to 1 for low."""
        return len(Severity) - list(Severity).index(self)


class Consequence(enum.StrEnum):
    """What happens if nothing is done about a fail, worst first; its value are the words for it."""

    NOBODY_CALLED = "nobody is called"
    ONE_DOES_ALL = "one person or key can silence or read everything"
    FORGED_OR_READ = "alerts can be forged or read on the way"
    LATE = "help comes late"
    UNTRACEABLE = "nobody can tell afterwards"
    ORDER = "order"

    @property
    def place(self) -> int:
        """Where it stands in the order: 0 is the worst."""
        return list(Consequence).index(self)


class Status(enum.StrEnum):
    """What an inspection can say about one resource."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    MANUAL = "manual"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


WORST_FIRST = (
    Status.FAIL,
    Status.ERROR,
    Status.MANUAL,
    Status.WAIVED,
    Status.PASS,
    Status.NOT_APPLICABLE,
)


TO_DO = (Status.FAIL, Status.ERROR, Status.MANUAL)
"""The statuses that ask somebody to do something, in the order in which that is to be done."""
DEFICIENT = frozenset({Status.FAIL, Status.WAIVED})
"""The statuses of what fails, accepted or not."""
UNJUDGED = frozenset({Status.ERROR, Status.MANUAL})
"""The statuses of what may fail: nobody has judged it."""
NEEDING_SOMEBODY = frozenset({*TO_DO, Status.WAIVED})
"""The statuses of a finding: a check that needs somebody, or has been accepted by one."""


class Novelty(enum.StrEnum):
    """How a fail compares with an earlier report, in the order in which people want to know it."""

    NEW = "new"
    WORSE = "worse"
    KNOWN = "known"


def overall(statuses: Iterable[Status]) -> Status:
    """Return the status of a control: the worst that one of its findings has."""
    return min(statuses, key=WORST_FIRST.index)


class MappingName(enum.StrEnum):
    """Which of the two published framework mappings a run uses."""

    SPECIFIED = "specified"
    CURRENT = "current"


class Fit(enum.StrEnum):
    """How well a requirement suits the control that supports it."""

    GOOD = "good"
    BROAD = "broad"
    POOR = "poor"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of one framework, in one edition of that framework."""

    framework: str
    id: str
    edition: str
    title: str
    status: str = "present"
    """``present``, ``withdrawn``, ``absent`` or ``unverified`` in that edition."""
    note: str = ""
    cci: tuple[str, ...] = ()
    """The ids of DISA's Control Correlation Identifiers of it; none where nobody lists them."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One of several ways in which a control can ask for something, and what to do about it."""

    id: str
    """A short word that stays the same: ``no-ability``."""
    remedy: str
    help: str = ""
    """The address of PagerDuty's own page about it; empty where that of the control will do."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One entry of a control's evidence by which a fail can get worse while it stays a fail."""

    name: str
    """Its key in the evidence: a number, a flag, or a list of ids."""
    more: bool = True
    """Whether more of it is worse; else less of it is."""

    @property
    def direction(self) -> str:
        """``more`` or ``less``, as the docstring of the control says it."""
        return "more" if self.more else "less"


@dataclass(frozen=True, slots=True)
class Worsening:
    """One figure of a fail that is worse than in an earlier report."""

    figure: str
    was: Any
    """A number or a flag; of a list, how many ids it has. None where the evidence lacks it."""
    now: Any
    """The same of this run."""
    added: tuple[str, ...] = ()
    """Ids that an earlier list lacks; only where more is worse."""

    @property
    def sentence(self) -> str:
        """The figure in words: ``privileged users: 3 before, 4 now (new: PANN)``."""
        names = [*self.added[:MOST_NAMED], *([] if len(self.added) <= MOST_NAMED else ["…"])]
        new = f" (new: {', '.join(names)})" if names else ""
        words = self.figure.replace("_", " ")
        return f"{words}: {figure_text(self.was)} before, {figure_text(self.now)} now{new}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "figure": self.figure,
            "was": self.was,
            "now": self.now,
            "added": list(self.added),
        }


def figure_text(value: Any) -> str:
    """Return a figure as a sentence has it."""
    match value:
        case None:
            return "not told"
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class Control:
    """What one control demands, why, and how to get there; read off its test function."""

    id: str
    title: str
    """Its short name, which every report prints beside the id."""
    severity: Severity
    description: str
    """What it demands, as a sentence; never empty."""
    rationale: str
    remediation: str
    limits: str = ""
    help: str = ""
    """The address of PagerDuty's own page about it; empty where nobody names one."""
    needs: tuple[str, ...] = ()
    """The data sets it reads."""
    resource: str = ""
    """The type of resource that it judges one by one, ``account`` where it judges the whole; empty
    where nobody looked."""
    causes: tuple[Cause, ...] = ()
    """What its findings tell apart; none where it can ask for one thing only."""
    figures: tuple[Figure, ...] = ()
    """By what a fail gets worse; none where it is all or nothing."""
    consequence: Consequence = Consequence.ORDER
    """What happens if nothing is done about a fail of it."""
    if_ignored: str = ""
    """The same in a sentence of its own; empty where that of the class will do."""
    code: str = ""
    """The source of its test function, which says exactly how it judges; empty where nobody read
    it."""

    @property
    def worse_when(self) -> dict[str, str]:
        """The figures as plain JSON: ``{"privileged_users": "more"}``."""
        return {each.name: each.direction for each in self.figures}

    @property
    def is_own(self) -> bool:
        """Whether it is an organisation's, not the product's."""
        return is_own(self.id)

    def remedy(self, cause: str) -> str:
        """Return what to do about a cause; about none, or one it does not declare, in general."""
        return self._about(cause).remedy

    def help_url(self, cause: str) -> str:
        """Return PagerDuty's page about a cause, or about the control; empty without one."""
        return self._about(cause).help or self.help

    def _about(self, cause: str) -> Cause:
        found = (each for each in self.causes if each.id == cause)
        return next(found, Cause("", self.remediation))
