"""What shared values are worked out from, where no control shows it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pdsec_checks.fixtures import may_say_deleted, records_within

KEYS = st.sampled_from(["deleted_at", "id", "user"]) | st.text(st.characters())
RECORDS = st.dictionaries(
    KEYS,
    st.recursive(
        st.none() | st.text(st.characters()) | st.integers() | st.just("2026-11-01T00:00:00Z"),
        lambda inside: st.lists(inside) | st.dictionaries(KEYS, inside),
    ),
)


@given(RECORDS)
@example({"name": "\ud800", "deleted_at": None})  # half a character, which is no JSON
def test_no_deleted_person_is_overlooked(record: dict[str, Any]) -> None:
    """A record that is not walked through holds nothing that was deleted."""
    assert may_say_deleted(record) or not [*records_within([record])]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"deleted_at": None, "users": [{"id": "P1", "deleted_at": None}]},
        {"summary": 'it says "deleted_at":"2026-11-01"'},
    ],
    ids=["empty", "nobody", "quoted"],
)
def test_what_names_nobody_deleted_is_not_walked_through(record: dict[str, Any]) -> None:
    """That is what saves the time."""
    assert not may_say_deleted(record)


@pytest.mark.parametrize("when", ["2026-11-01T00:00:00Z", "", 0, False], ids=repr)
def test_whatever_stands_there_is_looked_at(when: object) -> None:
    """Only a null says that nothing was deleted."""
    assert may_say_deleted({"users": [{"deleted_at": None}, {"id": "P1", "deleted_at": when}]})
