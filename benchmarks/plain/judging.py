"""Judges the 25 core controls, each in a function of its own, over what was read."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from benchmarks.plain.reading import AUDIT_WINDOW, AUDIT_YEAR, COVERAGE, ENDS, Facts, Record

Verdict = tuple[str, str, str]
"""Id of a resource, status, and the sentence that says why."""
Span = tuple[datetime, datetime]
PASS, FAIL, ERROR = "pass", "fail", "error"
MANUAL, NOT_APPLICABLE = "manual", "not_applicable"
ACCOUNT = "account"
STAKEHOLDERS = frozenset({"read_only_user", "read_only_limited_user"})
REFUSED = frozenset(
    f"{kind}_inbound_integration" for kind in ("cloudkick", "keynote", "sql_monitor")
)
KEY_AGE = timedelta(days=90)
LEVELS = PARTICIPANTS = 2
UNKNOWN = "unknown"


class Account:
    """What was read, with what several controls look up in it."""

    def __init__(self, facts: Facts, as_of: datetime) -> None:
        self.facts = facts
        self.as_of = as_of
        self.until = as_of + COVERAGE
        self.users = {each["id"]: each for each in facts["users"]}
        self.policies = {each["id"]: each for each in facts["policies"]}
        self.layers = {each["id"]: each for each in facts["layer_schedules"]}
        self.shifts = {each["id"]: each for each in facts["shift_schedules"]}
        self.deleted = dict(self._deleted())
        self.levels = self._levels()
        self._entries: dict[str, list[tuple[Record, Span]]] = {}

    @property
    def schedules(self) -> Iterator[Record]:
        """Every schedule of both kinds."""
        yield from self.layers.values()
        yield from self.shifts.values()

    def _deleted(self) -> Iterator[tuple[str, str]]:
        """Yield who was deleted, and when, as references say it that are not users any more."""
        names = ("policies", "layer_schedules", "shift_schedules", "oncalls")
        left: list[Any] = [self.facts[name] for name in names]
        while left:
            each = left.pop()
            if isinstance(each, list):
                left += each
            elif isinstance(each, dict):
                left += each.values()
                who = each.get("user_id") or each.get("id")
                is_person = not str(each.get("type")).startswith("schedule")
                if each.get("deleted_at") and is_person and who not in self.users:
                    yield str(who), each["deleted_at"][:10]

    def is_gone(self, reference: Record) -> bool:
        """Tell whether a target, or somebody on a schedule, was deleted."""
        if reference.get("deleted_at"):
            return True
        return (reference.get("user_id") or reference["id"]) in self.deleted

    def _levels(self) -> dict[str, list[Record]]:
        """Return the rules that notify a schedule, by its id."""
        found = defaultdict(list)
        for policy in self.facts["policies"]:
            for rule in policy["escalation_rules"]:
                for target in rule["targets"]:
                    if target["type"].startswith("schedule"):
                        found[target["id"]].append(rule)
        return found

    def entries(self, identity: str) -> list[tuple[Record, Span]]:
        """Return who is on call on a schedule, and when."""
        if identity not in self._entries:
            self._entries[identity] = list(self._read_entries(identity))
        return self._entries[identity]

    def _read_entries(self, identity: str) -> Iterator[tuple[Record, Span]]:
        if identity in self.layers:
            for each in self.layers[identity]["final_schedule"]["rendered_schedule_entries"]:
                end = moment(each["end"]) if each["end"] else self.until
                if each.get("user"):
                    yield each["user"], (moment(each["start"]), end)
        elif identity in self.shifts:
            for each in self.shifts[identity]["final_schedule"]["computed_shift_assignments"]:
                if each["member"]["type"] != "empty_member":
                    yield each["member"], (moment(each["start_time"]), moment(each["end_time"]))

    def spans(self, identity: str) -> list[Span]:
        """Return when somebody is on call on a schedule who is still there."""
        return [span for who, span in self.entries(identity) if not self.is_gone(who)]

    def why_silent(self, person: Record) -> str:
        """Return why PagerDuty cannot page somebody; nothing where it can."""
        user = self.users.get(person.get("user_id") or person["id"])
        if self.is_gone(person) or user is None:
            return f"{label('user', person)} was deleted"
        if user["invitation_sent"]:
            return f"{label('user', user)} has not accepted the invitation"
        if user["role"] in STAKEHOLDERS:
            return f"{label('user', user)} is a stakeholder ({user['role']})"
        return ""

    def with_role(self, *roles: str) -> list[Record]:
        """Return the users who have one of some roles."""
        return [each for each in self.facts["users"] if each["role"] in roles]


def moment(text: str) -> datetime:
    """Return a timestamp of PagerDuty's."""
    return datetime.fromisoformat(text)


