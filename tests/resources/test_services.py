"""Services: policies, urgency, integrations, maintenance, and the edges of the graph."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.errors import MalformedRecordError, NotKeptError
from pdsec_checks.model import Interval
from pdsec_checks.resources import (
    Dependency,
    Integration,
    MaintenanceWindow,
    parse_moment,
)
from pdsec_checks.resources.kept import ALL, Kept
from tests.resources.views import a_service


def test_service_may_have_no_policy() -> None:
    """A service's policy is an id, or none where PagerDuty sent a null."""
    assert a_service(escalation_policy={"id": "PE1"}).escalation_policy_id == "PE1"
    assert a_service(escalation_policy=None).escalation_policy_id is None


@pytest.mark.parametrize(("status", "expected"), [("disabled", False), ("active", True)])
def test_only_disabled_services_are_out_of_service(
    status: str,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Every other status can open incidents."""
    assert a_service(status=status).in_service is expected


def test_urgency_rule_of_another_kind_is_refused_by_name() -> None:
    """An urgency that PagerDuty does not document cannot be judged."""
    rule = {"type": "constant", "urgency": "extreme"}

    with pytest.raises(MalformedRecordError, match=r"\(PS1\): urgency rule .*'extreme'"):
        _ = a_service(incident_urgency_rule=rule).urgency_rule


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"type": "constant", "urgency": "high"}, "constant high"),
        ({"type": "constant", "urgency": "low"}, "constant low"),
        ({"type": "constant", "urgency": "severity_based"}, "severity_based"),
        ({"type": "use_support_hours"}, "support hours"),
    ],
)
def test_urgency_rule_is_told_in_a_word_or_two(rule: dict[str, str], expected: str) -> None:
    """Support hours have an urgency inside and one outside, so that their rule names none."""
    assert a_service(incident_urgency_rule=rule).urgency_rule == expected


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        ({"enabled": True, "timeout": 300}, 5),
        ({"enabled": True, "timeout": 90}, 1.5),
        ({"enabled": True, "timeout": None, "recommended_timeout": 120}, 2),
        ({"enabled": False, "timeout": 300}, 0),
        ({"enabled": True, "timeout": None}, None),
        ({"enabled": True, "timeout": "soon"}, None),
        ("often", None),
        (None, None),
    ],
)
def test_minutes_that_alerts_are_held_are_told_where_they_can_be(
    pause: object, expected: float | None
) -> None:
    """They are evidence: what is malformed says nothing, and spoils nothing."""
    service = a_service(auto_pause_notifications_parameters=pause)

    assert service.auto_pause_minutes == expected
    assert a_service().auto_pause_minutes is None


@pytest.mark.parametrize("name", ["auto_resolve_timeout", "acknowledgement_timeout"])
def test_timeout_may_be_none_and_is_never_guessed(name: str) -> None:
    """A null means never; a field that is missing, or no number of seconds, says nothing."""
    assert getattr(a_service(**{name: None}), name) is None
    assert getattr(a_service(**{name: 14400}), name) == 14400
    assert getattr(a_service(**{name: 0}), name) == 0
    for fields in ({}, {name: -1}, {name: "14400"}, {name: True}):
        with pytest.raises(MalformedRecordError, match=f"'{name}'"):
            getattr(a_service(**fields), name)


BEGIN, END = "2026-11-24T00:00:00-05:00", "2026-11-24T06:00:00Z"


def a_window(**fields: Any) -> MaintenanceWindow:
    """Return a maintenance window of an hour, with these fields."""
    plain = {"id": "PMW1", "summary": "Upgrade", "start_time": BEGIN, "end_time": END}
    return MaintenanceWindow({**plain, **fields})


def test_maintenance_runs_from_its_start_to_its_end() -> None:
    """Moments may have any offset; a window that ends at once mutes nothing, and is not broken."""
    assert a_window().span == Interval(parse_moment(BEGIN), parse_moment(END))
    assert a_window(end_time=BEGIN).span == Interval(parse_moment(BEGIN), parse_moment(BEGIN))


@pytest.mark.parametrize("name", ["start_time", "end_time"])
@pytest.mark.parametrize("value", [None, 7, "soon", "2026-11-24T00:00:00"])
def test_maintenance_without_a_valid_moment_names_the_window(name: str, value: object) -> None:
    """A null, a number, and a time without an offset say not when nobody is called."""
    with pytest.raises(MalformedRecordError, match=rf"^maintenance window 'Upgrade' .*'{name}'"):
        _ = a_window(**{name: value}).span


def test_maintenance_that_ends_before_it_starts_is_broken() -> None:
    """Nobody knows which of both moments is meant."""
    with pytest.raises(MalformedRecordError, match=r"\(PMW1\) ends before it starts$"):
        _ = a_window(end_time="2026-11-23T00:00:00Z").span


@pytest.mark.parametrize(
    ("services", "ids"),
    [
        ([{"id": "PS1"}, {"id": "PS2"}], {"PS1", "PS2"}),
        ([], set()),
    ],
)
def test_maintenance_names_its_services(services: list[Any], ids: set[str]) -> None:
    """An empty list is known to name none."""
    assert a_window(services=services).service_ids == (ids, None)


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({}, set()),
        ({"services": None}, set()),
        ({"services": {"id": "PS1"}}, set()),
        ({"services": [{"id": "PS1"}, {}]}, {"PS1"}),
        ({"services": [{"id": "PS1"}, "PS2"]}, {"PS1"}),
    ],
)
def test_maintenance_says_why_not_all_of_its_services_are_known(
    fields: dict[str, Any], ids: set[str]
) -> None:
    """What can be told is told; the rest may be any service."""
    found, problem = a_window(**fields).service_ids

    assert found == ids
    assert str(problem).startswith("maintenance window 'Upgrade' (PMW1): ")


def test_dropped_services_of_maintenance_are_not_called_missing() -> None:
    """Where reading drops the field, nobody says that PagerDuty did not send it."""
    kept = Kept({"id": ALL, "summary": ALL}, "maintenance_windows", "services.py")
    window = MaintenanceWindow({"id": "PMW1", "summary": "Upgrade"}, kept=kept)

    with pytest.raises(NotKeptError, match="'services' of maintenance_windows is not kept"):
        _ = window.service_ids


@pytest.mark.parametrize("fields", [{}, {"email_filters": None}, {"email_filters": []}])
def test_integration_may_have_no_filters(fields: dict[str, Any]) -> None:
    """No list of filters, a null and an empty list are the same."""
    assert Integration({"id": "PI1", **fields}, a_service()).email_filters == []


@pytest.mark.parametrize(
    ("supporting", "dependent", "expected"),
    [
        ("service", "business_service", True),
        ("technical_service_reference", "business_service_reference", True),
        ("business_service", "business_service", False),
        ("service", "service", False),
    ],
)
def test_edge_may_carry_a_business_service(
    supporting: str,
    dependent: str,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Only a technical service below a business service carries it."""
    edge = Dependency(
        {
            "supporting_service": {"id": "P1", "type": supporting},
            "dependent_service": {"id": "P2", "type": dependent},
        }
    )

    assert edge.supports_business is expected
