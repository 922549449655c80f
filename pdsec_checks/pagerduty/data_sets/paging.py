"""Whole collections out of pages, complete or not at all.

Source: "Pagination" in PagerDuty's developer documentation. Lists shift while they are
read, so records are told apart by their id.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import NO_OBJECT, printable

PAGE = 100
CAP = 10_000
"""Largest ``offset + limit`` that PagerDuty answers."""
READINGS = 2
"""How often a list is read before what is missing of it counts as lost."""
WAVES = (1, 1, 2, 4, 8)
"""Pages asked for at once where nobody knows how many there are; the last figure goes on.

All but the first of a wave are guesses: they are asked for as far as the rate limit has room.
"""
MOST_PAGES = 5_000
"""Bound on one chain of pages: half a million records."""
IN_VAIN = 3
"""Pages without a new record after which a list counts as one that never ends."""
Params = dict[str, Any]
Key = Callable[[Record], Hashable]


class TruncatedError(UnavailableError):
    """A list is longer than PagerDuty hands out.

    Attributes:
        records: What could be read of it.
    """

    def __init__(self, path: str, records: list[Record]) -> None:
        super().__init__(path, f"PagerDuty hands out no more than {CAP} records of this list")
        self.records = records


def rows(path: str, answer: Record, key: str) -> list[Record]:
    """Return the records of one page; an entry that is no object stands for a broken record.

    Raises:
        UnavailableError: The page has no list of them.
    """
    found = answer.get(key)
    if not isinstance(found, list):
        raise UnavailableError(path, f"the answer has no list {key!r}")
    return [row if isinstance(row, dict) else {NO_OBJECT: True} for row in found]


def identity(record: Record) -> Hashable:
    """Return what tells a record from others: its id; one without is like no other."""
    found = record.get("id")
    return found if isinstance(found, str) and found else id(record)


class Novelty:
    """Notices a list that goes on for ever and brings nothing new."""

    def __init__(self, path: str, key: Key = identity) -> None:
        self._path = path
        self._key = key
        self._seen: set[Hashable] = set()
        self._pages_in_vain = 0

    def is_new(self, page: list[Record]) -> bool:
        """Take a further page into account; tell whether it brought anything new."""
        before = len(self._seen)
        self.check(page)
        return len(self._seen) > before

    def check(self, page: list[Record]) -> None:
        """Take a further page into account.

        Raises:
            UnavailableError: It is one of several that brought nothing new.
        """
        before = len(self._seen)
        self._seen.update(map(self._key, page))
        self._pages_in_vain = 0 if len(self._seen) > before else self._pages_in_vain + 1
        if self._pages_in_vain >= IN_VAIN:
            raise UnavailableError(
                self._path, f"the list does not end: {IN_VAIN} pages brought nothing new"
            )


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


def sample(path: str, answer: Record, key: str) -> list[Record]:
    """Return the records of a page that stands for the whole list.

    Raises:
        UnavailableError: The page has no list of them, or none of the records that it promises.
    """
    records = rows(path, answer, key)
    if not records and may_have_more(path, answer):
        raise UnavailableError(path, "the answer promises more records and has none")
    return unique(records)


def total_of(answer: Record) -> int:
    """Return the length of the list that a page belongs to; 0 where it does not say."""
    total = answer.get("total")
    return total if type(total) is int else 0


GoesOn = Callable[[str, Record], bool]


class Listing(Struct, frozen=True):
    """An offset-paged list: where it is, and how it is asked for."""

    source: Source
    path: str
    key: str
    params: Params
    size: int = PAGE
    goes_on: GoesOn = has_more
    identify: Key = identity

    def part(self, start: int, **more: str) -> Part:
        """Return the part of one page's size that begins at *start*.

        PagerDuty may send fewer records than asked for, so a part can take several requests.

        Raises:
            UnavailableError: A page was refused or malformed, or promised more and had none.
        """
        end = min(start + self.size, CAP)
        records: list[Record] = []
        novelty = Novelty(self.path, self.identify)
        while (offset := start + len(records)) < end:
            answer = self.source.get(
                self.path, limit=end - offset, offset=offset, **self.params, **more
            )
            page = rows(self.path, answer, self.key)
            records += page
            if not self.goes_on(self.path, answer):
                return Part(records, True, total_of(answer))
            if not page:
                raise UnavailableError(self.path, "the answer promises more records and has none")
            novelty.check(page)
        return Part(records, False, total_of(answer))

    def parts(self, starts: Iterable[int]) -> list[Part]:
        """Return the parts that begin at *starts*, read at the same time."""
        return threads.each(self.part, starts, self.source.concurrency)

    def read(self) -> tuple[list[Record], int]:
        """Return every record, and how many there must be at least.

        The second page is asked for together with the length of the list, where there is one;
        then all others are read at once. The end is where a page says so, whatever the length.

        Raises:
            TruncatedError: The list goes on beyond the cap; it carries what was read.
            UnavailableError: The list could not be read to its end.
        """
        novelty = Novelty(self.path, self.identify)
        parts = [self.part(0)]
        novelty.check(parts[0].records)
        if not parts[0].is_last and self.size < CAP:
            parts.append(self.part(self.size, total="true"))
        counted = parts[-1].total
        is_moving = len(parts) == 1 or novelty.is_new(parts[-1].records)
        if not parts[-1].is_last and is_moving:
            others = range(2 * self.size, min(counted, CAP), self.size)
            self.source.expect(len(others))
            parts += self.parts(others)
        while not parts[-1].is_last and len(parts) * self.size < CAP:
            parts.append(self.part(len(parts) * self.size))
            novelty.check(parts[-1].records)
        records = [record for part in parts for record in part.records]
        if not parts[-1].is_last:
            raise TruncatedError(self.path, records)
        if any(part.is_last for part in parts[:-1]):
            return records, len(records) + 1  # it ended, and went on behind its end
        return records, counted

    def pages_ahead(self) -> Iterator[Part]:
        """Yield the pages of a list that is seldom read to its end and never says how long it is.

        The waves grow as the list turns out to be long, so that no more pages are read in vain
        than were of use; a tape, which answers one request at a time, gets none ahead. Each page
        is handed on as soon as it and those before it are there.

        Raises:
            TruncatedError: The list goes on beyond the cap; it carries no records.
            UnavailableError: A page was refused or malformed, or promised more and had none.
        """
        start = 0
        novelty = Novelty(self.path, self.identify)
        for wave in itertools.chain(WAVES, itertools.repeat(WAVES[-1])):
            self.source.expect(1)
            ahead = 1 if self.source.is_taped else 1 + self.source.guesses(wave - 1)
            starts = range(start, min(start + ahead * self.size, CAP), self.size)
            for part in threads.in_turn(self.part, starts, self.source.concurrency):
                yield part
                if part.is_last:
                    return
                novelty.check(part.records)
            start += ahead * self.size
            if start >= CAP:
                break
        raise TruncatedError(self.path, [])


class Part(Struct, frozen=True):
    """Records that stand one after another in a list.

    Attributes:
        records: What they are.
        is_last: Whether the list ends with them.
        total: How many there are in all; 0 where PagerDuty does not say.
    """

    records: list[Record]
    is_last: bool
    total: int


def classic(
    source: Source,
    path: str,
    key: str,
    *,
    size: int = PAGE,
    key_of: Key = identity,
    **params: Any,
) -> list[Record]:
    """Return every record of an offset-paged list, each id once, in PagerDuty's order.

    A list that holds fewer records than PagerDuty counted, or two with one id that differ, moved
    while it was read, and is read once more. *key_of* tells records apart where they have no id.

    Raises:
        TruncatedError: The list goes on beyond the cap; it carries what was read.
        UnavailableError: The list could not be read to its end.
    """
    for _ in range(READINGS):
        try:
            records, at_least = Listing(source, path, key, params, size, identify=key_of).read()
        except TruncatedError as truncated:
            raise TruncatedError(path, unique(truncated.records, key_of)) from None
        twice = differing(records) if key_of is identity else None  # rows are what they say
        records = unique(records, key_of)
        if len(records) >= at_least and twice is None:
            return records
    if twice is not None:
        raise UnavailableError(path, two_in_one(twice))
    raise UnavailableError(path, f"only {len(records)} of {at_least} records can be read")


def uncounted(source: Source, path: str, key: str) -> list[Record]:
    """Return every record of an offset-paged list that nobody can ask for its length, each once.

    One of several pages is read until two readings agree: it may have moved in between.

    Raises:
        UnavailableError: The list could not be read to its end, is longer than the cap, or moves.
    """
    before: list[Record] | None = None
    for _ in range(READINGS + 1):
        pages = list(Listing(source, path, key, {}).pages_ahead())
        records = [record for page in pages for record in page.records]
        if (twice := differing(records)) is not None:
            raise UnavailableError(path, two_in_one(twice))
        found = unique(records)
        if len(pages) == 1 or found == before:
            return found
        before = found
    raise UnavailableError(path, "the list changes while it is read")


def in_turn(source: Source, path: str, key: str, *, key_of: Key = identity) -> list[Record]:
    """Return every record of an offset-paged list that never says how long it is, page by page.

    Raises:
        TruncatedError: The list goes on beyond the cap; it carries what was read.
        UnavailableError: A page was refused or malformed, or promised more and had none.
    """
    listing, novelty = Listing(source, path, key, {}, identify=key_of), Novelty(path, key_of)
    records: list[Record] = []
    for start in range(0, CAP, PAGE):
        part = listing.part(start)
        records += part.records
        if part.is_last:
            return unique(records, key_of)
        novelty.check(part.records)
    raise TruncatedError(path, unique(records, key_of))


def differing(records: Iterable[Record]) -> Record | None:
    """Return a record that another one with the same id contradicts; None where none does."""
    found: dict[Hashable, Record] = {}
    for record in records:
        if found.setdefault(identity(record), record) != record:
            return record
    return None


def two_in_one(record: Record) -> str:
    """Return that nobody can tell which of two records is the true one."""
    return f"two records with the id {printable(str(record['id']))!r} differ"


def cursor_pages(source: Source, path: str, key: str, params: Params) -> Iterator[list[Record]]:
    """Yield the pages of a cursor-paged list.

    Raises:
        UnavailableError: A page was refused or malformed, or the chain does not end.
    """
    seen: set[str] = set()
    cursor: dict[str, str] = {}
    novelty = Novelty(path)
    while len(seen) < MOST_PAGES:
        answer = source.get(path, limit=PAGE, **params, **cursor)
        page = rows(path, answer, key)
        yield page
        following = following_cursor(path, answer)
        if following is None:
            return
        source.expect(1)
        novelty.check(page)
        if not isinstance(following, str) or following in seen:
            raise UnavailableError(path, "the cursor to the next page is malformed or repeats")
        seen.add(following)
        cursor = {"cursor": following}
    raise UnavailableError(path, f"the list does not end after {MOST_PAGES} pages")


def following_cursor(path: str, answer: Record) -> Any:
    """Return the cursor to the next page, whatever it is; None where a page is the last one.

    Some lists say ``more`` beside it, and leave it out on the last page.

    Raises:
        UnavailableError: The page does not say whether there is more, or contradicts itself.
    """
    more, following = answer.get("more"), answer.get("next_cursor")
    if "next_cursor" not in answer and more is not False:
        raise UnavailableError(path, "the answer does not say whether there is more")
    if following is None and more is True:
        raise UnavailableError(path, "the answer promises more records and names no cursor")
    return following


def cursored(source: Source, path: str, key: str, **params: Any) -> list[Record]:
    """Return every record of a cursor-paged list, each id once.

    Raises:
        UnavailableError: The list could not be read to its end.
    """
    records = [row for page in cursor_pages(source, path, key, params) for row in page]
    if (twice := differing(records)) is not None:
        raise UnavailableError(path, two_in_one(twice))
    return unique(records)


def unique(records: Iterable[Record], key_of: Key = identity) -> list[Record]:
    """Return the first record of each id; one without an id stands for itself."""
    found: dict[Hashable, Record] = {}
    for record in records:
        found.setdefault(key_of(record), record)
    return list(found.values())


def sliced_by_team(
    source: Source, path: str, key: str, teams: Callable[[], list[Record]], **params: Any
) -> list[Record]:
    """Return a list that may be longer than the cap, read team by team where it is.

    The slices miss what belongs to no team, so they count only when together they hold as
    many records as PagerDuty says there are.

    Raises:
        UnavailableError: The list could not be read to its end.
    """
    try:
        return classic(source, path, key, **params)
    except TruncatedError as truncated:
        records = truncated.records

    def of_team(team: Record) -> list[Record]:
        slice_params: Params = {**params, "team_ids[]": [team["id"]]}
        return classic(source, path, key, **slice_params)

    named = [team for team in teams() if isinstance(team.get("id"), str)]
    for found in threads.each(of_team, named, source.concurrency):
        records += found
    records = unique(records)
    answer = source.get(path, limit=1, offset=0, total="true")
    if answer.get("total") != len(records):
        raise UnavailableError(
            path, f"only {len(records)} of {answer.get('total')} records can be read"
        )
    return records
