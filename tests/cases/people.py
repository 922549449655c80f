"""People who have left, who have not come yet, who only watch, and whom nobody knows."""

from __future__ import annotations

from datetime import datetime

from tests.cases.case import (
    ADA,
    BEN,
    GONE,
    INVITED,
    UNKNOWN,
    WATCHER,
    Case,
    an_account,
    on_call,
    policy,
    register,
)
from tests.simulator import Account, Fault, builders

CASES: list[Case] = []
case = register(CASES)


# Deleted


@case(
    {"PD-07": {"PPOLICY": "fail"}, "PD-08": {"PROTA": "fail"}, "PD-09": {"PROTA": "fail"}},
    says={"PD-07": "was deleted on 2024-02-21", "PD-08": "720 h, on call: deleted user PGONE"},
)
def only_member_was_deleted(now: datetime) -> Account:
    """PagerDuty still renders the shifts of somebody who left: nobody is on call."""
    return on_call(now, builders.a_layer_schedule("Rota", [GONE], id="PROTA"))


@case(
    {"PD-07": {"PPOLICY": "pass"}, "PD-08": {"PROTA": "fail"}, "PD-09": {"PROTA": "fail"}},
    says={
        "PD-08": "on call: deleted user PGONE",
        "PD-09": "1 participant (user 'Ada Quill' (PADA))",
    },
)
def one_of_two_members_was_deleted(now: datetime) -> Account:
    """The turns of who left are gaps, and one person alone takes turns."""
    return on_call(now, builders.a_layer_schedule("Rota", [ADA, GONE], id="PROTA"))


@case(
    {"PD-07": {"PPOLICY": "pass"}, "PD-08": {"PSHIFTS": "fail"}, "PD-09": {"PSHIFTS": "fail"}},
    says={"PD-08": "on call: deleted user PGONE"},
)
def one_of_two_members_of_shifts_was_deleted(now: datetime) -> Account:
    """Members of a shift-based schedule are marked as references are."""
    return on_call(now, builders.a_shift_schedule("Shifts", [ADA, GONE], id="PSHIFTS"))


@case({"PD-06": {"PPOLICY": "fail"}, "PD-07": {"PPOLICY": "pass"}}, says={"PD-06": "1 distinct"})
def level_of_a_deleted_user(now: datetime) -> Account:
    """A level that holds nobody else is none, and the levels around it are the same one."""
    return an_account(now, escalation_policies=[policy([ADA], [GONE], [ADA])])


@case(
    {"PD-06": {"PPOLICY": "fail"}, "PD-07": {"PPOLICY": "fail"}},
    says={"PD-07": "ends in silence: deleted user PGONE was deleted on 2024-02-21"},
)
def last_level_is_a_deleted_user(now: datetime) -> Account:
    """An incident that nobody else took reaches nobody."""
    return an_account(now, escalation_policies=[policy([ADA], [GONE])])


@case(
    {"PD-18": {"PGONE": "fail", "PADA": "pass"}},
    says={"PD-18": "user 'Dora Left' (PGONE) is on call, and was deleted on 2024-02-21"},
)
def deleted_user_on_call(now: datetime) -> Account:
    """Whoever is on call now was deleted, beside somebody who is there."""
    return an_account(now, escalation_policies=[policy([GONE, ADA])])


@case({"PD-08": {"PROTA": "fail"}, "PD-09": {"PROTA": "fail"}})
def deleted_in_one_place_is_deleted_in_all(now: datetime) -> Account:
    """The layer names the id alone, and a policy shows that it was deleted."""
    rota = builders.a_layer_schedule("Rota", [ADA, GONE["id"]], id="PROTA")
    policies = [policy([rota]), policy([GONE], id="POTHER")]
    return an_account(now, schedules=[rota], escalation_policies=policies)


@case({"PD-08": {"PROTA": "pass"}, "PD-09": {"PROTA": "pass"}, "PD-18": {"PDI": "pass"}})
def null_is_no_deletion(now: datetime) -> Account:
    """References of the living may carry the field as well, with a null."""
    people = [
        builders.a_user(name, id=f"P{name.upper()}", deleted_at=None) for name in ("Cy", "Di")
    ]
    rota = builders.a_layer_schedule("Rota", layers=[builders.a_layer(people)], id="PROTA")
    return on_call(now, rota, users=people)


