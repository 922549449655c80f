"""PD-05, PD-06, PD-07, PD-10, PD-19 and PD-20: does every alert reach somebody who acts?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import NO_OBJECT, UNREAD
from tests.controls.helpers import (
    ADA,
    BEN,
    DELETED_AT,
    GONE,
    GONE_ID,
    NAMED_GONE,
    NO_RECORDS,
    UNKNOWN,
    WHOLE,
    WRONG,
    Span,
    altered,
    before,
    computed,
    held,
    looked_up,
    off_boarded,
    only,
    rendered,
    status,
    unfit,
)
from tests.simulator.builders import (
    ALWAYS_HIGH,
    SEVERITY_BASED,
    SUPPORT_HOURS,
    a_business_service,
    a_dependency,
    a_layer,
    a_policy,
    a_priority,
    a_service,
    a_trigger,
    a_user,
    a_workflow,
    an_incident,
)
from tests.simulator.records import ABSENT, Record, refer
from tests.support.judged import a_snapshot, refused, verdicts

POLICY = a_policy("Shop", [ADA], [BEN], id="PPOLICY")
SHOP = a_service("Shop", POLICY, id="PSHOP")
BLOG = a_service("Blog", POLICY, id="PBLOG")
FRONT = a_business_service("Front", id="PFRONT")
WORKFLOW = a_workflow(id="PFLOW")


def service_of(policy: Record | None, **fields: Any) -> Record:
    """Return a service that hands its incidents to *policy*."""
    return a_service("Shop", policy, id="PSHOP", **fields)


# PD-05


def test_service_with_policy_passes() -> None:
    """PD-05 passes a service whose policy exists and has rules."""
    snapshot = a_snapshot(services=[SHOP], escalation_policies=[POLICY])

    assert verdicts(snapshot, "PD-05") == {"PSHOP": "pass"}


@pytest.mark.parametrize(
    ("service", "policies"),
    [
        (service_of(None), [POLICY]),
        (service_of(refer("escalation_policy", "PGONE")), [POLICY]),
        (SHOP, []),
        (SHOP, [a_policy("Shop", id="PPOLICY")]),
    ],
    ids=["none", "another id", "no policies", "no rules"],
)
def test_service_without_working_policy_fails(service: Record, policies: list[Record]) -> None:
    """PD-05 fails without a policy, with one that does not exist and with one without rules."""
    found = only(a_snapshot(services=[service], escalation_policies=policies), "PD-05")

    assert found.status.value == "fail"
    assert "'Shop'" in found.message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit(
            *("status", "escalation_policy", "escalation_policy.id"),
            but=[("escalation_policy", None)],
        ),
        ("escalation_policy", {}),
    ],
)
def test_service_whose_policy_is_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-05 is an error for a service whose record is broken, and only for that one."""
    services = [altered(SHOP, path, value), BLOG]
    snapshot = a_snapshot(services=services, escalation_policies=[POLICY])

    assert verdicts(snapshot, "PD-05") == {"PSHOP": "error", "PBLOG": "pass"}


@pytest.mark.parametrize(("path", "value"), unfit("escalation_rules"))
def test_policy_whose_rules_are_unreadable_is_an_error_for_its_services(
    path: str, value: Any
) -> None:
    """PD-05 is an error for the services of a policy that came without its rules."""
    policies = [altered(POLICY, path, value)]

    assert status(a_snapshot(services=[SHOP], escalation_policies=policies), "PD-05") == "error"


@pytest.mark.parametrize("rule", [None, "rule", {}])
def test_policy_with_a_broken_rule_has_rules(rule: Any) -> None:
    """PD-05 passes a service whose policy has a rule, whatever can be read of the rule."""
    policy = altered(POLICY, "escalation_rules", [rule])

    assert status(a_snapshot(services=[SHOP], escalation_policies=[policy]), "PD-05") == "pass"


def test_policy_without_id_might_be_the_one_that_is_missing() -> None:
    """PD-05 is an error for a service whose policy the list has not, or has without its id."""
    other = a_policy("Other", [ADA], id="POTHER")
    services = [
        a_service("Found", other, id="PFOUND"),
        a_service("Lost", "PGONE", id="PLOST"),
        a_service("None", None, id="PNONE"),
    ]
    policies = [other, altered(POLICY, "id", ABSENT)]

    found = verdicts(a_snapshot(services=services, escalation_policies=policies), "PD-05")

    assert found == {"PFOUND": "pass", "PLOST": "error", "PNONE": "fail"}


@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, altered(SHOP, "id", ABSENT)])
def test_service_that_nobody_can_name_is_a_row_of_the_account(broken: Record) -> None:
    """PD-05 is an error for a service without an id, in the account's name, and judges others."""
    snapshot = a_snapshot(services=[broken, service_of(None)], escalation_policies=[POLICY])

    assert verdicts(snapshot, "PD-05") == {"account": "error", "PSHOP": "fail"}


# PD-06


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ([[ADA], [BEN]], "pass"),
        ([[ADA, BEN], [ADA]], "pass"),
        ([[ADA], [ADA], [BEN]], "pass"),
        ([[ADA], [BEN], [ADA]], "pass"),
        ([], "fail"),
        ([[]], "fail"),
        ([[ADA]], "fail"),
        ([[ADA], []], "fail"),
        ([[], []], "fail"),
        ([[ADA], [ADA]], "fail"),
        ([[ADA, BEN], [BEN, ADA]], "fail"),
        ([[ADA, BEN], [], [BEN, ADA, BEN]], "fail"),
    ],
)
def test_levels_notify_different_targets(levels: list[list[Record]], verdict: str) -> None:
    """PD-06 counts rules with targets, and rules with the same set of targets once."""
    snapshot = a_snapshot(escalation_policies=[a_policy("Shop", *levels, id="PPOLICY")])

    assert verdicts(snapshot, "PD-06") == {"PPOLICY": verdict}


@pytest.mark.parametrize(("required", "verdict"), [(1, "pass"), (2, "pass"), (3, "fail")])
def test_number_of_levels_may_be_set(required: int, verdict: str) -> None:
    """PD-06 takes min_escalation_levels from the baseline."""
    snapshot = a_snapshot(escalation_policies=[POLICY])

    assert status(snapshot, "PD-06", min_escalation_levels=required) == verdict


DELETED_SCHEDULE = refer("schedule", "PGONEROTA")

BROKEN_LEVELS = unfit(
    "escalation_rules", "escalation_rules.1.targets", "escalation_rules.1.targets.0.id"
)


