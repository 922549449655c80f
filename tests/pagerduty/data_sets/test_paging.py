"""Paging: whole lists or none, whatever the pages say."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.people import row_key
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.resources import NO_OBJECT
from tests.support.processes import PATIENCE

Answer = Callable[..., Record]


class FakeClient:
    """Answers from a function, and remembers what it was asked."""

    concurrency = 3
    is_taped = False

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def expect(self, requests: int) -> None:
        """Take note of nothing."""

    def guesses(self, wanted: int) -> int:
        """Let all guesses be free."""
        return wanted

    def get(self, path: str, **params: Any) -> Record:
        """Return the function's answer."""
        self.asked.append({"path": path, **params})
        return self.answer(**params)


def a_client(answer: Answer) -> Source:
    """Return a client that answers from a function."""
    return cast("Source", FakeClient(answer))


def asked(client: Source) -> list[dict[str, Any]]:
    """Return what a fake client was asked."""
    return cast("FakeClient", client).asked


def users(*numbers: int) -> list[Record]:
    """Return records with these numbers as ids."""
    return [{"id": f"P{number}"} for number in numbers]


def serving(records: list[Record], most: int = 100, total: object = -1) -> Answer:
    """Return a function that serves a list in pages of at most *most* records.

    It counts them where it is asked to, or says *total* in place of that.
    """
    counted = len(records) if total == -1 else total

    def answer(limit: int, offset: int, total: str = "false", **_: Any) -> Record:
        end = offset + min(limit, most)
        return {
            "users": records[offset:end],
            "more": end < len(records),
            "total": counted if total == "true" else None,
        }

    return answer


def read(client: Source, **params: Any) -> list[Record]:
    """Read the users of an account."""
    return paging.classic(client, "/users", "users", **params)


@given(st.integers(0, 350), st.integers(1, 120))
def test_all_pages_are_read_whatever_their_size(count: int, most: int) -> None:
    """PagerDuty may send fewer records than asked for; the next page starts behind them."""
    records = users(*range(count))

    assert read(a_client(serving(records, most))) == records


@given(st.lists(st.integers(0, 5), max_size=16))
def test_records_that_moved_between_pages_count_once(numbers: list[int]) -> None:
    """The first record of each id stays, in PagerDuty's order."""
    found = read(a_client(serving(users(*numbers), 4, total=len(set(numbers)))))

    assert found == users(*dict.fromkeys(numbers))


def test_parameters_go_with_every_page() -> None:
    """Each page is asked for with the same parameters; the second one tells the length."""
    client = a_client(serving(users(*range(250))))

    read(client, **{"include[]": ["teams"]})

    same = {"path": "/users", "limit": 100, "include[]": ["teams"]}
    assert asked(client) == [
        {**same, "offset": 0},
        {**same, "offset": 100, "total": "true"},
        {**same, "offset": 200},
    ]


def test_pages_behind_the_second_are_read_at_the_same_time() -> None:
    """Once the length is known nobody waits for the page before."""
    together = threading.Barrier(3)
    serve = serving(users(*range(500)))

    def answer(offset: int, **params: Any) -> Record:
        if offset >= 200:
            together.wait(PATIENCE)
        return serve(offset=offset, **params)

    assert read(a_client(answer)) == users(*range(500))


@pytest.mark.parametrize("total", [None, 0, -7, "500", True, 120, 499])
def test_list_goes_on_to_its_end_whatever_the_length_said(total: object) -> None:
    """A length that is missing, malformed or too small cuts nothing off."""
    records = users(*range(500))

    assert read(a_client(serving(records, total=total))) == records


@pytest.mark.parametrize("total", [501, 650, 100_000])
def test_list_that_is_shorter_than_its_length_is_an_error(total: int) -> None:
    """Records that PagerDuty counts and never sends are missing, however the list ends."""
    with pytest.raises(UnavailableError, match=r"^/users: only 500 of \d+ records can be read"):
        read(a_client(serving(users(*range(500)), total=total)))


def test_list_that_loses_a_record_while_it_is_read_is_read_again() -> None:
    """A record that moved to a page that was read already is not lost."""
    before, after = users(*range(300)), users(*range(1, 300))
    left = iter(range(2))

    def answer(offset: int, **params: Any) -> Record:
        return serving(before if next(left, 2) < 2 else after)(offset=offset, **params)

    assert read(a_client(answer)) == after


