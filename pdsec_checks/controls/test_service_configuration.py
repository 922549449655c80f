"""Service configuration: are services wired up so that an incident stays visible?"""

import pytest

from pdsec_checks.analysis.services import ChangeLog, DependencyMap
from pdsec_checks.baseline import Baseline
from pdsec_checks.outcomes import not_applicable
from pdsec_checks.resources import Service


@pytest.mark.control("PD-21")
@pytest.mark.medium
def test_service_dependencies_are_mapped(service: Service, dependencies: DependencyMap) -> None:
    """Every service stands on the service graph.

    Rationale: without dependencies nobody sees what an outage takes along.
    Remediation: add what the service uses and supports under its Dependencies tab.
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    assert dependencies.has(service), f"{service} has no dependency to or from another service"


@pytest.mark.control("PD-22")
@pytest.mark.medium
def test_service_has_acknowledgement_timeout(service: Service) -> None:
    """Every service triggers an acknowledged incident again when nothing happens.

    Rationale: an incident that somebody acknowledged and forgot stays silent for ever.
    Remediation: set an acknowledgement timeout under the service's Settings > Assign and Notify.
    Help: https://support.pagerduty.com/main/docs/configurable-service-settings
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    timeout = service.acknowledgement_timeout
    assert timeout is not None, (
        f"{service} never triggers an acknowledged incident again: it has no acknowledgement "
        "timeout"
    )
    assert timeout, (
        f"{service} triggers an acknowledged incident again at once: its acknowledgement timeout "
        "is 0 seconds"
    )


@pytest.mark.control("PD-23")
@pytest.mark.low
def test_service_has_auto_resolve_timeout(service: Service) -> None:
    """Every service closes incidents that nobody touches any more.

    Rationale: a stale open incident swallows new alerts instead of paging anybody.
    Remediation: set an auto-resolve timeout under the service's Settings > Assign and Notify.
    Help: https://support.pagerduty.com/main/docs/configurable-service-settings
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    timeout = service.auto_resolve_timeout
    assert timeout is not None, (
        f"{service} never resolves an open incident by itself: it has no auto-resolve timeout"
    )
    assert timeout, (
        f"{service} resolves an open incident at once: its auto-resolve timeout is 0 seconds"
    )


@pytest.mark.control("PD-25")
@pytest.mark.low
def test_service_reports_change_events(
    service: Service, change_events: ChangeLog, baseline: Baseline
) -> None:
    """Every service reports its changes.

    Rationale: most incidents follow a change; responders need to see it.
    Remediation: send change events from the deployment pipeline to an integration of the
    service.
    Help: https://support.pagerduty.com/main/docs/change-events
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    assert change_events.names(service), (
        f"{service} had no change event in the last {baseline.change_event_days} days"
    )
