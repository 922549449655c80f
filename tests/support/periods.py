"""Periods to render: one in which a bit of everything happened, and one of hostile names."""

from __future__ import annotations

from functools import cache

from pdsec_checks.evidence.period import period_of
from pdsec_checks.model import Status
from pdsec_checks.reports.period.document import Period, Rejudged
from pdsec_checks.reports.period.span import Span
from tests.support.findings import HOSTILE, a_finding, a_resource
from tests.support.lockers import check, day, evidence

WEEK = Span.of("2026-11-02", "2026-11-08")
CHANGE = {
    "resource": "PS1",
    "time": "2026-11-05T05:00:00Z",
    "action": "update",
    "method": "browser",
    "actor": {"type": "user", "id": "PADA", "name": "Ada"},
}


@cache
def eventful() -> Period:
    """Return a week in which a bit of everything happened."""
    pieces = [
        evidence(
            day(0),
            check(Status.PASS),
            check(Status.WAIVED, "PS2"),
            check(Status.PASS, control="PD-06"),
        ),
        evidence(day(1), check(Status.FAIL), check(Status.PASS, control="PD-06")),
        evidence(day(2), check(Status.ERROR), check(Status.PASS, control="PD-06")),
        evidence(day(3), check(Status.PASS), baseline={}, changes=[CHANGE]),
        evidence(day(4), check(Status.PASS), problem="its sums do not agree"),
    ]
    again = (
        Rejudged("evidence-2026-11-02T060000Z.zip", day(0), "0.1", ("PD-05 on PS1, was pass",)),
    )
    return period_of(
        pieces,
        WEEK,
        problems=["notes.txt: no bundle of a locker has such a name; move it elsewhere"],
        signer="audit@example.com",
        rejudged=again,
    )


@cache
def hostile() -> Period:
    """Return a period whose names mean something to a terminal, a spreadsheet or a browser."""
    resources = [a_resource(name, f"PH{number}") for number, name in enumerate(HOSTILE)]
    return period_of(
        [evidence(day(0), *(a_finding(resource=each, message=each.name) for each in resources))],
        WEEK,
        problems=HOSTILE,
        signer=HOSTILE[1],
        rejudged=(Rejudged(HOSTILE[0], day(0), HOSTILE[1], HOSTILE),),
    )
