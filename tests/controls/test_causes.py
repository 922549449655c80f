"""One remedy for each cause: which causes a control tells apart, and what each one asks for."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from tests.controls.helpers import (
    ADA,
    BEN,
    GONE,
    OWNER,
    WHOLE,
    altered,
    before,
    held,
    hour,
    rendered,
)
from tests.controls.test_statuses import CHIEF, INVITED, a_sound_account, gave_access
from tests.simulator import accounts, run
from tests.simulator.builders import (
    ALWAYS_HIGH,
    a_contact_method,
    a_layer,
    a_layer_schedule,
    a_license_allocation,
    a_maintenance_window,
    a_notification_rule,
    a_policy,
    a_route,
    a_service,
    a_shift_schedule,
    a_trigger,
    a_user,
    a_webhook_subscription,
    a_workflow,
    an_api_key,
    an_audit_record,
    an_email_filter,
    an_email_integration,
    an_event,
    an_extension,
    an_incident,
    an_integration,
    an_orchestration,
)
from tests.simulator.catalogue import GENERIC_WEBHOOK
from tests.simulator.records import Record, refer
from tests.support import reading
from tests.support.judged import CONTROLS, NOW, inspect, refused
from tests.support.rosters import a_roster


class Row(NamedTuple):
    """What a cause asks for, and an account that has it."""

    says: str
    """A part of the remedy that only this cause can have."""
    data: dict[str, Any]
    """What is otherwise than in an account with which every control is content."""
    status: Status = Status.FAIL
    thresholds: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never changed
    is_about_plan: bool = False


MANUAL = Status.MANUAL
PATH = re.compile(r"\b[A-Z][\w ()&]*(?<! ) > [A-Z]")
"""A way through PagerDuty's web app: ``People > Users``."""
API_ONLY = ("GET /audit/records", "PUT /session_configurations")
"""What no page of the web app does."""
EVERYWHERE = "Automation > Incident Workflows"
FILTERS = "Edit Integration > Email Filters"
SETTINGS = "> Settings > Assign and Notify"
POLICY = "People > Escalation Policies > the policy > Edit"
MANY = [a_user(f"Chief {number}", "admin") for number in range(5)]
STRANGER = a_user("Sam Strange", id="PSAM", created_via_sso=False)
IDLE = a_user("Ida Idle", id="PIDLE", teams=["PTEAM"])
LEFT = a_roster(f"{OWNER['email']},2026-11-22", columns="email,until")
GUEST = a_user("Gil Guest", id="PGIL", invitation_sent=True)
WATCHER = a_user("Wim Watch", "read_only_user", id="PWIM")
PEOPLE = [OWNER, ADA, BEN, GUEST, WATCHER]
FORGOTTEN = [a_license_allocation(each, before(30)) for each in INVITED]
ACCESS = {"oauth_delegations": [gave_access(OWNER), gave_access(CHIEF, "PSTRANGER")]}
MADE_ADMIN = {"name": "role", "value": "admin"}
MAIL = a_contact_method("email", "ada@acme.example", id="PMAIL")
PHONE = a_contact_method("phone", "2025550100", id="PPHONE")
WORKFLOW = a_workflow()
STOPPED = a_workflow("Stopped", is_enabled=False)
OFF = rendered((0, 24), (48, 30 * 24), id="POFF")
EMPTY_LAYERS = a_layer_schedule("Rota", [], id="PROTA")
EMPTY = rendered(id="POFF")


def ending(*targets: Record, **fields: Any) -> dict[str, Any]:
    """Return an account with one policy whose last rule notifies *targets*."""
    policy = a_policy("Shop", [ADA], [], id="PPOLICY", **fields)
    policy["escalation_rules"][-1]["targets"] = list(targets)
    return {"users": PEOPLE, "escalation_policies": [policy], "schedules": [EMPTY]}


def leveled(*levels: list[Record]) -> dict[str, Any]:
    """Return an account with one policy of these levels."""
    return {"escalation_policies": [a_policy("Shop", *levels, id="PPOLICY")]}