@pytest.mark.parametrize(("path", "value"), BROKEN_LEVELS)
@pytest.mark.parametrize("control", ["PD-06", "PD-07"])
def test_policy_whose_levels_are_unreadable_is_an_error(
    control: str, path: str, value: Any
) -> None:
    """PD-06 and PD-07 are errors for a policy whose rules are broken, and only for that one."""
    policies = [altered(POLICY, path, value), a_policy("Other", [ADA], [BEN], id="POTHER")]
    snapshot = a_snapshot(escalation_policies=policies, users=[ADA, BEN])

    assert verdicts(snapshot, control) == {"PPOLICY": "error", "POTHER": "pass"}


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ([[ADA], [GONE]], "fail"),
        ([[GONE], [GONE]], "fail"),
        ([[ADA, GONE], [ADA]], "fail"),
        ([[ADA, GONE], [GONE, ADA]], "fail"),
        ([[ADA], [BEN, GONE]], "pass"),
        ([[GONE], [ADA], [BEN]], "pass"),
        ([[ADA], [DELETED_SCHEDULE]], "fail"),
        ([[ADA, DELETED_SCHEDULE], [ADA, BEN]], "pass"),
    ],
)
def test_deleted_targets_are_taken_out(levels: list[list[Record]], verdict: str) -> None:
    """PD-06 compares levels without their deleted targets; one with no other target is none."""
    policy = off_boarded(off_boarded(a_policy("Shop", *levels, id="PPOLICY")), "PGONEROTA")

    assert verdicts(a_snapshot(escalation_policies=[policy]), "PD-06") == {"PPOLICY": verdict}


def test_null_says_that_a_target_lives() -> None:
    """PD-06 counts a target whose ``deleted_at`` is null."""
    policy = off_boarded(a_policy("Shop", [ADA], [GONE]), day=None)

    assert status(a_snapshot(escalation_policies=[policy]), "PD-06") == "pass"


def a_schedule_of_somebody_deleted() -> dict[str, list[Record]]:
    """Return a schedule whose layer says that somebody was deleted."""
    return {"schedules": [off_boarded(rendered(WHOLE, layers=[a_layer([ADA, GONE])]))]}


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        ({}, "pass"),
        (a_schedule_of_somebody_deleted(), "fail"),
        (a_schedule_of_somebody_deleted() | {"users": [ADA]}, "fail"),
        (a_schedule_of_somebody_deleted() | {"users": [ADA, a_user("Gus", id=GONE_ID)]}, "pass"),
        ({"oncalls": [{"user": GONE}]}, "fail"),
        ({"escalation_policies": [off_boarded(a_policy("Old", [GONE], id="POLD"))]}, "fail"),
    ],
    ids=["nowhere", "schedule", "list lacks", "list has", "on call", "another policy"],
)
def test_who_was_seen_deleted_anywhere_is_no_level(data: dict[str, Any], verdict: str) -> None:
    """PD-06 takes out a target whom another record shows as deleted, and the user list has not."""
    policies = [
        a_policy("Shop", [ADA], [NAMED_GONE], id="PPOLICY"),
        *data.pop("escalation_policies", []),
    ]

    found = verdicts(a_snapshot(escalation_policies=policies, **data), "PD-06")

    assert found["PPOLICY"] == verdict


@pytest.mark.parametrize(
    ("levels", "broken", "verdict"),
    [
        ([[ADA], [BEN], [ADA, BEN]], "escalation_rules.1", "pass"),
        ([[ADA], [BEN]], "escalation_rules.1", "error"),
        ([[ADA], [BEN]], "escalation_rules.1.targets.0", "error"),
        ([[ADA], [BEN, ADA]], "escalation_rules.1.targets.0", "error"),
        ([[ADA], [BEN, GONE, ADA]], "escalation_rules.1.targets.1", "pass"),
        ([[BEN]], "escalation_rules.0", "fail"),
        ([[ADA, BEN]], "escalation_rules.0.targets.0", "fail"),
    ],
)
@pytest.mark.parametrize("value", NO_RECORDS)
def test_broken_level_costs_only_what_it_could_change(
    levels: list[list[Record]], broken: str, verdict: str, value: Any
) -> None:
    """PD-06 is an error only where the level that cannot be read would make the difference."""
    policy = altered(a_policy("Shop", *levels), broken, value)

    assert status(a_snapshot(escalation_policies=[policy]), "PD-06") == verdict


def test_target_of_an_unknown_kind_may_be_nobody() -> None:
    """PD-06 is an error where a target that is neither user nor schedule makes a level."""
    policy = altered(POLICY, "escalation_rules.1.targets.0.type", "robot_reference")

    assert status(a_snapshot(escalation_policies=[policy]), "PD-06") == "error"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit("escalation_rules.1.targets.1.id"),
        ("escalation_rules.1.targets.1", None),
        ("escalation_rules.1.targets.1.type", "robot_reference"),
        ("escalation_rules.1.targets.1.deleted_at", 5),
    ],
)
def test_broken_target_makes_no_level_of_the_same_people(path: str, value: Any) -> None:
    """PD-06 never passes because a target of two equal levels cannot be read."""
    policy = a_policy("Shop", [ADA, BEN], [ADA, BEN])

    assert status(a_snapshot(escalation_policies=[policy]), "PD-06") == "fail"
    broken = altered(policy, path, value)
    assert status(a_snapshot(escalation_policies=[broken]), "PD-06") == "error"


def test_target_of_an_unknown_kind_twice_is_no_second_level() -> None:
    """PD-06 fails a policy whose levels all name the same target, whatever that is."""
    policy = a_policy("Shop", [ADA], [ADA])
    for rule in (0, 1):
        policy = altered(policy, f"escalation_rules.{rule}.targets.0.type", "robot_reference")

    assert status(a_snapshot(escalation_policies=[policy]), "PD-06") == "fail"


def test_schedule_is_gone_only_where_its_reference_says_so() -> None:
    """PD-06 and PD-07 take a schedule out where it carries a day, not wherever it is named."""
    gone = rendered(WHOLE)
    first = altered(
        a_policy("Shop", [ADA], [gone], id="PFIRST"),
        "escalation_rules.1.targets.0.deleted_at",
        DELETED_AT,
    )
    second = a_policy("Blog", [ADA], [gone], id="PSECOND")
    snapshot = a_snapshot(escalation_policies=[first, second], schedules=[gone], users=[ADA])

    for control in ("PD-06", "PD-07"):
        assert verdicts(snapshot, control) == {"PFIRST": "fail", "PSECOND": "pass"}


# PD-07

PENDING = a_user("Pia Pending", id="PPENDING", invitation_sent=True)
WATCHER = a_user("Will Watcher", "read_only_user", id="PWATCHER")
LIMITED = a_user("Lia Limited", "read_only_limited_user", id="PLIMITED")
STRANGER = a_user("Sam Stranger", id="PSTRANGER")
BEFORE_AND_AFTER: list[Span] = [(-48, 0), (720, 800)]


