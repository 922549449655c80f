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


LARGEST = 2**53
"""Up to it every program that reads a report has the same number."""


def amount(value: Any) -> int | float | None:
    """Return *value* where it is a number that can count something: neither NaN nor endless."""
    is_number = type(value) in {int, float}
    return value if is_number and 0 <= value <= LARGEST else None


def figures_by_service(records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Return the figures of the last 30 days by service id; services without incidents lack.

    What is no number, or one that counts nothing, is None.
    """
    return {
        str(record["service_id"]): {name: amount(record.get(at)) for name, at in FIGURES.items()}
        for record in sorted(records, key=lambda record: str(record.get("service_id")))
        if record.get("service_id")
    }
