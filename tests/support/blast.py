"""Which cases one record may change, read off the account's own references.

Nothing here asks the package: an account is plain JSON, and who names whom is looked up in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pdsec_checks.model import Record

Case = tuple[str, str, str]
"""(control, resource type, resource id)."""
ANY = "*"
"""The id of every case of its control and type."""
ACCOUNT = "account"
DUTY = "PD-28"
"""What asks whether those who are named can take a call."""
RUNWAY = "PD-29"
"""What asks how long schedules go on."""
OF_TURNS = ("PD-08", "PD-09", DUTY, RUNWAY)
"""What judges a schedule in use by its people."""
KEEPS = "PD-41"
"""What asks where the events of an orchestration go."""
USED, WINDOW = "PD-39", "PD-35"
PART = "PD-38"
"""What asks whether people have a duty, of which whatever names somebody may be one."""
OF_POLICIES = (DUTY, "PD-31", USED)
"""What asks which services use a policy."""
ACCESS = "PD-44"
"""What asks to which clients administrators gave access."""
INVITATIONS = "PD-43"
"""What asks since when those are invited who have not accepted it."""
GRANTS = "PD-42"
"""What has a row for each grant of a privileged role."""
RING = ("PD-26", "PD-27")
"""What asks whom the incidents of a service call."""
OWN = {
    "audit_users": ("role_grant", (GRANTS,)),
    "users": (
        "user",
        ("PD-04", "PD-17", "PD-18", "PD-30", "PD-36", "PD-45", ACCESS, INVITATIONS, PART),
    ),
    "services": ("service", ("PD-05", "PD-10", "PD-16", "PD-21", "PD-22", "PD-23", "PD-25", *RING)),
    "escalation_policies": ("escalation_policy", ("PD-06", "PD-07", *OF_POLICIES)),
    "schedules": ("schedule", ("PD-08", "PD-09", DUTY, RUNWAY, USED)),
    "shift_schedules": ("schedule", ("PD-08", "PD-09", DUTY, RUNWAY, USED)),
    "maintenance_windows": ("maintenance_window", (WINDOW,)),
    "extensions": ("extension", ("PD-14", "PD-15", "PD-32", "PD-33", "PD-34")),
    "extension_details": ("extension", ("PD-32",)),
    "event_orchestrations": ("event_orchestration", (KEEPS,)),
    "orchestration_routers": ("event_orchestration", (KEEPS,)),
    "orchestration_unrouted": ("event_orchestration", (KEEPS,)),
    "webhook_subscriptions": (
        "webhook_subscription",
        ("PD-14", "PD-15", "PD-32", "PD-33", "PD-34"),
    ),
}
"""Data set → the type of its records as resources, and the controls that judge each of them.

