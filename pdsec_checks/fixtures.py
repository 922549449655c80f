"""What a control may ask for, by argument name.

A singular name (``service``) gives one case for each; a plural one (``users``) is the whole
collection. The sources are the data sets of ``pagerduty/data_sets/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from pdsec_checks.analysis import access, audit_trail, integrations, role_grants
from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.coverage import Coverage
from pdsec_checks.analysis.duties import Duties
from pdsec_checks.analysis.escalation import Responders, Uses
from pdsec_checks.analysis.leavers import PersonnelList
from pdsec_checks.analysis.maintenance import Windows
from pdsec_checks.analysis.oauth_grants import Grants, OAuthGrants
from pdsec_checks.analysis.orchestrations import Routing
from pdsec_checks.analysis.participation import Participation, is_to_respond
from pdsec_checks.analysis.people import People, deleted_among
from pdsec_checks.analysis.reach import ServicesBehind, Sources
from pdsec_checks.analysis.ring import Callers, Limits, Maintenance, Ring, on_call
from pdsec_checks.analysis.ring.people import ring_methods
from pdsec_checks.analysis.services import (
    ChangeLog,
    CriticalServices,
    DependencyMap,
    WorkflowCoverage,
)
from pdsec_checks.analysis.sessions import Sessions, earliest_creation
from pdsec_checks.analysis.usage import PolicyUses, Usage
from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.inspection import Inspection, resource, shared
from pdsec_checks.model import Interval, Record, counted, moment_text
from pdsec_checks.outcomes import fail, manual, not_applicable
from pdsec_checks.pagerduty.data_sets.depth import HOLDERS
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import (
    Account,
    AuditRecord,
    ById,
    ChangeEvent,
    DependencyLookup,
    Endpoint,
    EscalationPolicy,
    EventOrchestration,
    Extension,
    ExtensionDetails,
    Incident,
    IncidentWorkflow,
    Integration,
    LayerSchedule,
    LicenseAllocation,
    MaintenanceWindow,
    OAuthLookup,
    OnCall,
    OnCallUser,
    Priority,
    Reference,
    Router,
    Schedule,
    Service,
    SessionConfiguration,
    ShiftSchedule,
    Unreadable,
    Unrouted,
    User,
    UserChange,
    View,
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
def user(inspection: Inspection) -> list[User | Unreadable]:
    """Every user."""
    return readable(inspection, inspection.provide("users"))


@resource("users", "users")
def addressed_user(inspection: Inspection) -> list[User | Unreadable]:
    """Every user; somebody must say first which mail addresses are the company's."""
    found: list[User] = inspection.provide("users")
    if found and not inspection.baseline.email_domains:
        domains = access.users_by_domain(found)
        manual(
            f"{_account(inspection)} has users of {counted(len(domains), 'domain')}, and nothing "
            "says which are the company's: list those under email_domains in the configuration",
            cause="none-listed",
            users_by_domain=domains,
        )
    return readable(inspection, found)


@resource("open invitations", "users")
def invited_user(inspection: Inspection) -> list[User | Unreadable]:
    """Every user who has not accepted the invitation yet."""
    return those(lambda user: user.is_pending, inspection.provide("user"))


@resource("owners and global admins", "users", "oauth_delegations")
def privileged_user(inspection: Inspection) -> list[User | Unreadable]:
    """Every owner and global admin; somebody must say first which OAuth clients are known."""
    found = those(access.is_privileged, inspection.provide("user"))
    if not inspection.baseline.oauth_clients:
        grants = all_grants(inspection, found)
        if grants.clients and not grants.unknown:
            manual(
                f"{_account(inspection)} has administrators who gave access to "
                f"{counted(len(grants.clients), 'OAuth client')}, and nothing says which are "
                "known: list those under oauth_clients in the configuration",
                cause="none-listed",
                oauth_clients=grants.clients,
                oauth_grants=grants.grants_as_evidence,
            )
    return found


