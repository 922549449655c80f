"""PD-05, PD-06, PD-07, PD-10, PD-19 and PD-20: does every alert reach somebody who acts?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import (
    ADA,
    BEN,
    WHOLE,
    WRONG,
    Span,
    altered,
    before,
    computed,
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
    unfit("status", "escalation_policy", "escalation_policy.id", but=[("escalation_policy", None)]),
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
        "PPENDING": "invitation",
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


# PD-10


def critical(**data: Any) -> Snapshot:
    """Return an account whose service PSHOP supports a business service; PBLOG does not."""
    shop: dict[str, Any] = {
        "services": [SHOP, BLOG],
        "business_services": [FRONT],
        "business_service_dependencies": [a_dependency(SHOP, FRONT)],
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
    found = verdicts(critical(business_service_dependencies=edges), "PD-10")

    assert found.get("PSHOP", "not_applicable") == "not_applicable"


@pytest.mark.parametrize("pattern", ["PBLOG", "Blog", "Bl*", "*og"])
def test_critical_services_may_be_named(pattern: str) -> None:
    """PD-10 takes ids and name patterns of critical services from the baseline."""
    snapshot = critical(services=[SHOP, BLOG, a_service("Mail", POLICY, id="PMAIL")])

    found = verdicts(snapshot, "PD-10", critical_services=(pattern, "nothing*"))

    assert found == {"PSHOP": "pass", "PBLOG": "fail", "PMAIL": "not_applicable"}


def test_no_critical_service_is_one_manual_case() -> None:
    """PD-10 is one manual row that says how to designate critical services."""
    found = only(critical(business_service_dependencies=[]), "PD-10")

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
        ("incident_workflow_triggers", "is_subscribed_to_all_services", WRONG),
        ("business_service_dependencies", "supporting_service", ABSENT),
        ("business_service_dependencies", "supporting_service", None),
        ("business_service_dependencies", "supporting_service.id", None),
        ("business_service_dependencies", "supporting_service.type", None),
        ("business_service_dependencies", "dependent_service", ABSENT),
        ("business_service_dependencies", "dependent_service.type", ABSENT),
        ("business_service_dependencies", "dependent_service.type", WRONG),
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
        "status",
        "incident_urgency_rule",
        "incident_urgency_rule.type",
        "incident_urgency_rule.urgency",
    ),
)
def test_unreadable_urgency_is_an_error(path: str, value: Any) -> None:
    """PD-19 is an error when all that is known is constant high and one service is broken."""
    broken = altered(a_service("Odd", incident_urgency_rule=ALWAYS_HIGH), path, value)

    assert status(urgencies(ALWAYS_HIGH, more=[broken]), "PD-19") == "error"


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
