"""Trouble on demand: each kind of fault does what it says."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
import requests

from tests.simulator import Fault, accounts
from tests.simulator.accounts import sized
from tests.simulator.fault_kinds import BOMB_SIZE, bomb
from tests.simulator.faults import KINDS
from tests.simulator_tests.conftest import NOW, Reader, Serve
from tests.support.processes import PATIENCE


@pytest.fixture
def reader(serve: Serve) -> Reader:
    """Return a reader of the small account."""
    return serve(accounts.small)


def break_with(reader: Reader, kind: str, path: str = "/users", **options: Any) -> Fault:
    """Let a fault strike from now on."""
    fault = Fault(path, kind, **options)
    reader.simulator.faults.append(fault)
    return fault


# When


def test_a_fault_strikes_its_path_only(reader: Reader) -> None:
    """A pattern of the path decides, and the method of asking does not."""
    break_with(reader, "status", "/services/*", status=503)
    service = reader.simulator.account.services[0]["id"]

    assert reader.ask(f"/services/{service}").status_code == 503
    assert reader.ask("/services").status_code == 200


def test_a_fault_strikes_some_calls(reader: Reader) -> None:
    """Calls pass first, then so many are hit, then all pass again."""
    break_with(reader, "status", after=1, times=2)

    assert [reader.ask("/users").status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_a_fault_strikes_some_queries(reader: Reader) -> None:
    """The decoded query may decide."""
    break_with(reader, "status", query="include[]=teams")

    assert reader.ask("/users").status_code == 200
    assert reader.ask("/users?include%5B%5D=teams").status_code == 500


def test_faults_come_and_go(reader: Reader) -> None:
    """The list may be changed while the simulator runs."""
    break_with(reader, "status")
    assert reader.ask("/users").status_code == 500

    reader.simulator.faults.clear()

    assert reader.ask("/users").status_code == 200


def test_a_fault_can_be_written_down() -> None:
    """The command line's form names path, kind and options."""
    fault = Fault.parse("/users status status=503 times=2 after=1")

    assert fault == Fault("/users", "status", status=503, times=2, after=1)
    assert Fault.parse("/v3/* slow seconds=0.5").seconds == 0.5
    assert Fault.parse("/oncalls null field=user only=2").only == 2


@pytest.mark.parametrize("text", ["/users", "/users explode", "/users status colour=red"])
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    """Too little, an unknown kind or an unknown option is a ValueError."""
    with pytest.raises(ValueError, match=r"unknown|not enough"):
        Fault.parse(text)


def test_every_kind_of_fault_says_what_it_does() -> None:
    """Each kind has a docstring, and none of them breaks the simulator's own code."""
    assert all(strike.__doc__ for strike in KINDS.values())


# What


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 500, 503])
def test_an_error_status_has_the_envelope(reader: Reader, status: int) -> None:
    """Any status can be answered, with message and code."""
    break_with(reader, "status", status=status)
    response = reader.ask("/users")

    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "code"}


def test_too_many_requests_come_in_three_forms(reader: Reader) -> None:
    """A 429 has headers and body, or a body, or neither."""
    for number, kind in enumerate(("reset", "body", "bare")):
        break_with(reader, f"rate_limited_{kind}", after=number, times=1, seconds=7)
    full, body, bare = (reader.ask("/users") for _ in range(3))

    assert {full.status_code, body.status_code, bare.status_code} == {429}
    assert (full.headers["ratelimit-reset"], full.headers["ratelimit-remaining"]) == ("7", "0")
    assert full.json() == body.json() == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    assert "ratelimit-reset" not in {*body.headers, *bare.headers}
    assert bare.content == b""