def used(schedule: Record) -> dict[str, Any]:
    """Return an account with one schedule, which a policy uses."""
    policy = a_policy("Shop", [schedule], id="PPOLICY")
    kind = "shift_schedules" if schedule["type"] == "schedule_v3" else "schedules"
    lists = {"schedules": [], "shift_schedules": [], kind: [schedule]}
    return {**lists, "escalation_policies": [policy]}


def served(policy: Any = "PPOLICY", **fields: Any) -> dict[str, Any]:
    """Return an account with one service and one policy, which has no rules."""
    service = a_service("Shop", policy, id="PSHOP", **fields)
    return {"services": [service], "escalation_policies": [a_policy("Bare", id="PPOLICY")]}


def integrated(integration: Record) -> dict[str, Any]:
    """Return an account with one service, which has one integration."""
    return {"services": [a_service("Shop", id="PSHOP", integrations=[integration])]}


def promoted(field: Record) -> dict[str, Any]:
    """Return an account in which a field of somebody changed; nothing shows which without one."""
    change = an_audit_record(before(5), root=ADA, fields_changed=[field])
    if not field:
        change["details"]["fields"] = None
    return {"audit_users": [change]}


def mailed(mode: str, *senders: str) -> dict[str, Any]:
    """Return an account with one e-mail integration, whose filters look at these senders."""
    filters = [an_email_filter(sender) for sender in senders]
    return integrated(an_email_integration(email_filter_mode=mode, email_filters=filters))


def triggered(*triggers: Record) -> dict[str, Any]:
    """Return an account with these triggers, whose workflows are an enabled and a stopped one."""
    return {
        "incident_workflows": [WORKFLOW, STOPPED],
        "incident_workflow_triggers": list(triggers),
    }


def written(*days: float, actor: Record | None = None, action: str = "update") -> list[Record]:
    """Return what one API key wrote so many days ago."""
    actor = actor or an_api_key("Terraform", id="PKEY")
    return [
        an_audit_record(
            before(each),
            method="api_token",
            truncated_token="ab12",
            actor=actor,
            action=action,
            root=actor if action == "create" else None,
        )
        for each in days
    ]


def reached(*methods: Record, rules: list[Record]) -> dict[str, Any]:
    """Return an account of one person, who is on call, with these contact methods and rules."""
    user = a_user("Ada Quill", id="PADA", contact_methods=methods, notification_rules=rules)
    return {"users": [user], "oncalls": [{"user": refer("user", user)}]}


def called(*levels: list[Record], delay: int = 15, loops: int = 0, **data: Any) -> dict[str, Any]:
    """Return an account with one service whose policy has these levels, by default runs once."""
    policy = a_policy("Shop", *levels, id="PPOLICY", num_loops=loops, delay=delay)
    service = a_service("Shop", policy, id="PSHOP")
    return {"services": [service], "escalation_policies": [policy], "users": PEOPLE, **data}


def until(end: str) -> dict[str, Any]:
    """Return an account with one schedule in use, whose one layer ends then."""
    return used(a_layer_schedule("Rota", layers=[a_layer([ADA, BEN], end=end)], id="PROTA"))


def counting(rule: str) -> Record:
    """Return a shift-based schedule whose one event repeats by a rule."""
    return a_shift_schedule("Rota", events=[an_event([ADA], recurrence=[rule])], id="PROTA")


def muted(hours: float) -> dict[str, Any]:
    """Return an account with one service, which is in maintenance for so long from now on."""
    window = a_maintenance_window(["PSHOP"], hour(0), hour(hours), id="PWINDOW")
    return {**called([ADA]), "maintenance_windows": [window]}


def naming(*targets: Record) -> dict[str, Any]:
    """Return an account with one service, whose policy names *targets*."""
    policy = a_policy("Shop", [ADA], [], id="PPOLICY")
    policy["escalation_rules"][-1]["targets"] = list(targets)
    service = a_service("Shop", policy, id="PSHOP")
    return {"services": [service], "escalation_policies": [policy], "users": PEOPLE}


