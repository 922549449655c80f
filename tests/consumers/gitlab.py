"""GitLab's SARIF reports (``artifacts:reports:sarif``), by its written rule: it is a service.

Sources: *SARIF reports*, https://docs.gitlab.com/user/application_security/detect/sarif/, and the
parser's merge request, https://gitlab.com/gitlab-org/gitlab/-/merge_requests/227970: severity by
``security-severity``, else by level, of which ``error`` is high; suppressed results are skipped; a
result needs a rule and a physical location. *Vulnerability deduplication*: two findings are one
where report type, location and identifier are the same. What the newest pipeline of the default
branch lacks is *no longer detected*.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import render
from tests.support.code_scanning import place, scored
from tests.support.consumers import Row
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "GitLab", "rule", "sarif"
CRITICAL = 9.0
Findings: TypeAlias = dict[tuple[str, str, int], float | None]
"""Rule, file and line → ``security-severity``; None where the level decides."""


def findings(text: str) -> Findings:
    """Return the findings of a log."""
    return {
        (each["ruleId"], *place(each)[:2]): score
        for each, score in scored(text)
        if not each.get("suppressions")
    }


def rows() -> list[Row]:
    """Return what a pipeline shows of the demo account, and what the next one lacks."""
    report = whole_report()
    before = findings(render(FORMAT, report))
    asking = sum(report.counts[each] for each in (Status.FAIL, Status.ERROR, Status.MANUAL))
    critical = report.counts_by_severity[Severity.CRITICAL][Status.FAIL]

    def row(shows: str, ours: int, theirs: int, account: str = "demo", **more: Any) -> Row:
        return Row(NAME, VERSION, FORMAT, account, shows, ours, theirs, **more)

    rated = sum(each is not None and each >= CRITICAL for each in before.values())
    found = [
        row("findings", asking, len(before)),
        row("findings, critical", critical, rated),
    ]
    failed = {name for name, score in before.items() if score is not None}
    for path in ("/services", "/users", "/audit/records"):
        lacking = failed - findings(render(FORMAT, next_report(path))).keys()
        account = f"demo, then {path} refused"
        found.append(row("fails no longer detected", 0, len(lacking), account, settles=True))
    return found
