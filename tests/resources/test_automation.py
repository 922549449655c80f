"""Workflows, extensions and webhooks: whether they can run, and where they send to."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.resources import Extension, IncidentWorkflow, WebhookSubscription, WorkflowTrigger


def test_name_of_a_subscription_is_its_description() -> None:
    """A webhook subscription has no other name; without a description it has none."""
    assert WebhookSubscription({"id": "PW1", "description": "chat"}).name == "chat"
    assert WebhookSubscription({"id": "PW1", "name": "no", "description": None}).name == ""


def test_extension_may_have_no_url() -> None:
    """Only extensions with an address send anything."""
    assert Extension({"id": "PX1", "endpoint_url": ""}).has_url
    assert not Extension({"id": "PX1", "endpoint_url": None}).has_url
    assert not Extension({"id": "PX1"}).has_url


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, True), ({"is_enabled": True}, True), ({"is_enabled": False}, False)],
)
def test_workflow_is_enabled_unless_it_says_not(
    fields: dict[str, Any],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A workflow without the field can run."""
    assert IncidentWorkflow({"id": "W1", **fields}).is_enabled is expected


@pytest.mark.parametrize("empty", [{}, {"services": None}, {"services": []}])
def test_trigger_may_name_no_service(empty: dict[str, Any]) -> None:
    """No list of services, a null and an empty list are the same."""
    assert WorkflowTrigger({"id": "T1", **empty}).service_ids == set()
