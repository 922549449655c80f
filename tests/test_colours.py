"""Colours: where pytest would have them, on words of status and severity alone."""

from __future__ import annotations

import io
import itertools

import pytest
from _pytest.config import create_terminal_writer  # what pytest-xdist and others go by as well

from pdsec_checks.colours import painted, wants_colour


class Stream(io.StringIO):
    """A terminal, or not."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


VARIABLES = [
    dict(zip(("PY_COLORS", "NO_COLOR", "FORCE_COLOR", "TERM"), values, strict=True))
    for values in itertools.product(
        (None, "0", "1", "yes"), (None, "", "1"), (None, "", "1"), ("xterm", "dumb", None)
    )
]


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_colours_are_where_pytest_has_them(
    *, is_terminal: bool, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Whatever the variables say, one rule holds for our output and for pytest's."""
    monkeypatch.setattr(pytestconfig.option, "color", "auto")
    for variables in VARIABLES:
        for name, value in variables.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        stream = Stream(is_terminal=is_terminal)
        theirs = create_terminal_writer(pytestconfig, stream).hasmarkup

        assert wants_colour(stream) == theirs, variables


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("TO FIX", "TO FIX"),
        ("NEW (2)", "NEW"),
        ("WORSE (1)", "WORSE"),
        ("COULD NOT BE JUDGED", "COULD NOT BE JUDGED"),
        ("NEEDS A PERSON", "NEEDS A PERSON"),
        ("WAIVED", "WAIVED"),
        ("ERROR: --controls: there is none", "ERROR"),
        ("WARNING: Not read: /users", "WARNING"),
        ("PARTIAL: judged 3 of 4", "PARTIAL"),
        ("INTERRUPTED: this is what was judged", "INTERRUPTED"),
        ("PD-05 [critical] Services have an escalation policy", "critical"),
        ("1. PD-05 [high] Services have an escalation policy", "high"),
        ("medium         10       2", "medium"),
        ("acme-eu  fail          3       2", "fail"),
        ("acme-eu  error         ?       ?  not read", "error"),
    ],
)
def test_a_word_of_status_has_its_colour(line: str, word: str) -> None:
    """The word is coloured where it stands, and nothing beside it."""
    before, after = line.split(word, 1)
    found = painted(f"x\n{line}\nx").split("\n")[1]

    assert found.startswith(f"{before}\x1b[")
    assert found.endswith(f"m{word}\x1b[0m{after}")


@pytest.mark.parametrize(
    "line",
    [
        "    [critical] is what somebody calls a service",
        "    ERROR: is how another is called",
        "Judged 3 of 4 checks in 2 controls; 1 did not apply.",
        "severity      fail   error",
        "read users: 3",
        "TO FIXTURE",
    ],
)
def test_nothing_else_has_a_colour(line: str) -> None:
    """What an account or a sentence says stays as it is."""
    assert painted(line) == line
