"""What can be wrong at the retailer: one trouble for each control, alone or all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.accounts.retailer import demo_compliant, head, named, responders
from tests.simulator.catalogue import GENERIC_WEBHOOK, GENERIC_WEBHOOK_V1
from tests.simulator.layers import moment
from tests.simulator.records import Record, ago, reference

Trouble = Callable[[Account], None]
TROUBLES: dict[str, Trouble] = {}
"""By the id of the control that fails, and fails by it alone."""


def trouble(control: str) -> Callable[[Trouble], Trouble]:
    """Register what makes a control fail."""

    def register(make: Trouble) -> Trouble:
        TROUBLES[control] = make
        return make

    return register


def demo(now: datetime) -> Account:
    """Return the retailer's account with trouble in every control of the core, and some more."""
    shop = troubled(now, *TROUBLES)
    silent_warehouse(shop)
    one_commander_twice(shop)
    forgotten_invitation(shop)
    return shop


def silent_warehouse(shop: Account) -> None:
    """Let a night watch with gaps be followed by nobody but people who are never rung.

    Each level is a finding of its own control; that the phone stays silent is one of PD-26 alone.
    """
    level = policy(shop, "Warehouse")["escalation_rules"][1]
    level["targets"] = [reference(person(shop, "Ines Moreau"))]


def one_commander_twice(shop: Account) -> None:
    """Let the person behind the incident commanders be one of them, which PD-27 alone can see."""
    level = policy(shop, "Major incidents")["escalation_rules"][-1]
    level["targets"] = [reference(head(shop, "Security"))]


def forgotten_invitation(shop: Account) -> None:
    """Let somebody be invited since a month, which PD-43 alone can see."""
    for allocation in shop.license_allocations:
        if allocation["user"]["id"] == person(shop, "Farah Siddiqui")["id"]:
            allocation["allocated_at"] = ago(shop.as_of, 30)


def troubled(now: datetime, *controls: str) -> Account:
    """Return the retailer's account with trouble in the named controls only."""
    shop = demo_compliant(now)
    for control in controls:
        TROUBLES[control](shop)
    return shop


def person(shop: Account, name: str) -> Record:
    """Return a user by name."""
    return named(shop.users, name)


def service(shop: Account, name: str) -> Record:
    """Return a service by name."""
    return named(shop.services, name)


def policy(shop: Account, name: str) -> Record:
    """Return an escalation policy by name."""
    return named(shop.escalation_policies, name)


@trouble("PD-01")
def plan_without_sso(shop: Account) -> None:
    """Take SSO out of the plan."""
    shop.without_abilities("sso")


@trouble("PD-02")
def too_many_admins(shop: Account) -> None:
    """Let every head of department be an admin."""
    for team in ("Storefront", "Payments", "Fulfilment", "Data"):
        head(shop, team)["role"] = "admin"


@trouble("PD-03")
def two_owners(shop: Account) -> None:
    """Leave two owners behind."""
    person(shop, "Ingrid Dahl")["role"] = "owner"


@trouble("PD-04")
def people_without_team(shop: Account) -> None:
    """Let two people belong nowhere."""
    for name in ("Daniel Osei", "Bella Costa"):
        person(shop, name)["teams"] = []


@trouble("PD-05")
def services_without_policy(shop: Account) -> None:
    """Let one service have no policy, and another one that is gone."""
    service(shop, "Gift Cards")["escalation_policy"] = None
    gone = builders.a_policy("Reporting nights", id="PGONE01")
    service(shop, "Stock Forecast")["escalation_policy"] = reference(gone)


@trouble("PD-06")
def single_level_policies(shop: Account) -> None:
    """Leave one policy a single level, and let another repeat its first."""
    rules = policy(shop, "Data")["escalation_rules"]
    del rules[1:]
    rules = policy(shop, "IT operations")["escalation_rules"]
    rules[1]["targets"] = rules[0]["targets"]


@trouble("PD-07")
def policies_that_end_in_silence(shop: Account) -> None:
    """Let last levels be a newcomer and two stakeholders, none of whom can be notified."""
    ends = {
        "Storefront low priority": person(shop, "Farah Siddiqui"),
        "Customer support": person(shop, "Colin Radcliffe"),
        "Warehouse": person(shop, "Edmund Pike"),
    }
    for name, target in ends.items():
        policy(shop, name)["escalation_rules"][-1]["targets"] = [reference(target)]


