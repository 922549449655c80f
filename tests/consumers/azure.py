"""Azure DevOps, by its written rules: the services themselves are not at hand.

*Tests* counts a failure and an error of a JUnit file as failed, what is skipped as not executed.
Advanced Security replaces the analysis before of the same category: an alert that the new one lacks
is fixed. The pipeline of ``docs/ci.md`` names the category of its account.

Sources: the tasks ``PublishTestResults@2`` and ``AdvancedSecurity-Publish@1`` (``Category``),
https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/.
"""

from __future__ import annotations

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from tests.consumers.github import alerts, fails
from tests.support.consumers import Row
from tests.support.junit import REFUSED, counted
from tests.support.whole_report import next_report, whole_report

TESTS, ALERTS, VERSION = "Azure test results", "Azure Advanced Security", "rule"


def rows() -> list[Row]:
    """Return what passes of the demo account, and which alerts the next analysis closes."""
    report = whole_report()
    green = report.counts[Status.PASS]
    before = fails(alerts(render("sarif", report)))
    found = [
        Row(
            TESTS,
            VERSION,
            "junit",
            "demo",
            "passed",
            green,
            counted(report, "passed"),
            settles=True,
        )
    ]
    for path in REFUSED:
        closed = before - fails(alerts(render("sarif", next_report(path))))
        account = f"demo, then {path} refused"
        found.append(
            Row(ALERTS, VERSION, "sarif", account, "closed as fixed", 0, len(closed), settles=True)
        )
    return found
