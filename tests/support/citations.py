"""What nobody should cite for a control, and what to cite, found without asking for sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

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


def untold(unit: str, control: str) -> list[str]:
    """Return the doubtful ids that a passage names without their rating, or what to cite.

    Ids that are numbers alone count where their edition stands before them: 4.1 can be anything.
    """
    found = []
    for (framework, edition, name), mapped in doubtful(control).items():
        if (framework, edition, name) in current(control):
            continue  # here it may stand for itself; its labels are looked at above
        label = name if re.search("[A-Z]", name) else f"{edition} {name}"
        if not re.search(rf"(?<![\w.-]){re.escape(label)}(?![\w.(-])", unit):
            continue
        ids = ids_instead(control, mapped) or ["none"]
        is_rated = re.search(r"\b(poor|wrong|absent|withdrawn)\b", unit)
        if not is_rated or not all(each in unit for each in ids):
            found.append(label)
    return found


def passages(value: Any) -> Iterator[str]:
    """Yield each text of plain JSON; the texts of an object of single values as one passage."""
    match value:
        case dict():
            cited = (value["current"] or ["none"]) if "current" in value else []
            yield " ".join([*(each for each in value.values() if isinstance(each, str)), *cited])
            for each in value.values():
                if not isinstance(each, str):
                    yield from passages(each)
        case list():
            for each in value:
                yield from passages(each)
        case str():
            yield value
