"""One PagerDuty account as plain records, and the indexes that answers are made from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulator.catalogue import ABILITIES, EXTENSION_SCHEMAS
from tests.simulator.records import SUBDOMAIN, Record, by_id


def _all_abilities() -> list[str]:
    return list(ABILITIES)


def _short_sessions() -> list[Record]:
    web = {"type": "web", "absolute_session_ttl": 43_200, "idle_session_ttl": 1_800}
    return [web, {"type": "mobile", "absolute_session_ttl": 2_592_000, "idle_session_ttl": 86_400}]


def _all_extension_schemas() -> list[Record]:
    return list(EXTENSION_SCHEMAS)


@dataclass
class Account:
    """Everything PagerDuty keeps about one customer, each record fully expanded.

    A running simulator reads an account once: change it before, or tell the simulator.
    """

    as_of: datetime
    """The moment for which the account was made up."""
    subdomain: str = SUBDOMAIN
    abilities: list[str] = field(default_factory=_all_abilities)
    users: list[Record] = field(default_factory=list)
    license_allocations: list[Record] = field(default_factory=list)
    """Since when each user has a licence."""
    session_configurations: list[Record] = field(default_factory=_short_sessions)
    """The limits of sessions by their type; none where nobody configured any."""
    oauth_delegations: dict[str, list[Record]] = field(default_factory=dict)
    """What each user gave access to, by the user's id."""
    teams: list[Record] = field(default_factory=list)
    team_roles: dict[tuple[str, str], str] = field(default_factory=dict)
    """Role in a team by (team id, user id); everybody else is a responder."""
    services: list[Record] = field(default_factory=list)
    maintenance_windows: list[Record] = field(default_factory=list)
    escalation_policies: list[Record] = field(default_factory=list)
    schedules: list[Record] = field(default_factory=list)
    """The layer-based ones."""
    shift_schedules: list[Record] = field(default_factory=list)
    incident_workflows: list[Record] = field(default_factory=list)
    triggers: list[Record] = field(default_factory=list)
    audit_records: list[Record] = field(default_factory=list)
    extensions: list[Record] = field(default_factory=list)
    extension_schemas: list[Record] = field(default_factory=_all_extension_schemas)
    webhook_subscriptions: list[Record] = field(default_factory=list)
    orchestrations: list[Record] = field(default_factory=list)
    """Global event orchestrations, each with its paths ``router`` and ``unrouted``."""
    priorities: list[Record] = field(default_factory=list)
    incidents: list[Record] = field(default_factory=list)
    business_services: list[Record] = field(default_factory=list)
    dependencies: list[Record] = field(default_factory=list)
    change_events: list[Record] = field(default_factory=list)
    hidden: dict[str, set[str]] = field(default_factory=dict)
    """The ids of the records that a user may not see, by the user's id."""
    gone: set[str] = field(default_factory=set)
    """The ids that lists still name, and that answer 404 when they are asked for."""
    off: dict[str, int] = field(default_factory=dict)
    """Features the account is without: a path's beginning and the status it answers."""

    def without_abilities(self, *names: str) -> Account:
        """Take abilities away, and return the account."""
        self.abilities = [ability for ability in self.abilities if ability not in names]
        return self


Index = dict[str, list[Record]]
Dated = list[tuple[datetime, Record]]
"""Records with their moments, the newest first."""
REMEMBERED = 64
"""Lists that a directory keeps at most."""


