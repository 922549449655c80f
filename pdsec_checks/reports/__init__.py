"""Reports: findings in, text out. The same bytes for the same findings in any order."""

from __future__ import annotations

from pdsec_checks.reports import csv_report, json_report
from pdsec_checks.reports.model import Report

RENDERERS = {"json": json_report.render, "csv": csv_report.render}


def render(name: str, report: Report) -> str:
    """Return the report in one format (a key of ``options.REPORT_FORMATS``)."""
    return RENDERERS[name](report)