Where the record cannot be told apart any more, its row is the account's.
"""
WHO_IS_ON_CALL = {"users", "services", "escalation_policies", "schedules", "shift_schedules"}
"""The data sets that decide whom PD-30 has rows for."""
NAMING = {"escalation_policies", "schedules", "shift_schedules"}
"""The data sets whose records give people duties."""
COUNTED = {
    "users": ("PD-01", "PD-02", "PD-03", "PD-24", "PD-37"),
    "services": ("PD-12", "PD-19"),
    "session_configurations": ("PD-40",),
    "audit_latest": ("PD-11",),
    "audit_oldest": ("PD-12",),
    "priorities": ("PD-20",),
    "incidents": ("PD-20",),
}
"""Data set → the controls that judge the account by all of its records."""


@dataclass(frozen=True)
class References:
    """Who names whom in an account."""

    data: dict[str, list[Any]]
    window: tuple[datetime, datetime]

    def may_change(self, name: str, record: Record, *, loses_identity: bool) -> set[Case]:
        """Return the cases whose verdict a record of the data set *name* could change.

        One that nobody can tell apart from others may also be one that something names in vain.
        """
        kind, own = OWN.get(name, ("", ()))
        found = {(control, ACCOUNT, ACCOUNT) for control in (*own, *COUNTED.get(name, ()))}
        found |= {(control, kind, record["id"]) for control in own}
        if name in WHO_IS_ON_CALL:
            kinds = ("user", "service", "escalation_policy", "schedule", ACCOUNT)
            found |= {("PD-30", kind, ANY) for kind in kinds}
        if name in NAMING:
            found |= {(PART, "user", ANY), (PART, ACCOUNT, ACCOUNT)}
        if loses_identity and name == "audit_api_token":
            found.add(("PD-13", "api_key", ANY))  # it may tell of any key
        if others := OTHERS.get(name):
            found |= others(self, record)
            if loses_identity:
                for missing in self.named_in_vain(name):
                    found |= others(self, {**record, "id": missing})
        return found

    def named_in_vain(self, name: str) -> set[str]:
        """Return the ids that the account names and the data set *name* has not."""
        lists = ("schedules", "shift_schedules") if name.endswith("schedules") else (name,)
        named = self.named(name)
        return (
            named - {each["id"] for each in lists for each in self.data[each]} if named else named
        )

    def named(self, name: str) -> set[str]:
        """Return the ids of records of a data set that other records name."""
        match name:
            case "users":
                return self._people_named
            case "schedules" | "shift_schedules":
                return self._schedules_named
            case "escalation_policies":
                policies = [each["escalation_policy"] for each in self.data["services"]]
                return {each["id"] for each in policies if each}
            case "incident_workflows":
                return {each["workflow"]["id"] for each in self.data["incident_workflow_triggers"]}
        return set()

    # Levels, schedules and the people on them

    @cached_property
    def schedules(self) -> list[Record]:
        """The schedules of both kinds."""
        return [*self.data["schedules"], *self.data["shift_schedules"]]

    @cached_property
    def _schedules_named(self) -> set[str]:
        return {each["id"] for level in self._levels() for each in level if is_schedule(each)}

    @cached_property
    def _people_named(self) -> set[str]:
        targets = {each["id"] for level in self._levels() for each in level}
        on_schedules = {each for schedule in self.schedules for each in people_in(schedule)}
        return targets - self._schedules_named | on_schedules

    def _levels(self, policies: Iterable[Record] | None = None) -> Iterator[list[Record]]:
        for policy in self.data["escalation_policies"] if policies is None else policies:
            for rule in policy["escalation_rules"]:
                yield rule["targets"]

    def ends_in(self, ids: Collection[str]) -> set[Case]:
        """Return PD-07 of the policies whose last rule has one of *ids*."""
        return {
            ("PD-07", "escalation_policy", policy["id"])
            for policy in self.data["escalation_policies"]
            if policy["escalation_rules"]
            and any(each["id"] in ids for each in policy["escalation_rules"][-1]["targets"])
        }

    def calling(self, ids: Collection[str]) -> set[Case]:
        """Return PD-26 and PD-27 of the services whose policies name one of *ids* on any level."""
        policies = {
            each["id"]
            for each in self.data["escalation_policies"]
            if any(target["id"] in ids for level in self._levels([each]) for target in level)
        }
        return {
            (control, "service", each["id"])
            for control in RING
            for each in self.data["services"]
            if (each["escalation_policy"] or {}).get("id") in policies
        }

    def of_window(self, window: Record) -> set[Case]:
        """Return what a maintenance window matters for: the services that it names, or may name."""
        found = {(control, "service", ANY) for control in RING if window}
        return found | {(WINDOW, "maintenance_window", ANY)}

    def beside(self, ids: Collection[str]) -> set[Case]:
        """Return PD-08 of the schedules that share a level with one of *ids*."""
        return {
            ("PD-08", "schedule", each["id"])
            for level in self._levels()
            if any(target["id"] in ids for target in level)
            for each in level
            if is_schedule(each)
        }

    def of_people(self, people: Collection[str]) -> set[Case]:
        """Return the cases for which it matters whether some people are there."""
        on = {each["id"] for each in self.schedules if people_in(each) & set(people)}
        by_level = {
            (control, "escalation_policy", policy["id"])
            for control in ("PD-06", DUTY)
            for policy in self.data["escalation_policies"]
            if any(each["id"] in people for level in self._levels([policy]) for each in level)
        }
        rows = {(control, "schedule", each) for control in OF_TURNS for each in on}
        on_call = {("PD-18", "user", each) for each in people} | self.calling({*people, *on})
        return (
            rows | by_level | on_call | self.ends_in({*people, *on}) | self.beside({*people, *on})
        )

    def of_user(self, user: Record) -> set[Case]:
        """Return what a user matters for besides the user's own rows."""
        return self.of_people({user["id"]})

    def of_licence(self, allocation: Record) -> set[Case]:
        """Return whose invitation an allocation dates; one of nobody may be anybody's."""
        name = (allocation.get("user") or {}).get("id", ANY)
        return {(INVITATIONS, "user", name), (INVITATIONS, "user", ANY)}

    def of_access(self, lookup: Record) -> set[Case]:
        """Return the rows of whoever gave access, or of the account where nobody lists clients."""
        return {(ACCESS, kind, ANY) for kind in ("user", ACCOUNT)} if lookup else set()

    def of_policy(self, policy: Record) -> set[Case]:
        """Return what a policy matters for besides its own rows.

        What cannot be read of it may use any schedule: one that no other policy uses, and one
        that only its levels complete.
        """
        found = {
            (control, "service", each["id"])
            for control in ("PD-05", *RING)
            for each in self.data["services"]
            if (each["escalation_policy"] or {}).get("id") == policy["id"]
        }
        others = [each for each in self.data["escalation_policies"] if each["id"] != policy["id"]]
        used = {each["id"] for level in self._levels(others) for each in level}
        for schedule in self.schedules:
            if schedule["id"] not in used:
                found |= {(each, "schedule", schedule["id"]) for each in (*OF_TURNS, USED)}
            elif self.has_gap(schedule) or schedule["id"] in self._targets_of(policy):
                found.add(("PD-08", "schedule", schedule["id"]))
        return found | self._deleted_in(policy)

    def _targets_of(self, policy: Record) -> set[str]:
        rules = policy.get("escalation_rules") or []
        return {each["id"] for rule in rules for each in rule["targets"]}

    def has_gap(self, schedule: Record) -> bool:
        """Tell whether nobody of a schedule is on call at some time in the window."""
        start, end = self.window
        until = start
        for shift_start, shift_end in sorted(shifts(schedule)):
            if shift_start > until:
                return True
            until = max(until, shift_end or end)
        return until < end

    def of_schedule(self, schedule: Record) -> set[Case]:
        """Return what a schedule matters for besides its own rows."""
        ids = {schedule["id"]}
        return self.ends_in(ids) | self.beside(ids) | self.calling(ids) | self._deleted_in(schedule)

    def of_row(self, row: Record) -> set[Case]:
        """Return what one row of who is on call matters for."""
        owners = [("escalation_policy", row["escalation_policy"]), ("schedule", row["schedule"])]
        rows = {("PD-18", kind, each["id"]) for kind, each in owners if each}
        own = {("PD-18", "user", row["user"]["id"]), ("PD-18", ACCOUNT, ACCOUNT)}
        return rows | own | self._deleted_in(row)

    def _deleted_in(self, record: Record) -> set[Case]:
        """Return the cases of the people whom a record shows as deleted."""
        people = set(deleted_in(record))
        return self.of_people(people) if people else set()

    # Services

    def of_service(self, service: Record) -> set[Case]:
        """Return the rows of a service's integrations, and of policies that it alone may use."""
        rows = {("PD-16", "integration", each["id"]) for each in service.get("integrations") or ()}
        others = [
            each
            for each in self.data["services"]
            if each["id"] != service["id"] and each["status"] != "disabled"
        ]
        used = {(each["escalation_policy"] or {}).get("id") for each in others}
        unsure = [each for each in self.data["escalation_policies"] if each["id"] not in used]
        found = {(name, "escalation_policy", each["id"]) for each in unsure for name in OF_POLICIES}
        windows = {(WINDOW, "maintenance_window", ANY), (WINDOW, ACCOUNT, ACCOUNT)}
        return rows | found | windows | {(KEEPS, "event_orchestration", ANY)}

    def of_workflow(self, workflow: Record) -> set[Case]:
        """Return PD-10 of the services that a workflow's triggers listen to."""
        triggers = self.data["incident_workflow_triggers"]
        return {
            case
            for each in triggers
            if each["workflow"]["id"] == workflow["id"]
            for case in self._listened_to(each)
        }

    def _listened_to(self, trigger: Record) -> set[Case]:
        if trigger["is_subscribed_to_all_services"]:
            return {("PD-10", "service", ANY)}
        return {("PD-10", "service", each["id"]) for each in trigger["services"]}

    def of_trigger(self, trigger: Record) -> set[Case]:
        """Return PD-10 of the services to which no other trigger listens: it might be for them."""
        enabled = {each["id"] for each in self.data["incident_workflows"] if each["is_enabled"]}
        others = [
            each
            for each in self.data["incident_workflow_triggers"]
            if each["id"] != trigger["id"] and each["workflow"]["id"] in enabled
        ]
        covered = {case for each in others for case in self._listened_to(each)}
        return {
            case for case in self._rows("PD-10", self.data["services"]) if case not in covered
        } | self._listened_to(trigger)

    def of_business_lookup(self, lookup: Record) -> set[Case]:
        """Return PD-10 of the services that no other edge shows to carry a business service."""
        edges = [
            edge
            for each in self.data["business_service_dependencies"]
            for edge in each["relationships"]
            if edge is not lookup["relationships"][0]
        ]
        carrying = {each["supporting_service"]["id"] for each in edges if is_carrying(each)}
        unsure = [each for each in self.data["services"] if each["id"] not in carrying]
        return self._rows("PD-10", unsure)

    def of_lookup(self, lookup: Record) -> set[Case]:
        """Return PD-21 of the services that the edges of one look-up show."""
        ends = ("supporting_service", "dependent_service")
        shown = {edge[end]["id"] for edge in lookup["relationships"] for end in ends}
        return {("PD-21", "service", each) for each in {lookup["id"], *shown}}

    def of_event(self, event: Record) -> set[Case]:
        """Return PD-25 of the services that no other change event names: it might name them."""
        others = [each for each in self.data["change_events"] if each["id"] != event["id"]]
        named = {each for other in others for each in self.named_by(other)}
        return self._rows(
            "PD-25", [each for each in self.data["services"] if each["id"] not in named]
        )

    def named_by(self, event: Record) -> set[str]:
        """Return the services that a change event names."""
        integration = (event["integration"] or {}).get("id")
        return {each["id"] for each in event["services"]} | {
            service["id"]
            for service in self.data["services"]
            if any(each["id"] == integration for each in service["integrations"])
        }

    def of_key_use(self, record: Record) -> set[Case]:
        """Return PD-13 of the keys that share the actor or the token of a record."""
        actor, token = key_of(record)
        keys = map(key_of, self.data["audit_api_token"])
        found = {
            ("PD-13", "api_key", f"{each}:{other}")
            for each, other in keys
            if each == actor or other == token
        }
        unknown = {f"{actor}:unknown", f"unknown:{token}", "unknown:unknown"}
        return found | {("PD-13", "api_key", each) for each in unknown}

    @staticmethod
    def _rows(control: str, services: Iterable[Record]) -> set[Case]:
        return {(control, "service", each["id"]) for each in services}


