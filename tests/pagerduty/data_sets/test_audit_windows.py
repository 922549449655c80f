"""Audit records: only what lies in the window that was asked for says anything about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.engine import judged
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator.builders import an_audit_record
from tests.simulator.records import iso
from tests.support.judged import CONTROLS, NOTHING, NOW

TRAIL = {"PD-11": "audit_latest", "PD-12": "audit_oldest", "PD-13": "audit_api_token"}


def read(monkeypatch: pytest.MonkeyPatch, days: float) -> Snapshot:
    """Read the audit trail of an account that answers one record to whatever is asked."""
    record = an_audit_record(
        iso(NOW - timedelta(days=days)), method="api_token", truncated_token="4f2a"
    )

    def get(self: Client, path: str, **params: Any) -> dict[str, Any]:
        del self, path, params
        return {"records": [record], "next_cursor": None}

    monkeypatch.setattr(Client, "get", get)
    return read_account(client(), TRAIL.values(), NOW, Baseline())


def client() -> Client:
    """Return a client that asks nobody."""
    return Client("http://localhost", api_key("u+any"))


@pytest.mark.parametrize("days", [-1, 400, 3650])
def test_a_record_of_another_time_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    """Neither that something is written down, nor for how long, nor how old a key is."""
    snapshot = read(monkeypatch, days)
    inspection = Inspection(snapshot, Baseline())

    for control, name in TRAIL.items():
        found = snapshot.data[name]
        assert isinstance(found, Unavailable)
        assert "PagerDuty was asked for 20" in found.reason
        assert "and sent a record of 20" in found.reason
        statuses = {each.status for each in judged([CONTROLS[control]], inspection, NOTHING)}
        assert statuses == {"error"}


def test_whoever_ignores_the_window_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of yesterday is no answer to what happened twelve months ago."""
    snapshot = read(monkeypatch, 1)

    assert not isinstance(snapshot.data["audit_latest"], Unavailable)
    assert isinstance(snapshot.data["audit_oldest"], Unavailable)
    assert isinstance(snapshot.data["audit_api_token"], Unavailable)


def test_a_request_names_whole_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record within the second of an end belongs to it."""
    snapshot = read(monkeypatch, 0.5 / 86_400)

    assert len(snapshot.records("audit_latest")) == 1
