"""The fix of a finding, whatever its control."""

from __future__ import annotations

from typing import Any

from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Finding
from pdsec_checks.fixes import (
    access,
    duties,
    maintenance,
    orchestrations,
    plan,
    policies,
    responders,
    runway,
    schedules,
    services,
    unused,
    webhooks,
)
from pdsec_checks.fixes.fix import Fix, fix
from pdsec_checks.fixes.registry import RECIPES, Found
from pdsec_checks.inspection import Inspection
from pdsec_checks.model import ACCOUNT

FAMILIES = (
    access,
    maintenance,
    unused,
    duties,
    orchestrations,
    plan,
    policies,
    responders,
    runway,
    schedules,
    services,
    webhooks,
)
"""The files whose functions declare themselves."""


def plain_fix(finding: Finding, inspection: Inspection) -> dict[str, Any] | None:
    """Return the fix of a fail as plain JSON; None where there can be none.

    There is none for a control of an organisation's own, whose remediation is all there is, and
    none for an account of pseudonyms: it would fit nothing that exists.
    """
    if not is_fixable(finding) or inspection.snapshot.redacted:
        return None
    return fix_of(finding, inspection).to_json()


def broken_fix(why: str) -> dict[str, Any]:
    """Return what stands in place of a fix that could not be worked out: the way by hand."""
    return fix(note=f"no request can be written: {why}").to_json()


def is_fixable(finding: Finding) -> bool:
    """Tell whether there is a fix for the fails of a finding's control."""
    return finding.control in RECIPES


def fix_of(finding: Finding, inspection: Inspection) -> Fix:
    """Return the fix of a fail: text alone where a record that it needs cannot be read."""
    recipe = RECIPES[finding.control]
    try:
        resource = None
        if finding.resource.type != ACCOUNT:
            about = finding.resource
            resource = inspection.find(recipe.resource, about.type, about.id)
        elif recipe.resource != ACCOUNT:
            return fix(note="it is about the account as a whole: its plan decides")
        return recipe.make(Found(finding, inspection, resource))
    except InspectionError as error:
        return fix(note=f"no request can be written: {error}")
