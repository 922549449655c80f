"""The framework view of the HTML report: requirements in both mappings, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pdsec_checks.catalogue.frameworks import Framework, MappedRequirement
from pdsec_checks.model import Control, Fit, MappingName, Requirement, Status
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.requirement_rows import RequirementRow, Verdict

SHAPES = {
    Verdict.INCOMPLETE: Status.NOT_APPLICABLE,
    Verdict.NO_SUPPORT: Status.NOT_APPLICABLE,
}
"""The verdicts that have not the shape and colour of their worst control."""


@dataclass(frozen=True)
class FrameworkSupport:
    """What one control supports in one framework, in both mappings."""

    framework: Framework
    specified: list[MappedRequirement]
    current: list[MappedRequirement]
    reason: str


@dataclass(frozen=True)
class ControlCell:
    """One control beside a requirement, and what the other mapping has in its place."""

    control: Control
    status: Status
    fit: Fit | None
    others: list[MappedRequirement]
    reason: str
    doubt: str
    """Why nobody should cite the requirement for this control, and what to cite; or nothing."""


@dataclass(frozen=True)
class TableRow:
    """One requirement, and a cell for each selected control that supports it."""

    row: RequirementRow
    cells: list[ControlCell]

    @property
    def requirement(self) -> Requirement:
        """The requirement."""
        return self.row.requirement

    @property
    def shown_status(self) -> Status:
        """The status whose shape and colour its verdict gets."""
        return SHAPES.get(self.row.verdict, self.row.status)


@dataclass(frozen=True)
class MappingTable:
    """One mapping of a framework, with the ids of the other one beside it."""

    mapping: MappingName
    other: MappingName
    label: str
    version: str
    other_label: str
    rows: list[TableRow]
    left_out: int
    """Requirements that no control of this run supports."""

    def count(self, verdict: str) -> int:
        """Return how many requirements have a verdict."""
        return sum(each.row.verdict == verdict for each in self.rows)


class Mappings:
    """What the selected controls support, in both mappings."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._controls = {control.id: control for control in report.controls}
        self._mapped: dict[tuple[MappingName, str, str], list[MappedRequirement]] = {}
        for control in report.controls:
            for mapping in MappingName:
                for mapped in report.catalogue.requirements(control.id, mapping):
                    key = (mapping, control.id, mapped.requirement.framework)
                    self._mapped.setdefault(key, []).append(mapped)

    @cached_property
    def frameworks(self) -> list[Framework]:
        """The chosen frameworks that a selected control supports."""
        known = self.report.chosen_frameworks & {framework for _, _, framework in self._mapped}
        return [each for each in self.report.catalogue.frameworks.values() if each.id in known]

    def support(self, control: Control) -> Iterator[FrameworkSupport]:
        """Yield what a control supports, by chosen framework."""
        for framework in self.frameworks:
            specified, current = (
                self._mapped.get((mapping, control.id, framework.id), []) for mapping in MappingName
            )
            if specified or current:
                reason = framework.reasons.get(control.id, "")
                yield FrameworkSupport(framework, specified, current, reason)

    def tables(self, framework: Framework) -> list[MappingTable]:
        """Return the mapping that the run used, and the other one where it differs."""
        used = self.report.mapping
        if framework.specified is framework.current:
            return [self._table(framework, used)]
        others = [mapping for mapping in MappingName if mapping is not used]
        return [self._table(framework, mapping) for mapping in (used, *others)]

    def _table(self, framework: Framework, mapping: MappingName) -> MappingTable:
        other = next(each for each in MappingName if each is not mapping)
        edition = framework.edition(mapping)
        found = self.report.requirement_rows[mapping][framework.id]
        return MappingTable(
            mapping=mapping,
            other=other,
            label=edition.label,
            version=edition.version,
            other_label=framework.edition(other).label,
            rows=[self._row(framework, each, other) for each in found],
            left_out=len(edition.requirements) - len(found),
        )

    def _row(self, framework: Framework, row: RequirementRow, other: MappingName) -> TableRow:
        cells = [
            ControlCell(
                control=self._controls[each.control],
                status=each.status,
                fit=each.mapped.fit,
                others=self._mapped.get((other, each.control, framework.id), []),
                reason=framework.reasons.get(each.control, ""),
                doubt=each.doubt,
            )
            for each in row.supporters
            if each.status is not None
        ]
        return TableRow(row, cells)
