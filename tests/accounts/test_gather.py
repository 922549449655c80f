"""How the exit codes of several inspections become one."""

from __future__ import annotations

import pytest

from pdsec_checks.accounts.gather import combined


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([0, 0], 0),
        ([0, 1, 6, 4], 1),
        ([0, 6], 6),
        ([0, 4], 6),
        ([6, 4], 6),
        ([0, 5], 6),
        ([4, 4], 4),
        ([5, 5], 5),
        ([3, 4], 4),
    ],
)
def test_the_worst_decides_and_nothing_unread_is_green(codes: list[int], code: int) -> None:
    """1 if any failed, else 6 if anything was not judged, 4 only when nothing could be read."""
    assert combined(codes) == code
    assert combined(reversed(codes)) == code
