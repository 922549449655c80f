"""Paging: whole lists or none, whatever the pages say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty import paging
from pdsec_checks.pagerduty.client import Client

Answer = Callable[..., Record]


class FakeClient:
    """Answers from a function, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def get(self, path: str, **params: Any) -> Record:
        """Return the function's answer."""
        self.asked.append({"path": path, **params})
        return self.answer(**params)


def a_client(answer: Answer) -> Client:
    """Return a client that answers from a function."""
    return cast("Client", FakeClient(answer))


def asked(client: Client) -> list[dict[str, Any]]:
    """Return what a fake client was asked."""
    return cast("FakeClient", client).asked


def users(*numbers: int) -> list[Record]:
    """Return records with these numbers as ids."""
    return [{"id": f"P{number}"} for number in numbers]


def serving(records: list[Record], most: int = 100) -> Answer:
    """Return a function that serves a list in pages of at most *most* records."""

    def answer(limit: int, offset: int, **_: Any) -> Record:
        end = offset + min(limit, most)
        return {"users": records[offset:end], "more": end < len(records), "total": len(records)}

    return answer


def read(client: Client, **params: Any) -> list[Record]:
    """Read the users of an account."""
    return paging.classic(client, "/users", "users", **params)


@given(st.integers(0, 350), st.integers(1, 120))
def test_all_pages_are_read_whatever_their_size(count: int, most: int) -> None:
    """PagerDuty may send fewer records than asked for; the next page starts behind them."""
    records = users(*range(count))

    assert read(a_client(serving(records, most))) == records


@given(st.lists(st.integers(0, 5), max_size=30))
def test_records_that_moved_between_pages_count_once(numbers: list[int]) -> None:
    """The first record of each id stays, in PagerDuty's order."""
    found = read(a_client(serving(users(*numbers), 4)))

    assert found == users(*dict.fromkeys(numbers))


def test_parameters_go_with_every_page() -> None:
    """Each page is asked for with the same parameters, a limit and an offset."""
    client = a_client(serving(users(*range(150))))

    read(client, **{"include[]": ["teams"]})

    assert asked(client) == [
        {"path": "/users", "limit": 100, "offset": 0, "include[]": ["teams"]},
        {"path": "/users", "limit": 100, "offset": 100, "include[]": ["teams"]},
    ]


def test_list_of_exactly_the_cap_is_complete() -> None:
    """Ten thousand records can be read, and no request goes beyond them."""
    client = a_client(serving(users(*range(paging.CAP))))

    assert len(read(client)) == paging.CAP
    assert all(each["offset"] + each["limit"] <= paging.CAP for each in asked(client))


