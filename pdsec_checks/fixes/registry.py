"""Which function fixes which control: a further one is a function more, in its family's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pdsec_checks.finding import Finding
from pdsec_checks.fixes.fix import Block, Fix, Request, fix
from pdsec_checks.inspection import Inspection


@dataclass(frozen=True)
class Found:
    """A fail, what it is about, and the account around it."""

    finding: Finding
    inspection: Inspection
    resource: Any
    """The view that the control judged; None for a fail of the whole account."""

    @property
    def id(self) -> str:
        """The id of the resource."""
        return self.finding.resource.id

    def fixed_by(
        self, *requests: Request, terraform: list[Block] | None = None, note: str = ""
    ) -> Fix:
        """Return the fix that consists of these."""
        return fix(requests, terraform or [], note)


Maker = Callable[[Found], Fix]


@dataclass(frozen=True)
class Recipe:
    """How to fix the fails of one control."""

    resource: str
    """The argument that stands for what the control judges."""
    make: Maker


RECIPES: dict[str, Recipe] = {}
"""Control → how to fix its fails."""


def fixes(control: str, resource: str) -> Callable[[Maker], Maker]:
    """Declare the fix of a control that judges *resource*.

    The function may raise an InspectionError: then the fix is text, and says why.
    """

    def declare(make: Maker) -> Maker:
        RECIPES[control] = Recipe(resource, make)
        return make

    return declare


def only_text(control: str, resource: str, note: str) -> None:
    """Declare that only a person can fix a control, whatever the cause; *note* says why."""
    fixes(control, resource)(lambda found: found.fixed_by(note=note))
