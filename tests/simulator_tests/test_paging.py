"""Pages by offset and by cursor."""

from __future__ import annotations

import pytest

from tests.simulator import accounts
from tests.simulator.accounts import sized
from tests.simulator_tests.conftest import NOW, Reader, Serve


@pytest.fixture
def reader(serve: Serve) -> Reader:
    """Return a reader of an account with 230 users and as many audit records."""
    return serve(sized(NOW, users=230, shift_schedules=120, audit_records=230, workflows=150))


def test_a_page_holds_25_records_unless_asked(reader: Reader) -> None:
    """Limit and offset have defaults, and the total is not counted."""
    page = reader.get("/users")

    assert len(page["users"]) == 25
    assert {name: page[name] for name in page if name != "users"} == {
        "limit": 25,
        "offset": 0,
        "total": None,
        "more": True,
    }


def test_a_page_holds_at_most_100_records(reader: Reader) -> None:
    """A larger limit counts as 100."""
    page = reader.get("/users", limit=5000)

    assert (len(page["users"]), page["limit"]) == (100, 100)


def test_pages_together_are_the_list(reader: Reader) -> None:
    """Each record is on one page, and the last page says that it is the last."""
    pages = [reader.get("/users", limit=100, offset=offset) for offset in (0, 100, 200)]
    found = [user["id"] for page in pages for user in page["users"]]

    assert found == [user["id"] for user in reader.simulator.account.users]
    assert [page["more"] for page in pages] == [True, True, False]


def test_a_page_beyond_the_end_is_empty(reader: Reader) -> None:
    """There is no error for an offset that is too large."""
    page = reader.get("/users", offset=500)

    assert page["users"] == []
    assert page["more"] is False


@pytest.mark.parametrize(("text", "total"), [("true", 230), ("True", None), ("1", None)])
def test_total_is_counted_for_the_literal_true(
    reader: Reader, text: str, total: int | None
) -> None:
    """Only ``total=true`` counts the records."""
    assert reader.get("/users", total=text)["total"] == total


def test_nothing_lies_beyond_10_000(reader: Reader) -> None:
    """An offset and limit beyond the cap are refused, whatever the list's length."""
    assert reader.get("/users", offset=9900, limit=100)["users"] == []

    status, error = reader.refusal("/users", offset=9901, limit=100)

    assert status == 400
    assert error["code"] == 2001
    assert "Offset+limit exceeds maximum allowed value of 10000" in error["errors"][0]


@pytest.mark.parametrize("limit", ["-1", "many", "1.5", ""])
def test_a_malformed_limit_is_refused(reader: Reader, limit: str) -> None:
    """What is no natural number is refused with 400."""
    status, error = reader.refusal("/users", limit=limit)

    assert (status, error["code"]) == (400, 2001)


def test_shift_based_schedules_come_in_larger_pages(reader: Reader) -> None:
    """Their default is 100 and their maximum 1,000."""
    assert reader.get("/v3/schedules")["limit"] == 100
    assert len(reader.get("/v3/schedules", limit=1000)["schedules"]) == 120
    assert reader.get("/v3/schedules", limit=9000)["limit"] == 1000


@pytest.mark.parametrize(
    ("path", "key", "params"),
    [
        ("/incident_workflows/triggers", "triggers", {}),
        ("/audit/records", "records", {"since": "2026-11-01T00:00:00Z"}),
    ],
)
def test_cursors_lead_through_the_list(
    reader: Reader, path: str, key: str, params: dict[str, str]
) -> None:
    """Each page names the cursor of the next, the last one names none."""
    page = reader.get(path, limit=7, **params)
    found, pages = [record["id"] for record in page[key]], 1
    while page["next_cursor"]:
        page = reader.get(path, limit=7, cursor=page["next_cursor"], **params)
        found += [record["id"] for record in page[key]]
        pages += 1

    assert len(found) == len(set(found)) > 7
    assert pages == -(-len(found) // 7)


def test_an_invented_cursor_is_refused(reader: Reader) -> None:
    """A cursor that PagerDuty did not give is refused with 400."""
    assert reader.refusal("/audit/records", cursor="2")[0] == 400


def test_change_events_tell_only_whether_there_is_more(serve: Serve) -> None:
    """Limit, offset and total are null, the pages are there nevertheless."""
    reader = serve(accounts.demo_compliant)
    page = reader.get("/change_events", limit=10)
    following = reader.get("/change_events", limit=10, offset=10)

    assert {page["limit"], page["offset"], page["total"]} == {None}
    assert page["more"] is True
    assert not {each["id"] for each in page["change_events"]} & {
        each["id"] for each in following["change_events"]
    }


def test_lists_are_searched_by_name_and_team(reader: Reader) -> None:
    """``query`` and ``team_ids[]`` narrow a list down."""
    assert len(reader.get("/users", query="user 22", limit=100)["users"]) == 11
    params = {"team_ids[]": ["PT00001", "PT00002"], "limit": 100}
    assert len(reader.get("/users", **params)["users"]) == 46


def test_services_are_sorted_by_name(serve: Serve) -> None:
    """Services come by name, and backwards on demand."""
    reader = serve(accounts.demo)
    names = [each["name"] for each in reader.get("/services", limit=100)["services"]]
    backwards = reader.get("/services", limit=100, sort_by="name:desc")["services"]

    assert names == sorted(names, key=str.casefold)
    assert [each["name"] for each in backwards] == names[::-1]
