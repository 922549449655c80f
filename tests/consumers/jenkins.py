"""The JUnit plugin of Jenkins, by its written rule: a controller is not at hand.

Failures and errors count as failed. A case is called *fixed* if it passes, and failed in the build
before; one that is skipped or missing is not.

Source: ``CaseResult.getStatus`` of the plugin, https://plugins.jenkins.io/junit/.
"""

from __future__ import annotations

from pdsec_checks.model import Status
from tests.support.consumers import Row
from tests.support.junit import REFUSED, counted, fixed, turned_green
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "Jenkins JUnit plugin", "rule", "junit"


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
