"""Options: how a text becomes a value, and what a wrong one is told."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.configuration.options import (
    OPTIONS,
    UNITS,
    Option,
    control_id,
    control_ids,
    duration,
    up_to,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("500ms", 0.5), ("2m", 120), ("45", 45), ("1.5h", 5400), (" 1s ", 1)],
)
def test_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    """A duration without a unit is in seconds."""
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "0ms", "-1s", "1d", "1 s", "1e3", "nan", "inf"])
def test_other_durations_are_refused_with_an_example(text: str) -> None:
    """Zero, negative numbers and unknown units are refused; the message shows what is wanted."""
    with pytest.raises(ValueError, match="above zero, such as 30s"):
        duration(text)


@given(st.integers(1, 24), st.sampled_from(sorted(UNITS)))
def test_units_multiply(number: int, unit: str) -> None:
    """A duration in any unit is that many of the unit's seconds."""
    assert duration(f"{number}{unit}") == number * UNITS[unit]


@given(st.text())
def test_duration_is_above_zero_or_refused(text: str) -> None:
    """No text is an infinite duration, none, or a negative one."""
    try:
        seconds = duration(text)
    except ValueError:
        return
    assert 0 < seconds < math.inf


def test_duration_has_an_end() -> None:
    """A number that is too large for any clock is refused like any other wrong value."""
    with pytest.raises(ValueError, match="such as 30s"):
        duration("9" * 400)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("090", 90), (" 7 ", 7), ("100", 100)])
def test_a_bound_number_is_a_whole_number(text: str, number: int) -> None:
    """Leading zeros and surrounding space make no difference."""
    assert up_to(100)(text) == number


WRONG_NUMBERS = [
    "",
    "0",
    "00",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "one",
    "101",
    "999999",
    "9" * 5000,
    "\u0661",
]


@pytest.mark.parametrize("text", WRONG_NUMBERS)
def test_other_numbers_are_refused(text: str) -> None:
    """Zero, signs, fractions and what is too large are refused; the message says what is wanted."""
    with pytest.raises(ValueError, match=r"^a whole number from 1 to 100$"):
        up_to(100)(text)


@pytest.mark.parametrize("text", ["5", "05", "pd-5", "PD-05", "PD5", " 5 "])
def test_control_id_may_be_short(text: str) -> None:
    """The number alone is enough, and case does not matter."""
    assert control_id(text) == "PD-05"


def test_control_id_of_another_prefix_is_kept() -> None:
    """An organisation's own controls keep their prefix."""
    assert control_id("acme-7") == "ACME-07"


@pytest.mark.parametrize("text", ["", "PD", "PD-", "PD-x", "5-PD", "PD--5", "5.5", "9" * 5000])
def test_other_control_ids_are_refused(text: str) -> None:
    """What is no control id is refused with examples."""
    with pytest.raises(ValueError, match="such as 5 or PD-05"):
        control_id(text)


@given(st.integers(0, 10**6))
def test_control_id_of_a_control_id_is_the_same(number: int) -> None:
    """Spelling out an id twice changes nothing."""
    spelt = control_id(str(number))

    assert control_id(spelt) == spelt


def test_control_ids_are_separated_by_commas() -> None:
    """Space around them and empty parts are ignored."""
    assert control_ids("5, 6,,PD-07,") == ("PD-05", "PD-06", "PD-07")


def test_option_has_one_name_everywhere() -> None:
    """Flag, attribute and key in the file are one name."""
    option = Option("api-key-max-age", "…")

    assert (option.dest, option.key) == ("pd_api_key_max_age", "api_key_max_age")


def test_only_secrets_are_secret() -> None:
    """The API key is the one option that must not be shown."""
    assert [option.name for option in OPTIONS if option.is_secret] == ["api-key"]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_default_is_a_valid_value(option: Option) -> None:
    """What is used without any setting would also be accepted as a setting."""
    if option.default in (None, (), False):
        return
    assert not option.choices or option.default in option.choices
    assert option.parse(str(option.default)) == option.default
