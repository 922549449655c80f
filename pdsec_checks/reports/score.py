"""How much of what was judged passes, and how much was judged: two numbers, never one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pdsec_checks.finding import Finding
from pdsec_checks.model import ACCOUNT, Control, Severity, Status

STEPS = 10_000
"""The parts of one in which shares are told; rounded down, so that none looks better than it is."""
SHARES = ("passing", "coverage")
"""The two numbers of a score."""
NUMBERS = (*SHARES, "unread_lists")
"""What a score has in files."""
NOTHING_JUDGED = "nothing judged"
"""What stands in place of a share that nothing counts in."""
FORMULA = (
    "passing = pass ÷ (pass + fail + waived); coverage = judged ÷ (judged + error + manual), where "
    "judged = pass + fail + waived"
)
"""A waived fail still is one: accepting fails must not lift the number."""


class Score(NamedTuple):
    """Counts of checks; those that are not applicable are in none."""

    passed: int = 0
    failed: int = 0
    """Waived ones too."""
    unjudged: int = 0
    """Errors, and what needs a person."""
    lists: int = 0
    """The errors among them that stand for a list which could not be read: nobody knows for how
    many checks, so that the coverage is at most what it says."""

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return self.passed + self.failed

    @property
    def passing(self) -> float | None:
        """The share of passes in what was judged, from 0 to 1; None where nothing was."""
        return share(self.passed, self.judged)

    @property
    def coverage(self) -> float | None:
        """The share that was judged, from 0 to 1; None where there was nothing to judge."""
        return share(self.judged, self.judged + self.unjudged)

    @property
    def coverage_at_most(self) -> str:
        """The words before a coverage that is an upper bound; empty where it is exact."""
        return "at most " if self.lists else ""

    @property
    def shares(self) -> dict[str, float | None]:
        """Both shares by name."""
        return {"passing": self.passing, "coverage": self.coverage}

    def to_json(self) -> dict[str, Any]:
        """Return both shares, and how many lists make the coverage an upper bound."""
        return self.shares | {"unread_lists": self.lists}

    def change_since(self, earlier: Score) -> dict[str, float | None]:
        """Return by how much both shares rose; None where one of the two is unknown.

        A share of passes says nothing beside that of a run which judged more: what failed there may
        be what could not be judged here.
        """
        changes = {
            name: difference(before, self.shares[name]) for name, before in earlier.shares.items()
        }
        fell = changes["coverage"] is None or changes["coverage"] < 0
        return changes | ({"passing": None} if fell or self.lists > earlier.lists else {})

    @classmethod
    def of(cls, counts: Mapping[Status, int], lists: int = 0) -> Score:
        """Return the score of checks that were counted by their status."""
        return cls(
            counts.get(Status.PASS, 0),
            counts.get(Status.FAIL, 0) + counts.get(Status.WAIVED, 0),
            counts.get(Status.ERROR, 0) + counts.get(Status.MANUAL, 0),
            lists,
        )


def share(part: int, whole: int) -> float | None:
    """Return *part* ÷ *whole*, rounded down: 1 is reached by the whole alone."""
    return part * STEPS // whole / STEPS if whole else None


def difference(before: float | None, now: float | None) -> float | None:
    """Return how much was added; None where one of the two is unknown."""
    return None if before is None or now is None else round(now - before, 4)


def percent(value: float | None) -> str:
    """Return a share as people read it, rounded down."""
    return NOTHING_JUDGED if value is None else f"{int(value * STEPS + 0.5) // 10 / 10:.1f} %"


def points(value: float | None) -> str:
    """Return a change of a share in percentage points, with its sign."""
    return "unknown" if value is None else f"{value * 100:+.2f} points"


@dataclass(frozen=True)
class Scores:
    """The score of all checks, and of parts of them."""

    total: Score
    severity: Mapping[str, Score]
    """For each severity that has a check, worst first."""
    framework: Mapping[str, Score]
    """For each framework that a control supports; a check counts in each of them."""

    @property
    def nothing(self) -> Score:
        """The score of a part that has no check."""
        return Score()

    def parts(self) -> dict[str, Any]:
        """Return the scores of the parts as plain JSON."""
        return {
            "severity": {name: each.to_json() for name, each in self.severity.items()},
            "framework": {name: each.to_json() for name, each in self.framework.items()},
        }


def scores_of(
    findings: Iterable[Finding],
    frameworks: Collection[str],
    supported: Callable[[str, Status], Collection[str]],
    controls: Iterable[Control] = (),
) -> Scores:
    """Return the scores of the checks that *findings* are.

    Args:
        findings: All of them.
        frameworks: The ids of the frameworks there are, in the order of reports.
        supported: Returns the ids of the frameworks in which a status of a control counts.
        controls: Those that judged, as far as they are known: what each is about.
    """
    kinds = {each.id: each.resource for each in controls}
    counted = Counter(
        (each.control, each.severity, each.status, stands_for_list(each, kinds))
        for each in findings
    )
    by_severity = {each.value: Tally() for each in Severity}
    by_framework = {each: Tally() for each in frameworks}
    total = Tally()
    for (control, severity, status, is_list), count in counted.items():
        chosen = [by_framework[each] for each in supported(control, status)]
        for part in (total, by_severity[severity], *chosen):
            part.counts[status] += count
            part.lists += count if is_list else 0
    return Scores(
        total.score,
        {name: each.score for name, each in by_severity.items() if each.counts},
        {name: each.score for name, each in by_framework.items() if each.counts},
    )


@dataclass
class Tally:
    """What a score is made of while checks are counted."""

    counts: Counter[Status] = field(default_factory=Counter)
    lists: int = 0

    @property
    def score(self) -> Score:
        """The score of what was counted."""
        return Score.of(self.counts, self.lists)


def stands_for_list(finding: Finding, kinds: Mapping[str, str]) -> bool:
    """Tell whether an error is about all resources of a control, of which nobody has the list."""
    is_whole = finding.status is Status.ERROR and finding.resource.type == ACCOUNT
    return is_whole and kinds.get(finding.control, ACCOUNT) not in {"", ACCOUNT}