@trouble("PD-08")
def schedules_with_gaps(shop: Account) -> None:
    """Leave days and weekends open, in two schedules, and in a third one turn to a leaver."""
    leave_a_leaver(shop, "IT operations primary")
    watch = named(shop.shift_schedules, "Warehouse night watch")
    _, nights = watch["rotations"][0]["events"]
    nights["recurrence"] = ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"]
    watch["rotations"][0]["events"] = [nights]
    shifts = named(shop.shift_schedules, "Customer support shifts")
    people = responders(shop, "IT Operations")
    events = (
        ("Weekdays", "2024-01-08T09:00:00", people, "MO,TU,WE,TH,FR"),
        ("Weekends", "2024-01-13T09:00:00", [None], "SA,SU"),
    )
    shifts["rotations"][0]["events"] = [
        builders.an_event(
            members,
            name=name,
            start=start,
            time_zone="Europe/London",
            recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY={days}"],
        )
        for name, start, members, days in events
    ]


def leave_a_leaver(shop: Account, name: str) -> None:
    """Let somebody who was deleted take turns of a week; the next one begins in 18 days."""
    (layer,) = named(shop.schedules, name)["schedule_layers"]
    leaver = builders.a_deleted_user("Nora Lindgren", deleted_at=ago(shop.as_of, 45))
    layer["users"].append({"user": leaver})
    layer["rotation_virtual_start"] = ago(shop.as_of, 3)


@trouble("PD-09")
def lonely_schedule(shop: Account) -> None:
    """Leave one person alone on a schedule."""
    (layer,) = named(shop.schedules, "Data primary")["schedule_layers"]
    del layer["users"][1:]


@trouble("PD-10")
def workflows_that_never_start(shop: Account) -> None:
    """Let the workflow for every service cover one only, and disable another."""
    major, customers = shop.incident_workflows[:2]
    shop.triggers[0] = builders.a_trigger(major, [service(shop, "Web Shop")])
    customers["is_enabled"] = False


def _keep_audit_records(shop: Account, oldest: int, newest: int) -> None:
    since, until = (shop.as_of - timedelta(days=days) for days in (oldest, newest))
    shop.audit_records = [
        record
        for record in shop.audit_records
        if since <= moment(record["execution_time"]) <= until
    ]


@trouble("PD-11")
def silent_audit_trail(shop: Account) -> None:
    """Let nothing be recorded for the last 31 days."""
    _keep_audit_records(shop, 365, 32)


@trouble("PD-12")
def short_audit_trail(shop: Account) -> None:
    """Let the audit trail begin 210 days ago, in an account that is years old."""
    _keep_audit_records(shop, 210, 0)


@trouble("PD-13")
def ageing_api_key(shop: Account) -> None:
    """Let one key be used 200 days ago and again 60 days ago."""
    shop.audit_records += [
        builders.an_audit_record(
            ago(shop.as_of, age),
            method="api_token",
            truncated_token="old1",
            actor=builders.an_api_key("Deployment scripts"),
            root=service(shop, "Web Shop"),
        )
        for age in (200, 60)
    ]


@trouble("PD-14")
def plain_http(shop: Account) -> None:
    """Send incidents over plain http, by a subscription and by an extension."""
    shop.webhook_subscriptions.append(
        builders.a_webhook_subscription("Wallboard", "http://wallboard.fernhill.example/hook")
    )
    named(shop.extensions, "Store tickets")["endpoint_url"] = "HTTP://tickets.fernhill.example/in"


@trouble("PD-15")
def unsigned_webhooks(shop: Account) -> None:
    """Keep generic webhooks of both old versions."""
    shop.extensions += [
        builders.an_extension(name, [service(shop, "Parcel Tracking")], schema=schema)
        for name, schema in (
            ("Courier webhook", GENERIC_WEBHOOK),
            ("Old courier webhook", GENERIC_WEBHOOK_V1),
        )
    ]


