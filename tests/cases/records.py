"""Records that lack what is optional, and one broken record among sound ones."""

from __future__ import annotations

from datetime import datetime

from tests.cases.case import ADA, BEN, MAIL_ONLY, Case, an_account, on_call, policy, register
from tests.simulator import ABSENT, Account, Fault, builders
from tests.simulator.records import Record

CASES: list[Case] = []
case = register(CASES)


# Optional


@case({"PD-08": {"PROTA": "pass"}, "PD-09": {"PROTA": "pass"}})
def layer_without_end(now: datetime) -> Account:
    """A layer that does not say when it ends runs on, as with a null."""
    layer = builders.a_layer([ADA, BEN], end=ABSENT)
    return on_call(now, builders.a_layer_schedule("Rota", layers=[layer], id="PROTA"))


@case(
    {
        "PD-08": {"PIDLE": "fail", "PPLANNED": "fail"},
        "PD-09": {"PIDLE": "fail", "PPLANNED": "fail"},
    },
    says={"PD-09": "0 participants"},
)
def shifts_without_events_or_rotations(now: datetime) -> Account:
    """Nobody takes turns where no turn is planned."""
    idle = builders.a_rotation(id="PROTATION", events=ABSENT)
    schedules = [
        builders.a_shift_schedule("Idle", rotations=[idle], id="PIDLE"),
        builders.a_shift_schedule("Planned", rotations=ABSENT, id="PPLANNED"),
    ]
    return an_account(now, shift_schedules=schedules, escalation_policies=[policy(schedules)])


# Broken


def services(*changes: Record) -> list[Record]:
    """Return a service for each of *changes*: PONE, PTWO."""
    names = ("PONE", "PTWO")
    return [
        builders.a_service(name, "PPOLICY", id=name, **change)
        for name, change in zip(names, changes, strict=True)
    ]


@case({"PD-16": {"PLEGACY": "fail", "PTWO": "error"}})
def one_service_without_integrations(now: datetime) -> Account:
    """The integrations of the other service are judged all the same."""
    legacy = builders.an_integration("Old", "sql_monitor_inbound_integration", id="PLEGACY")
    one, two = services({"integrations": [legacy]}, {})
    del two["integrations"]
    return an_account(now, services=[one, two])


@case(
    {"PD-18": {"PADA": "pass", "PMAIL": "fail", "PPOLICY": "error"}},
    Fault("/oncalls", "null", field="user", only=2),
)
def one_on_call_row_without_user(now: datetime) -> Account:
    """The broken row is an error of the policy it belongs to; the people beside it are judged."""
    return an_account(now, escalation_policies=[policy([ADA, MAIL_ONLY], [ADA])])


@case({"PD-10": {"PONE": "pass", "PTWO": "fail"}})
def trigger_with_the_id_of_its_workflow_alone(now: datetime) -> Account:
    """A trigger that lacks its workflow does not spoil the one beside it."""
    workflow = builders.a_workflow("Major", id="PWORKFLOW")
    one, two = services({}, {})
    bare = builders.a_trigger(workflow, [one], trigger_type="manual")
    del bare["workflow"]
    shop = builders.a_business_service("Shop")
    return an_account(
        now,
        services=[one, two],
        business_services=[shop],
        dependencies=[builders.a_dependency(each, shop) for each in (one, two)],
        incident_workflows=[workflow],
        triggers=[builders.a_trigger(workflow, [one]), bare],
    )


@case({"PD-19": {"account": "pass"}})
def urgency_with_one_unknown_status(now: datetime) -> Account:
    """One service with support hours is enough, whatever another service is."""
    high = {"incident_urgency_rule": builders.ALWAYS_HIGH, "status": "fine"}
    return an_account(now, services=services(builders.support_hours(), high))


@case(
    {"PD-16": {"PEVENTS": "pass"}},
    says={"PD-16": "PagerDuty recommends the Events API v2"},
    never_says="retired",
)
def events_api_v1_is_not_retired(now: datetime) -> Account:
    """Half of the integrations of real accounts are of the Events API v1."""
    events = builders.an_integration(
        "Alerts", "generic_events_api_inbound_integration", id="PEVENTS"
    )
    service = builders.a_service("Shop", "PPOLICY", integrations=[events])
    return an_account(now, services=[service])