def test_list_that_ends_and_goes_on_is_an_error() -> None:
    """A page that says it is the last, with others behind it, tells of no whole list."""
    serve = serving(users(*range(500)))

    def answer(offset: int, **params: Any) -> Record:
        return serve(offset=offset, **params) | ({"more": False} if offset == 200 else {})

    with pytest.raises(UnavailableError, match="can be read"):
        read(a_client(answer))


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
        ({"users": [], "more": True}, "promises more records and has none"),
        ({"more": False}, "has no list 'users'"),
        ({"users": None, "more": False}, "has no list 'users'"),
        ({"users": {"id": "P1"}, "more": False}, "has no list 'users'"),
        ({"users": "P1", "more": False}, "has no list 'users'"),
    ],
)
def test_page_that_breaks_its_form_is_an_error(answer: Record, reason: str) -> None:
    """A list that may have been cut short is no list."""
    with pytest.raises(UnavailableError, match=f"^/users: .*{reason}"):
        read(a_client(lambda **_: answer))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"incidents": [], "more": True}, "promises more records and has none"),
        ({"incidents": None, "more": False}, "has no list 'incidents'"),
        ({"more": False}, "has no list 'incidents'"),
    ],
)
def test_page_that_holds_no_sample_is_an_error(answer: Record, reason: str) -> None:
    """A page without the records that it promises says nothing about the list."""
    with pytest.raises(UnavailableError, match=f"^/incidents: .*{reason}"):
        paging.sample("/incidents", answer, "incidents")


@pytest.mark.parametrize("more", [{"more": False}, {}])
def test_list_without_records_is_an_empty_sample(more: Record) -> None:
    """Nobody promises anything."""
    assert paging.sample("/incidents", {"incidents": []} | more, "incidents") == []


BROKEN = [{"name": "Ann"}, {"id": ""}, {"id": 1}, {"id": None}, {"id": {"a": 1}}, {"id": []}]


@pytest.mark.parametrize("record", BROKEN, ids=str)
def test_record_without_id_costs_only_itself(record: Record) -> None:
    """A record that nobody can name stays in its list, as often as it came, beside the others."""
    found = read(a_client(serving([*users(1), record, dict(record), *users(2)])))

    assert found == [*users(1), record, record, *users(2)]


@pytest.mark.parametrize("entry", [None, "P1", 5, ["P1"]], ids=str)
def test_entry_that_is_no_object_stands_for_a_broken_record(entry: object) -> None:
    """What stands in a list in place of a record is not lost: somebody must say that it broke."""
    answer = {"users": [*users(1), entry], "more": False, "next_cursor": None}

    for found in (
        read(a_client(lambda **_: answer)),
        paging.cursored(a_client(lambda **_: answer), "/users", "users"),
        next(pages_ahead(a_client(lambda **_: answer))),
    ):
        assert found == [*users(1), {NO_OBJECT: True}]


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


def pages_ahead(client: Source) -> Iterator[list[Record]]:
    """Read a list that does not say how long it is, page by page."""
    listing = paging.Listing(client, "/users", "users", {}, 10, paging.may_have_more)
    return (part.records for part in listing.pages_ahead())


def without_more(count: int) -> Source:
    """Return a client that serves so many users and never says whether there are more."""
    records = users(*range(count))
    return a_client(lambda limit, offset: {"users": records[offset : offset + min(limit, 7)]})


def test_list_without_more_ends_with_an_empty_page() -> None:
    """Such a list is read until a page has nothing."""
    pages = list(pages_ahead(without_more(25)))

    assert [record for page in pages for record in page] == users(*range(25))


def test_list_of_unknown_length_is_read_in_growing_waves() -> None:
    """Whoever stops early has read no more pages in vain than were of use."""
    client = without_more(1_000)
    pages = pages_ahead(client)
    seen = [
        max(each["offset"] for each in asked(client)) // 10 + 1 for _ in itertools.islice(pages, 9)
    ]

    allowed = [1, 2, 4, 4, 8, 8, 8, 8, 16]  # those that are handed on first wait for no others
    assert all(a <= b <= c for a, b, c in zip(range(1, 10), seen, allowed, strict=True))


