"""Services and their integrations, technical and business, and the graph of both."""

from __future__ import annotations

from tests.simulator import paging, projection
from tests.simulator.endpoints.lookup import by_name, found, matching
from tests.simulator.layers import moment
from tests.simulator.messages import Call, invalid
from tests.simulator.records import Record


def list_services(call: Call) -> Record:
    """List services by name."""
    services = matching(call, by_name(call, "services"))
    if name := call.query.one("name"):
        services = [each for each in services if each["name"] == name]
    return paging.classic(call, "services", services, lambda each: projection.service(call, each))


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


def list_maintenance_windows(call: Call) -> Record:
    """List maintenance windows; those that are over, on, or to come, as ``filter`` says."""
    wanted = call.query.one("filter") or "all"
    if wanted not in STATES:
        raise invalid("Filter is not one of past, future, ongoing, open, all.")
    services = set(call.query.many("service_ids"))
    windows = [
        each
        for each in matching(call, call.account.maintenance_windows, "description")
        if state_of(call, each) in STATES[wanted]
        and (not services or services & {service["id"] for service in each["services"]})
    ]
    return paging.classic(call, "maintenance_windows", windows)


STATES = {
    "past": {"past"},
    "ongoing": {"ongoing"},
    "future": {"future"},
    "open": {"ongoing", "future"},
    "all": {"past", "ongoing", "future"},
}
"""Value of ``filter`` → the states of the windows that it leaves."""


def state_of(call: Call, window: Record) -> str:
    """Return whether a window is over, on, or to come."""
    if moment(window["end_time"]) <= call.now:
        return "past"
    return "ongoing" if moment(window["start_time"]) <= call.now else "future"


def list_business_services(call: Call) -> Record:
    """List business services."""
    return paging.classic(call, "business_services", call.account.business_services)


def list_business_dependencies(call: Call) -> Record:
    """List the edges that touch a business service."""
    return _edges(call, call.directory.business_services)


def list_technical_dependencies(call: Call) -> Record:
    """List the edges that touch a technical service."""
    return _edges(call, call.directory.services)


def _edges(call: Call, known: dict[str, Record]) -> Record:
    identity = found(call, known, call.parameters["id"])["id"]
    return {"relationships": call.directory.edges_of[identity]}