class Directory:
    """Look-ups over an account, made once when a simulator starts."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.users = by_id(account.users)
        self.deleted_users = self._deleted_users()
        self.teams = by_id(account.teams)
        self.services = by_id(account.services)
        self.policies = by_id(account.escalation_policies)
        self.schedules = by_id(account.schedules)
        self.shift_schedules = by_id(account.shift_schedules)
        self.extensions = by_id(account.extensions)
        self.orchestrations = by_id(account.orchestrations)
        self.extension_schemas = by_id(account.extension_schemas)
        self.business_services = by_id(account.business_services)
        self.by_name = {
            "services": sorted(account.services, key=_name),
            "escalation_policies": sorted(account.escalation_policies, key=_name),
        }
        self.audit_records = newest_first(account.audit_records, "execution_time")
        self.change_events = newest_first(account.change_events, "timestamp")
        self.change_events_of = self._change_events_of()
        self.services_of_policy = self._services_of_policy()
        self.policies_of_schedule = self._policies_of_schedule()
        self.members_of_team = self._members_of_team()
        self.edges_of = self._edges_of()
        self._memory: dict[Hashable, list[Record]] = {}

    def any_schedule(self, identity: str) -> Record | None:
        """Return a schedule of either kind; None when there is none."""
        return self.schedules.get(identity) or self.shift_schedules.get(identity)

    def remember(self, key: Hashable, make: Callable[[], list[Record]]) -> list[Record]:
        """Return what *make* made for *key*, so that the pages of one list cost it once."""
        if key not in self._memory:
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()
            self._memory[key] = make()
        return self._memory[key]

    def _deleted_users(self) -> dict[str, Record]:
        """Return what is left of each deleted user, wherever the account still names one."""
        named = [*self._members(), *self._targets(), *self._people_on_layers()]
        return by_id(each for each in named if each.get("deleted_at"))

    def _targets(self) -> Iterator[Record]:
        for policy in self.account.escalation_policies:
            for rule in policy["escalation_rules"]:
                yield from rule["targets"]

    def _people_on_layers(self) -> Iterator[Record]:
        for schedule in self.account.schedules:
            for layer in schedule["schedule_layers"]:
                yield from (each["user"] for each in layer["users"])
            yield from (each["user"] for each in schedule.get("overrides") or ())

    def _members(self) -> Iterator[Record]:
        for schedule in self.account.shift_schedules:
            for rotation in schedule.get("rotations", ()):
                for event in rotation.get("events", ()):
                    for member in event["assignment_strategy"]["members"]:
                        if "deleted_at" in member:
                            yield {**member, "id": member["user_id"], "type": "user_reference"}

    def _services_of_policy(self) -> Index:
        index: Index = defaultdict(list)
        for service in self.account.services:
            if policy := service.get("escalation_policy"):
                index[policy["id"]].append(service)
        return index

    def _policies_of_schedule(self) -> Index:
        index: Index = defaultdict(list)
        for policy in self.account.escalation_policies:
            targets = [target for rule in policy["escalation_rules"] for target in rule["targets"]]
            for identity in {target["id"]: None for target in targets}:
                index[identity].append(policy)
        return index

    def _change_events_of(self) -> dict[str, Dated]:
        index: dict[str, Dated] = defaultdict(list)
        for happened, event in self.change_events:
            for identity in {entry["id"] for entry in event.get("services") or ()}:
                index[identity].append((happened, event))
        return index

    def _members_of_team(self) -> Index:
        index: Index = defaultdict(list)
        for user in self.account.users:
            for team in user.get("teams") or ():
                index[team["id"]].append(user)
        return index

    def _edges_of(self) -> Index:
        index: Index = defaultdict(list)
        for edge in self.account.dependencies:
            for end in {edge["supporting_service"]["id"], edge["dependent_service"]["id"]}:
                index[end].append(edge)
        return index


def _name(record: Record) -> str:
    return str(record.get("name")).casefold()


def newest_first(records: list[Record], field: str) -> Dated:
    """Return *records* with the moment in *field*, the newest first."""
    dated = [(datetime.fromisoformat(record[field]), record) for record in records]
    return sorted(dated, key=lambda pair: pair[0], reverse=True)


def in_window(dated: Dated, since: datetime | None, until: datetime | None) -> Dated:
    """Return what happened in a window, both ends included; None leaves an end open."""
    first = bisect_left(dated, -until.timestamp(), key=_backwards) if until else 0
    last = bisect_right(dated, -since.timestamp(), key=_backwards) if since else len(dated)
    return dated[first:last]


def _backwards(pair: tuple[datetime, Record]) -> float:
    return -pair[0].timestamp()
