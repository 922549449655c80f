"""The words of an inspection: control, requirement, finding, status. No I/O."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
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
MOST_AT_ONCE = 100
"""Requests, or accounts, that may be under way at once."""


def moment_text(moment: datetime) -> str:
    """Return an aware moment as text in UTC, to the second: ``2026-11-23T09:00:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def counted(number: int, noun: str) -> str:
    """Return ``1 day``, ``2 days``, ``0 days``; *noun* is the singular."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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


@dataclass(frozen=True, slots=True)
class Cause:
    """One of several ways in which a control can ask for something, and what to do about it."""

    id: str
    """A short word that stays the same: ``no-ability``."""
    remedy: str
    help: str = ""
    """The address of PagerDuty's own page about it; empty where that of the control will do."""


@dataclass(frozen=True, slots=True)
class Control:
    """What one control demands, why, and how to get there; read off its test function."""

    id: str
    title: str
    severity: Severity
    rationale: str
    remediation: str
    limits: str = ""
    help: str = ""
    """The address of PagerDuty's own page about it; empty where nobody names one."""
    needs: tuple[str, ...] = ()
    """The data sets it reads."""
    causes: tuple[Cause, ...] = ()
    """What its findings tell apart; none where it can ask for one thing only."""

    @property
    def is_own(self) -> bool:
        """Whether it is an organisation's, not the product's."""
        return not RESERVED.fullmatch(self.id)

    def remedy(self, cause: str) -> str:
        """Return what to do about a cause; about none, or one it does not declare, in general."""
        return self._about(cause).remedy

    def help_url(self, cause: str) -> str:
        """Return PagerDuty's page about a cause, or about the control; empty without one."""
        return self._about(cause).help or self.help

    def _about(self, cause: str) -> Cause:
        found = (each for each in self.causes if each.id == cause)
        return next(found, Cause("", self.remediation))


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """The address of a resource in a report."""

    type: str
    id: str
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one control about one resource."""

    control: str
    severity: Severity
    status: Status
    resource: ResourceRef
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    """What the API showed, as plain JSON."""
    nodeid: str = ""
    known: bool | None = None
    """Whether a fail is in the earlier report that the run goes by; None where there is none."""
    reason: str = ""
    """Why an error could not be judged, without the resource: many share one. In no report."""
    cause: str = ""
    """Which of the control's causes it has; empty where the control tells none apart."""
    fix: dict[str, Any] | None = None
    """How to end a fail, as plain JSON: a ``fixes.fix.Fix``. None where nobody knows one."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that stay the same across runs, machines and verdicts."""
        address = f"{self.control}/{self.resource.type}/{self.resource.id}"
        return sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def marked(self) -> str:
        """The message; that of a known fail says so."""
        return f"{self.message} (known)" if self.known else self.message

    @property
    def sort_key(self) -> tuple[str, str, str]:
        """The fixed order of every report."""
        return (self.control, self.resource.id, self.resource.type)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as the ``findings`` entry of the JSON report."""
        return {
            "control": self.control,
            "severity": self.severity.value,
            "status": self.status.value,
            "resource": {
                "type": self.resource.type,
                "id": self.resource.id,
                "name": self.resource.name,
                "url": self.resource.url,
            },
            "message": self.message,
            "evidence": self.evidence,
            "fingerprint": self.fingerprint,
            "nodeid": self.nodeid,
            **({} if self.known is None else {"known": self.known}),
            **({"cause": self.cause} if self.cause else {}),
            **({} if self.fix is None else {"fix": self.fix}),
        }

    def packed(self) -> dict[str, Any]:
        """Return all there is of the finding as plain JSON, for another process."""
        return {**self.to_json(), "reason": self.reason}

    @classmethod
    def unpacked(cls, plain: dict[str, Any]) -> Finding:
        """Return the finding that :meth:`packed` wrote."""
        return cls(
            control=plain["control"],
            severity=Severity(plain["severity"]),
            status=Status(plain["status"]),
            resource=ResourceRef(**plain["resource"]),
            message=plain["message"],
            evidence=plain["evidence"],
            nodeid=plain["nodeid"],
            known=plain.get("known"),
            reason=plain["reason"],
            cause=plain.get("cause", ""),
            fix=plain.get("fix"),
        )