def stopped(subscription: Record) -> Record:
    """Return a subscription that PagerDuty stopped for the time being."""
    return altered(subscription, "delivery_method.temporarily_disabled", True)


def web_sessions(idle: int, session: int) -> dict[str, Any]:
    """Return an account whose web sessions end after so many seconds."""
    limits = {"type": "web", "idle_session_ttl": idle, "absolute_session_ttl": session}
    return {"session_configurations": [limits]}


def orchestrated(catch_all: str, *rules: Record, suppress: bool = True) -> dict[str, Any]:
    """Return an account with one event orchestration."""
    found = an_orchestration("Shop", catch_all, rules, id="PORCH", suppress=suppress)
    return {
        "event_orchestrations": [found],
        "orchestration_routers": [{**found["router"], "id": "PORCH"}],
        "orchestration_unrouted": [{**found["unrouted"], "id": "PORCH"}],
    }


def ringing(*kinds: str, delay: int = 0) -> Record:
    """Return Ada, who is rung by these kinds of contact methods after so many minutes."""
    methods = [a_contact_method(kind, "2025550100", id=f"P{kind.upper()}") for kind in kinds]
    rules = [
        a_notification_rule(each, id=f"R{each['id']}", delay=delay + number)
        for number, each in enumerate(methods)
    ]
    return a_user("Ada Quill", id="PADA", contact_methods=methods, notification_rules=rules)


def called_alone(user: Record) -> dict[str, Any]:
    """Return an account with one service that calls one person."""
    return called([user]) | {"users": [user]}


