"""Which team, service and person a resource belongs to, as far as the records at hand tell.

No verdict rests on it: reports let their readers look for what is theirs. What a record does not
say, or says in another form than PagerDuty documents, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pdsec_checks.analysis.orchestrations import sent_to
from pdsec_checks.finding import Team
from pdsec_checks.model import Record
from pdsec_checks.resources import Router, printable

TEAM, SERVICE, PERSON = "team", "service", "person"
ID = re.compile(r"[\w-]+", re.ASCII)
"""An id as PagerDuty makes them: pages list several, with a blank between two."""
OWNED = (
    "users",
    "services",
    "escalation_policies",
    "schedules",
    "shift_schedules",
)
"""The data sets whose records name teams."""
KINDS = (TEAM, SERVICE, PERSON)
"""What a resource can belong to, in the order in which readers ask."""


@dataclass
class Relations:
    """What belongs to what, by PagerDuty's ids."""

    of: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Resource id → kind (one of ``KINDS``) → ids, sorted."""
    names: dict[str, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    """Kind → id → display name."""
    _teams: dict[str, tuple[Team, ...]] = field(default_factory=dict, compare=False, repr=False)
    """Resource id → its teams, for the many findings about one resource."""

    def relate(self, resource: str, kind: str, found: Iterable[str]) -> None:
        """Note to what a resource belongs."""
        known = self.of.setdefault(resource, {}).get(kind, [])
        if both := sorted({*known, *found}):
            self.of[resource][kind] = both

    def name(self, kind: str, record: Record) -> None:
        """Note what a record is called, for its id."""
        called = record.get("name") or record.get("summary")
        if isinstance(called, str):
            self.names[kind][record["id"]] = printable(called)

    def teams_of(self, resource: str) -> tuple[Team, ...]:
        """Return the teams that a resource belongs to, by id; none where none is known."""
        if resource not in self._teams:
            ids, names = self.of.get(resource, {}).get(TEAM, ()), self.names[TEAM]
            self._teams[resource] = tuple(Team(each, names.get(each, "")) for each in ids)
        return self._teams[resource]


def relations_in(data: Mapping[str, Any]) -> Relations:
    """Return what the records of the data sets at hand say; what is no list says nothing."""
    found = Relations()
    for name in OWNED:
        for record in readable(data.get(name)):
            _with_teams(found, record)
    for record in readable(data.get("teams")):
        found.name(TEAM, record)
    for record in readable(data.get("users")):
        _itself(found, PERSON, record)
    for record in readable(data.get("services")):
        _service(found, record)
    for record in readable(data.get("extensions")):
        _referred(found, record, record.get("extension_objects"))
    for record in readable(data.get("maintenance_windows")):
        _referred(found, record, record.get("services"))
    for record in readable(data.get("webhook_subscriptions")):
        _referred(found, record, [record.get("filter")])
    for record in readable(data.get("orchestration_routers")):
        _routed(found, record)
    return found


def readable(records: Any) -> Iterator[Record]:
    """Yield the entries of a list that have a usable id; nothing where there is no list."""
    for each in records if isinstance(records, list) else ():
        if isinstance(each, dict) and isinstance(each.get("id"), str) and ID.fullmatch(each["id"]):
            yield each


def _with_teams(found: Relations, record: Record) -> None:
    teams = list(readable(record.get("teams")))
    found.relate(record["id"], TEAM, (team["id"] for team in teams))
    for team in teams:
        found.name(TEAM, team)


def _itself(found: Relations, kind: str, record: Record) -> None:
    found.relate(record["id"], kind, [record["id"]])
    found.name(kind, record)


def _service(found: Relations, service: Record) -> None:
    _itself(found, SERVICE, service)
    for part in readable(service.get("integrations")):
        found.relate(part["id"], SERVICE, [service["id"]])
        found.relate(part["id"], TEAM, found.of[service["id"]].get(TEAM, ()))
    for policy in readable([service.get("escalation_policy")]):
        found.relate(policy["id"], SERVICE, [service["id"]])


def _routed(found: Relations, router: Record) -> None:
    """Relate an event orchestration to those services that get its events and are there."""
    ids, _ = sent_to(Router(router))
    there = sorted(each for each in ids if SERVICE in found.of.get(each, {}))
    _referred(found, router, [{"id": each, "type": SERVICE} for each in there])


def _referred(found: Relations, record: Record, references: Any) -> None:
    for reference in readable(references):
        kind = str(reference.get("type")).removesuffix("_reference")
        if kind in {TEAM, SERVICE}:
            found.relate(record["id"], kind, [reference["id"]])
            found.relate(record["id"], TEAM, found.of.get(reference["id"], {}).get(TEAM, ()))
