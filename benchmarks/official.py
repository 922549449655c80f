"""Reads an account with PagerDuty's official client, as its documentation shows it.

Twice: object by object, as a first script does it, and with bulk ``include[]``, as somebody does
who knows the API. Both are kept from requests that serve no control; the client sends one
request after another, and so do they.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pagerduty import RestApiV2Client

from pdsec_checks.baseline import Baseline
from pdsec_checks.model import Record, moment_text

AUDIT_YEAR = timedelta(days=365)
AUDIT_WINDOW = timedelta(days=31)
"""Longest span of ``GET /audit/records``."""
MONTH = timedelta(days=30)
Found = dict[str, list[Any]]


class LoopbackClient(RestApiV2Client):
    """The official client, which may also speak plain http, but to this machine alone.

    It refuses every base URL that is not https, and the simulator has no certificate. TLS would
    cost this client time that nothing else here pays; so only the refusal is taken back.
    """

    @property
    def url(self) -> str:
        """Return the base URL."""
        return self._loopback

    @url.setter
    def url(self, url: str) -> None:
        if urlsplit(url).hostname != "127.0.0.1":
            raise ValueError(f"{url} is not on this machine")
        self._loopback = url


@dataclass(frozen=True)
class Reader:
    """What both ways of reading have in common."""

    client: Any
    as_of: datetime

    def all(self, path: str, **params: Any) -> list[Any]:
        """Return a whole list, page after page."""
        return list(self.client.iter_all(path, params=params))

    def chain(self, path: str, **params: Any) -> list[Any]:
        """Return a whole list that is paged by cursor.

        ``iter_all`` is said to do that too, but yields nothing for such a list (7.2.0).
        """
        return list(self.client.iter_cursor(path, params=params))

    def span(self, before: timedelta = timedelta(), after: timedelta = timedelta()) -> Record:
        """Return the parameters of a window around the moment of reading."""
        return {"since": moment_text(self.as_of - before), "until": moment_text(self.as_of + after)}

    @property
    def coverage(self) -> Record:
        """The parameters of the window for which schedules are rendered."""
        days = timedelta(days=Baseline().schedule_coverage_days)
        return self.span(after=days) | {"time_zone": "UTC"}

    @property
    def change_span(self) -> Record:
        """The parameters of the window in which changes count."""
        return self.span(timedelta(days=Baseline().change_event_days))

    def common(self) -> Found:
        """Read what both ways read alike, because there is only one way to."""
        return {
            "abilities": self.client.jget("/abilities")["abilities"],
            "teams": self.all("/teams"),
            "escalation_policies": self.all("/escalation_policies"),
            "shift_schedules": self.shift_schedules(),
            "oncalls": self.all("/oncalls"),
            "incident_workflows": self.all("/incident_workflows"),
            "incident_workflow_triggers": self.chain("/incident_workflows/triggers"),
            "audit_latest": self.newest_audit(self.span(AUDIT_WINDOW)),
            "audit_oldest": self.oldest_audit(),
            "audit_api_token": self.audit_of_keys(),
            "priorities": self.all("/priorities"),
            "incidents": self.incidents(),
            "webhook_subscriptions": self.all("/webhook_subscriptions"),
        }

    def shift_schedules(self) -> list[Record]:
        """Read each shift-based schedule by itself: their list holds references."""
        params = {"include[]": ["final_schedule"], **self.coverage}
        listed = self.client.iter_all("/v3/schedules", page_size=1000)
        return [self.one(f"/v3/schedules/{each['id']}", "schedule", params) for each in listed]

    def one(self, path: str, key: str, params: Record | None = None) -> Any:
        """Return what an answer holds under *key*."""
        return self.client.jget(path, params=params)[key]

    def windows(self) -> Iterator[Record]:
        """Yield the spans of twelve months of audit records, the oldest first."""
        start = self.as_of - AUDIT_YEAR
        while start < self.as_of:
            end = min(start + AUDIT_WINDOW, self.as_of)
            yield {"since": moment_text(start), "until": moment_text(end)}
            start = end

    def newest_audit(self, window: Record) -> list[Record]:
        """Read the newest audit record of a window."""
        records: list[Record] = self.one("/audit/records", "records", {"limit": 1, **window})
        return records

    def oldest_audit(self) -> list[Record]:
        """Read one record of the oldest window that has any."""
        return next(filter(None, map(self.newest_audit, self.windows())), [])

    def audit_of_keys(self) -> list[Record]:
        """Read what API keys changed in twelve months."""
        return [
            record
            for window in self.windows()
            for record in self.chain("/audit/records", method_type="api_token", **window)
        ]

    def incidents(self) -> list[Record]:
        """Read one page of the last month's incidents: a sample."""
        params = {"limit": 100, "offset": 0, **self.span(MONTH)}
        incidents: list[Record] = self.one("/incidents", "incidents", params)
        return incidents

    def edges(self, kind: str, identity: str) -> list[Record]:
        """Read the edges that touch one service."""
        path = f"/service_dependencies/{kind}/{identity}"
        edges: list[Record] = self.one(path, "relationships")
        return edges