def all_grants(inspection: Inspection, users: list[User | Unreadable]) -> Grants:
    """Return what all *users* gave access to; where it is unknown of each, the reason is in it.

    Raises:
        InspectionError: A part of it cannot be read: what is left is no list of what there is.
    """
    try:
        known: OAuthGrants = inspection.provide("oauth_grants")
    except UnavailableError as error:
        return Grants(unknown=error)
    found, problems = Grants(), []
    for each in users:
        grants = Grants(unknown=each.error) if isinstance(each, Unreadable) else known.of(each)
        found.known += grants.known
        problems += [grants.unknown] if grants.unknown else []
    if problems and len(problems) < len(users):
        raise combined(problems)
    found.unknown = problems[0] if problems else None
    return found


@resource("users", "users")
def listed_user(inspection: Inspection) -> list[User | Unreadable]:
    """Every user; somebody must say first who belongs to the company."""
    found: list[User] = inspection.provide("users")
    access.users_by_domain(found)  # which a recording with pseudonyms does not show
    if found and inspection.snapshot.roster is None:
        manual(
            f"{_account(inspection)} has {counted(len(found), 'user')}, and nothing says who of "
            "them has left: name the personnel list with --roster or --pd-roster (pytest), or "
            "under roster in the configuration",
            cause="no-roster",
            users=len(found),
        )
    return readable(inspection, found)


@resource("users whose role is to respond", "users")
def responding_user(inspection: Inspection) -> list[User | Unreadable]:
    """Every user whose role is to respond and who accepted the invitation, or may be one."""
    found: list[User | Unreadable] = []
    for each in readable(inspection, inspection.provide("users")):
        try:
            if isinstance(each, Unreadable) or is_to_respond(each):
                found.append(each)
        except MalformedRecordError as error:
            found.append(Unreadable(each, error))
    return found


@resource("services", "services")
def service(inspection: Inspection) -> list[Service | Unreadable]:
    """Every technical service, the disabled ones too."""
    return readable(inspection, inspection.provide("services"))


@resource("escalation policies", "escalation_policies")
def escalation_policy(inspection: Inspection) -> list[EscalationPolicy | Unreadable]:
    """Every escalation policy."""
    return readable(inspection, policies(inspection))


@resource("schedules", "schedules", "shift_schedules")
def schedule(inspection: Inspection) -> list[Schedule | Unreadable]:
    """Every schedule of both kinds."""
    return readable(inspection, inspection.provide("schedules"))


@resource("escalation policies or schedules", "escalation_policies", "schedules", "shift_schedules")
def policy_or_schedule(inspection: Inspection) -> list[EscalationPolicy | Schedule | Unreadable]:
    """Every escalation policy and every schedule; a list that is unknown stands for the account."""
    found: list[EscalationPolicy | Schedule | Unreadable] = []
    for name in ("escalation_policy", "schedule"):
        try:
            found += inspection.provide(name)
        except InspectionError as error:
            found.append(Unreadable(_account(inspection), error))
    return found


@resource("integrations", "services")
def integration(inspection: Inspection) -> list[Integration | Unreadable]:
    """Every inbound integration of every service; an unreadable one stands for its service."""
    found: list[Integration | Unreadable] = []
    for service in inspection.provide("service"):
        if isinstance(service, Unreadable):
            found.append(service)
            continue
        try:
            found += readable(inspection, service.integrations, service)
        except MalformedRecordError as error:
            found.append(Unreadable(service, error))
    return found


@resource("webhook subscriptions and extensions with a URL", "extensions", "webhook_subscriptions")
def endpoint(inspection: Inspection) -> list[Endpoint | Unreadable]:
    """Everything outside that PagerDuty sends to."""
    extensions = [each for each in inspection.provide("extensions") if each.has_url]
    return readable(inspection, [*extensions, *inspection.provide("webhook_subscriptions")])


