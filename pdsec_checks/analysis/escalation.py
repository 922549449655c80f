"""Escalation: whom a policy notifies, level by level, and where it falls silent."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from pdsec_checks.analysis.certainty import Guess, any_known
from pdsec_checks.analysis.people import People
from pdsec_checks.analysis.problem import Problem, shared_cause
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


class Notified(Struct, frozen=True):
    """Whom a rule notifies: the ids of its targets without the deleted ones."""

    surely: frozenset[str]
    perhaps: frozenset[str] = frozenset()
    """Ids of targets that may be nobody: of an unknown kind, or deleted or not."""
    anybody: bool = False
    """Whether a part cannot be read that may be nobody, or anybody, those named elsewhere too."""

    @property
    def named(self) -> frozenset[str]:
        """Every id that may belong to it."""
        return self.surely | self.perhaps

    def surely_differs(self, other: Notified) -> bool:
        """Tell whether the two notify different people, whatever the unknown parts are."""
        return self._has_more_than(other) or other._has_more_than(self)

    def _has_more_than(self, other: Notified) -> bool:
        return not other.anybody and bool(self.surely - other.named)


def distinct_levels(policy: EscalationPolicy, people: People, guess: Guess) -> int:
    """Count the rules that notify somebody; rules with the same targets count once.

    Deleted targets are taken out first. Where something cannot be read it is the most or the
    fewest levels that there can be: *guess* says which.

    Raises:
        InspectionError: The policy does not show its rules.
    """
    rules = [notified_by(rule, people, guess) for rule in policy.rules]
    return most_levels(rules) if guess.for_the_better else fewest_levels(rules)


def why_few_levels(policy: EscalationPolicy, people: People, required: int) -> str:
    """Return the cause for which a policy surely has fewer distinct levels than required."""
    if len(policy.rules) < required:
        return "few-rules"
    found = [notified_by(rule, people, Guess(for_the_better=True)) for rule in policy.rules]
    notifying = [rule for rule in found if rule.named or rule.anybody]
    return "empty-rules" if len(notifying) < required else "same-people"


def fewest_levels(rules: Iterable[Notified]) -> int:
    """Count the rules that surely notify somebody, and surely others than the rules before."""
    found: list[Notified] = []
    for rule in sorted(rules, key=lambda rule: (rule.anybody, len(rule.perhaps))):
        if rule.surely and all(map(rule.surely_differs, found)):
            found.append(rule)
    return len(found)


def most_levels(rules: Iterable[Notified]) -> int:
    """Count the rules that may notify somebody, and others than all other rules.

    A rule that names the same ids as another one, and is as uncertain, says the same.
    """
    found: set[Notified | int] = set()
    for number, rule in enumerate(rules):
        if rule.anybody:
            found.add(number)
        elif len(rule.named) == 1:
            found.add(Notified(rule.named))  # nobody would be no level
        elif rule.named:
            found.add(rule)
    return len(found)


def notified_by(rule: EscalationRule, people: People, guess: Guess) -> Notified:
    """Return whom a rule notifies; *guess* notes what cannot be read of it."""
    try:
        targets = rule.targets
    except InspectionError as error:
        guess.doubt(error)
        return Notified(frozenset(), anybody=True)
    surely: set[str] = set()
    perhaps: set[str | None] = set()
    for target in targets:
        try:
            if people.deleted_on(target) is None:
                _ = target.is_user  # a target of an unknown kind may notify nobody
                surely.add(target.id)
        except InspectionError as error:
            guess.doubt(error)
            perhaps.add(target.shown("id", str))
    named = frozenset(each for each in perhaps if each is not None)
    return Notified(frozenset(surely), named - surely, anybody=None in perhaps)


class Responders(Struct, frozen=True):
    """Who can be notified: people, and the schedules of both kinds in a window."""

    people: People
    schedules: ById[Schedule]
    window: Interval

    def why_silent(self, target: Target) -> Problem | None:
        """Return why a target notifies nobody; None when it notifies somebody.

        Raises:
            InspectionError: What decides it could not be read.
        """
        if target.is_user:
            if not (self.people.deleted_on(target) or self.people.users().find(target.id)):
                return Problem(f"user {target.id} does not exist", "deleted")
            return self.people.why_silent(target)
        if day := self.people.deleted_on(target):
            return Problem(f"schedule {target.id} was deleted on {day}", "deleted")
        schedule = self.schedules.find(target.id)
        if not schedule:
            return Problem(f"schedule {target.id} does not exist", "deleted")
        text = self._why_empty(schedule)
        return Problem(text, "empty-schedule") if text else None

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


def silence_at_the_end(policy: EscalationPolicy, responders: Responders) -> Problem | None:
    """Return why the last rule notifies nobody, target by target; None when it does.

    Raises:
        InspectionError: No target surely notifies, and one could not be judged.
    """
    if not policy.rules or not policy.rules[-1].targets:
        return Problem("has no last rule that notifies anybody", "no-targets")
    reasons: list[Problem] = []

    def notifies(target: Target) -> bool:
        reason = responders.why_silent(target)
        reasons.extend([reason] if reason else [])
        return reason is None

    if any_known(policy.rules[-1].targets, notifies):
        return None
    text = f"ends in silence: {', '.join(reasons)}"
    return Problem(text, shared_cause(reasons, "nobody-responds"))


def weak_end(
    policy: EscalationPolicy, responders: Responders, *, must_repeat: bool
) -> Problem | None:
    """Return what is wrong with the end of a policy; *must_repeat* asks for another loop.

    Raises:
        InspectionError: Nothing is surely wrong, and something could not be read.
    """
    once = None
    if must_repeat and policy.shown("num_loops", int) == 0:
        once = Problem("runs its rules only once", "runs-once")
    try:
        silence = silence_at_the_end(policy, responders)
    except InspectionError:
        if not once:
            raise
        silence = None
    if once and silence:
        return Problem(f"{silence}; it {once}", "silent-and-once")
    if must_repeat and not (once or silence):
        _ = policy.num_loops  # it must say how often it repeats its rules
    return silence or once


class Uses:
    """Which schedules the policies notify, and whether that is known of all policies."""

    def __init__(self, policies: Iterable[EscalationPolicy]) -> None:
        self.levels: dict[str, list[Level]] = {}
        """Schedule → the levels that notify it."""
        self._unknown: list[tuple[str | None, InspectionError]] = []
        """Which schedule might be used, or None for any, and why that is unknown."""
        for policy in policies:
            self._add(policy)

    def _add(self, policy: EscalationPolicy) -> None:
        try:
            rules = policy.rules
        except InspectionError as error:
            self._unknown.append((None, error))
            return
        for number, rule in enumerate(rules, 1):
            try:
                targets = rule.targets
            except InspectionError as error:
                self._unknown.append((None, error))
                continue
            for target in targets:
                self._add_target(target, Level(policy, number, rule))

    def _add_target(self, target: Target, level: Level) -> None:
        try:
            if not target.is_user:
                self.levels.setdefault(target.id, []).append(level)
        except InspectionError as error:
            self._unknown.append((target.shown("id", str), error))

    def of(self, schedule: Schedule) -> list[Level]:
        """Return the levels that notify a schedule; none means that nobody uses it.

        Raises:
            InspectionError: None is known, and something that cannot be read might be one.
        """
        found = self.levels.get(schedule.id, [])
        if not found and (unknown := self.unknown_of(schedule)):
            raise unknown[0]
        return found

    def unknown_of(self, schedule: Schedule) -> list[InspectionError]:
        """Return why not all levels that notify a schedule may be known.

        A policy or a rule that cannot be read might use any schedule, a target of an unknown
        kind only the one whose id it names.
        """
        return [error for might_be, error in self._unknown if might_be in {None, schedule.id}]


class Level(Struct, frozen=True):
    """One escalation level: a rule, and where it stands."""

    policy: EscalationPolicy
    number: int
    rule: EscalationRule

    def __str__(self) -> str:
        """Name it in a message."""
        return f"level {self.number} of {self.policy}"
