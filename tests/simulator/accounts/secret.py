"""An account with a recognisable text in every field that must never leave PagerDuty."""

from __future__ import annotations

from datetime import datetime

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.accounts.basic import small
from tests.simulator.catalogue import GENERIC_WEBHOOK
from tests.simulator.records import Record, ago

PREFIX = "SECRET-"
"""Opens every secret of the account; a text that contains it has leaked something."""


def secrets(now: datetime) -> Account:
    """Return the small account with secrets in it, and one record more of some kinds."""
    account = small(now)
    for user in account.users:
        hide_in_user(user)
    for schedule in [*account.schedules, *account.shift_schedules]:
        hide_calendars(schedule)
    for service in account.services:
        hide_in_service(service)
    for workflow in account.incident_workflows:
        inputs = workflow["steps"][0]["action_configuration"]["inputs"]
        inputs.append({"name": "Token", "parameter_type": "text", "value": f"{PREFIX}step"})
    for record in account.audit_records:
        hide_in_audit_record(record)
    account.extensions.append(secret_extension(account.services[0]))
    account.webhook_subscriptions.append(secret_subscription())
    account.change_events.append(secret_change_event(now, account.services[0]))
    return account


def hide_calendars(record: Record) -> None:
    """Put secrets into the calendar addresses of a user or a schedule."""
    for name in ("http_cal_url", "web_cal_url", "personal_http_cal_url", "personal_web_cal_url"):
        record[name] = f"https://calendars.example/{PREFIX}{name}/{record['id']}"


def hide_in_user(user: Record) -> None:
    """Put secrets into a user's calendars, mail address and contact methods."""
    hide_calendars(user)
    user["email"] = f"{PREFIX}mail-{user['id']}@fernhill.example"
    for method in user["contact_methods"]:
        method["address"] = f"{PREFIX}address-{method['id']}"
        if method["type"].startswith("email"):
            method["address"] += "@fernhill.example"


def hide_in_service(service: Record) -> None:
    """Put secrets into the keys and addresses of integrations, one of them for mail."""
    service["integrations"].append(builders.an_email_integration("Mail", service=service))
    for integration in service["integrations"]:
        if "integration_email" in integration:
            integration["integration_email"] = f"{PREFIX}mail@fernhill-demo.pagerduty.com"
            integration["email_filters"][0]["from_email_regex"] = f"{PREFIX}sender@partner.example"
        else:
            integration["integration_key"] = f"{PREFIX}key-{integration['id']}"


def hide_in_audit_record(record: Record) -> None:
    """Put secrets into where a change came from, and into what was changed."""
    record["execution_context"]["remote_address"] = f"{PREFIX}remote-address"
    record["execution_context"]["request_id"] = f"{PREFIX}request"
    record["details"]["fields"] = [
        {"name": "address", "before_value": f"{PREFIX}before", "value": f"{PREFIX}after"}
    ]


def secret_extension(service: Record) -> Record:
    """Return a webhook with secrets in its address and its settings."""
    return builders.an_extension(
        "Ticket export",
        [service],
        schema=GENERIC_WEBHOOK,
        endpoint_url=f"https://{PREFIX}user:{PREFIX}password@hooks.example/{PREFIX}path"
        f"?token={PREFIX}query#{PREFIX}fragment",
        config={
            "access_token": f"{PREFIX}access-token",
            "headers": [{"name": "X-Token", "value": f"{PREFIX}header"}],
        },
    )


def secret_subscription() -> Record:
    """Return a subscription with secrets in its address and headers, and its own secret."""
    record = builders.a_webhook_subscription(
        "Feed",
        f"https://{PREFIX}user:{PREFIX}password@hooks.example/{PREFIX}path?token={PREFIX}query",
    )
    record["delivery_method"]["secret"] = f"{PREFIX}signing"
    record["delivery_method"]["custom_headers"] = [
        {"name": "Authorization", "value": f"{PREFIX}custom-header"}
    ]
    return record


def secret_change_event(now: datetime, service: Record) -> Record:
    """Return a change event with secrets in its routing keys, links and details."""
    return builders.a_change_event(
        ago(now, 1),
        [service],
        routing_key=f"{PREFIX}routing-key",
        routing_keys=[f"{PREFIX}routing-key"],
        links=[{"href": f"https://builds.example/?token={PREFIX}link", "text": "Build"}],
        custom_details={"token": f"{PREFIX}detail"},
    )