def test_bodies_are_spoiled(reader: Reader) -> None:
    """HTML, text errors, redirects and bodies that are no JSON object."""
    kinds = ("html", "error_as_text", "redirect", "empty", "truncated_json", "invalid_json")
    for number, kind in enumerate(kinds):
        break_with(reader, kind, after=number, times=1, status=502)
    html, text, redirect, *bodies = (reader.ask("/users") for _ in range(6))

    assert (html.status_code, html.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert isinstance(text.json()["error"], str)
    assert redirect.headers["location"] == "https://elsewhere.example/"
    for response in bodies:
        assert response.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(response.content)


def test_a_refusal_may_have_a_blank_body(reader: Reader) -> None:
    """An error status can come with a body of one blank."""
    break_with(reader, "blank", status=401)
    response = reader.ask("/users")

    assert (response.status_code, response.content) == (401, b" ")


def test_a_list_may_stand_in_the_objects_place(reader: Reader) -> None:
    """The body can be a list."""
    break_with(reader, "list_body")

    assert reader.get("/users") == []


def test_a_bomb_is_small_until_it_is_unpacked(reader: Reader) -> None:
    """A few hundred kilobytes of gzip are a quarter of a gigabyte of blanks."""
    break_with(reader, "gzip_bomb")
    response = reader.ask("/users", stream=True)

    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < BOMB_SIZE / 500
    assert next(response.iter_content(2**20)).isspace()
    response.close()
    first = bomb()[: len(bomb()) // 256]
    assert len(gzip.decompress(first)) == 2**20


def test_collections_are_spoiled(reader: Reader) -> None:
    """The collection can be missing, or be something else than a list."""
    break_with(reader, "missing_collection", times=1)
    assert "users" not in reader.get("/users")

    for value, expected in (("null", None), ("string", "surprise"), ("object", {"surprise": True})):
        reader.simulator.faults[:] = [Fault("/users", "wrong_collection", value=value)]
        assert reader.get("/users")["users"] == expected


def test_pages_never_end(reader: Reader) -> None:
    """Empty pages promise more, cursors repeat, copies fill the list beyond the cap."""
    break_with(reader, "endless_empty_pages")
    break_with(reader, "repeating_cursor", "/audit/records")
    break_with(reader, "endless", "/services")

    assert reader.get("/users", offset=9900) | {"offset": 0} == {
        "users": [],
        "limit": 25,
        "offset": 0,
        "total": None,
        "more": True,
    }
    cursor = reader.get("/audit/records")["next_cursor"]
    assert reader.get("/audit/records", cursor=cursor)["next_cursor"] == cursor
    pages = [reader.get("/services", limit=100, offset=offset) for offset in (0, 100)]
    assert len({each["id"] for page in pages for each in page["services"]}) == 200
    assert [page["more"] for page in pages] == [True, True]
    assert reader.get("/services", limit=100, offset=9900)["more"] is True
    assert reader.refusal("/services", limit=100, offset=9950)[0] == 400


def test_the_first_page_may_come_for_ever(reader: Reader) -> None:
    """Whatever page is asked for, the first one comes, and promises more."""
    break_with(reader, "repeating")
    first, second = (reader.get("/users", limit=2, offset=offset) for offset in (0, 2))

    assert first == second
    assert (first["offset"], first["more"]) == (0, True)


def test_a_page_may_not_say_whether_there_is_more(reader: Reader) -> None:
    """Everything about paging can be left out."""
    break_with(reader, "without_paging")

    assert set(reader.get("/users")) == {"users"}


def test_a_smaller_cap_cuts_a_list(serve: Serve) -> None:
    """What lies beyond a cap of one's own choice is refused, and announced before."""
    reader = serve(sized(NOW, users=300), faults=[Fault("/users", "capped", cap=200)])

    assert reader.get("/users", limit=100, offset=100)["more"] is True
    status, error = reader.refusal("/users", limit=100, offset=200)
    assert status == 400
    assert "maximum allowed value of 200" in error["errors"][0]


def test_a_list_shifts_while_it_is_read(serve: Serve) -> None:
    """One row repeats, none is lost."""
    reader = serve(sized(NOW, users=250), faults=[Fault("/users", "shifting")])
    found: list[str] = []
    more = True
    while more:
        page = reader.get("/users", limit=100, offset=len(found))
        assert page["offset"] == len(found)
        found += [user["id"] for user in page["users"]]
        more = page["more"]

    assert len(found) == 251
    assert len(set(found)) == 250
    assert found[100] == found[99]


def test_bulk_schedules_may_ignore_an_include(reader: Reader) -> None:
    """The list then has no final schedule; a single schedule still has."""
    break_with(reader, "bulk_without_final_schedule", "/schedules")
    includes = {"include[]": ["final_schedule", "schedule_layers"]}
    (schedule,) = reader.get("/schedules", **includes)["schedules"]

    assert "final_schedule" not in schedule
    assert "schedule_layers" in schedule
    assert "final_schedule" in reader.get(f"/schedules/{schedule['id']}")["schedule"]


def test_a_list_may_honour_no_window(reader: Reader) -> None:
    """Entries are empty and the percentage is null; a single schedule is rendered."""
    break_with(reader, "unrendered", "/schedules")
    window = {"since": "2026-11-23T09:00:00Z", "until": "2026-12-23T09:00:00Z"}
    (listed,) = reader.get("/schedules", **window, **{"include[]": "final_schedule"})["schedules"]
    single = reader.get(f"/schedules/{listed['id']}", **window)["schedule"]

    assert listed["final_schedule"]["rendered_schedule_entries"] == []
    assert listed["final_schedule"]["rendered_coverage_percentage"] is None
    assert single["final_schedule"]["rendered_coverage_percentage"] == 100


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("drop", "string", "gone"),
        ("null", "string", None),
        ("wrong_type", "number", 4711),
        ("wrong_type", "list", ["surprise"]),
    ],
)
@pytest.mark.parametrize("field", ["role", "contact_methods.type", "contact_methods"])
def test_fields_are_spoiled_in_every_record(
    reader: Reader, kind: str, value: str, expected: object, field: str
) -> None:
    """A dotted path leads to the field, through objects and lists."""
    break_with(reader, kind, field=field, value=value)
    users = reader.get("/users", **{"include[]": "contact_methods"})["users"]
    first, _, second = field.partition(".")
    found = [user.get(first, "gone") for user in users]
    if second:
        found = [method.get(second, "gone") for methods in found for method in methods]

    assert found == [expected] * len(found)
    assert len(found) == (6 if second else 3)


