"""Typed views of PagerDuty's records.

A view checks a field when it is first read, not before: a record with one broken field
still answers for all the others, so that only the controls that need the field cannot
judge. Fields that the API guarantees are required; those it may omit say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, TypeVar, overload
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import ACCOUNT, Interval, Record, ResourceRef

T = TypeVar("T")
NAME_LENGTH = 80
"""Characters of a display name that a message repeats."""

UNREAD = "pdsec:unread"
"""Key under which a reader notes why the rest of a record could not be read."""

ROLES = frozenset(
    {
        "admin",
        "limited_user",
        "observer",
        "owner",
        "read_only_limited_user",
        "read_only_user",
        "restricted_access",
        "user",
    }
)
SERVICE_STATUSES = frozenset({"active", "critical", "disabled", "maintenance", "warning"})
SENDER_MODES = frozenset({"always", "match", "no-match"})
PRIVILEGED_ROLES = frozenset({"owner", "admin"})
STAKEHOLDER_ROLES = frozenset({"read_only_user", "read_only_limited_user"})


def printable(text: str) -> str:
    """Return *text* with control and formatting characters escaped, cut to a bearable length."""
    short = text if len(text) <= NAME_LENGTH else f"{text[:NAME_LENGTH]}…"
    return short if short.isprintable() else repr(short)[1:-1]


def split_url(text: str) -> SplitResult | None:
    """Return the parts of a URL; None when it is none."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def parse_moment(text: str) -> datetime:
    """Return the moment, in UTC, of an ISO 8601 text.

    Raises:
        ValueError: The text is no timestamp, or has no UTC offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return moment.astimezone(UTC)


def _quoted(name: str) -> str:
    """Return a display name as messages print it."""
    return repr(name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}…")


class View:
    """A lazy, typed view of one record."""

    kind: ClassVar[str] = "record"
    label: ClassVar[str] = ""
    """How messages call it; the kind with spaces unless a subclass says otherwise."""

    def __init__(self, record: Record, where: str = "") -> None:
        self.record = record
        self._where = where

    @overload
    def read(self, name: str, kind: type[T]) -> T: ...
    @overload
    def read(self, name: str, kind: object) -> Any: ...

    def read(self, name: str, kind: Any) -> Any:
        """Return the field *name*, which must be there and of type *kind*.

        Raises:
            MalformedRecordError: It is missing, or of another type.
        """
        if name not in self.record:
            if UNREAD in self.record:
                raise UnavailableError(**self.record[UNREAD])
            raise MalformedRecordError(f"{self}: PagerDuty sent no field {name!r}")
        try:
            return msgspec.convert(self.record[name], kind)
        except msgspec.ValidationError as error:
            raise MalformedRecordError(f"{self}: field {name!r} is malformed: {error}") from None

    def read_one_of(self, name: str, known: Collection[str]) -> str:
        """Return the field *name*, which must be one of the *known* texts.

        Raises:
            MalformedRecordError: It is missing, or a text that PagerDuty does not document:
                nobody knows what that means for a verdict.
        """
        text = self.read(name, str)
        if text not in known:
            raise MalformedRecordError(f"{self}: field {name!r} is unknown: {printable(text)!r}")
        return text

    def read_optional(self, name: str, kind: Any, default: Any = None) -> Any:
        """Return the field *name*, or *default* when the record does not have it."""
        return self.read(name, kind) if name in self.record else default

    def moment(self, name: str, *, optional: bool = False) -> datetime | None:
        """Return the timestamp in the field *name*; None only for a null that may be there."""
        text: str | None = self.read(name, str | None if optional else str)
        if text is None:
            return None
        try:
            return parse_moment(text)
        except ValueError as error:
            raise MalformedRecordError(f"{self}: field {name!r}: {error}") from None

    def nested(self, name: str) -> Iterator[View]:
        """Yield a view of each object in the list *name*."""
        for record in self.read(name, list[dict[str, Any]]):
            yield View(record, f"{self}: {name}")

    @property
    def id(self) -> str:
        """PagerDuty's id; readers make sure that every record of a list has one."""
        return self.read("id", str)

    @property
    def name(self) -> str:
        """The display name: ``name``, else ``summary``, else nothing."""
        for key in ("name", "summary"):
            if isinstance(self.record.get(key), str):
                return str(self.record[key])
        return ""

    @property
    def url(self) -> str | None:
        """Where a person sees it in PagerDuty; None when the record does not say."""
        url = self.record.get("html_url")
        return url if isinstance(url, str) and url.startswith("https://") else None

    @property
    def ref(self) -> ResourceRef:
        """The address that reports print."""
        return ResourceRef(self.kind, self.id, self.name, self.url)

    def __str__(self) -> str:
        """Name the record in a message; control characters come out escaped."""
        if self._where:
            return self._where
        label = self.label or self.kind.replace("_", " ")
        return f"{label} {_quoted(self.name)} ({printable(str(self.record.get('id')))})"

    __repr__ = __str__  # tracebacks must not print API payloads