@resource(
    "webhook subscriptions and extensions with a URL or settings",
    "extensions",
    "webhook_subscriptions",
)
def receiver(inspection: Inspection) -> list[Endpoint | Unreadable]:
    """Everything outside that PagerDuty is configured to reach, with or without a URL."""
    extensions = [each for each in inspection.provide("extensions") if each.is_configured]
    return readable(inspection, [*extensions, *inspection.provide("webhook_subscriptions")])


@resource("webhook subscriptions and extensions with a URL", "extensions", "webhook_subscriptions")
def listed_endpoint(inspection: Inspection) -> list[Endpoint | Unreadable]:
    """Everything outside that PagerDuty sends to; somebody must say first which hosts are known."""
    extensions = [each for each in inspection.provide("extensions") if each.has_url]
    found: list[Endpoint] = [*extensions, *inspection.provide("webhook_subscriptions")]
    if found and not inspection.baseline.webhook_hosts:
        hosts = integrations.endpoints_by_host(found)
        manual(
            f"{_account(inspection)} sends webhooks to {counted(len(hosts), 'host')}, and nothing "
            "says which are known: list those under webhook_hosts in the configuration",
            cause="none-listed",
            endpoints_by_host=hosts,
        )
    return readable(inspection, found)


@resource("webhook subscriptions and generic webhooks", "extensions", "webhook_subscriptions")
def webhook(inspection: Inspection) -> list[Endpoint | Unreadable]:
    """Every v3 webhook subscription and every generic webhook extension."""
    extensions = inspection.provide("extensions")
    generic = [each for each in extensions if integrations.may_be_generic_webhook(each)]
    return readable(inspection, [*generic, *inspection.provide("webhook_subscriptions")])


@resource("open maintenance windows of a service in service", "maintenance_windows", "services")
def maintenance_window(inspection: Inspection) -> list[MaintenanceWindow | Unreadable]:
    """Every open maintenance window that mutes a service in service, or may do so."""
    windows: Windows = inspection.provide("open_windows")
    return [
        each
        for each in readable(inspection, windows.windows)
        if isinstance(each, Unreadable) or windows.concerns_anybody(each)
    ]


@resource("event orchestrations", "event_orchestrations")
def orchestration(inspection: Inspection) -> list[EventOrchestration | Unreadable]:
    """Every global event orchestration."""
    return readable(inspection, inspection.views(EventOrchestration, "event_orchestrations"))


@resource("users on call", "oncalls")
def on_call_user(inspection: Inspection) -> list[OnCallUser | Unreadable]:
    """Every user who is on call now; a row without a user stands for its policy."""
    users: dict[str, OnCallUser] = {}
    broken: list[Unreadable] = []
    for row in inspection.views(OnCall, "oncalls"):
        try:
            user = row.user
        except MalformedRecordError as error:
            broken.append(Unreadable(row.owner or _account(inspection), error))
        else:
            if user.id not in users or user.get("deleted_at"):
                users[user.id] = user
    return [*users.values(), *broken]


@resource(
    "users on call for a service",
    "services",
    "users",
    "escalation_policies",
    "schedules",
    "shift_schedules",
)
def responder(inspection: Inspection) -> list[User | Unreadable]:
    """Everybody on call in the coverage window for a service that is in service."""
    services = inspection.provide("service")
    found: Ring = inspection.provide("ring")
    if found.problem is not None:
        raise found.problem
    return on_call.responders(services, found.policies(), found.callers)


@resource("API keys", "audit_api_token")
def api_key(inspection: Inspection) -> list[audit_trail.ApiKeyUse | Unreadable]:
    """Every API key that the audit trail shows at work."""
    records = inspection.views_or_none(AuditRecord, "audit_api_token", NOT_IN_PLAN)
    if records is None:
        fail(f"{_account(inspection)} has no audit trail: its plan has none", cause="no-plan")
    uses = audit_trail.key_uses(records)
    if not uses:
        manual(
            "the audit trail of the last 12 months shows no API key at work, and read-only keys "
            "leave no trace: look at Integrations > API Access Keys for keys past their age",
            cause="no-trace",
        )
    return uses


