"""Cases: one for each resource, or one that says why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import UnavailableError
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.cases import GROUP_FROM, Case, cases
from pdsec_checks.model import Status
from pdsec_checks.outcomes import Undecided
from pdsec_checks.pagerduty.snapshot import Unavailable
from pdsec_checks.resources import NO_OBJECT, Unreadable
from tests.support.judged import a_snapshot, refused


def services(*names: str) -> list[dict[str, Any]]:
    """Return records of services with these names, ids in the same order."""
    return [{"id": f"PS{number}", "name": name} for number, name in enumerate(names)]


def of_services(
    records: list[Any] | Unavailable, *patterns: str, argument: str = "baseline", **options: Any
) -> list[Case]:
    """Return the cases of a control about services."""
    inspection = Inspection(a_snapshot(services=records, **options.pop("data", {})), Baseline())
    return cases("service", ["service", argument], inspection, patterns, **options)


def test_each_resource_is_a_case_sorted_by_id() -> None:
    """Case ids are PagerDuty's ids, in their order whatever the order of the list."""
    found = of_services(services("b", "a", "c")[::-1])

    assert [case.id for case in found] == ["PS0", "PS1", "PS2"]
    assert [[each.name for each in case.resources] for case in found] == [["b"], ["a"], ["c"]]
    assert not any(case.is_group or case.outcome for case in found)


@pytest.mark.parametrize(
    ("patterns", "ids"),
    [
        (["PS1"], ["PS1"]),
        (["PS*"], ["PS0", "PS1", "PS2"]),
        (["shop*"], ["PS0", "PS1"]),
        (["SHOP EU", "mail"], ["PS0", "PS2"]),
        (["[beta] mail"], ["PS2"]),
        (["shop"], []),
        (["ps1"], []),
    ],
)
def test_patterns_choose_by_id_or_name(patterns: list[str], ids: list[str]) -> None:
    """A pattern is a whole id, or matches a whole id or a whole name in any case."""
    last = "[beta] mail" if "[beta] mail" in patterns else "mail"
    found = of_services(services("Shop EU", "Shop US", last), *patterns)

    assert [case.id for case in found] == ids


def test_no_resource_is_one_case_that_does_not_apply() -> None:
    """A control without a resource still has a row, about the account."""
    (case,) = of_services([])

    assert case.id == "account"
    assert isinstance(case.outcome, Undecided)
    assert case.outcome.status is Status.NOT_APPLICABLE
    assert case.outcome.reason == "the account has no services"


def test_refused_resources_are_one_error_whatever_the_patterns() -> None:
    """Not knowing the resources never looks like having none that matches."""
    (case,) = of_services(refused(403, "/services"), "PS1")

    assert case.id == "account"
    assert isinstance(case.outcome, UnavailableError)


def test_no_match_is_no_case() -> None:
    """A control of which no resource was asked for was not selected, which is no verdict."""
    assert of_services(services("a"), "PS9") == []


def test_failing_account_is_kept_whatever_the_patterns() -> None:
    """A verdict about the whole account does not go away with a selection of resources."""
    data = {"incident_workflows": refused(402)}

    (case,) = of_services(services("a"), "PS9", argument="incident_workflows", data=data)

    assert isinstance(case.outcome, AssertionError)


def test_refused_list_beside_the_resources_leaves_them_their_cases() -> None:
    """Where another list cannot be read, each resource gets an error of its own, later."""
    data = {"escalation_policies": refused()}

    found = of_services(services("a", "b"), argument="policies_by_id", data=data)

    assert [(case.id, case.outcome) for case in found] == [("PS0", None), ("PS1", None)]


def test_shared_argument_may_decide_for_the_whole_account() -> None:
    """A plan without incident workflows is one failure of the account."""
    data = {"incident_workflows": refused(402)}

    (case,) = of_services(services("a", "b"), argument="incident_workflows", data=data)

    assert case.id == "account"
    assert isinstance(case.outcome, AssertionError)


def test_granularity_control_is_one_case_with_all_resources() -> None:
    """One case carries all chosen resources, sorted."""
    records = services("b", "a", "c")[::-1]

    (case,) = of_services(records, "a", "b", granularity="control")

    assert case.is_group
    assert [each.id for each in case.resources] == ["PS0", "PS1"]


