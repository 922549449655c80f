"""By which rules other programs fold the results of an HDF control, and what they should show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from pdsec_checks.model import Status
from pdsec_checks.reports.report import Report
from tests.support.findings import a_finding, a_report, a_resource, controls

HEIMDALL = {
    Status.PASS: "Passed",
    Status.FAIL: "Failed",
    Status.ERROR: "Profile Error",
    Status.MANUAL: "Not Reviewed",
    Status.NOT_APPLICABLE: "Not Applicable",
    Status.WAIVED: "Not Applicable",
}
CHECKLIST = {
    Status.PASS: "NotAFinding",
    Status.FAIL: "Open",
    Status.ERROR: "Not_Reviewed",
    Status.MANUAL: "Not_Reviewed",
    Status.NOT_APPLICABLE: "Not_Applicable",
    Status.WAIVED: "Not_Reviewed",
}
XCCDF = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.ERROR: "error",
    Status.MANUAL: "notchecked",
    Status.NOT_APPLICABLE: "notchecked",
    Status.WAIVED: "notchecked",
}
ASFF = {
    Status.PASS: "PASSED",
    Status.FAIL: "FAILED",
    Status.ERROR: "NOT_AVAILABLE",
    Status.MANUAL: "WARNING",
    Status.NOT_APPLICABLE: "WARNING",
    Status.WAIVED: "WARNING",
}
"""Status of a control → what Heimdall, a checklist, XCCDF and the worst result in ASFF show."""


def heimdall(control: dict[str, Any]) -> str:
    """Return what Heimdall shows: ``compute_status`` of inspecjs 2.12.6, ``ExecControl``."""
    statuses = ["error" if each.get("backtrace") else each["status"] for each in control["results"]]
    if "error" in statuses:
        return "Profile Error"
    if control.get("waiver_data", {}).get("skipped_due_to_waiver") or control["impact"] == 0:
        return "Not Applicable"
    for status, shown in (("failed", "Failed"), ("passed", "Passed"), ("skipped", "Not Reviewed")):
        if status in statuses:
            return shown
    return "Profile Error"


def checklist(control: dict[str, Any]) -> str:
    """Return the status in a checklist: ``getStatus`` of hdf-converters 2.12.6, ``ckl-mapper``."""
    statuses = [each["status"] for each in control["results"]]
    if control["impact"] == 0:
        return "Not_Applicable"
    for status, shown in (("failed", "Open"), ("passed", "NotAFinding")):
        if status in statuses:
            return shown
    return "Not_Reviewed"


def xccdf(control: dict[str, Any]) -> str:
    """Return the result in XCCDF: ``getXCCDFResult`` of hdf-converters 2.12.6."""
    statuses = [each["status"] for each in control["results"]]
    if any(each.get("backtrace") for each in control["results"]):
        return "error"
    for status, shown in (("passed", "pass"), ("skipped", "notchecked")):
        if set(statuses) == {status}:
            return shown
    return "fail" if "failed" in statuses else "unknown"


def asff(control: dict[str, Any]) -> str:
    """Return the worst status in ASFF: ``setupControlStatus`` of hdf-converters 2.12.6."""
    if any("backtrace" in each for each in control["results"]):
        return "NOT_AVAILABLE"
    statuses = [each["status"] for each in control["results"]]
    return next(
        shown
        for status, shown in (
            ("failed", "FAILED"),
            ("error", "FAILED"),
            ("skipped", "WARNING"),
            ("passed", "PASSED"),
        )
        if status in statuses
    )


RULES = ((heimdall, HEIMDALL), (checklist, CHECKLIST), (xccdf, XCCDF), (asff, ASFF))
"""Each rule, with what it should make of a control of each status."""


def mixed(*statuses: Status, control: str = "PD-06") -> Report:
    """Return a report of one control with a resource for each status."""
    return a_report(*cases(control, statuses))


def cases(control: str, statuses: Sequence[Status]) -> list[Any]:
    """Return a finding of a control for each status, each about another resource."""
    return [
        a_finding(control, status, a_resource(f"p{number}", f"P{number}"))
        for number, status in enumerate(statuses)
    ]


def mixtures() -> Report:
    """Return a report with a control for each status, each pair of them, and some triples."""
    found = [*combinations(Status, 1), *combinations(Status, 2)]
    found += [
        (Status.FAIL, Status.ERROR, Status.PASS),
        (Status.FAIL, Status.MANUAL, Status.PASS),
        (Status.ERROR, Status.PASS, Status.NOT_APPLICABLE),
        (Status.MANUAL, Status.WAIVED, Status.PASS),
    ]
    names = sorted(controls())
    return a_report(
        *(
            finding
            for name, each in zip(names, found, strict=False)
            for finding in cases(name, each)
        )
    )
