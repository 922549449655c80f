"""Typed views of PagerDuty's records: what controls and reports read of them."""

from pdsec_checks.resources.automation import (
    Endpoint,
    Extension,
    IncidentWorkflow,
    WebhookSubscription,
    WorkflowTrigger,
)
from pdsec_checks.resources.history import ApiKey, AuditRecord, ChangeEvent, Incident
from pdsec_checks.resources.people import (
    PRIVILEGED_ROLES,
    ROLES,
    STAKEHOLDER_ROLES,
    ContactMethod,
    NotificationRule,
    OnCall,
    User,
)
from pdsec_checks.resources.schedules import (
    EscalationPolicy,
    EscalationRule,
    LayerSchedule,
    Schedule,
    ShiftSchedule,
    Target,
    member_id,
)
from pdsec_checks.resources.services import (
    SENDER_MODES,
    SERVICE_STATUSES,
    Dependency,
    DependencyLookup,
    Integration,
    Service,
)
from pdsec_checks.resources.text import NAME_LENGTH, parse_moment, printable, split_url
from pdsec_checks.resources.view import UNREAD, Account, View

__all__ = [
    "NAME_LENGTH",
    "PRIVILEGED_ROLES",
    "ROLES",
    "SENDER_MODES",
    "SERVICE_STATUSES",
    "STAKEHOLDER_ROLES",
    "UNREAD",
    "Account",
    "ApiKey",
    "AuditRecord",
    "ChangeEvent",
    "ContactMethod",
    "Dependency",
    "DependencyLookup",
    "Endpoint",
    "EscalationPolicy",
    "EscalationRule",
    "Extension",
    "Incident",
    "IncidentWorkflow",
    "Integration",
    "LayerSchedule",
    "NotificationRule",
    "OnCall",
    "Schedule",
    "Service",
    "ShiftSchedule",
    "Target",
    "User",
    "View",
    "WebhookSubscription",
    "WorkflowTrigger",
    "member_id",
    "parse_moment",
    "printable",
    "split_url",
]
