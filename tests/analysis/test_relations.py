"""Teams, services and people of a resource: what records say, and nothing that they do not."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.analysis.relations import relations_in
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.simulator import accounts, run
from tests.support import reading
from tests.support.judged import NOW

PLATFORM = {"id": "PTEAM", "type": "team_reference", "summary": "Platform"}
SHOP = {"id": "PSHOP", "name": "Shop", "teams": [PLATFORM]}


def test_a_user_belongs_to_teams_and_is_a_person() -> None:
    """The record of a user names both."""
    found = relations_in({"users": [{"id": "PADA", "name": "Ada", "teams": [PLATFORM]}]})

    assert found.of["PADA"] == {"team": ["PTEAM"], "person": ["PADA"]}
    assert found.names == {
        "team": {"PTEAM": "Platform"},
        "service": {},
        "person": {"PADA": "Ada"},
    }


def test_an_integration_belongs_to_its_service_and_that_services_team() -> None:
    """A reader of the service's findings wants those of its integrations as well."""
    found = relations_in({"services": [SHOP | {"integrations": [{"id": "PMAIL"}]}]})

    assert found.of["PMAIL"] == {"service": ["PSHOP"], "team": ["PTEAM"]}


def test_a_policy_belongs_to_every_service_that_uses_it() -> None:
    """What is wrong with a policy is wrong with each of its services."""
    services = [SHOP, SHOP | {"id": "PCART"}]
    policy = {"id": "PPOL", "type": "escalation_policy_reference"}
    found = relations_in({"services": [each | {"escalation_policy": policy} for each in services]})

    assert found.of["PPOL"] == {"service": ["PCART", "PSHOP"]}


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("extensions", {"extension_objects": [{"id": "PSHOP", "type": "service_reference"}]}),
        ("webhook_subscriptions", {"filter": {"id": "PSHOP", "type": "service_reference"}}),
        ("maintenance_windows", {"services": [{"id": "PSHOP", "type": "service_reference"}]}),
    ],
)
def test_what_sends_for_a_service_belongs_to_it(name: str, part: dict[str, Any]) -> None:
    """Extensions and webhooks name the service for which they send, windows what they silence."""
    found = relations_in({"services": [SHOP], name: [{"id": "PX", **part}]})

    assert found.of["PX"]["service"] == ["PSHOP"]
    assert found.of["PX"]["team"] == ["PTEAM"]


def test_orchestration_belongs_to_the_services_that_get_its_events() -> None:
    """Those that are there, by rules and by the catch-all; a broken rule says nothing."""
    rules = [{"actions": {"route_to": each}} for each in ("PSHOP", "PGONE", 7)]
    router = {"id": "PX", "sets": [{"rules": rules}], "catch_all": {"actions": {}}}
    found = relations_in({"services": [SHOP], "orchestration_routers": [router]})

    assert found.of["PX"]["service"] == ["PSHOP"]
    assert found.of["PX"]["team"] == ["PTEAM"]


@pytest.mark.parametrize(
    "broken",
    [None, 7, "text", [None], [{}], [{"id": 7}], [{"id": "P \ud800"}],
     [{"id": "PX", "teams": "none"}],
     [{"id": "PX", "teams": [{"summary": 3}, {"id": "PT", "summary": 3}]}],
     [{"id": "PX", "integrations": [None], "escalation_policy": None, "filter": "x"}]],
)  # fmt: skip
@pytest.mark.parametrize("name", sorted(DATA_SETS))
def test_a_broken_record_is_left_out(name: str, broken: Any) -> None:
    """No verdict rests on it, so what cannot be read belongs to nothing, and breaks nothing."""
    found = relations_in({name: broken})

    assert "PTEAM" not in found.names["team"]
    assert all(isinstance(called, str) for names in found.names.values() for called in names)


def test_a_live_reading_keeps_the_teams() -> None:
    """What is read of an account tells the teams of users, services, policies and schedules."""
    with run(accounts.small(NOW)) as simulator:
        snapshot = reading.read(simulator)
    found = relations_in(snapshot.data)

    lists = ("users", "services", "escalation_policies", "schedules", "shift_schedules")
    for name in lists:
        assert any(found.of[each["id"]].get("team") for each in snapshot.records(name)), name
    assert list(found.names["team"].values()) == ["Platform"]
