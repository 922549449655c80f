"""Duties: whom policies and schedules name, and who of them cannot take a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.people import People, cannot_respond
from pdsec_checks.analysis.problem import Problem, shared_cause
from pdsec_checks.errors import InspectionError, MalformedRecordError, NotKeptError
from pdsec_checks.model import Interval, moment_text
from pdsec_checks.resources import (
    STAKEHOLDER_ROLES,
    EscalationPolicy,
    EscalationRule,
    Member,
    Reference,
    Schedule,
    User,
    View,
    is_surely_over,
    printable,
    quoted,
)

NAMED = 5
"""People whom a message names."""


class Duty(Struct, frozen=True):
    """One place in which somebody is named."""

    person: Reference | None
    """None where it cannot be told who."""
    where: str
    """``level 2``, ``layer 'Nights'``, ``on call from 2026-11-24T09:00:00Z``."""
    problem: InspectionError | None = None
    """Why it cannot be told who, or whether the duty is still to come."""
    is_direct: bool = False
    """Whether a policy names the person, not a schedule."""


class Absentee(Struct):
    """Somebody who is named and cannot take a call."""

    person: User | Reference
    why: Problem
    where: list[str]

    @property
    def id(self) -> str:
        """The id; ``unknown`` where the reference has none."""
        return self.person.shown("id", str) or "unknown"

    @property
    def name(self) -> str:
        """The name; nothing of who was deleted, of whom no list tells it."""
        return self.person.name if isinstance(self.person, User) else ""

    def __str__(self) -> str:
        """Name the person, the reason and the places, as a part of a message."""
        who = printable(self.id)
        name = f"user {quoted(self.name)} ({who})" if self.name else f"user {who}"
        return f"{name} {self.why} ({', '.join(self.where)})"

    def as_evidence(self) -> dict[str, object]:
        """Return it as plain JSON."""
        return {"id": self.id, "name": self.name, "why": self.why, "where": self.where}


class Named(Struct):
    """Who of those that a policy or a schedule names cannot take a call."""

    absent: dict[str, Absentee] = field(default_factory=dict)
    """By id."""
    unknown: list[InspectionError] = field(default_factory=list)
    """Why it cannot be told of others."""

    @property
    def cause(self) -> str:
        """The cause that all of them share; ``several`` where they differ."""
        return shared_cause((each.why for each in self.absent.values()), "several")

    def as_evidence(self) -> dict[str, list[Any]]:
        """Return them as plain JSON, by id, and why others could not be judged."""
        found = sorted(self.absent.values(), key=lambda each: each.id)
        besides = sorted({str(each) for each in self.unknown})
        return {
            "cannot_take_calls": [each.as_evidence() for each in found],
            **({"not_judged": besides} if besides else {}),
        }

    def __str__(self) -> str:
        """Say so as the end of a sentence; the first few are named."""
        found = sorted(self.absent.values(), key=lambda each: each.id)
        whom = "somebody" if len(found) == 1 else f"{len(found)} people"
        more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
        return f"{whom} who cannot take a call: {'; '.join([*map(str, found[:NAMED]), *more])}"

    def add(self, duty: Duty, people: People) -> None:
        """Take one more place in; our own mistake is raised."""
        try:
            self._judge(duty, people)
        except NotKeptError:
            raise
        except InspectionError as error:
            self.unknown.append(error)

    def _judge(self, duty: Duty, people: People) -> None:
        if duty.person is None:
            assert duty.problem is not None
            raise duty.problem
        why = why_absent(duty.person, people, is_direct=duty.is_direct)
        if why is None:
            return
        if duty.problem is not None:
            raise duty.problem
        found = Absentee(shown_as(duty.person, people), why, [duty.where])
        known = self.absent.setdefault(found.id, found)
        if duty.where not in known.where:
            known.where.append(duty.where)


class Duties(Struct, frozen=True):
    """Whom the policies and schedules of one account name."""

    people: People
    window: Callable[[], Interval]
    """Returns the coverage window, or raises why nobody knows when it begins."""

    def named(self, resource: EscalationPolicy | Schedule) -> Named:
        """Return who is named and cannot take a call, and of whom that cannot be told beside them.

        Raises:
            InspectionError: Nobody is so for certain, and it cannot be told of somebody.
        """
        found = Named()
        for duty in self._duties(resource):
            found.add(duty, self.people)
        if found.unknown and not found.absent:
            raise combined(found.unknown)
        return found

    def _duties(self, resource: EscalationPolicy | Schedule) -> Iterator[Duty]:
        if isinstance(resource, Schedule):
            window = self.window()
            yield from turns_of(resource, window)
            yield from shifts_of(resource, window)
        else:
            yield from targets_of(resource)


def targets_of(policy: EscalationPolicy) -> Iterator[Duty]:
    """Yield the people whom the rules of a policy name directly."""
    for number, rule in enumerate(policy.rules, 1):
        yield from direct(rule, f"level {number}")


def direct(rule: EscalationRule, where: str) -> Iterator[Duty]:
    """Yield the people among the targets of one rule."""
    try:
        targets = rule.targets
    except MalformedRecordError as error:
        yield Duty(None, where, error)
        return
    for target in targets:
        try:
            if target.is_user:
                yield Duty(target, where, is_direct=True)
        except MalformedRecordError as error:
            yield Duty(None, where, error)


def turns_of(schedule: Schedule, window: Interval) -> Iterator[Duty]:
    """Yield who takes turns in a layer or an event that has not ended, those to come included."""
    try:
        members = schedule.members(window.start)
    except MalformedRecordError as error:
        yield Duty(None, "", error)
        return
    for member in members:
        if member.turns is None or not is_surely_over(window.start, member.turns):
            yield Duty(member.user, place_of(member), member.problem)


def place_of(member: Member) -> str:
    """Return the layer or the event whose turns somebody takes."""
    turns = member.turns or View({})
    named = printable(turns.shown("id", str) or "without an id")
    if "assignment_strategy" in turns.record:
        return f"event {named}"
    return f"layer {quoted(turns.name) if turns.name else named}"


def shifts_of(schedule: Schedule, window: Interval) -> Iterator[Duty]:
    """Yield who is on call in *window*, each person once, with the first of their shifts."""
    first: dict[tuple[str, str], Duty] = {}
    try:
        shifts = [each for each in schedule.shifts(window) if may_lie_in(window, each.span)]
    except MalformedRecordError as error:
        yield Duty(None, "", error)
        return
    for shift in sorted(shifts, key=lambda each: each.span or window):
        if shift.user is None:
            yield Duty(None, "", shift.problem)
            continue
        begins = f"from {moment_text(shift.span.start)}" if shift.span else "at an unknown hour"
        who = (shift.user.id, str(shift.user.get("deleted_at")))  # of whatever type
        first.setdefault(who, Duty(shift.user, f"on call {begins}"))
    yield from first.values()


def may_lie_in(window: Interval, span: Interval | None) -> bool:
    """Tell whether a shift lies in *window*, at least in part, or may do so."""
    return span is None or max(span.start, window.start) < min(span.end, window.end)


def why_absent(person: Reference, people: People, *, is_direct: bool) -> Problem | None:
    """Return why somebody cannot take a call; None for who can.

    A policy may name an id that nobody has any more: then the person is gone. A schedule that
    does so is not to be understood.

    Raises:
        InspectionError: Nobody can tell.
    """
    if day := people.deleted_on(person):
        return Problem(f"was deleted on {day}", "deleted")
    user = people.users().find(person.id)
    if user is not None:
        return why_silent(user)
    if is_direct:
        return Problem("does not exist", "deleted")
    raise InspectionError(f"user {person.id} is not in the user list, and not deleted")


def why_silent(user: User) -> Problem | None:
    """Return why PagerDuty cannot page a user; a stakeholder is one, pending or not.

    Raises:
        MalformedRecordError: A field that decides it could not be read.
    """
    try:
        return cannot_respond(user)
    except MalformedRecordError:
        role = user.shown("role", str)
        if role not in STAKEHOLDER_ROLES:
            raise
        return Problem(f"is a stakeholder ({role})", "stakeholder")


def shown_as(person: Reference, people: People) -> User | Reference:
    """Return what is known of a person: the user, or the reference alone."""
    try:
        return people.shown_as(person)
    except MalformedRecordError:
        return person
