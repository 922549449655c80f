"""DefectDojo's importer of SARIF, by its written rule: it is on no package index.

Source: ``dojo/tools/sarif/parser.py`` of https://github.com/DefectDojo/django-DefectDojo, and
*Import vs Reimport* of its documentation. Results of a kind other than ``fail`` are dropped. The
severity is that of the rule's ``security-severity``, else that of the level. The id of a finding is
its ``fingerprints``, else its ``partialFingerprints`` in order. A suppressed result is inactive. A
reimport closes each finding of the test which the new file does not have.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pdsec_checks.finding import Finding
from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.consumers import Row
from tests.support.findings import WAIVER
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "DefectDojo", "rule", "sarif"
BY_LEVEL = {"error": "High", "warning": "Medium", "note": "Info"}
BY_SCORE = ((9.0, "Critical"), (7.0, "High"), (4.0, "Medium"), (0.1, "Low"))


@dataclass(frozen=True)
class Imported:
    """A finding as DefectDojo keeps it."""

    uid: str
    severity: str
    is_active: bool


def imported(text: str) -> list[Imported]:
    """Return the findings of a log."""
    (run,) = json.loads(text)["runs"]
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    return [
        Imported(uid(each), severity(each, rules[each["ruleId"]]), not each.get("suppressions"))
        for each in run["results"]
        if each.get("kind", "fail") == "fail"
    ]


def uid(result: dict[str, Any]) -> str:
    """Return what tells a finding from others."""
    prints = result.get("fingerprints") or result["partialFingerprints"]
    return "|".join(prints[name] for name in sorted(prints))


def severity(result: dict[str, Any], rule: dict[str, Any]) -> str:
    """Return the severity of a result."""
    score = rule["properties"].get("security-severity")
    if score is None:
        return BY_LEVEL[result["level"]]
    return next(name for least, name in BY_SCORE if float(score) >= least)


def with_waiver(report: Report) -> Report:
    """Return a report whose first fail is waived."""
    first = next(each for each in report.ordered if each.status is Status.FAIL)
    waived = replace(first, status=Status.WAIVED, evidence={"waiver": WAIVER})
    found = [waived if each.fingerprint == first.fingerprint else each for each in report.findings]
    return replace(report, findings=found)


def fails(report: Report, severity: Severity | None = None) -> list[Finding]:
    """Return the fails of a report, those of one severity where one is named."""
    return [
        each
        for each in report.findings
        if each.status is Status.FAIL and severity in {None, each.severity}
    ]


def rows() -> list[Row]:
    """Return what an import shows of the demo account, and what a reimport closes."""
    report = with_waiver(whole_report())
    before = imported(render(FORMAT, report))
    asking = sum(report.counts[each] for each in (Status.FAIL, Status.ERROR, Status.MANUAL))

    def row(shows: str, ours: int, theirs: int, account: str = "demo", **more: Any) -> Row:
        return Row(NAME, VERSION, FORMAT, account, shows, ours, theirs, **more)

    found = [
        row("active findings", asking, len({each.uid for each in before if each.is_active})),
        row("inactive findings", 1, sum(not each.is_active for each in before), settles=True),
        *(
            row(
                f"active findings, {severity.title()}",
                len(fails(report, severity)),
                sum(each.is_active and each.severity == severity.title() for each in before),
            )
            for severity in (Severity.CRITICAL, Severity.HIGH)
        ),
    ]
    failed = {each.uid for each in imported(render(FORMAT, whole_report()))}
    for path in ("/services", "/users", "/audit/records"):
        closed = failed - {each.uid for each in imported(render(FORMAT, next_report(path)))}
        open_before = {each.fingerprint for each in fails(whole_report())}
        ended = {uid for uid in closed if uid.partition("|")[0] in open_before}
        account = f"demo, then {path} refused"
        found.append(row("fails closed by the reimport", 0, len(ended), account, settles=True))
    return found
