"""Other programs show of our reports what ``docs/consumers.md`` says, and nothing as settled."""

from __future__ import annotations

import pytest

from tests.support import consumers, reading
from tests.support.consumers import Row

CONSUMERS = pytest.mark.parametrize("name", consumers.names())


@pytest.mark.parametrize("name", reading.left_to_ci(consumers.names(), {"saf"}))
def test_the_table_says_what_the_program_shows(name: str) -> None:
    """What was recorded of a program is what it shows of today's reports."""
    assert consumers.recorded(name) == consumers.rows(name), (
        f"python -m tests.consumers {name}; then python docs/generate.py"
    )


@CONSUMERS
def test_no_program_shows_as_settled_what_is_not(name: str) -> None:
    """Nothing reads as passed or fixed that we do not say so; what else differs says why."""
    found = consumers.recorded(name)

    assert found
    assert [each for each in found if not is_fair(each)] == []


def is_fair(row: Row) -> bool:
    """Tell whether a row shows no more as settled than is, and explains where it differs."""
    if row.settles and row.theirs > row.ours:
        return False
    return row.ours == row.theirs or bool(row.why)


def a_row(ours: int, theirs: int, *, settles: bool = False, why: str = "") -> Row:
    """Return the row of a made-up program."""
    return Row("Viewer", "1", "sarif", "demo", "closed", ours, theirs, settles, why)


@pytest.mark.parametrize(
    ("row", "fair"),
    [
        (a_row(3, 3, settles=True), True),
        (a_row(3, 4, settles=True, why="it cannot tell"), False),
        (a_row(3, 2, settles=True, why="it knows no waiver"), True),
        (a_row(3, 2), False),
        (a_row(3, 4, why="it counts by rule"), True),
    ],
)
def test_a_dishonest_row_would_be_seen(row: Row, fair: bool) -> None:  # noqa: FBT001
    """No reason excuses a program that shows more as settled than is."""
    assert is_fair(row) is fair


def test_every_recorded_row_has_its_program() -> None:
    """No row outlives the module that tried it."""
    assert sorted(path.stem for path in consumers.RECORDED.iterdir()) == consumers.names()
