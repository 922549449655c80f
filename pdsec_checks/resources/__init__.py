"""Typed views of PagerDuty's records: what controls and reports read of them."""

from pdsec_checks.resources.automation import (
    Endpoint,
    Extension,
    IncidentWorkflow,
    WebhookSubscription,
    WorkflowTrigger,
)
from pdsec_checks.resources.history import ApiKey, AuditRecord, ChangeEvent
from pdsec_checks.resources.people import (
    PRIVILEGED_ROLES,
    ROLES,
    STAKEHOLDER_ROLES,
    ContactMethod,
    NotificationRule,
    OnCall,
    OnCallUser,
    Reference,
    User,
)
from pdsec_checks.resources.schedules import (
    EscalationPolicy,
    EscalationRule,
    LayerSchedule,
    Member,
    Schedule,
    Shift,
    ShiftSchedule,
    Target,
)
from pdsec_checks.resources.services import (
    SENDER_MODES,
    SERVICE_STATUSES,
    Dependency,
    Integration,
    Service,
)
from pdsec_checks.resources.text import NAME_LENGTH, parse_moment, printable, split_url
from pdsec_checks.resources.view import NO_OBJECT, UNREAD, Account, ById, Unreadable, View

__all__ = [
    "NAME_LENGTH",
    "NO_OBJECT",
    "PRIVILEGED_ROLES",
    "ROLES",
    "SENDER_MODES",
    "SERVICE_STATUSES",
    "STAKEHOLDER_ROLES",
    "UNREAD",
    "Account",
    "ApiKey",
    "AuditRecord",
    "ById",
    "ChangeEvent",
    "ContactMethod",
    "Dependency",
    "Endpoint",
    "EscalationPolicy",
    "EscalationRule",
    "Extension",
    "IncidentWorkflow",
    "Integration",
    "LayerSchedule",
    "Member",
    "NotificationRule",
    "OnCall",
    "OnCallUser",
    "Reference",
    "Schedule",
    "Service",
    "Shift",
    "ShiftSchedule",
    "Target",
    "Unreadable",
    "User",
    "View",
    "WebhookSubscription",
    "WorkflowTrigger",
    "parse_moment",
    "printable",
    "split_url",
]
