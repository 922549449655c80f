"""Judges a snapshot without pytest and without HTTP, by the package's own parts."""

from __future__ import annotations

import inspect as python_inspect
from datetime import UTC, datetime
from typing import Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError
from pdsec_checks.inspection import SHARED, Inspection
from pdsec_checks.judging import controls
from pdsec_checks.judging.cases import cases
from pdsec_checks.judging.controls import describe, resource_argument
from pdsec_checks.judging.verdict import finding_of, judge
from pdsec_checks.model import Finding
from pdsec_checks.outcomes import Skipped
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The as_of of every snapshot in the tests."""


def a_snapshot(as_of: datetime = NOW, **data: list[Any] | Unavailable) -> Snapshot:
    """Return a snapshot with these data sets; all others are empty, and the plan has it all."""
    from pdsec_checks.pagerduty.data_sets.table import DATA_SETS

    empty: dict[str, list[Any] | Unavailable] = {name: [] for name in DATA_SETS}
    empty["abilities"] = ["sso", "teams", "urgencies", "advanced_permissions", "advanced_reports"]
    return Snapshot(as_of, "https://api.pagerduty.com", data={**empty, **data})


def refused(status: int | None = 403, path: str = "/path") -> Unavailable:
    """Return a data set that PagerDuty would not hand out."""
    return Unavailable(path, f"HTTP {status}", status)


def inspect(snapshot: Snapshot, control: str, **thresholds: Any) -> list[Finding]:
    """Return the findings of one control, judged as a run judges them."""
    function, marks = next(
        (function, marks)
        for function, marks in controls.marked_functions()
        if marks["control"].args[0] == control
    )
    described = describe(control, controls.severity_of(marks), function)
    inspection = Inspection(snapshot, Baseline(**thresholds))
    names = list(python_inspect.signature(function).parameters)
    findings = []
    for case in cases(resource_argument(control, names), names, inspection):
        for resource in case.resources:
            try:
                arguments = {
                    name: inspection.provide(name) if name in SHARED else None for name in names
                }
            except (InspectionError, Skipped, AssertionError) as error:
                findings.append(finding_of(described, resource, case.outcome or error))
            else:
                findings.append(judge(described, function, case, resource, arguments))
    return findings


def verdicts(snapshot: Snapshot, control: str, **thresholds: Any) -> dict[str, str]:
    """Return the status of each resource of one control, by resource id."""
    return {
        finding.resource.id: finding.status.value
        for finding in inspect(snapshot, control, **thresholds)
    }