def ending_in(*targets: Record, users: Any = None, **data: Any) -> Snapshot:
    """Return an account with one policy, whose last rule has these targets."""
    policy = a_policy("Shop", [ADA], list(targets), id="PPOLICY", num_loops=3, delay=25)
    known = [ADA, BEN, PENDING, WATCHER, LIMITED] if users is None else users
    return a_snapshot(escalation_policies=[policy], users=known, **data)


def test_last_rule_that_notifies_a_user_passes() -> None:
    """PD-07 passes a policy whose last rule notifies a user who can respond."""
    assert verdicts(ending_in(BEN), "PD-07") == {"PPOLICY": "pass"}


@pytest.mark.parametrize("name", ["schedules", "shift_schedules"])
@pytest.mark.parametrize("span", [WHOLE, (100, 100.25), (-5, 0.5), (719, 900)])
def test_last_rule_that_notifies_a_schedule_passes(name: str, span: Span) -> None:
    """PD-07 passes when somebody of the last schedule is on call at some time in the window."""
    schedule = (rendered if name == "schedules" else computed)(span)
    data: dict[str, Any] = {name: [schedule]}

    assert status(ending_in(schedule, **data), "PD-07") == "pass"


@pytest.mark.parametrize("target", [PENDING, WATCHER, LIMITED, STRANGER])
def test_last_rule_that_notifies_nobody_fails(target: Record) -> None:
    """PD-07 fails when the last user is pending, a stakeholder or does not exist."""
    found = only(ending_in(target), "PD-07")

    assert found.status.value == "fail"
    assert target["id"] in found.message


@pytest.mark.parametrize(
    "schedule",
    [
        rendered(),
        rendered(*BEFORE_AND_AFTER),
        computed(),
        computed(*BEFORE_AND_AFTER),
        computed(empty=[WHOLE]),
    ],
    ids=["no entry", "outside", "no shift", "shifts outside", "empty member"],
)
def test_schedule_with_nobody_on_call_is_silent(schedule: Record) -> None:
    """PD-07 fails when nobody of the last schedule is on call in the coverage window."""
    name = "shift_schedules" if schedule["id"] == "PSHIFT" else "schedules"
    data: dict[str, Any] = {name: [schedule]}

    found = only(ending_in(schedule, **data), "PD-07")

    assert found.status.value == "fail"
    assert schedule["id"] in found.message


def test_schedule_that_does_not_exist_is_silent() -> None:
    """PD-07 fails when the last schedule is in neither list, and names its id."""
    found = only(ending_in(rendered(WHOLE, id="PGONE"), schedules=[rendered(WHOLE)]), "PD-07")

    assert found.status.value == "fail"
    assert "PGONE" in found.message


def test_coverage_window_decides_who_is_on_call() -> None:
    """PD-07 looks as far ahead as schedule_coverage_days."""
    schedule = rendered((35 * 24, 36 * 24))
    snapshot = ending_in(schedule, schedules=[schedule])

    assert status(snapshot, "PD-07") == "fail"
    assert status(snapshot, "PD-07", schedule_coverage_days=36) == "pass"


def test_one_notifiable_target_is_enough() -> None:
    """PD-07 passes when one of many targets is notifiable."""
    assert status(ending_in(PENDING, STRANGER, BEN, WATCHER), "PD-07") == "pass"


def test_message_says_why_each_target_is_silent() -> None:
    """PD-07 names each target of the last rule, and why it notifies nobody."""
    empty = rendered()
    snapshot = ending_in(PENDING, WATCHER, STRANGER, empty, schedules=[empty])

    message = only(snapshot, "PD-07").message

    for target, reason in {
        "PPENDING": "invitation.*only e-mail",
        "PWATCHER": "stakeholder",
        "PSTRANGER": "exist",
        "PLAYER": "on call",
    }.items():
        assert re.search(f"{target}.*{reason}", message)


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ([[ADA], [PENDING]], "fail"),
        ([[PENDING], [ADA]], "pass"),
        ([[ADA], []], "fail"),
        ([[]], "fail"),
        ([], "fail"),
    ],
)
def test_last_rule_decides(levels: list[list[Record]], verdict: str) -> None:
    """PD-07 judges the last rule, whatever the others do; without targets it is silent."""
    policy = a_policy("Shop", *levels)

    snapshot = a_snapshot(escalation_policies=[policy], users=[ADA, PENDING])

    assert status(snapshot, "PD-07") == verdict


@pytest.mark.parametrize(
    ("loops", "required", "verdict"),
    [(0, False, "pass"), (0, True, "fail"), (1, True, "pass"), (9, True, "pass")],
)
def test_repeating_may_be_required(loops: int, required: bool, verdict: str) -> None:  # noqa: FBT001
    """PD-07 fails a policy that runs only once where require_escalation_repeat is set."""
    policy = a_policy("Shop", [ADA], num_loops=loops)
    snapshot = a_snapshot(escalation_policies=[policy], users=[ADA])

    assert status(snapshot, "PD-07", require_escalation_repeat=required) == verdict


def test_message_names_silence_and_missing_repeat() -> None:
    """PD-07 names both reasons when the last rule is silent and the policy runs only once."""
    policy = a_policy("Shop", [PENDING], num_loops=0)
    snapshot = a_snapshot(escalation_policies=[policy], users=[PENDING])

    message = only(snapshot, "PD-07", require_escalation_repeat=True).message

    assert "PPENDING" in message
    assert "once" in message


@pytest.mark.parametrize(("path", "value"), unfit("num_loops"))
def test_unknown_repeat_is_an_error_where_required(path: str, value: Any) -> None:
    """PD-07 is an error when num_loops is unreadable and repeating is required."""
    snapshot = a_snapshot(escalation_policies=[altered(POLICY, path, value)], users=[ADA, BEN])

    assert status(snapshot, "PD-07", require_escalation_repeat=True) == "error"


def test_loops_and_last_delay_are_evidence() -> None:
    """PD-07 gives num_loops and the delay of the last rule as evidence."""
    evidence = only(ending_in(BEN), "PD-07").evidence

    assert evidence["num_loops"] == 3
    assert 25 in evidence.values()


@pytest.mark.parametrize("name", ["users", "schedules", "shift_schedules"])
def test_refused_responders_are_an_error_for_each_policy(name: str) -> None:
    """PD-07 has an error row for each policy when users or schedules are refused."""
    policies = [POLICY, a_policy("Other", [ADA], id="POTHER")]
    data: dict[str, Any] = {"users": [ADA, BEN], name: refused(403)}

    found = verdicts(a_snapshot(escalation_policies=policies, **data), "PD-07")

    assert found == {"PPOLICY": "error", "POTHER": "error"}