def read_in_bulk(url: str, key: str, as_of: datetime) -> Found:
    """Read an account with as few requests as the official client can do with."""
    with LoopbackClient(key, base_url=url) as client:
        return in_bulk(Reader(client, as_of))


def in_bulk(reader: Reader) -> Found:
    """Read lists with everything that they can include."""
    found = reader.common()
    people = ["contact_methods", "notification_rules"]
    found["users"] = reader.all("/users", include=people)
    found["services"] = reader.all("/services", include=["integrations"])
    rendered = ["schedule_layers", "final_schedule"]
    found["schedules"] = reader.all("/schedules", include=rendered, **reader.coverage)
    found["extensions"] = reader.all("/extensions", include=["extension_schemas"])
    found["change_events"] = reader.all("/change_events", **reader.change_span)
    return found | graph(reader, found["services"], skip_seen=True)


def graph(reader: Reader, services: list[Record], *, skip_seen: bool) -> Found:
    """Read the service graph; *skip_seen* leaves out what a business service has shown."""
    business = reader.all("/business_services")
    lookups = [
        {"id": each["id"], "relationships": reader.edges("business_services", each["id"])}
        for each in business
    ]
    ends = {
        edge[end]["id"]
        for lookup in lookups
        for edge in lookup["relationships"]
        for end in ("supporting_service", "dependent_service")
    }
    seen = ends if skip_seen else set()
    technical = [
        {"id": each["id"], "relationships": reader.edges("technical_services", each["id"])}
        for each in services
        if each["id"] not in seen
    ]
    return {
        "business_services": business,
        "business_service_dependencies": lookups,
        "technical_service_dependencies": technical,
    }


def read_singly(url: str, key: str, as_of: datetime) -> Found:
    """Read an account object by object, each relation with a request of its own."""
    with LoopbackClient(key, base_url=url) as client:
        return singly(Reader(client, as_of))


def singly(reader: Reader) -> Found:
    """Read lists, and then what belongs to each of their objects."""
    found = reader.common()
    found["users"] = [with_methods(reader, each) for each in reader.all("/users")]
    found["services"] = [with_integrations(reader, each) for each in reader.all("/services")]
    found["schedules"] = [
        reader.one(f"/schedules/{each['id']}", "schedule", reader.coverage)
        for each in reader.all("/schedules")
    ]
    schemas = {each["id"]: each for each in reader.all("/extension_schemas")}
    found["extensions"] = [
        each | {"extension_schema": schemas[each["extension_schema"]["id"]]}
        for each in reader.all("/extensions")
    ]
    found["change_events"] = [
        event for each in found["services"] for event in newest_change(reader, each)
    ]
    return found | graph(reader, found["services"], skip_seen=False)


def with_methods(reader: Reader, user: Record) -> Record:
    """Return a user with contact methods and notification rules."""
    path = f"/users/{user['id']}"
    rules = reader.one(f"{path}/notification_rules", "notification_rules", {"urgency": "all"})
    methods = reader.one(f"{path}/contact_methods", "contact_methods")
    return user | {"contact_methods": methods, "notification_rules": rules}


def with_integrations(reader: Reader, service: Record) -> Record:
    """Return a service with its integrations."""
    path = f"/services/{service['id']}/integrations"
    known = [reader.one(f"{path}/{each['id']}", "integration") for each in service["integrations"]]
    return service | {"integrations": known}


def newest_change(reader: Reader, service: Record) -> list[Record]:
    """Read the newest change event of a service: one is enough to judge it."""
    path = f"/services/{service['id']}/change_events"
    events: list[Record] = reader.one(path, "change_events", {"limit": 1, **reader.change_span})
    return events
