"""Frameworks: what they require, in which edition, and which controls support it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pdsec_checks.model import Fit, MappingName, Requirement

UNFIT = frozenset({Fit.POOR, Fit.WRONG})
GONE = frozenset({"withdrawn", "absent"})
"""What an id can be besides present, so that nobody should cite it."""


@dataclass(frozen=True, slots=True)
class MappedRequirement:
    """A requirement as one control sees it."""

    requirement: Requirement
    fit: Fit | None
    """None where the framework file does not say."""

    @property
    def is_citable(self) -> bool:
        """Whether the requirement suits the control, as far as anybody says, and exists."""
        return self.fit not in UNFIT and self.requirement.status not in GONE

    @property
    def rating(self) -> str:
        """Its fit, and its status unless that is present: ``wrong, absent``; or nothing."""
        status = self.requirement.status
        return ", ".join(filter(None, (self.fit, "" if status == "present" else status)))


@dataclass(frozen=True, slots=True)
class Support:
    """A requirement and the controls that support it."""

    requirement: Requirement
    controls: Mapping[str, Fit | None]

    def seen_by(self, control: str) -> MappedRequirement:
        """Return the requirement as one of its controls sees it."""
        return MappedRequirement(self.requirement, self.controls[control])

    def without(self, controls: Collection[str]) -> Support:
        """Return the requirement without the support of *controls*."""
        left = {name: fit for name, fit in self.controls.items() if name not in controls}
        return Support(self.requirement, left)


@dataclass(frozen=True, slots=True)
class Edition:
    """One mapping of a framework, with the edition that its ids belong to."""

    label: str
    """Short; stands beside every id. Empty when a user's own file has none."""
    version: str
    requirements: tuple[Support, ...]
    """In the natural order of their ids."""

    def without(self, controls: Collection[str]) -> Edition:
        """Return the mapping without *controls*, and without what only they support."""
        left = (each.without(controls) for each in self.requirements)
        return replace(self, requirements=tuple(each for each in left if each.controls))


@dataclass(frozen=True, slots=True)
class Framework:
    """What one framework file says."""

    id: str
    short: str
    """The name by which people know it; its id where the file gives none."""
    title: str
    publisher: str
    source: str
    licence: str
    titles: str
    """``official``, ``official, shortened`` or ``own words``; empty when the file is silent."""
    note: str
    specified: Edition
    current: Edition
    reasons: Mapping[str, str]
    """Control → why the current mapping reads as it does."""

    def edition(self, mapping: MappingName) -> Edition:
        """Return the edition that *mapping* uses."""
        return self.specified if mapping is MappingName.SPECIFIED else self.current

    def without(self, controls: Collection[str]) -> Framework:
        """Return the framework as it is where there are no such *controls*."""
        specified, current = self.specified.without(controls), self.current.without(controls)
        reasons = {name: text for name, text in self.reasons.items() if name not in controls}
        return replace(self, specified=specified, current=current, reasons=reasons)


@dataclass(frozen=True)
class Catalogue:
    """All frameworks of a run."""

    frameworks: Mapping[str, Framework]
    """By id, in the order of reports."""

    @cached_property
    def _specified(self) -> Mapping[str, list[MappedRequirement]]:
        return by_control(self.frameworks.values(), MappingName.SPECIFIED)

    @cached_property
    def _current(self) -> Mapping[str, list[MappedRequirement]]:
        return by_control(self.frameworks.values(), MappingName.CURRENT)

    def edition(self, framework: str, mapping: MappingName) -> str:
        """Return the short label that stands beside each id of *framework*.

        Raises:
            KeyError: There is no such framework.
        """
        return self.frameworks[framework].edition(mapping).label

    def requirements(self, control: str, mapping: MappingName) -> list[MappedRequirement]:
        """Return what *control* supports, in the order of reports; empty if it is nothing."""
        known = self._specified if mapping is MappingName.SPECIFIED else self._current
        return list(known.get(control, ()))

    def citable(self, control: str) -> list[MappedRequirement]:
        """Return what *control* supports in the editions in force, without what does not suit."""
        found = self.requirements(control, MappingName.CURRENT)
        return [mapped for mapped in found if mapped.is_citable]

    def instead(self, control: str, mapped: MappedRequirement) -> list[Requirement]:
        """Return what to cite for *control* in the place of a requirement that does not suit it.

        Empty where nothing does, and where the requirement can be cited itself.
        """
        framework = mapped.requirement.framework
        found = [] if mapped.is_citable else self.citable(control)
        return [each.requirement for each in found if each.requirement.framework == framework]

    def doubt(self, control: str, mapped: MappedRequirement) -> str:
        """Return why not to cite a requirement for *control*, and what to cite.

        The words stand wherever its id does, such as ``poor: current 2017 CC7.4 and CC7.5``. They
        are empty where it can be cited.
        """
        if mapped.is_citable:
            return ""
        better = self.instead(control, mapped)
        edition = f"{better[0].edition} " if better and better[0].edition else ""
        names = edition + " and ".join(each.id for each in better) if better else "none"
        return f"{mapped.rating}: current {names}"

    def without(self, controls: Collection[str]) -> Catalogue:
        """Return the frameworks as they are where there are no such *controls*."""
        found = {name: each.without(controls) for name, each in self.frameworks.items()}
        return Catalogue(found) if controls else self

    def requirement_ids(self, framework: str, mapping: MappingName) -> list[str]:
        """Return the ids that at least one control supports, in natural order.

        Raises:
            KeyError: There is no such framework.
        """
        edition = self.frameworks[framework].edition(mapping)
        return [support.requirement.id for support in edition.requirements]

    def controls_of(self, framework: str, requirement: str, mapping: MappingName) -> list[str]:
        """Return the controls that support *requirement*, sorted.

        Raises:
            KeyError: There is no such framework, or no such id in this mapping of it.
        """
        for support in self.frameworks[framework].edition(mapping).requirements:
            if support.requirement.id == requirement:
                return sorted(support.controls)
        raise KeyError(requirement)


def by_control(
    frameworks: Iterable[Framework], mapping: MappingName
) -> Mapping[str, list[MappedRequirement]]:
    """Return what each control supports, in the order of the frameworks."""
    found: defaultdict[str, list[MappedRequirement]] = defaultdict(list)
    for framework in frameworks:
        for support in framework.edition(mapping).requirements:
            for control in support.controls:
                found[control].append(support.seen_by(control))
    return found


def natural_order(requirement: str) -> list[tuple[int, str]]:
    """Return the sort key of a requirement id: ``8.2`` comes before ``8.10``."""
    parts = re.split(r"([0-9]+)", requirement)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
