"""GitLab's unit test reports, by their written rule: the service itself is not at hand.

Cases are told apart by class and name. A merge request calls *fixed* what failed, or was an error,
in the pipeline of the target branch and is a success now; what is skipped or missing is neither.

Source: ``lib/gitlab/ci/reports/test_suite_comparer.rb`` of GitLab (``resolved_failures`` and
``resolved_errors``), https://docs.gitlab.com/ci/testing/unit_test_reports/.
"""

from __future__ import annotations

from pdsec_checks.model import Status
from tests.support.consumers import Row
from tests.support.junit import REFUSED, counted, fixed, turned_green
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "GitLab test report", "rule", "junit"


def rows() -> list[Row]:
    """Return what is red and what is green of the demo account, and what the next run fixed."""
    report = whole_report()
    red = report.counts[Status.FAIL] + report.counts[Status.ERROR]
    green = report.counts[Status.PASS]
    found = [
        Row(
            NAME, VERSION, FORMAT, "demo", "failed tests", red, counted(report, "failure", "error")
        ),
        Row(
            NAME,
            VERSION,
            FORMAT,
            "demo",
            "passed tests",
            green,
            counted(report, "passed"),
            settles=True,
        ),
    ]
    for path in REFUSED:
        later, account = next_report(path), f"demo, then {path} refused"
        ours, theirs = fixed(report, later), turned_green(report, later)
        found.append(Row(NAME, VERSION, FORMAT, account, "fixed tests", ours, theirs, settles=True))
    return found
