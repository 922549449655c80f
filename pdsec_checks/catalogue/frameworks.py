"""Frameworks: what they require, in which edition, and which controls support it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pdsec_checks.model import Fit, MappingName, Requirement


@dataclass(frozen=True, slots=True)
class MappedRequirement:
    """A requirement as one control sees it."""

    requirement: Requirement
    fit: Fit | None
    """None where the framework file does not say."""


@dataclass(frozen=True, slots=True)
class Support:
    """A requirement and the controls that support it."""

    requirement: Requirement
    controls: Mapping[str, Fit | None]


@dataclass(frozen=True, slots=True)
class Edition:
    """One mapping of a framework, with the edition that its ids belong to."""

    label: str
    """Short; stands beside every id. Empty when a user's own file has none."""
    version: str
    requirements: tuple[Support, ...]
    """In the natural order of their ids."""


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


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All frameworks of a run."""

    frameworks: Mapping[str, Framework]
    """By id, in the order of reports."""

    def edition(self, framework: str, mapping: MappingName) -> str:
        """Return the short label that stands beside each id of *framework*.

        Raises:
            KeyError: There is no such framework.
        """
        return self.frameworks[framework].edition(mapping).label

    def requirements(self, control: str, mapping: MappingName) -> list[MappedRequirement]:
        """Return what *control* supports, in the order of reports; empty if it is nothing."""
        return [
            MappedRequirement(support.requirement, support.controls[control])
            for framework in self.frameworks.values()
            for support in framework.edition(mapping).requirements
            if control in support.controls
        ]

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


def natural_order(requirement: str) -> list[tuple[int, str]]:
    """Return the sort key of a requirement id: ``8.2`` comes before ``8.10``."""
    parts = re.split(r"([0-9]+)", requirement)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
