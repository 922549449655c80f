"""Escalation policies and on-call schedules of both kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any

from msgspec import Struct

from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.model import Interval
from pdsec_checks.resources.people import NotNegative, Reference
from pdsec_checks.resources.view import Place, View

ROUND_ROBIN, EVERYONE = "round_robin", "assign_to_everyone"
STRATEGIES = frozenset({ROUND_ROBIN, EVERYONE})
PLAIN = frozenset({str, type(None)})
"""What the fields of a reference mostly are."""
RULE = "RRULE:"
"""How the line of a recurrence begins that is its rule."""
PERCENTAGE = "rendered_coverage_percentage"
"""The field of a final schedule that is there for every window that PagerDuty computed."""


class EscalationPolicy(View):
    """One escalation policy (operationId ``listEscalationPolicies``)."""

    kind = "escalation_policy"

    @cached_property
    def rules(self) -> list[EscalationRule]:
        """The rules, first to last."""
        return list(self.nested("escalation_rules", EscalationRule, "an escalation rule"))

    @property
    def shown_rules(self) -> list[EscalationRule]:
        """The rules as far as they can be read."""
        try:
            return self.rules
        except InspectionError:
            return []

    @property
    def num_loops(self) -> int:
        """How often the rules run again after the last one."""
        return self.read("num_loops", int)


class EscalationRule(View):
    """One rule of an escalation policy."""

    @cached_property
    def targets(self) -> list[Target]:
        """Whom the rule notifies, deleted people too."""
        return list(self.nested("targets", Target, "a target"))

    @property
    def shown_targets(self) -> list[Target]:
        """The targets as far as they can be read."""
        try:
            return self.targets
        except InspectionError:
            return []

    @property
    def delay(self) -> int:
        """Minutes until the incident escalates to the next rule."""
        return self.read("escalation_delay_in_minutes", NotNegative)

    @property
    def strategy(self) -> str | None:
        """``round_robin``, or ``assign_to_everyone``; None where nobody can tell.

        PagerDuty documents an object with a type; others have seen its word alone, and a list of
        one. Only who asks for it is told (``include[]=escalation_rule_assignment_strategies``).
        """
        found = self.get("escalation_rule_assignment_strategy")
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        if isinstance(found, dict):
            found = found.get("type")
        return found if isinstance(found, str) and found in STRATEGIES else None


class Target(Reference):
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


class Shift(Struct, frozen=True):
    """A span in which somebody is on call, as PagerDuty computed it."""

    user: Reference | None
    """None where it cannot be told who."""
    span: Interval | None
    """None where it cannot be told when."""
    problem: MalformedRecordError | None = None
    """Why one of both cannot be told."""


class Member(Struct, frozen=True):
    """Somebody who takes turns on a schedule."""

    user: Reference | None
    """None where it cannot be told who."""
    problem: MalformedRecordError | None = None
    """Why it cannot be told who it is, or whether the turns still run."""
    is_many: bool = False
    """Whether nobody can tell how many people this stands for."""
    turns: View | None = None
    """The layer or the event whose turns these are; None for a shift."""


class End(Struct, frozen=True):
    """When the turns of a layer or an event end."""

    until: datetime | None
    """None where they have no end."""
    may_be_earlier: bool = False
    """Whether they end after a number of repetitions, which nobody counts here."""


class Turns(Struct, frozen=True):
    """A layer, or an event, whether it has ended or not."""

    members: list[Member]
    end: Callable[[], End]
    """Returns when the turns end, or raises why that cannot be told."""


class Schedule(View):
    """One on-call schedule; the two kinds answer the same questions."""

    kind = "schedule"

    def shifts(self, window: Interval) -> Sequence[Shift]:
        """Return the shifts that PagerDuty computed for *window*; a slot left empty is none.

        Several controls ask; they are worked out once.

        Raises:
            MalformedRecordError: PagerDuty did not compute them.
        """
        if window not in self._shifts_in:
            self._shifts_in[window] = self._read_shifts(window)
        return self._shifts_in[window]

    @cached_property
    def _shifts_in(self) -> dict[Interval, Sequence[Shift]]:
        return {}

    def _read_shifts(self, window: Interval) -> Sequence[Shift]:
        raise NotImplementedError

    def members(self, as_of: datetime) -> list[Member]:
        """Return who takes turns at *as_of* or later, each as often as the schedule says so.

        Raises:
            MalformedRecordError: The schedule does not say.
        """
        raise NotImplementedError

    def turns(self) -> list[Turns]:
        """Return its layers or its events, those that have ended too.

        Raises:
            MalformedRecordError: The schedule does not say.
        """
        raise NotImplementedError

    def holders(self) -> list[Member]:
        """Return who has a shift that PagerDuty computed, each person once, whenever it is.

        Raises:
            MalformedRecordError: PagerDuty did not compute them.
        """
        raise NotImplementedError

    def _final(self, entries: str) -> list[View]:
        """Return the *entries* of the final schedule.

        Raises:
            MalformedRecordError: PagerDuty did not compute them.
        """
        final = self.part("final_schedule")
        found = list(final.nested(entries))
        if not is_computed(found, final.read_optional(PERCENTAGE, object)):
            raise MalformedRecordError(f"{self} came back without the shifts of the window")
        return found


def is_computed(entries: object, percentage: object) -> bool:
    """Tell whether PagerDuty computed a schedule for a window, by the parts of its final schedule.

    No entry and no percentage mean that it honoured no window, not that nobody is on call
    (operationId ``getSchedule``, ``rendered_coverage_percentage``).
    """
    return bool(entries) or percentage is not None


class LayerSchedule(Schedule):
    """A layer-based schedule (operationId ``listSchedules``)."""

    def _read_shifts(self, window: Interval) -> Sequence[Shift]:
        entries = self._final("rendered_schedule_entries")
        return shifts_in(entries, remembering(user_of, "user"), partial(layer_span, window))

    def holders(self) -> list[Member]:
        return holders_of(self._final("rendered_schedule_entries"), "user", "id", user_of)

    def members(self, as_of: datetime) -> list[Member]:
        return [
            member
            for layer in self.nested("schedule_layers")
            for member in members_of(layer, users_in, listed_in, partial(layer_runs, as_of))
        ]

    def turns(self) -> list[Turns]:
        return [
            Turns(
                list(members_of(layer, users_in, listed_in, ever_runs)), partial(layer_end, layer)
            )
            for layer in self.nested("schedule_layers")
        ]


class ShiftSchedule(Schedule):
    """A shift-based schedule (operationId ``getScheduleV3``)."""

    def _read_shifts(self, window: Interval) -> Sequence[Shift]:  # noqa: ARG002 - each says its own end
        entries = self._final("computed_shift_assignments")
        return shifts_in(entries, remembering(assigned_in, "member"), assigned_span)

    def holders(self) -> list[Member]:
        entries = self._final("computed_shift_assignments")
        return holders_of(entries, "member", "user_id", assigned_in)

    def members(self, as_of: datetime) -> list[Member]:
        rotations = self.nested("rotations") if self.may_have("rotations") else ()
        return [member for rotation in rotations for member in members_of_rotation(rotation, as_of)]

    def turns(self) -> list[Turns]:
        rotations = self.nested("rotations") if self.may_have("rotations") else ()
        return [turns for rotation in rotations for turns in turns_of_rotation(rotation)]


def shifts_in(
    entries: Iterable[View],
    who: Callable[[View], Reference | None],
    when: Callable[[View], Interval],
) -> list[Shift]:
    """Return the shifts of rendered entries; what cannot be read of one costs that one alone."""
    found: list[Shift] = []
    for entry in entries:
        user, span, problem = None, None, None
        try:
            user = who(entry)
            if user is None:
                continue
        except MalformedRecordError as error:
            problem = error
        try:
            span = when(entry)
        except MalformedRecordError as error:
            problem = problem or error
        found.append(Shift(user, span, problem))
    return found


def remembering(
    who: Callable[[View], Reference | None], part: str
) -> Callable[[View], Reference | None]:
    """Return a *who* that reads equal objects in the field *part* once, and gives one reference.

    It is for the entries of one schedule, of which there are hundreds for a handful of people.
    """
    known: dict[tuple[tuple[str, Any], ...], Reference | None] = {}

    def found(entry: View) -> Reference | None:
        holder = entry.record.get(part)
        if not isinstance(holder, dict) or not PLAIN.issuperset(map(type, holder.values())):
            return who(entry)
        key = tuple(holder.items())
        if key not in known:
            known[key] = who(entry)
        return known[key]

    return found


def holders_of(
    entries: Iterable[View], part: str, key: str, who: Callable[[View], Reference | None]
) -> list[Member]:
    """Return who holds rendered entries; one that names a person again is not looked into.

    A schedule has hundreds of entries and a handful of people.
    """
    found: dict[str, Member] = {}
    unknown: list[Member] = []
    for entry in entries:
        holder = entry.record.get(part)
        if isinstance(holder, dict) and str(holder.get(key)) in found:
            continue
        try:
            user = who(entry)
        except MalformedRecordError as error:
            unknown.append(Member(None, error))
        else:
            if user is not None:
                found[user.id] = Member(user)
    return [*found.values(), *unknown]


def layer_span(window: Interval, entry: View) -> Interval:
    """Return when an entry runs; one whose end is null lasts as long as the window.

    PagerDuty documents that null (``ScheduleLayerEntry.end``), and that of no computed shift.

    Raises:
        MalformedRecordError: It does not say, or ends before it starts.
    """
    ends = entry.moment("end", optional=True) or window.end
    return interval(entry, entry.moment("start"), ends)


def assigned_span(entry: View) -> Interval:
    """Return when a computed shift runs.

    Raises:
        MalformedRecordError: It does not say, or ends before it starts.
    """
    return interval(entry, entry.moment("start_time"), entry.moment("end_time"))


def interval(entry: View, begins: datetime | None, ends: datetime | None) -> Interval:
    """Return the span of an entry.

    Raises:
        MalformedRecordError: It ends before it starts.
    """
    assert begins is not None and ends is not None  # noqa: PT018 - a null is malformed
    if ends < begins:
        raise MalformedRecordError(f"{entry} ends before it starts")
    return Interval(begins, ends)


def members_of(
    turns: View,
    entries: Callable[[View], Iterable[View]],
    who: Callable[[View], Reference | None],
    runs: Callable[[View], bool],
) -> Iterator[Member]:
    """Yield the members of a layer or an event that still runs, or may."""
    doubt: MalformedRecordError | None = None
    try:
        if not runs(turns):
            return
    except MalformedRecordError as error:
        doubt = error
    try:
        members = list(entries(turns))
    except MalformedRecordError as error:
        yield Member(None, error, is_many=True, turns=turns)
        return
    for member in members:
        try:
            user = who(member)
        except MalformedRecordError as error:
            yield Member(None, error, turns=turns)
        else:
            if user is not None:
                yield Member(user, doubt, turns=turns)


def users_in(layer: View) -> Iterator[View]:
    """Yield the entries of a layer's list of members."""
    return layer.nested("users")


