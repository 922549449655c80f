"""The framework view of the HTML report: requirements in both mappings, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pdsec_checks.catalogue.frameworks import Framework, MappedRequirement, Support
from pdsec_checks.model import Control, Fit, MappingName, Requirement, Status, counted, overall
from pdsec_checks.reports.report import Report

VERDICT_WORDS = {
    Status.FAIL: "failing",
    Status.ERROR: "not judged",
    Status.MANUAL: "not judged",
    Status.WAIVED: "waived",
    Status.PASS: "supported by",
    Status.NOT_APPLICABLE: "not applicable",
}
"""What a requirement can be called; never satisfied: controls support it, people decide it."""


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
class RequirementRow:
    """One requirement and the selected controls that support it."""

    requirement: Requirement
    cells: list[ControlCell]

    @property
    def status(self) -> Status:
        """The worst of its controls."""
        return overall(cell.status for cell in self.cells)

    @property
    def is_wrong(self) -> bool:
        """Whether nothing but controls that it does not suit speaks for it."""
        passing = [cell.fit for cell in self.cells if cell.status is Status.PASS]
        return self.status is Status.PASS and set(passing) == {Fit.WRONG}

    @property
    def shown_status(self) -> Status:
        """The status whose shape and colour it gets."""
        return Status.NOT_APPLICABLE if self.is_wrong else self.status

    @property
    def verdict(self) -> str:
        """The words for it, which never claim more than its controls do."""
        if self.is_wrong:
            return "no support: wrong fit"
        word = VERDICT_WORDS[self.status]
        count = sum(VERDICT_WORDS[cell.status] == word for cell in self.cells)
        among = f"{count} of " if len(self.cells) > 1 else ""
        separator = " " if word.endswith(" by") else ": "
        return f"{word}{separator}{among}{counted(len(self.cells), 'control')}"


@dataclass(frozen=True)
class MappingTable:
    """One mapping of a framework, with the ids of the other one beside it."""

    mapping: MappingName
    other: MappingName
    label: str
    version: str
    other_label: str
    rows: list[RequirementRow]
    left_out: int
    """Requirements that no control of this run supports."""

    def count(self, word: str) -> int:
        """Return how many requirements have a verdict."""
        return sum(VERDICT_WORDS[row.status] == word for row in self.rows)


class Mappings:
    """What the selected controls support, in both mappings."""

    def __init__(self, report: Report) -> None:
        self.report = report
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
        rows = [self._row(framework, support, other) for support in edition.requirements]
        shown = [row for row in rows if row.cells]
        return MappingTable(
            mapping=mapping,
            other=other,
            label=edition.label,
            version=edition.version,
            other_label=framework.edition(other).label,
            rows=shown,
            left_out=len(rows) - len(shown),
        )

    def _row(self, framework: Framework, support: Support, other: MappingName) -> RequirementRow:
        cells = [
            ControlCell(
                control=control,
                status=self.report.status_of(control),
                fit=support.controls[control.id],
                others=self._mapped.get((other, control.id, framework.id), []),
                reason=framework.reasons.get(control.id, ""),
                doubt=self.report.catalogue.doubt(control.id, support.seen_by(control.id)),
            )
            for control in self.report.controls
            if control.id in support.controls
        ]
        return RequirementRow(support.requirement, cells)
