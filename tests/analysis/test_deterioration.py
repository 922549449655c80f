"""Deterioration: which figures count as worse, and which cannot be compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.deterioration import worsened
from pdsec_checks.finding import Finding
from pdsec_checks.model import Figure, Worsening
from tests.support.findings import a_finding

PLAIN: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.lists(st.one_of(st.text(max_size=2), st.integers()), max_size=4),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


def change(was: Any, now: Any, *, more: bool = True) -> tuple[Worsening, ...]:
    """Return how one figure got worse."""
    return worsened([Figure("seen", more=more)], {"seen": was}, {"seen": now})


@pytest.mark.parametrize(
    ("was", "now", "more", "said"),
    [
        (3, 4, True, "seen: 3 before, 4 now"),
        (4, 3, False, "seen: 4 before, 3 now"),
        (1.5, 2.0, True, "seen: 1.5 before, 2 now"),
        (False, True, True, "seen: no before, yes now"),
        (["PA"], ["PA", "PB"], True, "seen: 1 before, 2 now (new: PB)"),
        (["PA", "PB"], ["PC"], True, "seen: 2 before, 1 now (new: PC)"),
        (["PA", "PB"], ["PC"], False, "seen: 2 before, 1 now"),
        (["?"], ["?", "?"], True, "seen: 1 before, 2 now"),
        ([{"id": 1}], [{"id": 2}], True, 'seen: 1 before, 1 now (new: {"id": 2})'),
        ([], list("abcdefg"), True, "seen: 0 before, 7 now (new: a, b, c, d, e, …)"),
        (2, None, True, "seen: 2 before, not told now"),
        (["PA"], None, False, "seen: 1 before, not told now"),
    ],
)
def test_worse_is_said_in_words(was: Any, now: Any, more: bool, said: str) -> None:  # noqa: FBT001 - expected
    """A number, a flag and a list are worse in their own way, and what is not told is too."""
    assert [each.sentence for each in change(was, now, more=more)] == [said]


@pytest.mark.parametrize(
    ("was", "now", "more"),
    [
        (4, 3, True),
        (3, 4, False),
        (True, False, True),
        (["PA", "PB"], ["PB"], True),
        (["PA"], ["PB", "PC"], False),
        (None, 5, True),
        ("many", 5, True),
        ({"a": 1}, 5, True),
    ],
)
def test_better_or_incomparable_is_not_worse(was: Any, now: Any, more: bool) -> None:  # noqa: FBT001 - expected
    """What moved the right way, or was never told, is no deterioration."""
    assert change(was, now, more=more) == ()


def test_a_figure_that_the_earlier_evidence_lacks_is_not_compared() -> None:
    """An earlier version of the control may not have handed it over."""
    assert worsened([Figure("seen")], {}, {"seen": 5}) == ()


@given(PLAIN, st.booleans())
def test_nothing_is_worse_than_itself(value: Any, more: bool) -> None:  # noqa: FBT001 - drawn
    """Two runs over one account differ in nothing."""
    assert change(value, value, more=more) == ()


@given(PLAIN, PLAIN, st.booleans())
def test_what_is_found_travels_between_processes(was: Any, now: Any, more: bool) -> None:  # noqa: FBT001 - drawn
    """A finding that is worse is the same behind the wire of a worker."""
    finding = a_finding()
    found = Finding(
        finding.control, finding.severity, finding.status, finding.resource, "", known=False,
        worse=change(was, now, more=more),
    )  # fmt: skip

    assert Finding.unpacked(found.packed()) == found