def members_in(event: View) -> Iterator[View]:
    """Yield the entries of the list of members in an event's strategy."""
    return event.part("assignment_strategy", event).nested("members")


def members_of_rotation(rotation: View, as_of: datetime) -> Iterator[Member]:
    """Yield the members of a rotation's events; one that has no events has none."""
    try:
        events = list(rotation.nested("events")) if rotation.may_have("events") else []
    except MalformedRecordError as error:
        yield Member(None, error, is_many=True)
        return
    for event in events:
        yield from members_of(event, members_in, member_in, partial(event_runs, as_of))


def turns_of_rotation(rotation: View) -> Iterator[Turns]:
    """Yield the events of a rotation; one whose events cannot be read may have any."""
    try:
        events = list(rotation.nested("events")) if rotation.may_have("events") else []
    except MalformedRecordError as error:
        yield Turns([Member(None, error, is_many=True)], lambda: End(None))
        return
    for event in events:
        members = list(members_of(event, members_in, member_in, whenever))
        yield Turns(members, partial(event_end, event))


def whenever(_: View) -> bool:
    """Take turns in, whether they have ended or not."""
    return True


def ever_runs(layer: View) -> bool:
    """Tell whether a layer runs at any time: one whose end is not after its start never did."""
    end = layer.moment("end", optional=True, absent=True)
    start = layer.moment("start", optional=True, absent=True)
    return end is None or start is None or end > start


