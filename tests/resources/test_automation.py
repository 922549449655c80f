"""Workflows, extensions and webhooks: whether they can run, and where they send to."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import (
    NO_OBJECT,
    ChangeEvent,
    Extension,
    IncidentWorkflow,
    WebhookSubscription,
    WorkflowTrigger,
)

HOOK = {"url": "https://chat.example/hook?token=1"}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"description": "chat"}, "chat"),
        ({"description": "chat", "delivery_method": HOOK}, "chat"),
        ({"description": None, "delivery_method": HOOK}, "chat.example"),
        ({"description": " ", "delivery_method": HOOK}, "chat.example"),
        ({"delivery_method": HOOK}, "chat.example"),
        ({"name": "no", "description": None}, ""),
        ({"delivery_method": None}, ""),
        ({"delivery_method": {"url": 5}}, ""),
        ({"delivery_method": {"url": "https://"}}, ""),
        ({"delivery_method": {"url": "https://[::1"}}, ""),
    ],
)
def test_name_of_a_subscription_is_its_description_or_its_host(
    fields: dict[str, Any], name: str
) -> None:
    """A webhook subscription has no name; what it is for, or where it goes, tells it apart."""
    subscription = WebhookSubscription({"id": "PW1", **fields})

    assert subscription.name == name
    assert str(subscription) == f"webhook subscription {name!r} (PW1)"


@pytest.mark.parametrize("method", [None, "x", {}, {"url": None}, {"url": 5}])
def test_subscription_without_a_url_says_so_under_its_own_name(method: object) -> None:
    """The error of a subscription that cannot be read names it, and ends."""
    subscription = WebhookSubscription({"id": "PW1", "delivery_method": method})

    with pytest.raises(MalformedRecordError, match=r"^webhook subscription '' \(PW1\): "):
        _ = subscription.destination


def test_extension_may_have_no_url() -> None:
    """Only extensions with an address send anything."""
    assert Extension({"id": "PX1", "endpoint_url": ""}).has_url
    assert not Extension({"id": "PX1", "endpoint_url": None}).has_url
    assert not Extension({"id": "PX1", "extension_schema": {}}).has_url
    assert Extension({"id": "PX1", "type": "extension_reference"}).has_url, "so does a reference"
    assert Extension({"id": "PX1"}).has_url, "it came without its details"
    assert Extension({NO_OBJECT: True}).has_url, "nobody knows whether it has none"


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


def test_trigger_and_event_may_name_no_service() -> None:
    """No list of services, a null and an empty list are the same."""
    without: list[dict[str, Any]] = [{}, {"services": None}, {"services": []}]
    for empty in without:
        assert WorkflowTrigger({"id": "T1", **empty}).ids_in("services") == (set(), None)
        assert ChangeEvent({"id": "C1", **empty}).ids_in("services") == (set(), None)
