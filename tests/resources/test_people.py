"""People: roles, origins, teams, how they are notified, who is on call."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import PRIVILEGED_ROLES, NotificationRule, OnCall
from tests.resources.views import a_user

BROKEN = (None, -1, 1.5, "5", True)
"""What is no number of minutes."""


@pytest.mark.parametrize(
    ("role", "privileged", "stakeholder"),
    [
        ("owner", True, False),
        ("admin", True, False),
        ("user", False, False),
        ("limited_user", False, False),
        ("observer", False, False),
        ("read_only_user", False, True),
        ("read_only_limited_user", False, True),
    ],
)
def test_roles_are_privileged_or_stakeholders_or_neither(
    role: str,
    privileged: bool,  # noqa: FBT001 - the expected answer
    stakeholder: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Owners and administrators are privileged, the two read-only roles only watch."""
    user = a_user(role=role)

    assert (user.role in PRIVILEGED_ROLES, user.is_stakeholder) == (privileged, stakeholder)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, None), ({"created_via_sso": None}, None), ({"created_via_sso": False}, False)],
)
def test_origin_of_a_user_may_be_unknown(fields: dict[str, Any], expected: bool | None) -> None:  # noqa: FBT001 - the expected answer
    """A user without the field ``created_via_sso`` is unknown, not false."""
    assert a_user(**fields).created_via_sso is expected


def test_team_without_an_id_names_the_user() -> None:
    """A broken nested record is named by the record around it."""
    assert [team.id for team in a_user(teams=[{"id": "PT1"}]).teams] == ["PT1"]
    with pytest.raises(MalformedRecordError, match=r"^user 'Ann' \(PU1\): teams: .* 'id'"):
        _ = a_user(teams=[{}]).teams[0].id


def a_rule(**fields: Any) -> NotificationRule:
    """Return the first notification rule of a user, with these fields."""
    return a_user(notification_rules=[fields]).notification_rules[0]


RULE = r"^user 'Ann' \(PU1\): a notification rule"


@pytest.mark.parametrize("minutes", [0, 1, 1440])
def test_delay_of_a_rule_is_minutes(minutes: int) -> None:
    """It counts from the assignment, and may be none."""
    assert a_rule(start_delay_in_minutes=minutes).delay == minutes


@pytest.mark.parametrize("fields", [{}, *({"start_delay_in_minutes": each} for each in BROKEN)])
def test_delay_that_is_no_number_of_minutes_names_the_user(fields: dict[str, Any]) -> None:
    """A delay that is missing is not at once."""
    with pytest.raises(MalformedRecordError, match=f"{RULE}.*'start_delay_in_minutes'"):
        _ = a_rule(**fields).delay


def test_rule_is_for_high_or_low_urgency() -> None:
    """Any other word is refused by name."""
    assert [a_rule(urgency=each).urgency for each in ("high", "low")] == ["high", "low"]
    with pytest.raises(MalformedRecordError, match=f"{RULE}.*'urgency' is unknown: 'urgent'"):
        _ = a_rule(urgency="urgent").urgency


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"type": "assignment_notification_rule"}, True),
        ({"type": "assignment_notification_rule_reference"}, True),
        ({"type": "oncall_handoff_notification_rule"}, False),
    ],
)
def test_only_some_rules_are_for_assignments(
    fields: dict[str, str],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Others tell of hand-overs; one without a type is taken for one of assignments."""
    assert a_rule(**fields).is_for_assignments is expected


@pytest.mark.parametrize("fields", [{}, {"contact_method": None}])
def test_rule_may_have_no_contact_method(fields: dict[str, Any]) -> None:
    """A method that was removed leaves its rules behind."""
    assert a_rule(**fields).contact_method_id is None
    assert a_rule(contact_method={"id": "PM1"}).contact_method_id == "PM1"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"enabled": True, "blacklisted": False}, True),
        ({"enabled": False}, False),
        ({"blacklisted": True}, False),
    ],
)
def test_contact_method_is_switched_on_unless_it_says_not(
    fields: dict[str, Any],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A phone that is disabled or blocked rings nobody; one that says nothing is neither."""
    (method,) = a_user(contact_methods=[fields]).contact_methods

    assert method.is_switched_on is expected


def test_row_of_who_is_on_call_has_a_user() -> None:
    """Rows have no id; the user is a reference."""
    row = OnCall({"user": {"id": "PU1", "summary": "Ann"}})

    assert str(row.user) == "user 'Ann' (PU1)"
    with pytest.raises(MalformedRecordError, match=r"^an on-call entry: .*'user'"):
        _ = OnCall({"user": None}).user