OTHERS: dict[str, Callable[[References, Record], set[Case]]] = {
    "users": References.of_user,
    "services": References.of_service,
    "escalation_policies": References.of_policy,
    "license_allocations": References.of_licence,
    "oauth_delegations": References.of_access,
    "maintenance_windows": References.of_window,
    "schedules": References.of_schedule,
    "shift_schedules": References.of_schedule,
    "oncalls": References.of_row,
    "incident_workflows": References.of_workflow,
    "incident_workflow_triggers": References.of_trigger,
    "business_service_dependencies": References.of_business_lookup,
    "technical_service_dependencies": References.of_lookup,
    "change_events": References.of_event,
    "audit_api_token": References.of_key_use,
}
"""Data set → what else its records matter for. No verdict hangs on a team, or on the name of a
business service."""


def is_schedule(target: Record) -> bool:
    """Tell whether a target is a schedule of either kind."""
    return str(target["type"]).startswith("schedule")


def is_carrying(edge: Record) -> bool:
    """Tell whether a technical service carries a business service on an edge."""
    kinds = [edge[end]["type"] for end in ("supporting_service", "dependent_service")]
    return [kind.startswith("business_service") for kind in kinds] == [False, True]


def key_of(record: Record) -> tuple[str, str]:
    """Return the actor and the last characters of the key that an audit record names."""
    (actor,) = record["actors"] or [{"id": "unknown"}]
    return actor["id"], (record["method"]["truncated_token"] or "unknown")[-4:]