@pytest.mark.parametrize(("path", "value"), unfit("role", "invitation_sent"))
def test_user_who_cannot_be_judged_is_an_error(path: str, value: Any) -> None:
    """PD-07 is an error when it cannot tell whether the last user can respond."""
    assert status(ending_in(BEN, users=[ADA, altered(BEN, path, value)]), "PD-07") == "error"


@pytest.mark.parametrize(
    ("path", "value"),
    unfit(
        "final_schedule",
        "final_schedule.rendered_schedule_entries",
        "final_schedule.rendered_schedule_entries.0.start",
    ),
)
def test_schedule_that_cannot_be_judged_is_an_error(path: str, value: Any) -> None:
    """PD-07 is an error when the last schedule came without who is on call."""
    schedule = altered(rendered(WHOLE), path, value)

    assert status(ending_in(schedule, schedules=[schedule]), "PD-07") == "error"


@pytest.mark.parametrize("value", [ABSENT, None, WRONG, "robot_reference"])
def test_target_of_unknown_type_is_an_error(value: Any) -> None:
    """PD-07 is an error when it cannot tell whether a target is a user or a schedule."""
    policy = altered(POLICY, "escalation_rules.1.targets.0.type", value)

    snapshot = a_snapshot(escalation_policies=[policy], users=[ADA, BEN])

    assert status(snapshot, "PD-07") == "error"


# PD-07: people who are gone, unknown, or cannot respond


def ending_with(*targets: Record, **data: Any) -> Snapshot:
    """Return an account whose last rule has these targets; who was off-boarded is marked so."""
    snapshot = ending_in(*targets, **data)
    snapshot.data |= {name: off_boarded(found) for name, found in snapshot.data.items()}
    return snapshot


BUILD = {"schedules": rendered, "shift_schedules": computed}
KINDS = pytest.mark.parametrize("kind", BUILD)


def held_by(kind: str, *people: tuple[Record, Span], **fields: Any) -> Record:
    """Return a schedule on which these people are on call in these spans."""
    return held(BUILD[kind](*[span for _, span in people], **fields), *[who for who, _ in people])


def test_deleted_target_notifies_nobody() -> None:
    """PD-07 fails when the last target was deleted, and says whom and when."""
    found = only(ending_with(GONE), "PD-07")

    assert found.status.value == "fail"
    assert "deleted user PGONE01" in found.message
    assert "2026-09-01" in found.message


def test_deleted_schedule_notifies_nobody() -> None:
    """PD-07 fails when the last target is a schedule that was deleted."""
    snapshot = ending_in(DELETED_SCHEDULE)
    snapshot.data["escalation_policies"] = off_boarded(
        snapshot.records("escalation_policies"), "PGONEROTA"
    )

    found = only(snapshot, "PD-07")

    assert found.status.value == "fail"
    assert "PGONEROTA" in found.message


def test_null_says_that_the_last_target_lives() -> None:
    """PD-07 passes a target whose ``deleted_at`` is null and whom the user list has."""
    snapshot = ending_in(BEN)
    policies = off_boarded(snapshot.records("escalation_policies"), "PBEN", None)
    snapshot.data["escalation_policies"] = policies

    assert status(snapshot, "PD-07") == "pass"


@KINDS
@pytest.mark.parametrize(
    ("people", "verdict"),
    [
        ([GONE], "fail"),
        ([GONE, ADA], "pass"),
        ([PENDING], "fail"),
        ([WATCHER, LIMITED, PENDING, GONE], "fail"),
        ([WATCHER, BEN], "pass"),
        ([UNKNOWN], "error"),
        ([UNKNOWN, PENDING], "error"),
        ([UNKNOWN, BEN], "pass"),
    ],
)
def test_schedule_notifies_only_through_somebody_who_can_respond(
    kind: str, people: list[Record], verdict: str
) -> None:
    """PD-07 needs one person on call who exists, is not deleted, not pending, no stakeholder."""
    schedule = held_by(kind, *[(each, (n, n + 1)) for n, each in enumerate(people)])
    data: dict[str, Any] = {kind: [schedule]}

    assert status(ending_with(schedule, **data), "PD-07") == verdict


@KINDS
def test_message_says_why_nobody_on_a_schedule_can_respond(kind: str) -> None:
    """PD-07 names the people of a silent schedule, each with the reason."""
    schedule = held_by(kind, (GONE, (0, 1)), (PENDING, (1, 2)), (WATCHER, (2, 3)))
    data: dict[str, Any] = {kind: [schedule]}

    message = only(ending_with(schedule, **data), "PD-07").message

    assert re.search(f"{schedule['id']}.*PGONE01.*PPENDING.*only e-mail.*PWATCHER", message)


@KINDS
def test_unknown_person_is_named_where_the_verdict_hangs_on_them(kind: str) -> None:
    """PD-07 names the id of somebody on call whom the complete user list lacks."""
    schedule = held_by(kind, (UNKNOWN, WHOLE))
    data: dict[str, Any] = {kind: [schedule]}

    assert "PUNKNOWN" in only(ending_with(schedule, **data), "PD-07").message


@KINDS
def test_somebody_deleted_elsewhere_is_nobody_here(kind: str) -> None:
    """PD-07 knows of a person on a schedule from the on-call list that they were deleted."""
    schedule = held_by(kind, (GONE, WHOLE))
    data: dict[str, Any] = {kind: [schedule], "oncalls": [{"user": GONE}]}

    assert status(ending_in(schedule, **data), "PD-07") == "fail"


@pytest.mark.parametrize("value", [ABSENT, None])
def test_entry_without_user_is_nobody(value: Any) -> None:
    """PD-07 fails when the last schedule's only entry names no user."""
    entry = "final_schedule.rendered_schedule_entries.0.user"
    schedule = altered(rendered(WHOLE), entry, value)

    assert status(ending_in(schedule, schedules=[schedule]), "PD-07") == "fail"


@KINDS
@pytest.mark.parametrize("people", [[BEN, BEN], [GONE, GONE]], ids=["living", "deleted"])
def test_broken_entry_beside_another_one_costs_nothing_that_is_certain(
    kind: str, people: list[Record]
) -> None:
    """PD-07 judges by an entry that can be read; who is nobody is nobody at any time."""
    schedule = held_by(kind, *[(each, (n, n + 1)) for n, each in enumerate(people)])
    (entries,) = [each for each in schedule["final_schedule"].values() if isinstance(each, list)]
    entries[0] |= {"start": "soon", "start_time": "soon"}
    data: dict[str, Any] = {kind: [schedule]}

    expected = "pass" if people[0] is BEN else "fail"
    assert status(ending_with(schedule, **data), "PD-07") == expected


