"""GitHub code scanning, by its written rule: nobody can have the service itself.

Sources: *SARIF support for code scanning* (rules, ``security-severity``, fingerprints, category)
and *Resolving code scanning alerts* (an alert that the next analysis of its category lacks is
closed as fixed), https://docs.github.com/en/code-security/code-scanning.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.code_scanning import scored
from tests.support.consumers import Row
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "GitHub code scanning", "rule", "sarif"
CRITICAL = 9.0
"""``security-severity`` above this is critical."""
ASKING = (Status.FAIL, Status.ERROR, Status.MANUAL, Status.WAIVED)

Alerts: TypeAlias = dict[tuple[str, str], float | None]
"""Rule and fingerprint → severity; None where the rule has none."""


def alerts(text: str) -> Alerts:
    """Return the alerts of a log.

    Whatever its kind a result is an alert, and a suppression in the file changes nothing.
    """
    return {
        (each["ruleId"], each["partialFingerprints"]["primaryLocationLineHash"]): score
        for each, score in scored(text)
    }


def category(text: str) -> str:
    """Return what an analysis replaces: the one before it with the same text here."""
    identity: str = json.loads(text)["runs"][0]["automationDetails"]["id"]
    return identity.rpartition("/")[0]


def rows() -> list[Row]:
    """Return which alerts the demo account opens, and which the next upload closes."""
    report = whole_report()
    now = render(FORMAT, report)
    before = alerts(now)
    critical = report.counts_by_severity[Severity.CRITICAL]

    def row(shows: str, ours: int, theirs: int, account: str = "demo", **more: Any) -> Row:
        return Row(NAME, VERSION, FORMAT, account, shows, ours, theirs, **more)

    found = [
        row("open alerts", sum(report.counts[each] for each in ASKING), len(before)),
        row(
            "critical alerts",
            critical[Status.FAIL] + critical[Status.WAIVED],
            sum(each is not None and each > CRITICAL for each in before.values()),
        ),
    ]
    for path in ("/services", "/users", "/audit/records"):
        later = render(FORMAT, next_report(path))
        assert category(later) == category(now)
        closed = fails(before) - fails(alerts(later))
        account = f"demo, then {path} refused"
        found.append(row("fails closed as fixed", 0, len(closed), account, settles=True))
    for account, another in beside(report).items():
        replaces = category(render(FORMAT, another)) == category(now)
        closed = fails(before) if replaces else set()
        found.append(row("fails closed as fixed", 0, len(closed), account, settles=True))
    return found


def beside(report: Report) -> dict[str, Report]:
    """Return what is uploaded after *report* and looks at something else, by what it is."""
    other = replace(report.run, account="other", subdomain="other")
    picked = ["PD-05[PABC123]"]
    return {
        "demo, then another account": replace(report, run=other, findings=[]),
        "demo, then one case alone": replace(report, findings=[], picked=picked, restricted=True),
    }


def fails(found: Alerts) -> set[tuple[str, str]]:
    """Return the alerts of what fails: a doubt has a rule without a severity."""
    return {alert for alert, severity in found.items() if severity is not None}
