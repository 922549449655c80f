"""Certainty: one yes decides, however much else is unreadable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import MalformedRecordError


def known(answer: bool | None) -> bool:  # noqa: FBT001 - the answer to give
    """Return an answer; None stands for one that cannot be read."""
    if answer is None:
        raise MalformedRecordError("unreadable")
    return answer


@given(st.lists(st.sampled_from([True, False, None]), max_size=6))
def test_unreadable_items_matter_only_without_a_yes(answers: list[bool | None]) -> None:
    """One yes decides; without it an unreadable item makes the answer unknown."""
    if True in answers:
        assert any_known(answers, known) is True
    elif None in answers:
        with pytest.raises(MalformedRecordError, match="unreadable"):
            any_known(answers, known)
    else:
        assert any_known(answers, known) is False
