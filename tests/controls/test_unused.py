"""PD-31 and PD-39: policies in use repeat, and policies and schedules are in use."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, WHOLE, altered, computed, inspect_by_id, rendered
from tests.controls.test_statuses import a_sound_account
from tests.simulator.builders import a_policy, a_service
from tests.simulator.records import ABSENT
from tests.support.judged import a_snapshot, inspect, refused, verdicts


def with_policy(*services: Any, **fields: Any) -> Snapshot:
    """Return an account with one policy and these services."""
    policy = a_policy("Shop", [ADA], id="PPOLICY", **fields)
    return a_snapshot(users=[ADA], escalation_policies=[policy], services=list(services))


def of_policy(snapshot: Snapshot, control: str, **thresholds: Any) -> str:
    """Return what a control says of the policy."""
    return verdicts(snapshot, control, **thresholds)["PPOLICY"]


SERVICE = a_service("Shop", "PPOLICY", id="PSHOP")
DISABLED = a_service("Old", "PPOLICY", id="POLD", status="disabled")
OTHER = a_service("Blog", "POTHER", id="PBLOG")


@pytest.mark.parametrize(
    ("loops", "required", "status"),
    [
        (0, 1, "fail"),
        (1, 1, "pass"),
        (2, 1, "pass"),
        (1, 2, "fail"),
        (2, 2, "pass"),
        (0, 0, "pass"),
    ],
)
def test_policy_in_use_starts_again(loops: int, required: int, status: str) -> None:
    """PD-31 asks for as many repetitions as the baseline, and hands them over."""
    snapshot = with_policy(SERVICE, num_loops=loops)
    (found,) = inspect(snapshot, "PD-31", min_policy_loops=required)

    assert found.status == status
    assert found.evidence == {"num_loops": loops}
    if status == "fail":
        times = {1: "1 time", 2: "2 times"}[required]
        assert found.message.endswith(f"and should do so at least {times}")


@pytest.mark.parametrize("services", [[], [DISABLED], [OTHER], [a_service("Bare", None)]])
def test_policy_of_no_service_in_service_need_not_repeat(services: list[Any]) -> None:
    """PD-31 says nothing about a policy that no incident goes to."""
    assert of_policy(with_policy(*services, num_loops=0), "PD-31") == "not_applicable"


@pytest.mark.parametrize("value", [ABSENT, None, "three"])
def test_unreadable_repetitions_are_an_error(value: Any) -> None:
    """PD-31 takes no missing number for one."""
    policy = altered(a_policy("Shop", [ADA], id="PPOLICY"), "num_loops", value)

    snapshot = a_snapshot(escalation_policies=[policy], services=[SERVICE])
    assert of_policy(snapshot, "PD-31") == "error"


@pytest.mark.parametrize("value", [ABSENT, None, "surprise"])
def test_service_of_unknown_status_may_be_in_service(value: Any) -> None:
    """PD-31 does not judge a policy of which that is all that is known."""
    vague = altered(SERVICE, "status", value)

    assert of_policy(with_policy(vague, num_loops=2), "PD-31") == "error"
    assert of_policy(with_policy(vague, SERVICE, num_loops=0), "PD-31") == "fail"


@pytest.mark.parametrize(
    ("services", "status"),
    [
        ([SERVICE], "pass"),
        ([DISABLED], "pass"),
        ([], "fail"),
        ([OTHER], "fail"),
        ([a_service("Bare", None)], "fail"),
    ],
)
def test_policy_is_used_by_any_service(services: list[Any], status: str) -> None:
    """PD-39 counts disabled services too."""
    assert of_policy(with_policy(*services), "PD-39") == status


def test_default_policy_is_judged_like_any() -> None:
    """PD-39 makes no exception for the policy that PagerDuty made."""
    default = a_policy("Default", [ADA], id="PPOLICY")

    assert of_policy(a_snapshot(escalation_policies=[default]), "PD-39") == "fail"


@pytest.mark.parametrize("kind", [rendered, computed])
def test_schedule_is_used_by_any_policy(kind: Any) -> None:
    """PD-39 takes a policy that nobody uses for a use of its schedules, too."""
    schedule = kind(WHOLE, id="PROTA")
    name = "shift_schedules" if schedule["type"] == "schedule_v3" else "schedules"
    lists: dict[str, Any] = {name: [schedule]}
    policy = a_policy("Shop", [schedule], id="PPOLICY")

    assert verdicts(a_snapshot(**lists), "PD-39") == {"PROTA": "fail"}
    assert verdicts(a_snapshot(escalation_policies=[policy], **lists), "PD-39") == {
        "PPOLICY": "fail",
        "PROTA": "pass",
    }


def test_message_says_by_what_it_is_not_used() -> None:
    """A policy lacks a service, a schedule a policy."""
    snapshot = a_snapshot(
        escalation_policies=[a_policy("Shop", [ADA], id="PPOLICY")],
        schedules=[rendered(WHOLE, id="PROTA")],
    )
    found: dict[str, Finding] = inspect_by_id(snapshot, "PD-39")

    assert found["PPOLICY"].message.endswith("is not used by any service")
    assert found["PROTA"].message.endswith("is not used by any escalation policy")


@pytest.mark.parametrize("control", ["PD-31", "PD-39"])
@pytest.mark.parametrize("value", [ABSENT, "PPOLICY", {"type": "escalation_policy_reference"}])
def test_service_that_hides_its_policy_may_use_any(control: str, value: Any) -> None:
    """A policy that no other service has is then not judged; one that another has is."""
    vague = altered(OTHER, "escalation_policy", value)

    assert of_policy(with_policy(vague), control) == "error"
    assert of_policy(with_policy(vague, SERVICE), control) == "pass"


def test_disabled_service_that_hides_its_policy_lets_no_policy_repeat() -> None:
    """PD-31 is about services in service, whatever policy another one has."""
    vague = altered(DISABLED, "escalation_policy", ABSENT)

    assert of_policy(with_policy(vague, num_loops=0), "PD-31") == "not_applicable"


def test_unreadable_policy_may_use_any_schedule() -> None:
    """PD-39 does not call a schedule unused that a policy might name."""
    broken = altered(a_policy("Shop", [ADA], id="PPOLICY"), "escalation_rules", None)
    snapshot = a_snapshot(
        services=[SERVICE], escalation_policies=[broken], schedules=[rendered(WHOLE, id="PROTA")]
    )

    assert verdicts(snapshot, "PD-39") == {"PPOLICY": "pass", "PROTA": "error"}


@pytest.mark.parametrize(
    ("name", "policies", "schedules"),
    [
        ("services", "error", "pass"),
        ("users", "pass", "pass"),
        ("schedules", "pass", None),
        ("shift_schedules", "pass", None),
        ("escalation_policies", None, "error"),
    ],
)
def test_refused_list_costs_what_needs_it(
    name: str, policies: str | None, schedules: str | None
) -> None:
    """PD-39 judges schedules by policies alone; an unknown list is one row of the account."""
    data: dict[str, Any] = {name: refused(403)}
    found: dict[str, set[str]] = {}
    for each in inspect(a_sound_account(**data), "PD-39"):
        found.setdefault(each.resource.type, set()).add(each.status.value)

    wanted = {"escalation_policy": policies, "schedule": schedules}
    expected = {kind: {status} for kind, status in wanted.items() if status}
    assert found == expected | ({"account": {"error"}} if None in wanted.values() else {})
