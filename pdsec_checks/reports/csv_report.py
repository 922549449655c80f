"""The CSV report: one row a finding, safe to open in a spreadsheet."""

from __future__ import annotations

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.model import Control, Finding, moment_text
from pdsec_checks.reports import facts, scope, spreadsheet
from pdsec_checks.reports.report import Report

COLUMNS = (*spreadsheet.COLUMNS, *ORDER, "as_of", "scope")


def render(report: Report) -> str:
    """Return every finding as CSV, in the fixed order."""
    same = [moment_text(report.run.as_of), scope.told(report)]
    supported = {control.id: requirements(report, control) for control in report.controls}
    return spreadsheet.written(
        COLUMNS,
        (
            [*cells(control, finding), *supported[control.id], *same]
            for control, finding in facts.pairs(report)
        ),
    )


def cells(control: Control, finding: Finding) -> list[str]:
    """Return the first cells of a row; the page about its remedy stands behind the remedy."""
    *found, remedy = spreadsheet.cells(control, finding)
    return [*found, facts.Remedy(remedy, facts.remedy_of(control, finding).help_url).sentence]


def requirements(report: Report, control: Control) -> list[str]:
    """Return the ids of what a control supports, one cell for each framework."""
    ids: dict[str, list[str]] = {name: [] for name in ORDER}
    for requirement in facts.requirements_of(report, control):
        if requirement.framework in ids:
            ids[requirement.framework].append(requirement.id)
    return [";".join(found) for found in ids.values()]
