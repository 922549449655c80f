"""Judges a snapshot without pytest and without HTTP, by the package's own engine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.finding import Finding
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.judging.controls import shipped
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, kept_of
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from tests.support.changed import replace

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The as_of of every snapshot in the tests."""
CONTROLS = {each.control.id: each for each in shipped()}
ITS_OWN = "/path"
"""Stands for the path of whatever data set it is refused for."""
NOTHING = load_settings({}, {}, Path(__file__).parent)
"""The settings of somebody who set nothing."""


def a_snapshot(as_of: datetime = NOW, **data: list[Any] | Unavailable) -> Snapshot:
    """Return a snapshot with these data sets; all others are empty, and the plan has it all."""
    empty: dict[str, list[Any] | Unavailable] = {name: [] for name in DATA_SETS}
    empty["abilities"] = ["sso", "teams", "urgencies", "advanced_permissions", "advanced_reports"]
    kept = kept_of(DATA_SETS)
    given = {name: at_its_path(name, found) for name, found in data.items()}
    return Snapshot(as_of, "https://api.pagerduty.com", data={**empty, **given}, kept=kept)


def at_its_path(name: str, found: list[Any] | Unavailable) -> list[Any] | Unavailable:
    """Return what was found of a data set; one that was refused, at its own path."""
    if isinstance(found, Unavailable) and found.path == ITS_OWN:
        return replace(found, path=DATA_SETS[name].path)
    return found


def refused(status: int | None = 403, path: str = ITS_OWN) -> Unavailable:
    """Return a data set that PagerDuty would not hand out, by default at its own path."""
    return Unavailable(path, f"HTTP {status}", status)


def inspect(snapshot: Snapshot, *controls: str, **thresholds: Any) -> list[Finding]:
    """Return the findings of some controls, judged as one run judges them."""
    inspection = Inspection(snapshot, Baseline(**thresholds))
    return engine.judged([CONTROLS[each] for each in controls], inspection, NOTHING)


def verdicts(snapshot: Snapshot, control: str, **thresholds: Any) -> dict[str, str]:
    """Return the status of each resource of one control, by resource id."""
    return {
        finding.resource.id: finding.status.value
        for finding in inspect(snapshot, control, **thresholds)
    }
