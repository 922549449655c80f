"""People who were deleted, and things that are gone, wherever the API still names them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import Account, Record, accounts, builders
from tests.simulator.records import WEB
from tests.simulator_tests.conftest import NOW, Reader, Serve

DORA = builders.a_deleted_user("Dora Left")
WINDOW = {"since": "2026-11-23T09:00:00Z", "until": "2026-12-07T09:00:00Z"}


@pytest.fixture
def reader(serve: Serve) -> Reader:
    """Return a reader of an account in which a deleted user stands everywhere."""
    return serve(accounts.leavers)


def stub_in(account: Account) -> Record:
    """Return what is left of the deleted user."""
    target: Record = account.escalation_policies[0]["escalation_rules"][0]["targets"][1]
    return target


def named(record: Any, identity: str) -> list[Record]:
    """Return every object in an answer that has this id."""
    if isinstance(record, list):
        return [found for each in record for found in named(each, identity)]
    if not isinstance(record, dict):
        return []
    found = [record] if identity in {record.get("id"), record.get("user_id")} else []
    return found + named(list(record.values()), identity)


def test_a_stub_leads_nowhere() -> None:
    """It is a reference without an address in the API, with the moment of the deletion."""
    stub = builders.a_deleted_user("Dora Left", id="PDORA")

    assert stub == {
        "id": "PDORA",
        "type": "user_reference",
        "summary": "Dora Left",
        "self": None,
        "html_url": f"{WEB}/users/PDORA",
        "deleted_at": "2026-02-21T16:42:06Z",
    }


@pytest.mark.parametrize(
    "record",
    [
        builders.a_policy("Policy", [DORA])["escalation_rules"][0]["targets"][0],
        builders.a_layer([DORA])["users"][0]["user"],
        builders.an_override(DORA, WINDOW["since"], WINDOW["until"])["user"],
    ],
)
def test_builders_keep_the_stub(record: Record) -> None:
    """A target, a place on a layer and an override are the stub itself."""
    assert record == DORA


@pytest.mark.parametrize(
    ("path", "includes"),
    [
        ("/escalation_policies", ["targets"]),
        ("/schedules", ["schedule_layers", "overrides_subschedule", "final_schedule"]),
        ("/oncalls", ["users"]),
        ("/oncalls", []),
    ],
)
def test_the_stub_is_in_every_list(reader: Reader, path: str, includes: list[str]) -> None:
    """Targets, layers, overrides, rendered entries and on-call rows all name it alike."""
    stub = stub_in(reader.simulator.account)
    found = named(reader.get(path, **WINDOW, **{"include[]": includes}), stub["id"])

    assert found
    assert all(each == stub for each in found)


def test_members_of_shifts_are_marked(reader: Reader) -> None:
    """A member of a rotation and its computed shifts say when the user was deleted."""
    stub = stub_in(reader.simulator.account)
    identity = reader.simulator.account.shift_schedules[0]["id"]
    params = {**WINDOW, "include[]": "final_schedule"}
    shown = reader.get(f"/v3/schedules/{identity}", **params)["schedule"]

    for part in ("rotations", "final_schedule", "users"):
        found = named(shown[part], stub["id"])
        assert found
        assert {each["deleted_at"] for each in found} == {stub["deleted_at"]}
    assert stub in shown["users"]


def test_the_user_list_has_no_deleted_user(reader: Reader) -> None:
    """Neither the list nor the address of the user knows the id."""
    stub = stub_in(reader.simulator.account)

    assert stub["id"] not in {each["id"] for each in reader.get("/users")["users"]}
    assert reader.refusal(f"/users/{stub['id']}")[0] == 404


def test_a_null_is_a_living_user(reader: Reader) -> None:
    """``deleted_at`` may be there and be null, in the list and in references."""
    ben = reader.simulator.account.users[2]
    found = named(reader.get("/schedules", **{"include[]": "schedule_layers"}), ben["id"])

    assert found
    assert {each["deleted_at"] for each in found} == {None}


def test_what_is_optional_may_be_absent(reader: Reader) -> None:
    """A layer has no end, a rotation no events, a schedule no rotations; all of it is served."""
    primary = reader.simulator.account.schedules[0]["id"]
    layer, ended = reader.get(f"/schedules/{primary}", **WINDOW)["schedule"]["schedule_layers"]
    _, idle, planned, _ = reader.simulator.account.shift_schedules
    params = {**WINDOW, "include[]": "final_schedule"}
    no_events, no_rotations = (
        reader.get(f"/v3/schedules/{each['id']}", **params)["schedule"] for each in (idle, planned)
    )

    assert "end" not in layer
    assert layer["rendered_coverage_percentage"] == 100
    assert ended["rendered_coverage_percentage"] == 0
    assert [set(each) for each in no_events["rotations"]] == [{"id", "type"}]
    assert "rotations" not in no_rotations
    for shown in (no_events, no_rotations):
        assert shown["final_schedule"]["computed_shift_assignments"] == []
        assert shown["final_schedule"]["rendered_coverage_percentage"] == 0


@pytest.mark.parametrize(
    ("listed", "path"),
    [
        ("services", "/service_dependencies/technical_services/{}"),
        ("business_services", "/service_dependencies/business_services/{}"),
        ("v3/schedules", "/v3/schedules/{}"),
    ],
)
def test_what_is_gone_is_listed_and_not_found(reader: Reader, listed: str, path: str) -> None:
    """Between the list and the look-up one record of the list was deleted."""
    rows = reader.get(f"/{listed}")[listed.rpartition("/")[2]]
    answers = [reader.ask(path.format(row["id"])).status_code for row in rows]

    assert answers.count(404) == 1
    assert answers.count(200) == len(rows) - 1


def test_a_schedule_may_be_gone(serve: Serve) -> None:
    """A layer-based schedule is in the list, and its address answers 404."""
    schedule = builders.a_layer_schedule()
    reader = serve(Account(NOW, schedules=[schedule], gone={schedule["id"]}))
    (listed,) = reader.get("/schedules")["schedules"]

    assert reader.refusal(f"/schedules/{listed['id']}")[0] == 404
