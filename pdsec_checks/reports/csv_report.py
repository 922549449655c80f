"""The CSV report: one row a check, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import MappedRequirement
from pdsec_checks.model import Control, Finding, MappingName, moment_text
from pdsec_checks.reports import facts, scope, spreadsheet
from pdsec_checks.reports.report import Report

CITED = tuple(f"{name}_{kind}" for name in ORDER for kind in ("current", "fit"))
"""For each framework what to cite today, and how well each id of its own column suits."""
COLUMNS = (*spreadsheet.COLUMNS, *ORDER, "as_of", "scope", *CITED, "teams")


def render(report: Report) -> str:
    """Return every check as CSV, in the fixed order."""
    same = [moment_text(report.run.as_of), scope.told(report)]
    supported = {control.id: requirements(report, control) for control in report.controls}
    return spreadsheet.written(
        COLUMNS,
        (
            [*cells(control, finding), *own, *same, *cited, spreadsheet.teams(finding)]
            for control, finding in facts.pairs(report)
            for own, cited in [supported[control.id]]
        ),
        kept=spreadsheet.as_text,
    )


def cells(control: Control, finding: Finding) -> list[str]:
    """Return the first cells of a row; the page about its remedy stands behind the remedy."""
    *found, remedy = spreadsheet.cells(control, finding)
    return [*found, facts.Remedy(remedy, facts.remedy_of(control, finding).help_url).sentence]


def requirements(report: Report, control: Control) -> tuple[list[str], list[str]]:
    """Return the ids of what a control supports, one cell for each framework, and ``CITED``."""
    used = by_framework(facts.requirements_of(report, control))
    current = by_framework(facts.requirements_of(report, control, MappingName.CURRENT))
    return [ids(found) for found in used.values()], [
        cell
        for name, found in used.items()
        for cell in (ids(current[name]), ";".join(each.rating for each in found))
    ]


def by_framework(mapped: Iterable[MappedRequirement]) -> dict[str, list[MappedRequirement]]:
    """Return requirements by framework, for each that has columns."""
    found: dict[str, list[MappedRequirement]] = {name: [] for name in ORDER}
    for each in mapped:
        if each.requirement.framework in found:
            found[each.requirement.framework].append(each)
    return found


def ids(mapped: Iterable[MappedRequirement]) -> str:
    """Return ids in one cell."""
    return ";".join(each.requirement.id for each in mapped)
