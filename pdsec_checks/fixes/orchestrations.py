"""Fixes of event orchestrations: events go to a service that somebody watches.

Conditions are in no report: they stay as they are, and are left to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pdsec_checks.analysis.orchestrations import Routing
from pdsec_checks.fixes.fix import SERVICE, Change, Fix, Request, imported, path
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.model import Record
from pdsec_checks.resources import RouterRule
from pdsec_checks.resources.orchestrations import UNROUTED

CONDITION = "CHOOSE_THE_PRESENT_CONDITION"
SOURCE = "CHOOSE_THE_PRESENT_SOURCE"
PATTERN = "CHOOSE_THE_PRESENT_PATTERN"
ALL_OF_IT = (
    "changed: route_to where it is CHOOSE_A_SERVICE. All rules stand here, as those that are left "
    "out are deleted; their conditions are in no report"
)


@fixes("PD-41", "orchestration")
def routed(found: Found) -> Fix:
    """Let whatever loses events route to a service; which one, people must choose."""
    routing: Routing = found.inspection.provide("routing")
    router = routing.router_of(found.resource)
    lost = {UNROUTED, *(each["route_to"] for each in dead_routes(found))}
    rules, doubt = router.rules()
    if doubt is not None:
        raise doubt
    whole: Record = {
        "sets": [{"id": "start", "rules": [rule_record(each, lost) for each in rules]}],
        "catch_all": {"actions": {"route_to": kept_route(router.catch_all(), lost)}},
    }
    where = path("event_orchestrations", found.id, "router")
    return found.fixed_by(
        Request("PUT", where, {"orchestration_path": whole}, ALL_OF_IT),
        terraform=[imported("event_orchestration_router", found.id, changes(found))],
    )


def dead_routes(found: Found) -> list[Record]:
    """Return what routes to services that get nothing, as the evidence has it."""
    dead: list[Record] = found.finding.evidence.get("dead_routes", [])
    return dead


def kept_route(to: str, lost: set[str]) -> str:
    """Return where a route leads to, or that somebody must choose, where its events are lost."""
    return SERVICE if to in lost else to


def rule_record(rule: RouterRule, lost: set[str]) -> Record:
    """Return a rule as a request has it, as far as a report knows it.

    One that is disabled loses nothing, and stays as it is.
    """
    record: Record = {name: rule.get(name) for name in ("id", "label") if rule.get(name)}
    if not rule.is_enabled():
        record["disabled"] = True
    looked_up_by = rule.looked_up_by()
    actions: dict[str, Any] = {}
    if looked_up_by is not None:
        dynamic = {"source": SOURCE, "regex": PATTERN, "lookup_by": looked_up_by}
        actions["dynamic_route_to"] = dynamic
    else:
        record["conditions"] = [{"expression": CONDITION}]
    if looked_up_by is None or rule.names_a_route:
        to = rule.route()
        actions["route_to"] = kept_route(to, lost) if rule.is_enabled() else to
    return record | {"actions": actions}


def changes(found: Found) -> Iterator[Change]:
    """Yield what Terraform changes: the route of the catch-all, and of rules."""
    unrouted = found.finding.evidence.get("unrouted_by", [])
    for by in unrouted:
        yield change(by, UNROUTED)
    for each in dead_routes(found):
        yield change(each["rule"], each["route_to"])


def change(by: str, now: str) -> Change:
    """Return the change of one route; *by* is the id of a rule, or ``catch-all``."""
    where = "catch_all" if by == "catch-all" else "set.rule"
    return Change(f"{where}.actions.route_to", SERVICE, now)
