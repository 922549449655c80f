"""How accounts are shared out: each once, most of them at the start, no worker with all of it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.accounts.items import grouped


@given(count=st.integers(1, 300), workers=st.integers(1, 40))
def test_every_worker_gets_as_much_as_the_next(count: int, workers: int) -> None:
    """No worker is left without, and groups of one round differ by one account at most."""
    sizes = Counter(grouped(count, workers))
    first = [size for group, size in sizes.items() if group < workers]
    second = [size for group, size in sizes.items() if group >= workers]

    assert sizes.total() == count
    assert len(first) == min(count, workers)
    assert max(first) - min(first) == 0 or count < workers
    assert max(second, default=0) - min(second, default=0) <= 1
    assert max(second, default=0) <= max(first), "the largest are handed out first"


@pytest.mark.parametrize(
    ("count", "workers", "sizes"),
    [
        (50, 2, [18, 18, 7, 7]),
        (50, 8, [4] * 8 + [2] * 9),
        (12, 8, [1] * 12),
        (3, 8, [1, 1, 1]),
        (1, 1, [1]),
        (4, 1, [3, 1]),
    ],
)
def test_three_quarters_are_dealt_out_at_the_start(
    count: int, workers: int, sizes: list[int]
) -> None:
    """The rest follows, so that a worker whose accounts were small gets more of them."""
    assert list(Counter(grouped(count, workers)).values()) == sizes


def test_neighbours_in_the_file_go_to_different_workers() -> None:
    """Large accounts are often listed first: no worker gets them all."""
    assert list(grouped(8, 3)) == [0, 1, 2, 0, 1, 2, 3, 4]
