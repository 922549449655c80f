"""Reachability: rules that lead somewhere, and ways to wake somebody."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.analysis.reachability import (
    can_be_reached,
    find_user,
    has_high_urgency_rule,
)
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.resources import ById, User


def a_method(kind: str = "phone_contact_method", **fields: Any) -> dict[str, Any]:
    """Return a way to reach a user."""
    return {"id": "M1", "type": kind, **fields}


def a_rule(urgency: str = "high", method: str | None = "M1") -> dict[str, Any]:
    """Return a notification rule."""
    leads_to = None if method is None else {"id": method, "type": "contact_method_reference"}
    return {"id": "R1", "urgency": urgency, "contact_method": leads_to}


def a_user(
    methods: list[dict[str, Any]] | None = None, rules: list[dict[str, Any]] | None = None
) -> User:
    """Return a user with these contact methods and notification rules."""
    inner = {"contact_methods": methods or [], "notification_rules": rules or []}
    return User({"id": "PU1", "name": "Ann", **inner})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([a_rule()], True),
        ([a_rule("low"), a_rule()], True),
        ([a_rule("low")], False),
        ([a_rule(method="M9")], False),
        ([a_rule(method=None)], False),
        ([{"id": "R1", "urgency": "high"}], False),
        ([], False),
    ],
)
def test_rule_counts_when_urgent_and_leading_somewhere(
    rules: list[dict[str, Any]],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A rule of high urgency counts while its contact method still exists."""
    assert has_high_urgency_rule(a_user([a_method()], rules)) is expected


def test_unreadable_rule_is_not_taken_for_none() -> None:
    """A rule that came back without its urgency cannot be judged."""
    broken = {"id": "R1", "type": "assignment_notification_rule"}

    with pytest.raises(MalformedRecordError, match=r"a notification rule: .*'urgency'"):
        has_high_urgency_rule(a_user([a_method()], [broken]))


@pytest.mark.parametrize("method", ["M1", {"id": 5}, {}])
def test_rule_of_low_urgency_leads_nowhere_that_counts(method: object) -> None:
    """Where a rule of low urgency leads does not matter, so that it may be broken."""
    rule = {"id": "R1", "urgency": "low", "contact_method": method}

    assert not has_high_urgency_rule(a_user([a_method()], [rule]))


def test_rule_of_an_unknown_urgency_is_not_taken_for_a_low_one() -> None:
    """An urgency that PagerDuty does not document may be high."""
    with pytest.raises(MalformedRecordError, match="'extreme'"):
        has_high_urgency_rule(a_user([a_method()], [a_rule("extreme")]))


def test_bare_reference_to_a_rule_says_so() -> None:
    """A rule known by reference only is called that, in the words of every other reference."""
    bare = {"id": "R1", "type": "assignment_notification_rule_reference"}

    with pytest.raises(MalformedRecordError, match=r"rule came back without its details"):
        has_high_urgency_rule(a_user([a_method()], [bare]))


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ([a_method()], True),
        ([a_method("sms_contact_method", enabled=True, blacklisted=False)], True),
        ([a_method("push_notification_contact_method")], True),
        ([a_method("email_contact_method"), a_method()], True),
        ([a_method("email_contact_method")], False),
        ([a_method(enabled=False)], False),
        ([a_method(blacklisted=True)], False),
        ([], False),
    ],
)
def test_phone_text_or_app_wakes_a_user(
    methods: list[dict[str, Any]],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """E-mail, disabled and blocked contact methods reach nobody at night."""
    assert can_be_reached(a_user(methods)) is expected


def test_reference_does_not_say_whether_it_works() -> None:
    """A contact method known by reference only is neither usable nor useless."""
    with pytest.raises(MalformedRecordError, match=r"user 'Ann' .* came back without its details"):
        can_be_reached(a_user([a_method("phone_contact_method_reference")]))


def test_user_on_call_is_found_by_id() -> None:
    """The list of users is what counts about a user on call."""
    ann = a_user()

    assert find_user(ById([ann]), "PU1") is ann


def test_user_on_call_whom_the_list_lacks_is_an_error() -> None:
    """Somebody on call whom nobody knows cannot be judged, and is named."""
    with pytest.raises(InspectionError, match="user PU9 is on call, but the user list lacks"):
        find_user(ById([a_user()]), "PU9")
