"""Since when a check has needed somebody: a deadline that every run moved on would never come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pdsec_checks.finding import Finding
from pdsec_checks.model import UNJUDGED, Status
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import RunInfo


def open_since(
    last: EarlierReport, run: RunInfo, findings: Iterable[Finding]
) -> dict[str, datetime]:
    """Return since when (aware) checks have needed somebody, by address.

    A fail that was found today is no older for a year in which nobody could look; what failed and
    has no verdict now is.

    Args:
        last: The last report; its own dates go on, also those of fails that it knew of.
        run: What is known of this run.
        findings: All findings of this run.
    """
    failing = {each.address for each in findings if each.status is Status.FAIL}
    before = [(each, last.as_of) for each in last.findings if each.status in UNJUDGED]
    return {
        earlier.address: min(earlier.open_since or moment, run.as_of)
        for earlier, moment in (*before, *last.remembered())
        if earlier.status is Status.FAIL or earlier.address not in failing
    }
