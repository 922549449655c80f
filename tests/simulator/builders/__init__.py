"""Builders of records: name only what matters, the rest is healthy and made up.

Everywhere a record may name another one, a record, a reference or a bare id will do. An id
that is not given depends on the name, so that two runs agree. Further keyword arguments
become fields; :data:`~tests.simulator.records.ABSENT` leaves a field out.
"""

from tests.simulator.builders.automation import (
    a_route,
    a_trigger,
    a_webhook_subscription,
    a_workflow,
    an_extension,
    an_orchestration,
)
from tests.simulator.builders.common import LONG_AGO, Thing
from tests.simulator.builders.history import (
    a_change_event,
    a_priority,
    an_api_key,
    an_audit_record,
    an_incident,
)
from tests.simulator.builders.people import (
    a_contact_method,
    a_deleted_user,
    a_license_allocation,
    a_notification_rule,
    a_team,
    a_user,
    an_oauth_delegation,
)
from tests.simulator.builders.schedules import (
    a_layer,
    a_layer_schedule,
    a_member,
    a_policy,
    a_restriction,
    a_rotation,
    a_shift_schedule,
    an_event,
    an_override,
)
from tests.simulator.builders.services import (
    ALWAYS_HIGH,
    EMAIL,
    EVENTS_V2,
    SEVERITY_BASED,
    SUPPORT_HOURS,
    a_business_service,
    a_dependency,
    a_maintenance_window,
    a_service,
    an_email_filter,
    an_email_integration,
    an_integration,
    support_hours,
)

__all__ = [
    "ALWAYS_HIGH",
    "EMAIL",
    "EVENTS_V2",
    "LONG_AGO",
    "SEVERITY_BASED",
    "SUPPORT_HOURS",
    "Thing",
    "a_business_service",
    "a_change_event",
    "a_contact_method",
    "a_deleted_user",
    "a_dependency",
    "a_layer",
    "a_layer_schedule",
    "a_license_allocation",
    "a_maintenance_window",
    "a_member",
    "a_notification_rule",
    "a_policy",
    "a_priority",
    "a_restriction",
    "a_rotation",
    "a_route",
    "a_service",
    "a_shift_schedule",
    "a_team",
    "a_trigger",
    "a_user",
    "a_webhook_subscription",
    "a_workflow",
    "an_api_key",
    "an_audit_record",
    "an_email_filter",
    "an_email_integration",
    "an_event",
    "an_extension",
    "an_incident",
    "an_integration",
    "an_oauth_delegation",
    "an_orchestration",
    "an_override",
    "support_hours",
]
