"""The report of a simulated account, judged by every control."""

from __future__ import annotations

from functools import cache

from pdsec_checks.catalogue.controls import shipped_ids, shipped_severities
from pdsec_checks.model import MappingName
from pdsec_checks.reports.report import Report, RunInfo
from tests.simulator import Fault, accounts, run
from tests.support import reading
from tests.support.findings import catalogue, controls
from tests.support.judged import NOTHING, NOW, inspect


@cache
def whole_report(name: str = "demo", *refused: str) -> Report:
    """Return the report of a named account, read over HTTP once; the *refused* paths answer 403."""
    faults = [Fault(path, "status", status=403) for path in refused]
    with run(accounts.NAMED[name](NOW), faults=faults) as simulator:
        snapshot = reading.read(simulator)
    info = RunInfo.of(snapshot, list(controls().values()), NOTHING, shipped_severities())
    findings = [finding for control in shipped_ids() for finding in inspect(snapshot, control)]
    return Report(info, findings, catalogue(), MappingName.SPECIFIED, version="1.2.3")
