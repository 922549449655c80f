"""Who changed a resource, as far as the audit records show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pdsec_checks.analysis.changes import KEPT, latest_changes
from pdsec_checks.reports import json_report
from pdsec_checks.resources import AuditRecord
from tests.reports.test_report_schema import SCHEMA
from tests.simulator import builders
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, errors_against

KEY = builders.an_api_key("Terraform", id="PKEY")


def a_record(day: int = 20, **fields: Any) -> dict[str, Any]:
    """Return a change of the service PSERVICE by an API key, on a day of November."""
    return builders.an_audit_record(
        f"2026-11-{day:02}T09:00:00Z", method="api_token", actor=KEY, **fields
    )


def test_a_change_has_who_when_and_how() -> None:
    """Actor, time, action and method are kept, and nothing else of the record."""
    (change,) = latest_changes([AuditRecord(a_record())])

    assert change.to_json() == {
        "resource": "PSERVICE",
        "time": "2026-11-20T09:00:00Z",
        "action": "update",
        "method": "api_token",
        "actor": {"type": "api_key", "id": "PKEY", "name": "Terraform"},
    }


def test_an_unnamed_actor_is_none() -> None:
    """PagerDuty does not always tell who it was."""
    record = builders.an_audit_record("2026-11-20T09:00:00+01:00")
    (change,) = latest_changes([AuditRecord(record)])

    assert change.to_json()["actor"] is None
    assert change.time == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_change_of_a_part_counts_for_both() -> None:
    """An integration is changed through its service; the change is found under either id."""
    record = a_record()
    record["details"]["resource"] = {"id": "PPART", "type": "integration_reference"}

    assert [each.resource for each in latest_changes([AuditRecord(record)])] == [
        "PPART",
        "PSERVICE",
    ]


@pytest.mark.parametrize("details", [None, {}, {"resource": None}, {"resource": {"id": 5}}])
def test_a_change_may_name_no_part(details: dict[str, Any] | None) -> None:
    """What names no part that can be looked up is a change of the resource alone."""
    record = {**a_record(), "details": details}

    assert [each.resource for each in latest_changes([AuditRecord(record)])] == ["PSERVICE"]


def test_the_newest_changes_of_each_resource_are_kept() -> None:
    """Of one resource the newest few are kept, the newest first, each record once."""
    records = [a_record(day) for day in range(1, 11)]
    found = latest_changes(map(AuditRecord, [*records, *records]))

    assert [each.time.day for each in found] == [10, 9, 8, 7, 6]
    assert len(found) == KEPT


def test_a_malformed_record_is_left_out() -> None:
    """A record without its time is nobody's change; the others stay."""
    broken = {**a_record(), "id": "PBROKEN"}
    del broken["execution_time"]

    assert len(latest_changes(map(AuditRecord, [broken, a_record()]))) == 1


def test_a_report_holds_the_changes_of_its_resources_and_what_is_gone() -> None:
    """Changes of resources that no finding is about are left out, unless they were deleted."""
    other, gone = ({"id": name, "type": "service", "summary": "x"} for name in ("POTHER", "PGONE"))
    mine = a_record(root={"id": "PABC123", "type": "service", "summary": "Checkout"})
    records = [mine, a_record(root=other), a_record(root=gone, action="delete")]
    report = a_report(a_finding())
    plain = json_report.to_plain(
        replace(report, run=replace(report.run, changes=latest_changes(map(AuditRecord, records))))
    )

    assert [each["resource"] for each in plain["changes"]] == ["PABC123", "PGONE"]
    assert errors_against(SCHEMA, plain) == []
