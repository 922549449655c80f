"""Escalation policies, and schedules of both kinds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulator import paging, projection
from tests.simulator.endpoints.lookup import by_name, found, matching
from tests.simulator.messages import Call, invalid
from tests.simulator.records import Record, reference


def list_policies(call: Call) -> Record:
    """List escalation policies by name."""
    policies = matching(call, by_name(call, "escalation_policies"))
    if users := set(call.query.many("user_ids")):
        policies = [each for each in policies if users & set(_target_ids(each))]
    return paging.classic(
        call,
        "escalation_policies",
        policies,
        lambda each: projection.escalation_policy(call, each),
    )


def _target_ids(policy: Record) -> Iterator[str]:
    return (target["id"] for rule in policy["escalation_rules"] for target in rule["targets"])


def show_policy(call: Call) -> Record:
    """Show one escalation policy."""
    record = found(call, call.directory.policies, call.parameters["id"])
    return {"escalation_policy": projection.escalation_policy(call, record)}


def list_schedules(call: Call) -> Record:
    """List the layer-based schedules."""
    schedules = matching(call, call.account.schedules)
    return paging.classic(
        call,
        "schedules",
        schedules,
        lambda each: projection.layer_schedule(call, each, call.includes),
    )


def show_schedule(call: Call) -> Record:
    """Show one layer-based schedule with its layers, whatever the includes say."""
    identity = call.parameters["id"]
    if identity in call.directory.shift_schedules:
        raise invalid("This is a shift-based schedule. Use /v3/schedules to read it.")
    record = found(call, call.directory.schedules, identity)
    return {"schedule": projection.layer_schedule(call, record, projection.LAYER_INCLUDES)}


def list_shift_schedules(call: Call) -> Record:
    """List references to the shift-based schedules."""
    schedules = matching(call, call.account.shift_schedules)
    return paging.classic(call, "schedules", schedules, reference, default=100, most=1000)


def show_shift_schedule(call: Call) -> Record:
    """Show one shift-based schedule."""
    identity = call.parameters["id"]
    if identity in call.directory.schedules:
        raise invalid("This is a layer-based schedule. Use /schedules to read it.")
    record = found(call, call.directory.shift_schedules, identity)
    return {"schedule": projection.shift_schedule(call, record)}
