"""Which controls the settings leave in, and names in them that do not exist."""

from __future__ import annotations

from collections.abc import Collection

from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Control


def is_selected(control: Control, settings: Settings, catalogue: Catalogue) -> bool:
    """Tell whether the settings leave a control in."""
    return (
        (not settings.controls or control.id in settings.controls)
        and control.id not in settings.skip_controls
        and control.severity.weight >= settings.severity.weight
        and (
            not settings.frameworks
            or any(supports(control, wanted, settings, catalogue) for wanted in settings.frameworks)
        )
    )


def supports(control: Control, wanted: str, settings: Settings, catalogue: Catalogue) -> bool:
    """Tell whether a control supports ``framework`` or ``framework:requirement``."""
    framework, _, requirement_id = wanted.partition(":")
    return any(
        each.requirement.framework == framework and requirement_id in {"", each.requirement.id}
        for each in catalogue.requirements(control.id, settings.mapping)
    )


def check_names(settings: Settings, known: Collection[str], catalogue: Catalogue) -> None:
    """Refuse settings that name what does not exist; *known* are the ids of all controls.

    Raises:
        UsageError: They name a control, a framework or a requirement that there is not.
    """
    valid = ", ".join(sorted(known))
    for option in ("controls", "skip_controls"):
        for name in getattr(settings, option):
            if name not in known:
                flag = option.replace("_", "-")
                raise UsageError(f"--pd-{flag}: there is no control {name}; valid: {valid}")
    for entry in settings.decisions.all:
        if entry.control not in known:
            raise UsageError(
                f"configuration: there is no control {entry.control} to waive or attest; "
                f"valid: {valid}"
            )
    for name in settings.severities:
        if name not in known:
            raise UsageError(
                f"configuration: severities: there is no control {name}; valid: {valid}"
            )
    for wanted in settings.frameworks:
        framework, _, requirement_id = wanted.partition(":")
        check_requirement("--pd-framework", framework, requirement_id or None, settings, catalogue)


def check_requirement(
    where: str, framework: str, requirement_id: str | None, settings: Settings, catalogue: Catalogue
) -> None:
    """Refuse a framework that does not exist, or a requirement that no control supports.

    Raises:
        UsageError: It names *where* it stands, and what would be valid.
    """
    if framework not in catalogue.frameworks:
        raise UsageError(
            f"{where}: there is no framework {framework!r}; "
            f"valid: {', '.join(catalogue.frameworks)}"
        )
    known = catalogue.requirement_ids(framework, settings.mapping)
    if requirement_id is not None and requirement_id not in known:
        raise UsageError(
            f"{where}: no control supports {framework} {requirement_id!r} in the "
            f"{settings.mapping} mapping; valid: {', '.join(known)}"
        )
