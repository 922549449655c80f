"""One fix for each cause: the requests, and what Terraform changes, that its remedy asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from pdsec_checks.fixes.fix import Fix
from pdsec_checks.model import Status
from pdsec_checks.reports.fixes.forms import three
from tests.controls.test_causes import CAUSES, asking
from tests.fixes.test_table import fix_in
from tests.support.fails import BASE_URL, a_document
from tests.support.judged import CONTROLS


class Row(NamedTuple):
    """What the fix of a cause consists of."""

    requests: str
    """Method and path of each request, whose ids are ``*``."""
    terraform: str
    """The attributes that change of what is imported, and what is new."""


BY_HAND = Row("", "")
PUT_POLICY, PUT_SERVICE = "PUT /escalation_policies/*", "PUT /services/*"
PUT_ROUTER = "PUT /event_orchestrations/*/router"
PUT_SCHEDULE, OVERRIDE = "PUT /schedules/*", "POST /schedules/*/overrides"
WEBHOOK, TRIGGER = "POST /webhook_subscriptions", "POST /incident_workflows/triggers/*/services"
PUT_INTEGRATION = "PUT /services/*/integrations/*"
METHOD, RULE = "POST /users/*/contact_methods", "POST /users/*/notification_rules"
TARGET, SENDERS = "rule.target", "email_filter.from_email_regex"
NEW_WAY = Row(f"{METHOD}, {RULE}", "new user_contact_method, new user_notification_rule")
FIXES = {
    ("PD-01", "no-ability"): BY_HAND,
    ("PD-02", ""): Row("PUT /users/*", "role"),
    ("PD-03", ""): BY_HAND,
    ("PD-04", ""): Row("PUT /teams/*/users/*", "new team_membership"),
    ("PD-05", "no-policy"): Row(PUT_SERVICE, "escalation_policy"),
    ("PD-05", "gone-policy"): Row(PUT_SERVICE, "escalation_policy"),
    ("PD-05", "no-rules"): Row(PUT_POLICY, TARGET),
    ("PD-06", "few-rules"): Row(PUT_POLICY, TARGET),
    ("PD-06", "same-people"): Row(PUT_POLICY, TARGET),
    ("PD-06", "empty-rules"): Row(PUT_POLICY, TARGET),
    ("PD-07", "no-targets"): Row(PUT_POLICY, TARGET),
    ("PD-07", "pending"): Row(PUT_POLICY, TARGET),
    ("PD-07", "stakeholder"): Row(PUT_POLICY, TARGET),
    ("PD-07", "deleted"): Row(PUT_POLICY, TARGET),
    ("PD-07", "empty-schedule"): Row(PUT_POLICY, TARGET),
    ("PD-07", "nobody-responds"): Row(PUT_POLICY, TARGET),
    ("PD-07", "runs-once"): Row(PUT_POLICY, "num_loops"),
    ("PD-07", "silent-and-once"): Row(PUT_POLICY, f"{TARGET}, num_loops"),
    ("PD-08", "gaps"): Row(OVERRIDE, "layer.restriction"),
    # These accounts have people on their layers; the tests of schedules have the others.
    ("PD-08", "nobody"): Row(OVERRIDE, "layer.restriction"),
    ("PD-08", "deleted"): Row(OVERRIDE, "layer.restriction"),
    ("PD-09", "few"): Row(PUT_SCHEDULE, "layer.users"),
    ("PD-09", "nobody"): Row(PUT_SCHEDULE, "layer.users"),
    ("PD-10", "no-trigger"): Row(TRIGGER, "new incident_workflow_trigger"),
    ("PD-10", "disabled-workflow"): Row(TRIGGER, "new incident_workflow_trigger"),
    ("PD-10", "no-plan"): BY_HAND,
    ("PD-11", "no-plan"): BY_HAND,
    ("PD-11", "no-records"): BY_HAND,
    ("PD-12", "no-plan"): BY_HAND,
    ("PD-12", "too-short"): BY_HAND,
    ("PD-12", "no-records"): BY_HAND,
    ("PD-13", "account-key"): BY_HAND,
    ("PD-13", "user-key"): BY_HAND,
    ("PD-13", "no-plan"): BY_HAND,
    ("PD-14", "plain-subscription"): Row(
        f"{WEBHOOK}, DELETE /webhook_subscriptions/*", "new webhook_subscription"
    ),
    ("PD-14", "plain-extension"): Row("PUT /extensions/*", "endpoint_url"),
    ("PD-14", "broken-url"): Row("PUT /extensions/*", "endpoint_url"),
    ("PD-15", ""): Row(f"{WEBHOOK}, DELETE /extensions/*", "new webhook_subscription"),
    ("PD-16", "refused-type"): Row("", "new service_integration"),
    ("PD-16", "no-filter"): Row(PUT_INTEGRATION, f"email_filter_mode, {SENDERS}"),
    ("PD-16", "open-alternative"): Row(PUT_INTEGRATION, SENDERS),
    ("PD-16", "no-sender-filter"): Row(PUT_INTEGRATION, SENDERS),
    ("PD-17", "no-rule"): Row(RULE, "new user_notification_rule"),
    ("PD-17", "dead-rule"): Row(RULE, "new user_notification_rule"),
    ("PD-17", "no-contact-method"): Row(
        f"{METHOD}, {RULE}", "new user_contact_method, new user_notification_rule"
    ),
    ("PD-18", "email-only"): Row(METHOD, "new user_contact_method"),
    ("PD-18", "blocked-method"): Row(METHOD, "new user_contact_method"),
    ("PD-18", "deleted"): BY_HAND,
    ("PD-19", ""): Row(PUT_SERVICE, "incident_urgency_rule.urgency"),
    ("PD-20", "no-feature"): BY_HAND,
    ("PD-20", "none-defined"): BY_HAND,
    ("PD-20", "none-used"): BY_HAND,
    ("PD-21", ""): Row("POST /service_dependencies/associate", "new service_dependency"),
    ("PD-22", "never"): Row(PUT_SERVICE, "acknowledgement_timeout"),
    ("PD-22", "at-once"): Row(PUT_SERVICE, "acknowledgement_timeout"),
    ("PD-23", "never"): Row(PUT_SERVICE, "auto_resolve_timeout"),
    ("PD-23", "at-once"): Row(PUT_SERVICE, "auto_resolve_timeout"),
    ("PD-24", "unrestricted"): BY_HAND,
    ("PD-25", ""): Row(
        "POST https://events.pagerduty.com/v2/change/enqueue", "new service_integration"
    ),
    ("PD-26", "no-policy"): Row(PUT_SERVICE, "escalation_policy"),
    ("PD-26", "nobody"): Row(OVERRIDE, "layer.restriction"),
    ("PD-26", "silent"): Row(PUT_POLICY, TARGET),
    ("PD-26", "late"): BY_HAND,
    ("PD-27", "no-policy"): Row(PUT_SERVICE, "escalation_policy"),
    ("PD-27", "nobody"): Row(PUT_POLICY, TARGET),
    ("PD-27", "silent"): Row(PUT_POLICY, TARGET),
    ("PD-27", "alone"): Row(PUT_POLICY, TARGET),
    ("PD-27", "late"): BY_HAND,
    **{
        ("PD-28", each): Row(PUT_POLICY, TARGET)
        for each in ("deleted", "pending", "stakeholder", "several")
    },
    ("PD-29", "ends"): Row(PUT_SCHEDULE, "layer.end"),
    ("PD-29", "ended"): Row(PUT_SCHEDULE, "layer.end"),
    ("PD-29", "nobody"): Row(PUT_SCHEDULE, "layer.users"),
    ("PD-30", "never-rung"): BY_HAND,
    ("PD-30", "few-ways"): NEW_WAY,
    ("PD-30", "missing-way"): NEW_WAY,
    ("PD-30", "late"): Row(RULE, "new user_notification_rule"),
    ("PD-31", ""): Row(PUT_POLICY, "num_loops"),
    ("PD-32", "switched-off"): Row("PUT /webhook_subscriptions/*", "active"),
    ("PD-32", "stopped-subscription"): Row("POST /webhook_subscriptions/*/enable", ""),
    ("PD-32", "stopped-extension"): Row("POST /extensions/*/enable", ""),
    ("PD-33", "subscription-address"): Row(
        f"{WEBHOOK}, DELETE /webhook_subscriptions/*", "new webhook_subscription"
    ),
    ("PD-33", "extension-address"): Row("PUT /extensions/*", "endpoint_url"),
    ("PD-33", "settings"): BY_HAND,
    ("PD-34", "unlisted-host"): Row(
        f"{WEBHOOK}, DELETE /webhook_subscriptions/*", "new webhook_subscription"
    ),
    ("PD-35", ""): Row("PUT /maintenance_windows/*", "end_time"),
    ("PD-36", "unlisted-domain"): Row("DELETE /users/*", ""),
    ("PD-37", ""): Row("PUT /users/*", ""),
    ("PD-38", ""): Row("DELETE /users/*", ""),
    ("PD-39", ""): Row("DELETE /escalation_policies/*", ""),
    ("PD-40", "long"): Row("PUT /session_configurations?type=web", ""),
    ("PD-41", "swallowed"): Row(PUT_ROUTER, "catch_all.actions.route_to"),
    ("PD-41", "dead-route"): Row(PUT_ROUTER, "set.rule.actions.route_to"),
    ("PD-41", "several"): Row(PUT_ROUTER, "catch_all.actions.route_to, set.rule.actions.route_to"),
    ("PD-42", "no-plan"): BY_HAND,
    ("PD-43", "forgotten"): Row("DELETE /users/*", ""),
    ("PD-44", "unlisted-client"): Row(
        "DELETE /oauth_delegations?user_id=PZOE&type=integration", ""
    ),
    ("PD-45", "not-listed"): Row("DELETE /users/*", ""),
    ("PD-45", "left"): Row("DELETE /users/*", ""),
}
"""Control and cause, as in the table of causes → the fix of its fail."""
ROWS = pytest.mark.parametrize(("control", "cause"), FIXES, ids=map(" ".join, FIXES))
ID = re.compile(r"/(P[A-Z0-9]+|CHOOSE_\w+)")


def row_of(fix: Fix) -> Row:
    """Return a fix as the table has it."""
    return Row(
        ", ".join(
            dict.fromkeys(ID.sub("/*", f"{each.method} {each.path}") for each in fix.requests)
        ),
        ", ".join(
            dict.fromkeys(
                word
                for block in fix.terraform
                for word in (
                    [each.attribute for each in block.changes]
                    if block.import_id
                    else [f"new {block.type.removeprefix('pagerduty_')}"]
                )
            )
        ),
    )


def test_every_cause_of_a_fail_has_a_row() -> None:
    """What the table of causes has that fails; a further cause says here what fixes it."""
    assert list(FIXES) == [key for key, row in CAUSES.items() if row.status is Status.FAIL]


@ROWS
def test_a_fix_is_of_its_cause(control: str, cause: str) -> None:
    """Each fail that the cause has asks for the same requests, and for the same of Terraform."""
    found = asking(control, CAUSES[control, cause])

    assert found
    assert {row_of(fix_in(each)) for each in found} == {FIXES[control, cause]}


@ROWS
def test_every_form_goes_by_the_remedy_of_the_cause(control: str, cause: str) -> None:
    """The words have it, and so has a form without code; none has that of another cause."""
    about = CONTROLS[control].control
    others = {each.remedy for each in about.causes} - {about.remedy(cause)}
    for finding in asking(control, CAUSES[control, cause]):
        forms = three(a_document(finding).entries[0], BASE_URL)
        fix = fix_in(finding)
        wanted = {"Text": True, "HTTP": not fix.requests, "Terraform": not fix.terraform}
        for name, text in forms.items():
            assert (about.remedy(cause) in text) is wanted[name]
            assert not [each for each in others if each in text]
