"""POA&M: whatever needs somebody has an item, and nothing unjudged reads as nothing to do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.finding import CarriedFail
from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support import findings as factory
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource
from tests.support.judged import NOW


def the_poam(report: Report) -> dict[str, Any]:
    """Return the plan of action and milestones, which follows the schema."""
    document = json.loads(render("poam", report))
    schema = factory.read_schema("oscal-1.2.1-poam.schema.json")
    assert not factory.errors_against(schema, document)
    found: dict[str, Any] = document["plan-of-action-and-milestones"]
    return found


def titles(report: Report) -> list[str]:
    """Return the titles of the items."""
    return [each["title"] for each in the_poam(report)["poam-items"]]


def test_each_failing_control_has_an_item() -> None:
    """Failures and accepted failures are planned for, once a control."""
    report = a_report(
        a_finding("PD-05"),
        a_finding("PD-05", resource=a_resource(resource_id="P2")),
        a_finding("PD-22", Status.WAIVED),
        a_finding("PD-06", Status.PASS),
    )

    items = the_poam(report)["poam-items"]

    assert [each["title"].partition(":")[0] for each in items] == ["PD-05", "PD-22"]
    assert [len(each["related-risks"]) for each in items] == [2, 1]


def test_what_could_not_be_judged_has_an_item_with_a_deadline() -> None:
    """The item says how much is unknown and why; its risk is under investigation."""
    report = a_report(
        replace(a_finding("PD-06", Status.ERROR), message="PAY: HTTP 403"),
        a_finding("PD-06", Status.PASS, a_resource(resource_id="P2")),
    )

    plan = the_poam(report)
    (item,), (risk,) = plan["poam-items"], plan["risks"]

    assert item["title"] == "PD-06: Policies have several levels: could not be judged"
    assert item["description"].startswith("1 of 2 checks could not be judged. PAY: HTTP 403. ")
    assert risk["status"] == "investigating"
    assert risk["deadline"] == "2026-12-23T23:59:59Z"
    assert item["related-risks"] == [{"risk-uuid": risk["uuid"]}]
    assert "findings" not in plan


def test_what_needs_a_person_has_an_item() -> None:
    """It is not finished by a run in which nothing failed."""
    report = a_report(a_finding("PD-06", Status.PASS), a_finding("PD-01", Status.MANUAL))

    (item,) = the_poam(report)["poam-items"]

    assert item["title"].endswith(": needs a person")
    assert "1 of 1 check can only be judged by a person." in item["description"]


def test_a_failing_control_with_a_doubt_has_an_item_for_both() -> None:
    """Fixing what fails does not answer what nobody could look at."""
    found = titles(
        a_report(a_finding("PD-06"), a_finding("PD-06", Status.ERROR, a_resource(resource_id="P2")))
    )

    assert found == [
        "PD-06: Policies have several levels",
        "PD-06: Policies have several levels: could not be judged",
    ]


@given(st.lists(st.sampled_from(list(Status)), min_size=1, max_size=5), st.booleans())
def test_nothing_fails_stands_only_over_what_was_judged(
    statuses: list[Status],
    complete: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A plan without work is one of a run in which every check passed or did not apply."""
    found = [
        a_finding("PD-06", status, a_resource(resource_id=f"P{number}"))
        for number, status in enumerate(statuses)
    ]
    selected = ["PD-06"] if complete else ["PD-06", "PD-07"]
    items = titles(a_report(*found, selected=selected, complete=complete))

    is_fine = complete and set(statuses) <= {Status.PASS, Status.NOT_APPLICABLE}
    assert any(each.startswith(("Nothing", "PARTIAL", "Stopped")) for each in items) is is_fine


@pytest.mark.parametrize(
    ("status", "title", "description"),
    [
        (Status.PASS, "Nothing fails", "Judged 1 of 1 check, and none failed."),
        (
            Status.NOT_APPLICABLE,
            "Nothing to judge",
            "No control applies to anything in the account.",
        ),
    ],
)
def test_one_item_says_that_there_is_nothing_to_do(
    status: Status, title: str, description: str
) -> None:
    """OSCAL asks for at least one item; it claims no more than what was judged."""
    (item,) = the_poam(a_report(a_finding("PD-06", status)))["poam-items"]

    assert (item["title"], item["description"]) == (title, description)


def test_an_accepted_fail_that_cannot_be_judged_now_stays_accepted() -> None:
    """Until its waiver ends."""
    waived = a_finding("PD-06", Status.WAIVED)
    report = replace(
        a_report(factory.an_account_finding("PD-06", Status.ERROR)),
        carried=[CarriedFail(waived, NOW - timedelta(days=5), "account 'acme': HTTP 403")],
    )

    risk = next(each for each in the_poam(report)["risks"] if each["status"] != "investigating")

    assert (risk["status"], risk["deadline"]) == ("deviation-approved", "2027-03-31T23:59:59Z")


def test_a_fail_that_cannot_be_judged_now_keeps_its_risk() -> None:
    """Risk and deadline are those of the run that saw it fail, and it is still open."""
    fail = a_finding("PD-06")
    carried = CarriedFail(fail, NOW - timedelta(days=5), "account 'acme': HTTP 403")
    first = the_poam(a_report(fail))
    later = replace(
        a_report(factory.an_account_finding("PD-06", Status.ERROR)),
        carried=[carried],
        open_since={fail.address: NOW - timedelta(days=5)},
    )

    plan = the_poam(later)
    risks = {each["uuid"]: each for each in plan["risks"]}
    kept = risks[first["risks"][0]["uuid"]]
    (item,) = plan["poam-items"]

    assert kept["status"] == "open"
    assert kept["deadline"] == "2026-12-18T23:59:59Z"
    assert "could not be judged; failed on 2026-11-18: service" in kept["description"]
    assert {"risk-uuid": kept["uuid"]} in item["related-risks"]
    assert [each["collected"] for each in plan["observations"]] == [
        "2026-11-23T09:00:00Z",
        "2026-11-18T09:00:00Z",
    ]
