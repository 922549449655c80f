"""Lists that do not end or render nothing, and what is gone or refused behind them."""

from __future__ import annotations

from datetime import datetime

from tests.cases.case import ADA, BEN, Case, an_account, on_call, register
from tests.simulator import Account, Fault, builders

CASES: list[Case] = []
case = register(CASES)


@case(
    {
        "PD-10": {"PONE": "fail", "PTWO": "not_applicable"},
        "PD-21": {"PONE": "pass", "PTWO": "fail"},
    },
    never_says="404",
)
def business_service_gone_since_it_was_listed(now: datetime) -> Account:
    """Its look-up answers 404: it has no edges, and all other services are judged."""
    one, two = (builders.a_service(name, "PPOLICY", id=name) for name in ("PONE", "PTWO"))
    shop = builders.a_business_service("Shop")
    return an_account(
        now,
        services=[one, two],
        business_services=[shop, builders.a_business_service("Old shop", id="POLD")],
        dependencies=[builders.a_dependency(one, shop)],
        gone={"POLD"},
    )


@case({"PD-21": {"PONE": "pass", "PTWO": "fail", "PTHREE": "pass"}}, never_says="404")
def service_gone_since_it_was_listed(now: datetime) -> Account:
    """The look-up of a service answers 404: nothing depends on it any more."""
    names = ("PONE", "PTWO", "PTHREE")
    one, two, three = (builders.a_service(name, "PPOLICY", id=name) for name in names)
    edges = [builders.a_dependency(one, three)]
    return an_account(now, services=[one, two, three], dependencies=edges, gone={"PTWO"})


@case({"PD-08": {"PSHIFTS": "fail"}, "PD-09": {"PSHIFTS": "fail"}}, never_says="404")
def shifts_gone_since_they_were_listed(now: datetime) -> Account:
    """A shift-based schedule that is gone has neither shifts nor members."""
    shifts = builders.a_shift_schedule("Shifts", [ADA, BEN], id="PSHIFTS")
    return on_call(now, shifts, gone={"PSHIFTS"})


@case(
    {"PD-08": {"PROTA": "fail"}, "PD-09": {"PROTA": "fail"}},
    Fault("/schedules", "unrendered"),
    never_says="404",
)
def schedule_gone_since_it_was_listed(now: datetime) -> Account:
    """The list rendered nothing, and the schedule itself answers 404."""
    rota = builders.a_layer_schedule("Rota", [ADA, BEN], id="PROTA")
    return on_call(now, rota, gone={"PROTA"})


@case(
    {"PD-07": {"PPOLICY": "pass"}, "PD-08": {"PROTA": "pass"}},
    Fault("/schedules", "unrendered"),
    most_requests={"/schedules": 1, "/schedules/PROTA": 1},
)
def list_that_honours_no_window(now: datetime) -> Account:
    """What the list did not render is read singly."""
    return on_call(now, builders.a_layer_schedule("Rota", [ADA, BEN], id="PROTA"))


@case(
    {"PD-07": {"PPOLICY": "error"}, "PD-08": {"PROTA": "error"}, "PD-09": {"PROTA": "pass"}},
    Fault("/schedules*", "unrendered"),
    says={"PD-08": "came back without the shifts of the window"},
    never_says="720 h",
)
def nothing_honours_the_window(now: datetime) -> Account:
    """Not rendered is not empty: who is on call is not known, who takes turns is."""
    return on_call(now, builders.a_layer_schedule("Rota", [ADA, BEN], id="PROTA"))


@case(
    {"PD-10": {"PONE": "error"}},
    Fault("/incident_workflows", "repeating"),
    says={"PD-10": "the list does not end"},
    most_requests={"/incident_workflows": 4},
)
def list_without_end(now: datetime) -> Account:
    """Each page is the first one and promises more: three in vain are enough."""
    service = builders.a_service("Shop", "PPOLICY", id="PONE")
    return an_account(now, services=[service], incident_workflows=[builders.a_workflow()])


@case(
    {"PD-08": {"account": "error"}, "PD-05": {"PONE": "pass"}},
    Fault("/schedules", "blank", status=401),
    says={"PD-08": "/schedules: HTTP 401 (check that the credential is valid"},
)
def refusal_with_a_blank_body(now: datetime) -> Account:
    """A refusal that says nothing is one all the same."""
    service = builders.a_service("Shop", "PPOLICY", id="PONE")
    return an_account(now, services=[service])


@case({"PD-20": {"account": "fail"}})
def no_priorities_and_incidents_refused(now: datetime) -> Account:
    """The account has no priorities, which decides alone."""
    return an_account(now, off={"/priorities": 404, "/incidents": 403})