@pytest.mark.usefixtures("small_cap")
def test_list_of_unknown_length_ends_at_the_cap() -> None:
    """Behind the cap there may be more, and nobody can read it."""
    pages = pages_ahead(without_more(9))

    with pytest.raises(paging.TruncatedError):
        list(pages)


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
    ],
)
def test_chain_that_breaks_or_turns_in_a_circle_is_an_error(answer: Record, reason: str) -> None:
    """A chain without an end is never followed for ever."""
    with pytest.raises(UnavailableError, match=f"^/users: .*{reason}"):
        paging.cursored(a_client(lambda **_: answer), "/users", "users")


def test_endless_chain_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of ever new cursors ends with an error after a bounded number of pages."""
    monkeypatch.setattr(paging, "MOST_PAGES", 3)
    client = a_client(chained(*[users(n) for n in range(9)]))

    with pytest.raises(UnavailableError, match="does not end after 3 pages"):
        paging.cursored(client, "/users", "users")

    assert len(asked(client)) == 3


# Lists that never end: at most three pages that bring nothing new

ENDLESS = "does not end: 3 pages brought nothing new"


def never_ending(*page: Record, total: object = None) -> Answer:
    """Return a function that serves the same page for ever, and says that there is more."""
    numbers = itertools.count()
    return lambda **_: {
        "users": [dict(record) for record in page],
        "more": True,
        "total": total,
        "next_cursor": f"C{next(numbers)}",
    }


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize("total", [None, 0, 7, 5_000, 10**6, "many"])
@pytest.mark.parametrize("count", [1, 7, 100, 250])
def test_offset_list_without_end_stops_after_three_vain_pages(
    count: int, total: object, size: int
) -> None:
    """A list whose pages repeat is given up, whatever it says of its length."""
    client = a_client(never_ending(*users(*range(count)), total=total))

    with pytest.raises(UnavailableError, match=ENDLESS):
        read(client, size=size)

    assert len(asked(client)) <= 1 + paging.IN_VAIN


@pytest.mark.parametrize("total", [None, 300, 10**6])
def test_offset_list_of_short_pages_without_end_stops_as_early(total: object) -> None:
    """Pages of one record each, of which the later ones repeat, are counted from the last new."""
    numbers = itertools.count()

    def answer(**_: Any) -> Record:
        return {"users": users(min(next(numbers), 4)), "more": True, "total": total}

    client = a_client(answer)

    with pytest.raises(UnavailableError, match=ENDLESS):
        read(client)

    assert len(asked(client)) == 5 + paging.IN_VAIN


@pytest.mark.parametrize("count", [1, 100])
def test_cursor_list_without_end_stops_after_three_vain_pages(count: int) -> None:
    """Ever new cursors that lead to the same records are followed no further."""
    client = a_client(never_ending(*users(*range(count))))

    with pytest.raises(UnavailableError, match=ENDLESS):
        paging.cursored(client, "/users", "users")

    assert len(asked(client)) == 1 + paging.IN_VAIN


def test_cursor_list_of_empty_pages_without_end_stops_after_three() -> None:
    """An empty page brings nothing new either."""
    client = a_client(never_ending())

    with pytest.raises(UnavailableError, match=ENDLESS):
        paging.cursored(client, "/users", "users")

    assert len(asked(client)) == paging.IN_VAIN


@pytest.mark.parametrize("has_more", [True, None], ids=["more", "no more"])
@pytest.mark.parametrize("count", [1, 3, 10])
def test_list_of_unknown_length_without_end_stops_after_three_vain_pages(
    count: int,
    has_more: bool | None,  # noqa: FBT001 - what the answer says
) -> None:
    """Change events are read ahead in waves; the waves stop where nothing new comes."""
    page = {"users": users(*range(count)), "more": has_more}
    client = a_client(lambda **_: page)

    with pytest.raises(UnavailableError, match=ENDLESS):
        list(pages_ahead(client))

    assert len(asked(client)) <= 1 + 2 * paging.IN_VAIN


def test_list_of_unknown_length_stops_in_its_fourth_page() -> None:
    """What comes again and again is handed on three times at most, and then is an error."""
    pages = pages_ahead(a_client(lambda **_: {"users": users(*range(10)), "more": True}))

    assert [len(next(pages)) for _ in range(1 + paging.IN_VAIN)] == [10] * 4
    with pytest.raises(UnavailableError, match=ENDLESS):
        next(pages)


ROW: Record = {
    "user": {"id": "PU1"},
    "escalation_policy": {"id": "PE1"},
    "escalation_level": 1,
    "schedule": None,
    "start": None,
    "end": None,
}


def test_rows_without_id_that_never_end_stop_after_three_vain_pages() -> None:
    """Rows of ``/oncalls`` have no id; the same ones again bring nothing new."""
    client = a_client(never_ending(ROW, ROW | {"escalation_level": 2}))

    with pytest.raises(UnavailableError, match=ENDLESS):
        read(client, key_of=row_key)

    assert len(asked(client)) == 1 + paging.IN_VAIN


@pytest.mark.parametrize("record", [{"name": "Ann"}, {}])
def test_records_without_id_that_never_end_are_bounded(record: Record) -> None:
    """Records that nobody can tell apart are all new; the cap of the list ends them."""
    client = a_client(never_ending(*[record] * 100))

    with pytest.raises(paging.TruncatedError):
        read(client)

    assert len(asked(client)) <= paging.CAP // paging.PAGE


def test_few_vain_pages_are_no_endless_list() -> None:
    """Two pages in a row that repeat may come of a list that moves; a new record starts anew."""
    client = a_client(chained(users(1), users(1), users(1), users(2), users(2), users(1), users(3)))

    assert paging.cursored(client, "/users", "users") == users(1, 2, 3)


CAP = 4
TEAMS = [{"id": "T1"}, {"id": "T2"}]


@pytest.fixture
def small_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists of more than four records be too long."""
    monkeypatch.setattr(paging, "CAP", CAP)


