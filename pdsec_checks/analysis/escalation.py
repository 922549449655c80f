"""Escalation: whom a policy notifies, level by level, and where it falls silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pdsec_checks.analysis.certainty import Guess, any_known
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Interval
from pdsec_checks.resources import (
    ById,
    EscalationPolicy,
    EscalationRule,
    Schedule,
    Shift,
    Target,
)

REASONS = 3
"""People of one schedule whom a message names."""


def distinct_levels(policy: EscalationPolicy, people: People, guess: Guess) -> int:
    """Count the rules that notify somebody; rules with the same targets count once.

    Deleted targets are taken out first. What cannot be read counts as a level of its own, or as
    nobody: *guess* says which.

    Raises:
        InspectionError: The policy does not show its rules.
    """
    levels = {level_of(rule, people, guess) for rule in policy.rules}
    return len(levels - {frozenset()})


def level_of(rule: EscalationRule, people: People, guess: Guess) -> frozenset[object]:
    """Return whom a rule notifies: the ids of its targets without the deleted ones."""
    found: set[object] = set()
    try:
        targets = rule.targets
    except InspectionError as error:
        return frozenset({rule}) if guess.doubt(error) else frozenset()
    for target in targets:
        try:
            if people.deleted_on(target) is None:
                _ = target.is_user  # a target of an unknown kind may notify nobody
                found.add(target.id)
        except InspectionError as error:
            if guess.doubt(error):
                found.add(target)
    return frozenset(found)


@dataclass(frozen=True)
class Responders:
    """Who can be notified: people, and the schedules of both kinds in a window."""

    people: People
    schedules: ById[Schedule]
    window: Interval

    def why_silent(self, target: Target) -> str | None:
        """Return why a target notifies nobody; None when it notifies somebody.

        Raises:
            InspectionError: What decides it could not be read.
        """
        if target.is_user:
            if not (self.people.deleted_on(target) or self.people.users().find(target.id)):
                return f"user {target.id} does not exist"
            return self.people.why_silent(target)
        if day := self.people.deleted_on(target):
            return f"schedule {target.id} was deleted on {day}"
        schedule = self.schedules.find(target.id)
        if not schedule:
            return f"schedule {target.id} does not exist"
        return self._why_empty(schedule)

    def _why_empty(self, schedule: Schedule) -> str | None:
        shifts = [shift for shift in schedule.shifts(self.window) if self._counts(shift)]
        if any_known(shifts, self._reaches_somebody):
            return None
        users = {shift.user.id: shift.user for shift in shifts if shift.user}
        if not users:
            return f"{schedule} has nobody on call in the coverage window"
        reasons = [self.people.why_silent(user) or "" for user in users.values()]
        more = [f"and {len(reasons) - REASONS} more"] if len(reasons) > REASONS else []
        return (
            f"{schedule} has nobody on call in the coverage window who can be paged: "
            f"{', '.join([*reasons[:REASONS], *more])}"
        )

    def _counts(self, shift: Shift) -> bool:
        """Tell whether a shift lies in the window, at least in part, or may do so."""
        if shift.span is None:
            return True
        return max(shift.span.start, self.window.start) < min(shift.span.end, self.window.end)

    def _reaches_somebody(self, shift: Shift) -> bool:
        if shift.user is not None and self.people.why_silent(shift.user):
            return False  # whenever the shift is
        if shift.problem:
            raise shift.problem
        return True


def silence_at_the_end(policy: EscalationPolicy, responders: Responders) -> list[str]:
    """Return why the last rule notifies nobody, target by target; nothing when it does.

    Raises:
        InspectionError: No target surely notifies, and one could not be judged.
    """
    if not policy.rules or not policy.rules[-1].targets:
        return ["has no last rule that notifies anybody"]
    reasons: list[str] = []

    def notifies(target: Target) -> bool:
        reason = responders.why_silent(target)
        reasons.append(reason or "")
        return reason is None

    if any_known(policy.rules[-1].targets, notifies):
        return []
    return [f"ends in silence: {', '.join(reasons)}"]


def weak_ends(policy: EscalationPolicy, responders: Responders, *, must_repeat: bool) -> list[str]:
    """Return what is wrong with the end of a policy; *must_repeat* asks for another loop.

    Raises:
        InspectionError: Nothing is surely wrong, and something could not be read.
    """
    problems: list[str] = []
    if must_repeat and policy.shown("num_loops", int) == 0:
        problems.append("runs its rules only once")
    try:
        problems[:0] = silence_at_the_end(policy, responders)
    except InspectionError:
        if not problems:
            raise
    if must_repeat and not problems:
        _ = policy.num_loops  # it must say how often it repeats its rules
    return problems


class Uses:
    """Which schedules the policies notify, and whether that is known of all policies."""

    def __init__(self, policies: Iterable[EscalationPolicy]) -> None:
        self.levels: dict[str, list[Level]] = {}
        """Schedule → the levels that notify it."""
        self.unknown: list[InspectionError] = []
        """Why it is not known of a policy, a rule or a target: each might use any schedule."""
        for policy in policies:
            self._add(policy)

    def _add(self, policy: EscalationPolicy) -> None:
        try:
            rules = policy.rules
        except InspectionError as error:
            self.unknown.append(error)
            return
        for number, rule in enumerate(rules, 1):
            try:
                targets = rule.targets
            except InspectionError as error:
                self.unknown.append(error)
                continue
            for target in targets:
                self._add_target(target, Level(policy, number, rule))

    def _add_target(self, target: Target, level: Level) -> None:
        try:
            if not target.is_user:
                self.levels.setdefault(target.id, []).append(level)
        except InspectionError as error:
            self.unknown.append(error)

    def of(self, schedule: Schedule) -> list[Level]:
        """Return the levels that notify a schedule; none means that nobody uses it.

        Raises:
            InspectionError: None is known, and not every policy can be read.
        """
        found = self.levels.get(schedule.id, [])
        if not found and self.unknown:
            raise self.unknown[0]
        return found


@dataclass(frozen=True)
class Level:
    """One escalation level: a rule, and where it stands."""

    policy: EscalationPolicy
    number: int
    rule: EscalationRule

    def __str__(self) -> str:
        """Name it in a message."""
        return f"level {self.number} of {self.policy}"