CAUSES = {
    ("PD-01", "no-ability"): Row(
        "Move to a plan with single sign-on", {"abilities": ["teams"]}, is_about_plan=True
    ),
    ("PD-01", "password-users"): Row(
        "turns off the login with user name and password", {"users": [OWNER, STRANGER]}, MANUAL
    ),
    ("PD-01", "nobody-created"): Row("there are none yet", {"users": [OWNER]}, MANUAL),
    ("PD-02", ""): Row("> Permissions & Teams", {"users": [OWNER, *MANY]}),
    ("PD-03", ""): Row(
        "Account Settings > Change Account Owner",
        {"users": [OWNER, a_user("Otto Owner", "owner", id="POTTO")]},
    ),
    ("PD-04", ""): Row("People > Teams > the team > Add Member", {"users": [STRANGER]}),
    ("PD-05", "no-policy"): Row("Choose a policy under Services >", served(None)),
    ("PD-05", "gone-policy"): Row("Choose a policy that exists", served("PGONE")),
    ("PD-05", "no-rules"): Row(f"a rule that notifies somebody under {POLICY}", served()),
    ("PD-06", "few-rules"): Row("Add another rule", leveled([ADA])),
    ("PD-06", "same-people"): Row("notify the same targets", leveled([ADA], [ADA])),
    ("PD-06", "empty-rules"): Row("targets that were deleted", leveled([ADA], [])),
    ("PD-07", "no-targets"): Row("add a user or a schedule to the last rule", ending()),
    ("PD-07", "pending"): Row("accept their invitation", ending(refer("user", GUEST))),
    ("PD-07", "stakeholder"): Row("replace the stakeholders", ending(refer("user", WATCHER))),
    ("PD-07", "deleted"): Row("of the last rule that are gone", ending(GONE)),
    ("PD-07", "empty-schedule"): Row(
        "People > Schedules > the schedule > Edit", ending(refer("schedule", EMPTY))
    ),
    ("PD-07", "nobody-responds"): Row(
        "the finding says why for each", ending(GONE, refer("user", GUEST))
    ),
    ("PD-07", "runs-once"): Row(
        "let the policy repeat",
        ending(refer("user", BEN), num_loops=0),
        thresholds={"require_escalation_repeat": True},
    ),
    ("PD-07", "silent-and-once"): Row(
        "who can be paged, and let the policy repeat",
        ending(GONE, num_loops=0),
        thresholds={"require_escalation_repeat": True},
    ),
    ("PD-08", "gaps"): Row("Schedule an Override", used(OFF)),
    ("PD-08", "nobody"): Row("or take it off its escalation policies", used(EMPTY)),
    ("PD-08", "deleted"): Row("Replace whoever was deleted", used(held(rendered(WHOLE), GONE))),
    ("PD-09", "few"): Row(
        "Add people to the rotation", used(a_layer_schedule("Rota", [ADA], id="PROTA"))
    ),
    ("PD-09", "nobody"): Row(
        "or take it off its escalation policies", used(a_layer_schedule("Rota", [], id="PROTA"))
    ),
    ("PD-10", "no-trigger"): Row(
        "Add a trigger for the service", triggered(a_trigger(WORKFLOW, ["POTHER"]))
    ),
    ("PD-10", "disabled-workflow"): Row(
        "Enable the workflow", triggered(a_trigger(STOPPED, all_services=True))
    ),
    ("PD-10", "no-plan"): Row(
        f"then add a workflow under {EVERYWHERE}",
        {"incident_workflows": refused(402)},
        is_about_plan=True,
    ),
    ("PD-10", "none-critical"): Row(
        "Name the critical services", {"business_service_dependencies": []}, MANUAL
    ),
    ("PD-11", "no-plan"): Row(
        "Audit Trail Reporting", {"audit_latest": refused(402)}, is_about_plan=True
    ),
    ("PD-11", "no-records"): Row("The plan has the audit trail", {"audit_latest": []}),
    ("PD-12", "no-plan"): Row(
        "Audit Trail Reporting", {"audit_oldest": refused(402)}, is_about_plan=True
    ),
    ("PD-12", "too-short"): Row(
        "before records go", {"audit_oldest": [an_audit_record(before(100))]}
    ),
    ("PD-12", "no-records"): Row("why the audit trail", {"audit_oldest": []}),
    ("PD-12", "beyond-history"): Row(
        "Show the storage", {}, MANUAL, thresholds={"audit_retention_days": 700}
    ),
    ("PD-12", "age-unknown"): Row(
        "since when the account exists", {"audit_oldest": [], "services": []}, MANUAL
    ),
    ("PD-13", "account-key"): Row(
        "Create a new key under Integrations > API Access Keys",
        {"audit_api_token": written(200, 3)},
    ),
    ("PD-13", "user-key"): Row(
        "My Profile > User Settings > API Access",
        {"audit_api_token": written(200, 3, actor=ADA)},
    ),
    ("PD-13", "age-unknown"): Row("when the key was made", {"audit_api_token": written(3)}, MANUAL),
    ("PD-13", "no-trace"): Row("when each key was made", {"audit_api_token": []}, MANUAL),
    ("PD-13", "no-plan"): Row(
        "Audit Trail Reporting", {"audit_api_token": refused(402)}, is_about_plan=True
    ),
    ("PD-14", "plain-subscription"): Row(
        "Integrations > Generic Webhooks (v3) > the webhook > Edit",
        {"webhook_subscriptions": [a_webhook_subscription(url="http://acme.example/hook")]},
    ),
    ("PD-14", "plain-extension"): Row(
        "> Integrations > Extensions > the extension",
        {"extensions": [an_extension(endpoint_url="http://acme.example/hook")]},
    ),
    ("PD-14", "broken-url"): Row(
        "a whole https address", {"extensions": [an_extension(endpoint_url="https://")]}
    ),
    ("PD-15", ""): Row(
        "Generic Webhooks (v3) > New Webhook",
        {"extensions": [an_extension(schema=GENERIC_WEBHOOK)]},
    ),
    ("PD-16", "refused-type"): Row(
        "an integration of the Events API v2",
        integrated(an_integration("Old", "keynote_inbound_integration")),
    ),
    ("PD-16", "no-filter"): Row(f"{FILTERS}, accept e-mail only", mailed("all-email")),
    ("PD-16", "open-alternative"): Row(
        f"{FILTERS}, give each of the alternative rules",
        mailed("or-rules-email", "match", "always"),
    ),
    ("PD-16", "no-sender-filter"): Row(
        f"{FILTERS}, add a condition", mailed("and-rules-email", "always")
    ),
    ("PD-17", "no-rule"): Row(
        "Notification Rules", reached(PHONE, rules=[a_notification_rule(PHONE, "low")])
    ),
    ("PD-17", "dead-rule"): Row(
        "a contact method that exists", reached(PHONE, rules=[a_notification_rule("PGONE")])
    ),
    ("PD-17", "no-contact-method"): Row(
        "Contact Information, and then", reached(rules=[a_notification_rule("PGONE")])
    ),
    ("PD-18", "email-only"): Row("adds a phone number or the mobile app", reached(MAIL, rules=[])),
    ("PD-18", "blocked-method"): Row(
        "is blocked or disabled", reached(MAIL, altered(PHONE, "blacklisted", True), rules=[])
    ),
    ("PD-18", "deleted"): Row("Put somebody else on call", {"oncalls": [{"user": GONE}]}),
    ("PD-19", ""): Row(SETTINGS, served(incident_urgency_rule=ALWAYS_HIGH)),
    ("PD-20", "no-feature"): Row(
        "Turn priorities on", {"priorities": refused(404)}, is_about_plan=True
    ),
    ("PD-20", "none-defined"): Row("Define priorities", {"priorities": []}),
    ("PD-20", "none-used"): Row(
        "nobody sets them", {"incidents": [an_incident(a_service("Shop"), before(2))]}
    ),
    ("PD-21", ""): Row(
        "Services > Service Graph", {**served(), "business_service_dependencies": []}
    ),
    ("PD-22", "never"): Row(
        "Turn the acknowledgement timeout on", served(acknowledgement_timeout=None)
    ),
    ("PD-22", "at-once"): Row("from 0 seconds", served(acknowledgement_timeout=0)),
    ("PD-23", "never"): Row("Turn auto-resolution on", served(auto_resolve_timeout=None)),
    ("PD-23", "at-once"): Row("from 0 seconds", served(auto_resolve_timeout=0)),
    ("PD-24", "unrestricted"): Row(
        "no role of the present one", {"abilities": ["advanced_reports"]}, is_about_plan=True
    ),
    ("PD-24", "unseen"): Row("attest the result", {}, MANUAL),
    ("PD-25", ""): Row("from the deployment pipeline", {"change_events": []}),
    ("PD-26", "no-policy"): Row("Assign an escalation policy that exists", called() | served(None)),
    ("PD-26", "nobody"): Row("a level that is always staffed", called([EMPTY], schedules=[EMPTY])),
    ("PD-26", "silent"): Row("add a high-urgency rule to a phone", called([GUEST])),
    ("PD-26", "late"): Row(
        "Shorten the delays of the first levels", called([GUEST], [ADA], delay=20)
    ),
    ("PD-27", "no-policy"): Row("Assign an escalation policy that exists", called() | served(None)),
    ("PD-27", "nobody"): Row("a level that is always staffed", called([EMPTY], schedules=[EMPTY])),
    ("PD-27", "silent"): Row("add a high-urgency rule to a phone", called([GUEST])),
    ("PD-27", "alone"): Row("one person is never on call on all levels", called([ADA], [ADA])),
    ("PD-27", "late"): Row("Shorten the delays of the levels", called([ADA], [BEN], delay=40)),
    ("PD-28", "deleted"): Row("Replace or remove whoever is gone", naming(GONE)),
    ("PD-28", "pending"): Row("accept their invitation", naming(refer("user", GUEST))),
    ("PD-28", "stakeholder"): Row("in the place of stakeholders", naming(refer("user", WATCHER))),
    ("PD-28", "several"): Row("says why of each", naming(GONE, refer("user", GUEST))),
    ("PD-29", "ends"): Row("Take the end date off", until(hour(24 * 10))),
    ("PD-29", "ended"): Row("the last one is over", until(hour(-1))),
    ("PD-29", "nobody"): Row("or take it off its escalation policies", used(EMPTY_LAYERS)),
    ("PD-29", "counted"): Row(
        "the last repetition", used(counting("RRULE:FREQ=DAILY;COUNT=9")), MANUAL
    ),
    ("PD-30", "never-rung"): Row("accept the invitation and add", called_alone(GUEST)),
    ("PD-30", "few-ways"): Row("add another kind of contact", called_alone(ringing("phone"))),
    ("PD-30", "missing-way"): Row(
        "add the required kind",
        called_alone(ringing("phone", "push_notification")),
        thresholds={"required_ring_methods": ("sms",)},
    ),
    ("PD-30", "late"): Row(
        "shorten the delay of the first", called_alone(ringing("phone", "sms", delay=5))
    ),
    ("PD-31", ""): Row("Let the policy repeat", called([ADA])),
    ("PD-32", "switched-off"): Row(
        "Switch the webhook on, or delete it",
        {"webhook_subscriptions": [a_webhook_subscription(active=False)]},
    ),
    ("PD-32", "stopped-subscription"): Row(
        "enable the webhook under",
        {"webhook_subscriptions": [stopped(a_webhook_subscription())]},
    ),
    ("PD-32", "stopped-extension"): Row(
        "enable the extension under",
        {"extension_details": [{"id": "PEXT", "temporarily_disabled": True}]},
    ),
    ("PD-33", "subscription-address"): Row(
        "from the address into a custom header",
        {"webhook_subscriptions": [a_webhook_subscription()]},
    ),
    ("PD-33", "extension-address"): Row(
        "> Integrations > Extensions > the extension, or let",
        {"extensions": [an_extension(config={})]},
    ),
    ("PD-33", "settings"): Row(
        "needs no password or token", {"extensions": [an_extension(endpoint_url=None)]}
    ),
    ("PD-34", "unlisted-host"): Row(
        "and change or delete the webhook",
        {"extensions": []},
        thresholds={"webhook_hosts": ("acme.example",)},
    ),
    ("PD-34", "none-listed"): Row("list those that are known", {}, MANUAL),
    ("PD-35", ""): Row("bring its end forward", muted(30)),
    ("PD-36", "unlisted-domain"): Row(
        "Email Domain Restriction keeps", {}, thresholds={"email_domains": ("acme.example",)}
    ),
    ("PD-36", "none-listed"): Row("list the company's under email_domains", {}, MANUAL),
    ("PD-37", ""): Row("another person who administers", {"users": [OWNER, ADA]}),
    ("PD-38", ""): Row("choose a stakeholder role", {"users": [OWNER, ADA, BEN, IDLE]}),
    ("PD-39", ""): Row("to what it was made for", {"services": []}),
    ("PD-40", "long"): Row("at an hour at which everybody can", web_sessions(3600, 43200)),
    ("PD-40", "unset"): Row(
        "asks you to log in again", {"session_configurations": refused(404)}, MANUAL
    ),
    ("PD-41", "swallowed"): Row("Route everything else to", orchestrated("unrouted")),
    ("PD-41", "dead-route"): Row("or disable the rule", orchestrated("PSHOP", a_route("PGONE"))),
    ("PD-41", "several"): Row(
        "the catch-all and each rule", orchestrated("unrouted", a_route("PGONE"))
    ),
    ("PD-41", "unrouted"): Row(
        "Incidents > Alerts", orchestrated("unrouted", suppress=False), MANUAL
    ),
    ("PD-42", "granted"): Row(
        "where there is none, give another role",
        promoted({"name": "role", "value": "admin"}),
        MANUAL,
    ),
    ("PD-42", "not-shown"): Row("which role the user has", promoted({}), MANUAL),
    ("PD-42", "no-plan"): Row(
        "Audit Trail Reporting", {"audit_users": refused(402)}, is_about_plan=True
    ),
    ("PD-43", "forgotten"): Row("which can be sent again", {"license_allocations": FORGOTTEN}),
    ("PD-43", "age-unknown"): Row("since when the user is", {"license_allocations": []}, MANUAL),
    ("PD-44", "unlisted-client"): Row(
        "let the user revoke its access", ACCESS, thresholds={"oauth_clients": ("PSLACKAPP",)}
    ),
    ("PD-44", "none-listed"): Row("and list the others under oauth_clients", ACCESS, MANUAL),
    ("PD-45", "not-listed"): Row("the address among the aliases", {"users": [OWNER, IDLE]}),
    ("PD-45", "left"): Row("correct the date in the list", {"users": [OWNER], "roster": LEFT}),
    ("PD-45", "no-roster"): Row("save the list as CSV", {"roster": None}, MANUAL),
}
"""Control and cause → what its remedy says; a control with one way to fail has one without name."""
NOT_IN_DEMO = {
    *("PD-29", "PD-31", "PD-34", "PD-35", "PD-36", "PD-37", "PD-39", "PD-42", "PD-44", "PD-45"),
}
"""The controls that nothing of the demo account fails."""
ROWS = pytest.mark.parametrize(("control", "cause"), CAUSES, ids=map(" ".join, CAUSES))