def people_in(value: Any) -> set[str]:
    """Return the ids of the people whom a schedule names anywhere."""
    if isinstance(value, list):
        return {found for each in value for found in people_in(each)}
    if not isinstance(value, dict):
        return set()
    own = {value["user_id"]} if "user_id" in value else set()
    if str(value.get("type")).startswith("user") and "id" in value:
        own.add(value["id"])
    return own | {found for each in value.values() for found in people_in(each)}


def deleted_in(value: Any) -> Iterator[str]:
    """Yield the ids of the people whom a record shows as deleted."""
    if isinstance(value, list):
        for each in value:
            yield from deleted_in(each)
    elif isinstance(value, dict):
        if value.get("deleted_at"):
            yield value.get("id") or value["user_id"]
        yield from deleted_in(list(value.values()))


def shifts(schedule: Record) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield when somebody who was not deleted is on call."""
    final = schedule["final_schedule"]
    for entry in final.get("rendered_schedule_entries", ()):
        if not entry["user"].get("deleted_at"):
            yield moment(entry["start"]), entry["end"] and moment(entry["end"])
    for entry in final.get("computed_shift_assignments", ()):
        if entry["member"]["type"] == "user_member" and not entry["member"].get("deleted_at"):
            yield moment(entry["start_time"]), entry["end_time"] and moment(entry["end_time"])


def moment(text: str) -> datetime:
    """Return a moment that PagerDuty wrote down."""
    return datetime.fromisoformat(text)