@resource("grants of privileged roles", "audit_users")
def role_grant(inspection: Inspection) -> list[UserChange | Account | Unreadable]:
    """Every change that gave a privileged role, or may have; the account where there is none."""
    changes = inspection.views_or_none(UserChange, "audit_users", NOT_IN_PLAN)
    if changes is None:
        fail(f"{_account(inspection)} has no audit trail: its plan has none", cause="no-plan")
    grants = readable(inspection, filter(role_grants.may_grant, changes))
    return [*grants] or [_account(inspection)]


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
    return inspection.views(User, "users")


@shared("oauth_delegations")
def oauth_grants(inspection: Inspection) -> OAuthGrants:
    """To which clients each owner and global admin gave access."""
    return OAuthGrants(inspection.views(OAuthLookup, "oauth_delegations"))


@shared("license_allocations")
def license_allocations(inspection: Inspection) -> list[LicenseAllocation]:
    """Since when each user has a licence; nothing where no invitation is open."""
    return inspection.views(LicenseAllocation, "license_allocations")


@shared("users")
def roster(inspection: Inspection) -> PersonnelList | None:
    """The personnel list that users were compared with; None where the run has none."""
    facts = inspection.snapshot.roster
    return PersonnelList(facts, lambda: known_window(inspection).start) if facts else None


@shared("users")
def users_by_id(inspection: Inspection) -> ById[User]:
    """Every user, by id."""
    return ById(inspection.provide("users"))


@shared("services")
def services(inspection: Inspection) -> list[Service]:
    """Every technical service."""
    return inspection.views(Service, "services")


@shared("services")
def services_if_known(inspection: Inspection) -> Any:
    """A function that returns every service, or raises why that cannot be read."""
    return lambda: inspection.provide("services")


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


@shared("session_configurations")
def sessions(inspection: Inspection) -> Sessions | None:
    """What is configured for sessions; None where nothing is."""
    found = inspection.views_or_none(SessionConfiguration, "session_configurations", FEATURE_OFF)
    return None if found is None else Sessions(found)


@shared()
def account_made(inspection: Inspection) -> str:
    """When the account was made at the latest, as far as services were read anyway."""
    if not inspection.snapshot.has("services"):
        return "unknown: the services were not read"
    earliest = earliest_creation(inspection.views(Service, "services"))
    return "unknown: no service says" if earliest is None else moment_text(earliest)


@shared("escalation_policies")
def policies_by_id(inspection: Inspection) -> ById[EscalationPolicy]:
    """Every escalation policy, by id."""
    return ById(policies(inspection))


@shared("schedules", "shift_schedules")
def schedules(inspection: Inspection) -> list[Schedule]:
    """Every schedule of both kinds."""
    layered = inspection.views(LayerSchedule, "schedules")
    return [*layered, *inspection.views(ShiftSchedule, "shift_schedules")]


@shared("schedules", "shift_schedules")
def schedules_by_id(inspection: Inspection) -> ById[Schedule]:
    """Every schedule of both kinds, by id."""
    return ById(inspection.provide("schedules"))


@shared("escalation_policies")
def schedule_uses(inspection: Inspection) -> Uses:
    """Which schedules the escalation policies notify."""
    return Uses(policies(inspection))


@shared()
def known_people(inspection: Inspection) -> People:
    """Who is there and who was deleted, as far as what was read anyway shows it."""

    @cache
    def users() -> ById[User]:
        check_read(inspection, "users")
        found: ById[User] = inspection.provide("users_by_id")
        return found

    return People(users, deleted_among(references_in(inspection.snapshot)))


@shared("users")
def people(inspection: Inspection) -> People:
    """The same, for a control that cannot do without the users: a verdict may hang on them."""
    found: People = inspection.provide("known_people")
    return found