# Pending, and stakeholders


@case(
    {
        "PD-07": {"PDIRECT": "fail", "PTHROUGH": "fail"},
        "PD-08": {"PROTA": "pass"},
    },
    says={"PD-07": "PagerDuty can only e-mail them"},
)
def invited_user_alone_on_a_schedule(now: datetime) -> Account:
    """A policy that names the user, and one that names the user's schedule, end alike."""
    rota = builders.a_layer_schedule("Rota", [INVITED], id="PROTA")
    policies = [policy([INVITED], id="PDIRECT"), policy([rota], id="PTHROUGH")]
    return an_account(now, schedules=[rota], escalation_policies=policies)


@case({"PD-07": {"PPOLICY": "fail"}, "PD-08": {"PROTA": "pass"}}, says={"PD-07": "a stakeholder"})
def schedule_of_invited_users_and_stakeholders(now: datetime) -> Account:
    """Nobody on the schedule can be paged, although somebody always stands on it."""
    return on_call(now, builders.a_layer_schedule("Rota", [INVITED, WATCHER], id="PROTA"))


@case(
    {
        "PD-07": {"PPOLICY": "fail"},
        "PD-17": {"PINVITED": "not_applicable", "PADA": "pass"},
    },
    says={"PD-07": "has not accepted the invitation, so that PagerDuty can only e-mail them"},
    never_says="cannot be notified",
)
def invited_users_are_notified_by_mail(now: datetime) -> Account:
    """Who has not accepted yet gets e-mail, and no more than that."""
    return an_account(now, users=[ADA, INVITED], escalation_policies=[policy([INVITED])])


# Unknown


@case(
    {"PD-07": {"PPOLICY": "pass"}, "PD-08": {"PROTA": "error"}, "PD-09": {"PROTA": "error"}},
    says={"PD-08": "PUNKNOWN", "PD-09": "PUNKNOWN"},
)
def member_whom_the_user_list_lacks(now: datetime) -> Account:
    """The verdict hangs on whether somebody exists whom nothing shows."""
    return on_call(now, builders.a_layer_schedule("Rota", [ADA, UNKNOWN], id="PROTA"))


@case(
    {"PD-07": {"PPOLICY": "error"}, "PD-08": {"PROTA": "error"}, "PD-09": {"PROTA": "fail"}},
    says={"PD-07": "PUNKNOWN", "PD-08": "PUNKNOWN"},
)
def only_member_is_unknown(now: datetime) -> Account:
    """One person is too few whether there is one or none; all else is open."""
    return on_call(now, builders.a_layer_schedule("Rota", [UNKNOWN], id="PROTA"))


@case({"PD-08": {"PROTA": "pass"}, "PD-09": {"PROTA": "pass"}, "PD-07": {"PPOLICY": "pass"}})
def unknown_member_who_changes_nothing(now: datetime) -> Account:
    """Somebody else has every one of the unknown person's shifts, and two are left."""
    layers = [builders.a_layer([ADA, BEN]), builders.a_layer([ADA, BEN, UNKNOWN], name="Below")]
    return on_call(now, builders.a_layer_schedule("Rota", layers=layers, id="PROTA"))


@case(
    {
        "PD-08": {"PFULL": "error", "PNIGHTS": "fail"},
        "PD-09": {"PFULL": "error", "PNIGHTS": "fail"},
    },
    Fault("/users", "status", status=403),
    says={"PD-08": "/users: HTTP 403"},
)
def users_are_refused(now: datetime) -> Account:
    """What fails whoever the people are still fails; what would pass cannot be judged."""
    night = builders.a_restriction("20:00:00", 12)
    schedules = [
        builders.a_layer_schedule("Full", [ADA, BEN], id="PFULL"),
        builders.a_layer_schedule(
            "Nights", layers=[builders.a_layer([ADA], restrictions=[night])], id="PNIGHTS"
        ),
    ]
    policies = [policy([each]) | {"id": f"P{each['id']}"} for each in schedules]
    return an_account(now, schedules=schedules, escalation_policies=policies)