class Account(View):
    """The account as a whole; the resource of every control that counts or asks once."""

    kind = ACCOUNT

    def __init__(self, web_host: str | None = None) -> None:
        url = f"https://{web_host}" if web_host else None
        name = (web_host or "").split(".")[0]
        super().__init__({"id": ACCOUNT, "name": name, "html_url": url})

    def __str__(self) -> str:
        return f"account {_quoted(self.name)}" if self.name else "the account"

    __repr__ = __str__


class User(View):
    """One user with contact methods and notification rules (operationId ``listUsers``)."""

    kind = "user"

    @cached_property
    def role(self) -> str:
        """The base role, for instance ``owner``, ``admin`` or ``read_only_user``."""
        return self.read_one_of("role", ROLES)

    @property
    def is_privileged(self) -> bool:
        """Whether the role may change everything."""
        return self.role in PRIVILEGED_ROLES

    @property
    def is_stakeholder(self) -> bool:
        """Whether the role only watches; such a user cannot be on call."""
        return self.role in STAKEHOLDER_ROLES

    @property
    def is_pending(self) -> bool:
        """Whether the invitation is still open, so that the user never logged in."""
        return self.read("invitation_sent", bool)

    @property
    def created_via_sso(self) -> bool | None:
        """None where PagerDuty does not say."""
        value: bool | None = self.read_optional("created_via_sso", bool | None)
        return value

    @property
    def team_ids(self) -> list[str]:
        """The teams the user belongs to."""
        return [team.read("id", str) for team in self.nested("teams")]

    @property
    def contact_methods(self) -> list[ContactMethod]:
        """All ways to reach the user."""
        records = self.read("contact_methods", list[dict[str, Any]])
        return [ContactMethod(record, f"{self}: a contact method") for record in records]

    @property
    def notification_rules(self) -> list[NotificationRule]:
        """The user's own notification rules."""
        records = self.read("notification_rules", list[dict[str, Any]])
        return [NotificationRule(record, f"{self}: a notification rule") for record in records]


class ContactMethod(View):
    """One way to reach a user."""

    @property
    def type(self) -> str:
        """For instance ``phone_contact_method``; never a bare reference.

        Raises:
            MalformedRecordError: PagerDuty answered with a reference, which says nothing
                about whether the method works.
        """
        kind = self.read("type", str)
        if kind.endswith("_reference"):
            raise MalformedRecordError(f"{self} came back as a reference, without its details")
        if not kind.endswith("_contact_method"):
            raise MalformedRecordError(f"{self} is of an unknown kind: {printable(kind)!r}")
        return kind

    @property
    def is_usable(self) -> bool:
        """Whether PagerDuty can page somebody through it; e-mail wakes nobody."""
        if self.type == "email_contact_method":
            return False
        enabled = self.read_optional("enabled", bool, default=True)
        return bool(enabled) and not self.read_optional("blacklisted", bool, default=False)


class NotificationRule(View):
    """One rule of a user: which urgency goes to which contact method."""

    @property
    def urgency(self) -> str:
        """``high`` or ``low``."""
        return self.read("urgency", str)

    @property
    def contact_method_id(self) -> str | None:
        """None when the rule has no contact method."""
        method = self.read_optional("contact_method", dict[str, Any] | None)
        return View(method, str(self)).read("id", str) if method else None


