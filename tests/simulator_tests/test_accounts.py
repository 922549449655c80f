"""Builders and named accounts: sound, deterministic, and in trouble where they should be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from tests.simulator import ABSENT, SUBDOMAIN, Account, accounts, builders
from tests.simulator.accounts.secret import PREFIX
from tests.simulator.accounts.troubles import TROUBLES
from tests.simulator.layers import moment
from tests.simulator_tests.conftest import NOW, Serve
from tests.support import reading

WINDOW = "since=2026-11-23T09:00:00Z&until=2026-12-23T09:00:00Z"


def plain(account: Account) -> dict[str, Any]:
    """Return an account as plain JSON."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(account), default=str, skipkeys=True))
    return found


def lists(account: Account) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield every list of records by name."""
    for each in fields(account):
        value = getattr(account, each.name)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield each.name, value


@pytest.mark.parametrize("name", sorted(set(accounts.NAMED) - {"huge"}))
def test_named_accounts_are_deterministic(name: str) -> None:
    """The same moment gives the same account, in which ids are unique."""
    account = accounts.NAMED[name](NOW)

    assert plain(account) == plain(accounts.NAMED[name](NOW))
    for _, records in lists(account):
        ids = Counter(
            each["id"] for each in records if "id" in each
        )  # limits of sessions have none
        assert [key for key, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("name", ["demo", "demo_compliant", "small", "large"])
def test_records_say_where_to_look(name: str) -> None:
    """Users, services, policies, schedules and teams have a web address in the account."""
    account = accounts.NAMED[name](NOW)
    for records in (
        account.users,
        account.services,
        account.escalation_policies,
        account.schedules,
        account.shift_schedules,
        account.teams,
    ):
        assert all(
            each["html_url"].startswith(f"https://{SUBDOMAIN}.pagerduty.com/") for each in records
        )


def test_the_retailer_is_of_a_believable_size() -> None:
    """About 40 users, 25 services, 15 policies, 12 + 3 schedules."""
    shop = accounts.demo_compliant(NOW)

    assert 38 <= len(shop.users) <= 42
    assert 25 <= len(shop.services) <= 28
    assert len(shop.escalation_policies) == 15
    assert (len(shop.schedules), len(shop.shift_schedules)) == (12, 3)


def test_there_is_a_trouble_for_every_control() -> None:
    """All 25 controls of the core set can be made to fail, each alone, and some of the others."""
    assert {f"PD-{number:02}" for number in range(1, 26)} <= TROUBLES.keys()
    assert TROUBLES.keys() <= set(shipped_ids())


@pytest.mark.parametrize("control", reading.sampled(sorted(TROUBLES), 14))
def test_a_trouble_changes_the_account(control: str) -> None:
    """Each trouble leaves its mark, and most of the account alone."""
    sound, sick = plain(accounts.demo_compliant(NOW)), plain(accounts.troubled(NOW, control))
    changed = {name for name in sound if sound[name] != sick[name]}

    assert 1 <= len(changed) <= 2


def test_demo_is_sound_apart_from_its_troubles() -> None:
    """With every trouble at once most services and users are still untouched."""
    sound, sick = accounts.demo_compliant(NOW), accounts.demo(NOW)
    healthy = {json.dumps(each) for each in sound.users}

    assert sum(json.dumps(each) in healthy for each in sick.users) > 25


def test_sized_accounts_have_the_size_asked_for() -> None:
    """Each kind can be counted apart, and none at all is a size."""
    account = accounts.sized(NOW, users=7, services=3, policies=2, teams=0, audit_records=11)
    nothing = accounts.sized(
        NOW,
        users=0,
        services=0,
        policies=0,
        layer_schedules=0,
        shift_schedules=0,
        teams=0,
        audit_records=0,
        incidents=0,
    )

    assert (len(account.users), len(account.services), len(account.teams)) == (7, 3, 0)
    assert len(account.audit_records) == 11
    assert nothing.users == nothing.services == nothing.schedules == []


def test_the_largest_account_is_at_the_edge() -> None:
    """It has as many users as PagerDuty hands out, and 5,000 services."""
    account = accounts.huge(NOW)

    assert (len(account.users), len(account.services)) == (10_000, 5_000)


def test_secrets_are_in_every_answer_that_has_any(serve: Serve) -> None:
    """Every list that the reference names as a carrier of secrets carries recognisable ones."""
    reader = serve(accounts.secrets)
    carriers = {
        "/users?include[]=contact_methods": ("http_cal_url", "address", "mail"),
        "/services?include[]=integrations": ("key", "mail", "sender"),
        f"/schedules?include[]=final_schedule&{WINDOW}": ("http_cal_url", "web_cal_url"),
        "/extensions": ("password", "query", "access-token", "header"),
        "/webhook_subscriptions": ("user", "path", "custom-header", "signing"),
        "/change_events": ("routing-key", "link", "detail"),
        "/audit/records?since=2026-11-01T00:00:00Z": ("remote-address", "after"),
        "/incident_workflows?include[]=steps": ("step",),
    }
    for path, words in carriers.items():
        text = reader.ask(path).text
        assert [word for word in words if f"{PREFIX}{word}" not in text] == []


def test_ordinary_accounts_have_secrets_too() -> None:
    """Keys, calendars, tokens and addresses are filled in by default."""
    service = builders.a_service()
    mail = builders.an_email_integration()

    assert len(service["integrations"][0]["integration_key"]) == 32
    assert "@" in mail["integration_email"]
    assert "/private/" in builders.a_layer_schedule()["http_cal_url"]
    assert "token=" in builders.a_webhook_subscription()["delivery_method"]["url"]
    assert builders.an_extension()["config"]["access_token"]
    assert builders.a_change_event("2026-11-01T00:00:00Z")["routing_key"]
    assert builders.an_audit_record("2026-11-01T00:00:00Z")["execution_context"]["remote_address"]


def test_hostile_texts_survive_the_way(serve: Serve) -> None:
    """Control characters, markup and length arrive as they are stored."""
    account = accounts.hostile(NOW)
    found = serve(account).get("/users", limit=100)["users"]

    assert [user["name"] for user in found] == [user["name"] for user in account.users]


def test_builders_take_any_field() -> None:
    """A field can be set, replaced, or left out."""
    user = builders.a_user(role="admin", favourite="tea", job_title=ABSENT)

    assert (user["role"], user["favourite"]) == ("admin", "tea")
    assert "job_title" not in user


def test_builders_depend_on_names_only() -> None:
    """The same name is the same id; another name is another one."""
    assert builders.a_user("Ada") == builders.a_user("Ada")
    assert builders.a_user("Ada")["id"] != builders.a_user("Ben")["id"]
    assert builders.a_service("Ada")["id"] != builders.a_user("Ada")["id"]


def test_things_are_named_by_record_reference_or_id() -> None:
    """A team is the same by its record, its reference and its id."""
    team = builders.a_team("Platform")
    ways = ({"teams": [team]}, {"teams": [team["id"]]})
    ids = {builders.a_user(**way)["teams"][0]["id"] for way in ways}

    assert ids == {team["id"]}
    assert builders.a_user(teams=[team])["teams"][0]["type"] == "team_reference"


def test_a_user_without_methods_has_no_rules() -> None:
    """Rules follow the contact methods unless they are given."""
    assert builders.a_user(contact_methods=[])["notification_rules"] == []
    (rule,) = builders.a_user(contact_methods=[builders.a_contact_method()])["notification_rules"]
    assert rule["urgency"] == "high"


def test_audit_records_of_the_retailer_reach_back_a_year() -> None:
    """The oldest record in good order is older than 334 days, in trouble younger."""
    ages = {
        name: max(
            NOW - moment(record["execution_time"])
            for record in accounts.NAMED[name](NOW).audit_records
        )
        for name in ("demo", "demo_compliant")
    }

    assert ages["demo_compliant"] > timedelta(days=334)
    assert timedelta(days=190) < ages["demo"] < timedelta(days=211)