@KINDS
@pytest.mark.parametrize("nothing", [ABSENT, None])
def test_schedule_that_was_not_rendered_is_an_error(kind: str, nothing: Any) -> None:
    """PD-07 is an error when the last schedule has no entries and no percentage."""
    schedule = altered(BUILD[kind](), "final_schedule.rendered_coverage_percentage", nothing)
    data: dict[str, Any] = {kind: [schedule]}

    assert status(ending_in(schedule, **data), "PD-07") == "error"


@KINDS
def test_schedule_without_id_might_be_the_one_that_is_missing(kind: str) -> None:
    """PD-07 is an error when the last schedule is not found and one of the list has no id."""
    schedule = BUILD[kind](WHOLE)
    data: dict[str, Any] = {kind: [altered(schedule, "id", ABSENT)]}

    assert status(ending_in(schedule, **data), "PD-07") == "error"


def test_user_without_id_might_be_the_one_that_is_missing() -> None:
    """PD-07 is an error when the last user is not found and one of the list has no id."""
    snapshot = ending_in(STRANGER, users=[ADA, altered(BEN, "id", ABSENT)])

    assert status(snapshot, "PD-07") == "error"


@pytest.mark.parametrize("value", NO_RECORDS)
@pytest.mark.parametrize(
    ("others", "verdict"), [([BEN], "pass"), ([PENDING], "error"), ([], "error")]
)
def test_broken_target_costs_nothing_beside_one_that_notifies(
    others: list[Record], verdict: str, value: Any
) -> None:
    """PD-07 passes by one target that notifies somebody, whatever the others are."""
    snapshot = ending_in(*others, ADA)
    policies = snapshot.records("escalation_policies")
    policies[0] = altered(policies[0], f"escalation_rules.1.targets.{len(others)}", value)

    assert status(snapshot, "PD-07") == verdict


def test_missing_repeat_is_a_fail_whatever_the_last_rule_is() -> None:
    """PD-07 keeps a known fail of the repeats when the end of the policy cannot be judged."""
    policy = altered(a_policy("Shop", [ADA], num_loops=0), "escalation_rules.0.targets.0", None)
    snapshot = a_snapshot(escalation_policies=[policy], users=[ADA])

    assert status(snapshot, "PD-07", require_escalation_repeat=True) == "fail"
    assert status(snapshot, "PD-07") == "error"


# PD-10


def critical(**data: Any) -> Snapshot:
    """Return an account whose service PSHOP supports a business service; PBLOG does not."""
    shop: dict[str, Any] = {
        "services": [SHOP, BLOG],
        "business_services": [FRONT],
        "business_service_dependencies": [looked_up(FRONT, a_dependency(SHOP, FRONT))],
        "incident_workflows": [WORKFLOW],
        "incident_workflow_triggers": [a_trigger(WORKFLOW, [SHOP])],
    }
    return a_snapshot(**{**shop, **data})


@pytest.mark.parametrize("trigger_type", ["conditional", "manual", "incident_type"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_critical_service_with_trigger_passes(everywhere: bool, trigger_type: str) -> None:  # noqa: FBT001
    """PD-10 passes with a trigger for the service or for all, and leaves other services out."""
    services = [] if everywhere else [SHOP]
    trigger = a_trigger(WORKFLOW, services, all_services=everywhere, trigger_type=trigger_type)

    found = verdicts(critical(incident_workflow_triggers=[trigger]), "PD-10")

    assert found == {"PSHOP": "pass", "PBLOG": "not_applicable"}


@pytest.mark.parametrize(
    "data",
    [
        {"incident_workflow_triggers": []},
        {"incident_workflow_triggers": [a_trigger(WORKFLOW, [BLOG])]},
        {"incident_workflow_triggers": [a_trigger("PGONE", [SHOP])]},
        {"incident_workflows": []},
        {"incident_workflows": [a_workflow(id="PFLOW", is_enabled=False)]},
        {
            "incident_workflows": [a_workflow(id="PFLOW", is_enabled=False)],
            "incident_workflow_triggers": [a_trigger(WORKFLOW, all_services=True)],
        },
    ],
    ids=["no trigger", "elsewhere", "no such workflow", "no workflow", "disabled", "all disabled"],
)
def test_critical_service_without_workflow_fails(data: dict[str, Any]) -> None:
    """PD-10 fails when no enabled workflow has a trigger for the critical service."""
    assert verdicts(critical(**data), "PD-10")["PSHOP"] == "fail"


def test_workflow_that_does_not_say_is_enabled() -> None:
    """PD-10 counts a workflow without is_enabled as enabled."""
    workflow = altered(WORKFLOW, "is_enabled", ABSENT)

    assert verdicts(critical(incident_workflows=[workflow]), "PD-10")["PSHOP"] == "pass"


@pytest.mark.parametrize(
    "edges",
    [
        [a_dependency(FRONT, SHOP)],
        [a_dependency(SHOP, BLOG)],
        [a_dependency(SHOP, BLOG), a_dependency(BLOG, FRONT)],
    ],
    ids=["depends on business", "supports technical", "indirectly"],
)
def test_only_direct_support_makes_critical(edges: list[Record]) -> None:
    """PD-10 leaves out a service that supports no business service directly."""
    found = verdicts(critical(business_service_dependencies=[looked_up(FRONT, *edges)]), "PD-10")

    assert found.get("PSHOP", "not_applicable") == "not_applicable"


@pytest.mark.parametrize("pattern", ["PBLOG", "Blog", "Bl*", "*og"])
def test_critical_services_may_be_named(pattern: str) -> None:
    """PD-10 takes ids and name patterns of critical services from the baseline."""
    snapshot = critical(services=[SHOP, BLOG, a_service("Mail", POLICY, id="PMAIL")])

    found = verdicts(snapshot, "PD-10", critical_services=(pattern, "nothing*"))

    assert found == {"PSHOP": "pass", "PBLOG": "fail", "PMAIL": "not_applicable"}


def test_no_critical_service_is_one_manual_case() -> None:
    """PD-10 is one manual row that says how to designate critical services."""
    found = only(critical(business_service_dependencies=[looked_up(FRONT)]), "PD-10")

    assert (found.status.value, found.resource.id) == ("manual", "account")
    assert "critical_services" in found.message


@pytest.mark.parametrize("name", ["incident_workflows", "incident_workflow_triggers"])
def test_plan_without_workflows_fails_for_the_account(name: str) -> None:
    """PD-10 is one failing row for the account when the plan has no workflows (402)."""
    data: dict[str, Any] = {name: refused(402)}

    assert verdicts(critical(**data), "PD-10") == {"account": "fail"}


@pytest.mark.parametrize("code", [401, 403, 404, 500, None])
@pytest.mark.parametrize(
    "name",
    ["incident_workflows", "incident_workflow_triggers", "business_service_dependencies"],
)
def test_refused_workflows_are_an_error_for_each_service(name: str, code: int | None) -> None:
    """PD-10 has an error row for each service when workflows or dependencies are refused."""
    data: dict[str, Any] = {name: refused(code)}

    assert verdicts(critical(**data), "PD-10") == {"PSHOP": "error", "PBLOG": "error"}


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("incident_workflows", "is_enabled", WRONG),
        ("incident_workflow_triggers", "workflow", ABSENT),
        ("incident_workflow_triggers", "workflow", None),
        ("incident_workflow_triggers", "workflow", WRONG),
        ("incident_workflow_triggers", "workflow.id", ABSENT),
        ("incident_workflow_triggers", "workflow.id", None),
        ("incident_workflow_triggers", "workflow.id", WRONG),
        ("incident_workflow_triggers", "services", WRONG),
        ("incident_workflow_triggers", "services.0.id", ABSENT),
        ("incident_workflow_triggers", "services.0.id", None),
        ("incident_workflow_triggers", "services.0.id", WRONG),
        ("business_service_dependencies", "relationships.0.supporting_service", ABSENT),
        ("business_service_dependencies", "relationships.0.supporting_service", None),
        ("business_service_dependencies", "relationships.0.supporting_service.id", None),
        ("business_service_dependencies", "relationships.0.supporting_service.type", None),
        ("business_service_dependencies", "relationships.0.dependent_service", ABSENT),
        ("business_service_dependencies", "relationships.0.dependent_service.type", ABSENT),
        ("business_service_dependencies", "relationships.0.dependent_service.type", WRONG),
        ("services", "status", ABSENT),
        ("services", "status", None),
        ("services", "status", WRONG),
    ],
)
def test_broken_workflow_data_is_an_error(name: str, path: str, value: Any) -> None:
    """PD-10 is an error for a critical service when what decides it is malformed."""
    snapshot = critical()
    records = snapshot.records(name)
    records[0] = altered(records[0], path, value)

    assert verdicts(snapshot, "PD-10")["PSHOP"] == "error"


