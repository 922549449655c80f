"""A made-up retailer whose PagerDuty account is in good order.

Every control passes, apart from those that the API can never show to hold.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.accounts.staff import (
    BERLIN,
    BUSINESS_SERVICES,
    DEPENDENCIES,
    LONDON,
    NEW_YORK,
    PEOPLE,
    SERVICES,
    SUPPORTS,
    SYDNEY,
    TEAMS,
)
from tests.simulator.catalogue import JIRA, SERVICENOW, SLACK
from tests.simulator.records import Record, ago, make_id


def named(records: Iterable[Record], name: str) -> Record:
    """Return the record of this name."""
    return next(record for record in records if record["name"] == name)


def demo_compliant(now: datetime) -> Account:
    """Return the retailer's account in good order."""
    shop = Account(now)
    add_people(shop)
    add_grants(shop)
    add_schedules(shop)
    add_policies(shop)
    add_services(shop)
    add_automation(shop)
    add_integrations(shop)
    add_orchestrations(shop)
    add_history(shop)
    return shop


def add_people(shop: Account) -> None:
    """Add teams, and everybody who works in them."""
    shop.teams = [builders.a_team(name) for name in TEAMS]
    for name, role, team, time_zone, title in PEOPLE:
        home = named(shop.teams, team)
        user = builders.a_user(
            name,
            role,
            teams=[home],
            time_zone=time_zone,
            job_title=title,
            invitation_sent=title == "Starts next month",
            created_via_sso=title != "Starts next month",
        )
        shop.users.append(user)
        since = ago(shop.as_of, 6) if user["invitation_sent"] else builders.LONG_AGO
        shop.license_allocations.append(builders.a_license_allocation(user, since))
        if title.startswith("Head of"):
            shop.team_roles[home["id"], user["id"]] = "manager"


def add_grants(shop: Account) -> None:
    """Let both administrators use the chat, and one of them a client of the organisation's own."""
    admins = [user for user in shop.users if user["role"] == "admin"]
    for user in admins:
        shop.oauth_delegations[user["id"]] = [
            builders.an_oauth_delegation(user, "PSLACKAPP"),
            builders.an_oauth_delegation(user, "PagerDutyLogin", delegation_type="web"),
        ]
    grants = shop.oauth_delegations[admins[0]["id"]]
    grants.append(builders.an_oauth_delegation(admins[0], "PFERNHILLAPP"))


def responders(shop: Account, team: str) -> list[Record]:
    """Return the people of a team who take turns on call."""
    identity = named(shop.teams, team)["id"]
    return [
        user
        for user in shop.users
        if user["role"] == "limited_user"
        and not user["invitation_sent"]
        and identity in {each["id"] for each in user["teams"]}
    ]


def head(shop: Account, team: str) -> Record:
    """Return the head of a team."""
    return next(user for user in shop.users if user["job_title"] == f"Head of {team}")


def add_schedules(shop: Account) -> None:
    """Add twelve layer-based schedules and three shift-based ones."""

    def rota(name: str, team: str, zone: str = LONDON, **layer: Any) -> Record:
        people = responders(shop, team)
        layers = [builders.a_layer(people, start="2024-01-08T09:00:00Z", **layer)]
        owner = named(shop.teams, team)
        return builders.a_layer_schedule(name, layers=layers, time_zone=zone, teams=[owner])

    day, night = builders.a_restriction("08:00:00", 12), builders.a_restriction("20:00:00", 12)
    shop.schedules = [
        rota("Storefront primary", "Storefront"),
        rota("Storefront secondary", "Storefront", turn_seconds=86400),
        rota("Payments primary", "Payments", turn_seconds=86400),
        rota("Payments secondary", "Payments"),
        rota("Fulfilment primary", "Fulfilment", BERLIN),
        rota("Platform Europe", "Platform", restrictions=[day]),
        rota("Platform Pacific", "Platform", restrictions=[night], turn_seconds=14 * 86400),
        rota("Platform databases", "Platform", turn_seconds=86400),
        rota("Data primary", "Data", NEW_YORK),
        rota("Security primary", "Security"),
        with_weekend_layer(shop, rota("Store systems primary", "Store Systems")),
        rota("IT operations primary", "IT Operations", SYDNEY),
    ]
    shop.shift_schedules = [
        builders.a_shift_schedule(
            "Customer support shifts",
            responders(shop, "IT Operations"),
            time_zone=LONDON,
            teams=[named(shop.teams, "IT Operations")],
        ),
        builders.a_shift_schedule(
            "Warehouse night watch",
            time_zone=BERLIN,
            events=list(day_and_night(responders(shop, "Fulfilment"))),
        ),
        builders.a_shift_schedule(
            "Incident commanders", [head(shop, team) for team in ("Platform", "Security", "Data")]
        ),
    ]


