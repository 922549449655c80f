"""How accounts are shared out: each once, most of them at the start, no worker with all of it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.accounts.items import grouped


@given(count=st.integers(1, 300), workers=st.integers(1, 40))
def test_no_worker_gets_much_more_than_another(count: int, workers: int) -> None:
    """Groups are handed out largest first, two for each worker at most, alike within a round."""
    sizes = Counter(grouped(count, workers))
    first = [sizes[group] for group in range(workers)]
    second = [size for group, size in sizes.items() if group >= workers]

    assert sizes.total() == count
    assert list(sizes) == list(range(len(sizes))), "no group is left out between two others"
    assert len(sizes) <= 2 * workers
    assert max(first) <= -(-count // workers), "an equal share is the most that one can get"
    assert max(second, default=0) <= max(first)


@pytest.mark.parametrize(
    ("count", "workers", "sizes"),
    [
        (50, 2, [19, 19, 6, 6]),
        (50, 8, [5] * 8 + [2] * 5),
        (3, 8, [1, 1, 1]),
        (1, 1, [1]),
        (4, 1, [3, 1]),
    ],
)
def test_three_quarters_are_shared_out_at_the_start(
    count: int, workers: int, sizes: list[int]
) -> None:
    """The rest follows, so that a worker whose accounts were small gets more of them."""
    assert list(Counter(grouped(count, workers)).values()) == sizes
