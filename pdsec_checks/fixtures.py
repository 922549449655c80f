"""What a control may ask for, by argument name.

A singular name (``service``) gives one case for each; a plural one (``users``) is the whole
collection. The sources are the data sets of ``pagerduty/data_sets/``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pdsec_checks.analysis import audit_trail, integrations
from pdsec_checks.analysis.coverage import Coverage
from pdsec_checks.analysis.escalation import Responders, used_schedules
from pdsec_checks.analysis.services import (
    ChangeLog,
    DependencyMap,
    WorkflowCoverage,
)
from pdsec_checks.analysis.services import (
    critical_services as critical_service_ids,
)
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.inspection import Inspection, resource, shared
from pdsec_checks.outcomes import manual, not_applicable
from pdsec_checks.resources import (
    Account,
    AuditRecord,
    ChangeEvent,
    Dependency,
    DependencyLookup,
    Endpoint,
    EscalationPolicy,
    Extension,
    Incident,
    IncidentWorkflow,
    Integration,
    LayerSchedule,
    OnCall,
    Schedule,
    Service,
    ShiftSchedule,
    User,
    WebhookSubscription,
    WorkflowTrigger,
)

NOT_IN_PLAN = HTTPStatus.PAYMENT_REQUIRED
FEATURE_OFF = HTTPStatus.NOT_FOUND

# Resources: one case for each.


@resource("accounts")
def account(inspection: Inspection) -> list[Account]:
    """The account as a whole."""
    return [Account(inspection.snapshot.web_host)]


@resource("users", "users")
def user(inspection: Inspection) -> list[User]:
    """Every user."""
    return inspection.views(User, "users")


@resource("services", "services")
def service(inspection: Inspection) -> list[Service]:
    """Every technical service, the disabled ones too."""
    return inspection.views(Service, "services")


@resource("escalation policies", "escalation_policies")
def escalation_policy(inspection: Inspection) -> list[EscalationPolicy]:
    """Every escalation policy."""
    return inspection.views(EscalationPolicy, "escalation_policies")


@resource("schedules", "schedules", "shift_schedules")
def schedule(inspection: Inspection) -> list[Schedule]:
    """Every schedule of both kinds."""
    layered = inspection.views(LayerSchedule, "schedules")
    return [*layered, *inspection.views(ShiftSchedule, "shift_schedules")]


@resource("integrations", "services")
def integration(inspection: Inspection) -> list[Integration]:
    """Every inbound integration of every service."""
    return [each for service in inspection.provide("service") for each in service.integrations]


@resource("webhook subscriptions and extensions with a URL", "extensions", "webhook_subscriptions")
def endpoint(inspection: Inspection) -> list[Endpoint]:
    """Everything outside that PagerDuty sends to."""
    extensions = [each for each in inspection.provide("extensions") if each.has_url]
    return [*extensions, *inspection.provide("webhook_subscriptions")]


@resource("webhook subscriptions and generic webhooks", "extensions", "webhook_subscriptions")
def webhook(inspection: Inspection) -> list[Endpoint]:
    """Every v3 webhook subscription and every generic webhook extension."""
    extensions = inspection.provide("extensions")
    generic = [each for each in extensions if integrations.may_be_generic_webhook(each)]
    return [*generic, *inspection.provide("webhook_subscriptions")]


@resource("users on call", "oncalls")
def on_call_user(inspection: Inspection) -> list[User]:
    """Every user who is on call now."""
    users = [row.user for row in inspection.views(OnCall, "oncalls")]
    return list({user.id: user for user in users}.values())


@resource("API keys", "audit_api_token")
def api_key(inspection: Inspection) -> list[audit_trail.ApiKeyUse]:
    """Every API key that the audit trail shows at work."""
    records = inspection.views_or_none(AuditRecord, "audit_api_token", NOT_IN_PLAN)
    assert records is not None, f"{_account(inspection)} has no audit trail: its plan has none"
    uses = audit_trail.key_uses(records)
    if not uses:
        manual(
            "the audit trail of the last 12 months shows no API key at work, and read-only keys "
            "leave no trace: look at Integrations > API Access Keys for keys past their age"
        )
    return uses


# Shared: the same object for every case.


@shared("abilities")
def abilities(inspection: Inspection) -> frozenset[str]:
    """What the account's plan can do."""
    return frozenset(inspection.records("abilities"))


@shared("abilities")
def known_abilities(inspection: Inspection) -> frozenset[str] | None:
    """What the account's plan can do; None when that could not be read."""
    known = inspection.snapshot.has("abilities")
    return frozenset(inspection.records("abilities")) if known else None


@shared("users")
def users(inspection: Inspection) -> list[User]:
    """Every user."""
    found: list[User] = inspection.provide("user")
    return found


@shared("users")
def users_by_id(inspection: Inspection) -> dict[str, User]:
    """Every user, by id."""
    return {user.id: user for user in inspection.provide("user")}


@shared("services")
def services(inspection: Inspection) -> list[Service]:
    """Every technical service."""
    found: list[Service] = inspection.provide("service")
    return found


@shared("services")
def services_if_known(inspection: Inspection) -> Any:
    """A function that returns every service, or raises why that cannot be read."""
    return lambda: inspection.provide("service")


@shared("teams", "abilities")
def teams(inspection: Inspection) -> list[dict[str, Any]]:
    """Every team; the control does not apply to an account whose plan has none."""
    known = inspection.provide("known_abilities")
    if known is not None and "teams" not in known:
        not_applicable("the account's plan has no teams")
    records = inspection.records_or_none("teams", NOT_IN_PLAN)
    if records is None:
        not_applicable("the account's plan has no teams")
    return records