def layer_end(layer: View) -> End:
    """Return when a layer ends; one without an end runs on.

    Raises:
        MalformedRecordError: It does not say.
    """
    return End(layer.moment("end", optional=True, absent=True))


def event_end(event: View) -> End:
    """Return when an event ends: at ``effective_until``, or before by its own recurrence.

    Raises:
        MalformedRecordError: It does not say.
    """
    until = event.moment("effective_until", optional=True, absent=True)
    own = recurrence_end(event)
    bounds = [each for each in (until, own.until) if each is not None]
    return End(min(bounds, default=None), own.may_be_earlier)


def recurrence_end(event: View) -> End:
    """Return when an event stops to recur; without a recurrence it is over after once.

    A recurrence has one rule (RFC 5545), and may have dates that are added or left out, which
    do not move its end.

    Raises:
        MalformedRecordError: It does not say, or has another number of rules.
    """
    lines = event.read("recurrence", list[str] | None)
    if not lines:
        return End(event.part("end_time", f"{event}: end_time").moment("date_time"))
    rules = [each.upper() for each in lines if each.upper().startswith(RULE)]
    if len(rules) != 1:
        raise MalformedRecordError(f"{event}: field 'recurrence' has no rule, or several")
    text = rules[0].removeprefix(RULE).replace(" ", "")
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    until = parts.get("UNTIL")
    try:
        return End(rule_until(until) if until is not None else None, "COUNT" in parts)
    except ValueError:
        raise MalformedRecordError(f"{event}: field 'recurrence' has an unknown UNTIL") from None


