"""The words of an inspection: control, requirement, finding, status. No I/O."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct, structs

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


class Team(Struct, frozen=True):
    """A team of the account."""

    id: str
    name: str = ""
    """Empty where PagerDuty names only the id."""

    def __str__(self) -> str:
        return self.name or self.id


class ResourceRef(Struct, frozen=True, eq=False):
    """The address of a resource in a report, and who looks after it."""

    type: str
    id: str
    name: str
    url: str | None = None
    teams: tuple[Team, ...] = ()
    """The teams that it belongs to, by id; none where its record names none, or was not read."""

    def __eq__(self, other: object) -> bool:
        """Compare addresses: who looks after a resource is no part of that."""
        return isinstance(other, ResourceRef) and self._address == other._address

    def __hash__(self) -> int:
        return hash(self._address)

    @property
    def _address(self) -> tuple[str, str, str, str | None]:
        return self.type, self.id, self.name, self.url

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, without ``teams`` where no team is known."""
        plain: dict[str, Any] = {
            "type": self.type,
            "id": self.id,
            "name": self.name,
            "url": self.url,
        }
        if self.teams:
            plain["teams"] = [{"id": each.id, "name": each.name} for each in self.teams]
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> ResourceRef:
        """Return the address that :meth:`to_json` wrote."""
        teams = tuple(Team(**each) for each in plain.get("teams", ()))
        return cls(**{**plain, "teams": teams})


@dataclass(frozen=True, slots=True)
class Reach:
    """How many services in service stand behind a resource, as far as that was read."""

    services: int | None = None
    """Those that are known, critical ones included; None where none is, and there may be some."""
    critical: int = 0
    """How many of them are known to be critical."""
    why: str = ""
    """Why there may be more services; empty where there are not."""
    why_critical: str = ""
    """Why more of them may be critical; empty where they are not."""

    @property
    def weight(self) -> int | None:
        """The number by which findings are ranked, critical services counted tenfold.

        None where no service is known and there may be some: missing data never looks like a
        small number.
        """
        if self.services is None:
            return None
        return self.services + (CRITICAL_COUNTS - 1) * self.critical

    @property
    def is_least(self) -> bool:
        """Whether the number may be greater than what is known."""
        return self.services is not None and bool(self.why or self.why_critical)

    @property
    def sentence(self) -> str:
        """The same in words, without a full stop."""
        if self.services is None:
            return f"Services behind it: unknown ({self.why})"
        found = f"Services behind it: {'at least ' if self.why else ''}{self.services}"
        if self.critical:
            found += f", {'at least ' if self.is_least else ''}{self.critical} critical"
        elif self.why_critical:
            found += ", unknown how many critical"
        return f"{found} ({self.why or self.why_critical})" if self.is_least else found


UNKNOWN_REACH = Reach(why="nobody looked")
"""That of a finding that no account was at hand for, such as a case that a run did not reach."""