@shared("users", "schedules", "shift_schedules")
def responders(inspection: Inspection) -> Responders:
    """Who can be notified, in the coverage window."""
    inspection.records("users")  # nobody can be told to be reachable without them
    return Responders(
        inspection.provide("known_people"),
        inspection.provide("schedules_by_id"),
        inspection.coverage_window,
    )


@shared("escalation_policies", "schedules", "shift_schedules", "users")
def coverage(inspection: Inspection) -> Coverage:
    """Who is on call when, on schedules and on escalation levels."""
    return Coverage(
        inspection.provide("schedule_uses"),
        inspection.provide("schedules_by_id"),
        inspection.provide("known_people"),
        inspection.coverage_window,
        by_level=inspection.baseline.coverage_scope == "level",
    )


@shared("services", "escalation_policies")
def usage(inspection: Inspection) -> Usage:
    """Who uses policies and schedules; what cannot be read, it says when asked."""
    return Usage(
        lambda: PolicyUses(inspection.views(Service, "services")),
        lambda: inspection.provide("schedule_uses"),
    )


@shared("maintenance_windows", "services")
def open_windows(inspection: Inspection) -> Windows:
    """Every open maintenance window; the services that it may mute are read when asked for."""
    return Windows(
        inspection.views(MaintenanceWindow, "maintenance_windows"),
        lambda: ById(inspection.provide("services")),
    )


@shared("users", "escalation_policies", "schedules", "shift_schedules")
def duties(inspection: Inspection) -> Duties:
    """Who is named and cannot take a call; what cannot be read, it says when asked."""
    inspection.records("users")  # nobody can be told to be there without them
    return Duties(inspection.provide("known_people"), lambda: known_window(inspection))


@shared("escalation_policies", "schedules", "shift_schedules")
def participation(inspection: Inspection) -> Participation:
    """Who has an on-call duty, and where."""
    return Participation(
        policies(inspection), inspection.provide("schedules"), known_window(inspection)
    )


def known_window(inspection: Inspection) -> Interval:
    """Return the coverage window.

    Raises:
        InspectionError: Nobody knows when the account was read.
    """
    if inspection.snapshot.clock:
        raise InspectionError(inspection.snapshot.clock)
    return inspection.coverage_window


KINDS: dict[str, type[Schedule]] = {"schedules": LayerSchedule, "shift_schedules": ShiftSchedule}
"""Data set → the kind of schedules that it holds."""


@shared(
    "services",
    "users",
    "escalation_policies",
    "schedules",
    "shift_schedules",
    "maintenance_windows",
    "abilities",
)
def ring(inspection: Inspection) -> Ring:
    """Whom an incident of any moment would call; what cannot be read, it says when asked."""
    found: list[Schedule] = []
    unread: InspectionError | None = None
    for name, kind in KINDS.items():
        try:
            found += inspection.views(kind, name)
        except InspectionError as error:
            unread = error
    known = inspection.provide("known_people")
    baseline = inspection.baseline
    window = inspection.coverage_window
    methods = ring_methods(baseline.ring_methods)
    return Ring(
        lambda: inspection.provide("policies_by_id"),
        Callers(known, ById(found), window, methods, unread),
        maintenance(inspection),
        inspection.provide("known_abilities"),
        Limits(baseline.max_minutes_to_first_person, baseline.max_minutes_to_second_person),
        why_nobody_can_tell(inspection),
    )


def maintenance(inspection: Inspection) -> Maintenance:
    """Return when services open no incidents; that it cannot be read spares the controls."""
    try:
        return Maintenance(inspection.views(MaintenanceWindow, "maintenance_windows"))
    except InspectionError as error:
        return Maintenance([], error)


def why_nobody_can_tell(inspection: Inspection) -> InspectionError | None:
    """Return why it is unknown of every service whom its incidents call; None where it is not.

    A list of schedules is needed where a policy notifies one of its kind.
    """
    if inspection.snapshot.clock:
        return InspectionError(inspection.snapshot.clock)
    try:
        inspection.records("users")
        for name in kinds_in_use(policies(inspection)):
            inspection.records(name)
    except InspectionError as error:
        return error
    return None


