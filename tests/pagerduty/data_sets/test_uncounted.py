"""Lists that nobody can ask for their length: read again where one may have moved."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging


class Moving:
    """A source whose list loses its first record after some requests."""

    concurrency = 1
    is_taped = False

    def __init__(self, length: int, *lost_after: int) -> None:
        self.left: list[Record] = [{"id": f"P{number}"} for number in range(length)]
        self.lost_after = lost_after
        self.asked = 0

    def expect(self, requests: int) -> None:
        """Take note of nothing."""

    def guesses(self, wanted: int) -> int:
        """Let all guesses be free."""
        return wanted

    def get(self, _: str, *, limit: int, offset: int) -> Record:
        """Return a page of what is there now."""
        self.asked += 1
        page = self.left[offset : offset + limit]
        answer = {"things": page, "more": offset + len(page) < len(self.left)}
        self.left = self.left[self.lost_after.count(self.asked) :]
        return answer


def read(source: Any) -> list[Record]:
    """Return what is read of a list."""
    return paging.uncounted(source, "/things", "things")


def test_list_of_one_page_is_asked_for_once() -> None:
    """Nothing can move between two pages."""
    source = Moving(100)

    assert len(read(source)) == 100
    assert source.asked == 1


def test_list_that_moved_is_read_until_two_readings_agree() -> None:
    """A record that slipped from one page to the one before is found."""
    source = Moving(150, 1)

    assert read(source) == source.left
    assert source.asked == 6


def test_list_that_goes_on_moving_is_unavailable() -> None:
    """Nobody knows what is on it."""
    with pytest.raises(UnavailableError, match="changes while it is read"):
        read(Moving(190, 1, 3, 5))