class Service(View):
    """One technical service with its integrations (operationId ``listServices``)."""

    kind = "service"

    @property
    def in_service(self) -> bool:
        """Whether it can open incidents at all: anything but ``disabled``."""
        return self.read_one_of("status", SERVICE_STATUSES) != "disabled"

    @property
    def escalation_policy_id(self) -> str | None:
        """None when no policy is assigned."""
        policy = self.read("escalation_policy", dict[str, Any] | None)
        return View(policy, f"{self}: escalation_policy").read("id", str) if policy else None

    @property
    def integrations(self) -> list[Integration]:
        """Every inbound integration."""
        return [
            Integration(record, self) for record in self.read("integrations", list[dict[str, Any]])
        ]

    @property
    def acknowledgement_timeout(self) -> int | None:
        """Seconds until an acknowledged incident is triggered again; None and 0: never."""
        return self._timeout("acknowledgement_timeout")

    @property
    def auto_resolve_timeout(self) -> int | None:
        """Seconds until an open incident resolves itself; None and 0: never."""
        return self._timeout("auto_resolve_timeout")

    def _timeout(self, name: str) -> int | None:
        seconds: int | None = self.read(name, Annotated[int, Meta(ge=0)] | None)
        return seconds

    @property
    def urgency_rule(self) -> str:
        """``constant high``, ``constant low``, ``severity_based`` or ``support hours``."""
        rule = View(self.read("incident_urgency_rule", dict[str, Any]), f"{self}: urgency rule")
        kind = rule.read("type", str)
        if kind == "use_support_hours":
            return "support hours"
        urgency = rule.read("urgency", str)
        if kind != "constant" or urgency not in {"high", "low", "severity_based"}:
            raise MalformedRecordError(f"{rule} is of an unknown kind: {kind!r}, {urgency!r}")
        return urgency if urgency == "severity_based" else f"constant {urgency}"


class Integration(View):
    """One inbound integration of a service."""

    kind = "integration"

    def __init__(self, record: Record, service: Service) -> None:
        super().__init__(record)
        self.service = service

    @property
    def is_reference(self) -> bool:
        """Whether PagerDuty sent only the address, without the settings."""
        return self.read("type", str).endswith("_reference")

    @property
    def type(self) -> str:
        """For instance ``events_api_v2_inbound_integration``."""
        kind = self.read("type", str).removesuffix("_reference")
        if not kind.endswith("_inbound_integration"):
            raise MalformedRecordError(f"{self} is of an unknown kind: {printable(kind)!r}")
        return kind

    @property
    def email_filter_mode(self) -> str:
        """``all-email``, which is also the meaning of none, or one of the ``rules`` modes."""
        if self.is_reference:
            raise MalformedRecordError(f"{self} came back as a reference, without its settings")
        return self.read_optional("email_filter_mode", str | None) or "all-email"

    @property
    def email_filters(self) -> list[View]:
        """What mail has to look like; empty where there are none."""
        return list(self.nested("email_filters")) if self.record.get("email_filters") else []


class EscalationPolicy(View):
    """One escalation policy (operationId ``listEscalationPolicies``)."""

    kind = "escalation_policy"

    @cached_property
    def rules(self) -> list[EscalationRule]:
        """The rules, first to last."""
        records = self.read("escalation_rules", list[dict[str, Any]])
        return [EscalationRule(record, f"{self}: an escalation rule") for record in records]

    @property
    def num_loops(self) -> int:
        """How often the rules run again after the last one."""
        return self.read("num_loops", int)


class EscalationRule(View):
    """One rule of an escalation policy."""

    @cached_property
    def targets(self) -> list[Target]:
        """Whom the rule notifies."""
        return [
            Target(record, f"{self}: a target")
            for record in self.read("targets", list[dict[str, Any]])
        ]

    @property
    def target_ids(self) -> frozenset[str]:
        """The ids of the targets, without their order."""
        return frozenset(target.id for target in self.targets)

    @property
    def delay_minutes(self) -> int | None:
        """Minutes until the next rule takes over."""
        minutes: int | None = self.read_optional("escalation_delay_in_minutes", int | None)
        return minutes


class Target(View):
    """A user or a schedule that a rule notifies."""

    @property
    def is_user(self) -> bool:
        """Whether it is a user; otherwise it is a schedule of either kind.

        Raises:
            MalformedRecordError: It is neither.
        """
        kind = self.read("type", str).removesuffix("_reference")
        if kind not in {"user", "schedule", "schedule_v3"}:
            raise MalformedRecordError(f"{self} is neither user nor schedule: {kind!r}")
        return kind == "user"


