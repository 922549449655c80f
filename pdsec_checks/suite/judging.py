"""Lets the engine judge pytest's items, and turns its findings into pytest's outcomes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Finding
from pdsec_checks.judging import engine
from pdsec_checks.judging.cases import Case
from pdsec_checks.judging.controls import misspelt
from pdsec_checks.model import Control, Status, overall
from pdsec_checks.reports import facts
from pdsec_checks.reports.statuses import KNOWN
from pdsec_checks.suite.items import CASE, CONTROL, FINDINGS, REMEDIATION, judgeable
from pdsec_checks.suite.run import Run


class Judge:
    """Runs the cases of controls; somebody else's tests pass through untouched."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Judge each resource of the case by calling the control with it.

        Raises:
            pytest.fail.Exception: It is red, and ``flaky`` has a say: that plugin takes a case for
                passed unless an exception ended it.
        """
        case = pyfuncitem.stash.get(CASE, None)
        if case is None:
            return None
        findings = settled(self.run, pyfuncitem, self._found(pyfuncitem, case))
        pyfuncitem.stash[FINDINGS] = findings
        is_red = overall(map(outcome_of, findings)) in {Status.FAIL, Status.ERROR}
        if is_red and may_be_repeated(pyfuncitem):
            raise pytest.fail.Exception(pytrace=False)
        return True

    def _found(self, item: pytest.Function, case: Case) -> list[Finding]:
        """Return what the control says about each resource of a case, judged now or early."""
        found = found_early(self.run, item, case)
        if found is None:
            return engine.ended(judgeable(item), case, item.funcargs, item.nodeid)
        return found

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Give pytest's report the verdict, and the findings to travel with."""
        report: pytest.TestReport = yield  # type: ignore[assignment]  # pluggy sends it in
        case = item.stash.get(CASE, None)
        if case is None or call.when == "teardown":
            return report  # type: ignore[return-value]  # what a wrapper hands on
        if (
            call.excinfo is not None
            and FINDINGS not in item.stash
            and not isinstance(call.excinfo.value, KeyboardInterrupt)
        ):
            error = told(call.excinfo.value)
            found = engine.ended_early(item.stash[CONTROL], case, error, item.nodeid)
            item.stash[FINDINGS] = settled(self.run, item, found)
        findings = item.stash.get(FINDINGS, None)
        if findings is not None:
            name_remedy(item, findings)
            report.user_properties = list(item.user_properties)
            show_verdict(report, item, findings)
            del item.stash[FINDINGS]  # items live to the end of the session
        return report  # type: ignore[return-value]

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Send the process that reports what xdist can carry: plain JSON, no half a character."""
        return sendable(packed((yield)))


def settled(run: Run, item: pytest.Item, found: Iterable[Finding]) -> list[Finding]:
    """Return the findings of an item as the people in charge see them."""
    inspection, control = run.inspection, item.stash[CONTROL]
    assert inspection is not None
    return [
        engine.settled(each, control, inspection, run.settings, run.known_fails) for each in found
    ]


def found_early(run: Run, item: pytest.Item, case: Case) -> list[Finding] | None:
    """Return what a case was found to be while the account was read; None where nobody judged it.

    Few ids stand otherwise in pytest's node id, which nobody knew then.
    """
    nodeid = item.nodeid
    found = run.early.pop(item.stash[CONTROL].id, case.id) if run.early else None
    if found is None:
        return None
    return [each if each.nodeid == nodeid else replace(each, nodeid=nodeid) for each in found]


def may_be_repeated(item: pytest.Item) -> bool:
    """Tell whether the plugin ``flaky`` runs a case again that ends with an exception."""
    forced = getattr(item.config.option, "force_flaky", False)
    return bool(forced or item.get_closest_marker("flaky"))


def told(error: BaseException) -> BaseException:
    """Return an error that names the fixture where one is asked for that there is not."""
    if isinstance(error, pytest.FixtureLookupError) and error.argname:
        return InspectionError(f"there is no fixture {error.argname!r}{misspelt(error.argname)}")
    return error


def packed(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return pytest's plain form of a report with its findings as plain JSON as well."""
    if not data or "pdsec" not in data:
        return data
    return {**data, "pdsec": [finding.packed() for finding in data["pdsec"]]}


def sendable(value: Any) -> Any:
    """Return plain data with each lone surrogate, which is no text in any encoding, as ``?``.

    That is what reports write for one.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: sendable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(sendable, value))
    return value


def show_verdict(report: pytest.TestReport, item: pytest.Item, findings: list[Finding]) -> None:
    """Make pytest's report say what the findings say; an error counts as one of set-up."""
    status = overall(set(map(outcome_of, findings)))
    is_told = status is not Status.PASS  # of which a case may have ten thousand
    chosen = [finding for finding in findings if is_told and outcome_of(finding) is status]
    is_known = any(finding.known for finding in chosen)
    text = "\n".join(finding.message if finding.known else finding.marked for finding in chosen)
    vars(report).update(  # xdist carries plain attributes across
        pdsec=findings,
        pdsec_status=(Status.FAIL if is_known else status).value,
        pdsec_known=is_known,
    )
    match status:
        case Status.FAIL:
            show_outcome(report, status, "\n".join([text, *advice(item.stash[CONTROL], chosen)]))
        case Status.WAIVED:
            why = "; ".join(sorted({why_expected(each) for each in chosen}))
            show_outcome(report, status, text, expected=why)
        case _:
            show_outcome(report, status, text)


def show_outcome(
    report: pytest.TestReport, status: Status, text: str, *, expected: str = ""
) -> None:
    """Make pytest's report say in pytest's own words what *status* is, and *text* why.

    *expected* says why a waived, or known, fail is none.
    """
    report.outcome, report.longrepr = "passed", None
    match status:
        case Status.FAIL:
            report.outcome, report.longrepr, report.when = "failed", text, "call"
        case Status.ERROR:
            report.outcome, report.longrepr, report.when = "failed", text, "setup"
        case Status.MANUAL | Status.NOT_APPLICABLE:
            label = "MANUAL" if status is Status.MANUAL else "not applicable"
            path, line, _ = report.location
            report.outcome, report.longrepr = "skipped", (path, line or 0, f"{label}: {text}")
        case Status.WAIVED:
            report.outcome, report.longrepr, report.wasxfail = "skipped", text, expected


def advice(control: Control, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield what to do about each cause of *findings*, which are fails, and a page about it."""
    for remedy in facts.remedies_of(control, findings):
        yield f"Fix: {remedy.text}"
        yield from [f"Help: {remedy.help_url}"] if remedy.help_url else []


def name_remedy(item: pytest.Item, findings: Iterable[Finding]) -> None:
    """Put the remedies of the fails among *findings* in the place of the control's general one."""
    found = " ".join(each.text for each in facts.remedies_of(item.stash[CONTROL], findings))
    if found:
        item.user_properties = [
            (name, found if name == REMEDIATION else value) for name, value in item.user_properties
        ]


def outcome_of(finding: Finding) -> Status:
    """Return the status whose outcome pytest shows: a known fail is expected, as a waived one."""
    return Status.WAIVED if finding.known else finding.status


def why_expected(finding: Finding) -> str:
    """Return why a fail is no surprise."""
    if finding.known:
        return KNOWN
    waiver = finding.evidence["waiver"]
    return f"waived until {waiver['expires']}: {waiver['reason']}"
