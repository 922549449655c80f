"""A small inspection over two controls made up for it; ``findings`` has the shipped ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pdsec_checks.catalogue.scope import Scope
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import Control, MappingName, Severity, Status
from pdsec_checks.pagerduty.snapshot import Cost
from pdsec_checks.reports.report import Report, RunInfo, UnreadDataSet
from tests.support.findings import catalogue
from tests.support.judged import NOW

POLICY = Control(
    "PD-05",
    "Services have an escalation policy",
    Severity.CRITICAL,
    "Every service sends its incidents to an escalation policy.",
    "An incident on a service without a policy notifies nobody.",
    "Assign a policy.",
    needs=("services",),
)
TIMEOUT = Control(
    "PD-22",
    "Acknowledgement timeouts are set",
    Severity.MEDIUM,
    "Acknowledged incidents trigger again.",
    "People forget.",
    "Set one.",
)
UNREAD = UnreadDataSet("users", "/users", "HTTP 403", 403, ["PD-01"])
COST = Cost(total=75, retries=2, rate_limited=1, seconds=4.25)


def a_finding(
    resource_id: str = "PS1",
    status: Status = Status.FAIL,
    *,
    control: Control = POLICY,
    name: str = "shop",
    message: str = "service 'shop' (PS1) has no escalation policy",
    evidence: dict[str, Any] | None = None,
) -> Finding:
    """Return a finding about a service."""
    url = f"https://acme.pagerduty.com/services/{resource_id}"
    ref = ResourceRef("service", resource_id, name, url)
    return Finding(control.id, control.severity, status, ref, message, evidence or {}, "node")


def a_report(
    findings: Iterable[Finding] = (),
    *,
    controls: tuple[Control, ...] = (TIMEOUT, POLICY),
    mapping: MappingName = MappingName.SPECIFIED,
    complete: bool = True,
    **run: Any,
) -> Report:
    """Return a report of these findings."""
    info: dict[str, Any] = {
        "as_of": NOW,
        "base_url": "https://api.pagerduty.com",
        "subdomain": "acme",
        "source": "live",
        "controls": list(controls),
        "unread": [],
        "baseline": {"min_admins": 3},
        "scope": Scope(tuple(sorted(each.id for each in controls)), credential="account key"),
        **run,
    }
    return Report(RunInfo(**info), list(findings), catalogue(), mapping, complete, "1.2.3")


MANY = [
    a_finding("PS2", Status.PASS),
    a_finding("PS1"),
    a_finding("PS3", Status.NOT_APPLICABLE),
    a_finding("PS1", Status.ERROR, control=TIMEOUT),
    a_finding("PS2", Status.WAIVED, control=TIMEOUT),
    a_finding("PS3", Status.MANUAL, control=TIMEOUT),
]
