"""Fixes of policies: they repeat; and of what nobody uses: it goes."""

from __future__ import annotations

from pdsec_checks.fixes.fix import Change, Fix, Request, imported, path
from pdsec_checks.fixes.policies import notifying, policy_put, rules_of
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.resources import EscalationPolicy, ShiftSchedule


@fixes("PD-31", "escalation_policy")
def repeated(found: Found) -> Fix:
    """Let the policy start again as often as is required."""
    policy: EscalationPolicy = found.resource
    loops = found.inspection.baseline.min_policy_loops
    rules = notifying(rules_of(policy, found))
    note = f"changed: num_loops {loops}, was {policy.num_loops}"
    change = Change("num_loops", str(loops), str(policy.num_loops))
    return found.fixed_by(
        policy_put(policy, rules, note, loops),
        terraform=[imported("escalation_policy", policy.id, [change])],
    )


@fixes("PD-39", "policy_or_schedule")
def deleted(found: Found) -> Fix:
    """Delete what nobody uses; PagerDuty's document has no request for a shift-based schedule."""
    if isinstance(found.resource, ShiftSchedule):
        return found.fixed_by(note="no documented request deletes a shift-based schedule")
    is_policy = isinstance(found.resource, EscalationPolicy)
    collection = "escalation_policies" if is_policy else "schedules"
    check = "no orchestration, workflow, response request or person outside PagerDuty goes by it"
    return found.fixed_by(
        Request("DELETE", path(collection, found.id), check=check),
        note="where Terraform manages it, remove the resource there instead",
    )
