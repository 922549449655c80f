"""What an answer holds: what Python finds in it, as far as a report can hold that."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest

from pdsec_checks.pagerduty.http.decoding import decoded

AS_PYTHON = (
    b'{"id": "P1", "teams": [{"id": "T1"}, null, true]}',
    b'{"a": 1, "b": 2, "a": 3}',
    b"[0, -0, -0.0, 0.1, 1E5, 5e-324, 1e-400, 2.2250738585072011e-308]",
    b"[9223372036854775808, -9223372036854775809, 123456789012345678901234567890]",
    '["Zoë", "\\u2028", "\\ud83d\\ude00", "\\u0000", "\\/"]'.encode(),
    b'\xef\xbb\xbf{"after": "a byte order mark"}',
    b" 5 ",
)
NO_JSON = (b"", b"[1,]", b"01", b'"\xff"', b'"\x01"', b"{'a': 1}", b"1" * 5_000)


@pytest.mark.parametrize("content", AS_PYTHON)
def test_it_is_what_python_finds(content: bytes) -> None:
    """Every number, text, key and its place are those of Python's own decoder."""
    assert repr(decoded(content)) == repr(json.loads(content))


def test_python_is_not_asked_where_all_is_well() -> None:
    """Its decoder takes twice the time."""
    with mock.patch("json.loads") as slow:
        assert decoded(b'{"id": "P1"}') == {"id": "P1"}
    slow.assert_not_called()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (rb'"\ud83d"', r"\ud83d"),
        (rb'{"a": [{"\udc00b": "\ud83d"}], "d": "e"}', {"a": [{r"\udc00b": r"\ud83d"}], "d": "e"}),
        (b"[NaN, -Infinity, 1e400]", ["nan", "-inf", "inf"]),
        ('{"\\ud800": 1, "ë": "Zoë"}'.encode(), {r"\ud800": 1, "ë": "Zoë"}),
    ],
)
def test_what_no_report_can_hold_has_a_stand_in(content: bytes, found: Any) -> None:
    """Texts that differ still do, a number without an end is a text, and the rest stays."""
    assert decoded(content) == found


@pytest.mark.parametrize("content", NO_JSON)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    """Whatever Python refuses is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 - of either decoder
        decoded(content)


def test_what_is_nested_without_end_is_refused() -> None:
    """Neither decoder follows it."""
    with pytest.raises(RecursionError):
        decoded(b"[" * 100_000 + b"]" * 100_000)
