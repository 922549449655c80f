"""Services: policies, urgency rules, integrations, and the edges of the graph."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import (
    Dependency,
    Integration,
)
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
