"""Controls, a snapshot and settings in; findings out. The only judge there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdsec_checks.model import Finding
    from pdsec_checks.reports.report import RunInfo


def not_reached(
    info: RunInfo, findings: Sequence[Finding], expected: Mapping[str, int]
) -> list[Finding]:
    """Return an error for each control that a stopped run did not judge to its end.

    Without it the resources that were judged would speak for those that were not.
    """
    from pdsec_checks.model import ACCOUNT, Finding, ResourceRef, Status

    counted = Counter(finding.control for finding in findings)
    account = ResourceRef(ACCOUNT, ACCOUNT, info.subdomain or "")
    return [
        Finding(
            control.id,
            control.severity,
            Status.ERROR,
            account,
            f"the run ended after {counted[control.id]} of {wanted} cases of this control"
            if wanted
            else "the run ended before this control was reached",
        )
        for control in info.controls
        if counted[control.id] < max(wanted := expected.get(control.id, 0), 1)
    ]
