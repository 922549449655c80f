"""Whole collections out of pages, complete or not at all.

Source: "Pagination" in PagerDuty's developer documentation. Lists shift while they are
read, so records are told apart by their id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.client import Client

PAGE = 100
CAP = 10_000
"""Largest ``offset + limit`` that PagerDuty answers."""
MOST_PAGES = 5_000
"""Bound on one chain of pages: half a million records."""
Params = dict[str, Any]


class TruncatedError(UnavailableError):
    """A list is longer than PagerDuty hands out.

    Attributes:
        records: What could be read of it.
    """

    def __init__(self, path: str, records: list[Record]) -> None:
        super().__init__(path, f"PagerDuty hands out no more than {CAP} records of this list")
        self.records = records


def rows(path: str, answer: Record, key: str) -> list[Record]:
    """Return the records of one page.

    Raises:
        UnavailableError: The page does not have them in the documented form.
    """
    found = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UnavailableError(path, f"the answer has no list {key!r}")
    return found


def has_more(path: str, answer: Record) -> bool:
    """Tell whether another page follows.

    Raises:
        UnavailableError: The page does not say so; a list cut short is no list.
    """
    more = answer.get("more")
    if not isinstance(more, bool):
        raise UnavailableError(path, "the answer does not say whether there is more")
    return more


def may_have_more(path: str, answer: Record) -> bool:
    """Tell whether another page may follow, where ``more`` is not part of the answer's schema."""
    if isinstance(answer.get("more"), bool):
        return has_more(path, answer)
    return any(isinstance(value, list) and value for value in answer.values())


def classic_pages(
    client: Client,
    path: str,
    key: str,
    params: Params,
    size: int = PAGE,
    goes_on: Callable[[str, Record], bool] = has_more,
) -> Iterator[list[Record]]:
    """Yield the pages of an offset-paged list.

    Raises:
        TruncatedError: The list goes on beyond the cap; it carries no records.
        UnavailableError: A page was refused or malformed, or promised more and had none.
    """
    offset = 0
    while offset < CAP:
        limit = min(size, CAP - offset)
        answer = client.get(path, limit=limit, offset=offset, **params)
        page = rows(path, answer, key)
        yield page
        if not goes_on(path, answer):
            return
        if not page:
            raise UnavailableError(path, "the answer promises more and has nothing")
        offset += len(page)
    raise TruncatedError(path, [])


def classic(
    client: Client, path: str, key: str, *, size: int = PAGE, **params: Any
) -> list[Record]:
    """Return every record of an offset-paged list, each id once, in PagerDuty's order.

    Raises:
        TruncatedError: The list goes on beyond the cap; it carries what was read.
        UnavailableError: The list could not be read to its end.
    """
    records: list[Record] = []
    try:
        for page in classic_pages(client, path, key, params, size):
            records += page
    except TruncatedError:
        raise TruncatedError(path, unique(path, records)) from None
    return unique(path, records)


def cursor_pages(client: Client, path: str, key: str, params: Params) -> Iterator[list[Record]]:
    """Yield the pages of a cursor-paged list.

    Raises:
        UnavailableError: A page was refused or malformed, or the chain does not end.
    """
    seen: set[str] = set()
    cursor: dict[str, str] = {}
    while len(seen) < MOST_PAGES:
        answer = client.get(path, limit=PAGE, **params, **cursor)
        yield rows(path, answer, key)
        if "next_cursor" not in answer:
            raise UnavailableError(path, "the answer does not say whether there is more")
        following = answer["next_cursor"]
        if following is None:
            return
        if not isinstance(following, str) or following in seen:
            raise UnavailableError(path, "the cursor to the next page is malformed or repeats")
        seen.add(following)
        cursor = {"cursor": following}
    raise UnavailableError(path, f"the list does not end after {MOST_PAGES} pages")


def cursored(client: Client, path: str, key: str, **params: Any) -> list[Record]:
    """Return every record of a cursor-paged list, each id once.

    Raises:
        UnavailableError: The list could not be read to its end.
    """
    records = [row for page in cursor_pages(client, path, key, params) for row in page]
    return unique(path, records)


def unique(path: str, records: list[Record]) -> list[Record]:
    """Return the first record of each id.

    Raises:
        UnavailableError: A record has no id, so that nobody could say what it is.
    """
    by_id: dict[str, Record] = {}
    for record in records:
        if not isinstance(record.get("id"), str) or not record["id"]:
            raise UnavailableError(path, "a record came without an id")
        by_id.setdefault(record["id"], record)
    return list(by_id.values())


def sliced_by_team(
    client: Client, path: str, key: str, teams: Callable[[], list[Record]], **params: Any
) -> list[Record]:
    """Return a list that may be longer than the cap, read team by team where it is.

    The slices miss what belongs to no team, so they count only when together they hold as
    many records as PagerDuty says there are.

    Raises:
        UnavailableError: The list could not be read to its end.
    """
    try:
        return classic(client, path, key, **params)
    except TruncatedError as truncated:
        records = truncated.records
    for team in teams():
        slice_params: Params = {**params, "team_ids[]": [team["id"]]}
        records += classic(client, path, key, **slice_params)
    records = unique(path, records)
    answer = client.get(path, limit=1, offset=0, total="true")
    if answer.get("total") != len(records):
        raise UnavailableError(
            path, f"only {len(records)} of {answer.get('total')} records can be read"
        )
    return records
