"""Fixes of maintenance windows: they end earlier."""

from __future__ import annotations

from datetime import timedelta

from pdsec_checks.fixes.fix import Change, Fix, Request, imported, path, reference
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.model import moment_text
from pdsec_checks.resources import MaintenanceWindow


@fixes("PD-35", "maintenance_window")
def shortened(found: Found) -> Fix:
    """Let the window end within what is allowed; end it where that moment is over."""
    window: MaintenanceWindow = found.resource
    start, end = window.span
    limit = start + timedelta(hours=found.inspection.baseline.max_maintenance_hours)
    where = path("maintenance_windows", window.id)
    now = moment_text(end)
    if not found.inspection.as_of < limit < end:
        change = Change("end_time", "a moment that is over", now)
        return found.fixed_by(
            Request("DELETE", where, check="the work is done, or another window is enough for it"),
            terraform=[imported("maintenance_window", window.id, [change])],
            note="a window that is on is ended by this, one to come is deleted",
        )
    ids, _ = window.service_ids
    body = {
        "type": "maintenance_window",
        "start_time": moment_text(start),
        "end_time": moment_text(limit),
        "services": [reference("service", each) for each in sorted(ids)],
    }
    change = Change("end_time", moment_text(limit), now)
    return found.fixed_by(
        Request("PUT", where, {"maintenance_window": body}, f"changed: end_time, was {now}"),
        terraform=[imported("maintenance_window", window.id, [change])],
    )
