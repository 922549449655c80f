"""Incident figures per service, which colour a finding and never decide it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pdsec_checks.model import Record

FIGURES = {
    "incidents": "total_incident_count",
    "mean_seconds_to_first_ack": "mean_seconds_to_first_ack",
}
"""Our name → the field of ``getAnalyticsMetricsIncidentsService``."""


def figures_by_service(records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Return the figures of the last 30 days by service id; services without incidents lack."""
    return {
        str(record["service_id"]): {name: record.get(field) for name, field in FIGURES.items()}
        for record in sorted(records, key=lambda record: str(record.get("service_id")))
        if record.get("service_id")
    }
