"""Service configuration: are services wired up so that an incident stays visible?"""

from datetime import timedelta

import pytest

from pdsec_checks.analysis.coverage import hours
from pdsec_checks.analysis.maintenance import Windows
from pdsec_checks.analysis.services import ChangeLog, DependencyMap
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted
from pdsec_checks.outcomes import fail, not_applicable
from pdsec_checks.resources import MaintenanceWindow, Service


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


@pytest.mark.control("PD-35")
@pytest.mark.extended
@pytest.mark.high
def test_maintenance_window_is_short(
    maintenance_window: MaintenanceWindow,
    open_windows: Windows,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Maintenance windows are short.

    Maintenance windows end within a day: no service in service is muted for longer without a
    break, by one window or by several that follow one another.

    Rationale: a muted service opens no incidents, and an outage goes unseen.
    Remediation: end the window, or bring its end forward, under Services > Service Directory >
    Maintenance Windows > Update.
    Limits: windows that are over are not listed: of one that is made anew every day only those to
    come are seen.
    Help: https://support.pagerduty.com/main/docs/maintenance-windows
    Worse: more chain_hours
    """
    muted = open_windows.muted_by(maintenance_window)
    evidence["services"] = [each.id for each in muted.services]
    evidence["hours"] = hours(maintenance_window.span)
    evidence["created_by"] = maintenance_window.created_by
    evidence["description"] = maintenance_window.shown("description", str)
    chains = [open_windows.chain(maintenance_window, each) for each in muted.services]
    longest = max(chains, key=lambda each: each.length, default=None)
    limit = baseline.max_maintenance_hours
    too_long = [each for each in chains if each.length > timedelta(hours=limit)]
    if longest is not None:
        evidence["chain_hours"] = longest.hours
        evidence["chain"] = [each.shown("id", str) for each in longest.windows]
        several = "with those that it touches " if len(longest.windows) > 1 else ""
        shown = "more than " if longest.hours == limit else "up to " if len(too_long) > 1 else ""
        assert not too_long, (
            f"{maintenance_window} {several}mutes {counted(len(too_long), 'service')} for "
            f"{shown}{longest.hours:g} hours; the limit is {counted(limit, 'hour')}"
        )
    if unknown := muted.unknown or open_windows.doubt(muted.services):
        raise unknown