@pytest.mark.parametrize("path", ["services", "is_subscribed_to_all_services"])
def test_trigger_without_its_services_is_no_compliance(path: str) -> None:
    """PD-10 does not pass by a trigger that does not say which services it is for."""
    trigger = altered(a_trigger(WORKFLOW), path, ABSENT)

    assert verdicts(critical(incident_workflow_triggers=[trigger]), "PD-10")["PSHOP"] != "pass"


MAIL = a_service("Mail", POLICY, id="PMAIL")
BOTH = [a_dependency(SHOP, FRONT), a_dependency(BLOG, FRONT)]
EDGE = "relationships.1"


def two_critical(**data: Any) -> Snapshot:
    """Return an account with three services, of which PSHOP and PBLOG are critical."""
    more: dict[str, Any] = {
        "services": [SHOP, BLOG, MAIL],
        "business_service_dependencies": [looked_up(FRONT, *BOTH)],
        "incident_workflow_triggers": [a_trigger(WORKFLOW, [SHOP], id="TSHOP")],
    }
    return critical(**{**more, **data})


@pytest.mark.parametrize(
    ("path", "value", "blog", "mail"),
    [
        *[(EDGE, value, "error", "error") for value in NO_RECORDS],
        *[
            (f"{EDGE}.supporting_service", value, "error", "error")
            for value in (ABSENT, None, WRONG)
        ],
        *[
            (f"{EDGE}.supporting_service.id", value, "error", "error")
            for value in (ABSENT, None, WRONG)
        ],
        *[
            (f"{EDGE}.{end}.type", value, "error", "not_applicable")
            for end in ("supporting_service", "dependent_service")
            for value in (ABSENT, None, WRONG, "robot_reference")
        ],
        *[
            (f"{EDGE}.dependent_service", value, "error", "not_applicable")
            for value in (ABSENT, None, WRONG)
        ],
        (f"{EDGE}.dependent_service.id", ABSENT, "fail", "not_applicable"),
        (f"{EDGE}.id", ABSENT, "fail", "not_applicable"),
    ],
)
def test_broken_edge_costs_whom_it_might_make_critical(
    path: str, value: Any, blog: str, mail: str
) -> None:
    """PD-10 is an error for the services that a broken edge may be about, and for no others."""
    lookups = [altered(looked_up(FRONT, *BOTH), path, value)]

    found = verdicts(two_critical(business_service_dependencies=lookups), "PD-10")

    assert found == {"PSHOP": "pass", "PBLOG": blog, "PMAIL": mail}


def test_lookup_that_failed_costs_whom_it_might_make_critical() -> None:
    """PD-10 keeps the verdict of a service that is critical anyway when a lookup failed."""
    why = {"path": "/service_dependencies/business_services/PBACK", "reason": "HTTP 503"}
    lookups = [looked_up(FRONT, BOTH[0]), {"id": "PBACK", UNREAD: why}]
    snapshot = two_critical(business_service_dependencies=lookups)

    assert verdicts(snapshot, "PD-10") == {"PSHOP": "pass", "PBLOG": "error", "PMAIL": "error"}
    assert verdicts(snapshot, "PD-10", critical_services=("PBLOG",))["PBLOG"] == "fail"


@pytest.mark.parametrize(
    ("path", "value", "blog"),
    [
        ("workflow", ABSENT, "error"),
        ("workflow", None, "error"),
        ("workflow.id", ABSENT, "error"),
        ("workflow.id", WRONG, "error"),
        ("services", WRONG, "error"),
        ("services.0", None, "error"),
        ("services.0.id", ABSENT, "error"),
        ("is_subscribed_to_all_services", WRONG, "pass"),
        ("id", ABSENT, "pass"),
    ],
)
def test_broken_trigger_costs_nobody_whom_another_one_covers(
    path: str, value: Any, blog: str
) -> None:
    """PD-10 is an error for a service that only a broken trigger might cover."""
    broken = altered(a_trigger(WORKFLOW, [BLOG], id="TBLOG"), path, value)
    triggers = [broken, a_trigger(WORKFLOW, [SHOP], id="TSHOP")]

    found = verdicts(two_critical(incident_workflow_triggers=triggers), "PD-10")

    assert found == {"PSHOP": "pass", "PBLOG": blog, "PMAIL": "not_applicable"}


@pytest.mark.parametrize("path", ["workflow", "workflow.id"])
def test_trigger_of_an_unknown_workflow_costs_only_its_services(path: str) -> None:
    """PD-10 keeps the fail of a service to which a trigger without workflow does not listen."""
    broken = altered(a_trigger(WORKFLOW, [SHOP]), path, ABSENT)

    found = verdicts(two_critical(incident_workflow_triggers=[broken]), "PD-10")

    assert found == {"PSHOP": "error", "PBLOG": "fail", "PMAIL": "not_applicable"}


