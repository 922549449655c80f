"""GitHub code scanning, by its written rule: nobody can have the service itself.

Sources: *SARIF support for code scanning* (rules, ``security-severity``, fingerprints, category)
and *Resolving code scanning alerts* (an alert that the next analysis of its category lacks is
closed as fixed), https://docs.github.com/en/code-security/code-scanning.
"""

from __future__ import annotations

import json
from typing import Any

from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import render
from tests.support.consumers import Row
from tests.support.whole_report import whole_report

NAME, VERSION = "GitHub code scanning", "rule"
CRITICAL = 9.0
"""``security-severity`` above this is critical."""


def alerts(text: str) -> dict[tuple[str, str], float | None]:
    """Return the alerts of a log: rule and fingerprint → severity, None where the rule has none.

    Whatever its kind a result is an alert, and a suppression in the file changes nothing.
    """
    (run,) = json.loads(text)["runs"]
    rules = {each["id"]: each["properties"] for each in run["tool"]["driver"]["rules"]}
    return {
        (each["ruleId"], each["partialFingerprints"]["primaryLocationLineHash"]): severity(
            rules[each["ruleId"]]
        )
        for each in run["results"]
    }


def severity(properties: dict[str, Any]) -> float | None:
    """Return the severity of a rule as a number; None where it is no security rule."""
    found = properties.get("security-severity")
    return float(found) if found else None


def rows() -> list[Row]:
    """Return which alerts the demo account opens."""
    report = whole_report()
    found = alerts(render("sarif", report))
    critical = report.counts_by_severity[Severity.CRITICAL]
    asking = (Status.FAIL, Status.ERROR, Status.MANUAL, Status.WAIVED)
    return [
        Row(
            NAME,
            VERSION,
            "sarif",
            "demo",
            "open alerts",
            ours=sum(report.counts[each] for each in asking),
            theirs=len(found),
        ),
        Row(
            NAME,
            VERSION,
            "sarif",
            "demo",
            "critical alerts",
            ours=critical[Status.FAIL],
            theirs=sum(each is not None and each > CRITICAL for each in found.values()),
            why="what needs a person has the severity of its control",
        ),
    ]