class Endpoint(View):
    """Something outside that PagerDuty sends webhooks to."""

    def read_url(self) -> str:
        """Return the destination as it is configured."""
        raise NotImplementedError

    @property
    def destination(self) -> SplitResult | None:
        """The parsed destination; None when no host can be made out."""
        parts = split_url(self.read_url())
        return parts if parts and parts.hostname else None


class Extension(Endpoint):
    """One extension of a service (operationId ``listExtensions``)."""

    kind = "extension"

    @property
    def has_url(self) -> bool:
        """Whether it sends anything to a configured URL."""
        return self.record.get("endpoint_url") is not None

    def read_url(self) -> str:
        return self.read("endpoint_url", str)

    @property
    def schema(self) -> View:
        """What kind of extension it is."""
        return View(self.read("extension_schema", dict[str, Any]), f"{self}: extension_schema")


class WebhookSubscription(Endpoint):
    """One v3 webhook subscription (operationId ``listWebhookSubscriptions``)."""

    kind = "webhook_subscription"

    @property
    def name(self) -> str:
        """The description, which is all a subscription has of a name."""
        description = self.record.get("description")
        return description if isinstance(description, str) else ""

    def read_url(self) -> str:
        method = self.read("delivery_method", dict[str, Any])
        return View(method, f"{self}: delivery_method").read("url", str)


class Schedule(View):
    """One on-call schedule; the two kinds answer the same questions."""

    kind = "schedule"

    def shifts(self, window: Interval) -> list[Interval]:
        """Return when somebody is on call, as PagerDuty computed it for *window*."""
        raise NotImplementedError

    def participants(self, as_of: datetime) -> set[str]:
        """Return the ids of the users who still take turns at *as_of*."""
        raise NotImplementedError

    def _interval(self, entry: View, start: str, end: str, window: Interval) -> Interval:
        """Read one entry; an entry without an end lasts as long as the window."""
        begins, ends = entry.moment(start), entry.moment(end, optional=True) or window.end
        assert begins is not None  # a null start is malformed, and said so
        if ends < begins:
            raise MalformedRecordError(f"{entry} ends before it starts")
        return Interval(begins, ends)


class LayerSchedule(Schedule):
    """A layer-based schedule (operationId ``listSchedules``)."""

    def shifts(self, window: Interval) -> list[Interval]:
        final = View(self.read("final_schedule", dict[str, Any]), f"{self}: final_schedule")
        return [
            self._interval(entry, "start", "end", window)
            for entry in final.nested("rendered_schedule_entries")
            if entry.read("user", dict[str, Any] | None)
        ]

    def participants(self, as_of: datetime) -> set[str]:
        users: set[str] = set()
        for layer in self.nested("schedule_layers"):
            end = layer.moment("end", optional=True)
            if end is None or end > as_of:
                for member in layer.nested("users"):
                    user = View(member.read("user", dict[str, Any]), str(member))
                    users.add(user.read("id", str))
        return users


class ShiftSchedule(Schedule):
    """A shift-based schedule (operationId ``getScheduleV3``)."""

    def shifts(self, window: Interval) -> list[Interval]:
        final = View(self.read("final_schedule", dict[str, Any]), f"{self}: final_schedule")
        return [
            self._interval(entry, "start_time", "end_time", window)
            for entry in final.nested("computed_shift_assignments")
            if member_id(View(entry.read("member", dict[str, Any]), str(entry)))
        ]

    def participants(self, as_of: datetime) -> set[str]:
        users: set[str] = set()
        for rotation in self.nested("rotations"):
            for event in rotation.nested("events"):
                until = event.moment("effective_until", optional=True)
                if until is None or until > as_of:
                    strategy = View(event.read("assignment_strategy", dict[str, Any]), str(event))
                    users |= {member_id(member) for member in strategy.nested("members")} - {""}
        return users


def member_id(member: View) -> str:
    """Return the user id of a shift member; nothing when the slot is left empty."""
    kind = member.read("type", str)
    if kind == "empty_member":
        return ""
    if kind != "user_member":
        raise MalformedRecordError(f"{member}: unknown kind of member {kind!r}")
    return member.read("user_id", str)