def asking(control: str, row: Row) -> list[Finding]:
    """Return what a control asks for in the account of a row."""
    found = inspect(a_sound_account(**row.data), control, **row.thresholds)
    return [each for each in found if each.status in {Status.FAIL, MANUAL}]


@ROWS
def test_a_control_names_its_cause(control: str, cause: str) -> None:
    """The finding of each way to ask for something has the cause, and so its remedy."""
    row = CAUSES[control, cause]

    found = asking(control, row)

    assert {(each.status, each.cause) for each in found} == {(row.status, cause)}


@ROWS
def test_a_remedy_is_of_its_cause(control: str, cause: str) -> None:
    """It says what only this cause asks for, where in PagerDuty, and has a page about it."""
    row, about = CAUSES[control, cause], CONTROLS[control].control
    remedy = about.remedy(cause)

    assert row.says in remedy
    assert PATH.search(remedy) or any(each in remedy for each in API_ONLY)
    assert ("Subscriptions > Upgrade Plan" in remedy) == row.is_about_plan
    assert about.help_url(cause).startswith("https://support.pagerduty.com/main/docs/")


def test_every_declared_cause_is_used_and_every_used_one_declared() -> None:
    """The table has each cause that a docstring has a remedy for, and no other one.

    The test above shows that each of the table is used. A control with one cause names none.
    """
    declared = {
        (name, cause)
        for name, each in CONTROLS.items()
        for cause in [about.id for about in each.control.causes] or [""]
    }

    assert declared == CAUSES.keys()


