"""Fixes of PD-41: what loses events is to choose, and everything else stays as it is."""

from __future__ import annotations

from typing import Any

from pdsec_checks.model import Record
from tests.controls.helpers import altered, only
from tests.simulator.builders import a_route, a_service, an_orchestration
from tests.support.judged import a_snapshot


def fix_of(orchestration: Record) -> Record:
    """Return the fix of an account's one orchestration."""
    data: dict[str, Any] = {
        "event_orchestrations": [orchestration],
        "orchestration_routers": [{**orchestration["router"], "id": "PORCH"}],
        "orchestration_unrouted": [{**orchestration["unrouted"], "id": "PORCH"}],
    }
    found = only(a_snapshot(services=[a_service("Shop", id="PSHOP")], **data), "PD-41")
    assert found.fix is not None
    return found.fix


def test_only_what_loses_events_is_to_choose() -> None:
    """Rules that work, and those that are disabled, stand as they are, and none is left out."""
    rules = [
        a_route(None, "any", id="RANY"),
        a_route("PSHOP", "shop", id="RSHOP"),
        a_route("PGONE", "fax", id="RFAX"),
        a_route("PGONE", "telex", id="RTELEX", disabled=True),
    ]
    fix = fix_of(an_orchestration("Events", rules=rules, id="PORCH"))
    (request,) = fix["requests"]
    path = request["body"]["orchestration_path"]
    (whole,) = path["sets"]

    assert request["path"] == "/event_orchestrations/PORCH/router"
    assert path["catch_all"] == {"actions": {"route_to": "CHOOSE_A_SERVICE"}}
    assert [
        (each["id"], each["actions"].get("route_to"), each.get("disabled"))
        for each in whole["rules"]
    ] == [
        ("RANY", None, None),
        ("RSHOP", "PSHOP", None),
        ("RFAX", "CHOOSE_A_SERVICE", None),
        ("RTELEX", "PGONE", True),
    ]
    assert whole["rules"][0]["actions"]["dynamic_route_to"]["lookup_by"] == "service_name"


def test_conditions_are_left_to_fill_in() -> None:
    """No report holds them; a rule that lets events name their service has none."""
    rules = [a_route(None, "any"), a_route("PSHOP", "shop")]
    (request,) = fix_of(an_orchestration("Events", rules=rules, id="PORCH"))["requests"]
    dynamic, plain = request["body"]["orchestration_path"]["sets"][0]["rules"]

    assert "conditions" not in dynamic
    assert plain["conditions"] == [{"expression": "CHOOSE_THE_PRESENT_CONDITION"}]


def test_router_with_a_broken_rule_has_no_request() -> None:
    """What cannot be read would be deleted by it."""
    broken = altered(a_route("PSHOP"), "actions", 5)
    fix = fix_of(an_orchestration("Events", rules=[broken], id="PORCH"))

    assert "requests" not in fix
    assert "no request can be written" in fix["note"]