def by_team(everybody: list[Record], total: object = None, **teams: list[Record]) -> Source:
    """Return a client that knows everybody, and who is in which team."""

    def answer(limit: int, offset: int, **params: Any) -> Record:
        (team,) = params.get("team_ids[]", [""])
        if params.get("total"):
            return {"users": [], "more": True, "total": total}
        return serving(teams[team] if team else everybody)(limit, offset)

    return a_client(answer)


def read_by_team(client: Source) -> list[Record]:
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


def test_an_on_call_row_read_twice_makes_up_for_none() -> None:
    """Rows of ``/oncalls`` have no id; what tells them apart is who, where, and when."""
    other = ROW | {"user": {"id": "PU2"}}
    twice = serving([ROW, other, dict(ROW)], 1, total=2)

    assert read(a_client(twice), size=1, key_of=row_key) == [ROW, other]
    with pytest.raises(UnavailableError, match="only 2 of 3 records"):
        read(a_client(serving([ROW, other, dict(ROW)])), size=1, key_of=row_key)


@pytest.mark.parametrize("part", ROW)
def test_every_part_of_an_on_call_row_tells_it_apart(part: str) -> None:
    """Two rows that differ in who, where, which level or when are two rows."""
    changed = {"id": "PX"} if isinstance(ROW[part], dict) else "2026-11-23T09:00:00Z"

    assert row_key(ROW | {part: changed}) != row_key(ROW)
    assert row_key({key: value for key, value in ROW.items() if value}) == row_key(ROW)


TWINS = [{"id": "P1", "role": "user"}, {"id": "P1", "role": "owner"}]
"""Two records with one id that differ."""


@pytest.mark.parametrize("records", [TWINS, TWINS[::-1], [*users(*range(150)), TWINS[1]]])
def test_two_records_with_one_id_that_differ_are_named(records: list[Record]) -> None:
    """Neither hides the other: nobody can tell which one is true."""
    client = a_client(serving(records))

    with pytest.raises(UnavailableError, match="two records with the id 'P1' differ"):
        paging.classic(client, "/users", "users")


def test_two_records_that_differ_by_chance_are_read_again() -> None:
    """Somebody may change a record while a list is read, and moves on to another page."""
    answers = iter([TWINS, TWINS[:1]])

    def answer(**_: Any) -> Record:
        return {"users": next(answers), "more": False}

    assert paging.classic(a_client(answer), "/users", "users") == TWINS[:1]


def test_the_same_record_twice_is_one() -> None:
    """Lists shift while they are read."""
    assert paging.classic(a_client(serving([*users(1, 2), *users(1)])), "/users", "users") == (
        users(1, 2)
    )


def test_two_records_of_a_chain_that_differ_are_named() -> None:
    """A list that is read by cursor is held to the same."""
    client = a_client(lambda **_: {"users": TWINS, "next_cursor": None})

    with pytest.raises(UnavailableError, match="two records with the id 'P1' differ"):
        paging.cursored(client, "/users", "users")
