"""Turns what a control did into a finding, and a finding into pytest's outcome."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from pdsec_checks.judging import waivers
from pdsec_checks.judging.verdict import finding_of, judge
from pdsec_checks.model import Finding, Status, overall
from pdsec_checks.resources import Service
from pdsec_checks.suite.items import CASE, CONTROL, FINDINGS

if TYPE_CHECKING:
    from pdsec_checks.suite.run import Run


class Judge:
    """Runs the cases of controls; somebody else's tests pass through untouched."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Judge each resource of the case by calling the control with it."""
        case = pyfuncitem.stash.get(CASE, None)
        if case is None:
            return None
        arguments = {name: pyfuncitem.funcargs[name] for name in parameters_of(pyfuncitem.obj)}
        control, function = pyfuncitem.stash[CONTROL], pyfuncitem.obj
        found = [judge(control, function, case, each, arguments) for each in case.resources]
        pyfuncitem.stash[FINDINGS] = [self._final(pyfuncitem, finding) for finding in found]
        return True

    def _final(self, item: pytest.Item, finding: Finding) -> Finding:
        """Return the finding with its node id, as the people in charge see it."""
        inspection, settings = self.run.inspection, self.run.settings
        assert inspection is not None
        evidence = finding.evidence
        if finding.resource.type == Service.kind and finding.resource.id in inspection.figures:
            evidence = {**evidence, "last_30_days": inspection.figures[finding.resource.id]}
        finding = replace(finding, nodeid=item.nodeid, evidence=evidence)
        return self.run.mark_known(waivers.apply(finding, settings.decisions, inspection.as_of))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Give pytest's report the verdict, and the findings to travel with."""
        report: pytest.TestReport = yield  # type: ignore[assignment]  # pluggy sends it in
        case = item.stash.get(CASE, None)
        if case is None or call.when == "teardown":
            return report  # type: ignore[return-value]  # what a wrapper hands on
        if call.excinfo is not None and not isinstance(call.excinfo.value, KeyboardInterrupt):
            control, error = item.stash[CONTROL], call.excinfo.value
            item.stash[FINDINGS] = [
                self._final(item, finding_of(control, each, error)) for each in case.resources
            ]
        findings = item.stash.get(FINDINGS, None)
        if findings is not None:
            shape(report, item, findings)
            del item.stash[FINDINGS]  # items live to the end of the session
        return report  # type: ignore[return-value]


@cache
def parameters_of(function: Callable[..., None]) -> tuple[str, ...]:
    """Return the names of a control's arguments; an account has many cases of it."""
    return tuple(inspect.signature(function).parameters)


def shape(report: pytest.TestReport, item: pytest.Item, findings: list[Finding]) -> None:
    """Make pytest's report say what the findings say; an error counts as one of set-up."""
    status = overall(map(outcome_of, findings))
    chosen = [finding for finding in findings if outcome_of(finding) is status]
    is_known = any(finding.known for finding in chosen)
    text = "\n".join(finding.message for finding in chosen)
    vars(report).update(  # xdist carries plain attributes across
        pdsec=[finding.to_json() for finding in findings],
        pdsec_status=(Status.FAIL if is_known else status).value,
        pdsec_known=is_known,
    )
    report.outcome, report.longrepr = "passed", None
    match status:
        case Status.FAIL:
            report.outcome, report.when = "failed", "call"
            report.longrepr = f"{text}\nFix: {item.stash[CONTROL].remediation}"
        case Status.ERROR:
            report.outcome, report.longrepr, report.when = "failed", text, "setup"
        case Status.MANUAL | Status.NOT_APPLICABLE:
            label = "MANUAL" if status is Status.MANUAL else "not applicable"
            path, line, _ = item.location
            report.outcome, report.longrepr = "skipped", (path, line or 0, f"{label}: {text}")
        case Status.WAIVED:
            report.outcome, report.longrepr = "skipped", text
            report.wasxfail = "; ".join(sorted({why_expected(each) for each in chosen}))


def outcome_of(finding: Finding) -> Status:
    """Return the status whose outcome pytest shows: a known fail is expected, as a waived one."""
    return Status.WAIVED if finding.known else finding.status


def why_expected(finding: Finding) -> str:
    """Return why a fail is no surprise."""
    if finding.known:
        return "known from the earlier report"
    waiver = finding.evidence["waiver"]
    return f"waived until {waiver['expires']}: {waiver['reason']}"
