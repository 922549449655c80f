"""The smallest accounts: one person, and three who look after two services."""

from __future__ import annotations

from datetime import datetime

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.catalogue import SLACK
from tests.simulator.records import ago


def empty(now: datetime) -> Account:
    """Return an account that somebody has just opened: its owner and nothing else."""
    return Account(now, users=[builders.a_user("Olive Owner", "owner")])


def small(now: datetime) -> Account:
    """Return three people and two services, with one healthy thing of every kind."""
    team = builders.a_team("Platform")
    owner = builders.a_user("Olive Owner", "owner", teams=[team])
    ada = builders.a_user("Ada Quill", teams=[team])
    ben = builders.a_user("Ben Okoro", "limited_user", teams=[team])
    primary = builders.a_layer_schedule("Primary", [ada, ben], teams=[team])
    shifts = builders.a_shift_schedule("Backup shifts", [ben, ada], teams=[team])
    policy = builders.a_policy("Platform on call", [primary], [shifts], [owner], teams=[team])
    shop = builders.a_service("Shop", policy, teams=[team])
    database = builders.a_service("Database", policy, teams=[team], **builders.support_hours("UTC"))
    selling = builders.a_business_service("Selling", team=team)
    workflow = builders.a_workflow()
    priority = builders.a_priority("P1")
    key = builders.an_api_key("Terraform")
    return Account(
        now,
        users=[owner, ada, ben],
        teams=[team],
        team_roles={(team["id"], owner["id"]): "manager"},
        services=[shop, database],
        escalation_policies=[policy],
        schedules=[primary],
        shift_schedules=[shifts],
        incident_workflows=[workflow],
        triggers=[builders.a_trigger(workflow, all_services=True)],
        audit_records=[
            builders.an_audit_record(ago(now, 1), actor=owner, root=shop),
            builders.an_audit_record(
                ago(now, 20), method="api_token", truncated_token="4f2a", actor=key, root=shop
            ),
            builders.an_audit_record(ago(now, 350), actor=owner, root=team, action="create"),
        ],
        extensions=[
            builders.an_extension(
                "Team chat", [shop], schema=SLACK, endpoint_url=None, config={"channel": "ops"}
            )
        ],
        webhook_subscriptions=[builders.a_webhook_subscription(service=shop)],
        priorities=[priority],
        incidents=[builders.an_incident(shop, ago(now, 3), priority=priority)],
        business_services=[selling],
        dependencies=[
            builders.a_dependency(shop, selling),
            builders.a_dependency(database, shop),
        ],
        change_events=[builders.a_change_event(ago(now, 2), [shop, database])],
    )
