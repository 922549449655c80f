"""Escalation policies and on-call schedules of both kinds."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.model import Interval
from pdsec_checks.resources.view import View


class EscalationPolicy(View):
    """One escalation policy (operationId ``listEscalationPolicies``)."""

    kind = "escalation_policy"

    @cached_property
    def rules(self) -> list[EscalationRule]:
        """The rules, first to last."""
        return list(self.nested("escalation_rules", EscalationRule, "an escalation rule"))

    @property
    def num_loops(self) -> int:
        """How often the rules run again after the last one."""
        return self.read("num_loops", int)


class EscalationRule(View):
    """One rule of an escalation policy."""

    @cached_property
    def targets(self) -> list[Target]:
        """Whom the rule notifies."""
        return list(self.nested("targets", Target, "a target"))

    @property
    def target_ids(self) -> frozenset[str]:
        """The ids of the targets, without their order."""
        return frozenset(target.id for target in self.targets)

    @property
    def delay_minutes(self) -> int | None:
        """Minutes until the next rule takes over."""
        minutes: int | None = self.read_optional("escalation_delay_in_minutes", int | None)
        return minutes


class Target(View):
    """A user or a schedule that a rule notifies."""

    @property
    def is_user(self) -> bool:
        """Whether it is a user; otherwise it is a schedule of either kind.

        Raises:
            MalformedRecordError: It is neither.
        """
        kind = self.read("type", str).removesuffix("_reference")
        if kind not in {"user", "schedule", "schedule_v3"}:
            raise MalformedRecordError(f"{self} is neither user nor schedule: {kind!r}")
        return kind == "user"


class Schedule(View):
    """One on-call schedule; the two kinds answer the same questions."""

    kind = "schedule"

    def shifts(self, window: Interval) -> list[Interval]:
        """Return when somebody is on call, as PagerDuty computed it for *window*."""
        raise NotImplementedError

    def participants(self, as_of: datetime) -> set[str]:
        """Return the ids of the users who still take turns at *as_of*."""
        raise NotImplementedError

    def _interval(self, entry: View, start: str, end: str, window: Interval) -> Interval:
        """Read one entry; an entry without an end lasts as long as the window."""
        begins, ends = entry.moment(start), entry.moment(end, optional=True) or window.end
        assert begins is not None  # a null start is malformed, and said so
        if ends < begins:
            raise MalformedRecordError(f"{entry} ends before it starts")
        return Interval(begins, ends)


class LayerSchedule(Schedule):
    """A layer-based schedule (operationId ``listSchedules``)."""

    def shifts(self, window: Interval) -> list[Interval]:
        final = self.part("final_schedule")
        return [
            self._interval(entry, "start", "end", window)
            for entry in final.nested("rendered_schedule_entries")
            if entry.read("user", dict[str, Any] | None)
        ]

    def participants(self, as_of: datetime) -> set[str]:
        users: set[str] = set()
        for layer in self.nested("schedule_layers"):
            end = layer.moment("end", optional=True)
            if end is None or end > as_of:
                for member in layer.nested("users"):
                    users.add(member.part("user", str(member)).id)
        return users


class ShiftSchedule(Schedule):
    """A shift-based schedule (operationId ``getScheduleV3``)."""

    def shifts(self, window: Interval) -> list[Interval]:
        final = self.part("final_schedule")
        return [
            self._interval(entry, "start_time", "end_time", window)
            for entry in final.nested("computed_shift_assignments")
            if member_id(entry.part("member", str(entry)))
        ]

    def participants(self, as_of: datetime) -> set[str]:
        users: set[str] = set()
        for rotation in self.nested("rotations"):
            for event in rotation.nested("events"):
                until = event.moment("effective_until", optional=True)
                if until is None or until > as_of:
                    strategy = event.part("assignment_strategy", str(event))
                    users |= {member_id(member) for member in strategy.nested("members")} - {""}
        return users


def member_id(member: View) -> str:
    """Return the user id of a shift member; nothing when the slot is left empty."""
    kind = member.read("type", str)
    if kind == "empty_member":
        return ""
    if kind != "user_member":
        raise MalformedRecordError(f"{member}: unknown kind of member {kind!r}")
    return member.read("user_id", str)
