"""Fixes of escalation policies and schedules: a PUT replaces whole lists, so it has all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pdsec_checks.analysis.escalation import silence_at_the_end
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError
from pdsec_checks.fixes.fix import USER, Change, Fix, Request, imported, path, reference, some
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.model import Record, counted, moment_text
from pdsec_checks.resources import (
    EscalationPolicy,
    EscalationRule,
    LayerSchedule,
    Schedule,
    ShiftSchedule,
    View,
)
from pdsec_checks.resources.schedules import (
    event_runs,
    layer_runs,
    listed_in,
    member_in,
    members_in,
    users_in,
)

POLICIES = "People > Escalation Policies > policy > Edit"
SCHEDULES = "People > On-Call Schedules > schedule"
DELAY = 30
"""Minutes until the level after a new one, where no other level says how long they wait here."""
WEEK = 7 * 86_400
STRATEGY = "escalation_rule_assignment_strategy"
"""How a rule assigns; PagerDuty sends it to whoever asks for it, as no inspection does."""
EVERYBODY = "assign_to_everyone"
"""How PagerDuty notifies the targets of a rule that does not say so."""
CHOSEN = {"id": USER, "type": "user_reference"}

# Policies


@fixes("PD-06", "escalation_policy", POLICIES)
def another_level(found: Found) -> Fix:
    """Add the levels that are missing, each with somebody else on it."""
    policy: EscalationPolicy = found.resource
    rules = notifying(rules_of(policy, found))
    missing = found.inspection.baseline.min_escalation_levels - found.finding.evidence["levels"]
    delay = rules[-1]["escalation_delay_in_minutes"] if rules else DELAY
    new = [{"escalation_delay_in_minutes": delay, "targets": [CHOSEN]} for _ in range(missing)]
    return found.fixed_by(
        policy_put(policy, [*rules, *new], f"changed: {counted(missing, 'level')} at the end"),
        terraform=[
            imported(
                "escalation_policy",
                policy.id,
                [
                    Change(
                        "rule.target", USER, f"{counted(found.finding.evidence['levels'], 'level')}"
                    )
                ],
            )
        ],
        note="each level notifies other people than the levels before it",
    )


@fixes("PD-07", "escalation_policy", POLICIES)
def heard_end(found: Found) -> Fix:
    """Let the last level notify somebody, and the policy repeat where that is required."""
    policy: EscalationPolicy = found.resource
    rules, loops = rules_of(policy, found), policy.num_loops
    changes, said = [], []
    if is_silent(policy, found):
        rules = heard(rules)
        changes.append(Change("rule.target", USER, "nobody who can be notified"))
        said.append("one more target on the last level")
    if found.inspection.baseline.require_escalation_repeat and not loops:
        loops = 1
        changes.append(Change("num_loops", "1", "0"))
        said.append("num_loops 1, was 0")
    return found.fixed_by(
        policy_put(policy, notifying(rules), f"changed: {'; '.join(said)}", loops),
        terraform=[imported("escalation_policy", policy.id, changes)],
    )


def is_silent(policy: EscalationPolicy, found: Found) -> bool:
    """Tell whether the last level notifies nobody for certain."""
    try:
        return bool(silence_at_the_end(policy, found.inspection.provide("responders")))
    except InspectionError:
        return False


def heard(rules: list[Record]) -> list[Record]:
    """Return the rules with somebody to choose on the last level; the only one where none is."""
    if not rules:
        return [{"escalation_delay_in_minutes": DELAY, "targets": [CHOSEN]}]
    return [*rules[:-1], {**rules[-1], "targets": [*rules[-1]["targets"], CHOSEN]}]


def policy_put(
    policy: EscalationPolicy, rules: list[Record], note: str, loops: int = -1
) -> Request:
    """Return the request that replaces all rules of a policy."""
    whole = {
        "type": "escalation_policy",
        "name": policy.name,
        "num_loops": policy.num_loops if loops < 0 else loops,
        "escalation_rules": rules,
    }
    note += "; all rules stand here, as they are replaced as a whole"
    if not any(STRATEGY in rule for rule in rules):
        note += f"; a level that assigns in turn (round robin) needs its {STRATEGY} as well"
    return Request(
        "PUT", path("escalation_policies", policy.id), {"escalation_policy": whole}, note
    )


def rules_of(policy: EscalationPolicy, found: Found) -> list[Record]:
    """Return the rules of a policy as a request has them, without people who were deleted."""
    people: People = found.inspection.provide("known_people")
    return [living_rule(rule, people) for rule in policy.rules]


def notifying(rules: list[Record]) -> list[Record]:
    """Return the rules that notify somebody: PagerDuty refuses one without a target."""
    return [rule for rule in rules if rule["targets"]]


def living_rule(rule: EscalationRule, people: People) -> Record:
    """Return a rule as a request has it."""
    targets = [
        reference(target.read("type", str), target.id)
        for target in rule.targets
        if people.deleted_on(target) is None
    ]
    found = {
        **some(rule, "id"),
        "escalation_delay_in_minutes": rule.read("escalation_delay_in_minutes", int),
        "targets": targets,
    }
    strategy = rule.get(STRATEGY)
    name = strategy.get("type") if isinstance(strategy, dict) else strategy
    if name not in (None, EVERYBODY):  # without round robin an account refuses to be told
        found[STRATEGY] = strategy
    return found


# Schedules


@fixes("PD-08", "schedule", f"{SCHEDULES} > Schedule an Override")
def overrides(found: Found) -> Fix:
    """Fill each gap by an override, or a custom shift, whose times are those of the gap."""
    schedule: Schedule = found.resource
    gaps = found.finding.evidence["gaps"]
    note = (
        f"closes {counted(len(gaps), 'gap')} of the window, as of "
        f"{moment_text(found.inspection.as_of)}, and no later one; what has begun by now starts "
        "now. The lasting fix is a layer, or a rotation, that leaves no gap"
    )
    if isinstance(schedule, ShiftSchedule):
        where = path("v3", "schedules", schedule.id, "custom_shifts")
        request = Request("POST", where, {"custom_shifts": [custom_shift(gap) for gap in gaps]})
        block = imported("schedulev2", schedule.id, [Change("rotation.event", "one in each gap")])
    else:
        where = path("schedules", schedule.id, "overrides")
        request = Request("POST", where, {"overrides": [override(gap) for gap in gaps]})
        block = imported("schedule", schedule.id, [Change("layer.restriction", "without a gap")])
    return found.fixed_by(request, terraform=[block], note=note)


def override(gap: Record) -> Record:
    """Return who stands in during a gap of a layer-based schedule."""
    return {"start": gap["start"], "end": gap["end"], "user": CHOSEN}


def custom_shift(gap: Record) -> Record:
    """Return who stands in during a gap of a shift-based schedule."""
    member = {"type": "user_member", "user_id": USER}
    return {
        "type": "custom_shift",
        "start_time": gap["start"],
        "end_time": gap["end"],
        "assignments": [{"type": "shift_assignment", "member": member}],
    }


@fixes("PD-09", "schedule", f"{SCHEDULES} > Edit > layer > Add users")
def more_participants(found: Found) -> Fix:
    """Add as many people to the rotation as are missing."""
    required = found.inspection.baseline.min_schedule_participants
    missing = required - len(found.finding.evidence["participants"])
    people: People = found.inspection.provide("known_people")
    if isinstance(found.resource, ShiftSchedule):
        return more_members(found, missing, people)
    schedule: LayerSchedule = found.resource
    layers = with_more_users(schedule, missing, people, found.inspection.as_of)
    whole = {
        "type": "schedule",
        **some(schedule, "name"),
        "time_zone": schedule.read("time_zone", str),
        "schedule_layers": layers,
    }
    note = (
        f"changed: {counted(missing, 'more user')} in one layer; all layers stand here, as they "
        "are replaced as a whole"
    )
    return found.fixed_by(
        Request("PUT", path("schedules", schedule.id), {"schedule": whole}, note),
        terraform=[imported("schedule", schedule.id, [Change("layer.users", f"with {USER}")])],
    )


def with_more_users(
    schedule: LayerSchedule, missing: int, people: People, as_of: datetime
) -> list[Record]:
    """Return all layers, with people to choose in the first that runs; else with a new layer."""
    layers, left = [], [{"user": CHOSEN} for _ in range(missing)]
    for layer in schedule.nested("schedule_layers"):
        users = [{"user": reference("user", each)} for each in living(layer, people)]
        if left and layer_runs(as_of, layer):
            users, left = [*users, *left], []
        layers.append(layer_record(layer, users or [{"user": CHOSEN}]))
    if left:
        start = moment_text(as_of)
        layers.append({"start": start, "rotation_virtual_start": start, "users": left}
                      | {"rotation_turn_length_seconds": WEEK})  # fmt: skip
    return layers


def living(layer: View, people: People) -> Iterator[str]:
    """Yield the ids of the users of a layer, without those who were deleted."""
    for entry in users_in(layer):
        user = listed_in(entry)
        if people.deleted_on(user) is None:
            yield user.id


def layer_record(layer: View, users: list[Record]) -> Record:
    """Return a layer as a request has it."""
    return {
        **some(layer, "id", "name", "end", "restrictions"),
        "start": layer.read("start", str),
        "rotation_virtual_start": layer.read("rotation_virtual_start", str),
        "rotation_turn_length_seconds": layer.read("rotation_turn_length_seconds", int),
        "users": users,
    }


def more_members(found: Found, missing: int, people: People) -> Fix:
    """Add people to the first event of a shift-based schedule that runs.

    Raises:
        InspectionError: None does.
    """
    schedule: ShiftSchedule = found.resource
    for rotation in schedule.nested("rotations") if schedule.may_have("rotations") else ():
        for event in rotation.nested("events") if rotation.may_have("events") else ():
            if event_runs(found.inspection.as_of, event):
                ids = rotation.read("id", str), event.read("id", str)
                where = path("v3", "schedules", schedule.id, "rotations", ids[0], "events", ids[1])
                return found.fixed_by(
                    event_put(where, event, missing, people),
                    terraform=[
                        imported(
                            "schedulev2",
                            schedule.id,
                            [Change("rotation.event.assignment_strategy.member", USER)],
                        )
                    ],
                )
    raise InspectionError("no rotation of the schedule runs; add one")


def event_put(where: str, event: View, missing: int, people: People) -> Request:
    """Return the request that replaces all members of an event."""
    strategy = event.part("assignment_strategy")
    added = [{"type": "user_member", "user_id": USER} for _ in range(missing)]
    whole = {
        **some(strategy, "type", "shifts_per_member"),
        "members": [*living_members(event, people), *added],
    }
    note = f"changed: {counted(missing, 'more member')}; all members stand here"
    return Request("PUT", where, {"event": {"assignment_strategy": whole}}, note)


def living_members(event: View, people: People) -> Iterator[Record]:
    """Yield the members of an event as a request has them, without people who were deleted."""
    for member in members_in(event):
        user = member_in(member)
        if user is None:
            yield {"type": "empty_member"}
        elif people.deleted_on(user) is None:
            yield {"type": "user_member", "user_id": user.id}