@pytest.mark.parametrize(
    ("broken", "blog"), [({NO_OBJECT: True}, "error"), ({"id": "THALF"}, "fail")]
)
def test_trigger_that_is_no_object_might_cover_anybody(broken: Record, blog: str) -> None:
    """PD-10 is an error for whom no other trigger covers; one without services listens to none."""
    triggers = [broken, a_trigger(WORKFLOW, [SHOP])]

    found = verdicts(two_critical(incident_workflow_triggers=triggers), "PD-10")

    assert found == {"PSHOP": "pass", "PBLOG": blog, "PMAIL": "not_applicable"}


@pytest.mark.parametrize("value", [None, WRONG])
def test_one_service_of_a_trigger_that_cannot_be_read_hides_no_other(value: Any) -> None:
    """PD-10 passes a service that a trigger names, whatever else stands in its list."""
    trigger = altered(a_trigger(WORKFLOW, [SHOP, BLOG]), "services.1", value)

    found = verdicts(two_critical(incident_workflow_triggers=[trigger]), "PD-10")

    assert found == {"PSHOP": "pass", "PBLOG": "error", "PMAIL": "not_applicable"}


@pytest.mark.parametrize(
    ("broken", "blog"),
    [
        (altered(a_workflow(id="PHALF"), "is_enabled", WRONG), "error"),
        (altered(a_workflow(id="PHALF"), "id", ABSENT), "error"),
        ({NO_OBJECT: True}, "error"),
        (altered(a_workflow(id="PHALF"), "name", ABSENT), "pass"),
    ],
)
def test_broken_workflow_costs_only_whom_it_might_start_for(broken: Record, blog: str) -> None:
    """PD-10 is an error for the services of a workflow that cannot be read, and for no others."""
    triggers = [
        a_trigger(WORKFLOW, [SHOP], id="TSHOP"),
        a_trigger("PHALF", [BLOG], id="TBLOG"),
    ]
    snapshot = two_critical(
        incident_workflows=[broken, WORKFLOW],
        incident_workflow_triggers=triggers,
        business_service_dependencies=[looked_up(FRONT, *BOTH, a_dependency(MAIL, FRONT))],
    )

    assert verdicts(snapshot, "PD-10") == {"PSHOP": "pass", "PBLOG": blog, "PMAIL": "fail"}


# PD-19


def urgencies(*rules: Any, **data: Any) -> Snapshot:
    """Return an account with a service for each of these urgency rules."""
    services = [a_service(f"S{n}", incident_urgency_rule=rule) for n, rule in enumerate(rules)]
    return a_snapshot(services=services + data.pop("more", []), **data)


HIGH_HOURS = {
    "type": "use_support_hours",
    "during_support_hours": ALWAYS_HIGH,
    "outside_support_hours": ALWAYS_HIGH,
}
ALWAYS_LOW = {"type": "constant", "urgency": "low"}


@pytest.mark.parametrize("rule", [ALWAYS_LOW, SEVERITY_BASED, SUPPORT_HOURS, HIGH_HOURS], ids=str)
def test_one_differentiated_service_is_enough(rule: Record) -> None:
    """PD-19 passes when one service has anything but constant high urgency."""
    assert verdicts(urgencies(ALWAYS_HIGH, rule), "PD-19") == {"account": "pass"}


@pytest.mark.parametrize("count", [1, 3])
def test_always_high_everywhere_fails(count: int) -> None:
    """PD-19 fails when every service always has high urgency."""
    assert verdicts(urgencies(*[ALWAYS_HIGH] * count), "PD-19") == {"account": "fail"}


def test_disabled_service_does_not_differentiate() -> None:
    """PD-19 leaves disabled services out: neither their rule nor their number counts."""
    disabled = a_service("Old", status="disabled", incident_urgency_rule=SUPPORT_HOURS)

    assert status(urgencies(ALWAYS_HIGH, more=[disabled]), "PD-19") == "fail"
    assert verdicts(urgencies(more=[disabled]), "PD-19") == {"account": "not_applicable"}


@pytest.mark.parametrize("state", ["active", "warning", "critical", "maintenance"])
def test_service_in_any_other_state_counts(state: str) -> None:
    """PD-19 counts every service whose status is not disabled."""
    other = a_service("Other", status=state, incident_urgency_rule=SUPPORT_HOURS)

    assert status(urgencies(ALWAYS_HIGH, more=[other]), "PD-19") == "pass"


def test_plan_without_urgencies_is_not_judged() -> None:
    """PD-19 does not apply when the ability urgencies is known to be missing."""
    found = verdicts(urgencies(ALWAYS_HIGH, abilities=["sso"]), "PD-19")

    assert found == {"account": "not_applicable"}


@pytest.mark.parametrize(("rule", "verdict"), [(ALWAYS_HIGH, "fail"), (ALWAYS_LOW, "pass")])
def test_urgencies_are_judged_without_abilities(rule: Record, verdict: str) -> None:
    """PD-19 is judged when abilities are refused: the ability is not known to be missing."""
    assert status(urgencies(rule, abilities=refused(403)), "PD-19") == verdict


def test_evidence_counts_services_per_rule() -> None:
    """PD-19 gives the count of services per urgency rule as evidence."""
    evidence = only(urgencies(ALWAYS_HIGH, ALWAYS_HIGH, ALWAYS_LOW), "PD-19").evidence

    (counts,) = [each for each in evidence.values() if isinstance(each, dict)]
    assert sorted(counts.values()) == [1, 2]


@pytest.mark.parametrize(
    ("path", "value"),
    unfit(
        "incident_urgency_rule",
        "incident_urgency_rule.type",
        "incident_urgency_rule.urgency",
    ),
)
def test_unreadable_urgency_is_an_error(path: str, value: Any) -> None:
    """PD-19 is an error when all that is known is constant high and one service is broken."""
    broken = altered(a_service("Odd", incident_urgency_rule=ALWAYS_HIGH), path, value)

    assert status(urgencies(ALWAYS_HIGH, more=[broken]), "PD-19") == "error"


@pytest.mark.parametrize(
    ("rule", "verdict"), [(SEVERITY_BASED, "pass"), (SUPPORT_HOURS, "pass"), (ALWAYS_HIGH, "error")]
)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("incident_urgency_rule", ABSENT),
        ("incident_urgency_rule", None),
        ("incident_urgency_rule.type", "lunar"),
        ("incident_urgency_rule.urgency", "extreme"),
    ],
)
def test_one_differentiated_service_decides_alone(
    rule: Record, verdict: str, path: str, value: Any
) -> None:
    """PD-19 passes by one service that is not always high, whatever the others are."""
    broken = altered(a_service("Odd", incident_urgency_rule=ALWAYS_HIGH), path, value)

    assert status(urgencies(rule, more=[broken]), "PD-19") == verdict


