"""Analytics: figures that stand beside findings."""

from __future__ import annotations

from pdsec_checks.analysis.analytics import figures_by_service
from pdsec_checks.model import Record


def test_figures_are_known_by_service() -> None:
    """Each service has its figures, in the order of ids; rows about no service count nowhere."""
    rows: list[Record] = [
        {"service_id": "PS2", "total_incident_count": 3, "mean_seconds_to_first_ack": 60},
        {"service_id": None, "total_incident_count": 9},
        {"service_id": "PS1", "total_incident_count": 1},
    ]

    assert list(figures_by_service(rows).items()) == [
        ("PS1", {"incidents": 1, "mean_seconds_to_first_ack": None}),
        ("PS2", {"incidents": 3, "mean_seconds_to_first_ack": 60}),
    ]
