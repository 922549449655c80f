"""A made-up account whose schedules turn often: what the walks of all moments are measured on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pdsec_checks.pagerduty.data_sets.fields import pruned
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, kept_of
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator import builders
from tests.simulator.records import Record, iso, refer

TURNS = {"weekly": 168, "daily": 24, "twice a day": 12, "office": 24, "three a day": 8}
"""How a rota is staffed → hours of one turn."""
SHARES = (36, 34, 12, 10, 8)
"""How many of a hundred rotas are staffed so."""
OFFICE_HOURS = 9
USERS_A_POLICY = 2
SCHEDULES_A_POLICY = 800 / 1500
SERVICES_A_POLICY = 5000 / 1500
WINDOWS_A_POLICY = 0.2
ZONES = ("Europe/London", "America/New_York", "Australia/Sydney", "UTC")
URGENCIES: tuple[Record, ...] = (
    {"incident_urgency_rule": builders.ALWAYS_HIGH},
    {"incident_urgency_rule": builders.SEVERITY_BASED},
    {"incident_urgency_rule": {"type": "constant", "urgency": "low"}},
    *(builders.support_hours(zone) for zone in ZONES),
)
TIMEOUTS = (None, 1800, 14400, 86400)
DELAYS = (5, 10, 15, 30)


class Rotas:
    """Makes up an account of so many policies, and rotas of so many days; each time the same."""

    def __init__(self, now: datetime, policies: int, days: int) -> None:
        self._now, self._days = now, days
        self._random = random.Random(policies)  # noqa: S311 - the same account each time
        self._size = policies
        self.users = list(self._users())
        self.schedules = list(self._schedules())
        self.policies = list(self._policies())
        self.services = list(self._services())
        self.windows = list(self._windows())

    def snapshot(self) -> Snapshot:
        """Return the account as it is once it was read: with the fields that are kept."""
        found: dict[str, list[Any]] = {name: [] for name in DATA_SETS}
        found |= {
            "abilities": ["urgencies"],
            "users": self.users,
            "schedules": self.schedules,
            "escalation_policies": self.policies,
            "services": self.services,
            "maintenance_windows": self.windows,
        }
        kept = kept_of(DATA_SETS)
        return Snapshot(self._now, "https://api.pagerduty.com", data={**found}, kept=kept)

    def _one_of(self, things: Iterable[Any], shares: Iterable[int] | None = None) -> Any:
        (found,) = self._random.choices(list(things), list(shares) if shares else None)
        return found

    def _users(self) -> Iterator[Record]:
        """Yield people: most are rung at once, some later, and some have an e-mail address only."""
        for number in range(USERS_A_POLICY * self._size):
            kind = self._one_of(("phone", "push_notification", "email"), (60, 34, 6))
            method = builders.a_contact_method(kind, f"address {number}", id=f"PM{number:05}")
            rule = builders.a_notification_rule(
                refer(f"{kind}_contact_method", method),
                id=f"PR{number:05}",
                delay=self._one_of((0, 1, 5, 20, 45), (80, 8, 6, 3, 3)),
            )
            user = builders.a_user(
                f"User {number}",
                id=f"PU{number:05}",
                contact_methods=[method],
                notification_rules=[rule],
            )
            yield kept("users", user)

    def _schedules(self) -> Iterator[Record]:
        for number in range(round(SCHEDULES_A_POLICY * self._size)):
            staffed = self._one_of(TURNS, SHARES)
            final = {
                "rendered_schedule_entries": list(self._entries(staffed)),
                "rendered_coverage_percentage": 100,
            }
            schedule = builders.a_layer_schedule(
                f"Rota {number}", id=f"PS{number:05}", final_schedule=final, layers=[]
            )
            yield kept("schedules", schedule)

    def _entries(self, staffed: str) -> Iterator[Record]:
        """Yield the turns of a rota, whose people take them one after another."""
        people = [refer("user", each) for each in self._random.sample(self.users, 5)]
        hours = OFFICE_HOURS if staffed == "office" else TURNS[staffed]
        begin = self._now - timedelta(hours=self._random.randrange(TURNS[staffed]))
        number = 0
        while begin < self._now + timedelta(days=self._days):
            end = begin + timedelta(hours=hours)
            yield {"start": iso(begin), "end": iso(end), "user": people[number % len(people)]}
            number, begin = number + 1, begin + timedelta(hours=TURNS[staffed])

    def _policies(self) -> Iterator[Record]:
        for number in range(self._size):
            levels = self._one_of((1, 2, 3, 4), (10, 45, 35, 10))
            targets = [list(self._targets()) for _ in range(levels)]
            policy = builders.a_policy(
                f"Policy {number}", *targets, id=f"PP{number:05}", num_loops=self._one_of(range(3))
            )
            for rule in policy["escalation_rules"]:
                way = self._one_of(("assign_to_everyone", "round_robin"), (90, 10))
                rule["escalation_rule_assignment_strategy"] = {"type": way}
                rule["escalation_delay_in_minutes"] = self._one_of(DELAYS)
            yield kept("escalation_policies", policy)

    def _targets(self) -> Iterator[Record]:
        for _ in range(self._one_of((1, 2), (85, 15))):
            kind = self._one_of(("schedule", "user"), (80, 20))
            yield refer(kind, self._one_of(self.schedules if kind == "schedule" else self.users))

    def _services(self) -> Iterator[Record]:
        for number in range(round(SERVICES_A_POLICY * self._size)):
            service = builders.a_service(
                f"Service {number}",
                self._one_of(self.policies),
                id=f"PV{number:05}",
                integrations=[],
                auto_resolve_timeout=self._one_of(TIMEOUTS),
                **self._one_of(URGENCIES, (30, 50, 8, 3, 3, 3, 3)),
            )
            yield kept("services", service)

    def _windows(self) -> Iterator[Record]:
        for number in range(round(WINDOWS_A_POLICY * self._size)):
            begin = self._now + timedelta(hours=self._random.randrange(24 * self._days))
            muted = self._random.sample(self.services, 3)
            window = builders.a_maintenance_window(
                [refer("service", each) for each in muted],
                iso(begin),
                iso(begin + timedelta(hours=4)),
                id=f"PW{number:05}",
            )
            yield kept("maintenance_windows", window)


def kept(name: str, record: Record) -> Record:
    """Return a record of a data set with the fields that reading keeps."""
    found: Record = pruned(record, DATA_SETS[name].kept)
    return found
