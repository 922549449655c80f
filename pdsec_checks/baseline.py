"""The thresholds that an organisation may set."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Days = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]


class Baseline(Struct, frozen=True, forbid_unknown_fields=True):
    """The thresholds an organisation may set; the defaults are the product's."""

    min_admins: Count = 3
    """This many privileged users are always fine."""
    max_admin_percent: Annotated[float, Meta(ge=0, le=100)] = 10
    """Beyond ``min_admins``, the share of all users that may be privileged, in percent."""
    min_escalation_levels: Count = 2
    require_escalation_repeat: bool = False
    """Whether a policy that runs its rules only once is a finding."""
    schedule_coverage_days: Annotated[int, Meta(ge=1, le=90)] = 30
    """Length of the coverage window in days, counted from as_of."""
    coverage_scope: Literal["level", "schedule"] = "level"
    """Whether schedules of one escalation level may complete each other."""
    min_schedule_participants: Count = 2
    critical_services: tuple[str, ...] = ()
    """Ids or name patterns of services that must have an incident workflow."""
    refused_integration_types: tuple[str, ...] = (
        "cloudkick_inbound_integration",
        "keynote_inbound_integration",
        "sql_monitor_inbound_integration",
    )
    """Types of integrations that nobody should use: products that are gone."""
    audit_retention_days: Days = 365
    api_key_max_age: Days = 90
    """Days after which an API key must have been replaced."""
    change_event_days: Days = 90