def kinds_in_use(found: Iterable[EscalationPolicy]) -> set[str]:
    """Return the data sets of the kinds of schedules that policies notify, as far as they say."""
    used: set[str] = set()
    for policy in found:
        for rule in policy.shown_rules:
            for target in rule.shown_targets:
                if target.is_schedule:
                    is_v3 = str(target.record.get("type")).startswith("schedule_v3")
                    used.add("shift_schedules" if is_v3 else "schedules")
    return used


@shared("incident_workflows", "incident_workflow_triggers")
def incident_workflows(inspection: Inspection) -> WorkflowCoverage:
    """Which services an enabled incident workflow listens to."""
    workflows = inspection.views_or_none(IncidentWorkflow, "incident_workflows", NOT_IN_PLAN)
    triggers = inspection.views_or_none(WorkflowTrigger, "incident_workflow_triggers", NOT_IN_PLAN)
    if workflows is None or triggers is None:
        fail(
            f"{_account(inspection)} has no incident workflows: its plan has none", cause="no-plan"
        )
    return WorkflowCoverage(workflows, triggers)


@shared("services", "business_service_dependencies")
def critical_services(inspection: Inspection) -> CriticalServices:
    """The critical services; somebody must designate them first."""
    lookups = inspection.views(DependencyLookup, "business_service_dependencies")
    services = [each for each in inspection.provide("service") if isinstance(each, Service)]
    critical = CriticalServices(services, lookups, inspection.baseline.critical_services)
    if services and critical.is_empty:
        manual(
            "no service is known to be critical: list them under critical_services in the "
            "configuration, or let them support a business service in PagerDuty",
            cause="none-critical",
        )
    return critical


@shared("business_service_dependencies", "technical_service_dependencies")
def dependencies(inspection: Inspection) -> DependencyMap:
    """The services that stand on a dependency edge."""
    return DependencyMap(
        inspection.views(DependencyLookup, "business_service_dependencies"),
        inspection.views(DependencyLookup, "technical_service_dependencies"),
    )