def digest(text: str) -> str:
    """Return 32 hexadecimal digits that stand for *text*, which may hold half a character."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Finding(Struct, frozen=True, eq=False):
    """The verdict of one control about one resource."""

    control: str
    severity: Severity
    status: Status
    resource: ResourceRef
    message: str
    evidence: dict[str, Any] = {}
    """What the API showed, as plain JSON."""
    nodeid: str = ""
    known: bool | None = None
    """Whether a fail is in the earlier report that the run goes by, and got no worse since; None
    where there is no such report."""
    reason: str = ""
    """Why an error could not be judged, without the resource: many share one. In no report."""
    cause: str = ""
    """Which of the control's causes it has; empty where the control tells none apart."""
    fix: dict[str, Any] | None = None
    """How to end a fail, as plain JSON: a ``fixes.fix.Fix``. None where nobody knows one."""
    worse: tuple[Worsening, ...] = ()
    """What is worse than in that earlier report, where the fail is in it."""
    behind: Reach = UNKNOWN_REACH
    """The services that stand behind the resource; worked out where somebody is needed."""
    account: str = ""
    """By what one about the whole account is told from another account's; empty for any other one,
    and where nobody knows it."""
    rank: int | None = None
    """Its place among all findings of its report that need somebody, from 1; None elsewhere."""
    _fingerprint: str = ""
    """What ``fingerprint`` returns, once somebody asked; most formats do."""

    def __post_init__(self) -> None:
        """Have a finding that was made from another work out its own fingerprint."""
        if self._fingerprint:
            structs.force_setattr(self, "_fingerprint", "")

    def __eq__(self, other: object) -> bool:
        """Compare what is found; its rank depends on what else is."""
        if not isinstance(other, Finding) or type(other) is not type(self):
            return False
        aside = {"rank": None, "_fingerprint": ""}
        return structs.asdict(self) | aside == structs.asdict(other) | aside

    def __hash__(self) -> int:
        return hash(self.address)

    @property
    def reach(self) -> int | None:
        """How many services stand behind the resource, critical ones counted tenfold.

        At least so many where not all is known; None where nothing is.
        """
        return self.behind.weight

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that stay the same across runs, machines and verdicts.

        No other account has them, as far as it is known which account was read.
        """
        if not self._fingerprint:
            told = f"{self.address}/{self.account}" if self.account else self.address
            structs.force_setattr(self, "_fingerprint", digest(told))
        return self._fingerprint

    @property
    def address(self) -> str:
        """Control and resource: what tells findings of one account apart, in any two reports."""
        return f"{self.control}/{self.resource.type}/{self.resource.id}"

    @property
    def marked(self) -> str:
        """The message; that of a known fail says so, and that of a worse one by what."""
        if self.worse:
            return f"{self.message} (worse: {self.worsened})"
        return f"{self.message} (known)" if self.known else self.message

    @property
    def worsened(self) -> str:
        """What got worse, in words; empty where nothing did."""
        return "; ".join(each.sentence for each in self.worse)

    @property
    def novelty(self) -> Novelty | None:
        """How a fail compares with the earlier report; None where nothing was compared."""
        if self.known is None:
            return None
        if self.worse:
            return Novelty.WORSE
        return Novelty.KNOWN if self.known else Novelty.NEW

    @property
    def sort_key(self) -> tuple[str, str, str]:
        """The fixed order of every report."""
        return (self.control, self.resource.id, self.resource.type)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as the ``findings`` entry of the JSON report."""
        plain: dict[str, Any] = {
            "control": self.control,
            "severity": self.severity.value,
            "status": self.status.value,
            "resource": self.resource.to_json(),
            "message": self.message,
            "evidence": self.evidence,
            "fingerprint": self.fingerprint,
            "nodeid": self.nodeid,
        }
        if self.known is not None:
            plain["known"] = self.known
        if self.worse:
            plain["worse"] = [each.to_json() for each in self.worse]
        if self.cause:
            plain["cause"] = self.cause
        if self.fix is not None:
            plain["fix"] = self.fix
        if self.rank is not None:
            plain["rank"] = self.rank
        if self.status in TO_DO:
            plain["reach"] = self.reach
            if self.behind.is_least:
                plain["reach_at_least"] = True
        if self.account:
            plain["account"] = self.account
        return plain

    def packed(self) -> dict[str, Any]:
        """Return all there is of the finding as plain JSON, for another process."""
        behind = self.behind
        return {
            **self.to_json(),
            "reason": self.reason,
            **({} if behind == UNKNOWN_REACH else {"behind": asdict(behind)}),
        }

    @classmethod
    def unpacked(cls, plain: dict[str, Any]) -> Finding:
        """Return the finding that :meth:`packed` wrote."""
        return cls(
            control=plain["control"],
            severity=Severity(plain["severity"]),
            status=Status(plain["status"]),
            resource=ResourceRef.from_json(plain["resource"]),
            message=plain["message"],
            evidence=plain["evidence"],
            nodeid=plain["nodeid"],
            known=plain.get("known"),
            reason=plain["reason"],
            cause=plain.get("cause", ""),
            fix=plain.get("fix"),
            worse=tuple(
                Worsening(**{**each, "added": tuple(each["added"])})
                for each in plain.get("worse", ())
            ),
            behind=Reach(**plain["behind"]) if "behind" in plain else UNKNOWN_REACH,
            account=plain.get("account", ""),
        )


@dataclass(frozen=True, slots=True)
class CarriedFail:
    """A fail of an earlier report that a run can neither confirm nor rule out.

    It counts in no summary and in no exit code: it is there so that a program which remembers the
    fail does not take it for fixed.
    """

    finding: Finding
    """The fail as the run that judged it last has it, with its severity of then."""
    failed_on: datetime
    """The moment of the account (aware) at which it was last judged."""
    why: str
    """Why it cannot be judged now: the sentence of the check that has no verdict."""

    @property
    def sentence(self) -> str:
        """What is known of it, as one clause without a full stop."""
        return f"{self.state}: {self.finding.message}"

    @property
    def state(self) -> str:
        """What stands in place of a status, as one clause without a full stop."""
        return f"could not be judged; {self._day}"

    @property
    def failed(self) -> str:
        """When it failed, and how, as one clause without a full stop."""
        return f"{self._day}: {self.finding.message}"

    @property
    def _day(self) -> str:
        return f"failed on {self.failed_on.astimezone(UTC):%Y-%m-%d}"

    def to_json(self) -> dict[str, Any]:
        """Return the entry of ``carried`` in the JSON report."""
        return {
            "failed_on": moment_text(self.failed_on),
            "why": self.why,
            "finding": self.finding.to_json(),
        }
