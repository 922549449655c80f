"""PD-21, PD-22, PD-23 and PD-25: does an incident stay visible?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import NO_OBJECT, UNREAD
from tests.controls.helpers import (
    NO_RECORDS,
    WRONG,
    altered,
    before,
    inspect_by_id,
    looked_up,
    only,
    status,
    unfit,
)
from tests.simulator.builders import (
    a_business_service,
    a_change_event,
    a_dependency,
    a_service,
    an_integration,
)
from tests.simulator.records import ABSENT, Record
from tests.support.judged import a_snapshot, refused, verdicts

SHOP = a_service("Shop", id="PSHOP", integrations=[an_integration(id="PSHOPKEY")])
BLOG = a_service("Blog", id="PBLOG", integrations=[an_integration(id="PBLOGKEY")])
MAIL = a_service("Mail", id="PMAIL", integrations=[])
FRONT = a_business_service("Front", id="PFRONT")

# PD-21


def graph(
    business: list[Record], technical: dict[str, list[Record]] | None = None, **data: Any
) -> Snapshot:
    """Return an account with the edges of a business service and of single services."""
    lookups = [{"id": each, "relationships": found} for each, found in (technical or {}).items()]
    known: dict[str, Any] = {
        "services": [SHOP, BLOG],
        "business_services": [FRONT],
        "business_service_dependencies": [looked_up(FRONT, *business)],
        "technical_service_dependencies": lookups,
    }
    return a_snapshot(**{**known, **data})


@pytest.mark.parametrize("edge", [a_dependency(SHOP, FRONT), a_dependency(FRONT, SHOP)])
def test_service_on_an_edge_of_a_business_service_passes(edge: Record) -> None:
    """PD-21 passes a service at either end of a business service's edge, without a look-up."""
    assert verdicts(graph([edge], {"PBLOG": []}), "PD-21") == {"PSHOP": "pass", "PBLOG": "fail"}


@pytest.mark.parametrize("edge", [a_dependency(SHOP, MAIL), a_dependency(MAIL, SHOP)])
def test_service_on_an_edge_of_its_own_passes(edge: Record) -> None:
    """PD-21 passes a service at either end of an edge between technical services."""
    found = verdicts(graph([], {"PSHOP": [edge], "PBLOG": []}), "PD-21")

    assert found == {"PSHOP": "pass", "PBLOG": "fail"}


def test_service_on_no_edge_is_named() -> None:
    """PD-21 names the service that is on no edge."""
    assert "'Blog'" in only(graph([], {"PBLOG": []}, services=[BLOG]), "PD-21").message


@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
@pytest.mark.parametrize(
    "name", ["business_service_dependencies", "technical_service_dependencies"]
)
def test_refused_dependencies_are_an_error_for_each_service(name: str, code: int | None) -> None:
    """PD-21 has an error row for each service when dependencies are refused."""
    snapshot = graph([a_dependency(SHOP, FRONT), a_dependency(BLOG, FRONT)])
    snapshot.data[name] = refused(code)

    assert verdicts(snapshot, "PD-21") == {"PSHOP": "error", "PBLOG": "error"}


def test_refused_look_up_is_an_error_for_its_service() -> None:
    """PD-21 says why a service's own look-up failed, and judges the others."""
    why = {"path": "/service_dependencies/technical_services/PBLOG", "reason": "HTTP 503"}
    snapshot = graph([a_dependency(SHOP, FRONT)])
    snapshot.data["technical_service_dependencies"] = [{"id": "PBLOG", UNREAD: why}]

    found = inspect_by_id(snapshot, "PD-21")

    assert found["PSHOP"].status.value == "pass"
    assert found["PBLOG"].status.value == "error"
    assert "HTTP 503" in found["PBLOG"].message


BROKEN_ENDS = [
    *unfit("relationships.0.supporting_service", "relationships.0.supporting_service.id"),
    *[("relationships.0", value) for value in NO_RECORDS],
]


@pytest.mark.parametrize(("path", "value"), BROKEN_ENDS)
def test_broken_edge_is_an_error_of_the_service_that_was_looked_up(path: str, value: Any) -> None:
    """PD-21 is an error for a service whose own lookup showed an edge that nobody can read."""
    lookup = altered(looked_up(BLOG, a_dependency(SHOP, MAIL)), path, value)
    snapshot = graph([a_dependency(SHOP, FRONT)], technical_service_dependencies=[lookup])

    assert verdicts(snapshot, "PD-21") == {"PSHOP": "pass", "PBLOG": "error"}