@trouble("PD-16")
def open_integrations(shop: Account) -> None:
    """Take mail from anybody, and keep an integration of a product that is gone."""
    returns, tills = service(shop, "Returns"), service(shop, "Store Tills")
    returns["integrations"].append(
        builders.an_email_integration(
            "Customer complaints",
            service=returns,
            email_filter_mode="all-email",
            email_filters=[builders.an_email_filter("always")],
        )
    )
    tills["integrations"].append(
        builders.an_integration("Till monitor", "sql_monitor_inbound_integration", service=tills)
    )


@trouble("PD-17")
def users_without_rules(shop: Account) -> None:
    """Leave one user only rules of low urgency, and another a rule that leads nowhere."""
    for rule in person(shop, "Ines Moreau")["notification_rules"]:
        rule["urgency"] = "low"
    stale = builders.a_notification_rule("PGONE02")
    person(shop, "William Tran")["notification_rules"] = [stale]


@trouble("PD-18")
def unreachable_on_call(shop: Account) -> None:
    """Let two people who are always on call have mail only, or a number that is blocked."""
    mail, _ = head(shop, "Storefront")["contact_methods"]
    head(shop, "Storefront")["contact_methods"] = [mail]
    head(shop, "Payments")["contact_methods"][1]["blacklisted"] = True


@trouble("PD-19")
def everything_is_urgent(shop: Account) -> None:
    """Let every incident of every service be of high urgency."""
    for each in shop.services:
        each |= {"incident_urgency_rule": builders.ALWAYS_HIGH, "support_hours": None}


@trouble("PD-20")
def unused_priorities(shop: Account) -> None:
    """Give no incident a priority."""
    for incident in shop.incidents:
        incident["priority"] = None


@trouble("PD-21")
def unmapped_services(shop: Account) -> None:
    """Take three services off the service graph."""
    lost = {service(shop, name)["id"] for name in ("Gift Cards", "Store Wi-Fi", "Recommendations")}
    shop.dependencies = [
        edge
        for edge in shop.dependencies
        if not lost & {edge["supporting_service"]["id"], edge["dependent_service"]["id"]}
    ]


@trouble("PD-22")
def no_acknowledgement_timeout(shop: Account) -> None:
    """Switch the acknowledgement timeout off."""
    for name, value in (("Product Search", None), ("Returns", None), ("Store Wi-Fi", 0)):
        service(shop, name)["acknowledgement_timeout"] = value


@trouble("PD-23")
def no_auto_resolve(shop: Account) -> None:
    """Switch auto-resolve off."""
    for name in ("Corporate Mail", "Message Bus"):
        service(shop, name)["auto_resolve_timeout"] = None


@trouble("PD-24")
def analytics_for_everybody(shop: Account) -> None:
    """Keep analytics in the plan, without anything that restricts them."""
    shop.without_abilities("advanced_permissions", "permissions_service", "read_only_users")


@trouble("PD-25")
def silent_deployments(shop: Account) -> None:
    """Let four services report no changes."""
    silent = [
        service(shop, name) for name in ("Store Wi-Fi", "Corporate Mail", "Returns", "Gift Cards")
    ]
    owned = {each["id"] for each in silent}
    owned |= {integration["id"] for each in silent for integration in each["integrations"]}
    shop.change_events = [
        event
        for event in shop.change_events
        if not owned & {event["integration"]["id"], *(each["id"] for each in event["services"])}
    ]


@trouble("PD-32")
def webhooks_that_stopped(shop: Account) -> None:
    """Let PagerDuty have given up on an extension, and somebody have switched a webhook off."""
    named(shop.extensions, "Service desk")["temporarily_disabled"] = True
    archive = next(
        each for each in shop.webhook_subscriptions if each["description"] == "Payments archive"
    )
    archive["active"] = False


@trouble("PD-40")
def endless_sessions(shop: Account) -> None:
    """Let a browser stay logged in for a month."""
    web = next(each for each in shop.session_configurations if each["type"] == "web")
    web |= {"idle_session_ttl": 86_400, "absolute_session_ttl": 2_592_000}


@trouble("PD-41")
def swallowed_events(shop: Account) -> None:
    """Let another orchestration suppress what no rule matches, and use a service that is off."""
    fax = builders.a_route(service(shop, "Legacy Newsletter"), "newsletter")
    shop.orchestrations.append(builders.an_orchestration("Cloud alarms", rules=[fax]))
