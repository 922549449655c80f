"""What happened: who did it, and which services it names."""

from __future__ import annotations

from pdsec_checks.resources import (
    AuditRecord,
)


def test_audit_record_may_have_no_actor() -> None:
    """The first actor counts; PagerDuty may leave out all of them."""
    actors = [{"id": "PU1", "summary": "Ann"}, {"id": "PU2"}]

    first = AuditRecord({"id": "R1", "actors": actors}).actor

    assert first is not None
    assert first.id == "PU1"
    assert AuditRecord({"id": "R1"}).actor is None