@pytest.mark.parametrize(("path", "value"), BROKEN_ENDS)
def test_broken_edge_of_a_business_service_hides_no_service(path: str, value: Any) -> None:
    """PD-21 judges by the services' own lookups what a business service's edge does not show."""
    business = altered(looked_up(FRONT, a_dependency(SHOP, FRONT)), path, value)
    lookups = [looked_up(SHOP, a_dependency(SHOP, FRONT)), looked_up(BLOG)]
    snapshot = graph(
        [], business_service_dependencies=[business], technical_service_dependencies=lookups
    )

    assert verdicts(snapshot, "PD-21") == {"PSHOP": "pass", "PBLOG": "fail"}


@pytest.mark.parametrize(("path", "value"), BROKEN_ENDS)
def test_one_end_of_an_edge_is_enough(path: str, value: Any) -> None:
    """PD-21 passes a service at the end of an edge whose other end cannot be read."""
    if path == "relationships.0":
        return
    lookup = altered(looked_up(BLOG, a_dependency(SHOP, BLOG)), path, value)

    assert verdicts(graph([], technical_service_dependencies=[lookup]), "PD-21")["PBLOG"] == "pass"


@pytest.mark.parametrize("value", NO_RECORDS)
def test_broken_edge_hides_no_other_one(value: Any) -> None:
    """PD-21 passes a service by one edge of its own, whatever the others are."""
    edges = [a_dependency(BLOG, MAIL), a_dependency(SHOP, BLOG)]
    lookup = altered(looked_up(BLOG, *edges), "relationships.1", value)

    assert verdicts(graph([], technical_service_dependencies=[lookup]), "PD-21")["PBLOG"] == "pass"


def test_failed_lookup_of_a_business_service_hides_no_service() -> None:
    """PD-21 judges by the services' own lookups when that of a business service failed."""
    why = {"path": "/service_dependencies/business_services/PFRONT", "reason": "HTTP 503"}
    lookups = [looked_up(SHOP, a_dependency(SHOP, MAIL)), looked_up(BLOG)]
    snapshot = graph(
        [],
        business_service_dependencies=[{"id": "PFRONT", UNREAD: why}],
        technical_service_dependencies=lookups,
    )

    assert verdicts(snapshot, "PD-21") == {"PSHOP": "pass", "PBLOG": "fail"}


# PD-22 and PD-23

TIMEOUTS = {"PD-22": "acknowledgement_timeout", "PD-23": "auto_resolve_timeout"}


@pytest.mark.parametrize(("control", "field"), TIMEOUTS.items())
@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (1, "pass"),
        (1800, "pass"),
        (None, "fail"),
        (0, "fail"),
        (ABSENT, "error"),
        (WRONG, "error"),
        ("1800", "error"),
        ([], "error"),
    ],
)
def test_timeout_is_set(control: str, field: str, value: Any, verdict: str) -> None:
    """PD-22 and PD-23 fail a timeout of null or 0; one that is missing or no number is an error."""
    snapshot = a_snapshot(services=[altered(SHOP, field, value), BLOG])

    assert verdicts(snapshot, control) == {"PSHOP": verdict, "PBLOG": "pass"}


@pytest.mark.parametrize(("control", "field"), TIMEOUTS.items())
def test_one_timeout_does_not_stand_for_the_other(control: str, field: str) -> None:
    """PD-22 and PD-23 each look at a timeout of their own."""
    (other,) = set(TIMEOUTS.values()) - {field}

    assert status(a_snapshot(services=[altered(SHOP, other, None)]), control) == "pass"


WORDS = {
    ("PD-22", None): "never triggers an acknowledged incident again",
    ("PD-22", 0): "at once",
    ("PD-23", None): "never resolves an open incident",
    ("PD-23", 0): "at once",
}


@pytest.mark.parametrize(("control", "value"), WORDS)
def test_message_tells_never_from_at_once(control: str, value: int | None) -> None:
    """PD-22 and PD-23 say of a null that it means never, and of 0 that it means at once."""
    snapshot = a_snapshot(services=[altered(SHOP, TIMEOUTS[control], value)])

    message = only(snapshot, control).message

    assert WORDS[control, value] in message
    assert ("0 seconds" in message) == (value == 0)


@pytest.mark.parametrize(("control", "field"), TIMEOUTS.items())
@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, {"name": "Half"}], ids=str)
def test_service_that_nobody_can_name_is_a_row_of_the_account(
    control: str, field: str, broken: Record
) -> None:
    """PD-22 and PD-23 are errors, in the account's name, for a service without an id."""
    snapshot = a_snapshot(services=[altered(SHOP, field, None), BLOG, broken])

    assert verdicts(snapshot, control) == {"account": "error", "PSHOP": "fail", "PBLOG": "pass"}


# PD-25


