"""The thresholds that an organisation may set."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from pdsec_checks.model import LONGEST_PERIOD, LONGEST_WINDOW

Days = Annotated[
    int,
    Meta(
        ge=1,
        le=LONGEST_PERIOD,
        description=f"a whole number of days from 1 to {LONGEST_PERIOD}, which is ten years",
    ),
]
LARGEST_COUNT = 10_000
Count = Annotated[
    int,
    Meta(ge=0, le=LARGEST_COUNT, description=f"a whole number from 0 to {LARGEST_COUNT}"),
]
Percent = Annotated[float, Meta(ge=0, le=100, description="a number from 0 to 100")]
WindowDays = Annotated[
    int,
    Meta(
        ge=1,
        le=LONGEST_WINDOW,
        description=f"a whole number of days from 1 to {LONGEST_WINDOW}",
    ),
]
AuditDays = Annotated[
    int,
    Meta(
        ge=1,
        le=LONGEST_PERIOD,
        description=f"a whole number of days from 1 to {LONGEST_PERIOD}, which is ten years; "
        "PagerDuty itself keeps audit records for 365",
    ),
]


ReviewDays = Annotated[
    int,
    Meta(
        ge=1,
        le=365,
        description="a whole number of days from 1 to 365, for which PagerDuty keeps audit records",
    ),
]
Minutes = Annotated[
    int,
    Meta(ge=1, le=1440, description="a whole number of minutes from 1 to 1440, which is a day"),
]
Loops = Annotated[
    int,
    Meta(ge=0, le=9, description="a whole number from 0 to 9, the most that PagerDuty allows"),
]
Hours = Annotated[
    int,
    Meta(ge=1, le=8760, description="a whole number of hours from 1 to 8760, which is a year"),
]
RingMethod = Literal[
    "phone",
    "sms",
    "push",
    "whatsapp",
    "phone_contact_method",
    "sms_contact_method",
    "push_notification_contact_method",
    "whatsapp_contact_method",
]
"""A kind of contact method; PagerDuty's own names for them are accepted as well."""
RingMethods = Annotated[
    tuple[RingMethod, ...],
    Meta(min_length=1, description="a list of phone, sms, push and whatsapp, with one at least"),
]


FirstRing = Annotated[
    int,
    Meta(ge=0, le=1440, description="a whole number of minutes from 0 to 1440, which is a day"),
]
WayCount = Annotated[int, Meta(ge=1, le=4, description="a whole number from 1 to 4")]
RequiredMethods = Annotated[
    tuple[RingMethod, ...], Meta(description="a list of phone, sms, push and whatsapp")
]
Domains = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(\*\.)?[^\s*@/:]+$")], ...],
    Meta(description="a list of domains, such as acme.example and *.acme.example"),
]


Hosts = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(\*\.)?[^\s*@/]+$")], ...],
    Meta(description="a list of hosts, such as hooks.acme.example and *.acme.example"),
]


Clients = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description="a list of client ids of OAuth apps"),
]


OF_EXTENDED = (
    "audit_review_days",
    "email_domains",
    "max_first_ring_minutes",
    "max_invitation_days",
    "max_maintenance_hours",
    "max_minutes_to_first_person",
    "max_minutes_to_second_person",
    "max_web_idle_minutes",
    "max_web_session_hours",
    "min_administrators",
    "min_policy_loops",
    "min_ring_methods",
    "oauth_clients",
    "required_ring_methods",
    "ring_methods",
    "schedule_runway_days",
    "webhook_hosts",
)
"""The thresholds that only controls of the extended set go by."""


class Baseline(Struct, frozen=True, forbid_unknown_fields=True):
    """The thresholds an organisation may set; the defaults are the product's."""

    min_admins: Count = 3
    """This many privileged users are always fine."""
    max_admin_percent: Percent = 10
    """Beyond ``min_admins``, the share of all users that may be privileged, in percent; a whole
    number is read as one, as people write it: 100, not 100.0."""
    min_escalation_levels: Count = 2
    require_escalation_repeat: bool = False
    """Whether a policy that runs its rules only once is a finding."""
    schedule_coverage_days: WindowDays = 30
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
    audit_retention_days: AuditDays = 365
    api_key_max_age: Days = 90
    """Days after which an API key must have been replaced."""
    change_event_days: Days = 90
    max_minutes_to_first_person: Minutes = 15
    """Minutes within which an incident must ring somebody."""
    max_minutes_to_second_person: Minutes = 30
    """Minutes within which it must ring somebody else, if the first does not react: PagerDuty's
    own default delay of an escalation rule. Not below ``max_minutes_to_first_person``."""
    ring_methods: RingMethods = ("phone", "sms", "push", "whatsapp")
    """The contact methods that ring; e-mail wakes nobody."""

    schedule_runway_days: Days = 90
    """Days for which an on-call schedule in use must go on: a quarter."""
    min_ring_methods: WayCount = 2
    """Different ways in which everybody on call must be rung."""
    required_ring_methods: RequiredMethods = ()
    """Ways that everybody on call must have; each one of ``ring_methods``."""
    max_first_ring_minutes: FirstRing = 1
    """Minutes from an assignment to the first ring of each person on call."""
    min_policy_loops: Loops = 1
    """How often a policy must start again when nobody reacts."""
    webhook_hosts: Hosts = ()
    """The hosts that webhooks may go to: exact, or ``*.`` for all below one; without a port."""
    max_maintenance_hours: Hours = 24
    """Hours for which maintenance windows, one after the other, may mute a service."""
    email_domains: Domains = ()
    """The domains of the company's mail addresses: exact, or ``*.`` for all below one."""
    min_administrators: Count = 2
    """Owners and global admins without whom the account must not be left."""
    max_web_idle_minutes: Minutes = 30
    """Minutes without activity after which a session of the web app must have ended."""
    max_web_session_hours: Hours = 12
    """Hours after which it must have ended in any case; both limits are those of NIST SP 800-63B
    (revision 3) for AAL2."""

    audit_review_days: ReviewDays = 90
    """Days before as_of whose grants of privileged roles must have been reviewed: a quarter."""
    max_invitation_days: Days = 14
    """Days for which an invitation may stay open."""
    oauth_clients: Clients = ()
    """The ids of the OAuth clients that administrators may give access to."""

    def __post_init__(self) -> None:
        """Make a whole percentage a whole number, whatever it was read from."""
        if self.max_admin_percent == int(self.max_admin_percent):
            force_setattr(self, "max_admin_percent", int(self.max_admin_percent))

    @property
    def contradiction(self) -> str:
        """Why two thresholds cannot both hold, and the way out; empty where all can."""
        known = {each.partition("_")[0] for each in self.ring_methods}
        missing = [
            each for each in self.required_ring_methods if each.partition("_")[0] not in known
        ]
        if missing:
            return (
                f"required_ring_methods names {missing[0]}, which ring_methods does not: add it "
                "there, or take it out here"
            )
        first, second = self.max_minutes_to_first_person, self.max_minutes_to_second_person
        if first <= second:
            return ""
        return (
            f"max_minutes_to_second_person ({second}) is below max_minutes_to_first_person "
            f"({first}): nobody can be the second before the first; raise the one or lower the "
            "other"
        )