@shared()
def services_behind(inspection: Inspection) -> ServicesBehind:
    """How many services stand behind a resource, as far as what was read anyway shows it.

    The data sets that it looks at are ``REACH`` of ``pagerduty/data_sets/table.py``.
    """

    def read_services() -> list[Service]:
        return views_if_read(inspection, Service, "services")

    def read_critical() -> CriticalServices:
        readable = [each for each in inspection.provide("service") if isinstance(each, Service)]
        try:
            name = "business_service_dependencies"
            lookups = views_if_read(inspection, DependencyLookup, name)
        except InspectionError as error:
            return CriticalServices(readable, [], inspection.baseline.critical_services, error)
        return CriticalServices(readable, lookups, inspection.baseline.critical_services)

    def read_schedules() -> list[Schedule]:
        for name in ("schedules", "shift_schedules"):
            check_read(inspection, name)
        found: list[Schedule] = inspection.provide("schedules")
        return found

    return ServicesBehind(
        Sources(
            services=read_services,
            critical=read_critical,
            policies=lambda: views_if_read(inspection, EscalationPolicy, "escalation_policies"),
            schedules=read_schedules,
            extensions=lambda: views_if_read(inspection, Extension, "extensions"),
            subscriptions=lambda: views_if_read(
                inspection, WebhookSubscription, "webhook_subscriptions"
            ),
            windows=lambda: views_if_read(inspection, MaintenanceWindow, "maintenance_windows"),
            routers=lambda: views_if_read(inspection, Router, "orchestration_routers"),
            as_of=inspection.as_of,
        )
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
def priorities(inspection: Inspection) -> list[Priority] | None:
    """Every incident priority; None where the account's plan has none."""
    return inspection.views_or_none(Priority, "priorities", NOT_IN_PLAN, FEATURE_OFF)


@shared("incidents")
def incidents_if_known(inspection: Inspection) -> Any:
    """A function that returns a sample of the incidents of the last 30 days, or raises."""
    return lambda: inspection.views(Incident, "incidents")


@shared("extensions")
def extensions(inspection: Inspection) -> list[Extension]:
    """Every extension."""
    return inspection.views(Extension, "extensions")


@shared("extension_details")
def deliveries(inspection: Inspection) -> integrations.Deliveries:
    """Which extensions PagerDuty still delivers to; what cannot be read, it says when asked."""
    return integrations.Deliveries(
        lambda: ById(inspection.views(ExtensionDetails, "extension_details"))
    )


@shared("orchestration_routers", "orchestration_unrouted", "services")
def routing(inspection: Inspection) -> Routing:
    """Where event orchestrations send events to, and the services that may get them."""
    return Routing(
        ById(inspection.views(Router, "orchestration_routers")),
        ById(inspection.views(Unrouted, "orchestration_unrouted")),
        ById(inspection.provide("services")),
    )


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


V = TypeVar("V", bound=View)


def readable(
    inspection: Inspection, views: Iterable[V], owner: View | None = None
) -> list[V | Unreadable]:
    """Return *views*; one without an id stands for its *owner*, or for the account."""
    found: list[V | Unreadable] = []
    for view in views:
        try:
            _ = view.id
        except MalformedRecordError as error:
            found.append(Unreadable(owner or _account(inspection), error))
        else:
            found.append(view)
    return found


def those(holds: Callable[[V], bool], views: Iterable[V | Unreadable]) -> list[V | Unreadable]:
    """Return the views for which something holds; one that does not tell is an error of its own."""
    found: list[V | Unreadable] = []
    for view in views:
        if isinstance(view, Unreadable):
            found.append(view)
            continue
        try:
            if holds(view):
                found.append(view)
        except MalformedRecordError as error:
            found.append(Unreadable(view, error))
    return found


def views_if_read(inspection: Inspection, kind: type[V], name: str) -> list[V]:
    """Return the records of a data set as views.

    Raises:
        InspectionError: No selected control needed it, or it could not be read.
    """
    check_read(inspection, name)
    return inspection.views(kind, name)


def check_read(inspection: Inspection, name: str) -> None:
    """Make sure that somebody read a data set, or tried to.

    Raises:
        InspectionError: No selected control needed it.
    """
    if name not in inspection.snapshot.data:
        raise InspectionError(f"the {name.replace('_', ' ')} were not read")


def policies(inspection: Inspection) -> list[EscalationPolicy]:
    """Return every escalation policy."""
    return inspection.views(EscalationPolicy, "escalation_policies")


def references_in(snapshot: Snapshot) -> Iterator[Reference]:
    """Yield every reference to a person in what was read, wherever one may stand."""
    for name in ("escalation_policies", "schedules", "shift_schedules", "oncalls"):
        if snapshot.has(name):
            told = [each for each in snapshot.records(name) if may_say_deleted(each)]
            yield from map(Reference, records_within(told))


def may_say_deleted(record: Any) -> bool:
    """Tell whether a walk through plain JSON would meet something deleted, in a tenth of its time.

    Most records name nobody who is.
    """
    try:
        text = msgspec.json.encode(record)
    except UnicodeEncodeError:  # half a character
        return True
    return text.count(b'"deleted_at":') > text.count(b'"deleted_at":null')


def records_within(value: Record | list[Any]) -> Iterator[Record]:
    """Yield every object in plain JSON that says when it was deleted; a shift's by its user."""
    left: list[Any] = [value]
    while left:
        each = left.pop()
        if type(each) is dict and each.get("deleted_at") is not None:
            yield each if "id" in each else {**each, "id": each.get("user_id")}
        inside = each.values() if type(each) is dict else each
        left += [further for further in inside if type(further) in HOLDERS]


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
    if inspection.snapshot.clock:
        raise InspectionError(inspection.snapshot.clock)
    return inspection.as_of
