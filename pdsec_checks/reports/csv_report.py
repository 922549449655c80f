"""The CSV report: one row a check, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import MappedRequirement
from pdsec_checks.finding import Finding
from pdsec_checks.model import Control, MappingName, moment_text
from pdsec_checks.reports import facts, scope, spreadsheet
from pdsec_checks.reports.report import Report

LATER = ("sscf",)
"""Frameworks that came when every column had its promised place: theirs stand at the end."""
FIRST = tuple(name for name in ORDER if name not in LATER)


def columns_of(name: str) -> tuple[str, str, str]:
    """Return the columns of a framework: its ids, what to cite today, how well each id suits."""
    return name, f"{name}_current", f"{name}_fit"


CITED = tuple(column for name in FIRST for column in columns_of(name)[1:])
ABOUT_CONTROL = (*FIRST, "as_of", "scope", *CITED)
ADDED = tuple(column for name in LATER for column in columns_of(name))
COLUMNS = (*spreadsheet.COLUMNS, *ABOUT_CONTROL, "teams", *ADDED)


def render(report: Report) -> Iterator[str]:
    """Yield every check as CSV, line by line in the fixed order; no account's is held whole."""
    same = {"as_of": moment_text(report.run.as_of), "scope": scope.told(report)}
    supported = {control.id: same | requirements(report, control) for control in report.controls}
    shared = {
        name: ([row[column] for column in ABOUT_CONTROL], [row[column] for column in ADDED])
        for name, row in supported.items()
    }
    return spreadsheet.lines(
        COLUMNS,
        (
            [*cells(control, finding), *about, spreadsheet.teams(finding), *added]
            for control, finding in facts.pairs(report)
            for about, added in [shared[control.id]]
        ),
        kept=spreadsheet.as_text,
    )


def cells(control: Control, finding: Finding) -> list[str]:
    """Return the first cells of a row; the page about its remedy stands behind the remedy."""
    *found, remedy = spreadsheet.cells(control, finding)
    return [*found, facts.Remedy(remedy, facts.remedy_of(control, finding).help_url).sentence]


def requirements(report: Report, control: Control) -> dict[str, str]:
    """Return the cells about what a control supports, by column."""
    used = by_framework(facts.requirements_of(report, control))
    current = by_framework(facts.requirements_of(report, control, MappingName.CURRENT))
    return {
        column: cell
        for name, found in used.items()
        for column, cell in zip(
            columns_of(name),
            (ids(found), ids(current[name]), ";".join(each.rating for each in found)),
            strict=True,
        )
    }


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
