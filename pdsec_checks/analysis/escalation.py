"""Escalation: whom a policy notifies, level by level, and where it falls silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Interval
from pdsec_checks.resources import EscalationPolicy, Schedule, Target, User


def distinct_levels(policy: EscalationPolicy) -> int:
    """Count the rules that notify somebody; rules with the same targets count once."""
    return len({rule.target_ids for rule in policy.rules if rule.targets})


def used_schedules(policies: Iterable[EscalationPolicy]) -> set[str]:
    """Return the ids of the schedules that at least one policy notifies."""
    return {
        target.id
        for policy in policies
        for rule in policy.rules
        for target in rule.targets
        if not target.is_user
    }


def cannot_respond(user: User) -> str | None:
    """Return why PagerDuty cannot notify a user; None when it can."""
    if user.is_pending:
        return "has not accepted the invitation"
    if user.is_stakeholder:
        return f"is a stakeholder ({user.role})"
    return None


@dataclass(frozen=True)
class Responders:
    """Who can be notified: the users, and the schedules of both kinds in a window."""

    users: dict[str, User]
    schedules: dict[str, Schedule]
    window: Interval

    def why_silent(self, target: Target) -> str | None:
        """Return why a target notifies nobody; None when it notifies somebody.

        Raises:
            InspectionError: A field that decides it could not be read.
        """
        if target.is_user:
            user = self.users.get(target.id)
            if not user:
                return f"user {target.id} does not exist"
            reason = cannot_respond(user)
            return f"{user} {reason}" if reason else None
        schedule = self.schedules.get(target.id)
        if not schedule:
            return f"schedule {target.id} does not exist"
        if self._somebody_on_call(schedule):
            return None
        return f"{schedule} has nobody on call in the coverage window"

    def _somebody_on_call(self, schedule: Schedule) -> bool:
        return any(
            max(shift.start, self.window.start) < min(shift.end, self.window.end)
            for shift in schedule.shifts(self.window)
        )


def silence_at_the_end(policy: EscalationPolicy, responders: Responders) -> list[str]:
    """Return why the last rule notifies nobody, target by target; nothing when it does.

    Raises:
        InspectionError: No target surely notifies, and one could not be judged.
    """
    if not policy.rules or not policy.rules[-1].targets:
        return ["has no last rule that notifies anybody"]
    reasons: list[str] = []
    unknown: InspectionError | None = None
    for target in policy.rules[-1].targets:
        try:
            reason = responders.why_silent(target)
        except InspectionError as error:
            unknown = error
            continue
        if reason is None:
            return []
        reasons.append(reason)
    if unknown:
        raise unknown
    return [f"ends in silence: {', '.join(reasons)}"]
