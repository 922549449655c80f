"""A lake that keeps OCSF findings by their uid and activity, by the schema's written rule.

Source, https://schema.ocsf.io/classes/compliance_finding and its ``activity_id``: Create makes the
finding ``finding_info.uid``, Update changes it, Close closes it. A query for the state of a finding
takes its newest event.
"""

from __future__ import annotations

import json
from typing import Any

from pdsec_checks.model import DEFICIENT, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.consumers import Row
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "OCSF lake", "rule", "ocsf"
CLOSE = 3
"""The activity that closes a finding."""


def events(report: Report) -> dict[str, dict[str, Any]]:
    """Return the newest event of each finding, by its uid."""
    found = map(json.loads, render(FORMAT, report).splitlines())
    return {each["finding_info"]["uid"]: each for each in found}


def rows() -> list[Row]:
    """Return which findings a lake has as failing, and which fails a next run closes."""
    report = whole_report()
    held = events(report)
    failing = [each for each in held.values() if each["compliance"]["status"] == "Fail"]
    ours = sum(report.counts[each] for each in DEFICIENT)
    found = [Row(NAME, VERSION, FORMAT, "demo", "failing", ours, len(failing))]
    fails = {each.fingerprint for each in report.ordered if each.status in DEFICIENT}
    for path in ("/services", "/users", "/audit/records"):
        now = next_report(path)
        newest = held | events(now)
        closed = {uid for uid in fails if newest[uid]["activity_id"] == CLOSE}
        passing = {each.fingerprint for each in now.ordered if each.status is Status.PASS}
        account = f"demo, then {path} refused"
        shows, fixed = "fails closed", len(fails & passing)
        found.append(Row(NAME, VERSION, FORMAT, account, shows, fixed, len(closed), settles=True))
    return found
