"""Whether the phone will ring, as an inspection tells it: from the findings of PD-26 alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pdsec_checks.analysis.ring.overview import Standing
from pdsec_checks.analysis.ring.verdicts import Why
from pdsec_checks.baseline import Baseline
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.ring.headline import EXEMPT, FirstWindow, Tally, headline
from pdsec_checks.resources import Service

CONTROL = "PD-26"
"""The control whose evidence holds the dead windows of each service."""
QUESTION = "Will the phone ring?"
NO_POLICY = "no-policy"
"""The cause of a fail of a service that has no escalation policy, or none that exists."""


def inspected_headline(report: Report) -> str:
    """Return whether the phone will ring, in a sentence or two; empty where nobody asked PD-26."""
    found = report.by_control.get(CONTROL)
    return headline(tally_of_findings(report, found)) if found else ""


def tally_of_findings(report: Report, findings: Sequence[Finding]) -> Tally:
    """Return how many services stand how, as the *findings* of PD-26 tell.

    A fail that was waived, or is known, rings no sooner for that. An error about anything but a
    service hides how many services there are.
    """
    services = [each for each in findings if each.resource.type == Service.kind]
    standings = [standing_of(each) for each in services]
    others = (each for each in findings if each.resource.type != Service.kind)
    return Tally(
        days=threshold(report, "schedule_coverage_days"),
        limit=threshold(report, "max_minutes_to_first_person"),
        dead=standings.count(Standing.DEAD),
        rings=standings.count(Standing.RINGS),
        not_judged=standings.count(Standing.NOT_JUDGED),
        exempt={why: standings.count(each) for each, why in EXEMPT.items()},
        first=min(first_windows(services), key=lambda each: each.start, default=None),
        is_list_whole=not any(each.status is Status.ERROR for each in others),
        is_selected=report.restricted,
        is_stopped=not report.complete,
    )


def threshold(report: Report, name: str) -> int:
    """Return a threshold of the run; that of the product where the run tells none."""
    found: int = report.run.baseline.get(name, getattr(Baseline(), name))
    return found


def standing_of(finding: Finding) -> Standing:
    """Return how a service stands."""
    match finding.status:
        case Status.FAIL | Status.WAIVED:
            return Standing.DEAD
        case Status.PASS:
            return Standing.RINGS
        case Status.NOT_APPLICABLE:
            return exempt_as(finding)
    return Standing.NOT_JUDGED


def exempt_as(finding: Finding) -> Standing:
    """Return why PD-26 does not apply to a service; that of a disabled one has no evidence."""
    if "judged_hours" not in finding.evidence:
        return Standing.DISABLED
    return Standing.LOW_URGENCY if finding.evidence["judged_hours"] else Standing.MUTED


def first_windows(services: Sequence[Finding]) -> Iterator[FirstWindow]:
    """Yield the first dead window of each service that has one, by the names of the services."""
    named = sorted(services, key=lambda each: (each.resource.name.casefold(), each.resource.id))
    for finding in named:
        windows = finding.evidence.get("dead_windows")
        if windows and standing_of(finding) is Standing.DEAD:
            window = windows[0]
            yield FirstWindow(
                finding.resource.name,
                seconds(window["start"]),
                seconds(window["end"]),
                Why(window["why"]),
                window["minutes"],
                finding.cause != NO_POLICY,
            )


def seconds(moment: str) -> int:
    """Return a moment of the evidence in seconds UTC."""
    return int(datetime.fromisoformat(moment).timestamp())
