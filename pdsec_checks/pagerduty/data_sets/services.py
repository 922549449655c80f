"""Services, technical and business, and what depends on what."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus

from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import Amount, listed
from pdsec_checks.pagerduty.data_sets.data_set import Asked, DataSet, Reading, path_of, why_unread
from pdsec_checks.pagerduty.data_sets.fields import REFERENCE, RESOURCE, TEAM, keep
from pdsec_checks.pagerduty.data_sets.people import WIDER, by_team, with_further
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import UNREAD, DependencyLookup, Service


def read_services(reading: Reading) -> list[Record]:
    """Read services with their integrations (operationId ``listServices``).

    Beside maintenance windows also with how long passing alerts are held.
    """
    held = "auto_pause_notifications_parameters"
    return with_further(reading, "/services", "services", ["integrations"], held)


FILTER = keep("from_email_mode", "subject_mode", "body_mode")
"""The modes of a mail filter; its patterns hold addresses, which are in no report."""
URGENCY = keep("type", "urgency")

SERVICES = DataSet(
    name="services",
    path="/services",
    scopes=("services.read",),
    read=read_services,
    kept=RESOURCE
    | keep(
        "status",
        "created_at",
        "acknowledgement_timeout",
        "auto_resolve_timeout",
        "support_hours",
        "scheduled_actions",
        "auto_pause_notifications_parameters",
        teams=TEAM,
        escalation_policy=REFERENCE,
        incident_urgency_rule=URGENCY
        | keep(during_support_hours=URGENCY, outside_support_hours=URGENCY),
        integrations=RESOURCE | keep("created_at", "email_filter_mode", email_filters=FILTER),
    ),
    amount=listed("services", lambda size: size.services),
    wider_with=WIDER,
)


def read_maintenance_windows(reading: Reading) -> list[Record]:
    """Read the windows that are open now or later (operationId ``listMaintenanceWindows``)."""
    return by_team(reading, "/maintenance_windows", "maintenance_windows", filter="open")


MAINTENANCE_WINDOWS = DataSet(
    name="maintenance_windows",
    path="/maintenance_windows",
    scopes=("services.read",),
    read=read_maintenance_windows,
    kept=RESOURCE
    | keep(
        *("start_time", "end_time", "description"),
        services=REFERENCE,
        created_by=REFERENCE,
    ),
    amount=listed("open maintenance windows", lambda _: 0),
)


def read_business_services(reading: Reading) -> list[Record]:
    """Read business services (operationId ``listBusinessServices``)."""
    return paging.classic(reading.source, "/business_services", "business_services")


BUSINESS_SERVICES = DataSet(
    name="business_services",
    path="/business_services",
    scopes=("services.read",),
    read=read_business_services,
    kept=REFERENCE,
    amount=listed("business services", lambda size: size.business_services),
)

WAVE = 20
"""Services that are looked up at once, at most; never does that hang on how long answers take."""
MANY = 480
"""Lookups, half a minute's, from which on a shown service is asked where that may spare others."""
EDGE = keep(supporting_service=REFERENCE, dependent_service=REFERENCE)


def _edges(reading: Reading, kind: str, record: Record) -> list[Record]:
    path = path_of(f"/service_dependencies/{kind}", record)
    return paging.rows(path, reading.source.get(path), "relationships")


def read_business_dependencies(reading: Reading) -> list[Record]:
    """Read every edge that touches a business service: one lookup for each of them."""
    found = reading.records("business_services")
    reading.source.expect(len(found))
    return lookups(reading, "business_services", found)


def lookups(reading: Reading, kind: str, services: Iterable[Record]) -> list[Record]:
    """Look up the edges of *services*.

    Returns ``{"id": service, "relationships": edges}`` for each, with the reason in place of
    the edges for a service whose lookup failed. One that is gone by now has no edges.
    """

    def edges(record: Record) -> Record:
        try:
            found = _edges(reading, kind, record)
        except UnavailableError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                return {"id": record.get("id"), UNREAD: why_unread(error)}
            found = []
        return {"id": record["id"], "relationships": found}

    return threads.each(edges, services, reading.source.concurrency)


BUSINESS_DEPENDENCIES = DataSet(
    name="business_service_dependencies",
    path="/service_dependencies/business_services/{id}",
    scopes=("services.read",),
    read=read_business_dependencies,
    kept=EDGE,
    amount=Amount("1 for each business service", lambda size: size.business_services),
    asked=Asked.WHOLE,
    after=("business_services",),
)


def read_technical_dependencies(reading: Reading) -> list[Record]:
    """Read the edges of each service in service that no other lookup has shown yet."""
    seen = ids_on(reading.views(DependencyLookup, "business_service_dependencies"))
    unseen = [
        service.record
        for service in reading.views(Service, "services")
        if service.shown("id", str) and service.id not in seen and not service.is_disabled
    ]
    search = EdgeSearch(reading, seen)
    search.ask_again(search.ask(unseen))
    return search.found