def changes(*events: Record, **data: Any) -> Snapshot:
    """Return an account with two services and these change events."""
    return a_snapshot(**{"services": [SHOP, BLOG], "change_events": list(events), **data})


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (a_change_event(before(1), [SHOP]), {"PSHOP": "pass", "PBLOG": "fail"}),
        (a_change_event(before(1), [SHOP, BLOG]), {"PSHOP": "pass", "PBLOG": "pass"}),
        (a_change_event(before(1), integration="PSHOPKEY"), {"PSHOP": "pass", "PBLOG": "fail"}),
        (
            a_change_event(before(1), [BLOG], integration="PSHOPKEY"),
            {"PSHOP": "pass", "PBLOG": "pass"},
        ),
        (a_change_event(before(1), integration="PELSE"), {"PSHOP": "fail", "PBLOG": "fail"}),
        (a_change_event(before(1)), {"PSHOP": "fail", "PBLOG": "fail"}),
    ],
    ids=["service", "services", "integration", "both", "elsewhere", "nowhere"],
)
def test_change_event_names_a_service(event: Record, found: dict[str, str]) -> None:
    """PD-25 passes a service that a change event names, directly or through an integration."""
    assert verdicts(changes(event), "PD-25") == found


def test_service_without_change_events_fails() -> None:
    """PD-25 fails a service that no change event names, and names it and the days."""
    found = only(changes(services=[BLOG]), "PD-25", change_event_days=17)

    assert found.status.value == "fail"
    assert "'Blog'" in found.message
    assert "17" in found.message


@pytest.mark.parametrize("code", [402, 404])
def test_plan_without_change_events_is_not_judged(code: int) -> None:
    """PD-25 is one not_applicable row when the plan has no change events (402, 404)."""
    assert verdicts(changes(change_events=refused(code)), "PD-25") == {"account": "not_applicable"}


@pytest.mark.parametrize("code", [401, 403, 500, None])
def test_refused_change_events_are_an_error_for_each_service(code: int | None) -> None:
    """PD-25 has an error row for each service when change events are refused otherwise."""
    found = verdicts(changes(change_events=refused(code)), "PD-25")

    assert found == {"PSHOP": "error", "PBLOG": "error"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("services", WRONG),
        *unfit("services.0.id"),
        ("integration", WRONG),
        *unfit("integration.id"),
    ],
)
def test_broken_change_event_is_an_error_where_it_matters(path: str, value: Any) -> None:
    """PD-25 is an error for a service that only a broken event could name."""
    broken = altered(a_change_event(before(1), [BLOG], integration="PBLOGKEY"), path, value)
    snapshot = changes(broken, a_change_event(before(2), [SHOP]), services=[SHOP, MAIL])

    assert verdicts(snapshot, "PD-25") == {"PSHOP": "pass", "PMAIL": "error"}


@pytest.mark.parametrize(("path", "value"), unfit("integrations", "integrations.0.id"))
def test_service_whose_integrations_are_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-25 is an error for a service that may be named through an unreadable integration."""
    event = a_change_event(before(1), integration="PBLOGKEY")
    snapshot = changes(event, services=[altered(SHOP, path, value), BLOG])

    assert verdicts(snapshot, "PD-25") == {"PSHOP": "error", "PBLOG": "pass"}


@pytest.mark.parametrize(("path", "value"), unfit("integrations", "integrations.0.id"))
def test_unreadable_integrations_hide_no_fail(path: str, value: Any) -> None:
    """PD-25 fails a service without its integrations where no event names an integration."""
    snapshot = changes(
        a_change_event(before(1), [BLOG]), services=[altered(SHOP, path, value), BLOG]
    )

    assert verdicts(snapshot, "PD-25") == {"PSHOP": "fail", "PBLOG": "pass"}


@pytest.mark.parametrize("value", NO_RECORDS)
@pytest.mark.parametrize("path", ["services.1", "integration"])
def test_broken_part_of_an_event_hides_no_service_that_it_names(path: str, value: Any) -> None:
    """PD-25 passes a service that an event names, whatever else stands in the event."""
    event = a_change_event(before(1), [SHOP, MAIL], integration="PBLOGKEY")

    assert verdicts(changes(altered(event, path, value)), "PD-25")["PSHOP"] == "pass"


@pytest.mark.parametrize(
    "broken", [{NO_OBJECT: True}, {"id": "C1", "services": "surprise"}], ids=str
)
def test_event_that_names_nobody_might_name_anybody(broken: Record) -> None:
    """PD-25 is an error for a service that only an unreadable event might name."""
    snapshot = changes(a_change_event(before(1), [SHOP]), broken)

    assert verdicts(snapshot, "PD-25") == {"PSHOP": "pass", "PBLOG": "error"}


@pytest.mark.parametrize("fields", [("services",), ("integration",), ("services", "integration")])
def test_event_without_optional_fields_names_nobody(fields: tuple[str, ...]) -> None:
    """PD-25 takes no services and no integration for what they are, not for a broken event."""
    event = a_change_event(before(1))
    for field in fields:
        event = altered(event, field, ABSENT)

    assert verdicts(changes(event), "PD-25") == {"PSHOP": "fail", "PBLOG": "fail"}
