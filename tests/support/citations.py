"""What nobody should cite for a control, and what to cite, found without asking for sentences."""

from __future__ import annotations

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import MappedRequirement, natural_order
from pdsec_checks.model import MappingName, Requirement
from tests.support.findings import catalogue

Place = tuple[str, str, str]
"""Framework, edition and id."""


def place(requirement: Requirement) -> Place:
    """Return what an id is known by."""
    return requirement.framework, requirement.edition, requirement.id


def current(control: str) -> set[Place]:
    """Return what a control supports in the editions in force."""
    return {place(each.requirement) for each in catalogue().citable(control)}


def doubtful(control: str) -> dict[Place, MappedRequirement]:
    """Return what nobody should cite for a control, of what is specified."""
    found = catalogue().requirements(control, MappingName.SPECIFIED)
    return {place(each.requirement): each for each in found if not each.is_citable}


def ids_instead(control: str, mapped: MappedRequirement) -> list[str]:
    """Return what to cite, found out without the function that the reports ask."""
    name = mapped.requirement.framework
    return [each for framework, _, each in ordered(current(control)) if framework == name]


def ordered(places: set[Place]) -> list[Place]:
    """Return places as reports order them."""
    return sorted(places, key=lambda each: (ORDER.index(each[0]), natural_order(each[2])))
