"""Fixes of escalation policies: a PUT replaces all rules, so it has all of them."""

from __future__ import annotations

from pdsec_checks.analysis.escalation import silence_at_the_end
from pdsec_checks.analysis.people import People
from pdsec_checks.errors import InspectionError
from pdsec_checks.fixes.fix import (
    CHOSEN,
    USER,
    Change,
    Fix,
    Request,
    imported,
    path,
    reference,
    some,
)
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.model import Record, counted
from pdsec_checks.resources import EscalationPolicy, EscalationRule

DELAY = 30
"""Minutes until the level after a new one, where no other level says how long they wait here."""
REPLACED = frozenset({"deleted", "nobody-responds", "stakeholder"})
"""Causes of a silent end whose remedy takes out whoever stands there."""
STRATEGY = "escalation_rule_assignment_strategy"
"""How a rule assigns; PagerDuty sends it to whoever asks for it, as no inspection does."""
EVERYBODY = "assign_to_everyone"
"""How PagerDuty notifies the targets of a rule that does not say so."""


@fixes("PD-06", "escalation_policy")
def another_level(found: Found) -> Fix:
    """Add the levels that are missing, each with somebody else on it."""
    policy: EscalationPolicy = found.resource
    present: int = found.finding.evidence["levels"]
    missing = found.inspection.baseline.min_escalation_levels - present
    rules = with_more_levels(rules_of(policy, found), missing)
    change = Change("rule.target", USER, counted(present, "level"))
    return found.fixed_by(
        policy_put(policy, rules, f"changed: {counted(missing, 'level')} with {USER}"),
        terraform=[imported("escalation_policy", policy.id, [change])],
        note="each level notifies other people than the levels before it",
    )


def with_more_levels(rules: list[Record], missing: int) -> list[Record]:
    """Return the rules with so many more levels: in place of one that adds none, else at the end.

    A rule adds no level that notifies nobody, or the same targets as a rule before it.
    """
    found: list[Record] = []
    seen: list[list[Record]] = [[]]
    for rule in rules:
        targets = sorted(rule["targets"], key=lambda target: str(target["id"]))
        if targets in seen and missing:
            missing -= 1
            found.append({**rule, "targets": [CHOSEN]})
        else:
            found.append(rule)
        seen.append(targets)
    delay = found[-1]["escalation_delay_in_minutes"] if found else DELAY
    new = [{"escalation_delay_in_minutes": delay, "targets": [CHOSEN]} for _ in range(missing)]
    return notifying([*found, *new])


@fixes("PD-07", "escalation_policy")
def heard_end(found: Found) -> Fix:
    """Let the last level notify somebody, and the policy repeat where that is required."""
    policy: EscalationPolicy = found.resource
    rules, loops = rules_of(policy, found), policy.num_loops
    changes, said = [], []
    if is_silent(policy, found):
        is_replaced = found.finding.cause in REPLACED
        rules = heard(rules, is_replaced=is_replaced)
        changes.append(Change("rule.target", USER, "nobody who can be notified"))
        said.append(f"{'only' if is_replaced else 'one more'} target of the last level, {USER}")
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


def heard(rules: list[Record], *, is_replaced: bool = False) -> list[Record]:
    """Return the rules with somebody to choose on the last level; the only one where none is.

    Whoever stands there stays, for the time when they can be notified, but where *is_replaced*.
    """
    *others, last = rules or [{"escalation_delay_in_minutes": DELAY, "targets": []}]
    present = [] if is_replaced else last["targets"]
    return [*others, {**last, "targets": [*present, CHOSEN]}]


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
