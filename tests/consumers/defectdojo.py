"""DefectDojo's *Generic Findings Import*, by its written rule: the service needs a database.

Sources, https://github.com/DefectDojo/django-DefectDojo: ``dojo/tools/generic/json_parser.py`` (the
keys that a finding must and may have; any other one refuses the file) and
``dojo/importers/default_reimporter.py`` (a finding is known again by ``unique_id_from_tool``, or by
the hash of title and description; what the new file lacks is closed).
"""

from __future__ import annotations

import json
from typing import Any

from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import render
from tests.support.consumers import Row
from tests.support.whole_report import next_report, whole_report

NAME, VERSION, FORMAT = "DefectDojo", "rule", "defectdojo"
REQUIRED = {"title", "severity", "description"}
ALLOWED = REQUIRED | {
    *("date", "cwe", "cve", "epss_score", "epss_percentile", "cvssv3", "cvssv3_score", "cvssv4"),
    *("cvssv4_score", "mitigation", "impact", "steps_to_reproduce", "severity_justification"),
    *("references", "active", "verified", "false_p", "out_of_scope", "risk_accepted"),
    *("under_review", "is_mitigated", "thread_id", "mitigated", "numerical_severity", "param"),
    *("payload", "line", "file_path", "component_name", "component_version", "static_finding"),
    *("dynamic_finding", "scanner_confidence", "unique_id_from_tool", "vuln_id_from_tool"),
    *("sast_source_object", "sast_sink_object", "sast_source_line", "sast_source_file_path"),
    *("nb_occurences", "publish_date", "service", "planned_remediation_date"),
    *("planned_remediation_version", "effort_for_fixing", "tags", "kev_date", "known_exploited"),
    *("ransomware_used", "fix_available", "fix_version"),
    *("endpoints", "files", "vulnerability_ids", "cwes"),
}
SEVERITIES = {"Critical", "High", "Medium", "Low", "Info"}
UNSETTLED = (Status.FAIL, Status.ERROR, Status.MANUAL)
HASHED = ("title", "description")
IDENTIFIED = ("unique_id_from_tool",)


def imported(text: str) -> list[dict[str, Any]]:
    """Return the findings of a file as the parser takes them.

    Raises:
        ValueError: It refuses the file.
    """
    found: list[dict[str, Any]] = json.loads(text)["findings"]
    for each in found:
        if not REQUIRED <= each.keys() <= ALLOWED:
            raise ValueError(f"keys: {sorted(each.keys() ^ REQUIRED)}")
        if each["severity"] not in SEVERITIES:
            raise ValueError(f"severity: {each['severity']}")
    return found


def known_by(found: list[dict[str, Any]], keys: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return what a reimport knows findings again by."""
    return {tuple(each[key] for key in keys) for each in found}


def rows() -> list[Row]:
    """Return which findings an import opens, and which a reimport closes."""
    report = whole_report()
    before = imported(render(FORMAT, report))

    def row(shows: str, ours: int, theirs: int, account: str = "demo", **more: Any) -> Row:
        return Row(NAME, VERSION, FORMAT, account, shows, ours, theirs, **more)

    found = [
        row(
            "active findings",
            sum(report.counts[each] for each in UNSETTLED),
            sum(each["active"] for each in before),
        ),
        row(
            "critical findings",
            report.counts_by_severity[Severity.CRITICAL][Status.FAIL],
            sum(each["active"] and each["severity"] == "Critical" for each in before),
        ),
    ]
    failing = [each for each in before if each["verified"]]
    for path in ("/services", "/users", "/audit/records"):
        later = imported(render(FORMAT, next_report(path)))
        for keys in (HASHED, IDENTIFIED):
            closed = known_by(failing, keys) - known_by(later, keys)
            account = f"demo, then {path} refused"
            shows = f"fails closed by a reimport that goes by {' and '.join(keys)}"
            found.append(row(shows, 0, len(closed), account, settles=True))
    return found
