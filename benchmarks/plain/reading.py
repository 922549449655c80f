"""Reads what the core controls need, one request after another; whole records are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

Facts = dict[str, Any]
"""Name of a list → its records; None where the plan has no such thing."""
Record = dict[str, Any]
ABSENT = frozenset({402, 404})
"""The statuses by which PagerDuty says that an account has no such thing."""
COVERAGE, SAMPLE, CHANGES = timedelta(days=30), timedelta(days=30), timedelta(days=90)
AUDIT_YEAR, AUDIT_WINDOW = timedelta(days=365), timedelta(days=31)
AT_ONCE = 100
"""Records of a page."""


class Api:
    """PagerDuty's REST API as one session asks it."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token token={key}"
        self._session.headers["Accept"] = "application/vnd.pagerduty+json;version=2"

    def get(self, path: str, **params: Any) -> Any:
        """Return the answer; None where the account has no such thing."""
        answer = self._session.get(self._url + path, params=params, timeout=60)
        if answer.status_code in ABSENT:
            return None
        answer.raise_for_status()
        return answer.json()

    def pages(self, path: str, key: str, size: int = AT_ONCE, **params: Any) -> Iterator[Any]:
        """Yield each page of a list; None where the account has no such list."""
        offset, more = 0, True
        while more:
            answer = self.get(path, limit=size, offset=offset, **params)
            if answer is None:
                yield None
                return
            yield answer[key]
            offset, more = offset + len(answer[key]), answer["more"]

    def all(self, path: str, key: str, size: int = AT_ONCE, **params: Any) -> Any:
        """Return a whole list; None where the account has no such list."""
        found: list[Record] = []
        for page in self.pages(path, key, size, **params):
            if page is None:
                return None
            found += page
        return found

    def chain(self, path: str, key: str, **params: Any) -> Any:
        """Return a whole list that is paged by cursor; None where the account has none."""
        found: list[Record] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            answer = self.get(path, limit=AT_ONCE, **params, **more)
            if answer is None:
                return None
            found += answer[key]
            cursor = answer.get("next_cursor")
        return found


def read(url: str, key: str, as_of: datetime) -> Facts:
    """Return everything that the core controls are judged by."""
    api = Api(url, key)
    window = span(as_of, as_of + COVERAGE) | {"time_zone": "UTC"}
    found: Facts = {
        "abilities": api.get("/abilities")["abilities"],
        "teams": api.all("/teams", "teams"),
        "users": api.all("/users", "users", **including("contact_methods", "notification_rules")),
        "services": api.all("/services", "services", **including("integrations")),
        "policies": api.all("/escalation_policies", "escalation_policies"),
        "layer_schedules": api.all(
            "/schedules", "schedules", **including("schedule_layers", "final_schedule"), **window
        ),
        "shift_schedules": shift_schedules(api, window),
        "oncalls": api.all("/oncalls", "oncalls"),
        "workflows": api.all("/incident_workflows", "incident_workflows"),
        "triggers": api.chain("/incident_workflows/triggers", "triggers"),
        "priorities": api.all("/priorities", "priorities"),
        "incidents": incidents(api, as_of),
        "extensions": api.all("/extensions", "extensions", **including("extension_schemas")),
        "webhooks": api.all("/webhook_subscriptions", "webhook_subscriptions"),
        **audit_trail(api, as_of),
    }
    found |= graph(api, found["services"])
    found["changes"] = changes(api, found["services"], as_of)
    return found


def including(*parts: str) -> Record:
    """Return the parameter that asks for *parts* of each record."""
    return {"include[]": parts}


def span(since: datetime, until: datetime) -> Record:
    """Return the parameters of a span of time."""
    return {"since": text_of(since), "until": text_of(until)}


def text_of(moment: datetime) -> str:
    """Return a moment as PagerDuty wants it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shift_schedules(api: Api, window: Record) -> list[Record]:
    """Read each shift-based schedule by itself: their list holds references."""
    listed = api.all("/v3/schedules", "schedules", size=1000) or []
    asked = including("final_schedule") | window
    return [api.get(f"/v3/schedules/{each['id']}", **asked)["schedule"] for each in listed]


def incidents(api: Api, as_of: datetime) -> Any:
    """Read one page of the last month's incidents."""
    answer = api.get("/incidents", limit=AT_ONCE, offset=0, **span(as_of - SAMPLE, as_of))
    return answer and answer["incidents"]


def audit_trail(api: Api, as_of: datetime) -> Facts:
    """Read the newest audit record, one of the oldest, and what API keys did in a year."""
    latest = newest(api, span(as_of - AUDIT_WINDOW, as_of))
    if latest is None:
        return {"latest": None, "oldest": None, "by_keys": None}
    windows = [span(*each) for each in audit_windows(as_of)]
    by_keys = [
        record
        for window in windows
        for record in api.chain("/audit/records", "records", method_type="api_token", **window)
    ]
    oldest: list[Record] = next(filter(None, (newest(api, each) for each in windows)), [])
    return {"latest": latest, "oldest": oldest, "by_keys": by_keys}


def audit_windows(as_of: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of a year that may be asked for, the oldest first."""
    start = as_of - AUDIT_YEAR
    while start < as_of:
        end = min(start + AUDIT_WINDOW, as_of)
        yield start, end
        start = end


def newest(api: Api, window: Record) -> Any:
    """Read the newest audit record of a window."""
    answer = api.get("/audit/records", limit=1, **window)
    return answer and answer["records"]


def graph(api: Api, services: list[Record]) -> Facts:
    """Read the edges of business services, and of each service that none of them shows."""
    edges: list[Record] = []
    for each in api.all("/business_services", "business_services"):
        edges += edges_of(api, "business_services", each)
    seen = {edge[end]["id"] for edge in edges for end in ENDS}
    for each in services:
        if each["id"] not in seen and each["status"] != "disabled":
            edges += edges_of(api, "technical_services", each)
    return {"edges": edges}


ENDS = ("supporting_service", "dependent_service")


def edges_of(api: Api, kind: str, service: Record) -> list[Record]:
    """Read the edges of one service; one that is gone by now has none."""
    answer = api.get(f"/service_dependencies/{kind}/{service['id']}")
    return answer["relationships"] if answer else []


def changes(api: Api, services: list[Record], as_of: datetime) -> Any:
    """Return the services that change events name; they are read until every service is seen."""
    owners = {part["id"]: each["id"] for each in services for part in each["integrations"]}
    unseen = {each["id"] for each in services if each["status"] != "disabled"}
    named: set[str] = set()
    if not unseen:
        return named
    window = span(as_of - CHANGES, as_of)
    for page in api.pages("/change_events", "change_events", **window):
        if page is None:
            return None
        for event in page:
            named |= {each["id"] for each in event["services"]}
            came_by = (event.get("integration") or {}).get("id")
            named |= {owners[came_by]} if came_by in owners else set()
        if unseen <= named:
            break
    return named
