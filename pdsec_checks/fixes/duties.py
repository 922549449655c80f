"""Fixes of duties: who is named and cannot take a call goes from the policy or the schedule."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pdsec_checks.fixes.fix import CHOSEN, USER, Change, Fix, Request, imported
from pdsec_checks.fixes.policies import policy_put, rules_of
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.fixes.schedules import (
    MEMBER,
    event_put,
    layer_record,
    members_of,
    running,
    schedule_put,
    users_of,
    whom,
)
from pdsec_checks.model import Record
from pdsec_checks.resources import (
    EscalationPolicy,
    LayerSchedule,
    Schedule,
    ShiftSchedule,
    View,
)
from pdsec_checks.resources.schedules import layer_runs, listed_in, member_in, members_in, users_in


@fixes("PD-28", "policy_or_schedule")
def without_absentees(found: Found) -> Fix:
    """Take out whoever cannot take a call; where nobody is left, somebody must be chosen."""
    absent = {each["id"] for each in found.finding.evidence["cannot_take_calls"]}
    if isinstance(found.resource, EscalationPolicy):
        return policy_without(found, found.resource, absent)
    requests = list(puts_without(found, absent))
    if not requests:
        return found.fixed_by(
            note="they stand on no layer and in no event that runs: remove the override, or the "
            "custom shift, that the finding names"
        )
    is_chosen = any(USER in str(each.body) for each in requests)
    change = f"with {USER} in place of {names(absent)}" if is_chosen else f"without {names(absent)}"
    return found.fixed_by(*requests, terraform=[whom(found.resource, change)])


def policy_without(found: Found, policy: EscalationPolicy, absent: Collection[str]) -> Fix:
    """Return the fix that takes people out of a policy."""
    rules = [
        {**rule, "targets": left(rule["targets"], absent) or [CHOSEN]}
        for rule in rules_of(policy, found)
    ]
    is_chosen = any(rule["targets"] == [CHOSEN] for rule in rules)
    to = f"{USER} where nobody else is on the level" if is_chosen else "the other targets"
    return found.fixed_by(
        policy_put(policy, rules, f"changed: without {names(absent)}"),
        terraform=[
            imported("escalation_policy", policy.id, [Change("rule.target", to, names(absent))])
        ],
    )


def left(targets: list[Record], absent: Collection[str]) -> list[Record]:
    """Return the targets of a rule that stay."""
    return [target for target in targets if target["id"] not in absent]


def names(absent: Collection[str]) -> str:
    """Return the ids of people as a note has them."""
    return ", ".join(sorted(absent))


def puts_without(found: Found, absent: Collection[str]) -> Iterator[Request]:
    """Yield the requests that take people out of a schedule."""
    schedule: Schedule = found.resource
    people = found.inspection.provide("known_people")
    note = f"without {names(absent)}"
    if isinstance(schedule, ShiftSchedule):
        for where, event in running(found):
            if any(user.id in absent for user in map(member_in, members_in(event)) if user):
                members = members_of(event, people)
                stay = [each for each in members if each.get("user_id") not in absent]
                has_somebody = any("user_id" in each for each in stay)
                yield event_put(where, event, stay if has_somebody else [*stay, MEMBER], note)
        return
    assert isinstance(schedule, LayerSchedule)
    layers = list(schedule.nested("schedule_layers"))
    if any(names_one_of(layer, absent, found) for layer in layers):
        changed = []
        for layer in layers:
            users = users_of(layer, people)
            stay = [each for each in users if each["user"]["id"] not in absent]
            changed.append(layer_record(layer, stay))
        yield schedule_put(schedule, changed, note)


def names_one_of(layer: View, absent: Collection[str], found: Found) -> bool:
    """Tell whether one of *absent* takes turns on a layer that has not ended."""
    if not layer_runs(found.inspection.as_of, layer):
        return False
    return any(listed_in(entry).id in absent for entry in users_in(layer))
