"""Requirements as reports tell them: who supports one, what was found, and what that says of it.

Every format takes the verdict of a requirement from here.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pdsec_checks.catalogue.frameworks import UNFIT, Catalogue, MappedRequirement, Support
from pdsec_checks.model import MappingName, Requirement, Status, counted, overall
from pdsec_checks.reports.statuses import COLUMNS, NOT_SELECTED

RULE = (
    "A requirement reads as supported only if all its controls were selected and judged in full, "
    "none of them fails or is waived, and one that passes suits it: a poor or wrong fit never "
    "counts in its favour"
)
"""The rule of :attr:`RequirementRow.verdict`, as people read it; without a full stop."""


class Verdict(enum.StrEnum):
    """What a run says of a requirement, the worst first; whether it is met an assessor says."""

    FAILING = "failing"
    NOT_JUDGED = "not judged"
    """Nothing fails, but a control could not be judged."""
    NEEDS_A_PERSON = "needs a person"
    """Nothing fails and all could be read, but what decides a control the API cannot show."""
    WAIVED = "waived"
    INCOMPLETE = "incomplete"
    """Nothing of the above, but controls or resources were left out, or the run was stopped."""
    NO_SUPPORT = "no support"
    """What passes does not suit it."""
    SUPPORTED = "supported"
    NOT_APPLICABLE = "not applicable"


VERDICTS = {
    Status.FAIL: Verdict.FAILING,
    Status.ERROR: Verdict.NOT_JUDGED,
    Status.MANUAL: Verdict.NEEDS_A_PERSON,
    Status.WAIVED: Verdict.WAIVED,
}
"""What one control of a status makes of a requirement, whatever the others have."""


@dataclass(frozen=True)
class Supporter:
    """A control that a mapping names for a requirement."""

    control: str
    status: Status | None
    """None where the run did not select it."""
    mapped: MappedRequirement
    doubt: str
    """Why nobody should cite the requirement for it, and what to cite; or nothing."""

    @property
    def misfit(self) -> str:
        """Why it never counts in favour of the requirement: ``poor fit``; or nothing."""
        if self.mapped.is_citable:
            return ""
        fit = self.mapped.fit
        return f"{fit} fit" if fit in UNFIT else self.mapped.requirement.status

    @property
    def holds(self) -> bool:
        """Whether it speaks in favour of the requirement."""
        return self.status is Status.PASS and not self.misfit

    @property
    def sentence(self) -> str:
        """The control with its status, and why nobody should cite the requirement for it."""
        said = f"{self.control} {COLUMNS[self.status] if self.status else NOT_SELECTED}"
        return f"{said} ({self.doubt})" if self.doubt else said


@dataclass(frozen=True)
class RequirementRow:
    """One requirement and all the controls that a mapping names for it."""

    requirement: Requirement
    supporters: tuple[Supporter, ...]
    """By id; the run selected at least one of them."""
    is_whole: bool
    """Whether the selected ones were judged on all their resources, and to the end."""

    @cached_property
    def selected(self) -> list[Status]:
        """The statuses of the controls that the run selected."""
        return [each.status for each in self.supporters if each.status is not None]

    @property
    def status(self) -> Status:
        """The worst of them."""
        return overall(self.selected)

    @cached_property
    def verdict(self) -> Verdict:
        """What its controls say of it: each can spoil it, one that suits it must make it hold."""
        if self.status in VERDICTS:
            return VERDICTS[self.status]
        if self.without or not self.is_whole:
            return Verdict.INCOMPLETE
        passing = [each for each in self.supporters if each.status is Status.PASS]
        if not passing:
            return Verdict.NOT_APPLICABLE
        return Verdict.SUPPORTED if any(each.holds for each in passing) else Verdict.NO_SUPPORT

    @property
    def without(self) -> list[str]:
        """The controls that the run did not select."""
        return [each.control for each in self.supporters if each.status is None]

    @property
    def words(self) -> str:
        """The verdict with the number of controls that it rests on: ``failing: 1 of 2 controls``.

        It never claims more than its controls do.
        """
        every = len(self.supporters)
        match self.verdict:
            case Verdict.INCOMPLETE if self.without:
                return f"{self.verdict}: {among(len(self.without), every)} {NOT_SELECTED}"
            case Verdict.INCOMPLETE:
                return f"{self.verdict}: not all was judged"
            case Verdict.NO_SUPPORT:
                misfits = (each.misfit for each in self.supporters if each.status is Status.PASS)
                return f"{self.verdict}: {', '.join(dict.fromkeys(misfits))}"
            case Verdict.SUPPORTED:
                holding = sum(each.holds for each in self.supporters)
                return f"{self.verdict} by {among(holding, every)}"
        told = [status for status in self.selected if self._is_told(status)]
        return f"{self.verdict}: {among(len(told), every)}"

    @property
    def beside(self) -> str:
        """What belongs beside the verdict: ``poor fit: PD-08; not selected: PD-33``; or nothing."""
        found: dict[str, list[str]] = {}
        for each in self.supporters:
            for why in (each.misfit, NOT_SELECTED if each.status is None else ""):
                found.setdefault(why, []).append(each.control)
        return "; ".join(f"{why}: {', '.join(names)}" for why, names in found.items() if why)

    @property
    def said(self) -> str:
        """The verdict in words, and what belongs beside it."""
        return f"{self.words} ({self.beside})" if self.beside else self.words

    def _is_told(self, status: Status) -> bool:
        """Tell whether a control of this status is one that the verdict speaks of."""
        return VERDICTS.get(status, Verdict.NOT_APPLICABLE) is self.verdict


def among(count: int, every: int) -> str:
    """Return how many of all controls: ``1 of 2 controls``, or ``1 control`` of one."""
    return f"{f'{count} of ' if every > 1 else ''}{counted(every, 'control')}"


def rows(
    catalogue: Catalogue,
    framework: str,
    mapping: MappingName,
    statuses: Mapping[str, Status],
    *,
    is_whole: bool,
) -> list[RequirementRow]:
    """Return the requirements of a framework that a selected control supports, in its order.

    Args:
        catalogue: All frameworks.
        framework: The id of one of them.
        mapping: The one whose ids are wanted.
        statuses: Each selected control → its status.
        is_whole: Whether these were judged on all their resources, and to the end.

    Raises:
        KeyError: There is no such framework.
    """
    supports = catalogue.frameworks[framework].edition(mapping).requirements
    return [
        RequirementRow(
            support.requirement, tuple(supporters(catalogue, support, statuses)), is_whole
        )
        for support in supports
        if support.controls.keys() & statuses.keys()
    ]


def supporters(
    catalogue: Catalogue, support: Support, statuses: Mapping[str, Status]
) -> Iterator[Supporter]:
    """Yield the controls of a requirement, each with its status in the run."""
    for name in sorted(support.controls):
        seen = support.seen_by(name)
        yield Supporter(name, statuses.get(name), seen, catalogue.doubt(name, seen))


def counts(found: Iterable[RequirementRow]) -> dict[str, int]:
    """Return how many requirements there are, and how many have each verdict."""
    verdicts = [row.verdict for row in found]
    return {
        "requirements": len(verdicts),
        **{each.replace(" ", "_"): verdicts.count(each) for each in Verdict},
    }


def told_of(verdict: Verdict, count: int) -> str:
    """Return how many requirements have a verdict, in words: ``2 need a person``."""
    if verdict is Verdict.NEEDS_A_PERSON and count > 1:
        return f"{count} need a person"
    return f"{count} {verdict}"


def tally(found: Sequence[RequirementRow]) -> str:
    """Return how many requirements have each verdict: ``9 requirements: 2 failing, 7 waived``.

    The verdicts add up: none that is not supported looks as if nothing were wrong with it.
    """
    verdicts = Counter(row.verdict for row in found)
    told = ", ".join(told_of(each, verdicts[each]) for each in Verdict if verdicts[each])
    return f"{counted(len(found), 'requirement')}: {told}"