def test_no_two_causes_of_a_control_share_a_remedy() -> None:
    """Where they did, they would be one cause."""
    for each in CONTROLS.values():
        remedies = [cause.remedy for cause in each.control.causes]

        assert len(remedies) != 1
        assert len(set(remedies)) == len(remedies)


@cache
def demo() -> list[Finding]:
    """Return all findings of the demo account."""
    with run(accounts.demo(NOW)) as simulator:
        snapshot = reading.read(simulator)
    return inspect(snapshot, *CONTROLS)


@pytest.mark.parametrize("status", [Status.FAIL, MANUAL])
def test_every_finding_of_the_demo_account_has_a_remedy_that_fits(status: Status) -> None:
    """Whatever fails or needs a person in it has a cause of the table, with a page about it."""
    found = [each for each in demo() if each.status is status]

    assert found
    for each in found:
        row = CAUSES[each.control, each.cause]
        assert row.status is status
        assert row.says in CONTROLS[each.control].control.remedy(each.cause)
    if status is Status.FAIL:
        assert {each.control for each in found} == CONTROLS.keys() - NOT_IN_DEMO


def test_what_complies_has_no_cause() -> None:
    """Only a finding that asks for something has a cause."""
    silent = {Status.PASS, Status.NOT_APPLICABLE, Status.ERROR}

    assert {each.cause for each in demo() if each.status in silent} == {""}
