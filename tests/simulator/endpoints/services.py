"""Services, integrations and escalation policies."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulator import paging, projection
from tests.simulator.endpoints.lookup import found, matching
from tests.simulator.messages import Call
from tests.simulator.records import Record


def list_services(call: Call) -> Record:
    """List services by name."""
    services = matching(call, _sorted(call, "services"))
    if name := call.query.one("name"):
        services = [each for each in services if each["name"] == name]
    return paging.classic(call, "services", services, lambda each: projection.service(call, each))


def _sorted(call: Call, collection: str) -> list[Record]:
    records = call.directory.by_name[collection]
    return records[::-1] if call.query.one("sort_by") == "name:desc" else records


def show_service(call: Call) -> Record:
    """Show one service."""
    record = found(call, call.directory.services, call.parameters["id"])
    return {"service": projection.service(call, record)}


def show_integration(call: Call) -> Record:
    """Show one integration of a service."""
    service = found(call, call.directory.services, call.parameters["id"])
    integrations = {each["id"]: each for each in service["integrations"]}
    record = dict(found(call, integrations, call.parameters["integration_id"]))
    if "services" in call.includes:
        record["service"] = projection.service(call, service)
    return {"integration": record}


def list_policies(call: Call) -> Record:
    """List escalation policies by name."""
    policies = matching(call, _sorted(call, "escalation_policies"))
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
