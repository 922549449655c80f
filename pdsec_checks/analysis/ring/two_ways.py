"""Is somebody rung in several ways, and the first time at once?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from pdsec_checks.analysis.problem import Problem
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.people import TYPES, Reach, reach_of, ring_methods
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted
from pdsec_checks.resources import User

NAMES = {kind: name for name, kind in TYPES.items()}
"""Type of contact method → the short name of the way to ring somebody."""


class Ways(Struct, frozen=True):
    """When somebody is rung in each way, and in any."""

    by_name: Mapping[str, Reach]
    """Short name of each way that rings, or may → when, if no rule had a delay."""
    delays: Mapping[str, Reach]
    """The same, with their delays."""
    first: Reach

    @property
    def surely(self) -> set[str]:
        """The ways that certainly ring, after however many minutes."""
        return {name for name, each in self.by_name.items() if each.worst < NEVER}

    @property
    def as_evidence(self) -> dict[str, int | None]:
        """The ways that certainly ring → minutes to the first ring; None where it is unknown."""
        return {
            name: int(each.worst) if each.worst < NEVER else None
            for name, each in self.delays.items()
            if name in self.surely
        }


def ways_of(user: User, baseline: Baseline) -> Ways:
    """Return in which ways a user is rung for high urgency."""
    kinds = ring_methods(baseline.ring_methods)
    delays = by_way(user, kinds)
    return Ways(by_way(undelayed(user), kinds), delays, reach_of(user, kinds))


def by_way(user: User, kinds: Iterable[str]) -> dict[str, Reach]:
    """Return the short name of each way that rings, or may → when."""
    found = {NAMES[kind]: reach_of(user, {kind}) for kind in kinds}
    return {name: each for name, each in sorted(found.items()) if each.best < NEVER}


def undelayed(user: User) -> User:
    """Return a user whose rules have no delay: a way to be rung is one whenever it comes."""
    rules = user.record.get("notification_rules")
    if not isinstance(rules, list):
        return user
    at_once = [
        {**each, "start_delay_in_minutes": 0} if isinstance(each, dict) else each for each in rules
    ]
    return User({**user.record, "notification_rules": at_once}, kept=user.kept)


def problem_of(ways: Ways, baseline: Baseline) -> Problem | None:
    """Return why a person is not rung as the baseline wants it; None where they are.

    Raises:
        InspectionError: It hangs on what cannot be read.
    """
    if found := list(problems(ways, baseline)):
        return Problem(" and ".join(found), found[0].cause)
    for each in (ways.first, *ways.by_name.values()):
        if each.doubt is not None and not is_content(ways, baseline):
            raise each.doubt
    return None


def problems(ways: Ways, baseline: Baseline) -> Iterator[Problem]:
    """Yield what is certainly wrong, the worst first."""
    if ways.first.best >= NEVER:
        yield Problem(ways.first.why_silent, "never-rung")
        return
    if len(ways.by_name) < baseline.min_ring_methods:
        text = f"is rung only by {in_words(ways)}; {baseline.min_ring_methods} ways are wanted"
        yield Problem(text, "few-ways")
    if missing := sorted(required(baseline) - ways.by_name.keys()):
        yield Problem(f"is not rung by {' and '.join(missing)}, which is required", "missing-way")
    if ways.first.best > baseline.max_first_ring_minutes:
        text = (
            f"is rung for the first time after {counted(int(ways.first.best), 'minute')}; "
            f"{baseline.max_first_ring_minutes} are allowed"
        )
        yield Problem(text, "late")


def is_content(ways: Ways, baseline: Baseline) -> bool:
    """Tell whether what certainly rings is enough."""
    return (
        len(ways.surely) >= baseline.min_ring_methods
        and required(baseline) <= ways.surely
        and ways.first.worst <= baseline.max_first_ring_minutes
    )


def required(baseline: Baseline) -> set[str]:
    """Return the short names of the ways that everybody must have."""
    return {NAMES[kind] for kind in ring_methods(baseline.required_ring_methods)}


def in_words(ways: Ways) -> str:
    """Return the ways in which somebody is rung, or may be, as a message names them."""
    return " and ".join(ways.by_name) or "nothing"
