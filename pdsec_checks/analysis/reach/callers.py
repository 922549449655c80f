"""Who is called for a service: the targets of policies, and who takes turns on schedules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, field

from pdsec_checks.errors import InspectionError
from pdsec_checks.resources import EscalationPolicy, EscalationRule, Schedule

Doubts: TypeAlias = dict[str, InspectionError]
"""The id of a policy or a schedule → why nobody can tell whether it calls somebody."""


class Callers(Struct):
    """Which policies call whom: users and schedules, by id."""

    listed: Iterable[EscalationPolicy]
    policies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """User or schedule → the policies with a rule that calls it."""
    nameless: InspectionError | None = None
    """Why a policy cannot be told from others; it may call anybody."""
    _may_call_any: Doubts = field(default_factory=dict)
    """Policies of which a part cannot be read."""

    def __post_init__(self) -> None:
        for policy in self.listed:
            try:
                self._add(policy.id, policy)
            except InspectionError as error:
                self.nameless = error

    def _add(self, identity: str, policy: EscalationPolicy) -> None:
        try:
            rules = policy.rules
        except InspectionError as error:
            self._may_call_any[identity] = error
            return
        for rule in rules:
            self._add_rule(identity, rule)

    def _add_rule(self, identity: str, rule: EscalationRule) -> None:
        """Add the targets of a rule; one of an unknown kind still names whom it calls."""
        try:
            targets = rule.targets
        except InspectionError as error:
            self._may_call_any[identity] = error
            return
        for target in targets:
            try:
                self.policies[target.id].add(identity)
            except InspectionError as error:
                self._may_call_any[identity] = error

    def doubts(self, may_be_on: Doubts) -> Doubts:
        """Return the policies that may call somebody who may be on the schedules *may_be_on*."""
        if not may_be_on:
            return self._may_call_any
        found = dict(self._may_call_any)
        for schedule, error in may_be_on.items():
            found |= dict.fromkeys(self.policies.get(schedule, ()), error)
        return found


class Turns:
    """Who is on which schedule."""

    def __init__(self, schedules: Iterable[Schedule], as_of: datetime) -> None:
        self._schedules: dict[str, set[str]] = defaultdict(set)
        self._nameless: InspectionError | None = None
        self.doubts: Doubts = {}
        """The schedules on which anybody may be."""
        for schedule in schedules:
            try:
                self._add(schedule.id, schedule, as_of)
            except InspectionError as error:
                self._nameless = error

    def _add(self, identity: str, schedule: Schedule, as_of: datetime) -> None:
        """Add who takes turns on a schedule, and whom an override puts there."""
        try:
            people = [*schedule.members(as_of), *schedule.holders()]
        except InspectionError as error:
            self.doubts[identity] = error
            return
        for each in people:
            if each.user is not None:
                self._schedules[each.user.id].add(identity)
            elif each.problem is not None:
                self.doubts[identity] = each.problem

    def schedules_of(self, user: str) -> set[str]:
        """Return the schedules that a user is on.

        Raises:
            InspectionError: A schedule has no id, and the user may be on that.
        """
        if self._nameless:
            raise self._nameless
        return self._schedules.get(user, set())