def with_weekend_layer(shop: Account, schedule: Record) -> Record:
    """Put a layer for weekends on top of a schedule."""
    weekend = builders.a_layer(
        responders(shop, "IT Operations"),
        name="Weekends",
        start="2024-01-06T00:00:00Z",
        restrictions=[builders.a_restriction("00:00:00", 48, weekday=6)],
    )
    schedule["schedule_layers"].insert(0, weekend)
    return schedule


def day_and_night(people: list[Record]) -> Iterator[Record]:
    """Yield two events of twelve hours each."""
    for name, start in (("Days", "2024-01-08T07:00:00"), ("Nights", "2024-01-08T19:00:00")):
        yield builders.an_event(people, name=name, start=start, hours=12, time_zone=BERLIN)


def add_policies(shop: Account) -> None:
    """Add fifteen escalation policies, each with two or three levels."""
    known = [*shop.schedules, *shop.shift_schedules]

    def policy(name: str, team: str, *levels: tuple[str, ...], last: str = "") -> Record:
        targets = [[named(known, each) for each in level] for level in levels]
        return builders.a_policy(
            name, *targets, [head(shop, last or team)], teams=[named(shop.teams, team)]
        )

    platform = ("Platform Europe", "Platform Pacific")
    shop.escalation_policies = [
        policy("Storefront", "Storefront", ("Storefront primary",), ("Storefront secondary",)),
        policy("Storefront low priority", "Storefront", ("Storefront secondary",)),
        policy("Payments", "Payments", ("Payments primary",), ("Payments secondary",)),
        policy("Fraud", "Payments", ("Payments secondary",), ("Security primary",)),
        policy("Fulfilment", "Fulfilment", ("Fulfilment primary",)),
        policy("Warehouse", "Fulfilment", ("Warehouse night watch",), ("Fulfilment primary",)),
        policy("Platform", "Platform", platform),
        policy("Platform databases", "Platform", ("Platform databases",), platform),
        policy("Data", "Data", ("Data primary",)),
        policy("Security", "Security", ("Security primary",)),
        policy("Security incidents", "Security", ("Security primary",), ("Incident commanders",)),
        policy("Store systems", "Store Systems", ("Store systems primary",)),
        policy("IT operations", "IT Operations", ("IT operations primary",)),
        policy("Customer support", "IT Operations", ("Customer support shifts",)),
        policy("Major incidents", "Platform", ("Incident commanders",), last="IT Operations"),
    ]


def add_services(shop: Account) -> None:
    """Add services, business services and how they hang together."""
    for number, (name, team, policy) in enumerate(SERVICES):
        urgency = builders.support_hours() if number % 6 == 5 else {}
        shop.services.append(
            builders.a_service(
                name,
                named(shop.escalation_policies, policy),
                teams=[named(shop.teams, team)],
                integrations=list(integrations_of(number, make_id("service", name))),
                created_at=f"202{3 + number % 3}-0{1 + number % 9}-14T10:00:00Z",
                **urgency,
            )
        )
    retired = named(shop.escalation_policies, "IT operations")
    shop.services.append(builders.a_service("Legacy Newsletter", retired, status="disabled"))
    shop.business_services = [
        builders.a_business_service(name, team=named(shop.teams, team))
        for name, team in BUSINESS_SERVICES
    ]
    everything = [*shop.services, *shop.business_services]
    shop.dependencies = [
        builders.a_dependency(named(everything, supporting), named(everything, dependent))
        for supporting, dependent in [*SUPPORTS, *DEPENDENCIES]
    ]


def integrations_of(number: int, service_id: str) -> Iterator[Record]:
    """Yield the integrations of the service with this number."""
    yield builders.an_integration("Datadog", service=service_id, vendor="PAM4FGS")
    if number % 4 == 0:
        yield builders.an_integration(
            "CloudWatch", "aws_cloudwatch_inbound_integration", service=service_id, vendor="PZQ6AUS"
        )
    if number % 9 == 3:
        yield builders.an_email_integration("Supplier mail", service=service_id)


def add_automation(shop: Account) -> None:
    """Add incident workflows, one of which starts for every service."""
    major, customers, breach = (
        builders.a_workflow(name)
        for name in ("Major incident", "Customer communication", "Security breach")
    )
    shop.incident_workflows = [major, customers, breach]
    selling = [named(shop.services, name) for name in ("Web Shop", "Checkout", "Store Tills")]
    vault = named(shop.services, "Secrets Vault")
    shop.triggers = [
        builders.a_trigger(major, all_services=True),
        builders.a_trigger(customers, selling, trigger_type="manual"),
        builders.a_trigger(breach, [vault], condition="incident.title matches part 'breach'"),
    ]
    shop.priorities = [builders.a_priority(f"P{number}") for number in range(1, 6)]


