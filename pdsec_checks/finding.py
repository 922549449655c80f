"""What an inspection finds: the verdict of a control about a resource, and who is behind that."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct, structs

from pdsec_checks.model import (
    CRITICAL_COUNTS,
    TO_DO,
    Novelty,
    Severity,
    Status,
    Worsening,
    moment_text,
)


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
        return self._address == other._address if isinstance(other, ResourceRef) else NotImplemented

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
    """The verdict of one control about one resource.

    A large account has a hundred thousand, and a dataclass takes five times as long to make.
    """

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
        """Have each work out its own fingerprint: neither that of another, nor one handed in."""
        if self._fingerprint:
            structs.force_setattr(self, "_fingerprint", "")

    def __eq__(self, other: object) -> bool:
        """Compare what is found; its rank depends on what else is."""
        if not isinstance(other, Finding) or type(other) is not type(self):
            return NotImplemented
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