@pytest.mark.parametrize("size", [100, 1000, 999])
def test_longer_list_is_truncated_and_says_so(size: int) -> None:
    """One record more is an error that carries what was read; no request passes the cap."""
    client = a_client(serving(users(*range(paging.CAP + 1)), size))

    with pytest.raises(paging.TruncatedError, match="no more than 10000 records") as caught:
        read(client, size=size)

    assert len(caught.value.records) == paging.CAP
    assert all(each["offset"] + each["limit"] <= paging.CAP for each in asked(client))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"users": []}, "does not say whether there is more"),
        ({"users": [], "more": None}, "does not say whether there is more"),
        ({"users": [], "more": "false"}, "does not say whether there is more"),
        ({"users": [], "more": True}, "promises more and has nothing"),
        ({"more": False}, "has no list 'users'"),
        ({"users": None, "more": False}, "has no list 'users'"),
        ({"users": {"id": "P1"}, "more": False}, "has no list 'users'"),
        ({"users": ["P1"], "more": False}, "has no list 'users'"),
        ({"users": [{"name": "Ann"}], "more": False}, "a record came without an id"),
        ({"users": [{"id": ""}], "more": False}, "a record came without an id"),
        ({"users": [{"id": 1}], "more": False}, "a record came without an id"),
    ],
)
def test_page_that_breaks_its_form_is_an_error(answer: Record, reason: str) -> None:
    """A list that may have been cut short, or records that nobody can name, are no list."""
    with pytest.raises(UnavailableError, match=f"^/users: .*{reason}"):
        read(a_client(lambda **_: answer))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"users": [], "more": True}, True),
        ({"users": users(1), "more": False}, False),
        ({"users": users(1)}, True),
        ({"users": []}, False),
        ({"users": users(1), "more": None}, True),
    ],
)
def test_page_without_more_may_go_on_while_it_holds_records(
    answer: Record,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Where the schema has no ``more``, only an empty page ends the list."""
    assert paging.may_have_more("/users", answer) is expected


def test_list_without_more_ends_with_an_empty_page() -> None:
    """Such a list is read until a page has nothing."""
    records = users(*range(25))

    def answer(limit: int, offset: int) -> Record:
        return {"users": records[offset : offset + min(limit, 10)]}

    pages = paging.classic_pages(
        a_client(answer), "/users", "users", {}, goes_on=paging.may_have_more
    )

    assert [len(page) for page in pages] == [10, 10, 5, 0]


def chained(*pages: list[Record]) -> Answer:
    """Return a function that serves pages by cursor: the number of the page as a text."""

    def answer(limit: int, cursor: str = "0", **_: Any) -> Record:
        assert limit == paging.PAGE
        following = int(cursor) + 1
        return {
            "users": pages[int(cursor)],
            "next_cursor": str(following) if following < len(pages) else None,
        }

    return answer


def test_cursors_lead_to_the_end() -> None:
    """Every page is read, empty ones too, each id once, with the same parameters."""
    client = a_client(chained(users(1, 2), [], users(2, 3)))

    assert paging.cursored(client, "/users", "users", since="S") == users(1, 2, 3)
    assert [each.get("cursor") for each in asked(client)] == [None, "1", "2"]
    assert {each["since"] for each in asked(client)} == {"S"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"users": []}, "does not say whether there is more"),
        ({"users": [], "next_cursor": "same"}, "malformed or repeats"),
        ({"users": [], "next_cursor": 5}, "malformed or repeats"),
        ({"next_cursor": None}, "has no list 'users'"),
        ({"users": [{}], "next_cursor": None}, "came without an id"),
    ],
)
def test_chain_that_breaks_or_turns_in_a_circle_is_an_error(answer: Record, reason: str) -> None:
    """A chain without an end is never followed for ever."""
    with pytest.raises(UnavailableError, match=f"^/users: .*{reason}"):
        paging.cursored(a_client(lambda **_: answer), "/users", "users")


def test_endless_chain_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of ever new cursors ends with an error after a bounded number of pages."""
    monkeypatch.setattr(paging, "MOST_PAGES", 3)
    client = a_client(chained(*[[] for _ in range(9)]))

    with pytest.raises(UnavailableError, match="does not end after 3 pages"):
        paging.cursored(client, "/users", "users")

    assert len(asked(client)) == 3


CAP = 4
TEAMS = [{"id": "T1"}, {"id": "T2"}]


@pytest.fixture
def small_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists of more than four records be too long."""
    monkeypatch.setattr(paging, "CAP", CAP)


def by_team(everybody: list[Record], total: object = None, **teams: list[Record]) -> Client:
    """Return a client that knows everybody, and who is in which team."""

    def answer(limit: int, offset: int, **params: Any) -> Record:
        (team,) = params.get("team_ids[]", [""])
        if params.get("total"):
            return {"users": [], "more": True, "total": total}
        return serving(teams[team] if team else everybody)(limit, offset)

    return a_client(answer)


def read_by_team(client: Client) -> list[Record]:
    """Read the users, team by team where needed."""
    return paging.sliced_by_team(client, "/users", "users", lambda: TEAMS, **{"include[]": ["x"]})


@pytest.mark.usefixtures("small_cap")
def test_short_list_is_not_sliced() -> None:
    """Where the list is complete, teams are not even asked for."""
    client = by_team(users(1, 2, 3, 4))

    assert read_by_team(client) == users(1, 2, 3, 4)
    assert len(asked(client)) == 1


@pytest.mark.usefixtures("small_cap")
def test_long_list_is_completed_team_by_team() -> None:
    """Slices count when together they hold as many records as PagerDuty counts."""
    client = by_team(users(1, 2, 3, 4, 5, 6), total=6, T1=users(1, 5), T2=users(5, 6))

    assert read_by_team(client) == users(1, 2, 3, 4, 5, 6)
    assert all(each["include[]"] == ["x"] for each in asked(client)[:-1])


@pytest.mark.usefixtures("small_cap")
@pytest.mark.parametrize("total", [7, 5, None, "6"])
def test_list_that_slices_do_not_complete_is_an_error(total: object) -> None:
    """Records of no team, or a count that PagerDuty does not give, leave the list unknown."""
    client = by_team(users(1, 2, 3, 4, 5, 6), total=total, T1=users(5), T2=users(6))

    with pytest.raises(UnavailableError, match=rf"only 6 of {total} records can be read"):
        read_by_team(client)


@pytest.mark.usefixtures("small_cap")
def test_team_that_is_too_long_itself_is_an_error() -> None:
    """A slice that passes the cap does not complete anything."""
    client = by_team(users(1, 2, 3, 4, 5), total=5, T1=users(1, 2, 3, 4, 5), T2=[])

    with pytest.raises(paging.TruncatedError):
        read_by_team(client)