def rule_until(text: str) -> datetime:
    """Return the moment of an ``UNTIL`` of RFC 5545; a day lasts until its end, all in UTC.

    Raises:
        ValueError: It is neither a day nor a moment.
    """
    if len(text) == len("20261231"):
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=1)
    return datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def layer_runs(as_of: datetime, layer: View) -> bool:
    """Tell whether a layer runs at *as_of* or later; one without an end runs on."""
    end = layer.moment("end", optional=True, absent=True)
    if end is None:
        return True
    if end <= as_of:
        return False  # whenever it started
    start = layer.moment("start")
    assert start is not None  # a null start is malformed, and said so
    return end > start


def is_surely_over(as_of: datetime, turns: View) -> bool:
    """Tell whether an event does not recur any more at *as_of*, whatever ``effective_until`` says.

    Of a layer, and of an event that does not say, nobody can tell so.
    """
    if "assignment_strategy" not in turns.record:
        return False
    try:
        end = event_end(turns).until
    except MalformedRecordError:
        return False
    return end is not None and end <= as_of


def event_runs(as_of: datetime, event: View) -> bool:
    """Tell whether an event of a rotation runs at *as_of* or later."""
    until = event.moment("effective_until", optional=True, absent=True)
    return until is None or until > as_of


def user_of(entry: View) -> Reference | None:
    """Return the user of a rendered entry; None where it names nobody.

    Raises:
        MalformedRecordError: The user has no id.
    """
    record = entry.read_if_any("user", dict)
    return identified(entry.view_of("user", record)) if record is not None else None


def listed_in(entry: View) -> Reference:
    """Return the user whom an entry of a layer stands for; there is one in each.

    Raises:
        MalformedRecordError: It names nobody, or the user has no id.
    """
    return identified(entry.part("user"))


def assigned_in(entry: View) -> Reference | None:
    """Return the user of a computed shift; None for a slot that is left empty."""
    return member_in(entry.part("member", entry))


def member_in(member: View) -> Reference | None:
    """Return the user whom a member of a shift-based schedule is; None for an empty slot.

    Raises:
        MalformedRecordError: It is neither a user nor an empty slot.
    """
    kind = member.read("type", str)
    if kind == "empty_member":
        return None
    if kind != "user_member":
        raise MalformedRecordError(f"{member}: unknown kind of member {kind!r}")
    record = {**member.record, "id": member.read("user_id", str)}
    return Reference(record, Place(member, "user"), member.kept)


def identified(user: View) -> Reference:
    """Return a reference whose id is known to be there.

    Raises:
        MalformedRecordError: It has none.
    """
    user.read("id", str)
    return Reference(user.record, user, user.kept)