def add_integrations(shop: Account) -> None:
    """Add what PagerDuty sends out: chat, tickets, signed webhooks; all of it over https."""
    web, checkout, tills = (
        named(shop.services, name) for name in ("Web Shop", "Checkout", "Store Tills")
    )
    host = "https://fernhill.service-desk.example"
    shop.extensions = [
        builders.an_extension("Storefront chat", [web], schema=SLACK, endpoint_url=None),
        builders.an_extension("Payments chat", [checkout], schema=SLACK, endpoint_url=None),
        builders.an_extension(
            "Service desk", [web, checkout], schema=SERVICENOW, endpoint_url=f"{host}/api/pd"
        ),
        builders.an_extension(
            "Store tickets", [tills], schema=JIRA, endpoint_url=f"{host}/jira?token=9f8e7d"
        ),
    ]
    shop.webhook_subscriptions = [
        builders.a_webhook_subscription("Status page feed"),
        builders.a_webhook_subscription(
            "Payments archive", "https://archive.fernhill.example/in/7c6b5a", service=checkout
        ),
        builders.a_webhook_subscription(
            "Security log", "https://siem.fernhill.example/pd", team=named(shop.teams, "Security")
        ),
    ]


def add_orchestrations(shop: Account) -> None:
    """Add an orchestration that routes by rules, and everything else to the service desk."""
    web, desk, tills = (
        named(shop.services, name) for name in ("Web Shop", "Service Desk Portal", "Store Tills")
    )
    rules = [
        builders.a_route(tills, "till"),
        builders.a_route(web, "web shop"),
        builders.a_route("PRETIRED", "fax", disabled=True),
    ]
    shop.orchestrations = [builders.an_orchestration("Monitoring of the stores", desk, rules)]


# History


@dataclass(frozen=True)
class KeyUse:
    """When an API key was used: from, to and every so many days ago."""

    token: str
    first: int
    last: int
    every: int = 6


KEY_USES = (
    KeyUse("7qfa", 352, 275),
    KeyUse("m2xd", 272, 195),
    KeyUse("0wlk", 192, 110),
    KeyUse("tz8c", 80, 3),
)
"""The keys of one automation, each replaced before it was 90 days old."""


def add_history(shop: Account) -> None:
    """Add a year of audit records, a month of incidents, three months of changes."""
    shop.audit_records = [*people_at_work(shop), *keys_at_work(shop), promotion(shop)]
    shop.incidents = list(incidents(shop))
    shop.change_events = list(changes(shop))


def people_at_work(shop: Account) -> Iterator[Record]:
    """Yield what admins and the identity provider changed, every other day for a year."""
    dice = random.Random(25)
    admins = [user for user in shop.users if user["role"] in {"owner", "admin"}]
    for day in range(1, 356, 2):
        moment = ago(shop.as_of, day - 0.5)
        if day % 5 == 0:
            actor, method, root = None, "identity_provider", dice.choice(shop.users)
        else:
            actor, method, root = dice.choice(admins), "browser", dice.choice(shop.services)
        yield builders.an_audit_record(moment, method=method, actor=actor, root=root)


def promotion(shop: Account) -> Record:
    """Return how the head of security became a global admin."""
    return builders.an_audit_record(
        ago(shop.as_of, 40.3),
        actor=shop.users[0],
        root=head(shop, "Security"),
        fields_changed=[{"name": "role", "before_value": "user", "value": "admin"}],
    )


def keys_at_work(shop: Account) -> Iterator[Record]:
    """Yield what the automation changed, with one key after the other."""
    robot = builders.an_api_key("Terraform")
    for use in KEY_USES:
        for number, day in enumerate(range(use.last, use.first + 1, use.every)):
            yield builders.an_audit_record(
                ago(shop.as_of, day),
                method="api_token",
                truncated_token=use.token,
                actor=robot,
                root=shop.escalation_policies[number % len(shop.escalation_policies)],
            )


def incidents(shop: Account) -> Iterator[Record]:
    """Yield two incidents a day for four weeks, each with a priority."""
    dice = random.Random(7)
    active = [service for service in shop.services if service["status"] == "active"]
    for number in range(56):
        yield builders.an_incident(
            dice.choice(active),
            ago(shop.as_of, 0.2 + number / 2),
            number=1200 - number,
            priority=dice.choice(shop.priorities),
            urgency=dice.choice(["high", "high", "low"]),
        )


def changes(shop: Account) -> Iterator[Record]:
    """Yield three deployments of each service, some known by their integration only."""
    for number, service in enumerate(shop.services[:-1]):
        for age in (2, 25, 60):
            by_integration = number % 3 == 0
            yield builders.a_change_event(
                ago(shop.as_of, age + number / 24),
                [] if by_integration else [service],
                integration=service["integrations"][0],
                summary=f"Deployed {service['name']}",
            )
