"""What is known of a pytest item: its control, its case, its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pdsec_checks.catalogue.controls import CONTROL_ID
from pdsec_checks.model import MappingName

if TYPE_CHECKING:
    from pdsec_checks.catalogue.frameworks import Catalogue
    from pdsec_checks.finding import Finding
    from pdsec_checks.judging.cases import Case
    from pdsec_checks.judging.controls import Judgeable
    from pdsec_checks.model import Control

CASE: pytest.StashKey[Case] = pytest.StashKey()
CONTROL: pytest.StashKey[Control] = pytest.StashKey()
FINDINGS: pytest.StashKey[list[Finding]] = pytest.StashKey()
REMEDIATION = "remediation"
"""The JUnit property that says what to do about a fail."""
PLACEHOLDER = "*"
"""The case id of a control whose account was not read yet."""


def control_of(node: pytest.Item) -> str:
    """Return the control id that a test is marked with; nothing for somebody else's test.

    Another project may have a ``control`` marker of its own, with other arguments or none.
    """
    marker = node.get_closest_marker("control")
    if marker is None or len(marker.args) != 1 or not isinstance(marker.args[0], str):
        return ""
    return marker.args[0] if CONTROL_ID.fullmatch(marker.args[0]) else ""


class Labels(NamedTuple):
    """What every item of a control gets."""

    markers: list[pytest.Mark]
    """One for each requirement that the control supports in one mapping or both."""
    properties: list[tuple[str, str]]
    """JUnit's."""

    @classmethod
    def of(cls, control: Control, catalogue: Catalogue, mapping: MappingName) -> Labels:
        """Return the markers of a control, and its properties in one mapping.

        A requirement that nobody should cite says so in its property, and what to cite.
        """
        made = cls([], [("control", control.id), ("severity", control.severity.value)])
        addresses = {
            (each.requirement.framework, each.requirement.id): None
            for name in (mapping, *MappingName)
            for each in catalogue.requirements(control.id, name)
        }
        for framework, requirement_id in addresses:
            made.markers.append(getattr(pytest.mark, framework)(id=requirement_id).mark)
        for each in catalogue.requirements(control.id, mapping):
            doubt = catalogue.doubt(control.id, each)
            said = f"{each.requirement.framework}:{each.requirement.id}"
            made.properties.append(("requirement", f"{said} ({doubt})" if doubt else said))
        return made

    def mark(self, item: pytest.Item) -> None:
        """Give an item the markers and the properties, the markers all at once."""
        item.own_markers += self.markers
        item.keywords.update({each.name: each for each in self.markers})
        item.user_properties += self.properties


def function_of(item: Any) -> tuple[str, str]:
    """Return what identifies a control's function in one run: its file and its name."""
    return str(item.path), item.originalname or item.name


def judgeable(item: Any) -> Judgeable:
    """Return the control of an item with its function."""
    from pdsec_checks.judging.controls import Judgeable  # heavy

    return Judgeable(item.stash[CONTROL], item.obj)


def case_id(item: Any) -> str:
    """Return the part of a node id between the brackets; nothing where there is none."""
    return str(item.callspec.id) if hasattr(item, "callspec") else ""


def nodeid_of_function(item: Any) -> str:
    """Return the node id of an item without its case."""
    return str(item.nodeid).removesuffix(f"[{case_id(item)}]")


def let_go(items: Iterable[Any]) -> None:
    """Let judged items forget their cases, which hold what was read of the account."""
    for item in items:
        if CASE in item.stash:
            del item.stash[CASE]
            item.callspec.params.clear()


def case_of(item: Any) -> Case:
    """Return the case that an expanded item judges."""
    from pdsec_checks.judging.controls import resource_argument  # heavy

    argument = resource_argument(item.stash[CONTROL].id, item.fixturenames)
    case: Case = item.callspec.params[argument]
    return case
