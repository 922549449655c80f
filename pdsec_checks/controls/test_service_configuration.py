"""Service configuration: are services wired up so that an incident stays visible?"""

import pytest

from pdsec_checks.analysis.services import ChangeLog, DependencyMap
from pdsec_checks.baseline import Baseline
from pdsec_checks.outcomes import fail, not_applicable
from pdsec_checks.resources import Service


@pytest.mark.control("PD-21")
@pytest.mark.medium
def test_service_dependencies_are_mapped(service: Service, dependencies: DependencyMap) -> None:
    """Service dependencies are mapped.

    Every service has a dependency on the service graph.

    Rationale: without dependencies nobody sees what an outage takes along.
    Remediation: add what the service uses and supports under Services > Service Graph.
    Help: https://support.pagerduty.com/main/docs/service-graph
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    assert dependencies.has(service), f"{service} has no dependency to or from another service"


@pytest.mark.control("PD-22")
@pytest.mark.medium
def test_service_has_acknowledgement_timeout(service: Service) -> None:
    """Acknowledgement timeouts are set.

    Acknowledged incidents of every service trigger again when nobody resolves them in time.

    Rationale: an incident that somebody acknowledged and forgot stays silent for ever.
    Remediation: set an acknowledgement timeout under Services > Service Directory > the service >
    Settings > Assign and Notify.
    Remediation never: turn the acknowledgement timeout on under Services > Service Directory > the
    service > Settings > Assign and Notify, at 30 minutes for instance.
    Remediation at-once: raise the acknowledgement timeout from 0 seconds, to 30 minutes for
    instance, under Services > Service Directory > the service > Settings > Assign and Notify.
    Help: https://support.pagerduty.com/main/docs/configurable-service-settings
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    timeout = service.acknowledgement_timeout
    if timeout is None:
        fail(
            f"{service} never triggers an acknowledged incident again: it has no acknowledgement "
            "timeout",
            cause="never",
        )
    if not timeout:
        fail(
            f"{service} triggers an acknowledged incident again at once: its acknowledgement "
            "timeout is 0 seconds",
            cause="at-once",
        )


@pytest.mark.control("PD-23")
@pytest.mark.low
def test_service_has_auto_resolve_timeout(service: Service) -> None:
    """Auto-resolve timeouts are set.

    Incidents of every service resolve automatically once nobody works on them.

    Rationale: a stale open incident swallows new alerts instead of paging anybody.
    Remediation: set an auto-resolve timeout under Services > Service Directory > the service >
    Settings > Assign and Notify.
    Remediation never: turn auto-resolution on under Services > Service Directory > the service >
    Settings > Assign and Notify, later than the escalation policy takes: at 4 hours for instance.
    Remediation at-once: raise the auto-resolve timeout from 0 seconds to more than the escalation
    policy takes, 4 hours for instance, under Services > Service Directory > the service >
    Settings > Assign and Notify.
    Help: https://support.pagerduty.com/main/docs/configurable-service-settings
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    timeout = service.auto_resolve_timeout
    if timeout is None:
        fail(
            f"{service} never resolves an open incident by itself: it has no auto-resolve timeout",
            cause="never",
        )
    if not timeout:
        fail(
            f"{service} resolves an open incident at once: its auto-resolve timeout is 0 seconds",
            cause="at-once",
        )


@pytest.mark.control("PD-25")
@pytest.mark.low
def test_service_reports_change_events(
    service: Service, change_events: ChangeLog, baseline: Baseline
) -> None:
    """Change events are tracked.

    Every service reports its deployments and other changes.

    Rationale: most incidents follow a change; responders need to see it.
    Remediation: add a change source under Services > Service Directory > the service >
    Integrations > Add an integration, and send change events to it from the deployment pipeline.
    Help: https://support.pagerduty.com/main/docs/change-events
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    assert change_events.names(service), (
        f"{service} had no change event in the last {baseline.change_event_days} days"
    )
