"""Errors: each says what kept us from an answer, and the way out."""

from __future__ import annotations

import pytest

from pdsec_checks.errors import InspectionError, UnavailableError, UnreachableError


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "(check that the credential is valid and belongs to this region)"),
        (402, "(the account's plan does not include it)"),
        (403, "(use an account-level read-only API key, or grant the scope)"),
        (404, "(the feature is off, or the path is retired)"),
    ],
)
def test_refusal_carries_the_way_out(status: int, hint: str) -> None:
    """A refusal names the path, the reason, and what an operator can do, on one line."""
    error = UnavailableError("/users", f"HTTP {status}", status)

    assert str(error) == f"/users: HTTP {status} {hint}"


@pytest.mark.parametrize("status", [None, 200, 500])
def test_no_hint_where_there_is_nothing_to_do(status: int | None) -> None:
    """An answer that failed for PagerDuty's own reasons has no hint."""
    assert str(UnavailableError("/users", "no answer", status)) == "/users: no answer"


def test_all_errors_are_inspection_errors() -> None:
    """Whoever catches an InspectionError catches whatever kept us from an answer."""
    assert issubclass(UnreachableError, UnavailableError)
    assert issubclass(UnavailableError, InspectionError)
