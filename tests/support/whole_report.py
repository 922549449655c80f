"""The report of a simulated account, judged by every control."""

from __future__ import annotations

from functools import cache

import msgspec

from pdsec_checks.catalogue.controls import shipped_extended, shipped_severities
from pdsec_checks.model import MappingName
from pdsec_checks.reports import render
from pdsec_checks.reports.carried import beside_last
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report, RunInfo
from tests.simulator import Fault, accounts, run
from tests.support import reading
from tests.support.findings import catalogue, controls
from tests.support.judged import NOTHING, NOW, inspect


@cache
def whole_report(name: str = "demo", *refused: str) -> Report:
    """Return the report of a named account, read over HTTP once; the *refused* paths answer 403.

    It is that of a run without options: the controls of the core set.
    """
    faults = [Fault(path, "status", status=403) for path in refused]
    with run(accounts.NAMED[name](NOW), faults=faults) as simulator:
        snapshot = reading.read(simulator)
    extended = shipped_extended()
    core = [control for name, control in controls().items() if name not in extended]
    info = RunInfo.of(snapshot, core, NOTHING, shipped_severities())
    findings = inspect(snapshot, *(control.id for control in core))
    known = catalogue().without(extended)
    return Report(info, findings, known, MappingName.SPECIFIED, version="1.2.3")


def next_report(*refused: str, name: str = "demo") -> Report:
    """Return the report of the next run, in which the *refused* paths answer 403.

    It has the report of the undisturbed account as its last one.
    """
    report = whole_report(name, *refused)
    last = msgspec.json.decode(render("json", whole_report(name)), type=EarlierReport)
    return beside_last(report, last)