def test_a_field_is_spoiled_in_one_record(reader: Reader) -> None:
    """``only`` is the place of the record; all others are as they were."""
    break_with(reader, "null", field="role", only=1)
    before = [user["role"] for user in reader.simulator.account.users]

    assert [user["role"] for user in reader.get("/users")["users"]] == [before[0], None, before[2]]


def test_fields_are_spoiled_in_a_single_record(reader: Reader) -> None:
    """The record of a detail is changed as well, and errors are left alone."""
    break_with(reader, "null", "/users/*", field="role")
    user = reader.simulator.account.users[0]["id"]

    assert reader.get(f"/users/{user}")["user"]["role"] is None
    assert reader.refusal("/users/PNOBODY")[0] == 404


# Connections


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_connections_break(reader: Reader, kind: str) -> None:
    """The connection is reset, or closed in the middle of the body; the next one works."""
    break_with(reader, kind, times=1)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        reader.ask("/users")
    assert reader.get("/users")["users"]


@pytest.mark.parametrize("kind", ["silent", "drip"])
def test_answers_take_for_ever(reader: Reader, kind: str) -> None:
    """No answer comes in time, and the simulator stops all the same."""
    break_with(reader, kind, seconds=60)

    with pytest.raises(requests.RequestException, match=re.compile("timed out", re.IGNORECASE)):
        reader.ask("/users", timeout=0.1)


def test_answers_come_late(reader: Reader) -> None:
    """A slow answer is whole."""
    break_with(reader, "slow", seconds=0.15)
    response = reader.ask("/users")

    assert response.elapsed.total_seconds() >= 0.15
    assert response.json()["users"]


def test_a_body_comes_byte_by_byte(reader: Reader) -> None:
    """A dripping answer is whole in the end."""
    break_with(reader, "drip", "/abilities", seconds=0.0)

    assert "sso" in reader.get("/abilities")["abilities"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_kind_breaks_the_simulator(serve: Serve, kind: str) -> None:
    """Each kind strikes lists, records, errors and odd answers without failing itself."""
    reader = serve(accounts.small, faults=[Fault("*", kind, field="name", seconds=0.0)])
    paths = ("/users", "/users/me", "/abilities", "/audit/records", "/nothing", "/v3/schedules")
    for path in paths:
        try:
            reader.ask(
                path, timeout=0.1 if kind == "silent" else PATIENCE, stream=kind == "gzip_bomb"
            ).close()
        except requests.RequestException:
            assert kind in {"reset", "cut", "silent", "drip"}

    assert reader.simulator.crashes == []