@pytest.mark.parametrize(
    ("other", "odd", "verdict"),
    [
        (SEVERITY_BASED, ALWAYS_HIGH, "pass"),
        (ALWAYS_HIGH, ALWAYS_HIGH, "fail"),
        (ALWAYS_HIGH, SEVERITY_BASED, "error"),
    ],
)
@pytest.mark.parametrize(("path", "value"), [("status", "hibernating"), *unfit("status")])
def test_unknown_status_hides_no_fail(
    other: Record, odd: Record, verdict: str, path: str, value: Any
) -> None:
    """PD-19 is only open where a service that may be in service would be the one that differs."""
    broken = altered(a_service("Odd", incident_urgency_rule=odd), path, value)

    assert status(urgencies(other, more=[broken]), "PD-19") == verdict


def test_service_of_unknown_status_may_be_in_service() -> None:
    """PD-19 is an error, not out of place, where the only service has an unknown status."""
    broken = altered(a_service("Odd"), "status", "hibernating")

    assert status(urgencies(more=[broken]), "PD-19") == "error"


@pytest.mark.parametrize("rule", [ALWAYS_HIGH, SEVERITY_BASED])
def test_service_that_is_no_object_hides_no_other(rule: Record) -> None:
    """PD-19 is an error for a record that is no object only where it would decide."""
    found = status(urgencies(rule, more=[{NO_OBJECT: True}]), "PD-19")

    assert found == ("error" if rule is ALWAYS_HIGH else "pass")


# PD-20


def priorities(*incidents: Record, **data: Any) -> Snapshot:
    """Return an account with a priority and these incidents."""
    return a_snapshot(**{"priorities": [a_priority()], "incidents": list(incidents), **data})


def incident(number: int, priority: Record | None) -> Record:
    """Return an incident of the last days."""
    return an_incident(SHOP, before(number), number=number, priority=priority)


@pytest.mark.parametrize("used", [1, 3])
def test_used_priorities_pass(used: int) -> None:
    """PD-20 passes when one of the sampled incidents has a priority."""
    incidents = [incident(n, a_priority() if n <= used else None) for n in (1, 2, 3)]

    assert verdicts(priorities(*incidents), "PD-20") == {"account": "pass"}


def test_unused_priorities_fail_and_the_sample_size_is_evidence() -> None:
    """PD-20 fails when no sampled incident has a priority, and says how many were sampled."""
    found = only(priorities(incident(1, None), incident(2, None)), "PD-20")

    assert found.status.value == "fail"
    assert 2 in found.evidence.values()


def test_account_without_incidents_is_judged_on_the_definition() -> None:
    """PD-20 passes when priorities are defined and there is no incident to use them on."""
    assert status(priorities(), "PD-20") == "pass"
    assert status(priorities(priorities=[]), "PD-20") == "fail"


@pytest.mark.parametrize("data", [[], refused(402), refused(404)], ids=["none", "402", "404"])
def test_account_without_priorities_fails(data: Any) -> None:
    """PD-20 fails when no priority is defined, or the feature is not there (402, 404)."""
    used = incident(1, a_priority())

    assert verdicts(priorities(used, priorities=data), "PD-20") == {"account": "fail"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *[("priorities", code) for code in (401, 403, 500, None)],
        *[("incidents", code) for code in (401, 402, 403, 404, 500, None)],
    ],
)
def test_refused_priorities_or_incidents_are_an_error(name: str, code: int | None) -> None:
    """PD-20 is an error when priorities are refused otherwise, or incidents at all."""
    data: dict[str, Any] = {name: refused(code)}

    assert verdicts(priorities(incident(1, a_priority()), **data), "PD-20") == {"account": "error"}


@pytest.mark.parametrize("value", [WRONG, "P1", []])
def test_malformed_priority_is_an_error(value: Any) -> None:
    """PD-20 is an error when the only incident's priority is no object."""
    broken = altered(incident(1, None), "priority", value)

    assert status(priorities(broken), "PD-20") == "error"


def test_incident_without_the_field_priority_is_no_compliance() -> None:
    """PD-20 does not pass by an incident that came without its priority."""
    broken = altered(incident(1, None), "priority", ABSENT)

    assert status(priorities(broken), "PD-20") != "pass"


@pytest.mark.parametrize("incidents", [refused(403), refused(404), refused(None)], ids=str)
@pytest.mark.parametrize("data", [[], refused(402), refused(404)], ids=["none", "402", "404"])
def test_account_without_priorities_fails_whatever_the_incidents_answer(
    data: Any, incidents: Any
) -> None:
    """PD-20 fails without priorities although incidents are refused: that decides alone."""
    snapshot = priorities(priorities=data, incidents=incidents)

    assert verdicts(snapshot, "PD-20") == {"account": "fail"}


@pytest.mark.parametrize(
    ("others", "verdict"), [([None], "error"), ([a_priority()], "pass"), ([], "error")]
)
@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, altered(incident(9, None), "priority", 5)])
def test_broken_incident_costs_nothing_beside_one_with_a_priority(
    others: list[Record | None], verdict: str, broken: Record
) -> None:
    """PD-20 passes by one incident with a priority; without one a broken incident decides."""
    incidents = [incident(n, priority) for n, priority in enumerate(others, 1)]

    assert status(priorities(broken, *incidents), "PD-20") == verdict


@pytest.mark.parametrize("value", [ABSENT, None, WRONG])
def test_priority_without_id_is_an_error(value: Any) -> None:
    """PD-20 is an error when the only incident's priority has no id."""
    broken = altered(incident(1, a_priority()), "priority.id", value)

    assert status(priorities(broken), "PD-20") == "error"


@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, altered(a_priority(), "id", ABSENT)])
def test_broken_priority_hides_no_fail(broken: Record) -> None:
    """PD-20 fails where no incident has a priority, whether or not one is defined."""
    assert status(priorities(incident(1, None), priorities=[broken]), "PD-20") == "fail"


@pytest.mark.parametrize(("others", "verdict"), [([], "error"), ([a_priority()], "pass")])
@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, altered(a_priority("P9"), "id", ABSENT)])
def test_broken_priority_defines_nothing(
    others: list[Record], verdict: str, broken: Record
) -> None:
    """PD-20 is an error where nothing but a broken record stands among the priorities."""
    assert status(priorities(priorities=[broken, *others]), "PD-20") == verdict