@shared("escalation_policies")
def policies_by_id(inspection: Inspection) -> dict[str, EscalationPolicy]:
    """Every escalation policy, by id."""
    return {policy.id: policy for policy in inspection.provide("escalation_policy")}


@shared("escalation_policies")
def used_schedule_ids(inspection: Inspection) -> set[str]:
    """The schedules that at least one escalation policy notifies."""
    return used_schedules(inspection.provide("escalation_policy"))


@shared("users", "schedules", "shift_schedules")
def responders(inspection: Inspection) -> Responders:
    """Who can be notified, in the coverage window."""
    return Responders(
        inspection.provide("users_by_id"),
        {schedule.id: schedule for schedule in inspection.provide("schedule")},
        inspection.coverage_window,
    )


@shared("escalation_policies", "schedules", "shift_schedules", "users")
def coverage(inspection: Inspection) -> Coverage:
    """Who is on call when, on schedules and on escalation levels."""
    return Coverage(
        inspection.provide("escalation_policy"),
        inspection.provide("schedule"),
        lambda: inspection.provide("users_by_id"),
        inspection.coverage_window,
    )


@shared("incident_workflows", "incident_workflow_triggers")
def incident_workflows(inspection: Inspection) -> WorkflowCoverage:
    """Which services an enabled incident workflow listens to."""
    workflows = inspection.views_or_none(IncidentWorkflow, "incident_workflows", NOT_IN_PLAN)
    triggers = inspection.views_or_none(WorkflowTrigger, "incident_workflow_triggers", NOT_IN_PLAN)
    assert workflows is not None and triggers is not None, (  # noqa: PT018 - one sentence for both
        f"{_account(inspection)} has no incident workflows: its plan has none"
    )
    return WorkflowCoverage.of(workflows, triggers)


@shared("services", "business_service_dependencies")
def critical_services(inspection: Inspection) -> set[str]:
    """The ids of the critical services; somebody must designate them first."""
    edges = inspection.views(Dependency, "business_service_dependencies")
    services = inspection.provide("service")
    critical = critical_service_ids(services, edges, inspection.baseline.critical_services)
    if services and not critical:
        manual(
            "no service is known to be critical: name them under critical_services in the "
            "configuration, or let them support a business service in PagerDuty"
        )
    return critical


@shared("business_service_dependencies", "technical_service_dependencies")
def dependencies(inspection: Inspection) -> DependencyMap:
    """The services that stand on a dependency edge."""
    return DependencyMap(
        inspection.views(Dependency, "business_service_dependencies"),
        inspection.views(DependencyLookup, "technical_service_dependencies"),
    )


@shared("audit_latest")
def latest_audit_records(inspection: Inspection) -> list[AuditRecord] | None:
    """At most one audit record of the last 31 days; None where the plan has no audit trail."""
    return inspection.views_or_none(AuditRecord, "audit_latest", NOT_IN_PLAN)


@shared("audit_oldest")
def oldest_audit_records(inspection: Inspection) -> list[AuditRecord] | None:
    """At most one of the oldest audit records; None where the plan has no audit trail."""
    return inspection.views_or_none(AuditRecord, "audit_oldest", NOT_IN_PLAN)


@shared()
def identity_provider_activity(inspection: Inspection) -> str:
    """Whether an identity provider wrote to users, as far as audit records were read anyway."""
    names = ("audit_latest", "audit_oldest", "audit_api_token")
    read = [name for name in names if inspection.snapshot.has(name)]
    records = [record for name in read for record in inspection.views(AuditRecord, name)]
    if not records:
        return "no audit records were read"
    try:
        wrote = audit_trail.identity_provider_wrote(records)
    except MalformedRecordError:
        return "an audit record is unreadable"
    if wrote:
        return "an identity provider wrote to users"
    return f"none among the {len(records)} audit records read"


@shared("priorities")
def priorities(inspection: Inspection) -> list[dict[str, Any]] | None:
    """Every incident priority; None where the account's plan has none."""
    return inspection.records_or_none("priorities", NOT_IN_PLAN, FEATURE_OFF)


@shared("incidents")
def incidents(inspection: Inspection) -> list[Incident]:
    """A sample of the incidents of the last 30 days: one page."""
    return inspection.views(Incident, "incidents")


@shared("extensions")
def extensions(inspection: Inspection) -> list[Extension]:
    """Every extension."""
    return inspection.views(Extension, "extensions")


@shared("webhook_subscriptions")
def webhook_subscriptions(inspection: Inspection) -> list[WebhookSubscription]:
    """Every v3 webhook subscription."""
    return inspection.views(WebhookSubscription, "webhook_subscriptions")


@shared("change_events")
def change_events(inspection: Inspection) -> ChangeLog:
    """The services that recent change events name; needs a plan that has them."""
    events = inspection.views_or_none(ChangeEvent, "change_events", NOT_IN_PLAN, FEATURE_OFF)
    if events is None:
        not_applicable("the account's plan has no change events")
    return ChangeLog(events)


def _account(inspection: Inspection) -> Account:
    return Account(inspection.snapshot.web_host)


# What every run has, whatever it reads.


@shared()
def baseline(inspection: Inspection) -> Any:
    """The thresholds in force."""
    return inspection.baseline


@shared()
def as_of(inspection: Inspection) -> Any:
    """The moment the account was read."""
    return inspection.as_of
