"""What the report formats share: JSON text, whatever the account put into it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pdsec_checks.reports.plain import dump


@pytest.mark.parametrize(
    "value", [{}, {"a": []}, [[{}], 1.5, None, True], 'Zoë \u2028 \\ " \x00', {"b": {"c": "d"}}]
)
def test_dump_is_indented_json(value: Any) -> None:
    """The text is that of Python's own writer with two blanks a level, made in less time."""
    assert dump(value) == json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def test_dump_replaces_what_is_no_text() -> None:
    """A lone surrogate, which no encoding can write, becomes a question mark."""
    assert dump(["\ud800"]) == '[\n  "?"\n]\n'


def test_dump_survives_a_number_without_a_form() -> None:
    """A number too large for JSON spoils no report."""
    assert dump([1e999]) == "[\n  Infinity\n]\n"