class OnCall(View):
    """One row of who is on call now (operationId ``listOnCalls``); rows have no id."""

    def __init__(self, record: Record) -> None:
        super().__init__(record, "an on-call entry")

    @property
    def user(self) -> User:
        """The user as a reference: id and name."""
        return User(self.read("user", dict[str, Any]))


class AuditRecord(View):
    """One change that PagerDuty wrote down (operationId ``listAuditRecords``)."""

    kind = "audit record"

    @cached_property
    def time(self) -> datetime:
        """When it happened."""
        moment = self.moment("execution_time")
        assert moment is not None  # required, so never null
        return moment

    @property
    def method(self) -> View:
        """How the change came in: browser, API token, identity provider …."""
        return View(self.read("method", dict[str, Any]), f"{self}: method")

    @property
    def truncated_token(self) -> str | None:
        """The last characters of the API key that was used, where PagerDuty tells."""
        token: str | None = self.method.read_optional("truncated_token", str | None)
        return token

    @property
    def actor(self) -> View | None:
        """Who did it; None where PagerDuty does not tell."""
        actors: list[Record] | None = self.read_optional("actors", list[dict[str, Any]] | None)
        return View(actors[0]) if actors else None

    @property
    def root(self) -> View:
        """The resource that was changed."""
        return View(self.read("root_resource", dict[str, Any]), f"{self}: root_resource")


class IncidentWorkflow(View):
    """One incident workflow (operationId ``listIncidentWorkflows``)."""

    kind = "incident_workflow"

    @property
    def is_enabled(self) -> bool:
        """Whether it can run; a workflow that does not say so can."""
        return bool(self.read_optional("is_enabled", bool, default=True))


class WorkflowTrigger(View):
    """What starts an incident workflow (operationId ``listIncidentWorkflowTriggers``)."""

    kind = "trigger"

    @property
    def workflow_id(self) -> str:
        """The workflow it starts."""
        workflow = View(self.read("workflow", dict[str, Any]), f"{self}: workflow")
        return workflow.read("id", str)

    @property
    def covers_all_services(self) -> bool:
        """Whether it listens to every service of the account."""
        return bool(self.read_optional("is_subscribed_to_all_services", bool, default=False))

    @property
    def service_ids(self) -> set[str]:
        """The services it listens to."""
        if not self.record.get("services"):
            return set()
        return {service.read("id", str) for service in self.nested("services")}


class Dependency(View):
    """One edge between two services, technical or business."""

    def __init__(self, record: Record) -> None:
        super().__init__(record, "a service dependency")

    @property
    def supporting(self) -> View:
        """The service that the other one needs."""
        return View(self.read("supporting_service", dict[str, Any]), f"{self}: supporting_service")

    @property
    def dependent(self) -> View:
        """The service that needs the other one."""
        return View(self.read("dependent_service", dict[str, Any]), f"{self}: dependent_service")

    @property
    def supports_business(self) -> bool:
        """Whether a technical service carries a business service directly."""
        return self.is_business(self.dependent) and not self.is_business(self.supporting)

    @staticmethod
    def is_business(node: View) -> bool:
        """Whether one end of the edge is a business service."""
        return node.read("type", str).removesuffix("_reference") == "business_service"


class ChangeEvent(View):
    """One change event (operationId ``listChangeEvents``)."""

    kind = "change_event"

    @property
    def service_ids(self) -> set[str]:
        """The services it names."""
        if not self.record.get("services"):
            return set()
        return {service.read("id", str) for service in self.nested("services")}

    @property
    def integration_id(self) -> str | None:
        """The integration it came in through, where it names one."""
        integration = self.read_optional("integration", dict[str, Any] | None)
        return View(integration, f"{self}: integration").read("id", str) if integration else None


class ApiKey(View):
    """One API key as far as the audit trail shows it: who uses it and its last characters."""

    kind = "api_key"
    label = "API key"

    def __init__(self, actor_id: str, last4: str, actor_name: str = "") -> None:
        super().__init__({"id": f"{actor_id}:{last4}", "name": actor_name})
        self.actor_id = actor_id
