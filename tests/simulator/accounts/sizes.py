"""Accounts of any size, made up quickly: for speed, for paging, for the caps."""

from __future__ import annotations

from datetime import datetime

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.records import Record, ago


def pick(things: list[Record], number: int) -> list[Record]:
    """Return one of *things*, in turn; none when there are none."""
    return [things[number % len(things)]] if things else []


def sized(
    now: datetime,
    *,
    users: int = 100,
    services: int = 50,
    policies: int = 20,
    layer_schedules: int = 20,
    shift_schedules: int = 2,
    teams: int = 10,
    business_services: int = 5,
    extensions: int = 5,
    webhook_subscriptions: int = 5,
    orchestrations: int = 2,
    audit_records: int = 365,
    change_events: int | None = None,
    incidents: int = 100,
    workflows: int = 5,
) -> Account:
    """Return a healthy account with so many records of each kind.

    Change events are one for each service unless they are given.
    """
    account = Account(now)
    account.teams = [
        builders.a_team(f"Team {number}", id=f"PT{number:05}") for number in range(teams)
    ]
    account.users = [
        builders.a_user(
            f"User {number}",
            "limited_user" if number else "owner",
            id=f"PU{number:05}",
            teams=pick(account.teams, number),
        )
        for number in range(users)
    ]
    add_schedules(account, layer_schedules, shift_schedules)
    add_policies(account, policies)
    add_services(account, services, business_services)
    add_endpoints(account, extensions, webhook_subscriptions, workflows)
    add_orchestrations(account, orchestrations)
    events = services if change_events is None else change_events
    add_history(account, audit_records, events, incidents)
    return account


def crew(account: Account, number: int) -> list[Record]:
    """Return three people who take turns."""
    return [person for step in range(3) for person in pick(account.users, number * 3 + step)]


def add_schedules(account: Account, layer_based: int, shift_based: int) -> None:
    """Add schedules of both kinds."""
    account.schedules = [
        builders.a_layer_schedule(
            f"Schedule {number}",
            id=f"PL{number:05}",
            layers=[builders.a_layer(crew(account, number), turn_seconds=86400)],
            teams=pick(account.teams, number),
        )
        for number in range(layer_based)
    ]
    account.shift_schedules = [
        builders.a_shift_schedule(f"Shifts {number}", crew(account, number), id=f"PV{number:05}")
        for number in range(shift_based)
    ]


def add_policies(account: Account, count: int) -> None:
    """Add policies: a schedule first, then a user."""
    schedules = [*account.schedules, *account.shift_schedules]
    account.escalation_policies = [
        builders.a_policy(
            f"Policy {number}",
            *(level for level in (pick(schedules, number), pick(account.users, number)) if level),
            id=f"PE{number:05}",
            teams=pick(account.teams, number),
        )
        for number in range(count)
    ]


def add_services(account: Account, count: int, business: int) -> None:
    """Add services, most of which hang on another service, some on a business service."""
    account.business_services = [
        builders.a_business_service(f"Business {number}", id=f"PB{number:05}")
        for number in range(business)
    ]
    for number in range(count):
        policy = next(iter(pick(account.escalation_policies, number)), None)
        service = builders.a_service(
            f"Service {number}",
            policy,
            id=f"PS{number:05}",
            teams=pick(account.teams, number),
        )
        above = [*account.business_services, *account.services[:20]]
        account.dependencies += [
            builders.a_dependency(service, each) for each in pick(above, number)
        ]
        account.services.append(service)


def add_endpoints(account: Account, extensions: int, subscriptions: int, workflows: int) -> None:
    """Add extensions, webhook subscriptions and workflows."""
    account.extensions = [
        builders.an_extension(
            f"Extension {number}", pick(account.services, number), id=f"PX{number:05}"
        )
        for number in range(extensions)
    ]
    account.webhook_subscriptions = [
        builders.a_webhook_subscription(f"Subscription {number}", id=f"PW{number:05}")
        for number in range(subscriptions)
    ]
    account.incident_workflows = [
        builders.a_workflow(f"Workflow {number}", id=f"PF{number:05}")
        for number in range(workflows)
    ]
    account.triggers = [
        builders.a_trigger(workflow, all_services=True) for workflow in account.incident_workflows
    ]


def add_orchestrations(account: Account, count: int) -> None:
    """Add event orchestrations, each of which sends everything to one service."""
    account.orchestrations = [
        builders.an_orchestration(f"Orchestration {number}", service)
        for number in range(count)
        for service in pick(account.services, number)
    ]


def add_history(account: Account, audits: int, changes: int, incidents: int) -> None:
    """Spread audit records over a year, change events and incidents over four weeks."""
    now = account.as_of
    account.priorities = [builders.a_priority(f"P{number}") for number in range(1, 6)]
    account.audit_records = [
        builders.an_audit_record(
            ago(now, 0.5 + 364 * number / audits),
            id=f"PDRECORD{number:07}",
            actor=account.users[0] if account.users else None,
            root=pick(account.services, number)[0] if account.services else None,
        )
        for number in range(audits)
    ]
    account.change_events = [
        builders.a_change_event(
            ago(now, 0.5 + 27 * number / changes),
            pick(account.services, number),
            id=f"01CHANGE{number:07}",
        )
        for number in range(changes)
    ]
    account.incidents = [
        builders.an_incident(
            service,
            ago(now, 0.5 + 27 * number / incidents),
            id=f"PI{number:06}",
            number=number + 1,
            priority=account.priorities[number % 5],
        )
        for number in range(incidents)
        for service in pick(account.services, number)
    ]


def large(now: datetime) -> Account:
    """Return an account of a few hundred people, as a large customer has it."""
    return sized(
        now,
        users=500,
        services=200,
        policies=150,
        layer_schedules=100,
        shift_schedules=20,
        teams=40,
        business_services=10,
        extensions=30,
        webhook_subscriptions=20,
        orchestrations=10,
    )


def huge(now: datetime) -> Account:
    """Return an account at the edge of what PagerDuty hands out."""
    return sized(
        now,
        users=10_000,
        services=5_000,
        policies=2_000,
        layer_schedules=1_000,
        shift_schedules=100,
        teams=300,
        business_services=100,
        extensions=500,
        webhook_subscriptions=200,
        orchestrations=100,
        audit_records=5_000,
        incidents=1_000,
    )
