"""What happened: who did it, and which services it names."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.resources import AuditRecord, ChangeEvent


def test_audit_record_may_have_no_actor() -> None:
    """The first actor counts; PagerDuty may leave out all of them."""
    actors = [{"id": "PU1", "summary": "Ann"}, {"id": "PU2"}]

    first = AuditRecord({"id": "R1", "actors": actors}).actor

    assert first is not None
    assert first.id == "PU1"
    assert AuditRecord({"id": "R1"}).actor is None


@pytest.mark.parametrize("empty", [{}, {"services": None}, {"services": []}])
def test_change_event_may_name_no_service(empty: dict[str, Any]) -> None:
    """No list of services, a null and an empty list are the same."""
    assert ChangeEvent({"id": "C1", **empty}).service_ids == set()