def label(kind: str, record: Record) -> str:
    """Return how a sentence calls a record."""
    return f"{kind} {record.get('name') or record.get('summary')!r} ({record['id']})"


def gaps(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Return when none of *spans* covers what lies between *start* and *end*."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if begins >= end:
            break
        if begins > start:
            found.append((start, begins))
        start = max(start, ends)
    return [*found, (start, end)] if start < end else found


def sso(account: Account) -> Iterator[Verdict]:
    """PD-01."""
    users = account.facts["users"]
    if "sso" not in account.facts["abilities"]:
        yield ACCOUNT, FAIL, "the account has no single sign-on"
        return
    judged = [each for each in users if each["role"] != "owner" and not each["invitation_sent"]]
    through = sum(each.get("created_via_sso") is True for each in users)
    is_closed = judged and all(each.get("created_via_sso") for each in judged)
    text = f"{through} of {len(users)} users were created through SSO"
    yield ACCOUNT, PASS if is_closed else MANUAL, text


def least_privilege(account: Account) -> Iterator[Verdict]:
    """PD-02."""
    users = len(account.users)
    privileged = account.with_role("owner", "admin")
    allowed = max(3, math.ceil(users * 10 / 100))
    names = ", ".join(label("user", each) for each in privileged)
    text = f"{len(privileged)} of {users} users are privileged, {allowed} may be: {names}"
    yield ACCOUNT, PASS if len(privileged) <= allowed else FAIL, text


def one_owner(account: Account) -> Iterator[Verdict]:
    """PD-03."""
    owners = account.with_role("owner")
    text = f"owners: {', '.join(label('user', each) for each in owners)}"
    yield ACCOUNT, PASS if len(owners) == 1 else FAIL, text


def teams(account: Account) -> Iterator[Verdict]:
    """PD-04."""
    if "teams" not in account.facts["abilities"] or account.facts["teams"] is None:
        yield ACCOUNT, NOT_APPLICABLE, "the plan has no teams"
        return
    for user in account.facts["users"]:
        if user["role"] in STAKEHOLDERS:
            yield user["id"], NOT_APPLICABLE, f"{label('user', user)} is a stakeholder"
        elif user["teams"]:
            yield user["id"], PASS, f"{label('user', user)} belongs to a team"
        else:
            yield user["id"], FAIL, f"{label('user', user)} belongs to no team"


def per_service(judge: Callable[[Account, Record], str]) -> Callable[[Account], Iterator[Verdict]]:
    """Return a control that *judge* decides for each service in service: a reason is a fail."""

    def judged(account: Account) -> Iterator[Verdict]:
        for service in account.facts["services"]:
            if service["status"] == "disabled":
                yield service["id"], NOT_APPLICABLE, f"{label('service', service)} is disabled"
            elif problem := judge(account, service):
                yield service["id"], FAIL, f"{label('service', service)} {problem}"
            else:
                yield service["id"], PASS, f"{label('service', service)} complies"

    return judged


def policy_problem(account: Account, service: Record) -> str:
    """PD-05."""
    named = service["escalation_policy"]
    if not named:
        return "has no escalation policy"
    policy = account.policies.get(named["id"])
    if not policy:
        return f"refers to escalation policy {named['id']}, which does not exist"
    return "" if policy["escalation_rules"] else f"uses {label('policy', policy)} without rules"


def several_levels(account: Account) -> Iterator[Verdict]:
    """PD-06."""
    for policy in account.facts["policies"]:
        rules = [
            frozenset(each["id"] for each in rule["targets"] if not account.is_gone(each))
            for rule in policy["escalation_rules"]
        ]
        levels = len(set(filter(None, rules)))
        text = f"{label('escalation policy', policy)} has {levels} distinct levels"
        yield policy["id"], PASS if levels >= LEVELS else FAIL, text


def no_silence(account: Account) -> Iterator[Verdict]:
    """PD-07."""
    for policy in account.facts["policies"]:
        rules = policy["escalation_rules"]
        targets = rules[-1]["targets"] if rules else []
        reasons = [silence(account, each) for each in targets]
        if targets and not all(reasons):
            text = f"{label('escalation policy', policy)} complies"
            yield policy["id"], PASS, text
        else:
            text = f"{label('escalation policy', policy)} ends in silence: {', '.join(reasons)}"
            yield policy["id"], FAIL, text


def silence(account: Account, target: Record) -> str:
    """Return why a target notifies nobody; nothing where it notifies somebody."""
    if target["type"].startswith("user"):
        return account.why_silent(target)
    if target.get("deleted_at"):
        return f"schedule {target['id']} was deleted"
    reasons = set()
    for who, (begins, ends) in account.entries(target["id"]):
        if max(begins, account.as_of) < min(ends, account.until):
            reason = account.why_silent(who)
            if not reason:
                return ""
            reasons.add(reason)
    return f"schedule {target['id']} has nobody on call: {', '.join(sorted(reasons))}"


def coverage(account: Account) -> Iterator[Verdict]:
    """PD-08."""
    for schedule in account.schedules:
        name, levels = label("schedule", schedule), account.levels.get(schedule["id"])
        if not levels:
            yield schedule["id"], NOT_APPLICABLE, f"{name} is not used"
            continue
        found = gaps(account.spans(schedule["id"]), account.as_of, account.until)
        if not found or all(is_completed(account, rule) for rule in levels):
            yield schedule["id"], PASS, f"{name} complies"
        else:
            named = ", ".join(f"{start:%Y-%m-%dT%H:%M} to {end:%H:%M}" for start, end in found[:5])
            yield schedule["id"], FAIL, f"{name} has {len(found)} gaps: {named}"


def is_completed(account: Account, rule: Record) -> bool:
    """Tell whether the targets of a rule leave no gap together."""
    spans: list[Span] = []
    for target in rule["targets"]:
        if target["type"].startswith("user"):
            if not account.why_silent(target):
                return True
        elif not target.get("deleted_at"):
            spans += account.spans(target["id"])
    return not gaps(spans, account.as_of, account.until)


def participants(account: Account) -> Iterator[Verdict]:
    """PD-09."""
    for schedule in account.schedules:
        name = label("schedule", schedule)
        if schedule["id"] not in account.levels:
            yield schedule["id"], NOT_APPLICABLE, f"{name} is not used"
            continue
        is_layered = schedule["id"] in account.layers
        members = (members_of_layers if is_layered else members_of_events)(schedule, account.as_of)
        found = {each.get("user_id") or each["id"] for each in members if not account.is_gone(each)}
        text = f"{name} has {len(found)} participants: {', '.join(sorted(found))}"
        yield schedule["id"], PASS if len(found) >= PARTICIPANTS else FAIL, text


def members_of_layers(schedule: Record, as_of: datetime) -> Iterator[Record]:
    """Yield the users of the layers that run at *as_of* or later."""
    for layer in schedule["schedule_layers"]:
        end = layer.get("end")
        if not end or moment(end) > max(as_of, moment(layer["start"])):
            for each in layer["users"]:
                yield each["user"]


def members_of_events(schedule: Record, as_of: datetime) -> Iterator[Record]:
    """Yield the members of the events that are in effect at *as_of* or later."""
    for rotation in schedule.get("rotations") or ():
        for event in rotation.get("events") or ():
            until = event.get("effective_until")
            if not until or moment(until) > as_of:
                for each in event["assignment_strategy"]["members"]:
                    if each["type"] != "empty_member":
                        yield each


def workflows(account: Account) -> Iterator[Verdict]:
    """PD-10."""
    if account.facts["workflows"] is None or account.facts["triggers"] is None:
        yield ACCOUNT, FAIL, "the plan has no incident workflows"
        return
    critical = {
        edge["supporting_service"]["id"]
        for edge in account.facts["edges"]
        if is_business(edge["dependent_service"]) and not is_business(edge["supporting_service"])
    }
    if not critical:
        yield ACCOUNT, MANUAL, "no service is critical: name those that are"
        return
    everywhere, started = started_services(account)
    for service in account.facts["services"]:
        name = label("service", service)
        if service["status"] == "disabled" or service["id"] not in critical:
            yield service["id"], NOT_APPLICABLE, f"{name} is disabled, or not critical"
        elif everywhere or service["id"] in started:
            yield service["id"], PASS, f"{name} complies"
        else:
            yield service["id"], FAIL, f"{name} is critical and starts no workflow"


def is_business(node: Record) -> bool:
    """Tell whether one end of an edge is a business service."""
    return bool(node["type"].startswith("business_service"))


def started_services(account: Account) -> tuple[bool, set[str]]:
    """Return whether an enabled workflow listens to all services, and to which it does."""
    enabled = {
        each["id"] for each in account.facts["workflows"] if each.get("is_enabled") is not False
    }
    triggers = [each for each in account.facts["triggers"] if each["workflow"]["id"] in enabled]
    everywhere = any(each.get("is_subscribed_to_all_services") for each in triggers)
    return everywhere, {part["id"] for each in triggers for part in each.get("services") or ()}


def audit_log(account: Account) -> Iterator[Verdict]:
    """PD-11."""
    latest = account.facts["latest"]
    yield ACCOUNT, PASS if latest else FAIL, f"{len(latest or ())} audit records in 31 days"


def retention(account: Account) -> Iterator[Verdict]:
    """PD-12."""
    oldest = account.facts["oldest"]
    if oldest is None:
        yield ACCOUNT, FAIL, "the plan has no audit trail"
        return
    age = account.as_of - moment(oldest[0]["execution_time"]) if oldest else timedelta()
    text = f"the oldest readable audit record is {age.days} days old"
    if age >= AUDIT_YEAR - AUDIT_WINDOW:
        yield ACCOUNT, PASS, text
        return
    things = [each for one in account.facts["services"] for each in (one, *one["integrations"])]
    created = [moment(each["created_at"]) for each in things if each.get("created_at")]
    is_older = any(each < account.as_of - AUDIT_YEAR for each in created)
    yield ACCOUNT, FAIL if is_older else MANUAL, text


def key_age(account: Account) -> Iterator[Verdict]:
    """PD-13."""
    records = account.facts["by_keys"]
    if not records:
        status = FAIL if records is None else MANUAL
        yield ACCOUNT, status, "the audit trail shows no API key at work"
        return
    used: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for record in records:
        actor = (record.get("actors") or [{"id": UNKNOWN}])[0]["id"]
        shown = record["method"].get("truncated_token")
        token = shown[-4:] if shown else UNKNOWN
        used[actor, token].append(moment(record["execution_time"]))
    limit = account.as_of - KEY_AGE
    for key, times in used.items():
        first, last = min(times), max(times)
        is_overdue = UNKNOWN not in key and first < limit <= last
        text = f"API key {':'.join(key)} was used from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        yield ":".join(key), FAIL if is_overdue else MANUAL, text


def https(account: Account) -> Iterator[Verdict]:
    """PD-14."""
    urls = [
        (each["id"], each["endpoint_url"])
        for each in account.facts["extensions"]
        if each.get("endpoint_url")
    ]
    urls += [(each["id"], each["delivery_method"]["url"]) for each in account.facts["webhooks"]]
    for identity, url in urls:
        parts = urlsplit(url.strip())
        is_safe = parts.scheme.lower() == "https" and parts.hostname
        yield identity, PASS if is_safe else FAIL, f"{identity} sends over {parts.scheme}"


def signed(account: Account) -> Iterator[Verdict]:
    """PD-15."""
    for each in account.facts["extensions"]:
        schema = each["extension_schema"]
        key = str(schema.get("key")).lower()
        is_generic = "generic" in key and "webhook" in key
        if schema["id"] in {"PJFWPEP", "PF9KMXH"} or is_generic:
            yield each["id"], FAIL, f"{label('extension', each)} is a generic webhook, unsigned"
    for each in account.facts["webhooks"]:
        yield each["id"], PASS, f"subscription {each['id']} is signed"


def scoped(account: Account) -> Iterator[Verdict]:
    """PD-16."""
    for service in account.facts["services"]:
        for each in service["integrations"]:
            name = f"{label('integration', each)} of {label('service', service)}"
            kind = each["type"].removesuffix("_reference")
            if service["status"] == "disabled":
                yield each["id"], NOT_APPLICABLE, f"{name} is disabled"
            elif kind in REFUSED or (kind.startswith("generic_email") and is_open(each)):
                yield each["id"], FAIL, f"{name} is open, or of a type that is gone: {kind}"
            else:
                yield each["id"], PASS, f"{name} complies"


def is_open(integration: Record) -> bool:
    """Tell whether an e-mail integration takes mail from any sender."""
    mode = integration.get("email_filter_mode") or "all-email"
    filters = [
        each["from_email_mode"] == "always" for each in integration.get("email_filters") or ()
    ]
    if mode == "all-email" or not filters:
        return True
    return any(filters) if mode == "or-rules-email" else all(filters)


def notification_rules(account: Account) -> Iterator[Verdict]:
    """PD-17."""
    for user in account.facts["users"]:
        name = label("user", user)
        if user["role"] in STAKEHOLDERS or user["invitation_sent"]:
            yield user["id"], NOT_APPLICABLE, f"{name} is a stakeholder, or invited"
            continue
        known = {each["id"] for each in user["contact_methods"]}
        has_rule = any(
            rule["urgency"] == "high" and (rule.get("contact_method") or {}).get("id") in known
            for rule in user["notification_rules"]
        )
        text = (
            f"{name} {'complies' if has_rule else 'has no high-urgency rule that leads anywhere'}"
        )
        yield user["id"], PASS if has_rule else FAIL, text


def reached(account: Account) -> Iterator[Verdict]:
    """PD-18."""
    people: dict[str, Record] = {}
    for row in account.facts["oncalls"]:
        if row["user"]["id"] not in people or row["user"].get("deleted_at"):
            people[row["user"]["id"]] = row["user"]
    if not people:
        yield ACCOUNT, NOT_APPLICABLE, "nobody is on call"
    for identity, person in people.items():
        if account.is_gone(person):
            yield identity, FAIL, f"{label('user', person)} is on call, and was deleted"
        elif identity not in account.users:
            yield identity, ERROR, f"{label('user', person)} is on call, and unknown"
        else:
            user = account.users[identity]
            is_usable = any(map(can_wake, user["contact_methods"]))
            text = f"{label('user', user)} {'complies' if is_usable else 'cannot be reached'}"
            yield identity, PASS if is_usable else FAIL, text


def can_wake(method: Record) -> bool:
    """Tell whether a contact method is more than e-mail, and works."""
    is_on = method.get("enabled") is not False and method.get("blacklisted") is not True
    return is_on and not method["type"].startswith("email")


def urgency(account: Account) -> Iterator[Verdict]:
    """PD-19."""
    rules = Counter(
        urgency_of(each["incident_urgency_rule"])
        for each in account.facts["services"]
        if each["status"] != "disabled"
    )
    if "urgencies" not in account.facts["abilities"] or not rules:
        yield ACCOUNT, NOT_APPLICABLE, "the plan has no urgencies, or no service is in service"
    else:
        yield ACCOUNT, FAIL if rules.keys() == {"constant high"} else PASS, f"{dict(rules)}"


def urgency_of(rule: Record) -> str:
    """Return how urgent the incidents of a service are."""
    return "support hours" if "urgency" not in rule else f"{rule['type']} {rule['urgency']}"


def priorities(account: Account) -> Iterator[Verdict]:
    """PD-20."""
    sample = account.facts["incidents"] or []
    is_used = not sample or any(each.get("priority") for each in sample)
    is_good = bool(account.facts["priorities"]) and is_used
    yield ACCOUNT, PASS if is_good else FAIL, f"priorities are used by {len(sample)} incidents"


def timeout_problem(name: str) -> Callable[[Account, Record], str]:
    """PD-22 and PD-23."""

    def problem(account: Account, service: Record) -> str:
        del account  # it is told by the service alone
        found = service[name]
        return "" if found else f"has no {name}: {'never' if found is None else 'at once'}"

    return problem


def analytics(account: Account) -> Iterator[Verdict]:
    """PD-24."""
    abilities = set(account.facts["abilities"])
    if not any(
        each == "advanced_reports" or "analytics" in each or "insights" in each
        for each in abilities
    ):
        yield ACCOUNT, NOT_APPLICABLE, "the plan has no analytics"
    elif not abilities & {"advanced_permissions", "permissions_service", "read_only_users"}:
        yield ACCOUNT, FAIL, "nothing restricts who sees analytics"
    else:
        roles = Counter(each["role"] for each in account.facts["users"])
        yield ACCOUNT, MANUAL, f"users per role: {dict(roles)}"


def change_events(account: Account) -> Iterator[Verdict]:
    """PD-25."""
    if account.facts["changes"] is None:
        yield ACCOUNT, NOT_APPLICABLE, "the plan has no change events"
        return
    yield from per_service(unchanged)(account)


def unchanged(account: Account, service: Record) -> str:
    """Return that a service has no change event."""
    return "" if service["id"] in account.facts["changes"] else "had no change event for 90 days"


def mapped(account: Account) -> Iterator[Verdict]:
    """PD-21."""
    on_graph = {edge[end]["id"] for edge in account.facts["edges"] for end in ENDS}

    def problem(_: Account, service: Record) -> str:
        return "" if service["id"] in on_graph else "has no dependency"

    yield from per_service(problem)(account)


CONTROLS: dict[str, Callable[[Account], Iterator[Verdict]]] = {
    "PD-01": sso,
    "PD-02": least_privilege,
    "PD-03": one_owner,
    "PD-04": teams,
    "PD-05": per_service(policy_problem),
    "PD-06": several_levels,
    "PD-07": no_silence,
    "PD-08": coverage,
    "PD-09": participants,
    "PD-10": workflows,
    "PD-11": audit_log,
    "PD-12": retention,
    "PD-13": key_age,
    "PD-14": https,
    "PD-15": signed,
    "PD-16": scoped,
    "PD-17": notification_rules,
    "PD-18": reached,
    "PD-19": urgency,
    "PD-20": priorities,
    "PD-21": mapped,
    "PD-22": per_service(timeout_problem("acknowledgement_timeout")),
    "PD-23": per_service(timeout_problem("auto_resolve_timeout")),
    "PD-24": analytics,
    "PD-25": change_events,
}


def judge(facts: Facts, as_of: datetime) -> list[dict[str, str]]:
    """Return a row for each control and resource; a control without any has one of the account."""
    account = Account(facts, as_of)
    rows = []
    for control, decide in CONTROLS.items():
        found = list(decide(account)) or [(ACCOUNT, NOT_APPLICABLE, "nothing of the kind is there")]
        for identity, status, message in found:
            rows.append(
                {"control": control, "resource": identity, "status": status, "message": message}
            )
    return rows
