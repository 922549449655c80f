"""How much of what was judged passes, and how much was judged: two numbers, never one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pdsec_checks.model import Finding, Severity, Status

STEPS = 10_000
"""The parts of one in which shares are told; rounded down, so that none looks better than it is."""
SHARES = ("passing", "coverage")
"""The two numbers of a score."""
FORMULA = (
    "passing = pass ÷ (pass + fail + waived); coverage = judged ÷ (judged + error + manual), where "
    "judged = pass + fail + waived"
)
"""A waived fail still is one: accepting fails must not lift the number."""


class Score(NamedTuple):
    """Counts of findings; those that are not applicable are in none."""

    passed: int = 0
    failed: int = 0
    """Waived ones too."""
    unjudged: int = 0
    """Errors, and what needs a person."""

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

    def to_json(self) -> dict[str, float | None]:
        """Return both shares."""
        return {"passing": self.passing, "coverage": self.coverage}

    def change_since(self, earlier: Score) -> dict[str, float | None]:
        """Return by how much both shares rose; None where one of the two is unknown."""
        before, now = earlier.to_json(), self.to_json()
        return {name: difference(before[name], now[name]) for name in now}

    @classmethod
    def of(cls, counts: Mapping[Status, int]) -> Score:
        """Return the score of findings that were counted by their status."""
        return cls(
            counts.get(Status.PASS, 0),
            counts.get(Status.FAIL, 0) + counts.get(Status.WAIVED, 0),
            counts.get(Status.ERROR, 0) + counts.get(Status.MANUAL, 0),
        )


def share(part: int, whole: int) -> float | None:
    """Return *part* ÷ *whole*, rounded down: 1 is reached by the whole alone."""
    return part * STEPS // whole / STEPS if whole else None


def difference(before: float | None, now: float | None) -> float | None:
    """Return how much was added; None where one of the two is unknown."""
    return None if before is None or now is None else round(now - before, 4)


def percent(value: float | None) -> str:
    """Return a share as people read it, rounded down."""
    return "none" if value is None else f"{int(value * STEPS + 0.5) // 10 / 10:.1f} %"


def points(value: float | None) -> str:
    """Return a change of a share in percentage points, with its sign."""
    return "unknown" if value is None else f"{value * 100:+.2f} points"


@dataclass(frozen=True)
class Scores:
    """The score of all findings, and of parts of them."""

    total: Score
    severity: Mapping[str, Score]
    """For each severity that has a finding, worst first."""
    framework: Mapping[str, Score]
    """For each framework that a control supports; a finding counts in each of them."""

    @property
    def nothing(self) -> Score:
        """The score of a part that has no finding."""
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
    supported: Callable[[str], Collection[str]],
) -> Scores:
    """Return the scores of *findings*.

    Args:
        findings: All of them.
        frameworks: The ids of the frameworks there are, in the order of reports.
        supported: Returns the ids of the frameworks that a control supports.
    """
    counted = Counter((each.control, each.severity, each.status) for each in findings)
    by_severity: dict[str, Counter[Status]] = {each.value: Counter() for each in Severity}
    by_framework: dict[str, Counter[Status]] = {each: Counter() for each in frameworks}
    total: Counter[Status] = Counter()
    for (control, severity, status), count in counted.items():
        places = [
            total,
            by_severity[severity],
            *(by_framework[each] for each in supported(control)),
        ]
        for place in places:
            place[status] += count
    return Scores(
        Score.of(total),
        {name: Score.of(counts) for name, counts in by_severity.items() if counts},
        {name: Score.of(counts) for name, counts in by_framework.items() if counts},
    )
