"""Which controls the settings leave in, and names in them that do not exist."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from pdsec_checks.catalogue.controls import left_out
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.catalogue.names import unknown_controls, unknown_frameworks, unknown_requirement
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Control, MappingName


def is_selected(control: Control, settings: Settings, catalogue: Catalogue) -> bool:
    """Tell whether the settings leave a control in."""
    return (
        control.id not in left_out(settings.selection)
        and (not settings.selection.controls or control.id in settings.selection.controls)
        and control.id not in settings.selection.skip_controls
        and control.severity.weight >= settings.selection.severity.weight
        and (
            not settings.selection.chosen_frameworks
            or any(
                supports(control, wanted, catalogue)
                for wanted in settings.selection.chosen_frameworks
            )
        )
    )


def supports(control: Control, wanted: str, catalogue: Catalogue) -> bool:
    """Tell whether a control supports ``framework`` or ``framework:requirement``.

    The ids of both mappings count, as with ``-m``: who knows a requirement by the id in force finds
    its controls, whichever mapping the reports go by.
    """
    framework, _, requirement_id = wanted.partition(":")
    return any(
        each.requirement.framework == framework and requirement_id in {"", each.requirement.id}
        for mapping in MappingName
        for each in catalogue.requirements(control.id, mapping)
    )


def check_names(settings: Settings, known: Collection[str], catalogue: Catalogue) -> None:
    """Refuse settings that name what does not exist; *known* are the ids of all controls.

    Raises:
        UsageError: They name a control, a framework or a requirement that there is not.
    """
    for problem in chain(
        unknown_controls(settings.written_controls, known),
        unknown_frameworks(settings.written_frameworks, catalogue),
    ):
        raise UsageError(problem)


def check_requirement(
    where: str, framework: str, requirement_id: str | None, catalogue: Catalogue
) -> None:
    """Refuse a framework that does not exist, or a requirement that neither mapping has.

    Raises:
        UsageError: It names *where* it stands, and what would be valid.
    """
    for problem in unknown_requirement(framework, requirement_id, catalogue):
        raise UsageError(f"{where}: {problem}")