class EdgeSearch:
    """The search for an edge of each service, in waves that are the same whatever the timing."""

    def __init__(self, reading: Reading, seen: set[str | None]) -> None:
        self.found: list[Record] = []
        self._reading = reading
        self._seen = seen
        self._doubtful: set[str | None] = set()
        """Services whose own lookup does not tell whether they have an edge."""
        self._shown_by: Counter[str | None] = Counter()
        """Service → how many lookups show it."""
        self._hubs_tried: set[str] = set()
        self._do_hubs_pay = True

    def ask(self, services: list[Record]) -> list[Record]:
        """Look *services* up but for those that others show; return those that were spared.

        An edge has two ends, and one lookup shows both. A wave is taken from the whole list:
        services whose names are alike depend on each other more often than others.
        """
        source, left, spared = self._reading.source, list(services), list[Record]()
        source.expect(len(left))
        while left:
            step = math.ceil(len(left) / WAVE)
            self._take(self._shown_of(left[::step]))
            del left[::step]
            shown, left = self._parted(left)
            if len(services) >= MANY and self._do_hubs_pay:
                further, left = self._ask_hubs(left)
                shown += further
            source.expect(-len(shown))
            spared += shown
        return spared

    def _parted(self, services: list[Record]) -> tuple[list[Record], list[Record]]:
        """Return the services that lookups show, and those that none has shown yet."""
        shown = [record for record in services if record["id"] in self._seen]
        return shown, [record for record in services if record["id"] not in self._seen]

    def _ask_hubs(self, left: list[Record]) -> tuple[list[Record], list[Record]]:
        """Look up services that several lookups show; return who of *left* is shown then, and not.

        Nobody needs these answers for the services themselves, which have an edge. But a lookup of
        what many others stand on shows them all, where each would take one of its own. Once that
        shows fewer than it takes, it ends. One that is refused, or that an older recording lacks,
        tells nothing, and is left out.
        """
        hubs = self._hubs()
        self._hubs_tried |= {each["id"] for each in hubs}
        self._reading.source.expect(len(hubs))
        self._take([each for each in self._shown_of(hubs) if UNREAD not in each])
        shown, left = self._parted(left)
        self._do_hubs_pay = len(shown) >= len(hubs)
        return shown, left

    def _hubs(self) -> list[Record]:
        """Return services that several lookups show and nobody asked, the most shown ones first."""
        asked = {each["id"] for each in self.found} | self._hubs_tried
        technical = {each.get("id") for each in self._reading.records("services")}
        several = [each for each, times in self._shown_by.items() if times > 1 and each]
        hubs = [each for each in several if each in technical and each not in asked]
        hubs.sort(key=lambda each: (-self._shown_by[each], each))
        return [{"id": each} for each in hubs[:WAVE]]

    def ask_again(self, spared: list[Record]) -> None:
        """Look services up that were spared, as long as one may be shown by them alone."""
        asked = {each["id"] for each in self.found}
        left = [record for record in spared if record["id"] not in asked]
        for start in range(0, len(left), WAVE):
            if self._doubtful <= self._seen:
                return
            wave = left[start : start + WAVE]
            self._reading.source.expect(len(wave))
            self._take(self._shown_of(wave))

    def _shown_of(self, services: list[Record]) -> list[Record]:
        return lookups(self._reading, "technical_services", services)

    def _take(self, shown: list[Record]) -> None:
        """Take in what lookups show."""
        views = [DependencyLookup(each, kept=self._reading.source.kept) for each in shown]
        self.found += shown
        self._seen |= ids_on(views)
        for view in views:
            self._shown_by.update(ids_on([view]) - {view.id})
        self._doubtful |= {view.id for view in views if not tells_all(view)}


def tells_all(lookup: DependencyLookup) -> bool:
    """Tell whether a lookup surely tells which services stand on an edge with its own."""
    return lookup.is_read and None not in ids_on([lookup])


def ids_on(found: Iterable[DependencyLookup]) -> set[str | None]:
    """Return the ids of the services on the edges that lookups show."""
    return {
        edge.id_at(end)
        for lookup in found
        if lookup.is_read
        for edge in lookup.edges
        for end in ("supporting_service", "dependent_service")
    }


TECHNICAL_DEPENDENCIES = DataSet(
    name="technical_service_dependencies",
    path="/service_dependencies/technical_services/{id}",
    scopes=("services.read",),
    read=read_technical_dependencies,
    kept=EDGE,
    amount=Amount(
        "1 for each service that no other lookup shows",
        lambda size: size.services,
        may_be_spared=True,
    ),
    asked=Asked.WHOLE,
    after=("services", "business_service_dependencies"),
)
