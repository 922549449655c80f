"""An account in whose records every field stands that is kept of them."""

from __future__ import annotations

from datetime import timedelta

from tests.simulator import Account, accounts, builders
from tests.simulator.catalogue import ABILITIES
from tests.simulator.records import Record, iso, refer
from tests.support.judged import NOW

RAISED_AT_NINE = {
    "type": "urgency_change",
    "at": {"type": "named_time", "name": "support_hours_start"},
    "to_urgency": "high",
}
"""What a service with support hours does with incidents that are open when they begin."""


def a_rich_account() -> Account:
    """Return the demo account, with what none of its records has."""
    account = accounts.demo(NOW)
    account.abilities = list(ABILITIES)
    account.priorities = [builders.a_priority()]
    account.incidents[0]["priority"] = account.priorities[0]
    for service in account.services:
        service["created_at"] = NOW.isoformat()  # so that the age of integrations counts
    in_office_hours, muted = account.services[2:4]
    in_office_hours |= builders.support_hours() | {"scheduled_actions": [RAISED_AT_NINE]}
    begin, end = (iso(NOW + timedelta(days=day)) for day in (1, 2))
    window = builders.a_maintenance_window([muted], begin, end, created_by=account.users[0])
    account.maintenance_windows.append(window)
    for kind in (account.extensions, account.webhook_subscriptions):
        for record in kind:
            record["html_url"] = f"https://acme.pagerduty.com/things/{record['id']}"
    part = {"id": "PPART", "type": "integration_reference"}
    for record in account.audit_records:
        if record["root_resource"]["type"] != "user_reference":
            record["details"]["resource"] = part
    account.audit_records += grants(account)
    filtered = builders.an_email_integration(
        email_filter_mode="or-rules-email",
        email_filters=[
            builders.an_email_filter("always", subject_mode="match", subject_regex="down")
        ],
    )
    account.services[0]["integrations"].append(filtered)
    lonely = builders.a_shift_schedule("Lonely shifts", [account.users[0]])
    shift = builders.an_event([account.users[0]], recurrence=[])
    once = builders.a_shift_schedule("Single shift", events=[shift])
    account.shift_schedules += [lonely, once]
    account.escalation_policies += [
        builders.a_policy("Lonely", [lonely], [account.users[1]]),
        builders.a_policy("Once", [once], [account.users[1]]),
    ]
    with_teams = (
        account.users,
        account.services,
        account.escalation_policies,
        account.schedules,
        account.shift_schedules,
    )
    for number, kind in enumerate(with_teams):  # a team that nothing else belongs to
        kind[0]["teams"].append(refer("team", builders.a_team(f"Team {number}")))
    for record in account.webhook_subscriptions:
        record["filter"] = refer("service", account.services[0])
    account.orchestrations.append(
        builders.an_orchestration(
            "Losses",
            rules=[
                builders.a_route("PGONE", "fax"),
                builders.a_route(None, "any"),
                builders.a_route("PGONE", "telex", disabled=True),
            ],
        )
    )
    account.orchestrations.append(builders.an_orchestration("Seen", suppress=False))
    return account


def grants(account: Account) -> list[Record]:
    """Return how a role was given by a key, and changes that are not shown, of all kinds."""
    role = {"name": "role", "before_value": "user", "value": "admin"}
    given, unchanged, bare = (
        builders.an_audit_record(
            iso(NOW - timedelta(days=3, hours=hour)),
            method="api_token",
            truncated_token="0wlk",
            actor=account.users[0],
            root=account.users[1],
            fields_changed=[each],
        )
        for hour, each in enumerate((role, role | {"before_value": "admin"}, role))
    )
    bare["details"] = None
    return [given, unchanged, bare]
