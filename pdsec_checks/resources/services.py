"""Services, their integrations, and what depends on what."""

from __future__ import annotations

from functools import cached_property

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.model import Interval, Record
from pdsec_checks.resources.people import NotNegative
from pdsec_checks.resources.text import printable
from pdsec_checks.resources.view import UNREAD, View

SERVICE_STATUSES = frozenset({"active", "critical", "disabled", "maintenance", "warning"})
NODES = frozenset(
    f"{kind}{suffix}"
    for kind in ("business_service", "technical_service", "service")
    for suffix in ("", "_reference")
)
"""What may stand at the end of a dependency."""
Timeout = NotNegative | None
SENDER_MODES = frozenset({"always", "match", "no-match"})


class Service(View):
    """One technical service with its integrations (operationId ``listServices``)."""

    kind = "service"

    @cached_property
    def in_service(self) -> bool:
        """Whether it can open incidents at all: anything but ``disabled``."""
        return self.read_one_of("status", SERVICE_STATUSES) != "disabled"

    @property
    def is_disabled(self) -> bool:
        """Whether it surely cannot open incidents: a status that nobody knows does not say so."""
        return bool(self.get("status") == "disabled")

    @property
    def escalation_policy_id(self) -> str | None:
        """None when no policy is assigned."""
        policy = self.read_or_null("escalation_policy", dict)
        return None if policy is None else self.id_of("escalation_policy", policy)

    @property
    def teams(self) -> list[View]:
        """The teams that it belongs to."""
        return list(self.nested("teams"))

    @property
    def integrations(self) -> list[Integration]:
        """Every inbound integration."""
        return [Integration(record, self) for record in self.records_in("integrations")]

    @property
    def acknowledgement_timeout(self) -> int | None:
        """Seconds until an acknowledged incident is triggered again; None: never, 0: at once."""
        return self._timeout("acknowledgement_timeout")

    @property
    def auto_resolve_timeout(self) -> int | None:
        """Seconds until an open incident resolves itself; None: never, 0: at once."""
        return self._timeout("auto_resolve_timeout")

    def _timeout(self, name: str) -> int | None:
        seconds = self.record.get(name)
        if type(seconds) is int and seconds >= 0:
            return seconds
        found: int | None = self.read(name, Timeout)
        return found

    @property
    def auto_pause_minutes(self) -> float | None:
        """Minutes that a passing alert is held before it is an incident; None: nobody says.

        0 where alerts are not held. Evidence only: a field that is malformed says nothing.
        """
        shown = self.shown("auto_pause_notifications_parameters", dict)
        if shown is None:
            return None
        pause = self.view_of("auto_pause_notifications_parameters", shown)
        if pause.shown("enabled", bool) is False:
            return 0
        seconds = pause.shown("timeout", int) or pause.shown("recommended_timeout", int)
        return None if seconds is None else plain_minutes(seconds)

    @property
    def urgency_rule(self) -> str:
        """``constant high``, ``constant low``, ``severity_based`` or ``support hours``."""
        rule = self.part("incident_urgency_rule", f"{self}: urgency rule")
        kind = rule.read("type", str)
        if kind == "use_support_hours":
            return "support hours"
        urgency = rule.read("urgency", str)
        if kind != "constant" or urgency not in {"high", "low", "severity_based"}:
            raise MalformedRecordError(f"{rule} is of an unknown kind: {kind!r}, {urgency!r}")
        return urgency if urgency == "severity_based" else f"constant {urgency}"


def plain_minutes(seconds: int) -> float:
    """Return seconds as minutes; a whole number of them is one."""
    minutes = seconds / 60
    return int(minutes) if minutes.is_integer() else minutes


class MaintenanceWindow(View):
    """A span in which services open no incidents (operationId ``listMaintenanceWindows``)."""

    kind = "maintenance_window"

    @property
    def span(self) -> Interval:
        """When it runs.

        Raises:
            MalformedRecordError: It does not say, or ends before it starts.
        """
        start, end = self.moment("start_time"), self.moment("end_time")
        assert start is not None and end is not None  # noqa: PT018 - a null is malformed
        if end < start:
            raise MalformedRecordError(f"{self} ends before it starts")
        return Interval(start, end)

    @property
    def created_by(self) -> str | None:
        """The id of whoever made it; None where that is not shown."""
        creator = self.shown("created_by", dict)
        return self.view_of("created_by", creator).shown("id", str) if creator else None

    @property
    def service_ids(self) -> tuple[set[str], MalformedRecordError | None]:
        """The ids of its services, and why not all of them can be told; None if they can."""
        try:
            self.read("services", list)  # without it nobody knows which ones are meant
        except MalformedRecordError as error:
            return set(), error
        return self.ids_in("services")


class Integration(View):
    """One inbound integration of a service."""

    kind = "integration"

    def __init__(self, record: Record, service: Service) -> None:
        super().__init__(record, kept=service.kept.part("integrations"))
        self.service = service

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
            raise MalformedRecordError(f"{self} came back without its details")
        return self.read_if_any("email_filter_mode", str) or "all-email"

    @property
    def email_filters(self) -> list[View]:
        """What mail has to look like; empty where there are none."""
        return list(self.nested("email_filters")) if self.get("email_filters") else []


class Dependency(View):
    """One edge between two services, technical or business."""

    nameless = "a service dependency"

    def id_at(self, name: str) -> str | None:
        """Return the id of the service at one end; None where it cannot be read."""
        found = self.shown(name, dict)
        return self.view_of(name, found).shown("id", str) if found else None

    @property
    def supporting(self) -> View:
        """The service that the other one needs."""
        return self.part("supporting_service")

    @property
    def dependent(self) -> View:
        """The service that needs the other one."""
        return self.part("dependent_service")

    @property
    def supports_business(self) -> bool:
        """Whether a technical service carries a business service directly."""
        return self.is_business(self.dependent) and not self.is_business(self.supporting)

    @staticmethod
    def is_business(node: View) -> bool:
        """Whether one end of the edge is a business service.

        Raises:
            MalformedRecordError: It is of a kind that PagerDuty does not document.
        """
        return node.read_one_of("type", NODES).removesuffix("_reference") == "business_service"


class DependencyLookup(View):
    """What asking for the dependencies of one service showed; a reader puts these together."""

    kind = "service"

    @property
    def is_read(self) -> bool:
        """Whether PagerDuty answered the lookup."""
        return UNREAD not in self.record

    @property
    def edges(self) -> list[Dependency]:
        """The edges that the service stands on.

        Raises:
            UnavailableError: PagerDuty refused the lookup.
        """
        return [Dependency(record, kept=self.kept) for record in self.records_in("relationships")]