@pytest.mark.parametrize(("surplus", "count"), [(0, GROUP_FROM), (1, 1)])
def test_many_resources_become_one_case(surplus: int, count: int) -> None:
    """More than a thousand resources are one case, unless each was asked for."""
    records = services(*["x"] * (GROUP_FROM + surplus))

    assert len(of_services(records)) == count
    assert len(of_services(records, granularity="resource")) == len(records)


def test_two_kinds_with_the_same_id_are_two_cases() -> None:
    """An extension and a webhook subscription that share an id are told apart by kind."""
    snapshot = a_snapshot(
        extensions=[{"id": "P1", "name": "x", "endpoint_url": "https://a"}],
        webhook_subscriptions=[{"id": "P1", "delivery_method": {"url": "https://b"}}],
    )

    found = cases("endpoint", ["endpoint"], Inspection(snapshot, Baseline()))

    assert len({case.id for case in found}) == 2
    assert {case.resources[0].kind for case in found} == {"extension", "webhook_subscription"}


BROKEN: list[dict[str, Any]] = [{NO_OBJECT: True}, {"name": "half"}]


def test_record_without_id_is_a_case_of_the_account() -> None:
    """What nobody can name stands in the account's name beside the resources that have one."""
    found = of_services([*services("a"), BROKEN[0]])

    assert [(case.id, isinstance(case.resources[0], Unreadable)) for case in found] == [
        ("PS0", False),
        ("account", True),
    ]


@pytest.mark.parametrize("identity", ["*", "all", "account"])
def test_an_id_that_means_something_else_is_an_error(identity: str) -> None:
    """A record cannot pass for the placeholder of a control, a group of cases or the account."""
    found = of_services([*services("a"), {"id": identity, "name": "odd"}])
    broken = found[1].resources[0]

    assert [case.id for case in found] == ["PS0", "account"]
    assert isinstance(broken, Unreadable)
    assert f"service 'odd' ({identity}) has an invalid id: {identity!r}" in str(broken.error)


def test_broken_records_of_one_owner_are_one_case() -> None:
    """Several reasons that stand for one thing are one row, with all of them in its message."""
    (case,) = of_services(BROKEN)
    (row,) = case.resources

    assert isinstance(row, Unreadable)
    assert "is no object" in str(row.error)
    assert "'half'" in str(row.error)


def test_broken_records_are_judged_with_all_others_in_one_case() -> None:
    """A grouped case holds the stand-in of a broken record like any other resource."""
    (case,) = of_services([*services("a"), *BROKEN], granularity="control")

    assert [each.ref.id for each in case.resources] == ["PS0", "account"]


def test_patterns_that_choose_others_leave_broken_records_out() -> None:
    """Whoever asks for one resource is not told of another one that nobody can name."""
    assert [case.id for case in of_services([*services("a"), *BROKEN], "PS0")] == ["PS0"]


def of_critical(**data: Any) -> list[Case]:
    """Return the cases of a control about services that asks which are critical and covered."""
    inspection = Inspection(a_snapshot(services=services("a", "b"), **data), Baseline())
    return cases("service", ["service", "incident_workflows", "critical_services"], inspection)


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        ({}, ["account"]),
        ({"incident_workflows": refused(402)}, ["account"]),
        ({"business_service_dependencies": refused(403)}, ["PS0", "PS1"]),
        ({"incident_workflows": refused(403)}, ["PS0", "PS1"]),
        (
            {
                "incident_workflows": refused(402),
                "business_service_dependencies": refused(403),
            },
            ["account"],
        ),
    ],
    ids=["manual", "fail", "unknown", "manual and unknown", "fail and unknown"],
)
def test_certain_fail_of_the_account_decides_and_a_refusal_leaves_the_cases(
    data: dict[str, Any], ids: list[str]
) -> None:
    """One shared argument that fails is enough; what is open for the account is open for each."""
    found = of_critical(**data)

    assert [case.id for case in found] == ids
    if ids == ["account"]:
        assert isinstance(found[0].outcome, AssertionError) is bool(data)
