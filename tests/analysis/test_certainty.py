"""Certainty: one yes decides, however much else is unreadable."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.certainty import (
    NAMED,
    Guess,
    any_known,
    certainly,
    combined,
)
from pdsec_checks.errors import (
    InspectionError,
    MalformedRecordError,
    NotKeptError,
    UnavailableError,
)


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


@given(st.lists(st.sampled_from([True, False, None]), max_size=6), st.integers(0, 7))
def test_verdict_is_certain_where_both_guesses_agree(
    answers: list[bool | None], required: int
) -> None:
    """What cannot be read counts for nothing and for one; the verdict must not hang on it."""

    def are_enough(guess: Guess) -> bool:
        return sum(guess.holds(partial(known, each)) for each in answers) >= required

    least = answers.count(True)
    most = least + answers.count(None)
    if (least >= required) is (most >= required):
        assert certainly(are_enough) is (least >= required)
    else:
        with pytest.raises(MalformedRecordError, match="unreadable"):
            certainly(are_enough)


def test_guess_remembers_why_it_had_to_guess() -> None:
    """Each doubt is kept, and answered the way of the guess."""
    guess = Guess(for_the_better=True)

    assert guess.holds(lambda: known(None))
    assert not guess.holds(lambda: False)
    assert [str(each) for each in guess.unknown] == ["unreadable"]


def test_field_that_is_not_kept_is_no_doubt() -> None:
    """Our own mistake is said out loud, though another item or either guess would decide."""

    def ask(answer: bool | None) -> bool:  # noqa: FBT001 - the answer to give
        if answer is None:
            raise NotKeptError("services", "status", "services.py")
        return answer

    with pytest.raises(NotKeptError, match="is not kept"):
        any_known([None, True], ask)
    with pytest.raises(NotKeptError, match="is not kept"):
        certainly(lambda guess: guess.holds(lambda: ask(None)))


def test_one_error_speaks_for_all_that_is_unknown() -> None:
    """Several reasons are named together, each once, the first of many."""
    few = [InspectionError(text) for text in ("a", "b", "a")]
    many = [InspectionError(f"reason {n}") for n in range(NAMED + 2)]

    assert str(combined(few)) == "a; b"
    assert str(combined(few[:1])) == "a"
    assert str(combined(many)).endswith(f"reason {NAMED - 1}; and 2 more")


def test_list_that_could_not_be_read_explains_all_the_others() -> None:
    """Where a list was refused, nobody needs to hear of each record that it would have held."""
    refusal = UnavailableError("/users", "HTTP 403", 403)

    assert combined([InspectionError("user PX is unknown"), refusal]) is refusal
