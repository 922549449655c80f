"""The audit trail: keys seen through their use, and an account's least age."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.audit_trail import (
    ApiKeyUse,
    identity_provider_wrote,
    is_key_creation,
    key_uses,
    provably_older,
)
from pdsec_checks.resources import AuditRecord, Service, Unreadable

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def days_ago(days: float) -> str:
    """Return the timestamp of a moment before the inspection."""
    return (NOW - timedelta(days=days)).isoformat()


def a_record(days: float = 0, **changed: Any) -> AuditRecord:
    """Return a change that an API key made some days ago."""
    return AuditRecord(
        {
            "id": f"R{days}",
            "execution_time": days_ago(days),
            "method": {"type": "api_token", "truncated_token": "abcd"},
            "actors": [{"id": "PKEY", "summary": "terraform", "type": "api_key_reference"}],
            "root_resource": {"id": "PTEAM", "type": "team_reference"},
            "action": "update",
            **changed,
        }
    )


def keys(records: Iterable[AuditRecord]) -> list[ApiKeyUse]:
    """Return the keys that records show, of which all can be read."""
    uses = key_uses(records)
    known = [use for use in uses if isinstance(use, ApiKeyUse)]
    assert known == uses
    return known


def test_key_is_an_actor_and_the_end_of_a_token() -> None:
    """Records of one actor and token are one key, named by both; keys come sorted."""
    other_token = {"type": "api_token", "truncated_token": "wxyz"}
    uses = keys([a_record(3, method=other_token), a_record(1), a_record(2)])

    assert [use.id for use in uses] == ["PKEY:abcd", "PKEY:wxyz"]
    assert str(uses[0]) == "API key 'terraform' (PKEY:abcd)"
    assert uses[0].first_use == NOW - timedelta(days=2)
    assert uses[0].last_use == NOW - timedelta(days=1)


@given(st.permutations([a_record(days) for days in (400, 91, 30, 2)]))
def test_order_of_records_does_not_matter(records: list[AuditRecord]) -> None:
    """First and last use are those of the earliest and of the latest record."""
    (use,) = keys(records)

    assert (NOW - use.first_use).days == 400
    assert (NOW - use.last_use).days == 2


def test_no_records_show_no_key() -> None:
    """A key that was never used leaves no trace."""
    assert key_uses([]) == []


@pytest.mark.parametrize(
    ("changed", "key_id"),
    [
        ({"actors": []}, "unknown:abcd"),
        ({"actors": None}, "unknown:abcd"),
        ({"method": {"type": "api_token"}}, "PKEY:unknown"),
        ({"method": {"type": "api_token", "truncated_token": None}}, "PKEY:unknown"),
    ],
)
def test_key_without_actor_or_token_proves_nothing(changed: dict[str, Any], key_id: str) -> None:
    """Records that do not tell the key stay together, and are never overdue."""
    (use,) = keys([a_record(200, **changed), a_record(1, **changed)])

    assert use.id == key_id
    assert not use.is_overdue(NOW, 90)


@pytest.mark.parametrize(
    ("used", "overdue"),
    [
        ((91, 89), True),
        ((91, 90), True),
        ((90, 1), False),
        ((200, 91), False),
        ((200,), False),
        ((1,), False),
    ],
)
def test_key_is_overdue_when_used_before_and_after_the_limit(
    used: tuple[int, ...],
    overdue: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A key is provably too old when it was used before the limit and again since."""
    (use,) = keys([a_record(days) for days in used])

    assert use.is_overdue(NOW, 90) is overdue


def test_changes_of_a_key_are_counted_by_type() -> None:
    """What a key changed is counted per type of resource, references included."""
    service = {"id": "PS", "type": "service"}
    records = [a_record(1), a_record(2), a_record(3, root_resource=service)]

    (use,) = keys(records)

    assert use.changed == {"service": 1, "team": 2}


@pytest.mark.parametrize("kind", ["api_key_reference", "api_token", "user_apitoken_reference"])
def test_creation_of_a_key_dates_it(kind: str) -> None:
    """A record that shows a key's creation is the key's age, where PagerDuty has one."""
    made = a_record(
        100,
        action="create",
        root_resource={"id": "PKEY", "type": kind},
        actors=[{"id": "PADMIN", "type": "user_reference"}],
    )

    uses = {use.actor_id: use for use in keys([made, a_record(1)])}

    assert uses["PKEY"].created == NOW - timedelta(days=100)
    assert uses["PADMIN"].created is None


@pytest.mark.parametrize(
    ("action", "kind"), [("create", "team_reference"), ("delete", "api_key_reference"), ("", "")]
)
def test_other_changes_are_no_creation_of_a_key(action: str, kind: str) -> None:
    """Only the action ``create`` on something named like a key counts."""
    assert not is_key_creation(a_record(action=action, root_resource={"id": "P", "type": kind}))


@pytest.mark.parametrize(
    ("changed", "key_id"),
    [
        ({"execution_time": "yesterday"}, "PKEY:abcd"),
        ({"method": None}, "PKEY:unknown"),
        ({"method": {"type": "api_token", "truncated_token": 5}}, "PKEY:unknown"),
        ({"actors": [{"summary": "terraform"}]}, "unknown:abcd"),
        ({"actors": [None]}, "unknown:abcd"),
        ({"actors": "terraform"}, "unknown:abcd"),
        ({"actors": None, "method": None}, "unknown:unknown"),
    ],
)
def test_broken_record_stands_for_the_key_that_it_may_be_about(
    changed: dict[str, Any], key_id: str
) -> None:
    """A record that cannot be read is a row of its own, and costs no other key its row."""
    other = a_record(1, actors=[{"id": "POTHER", "summary": "ci"}])
    used, broken = key_uses([a_record(**changed), other])

    assert used.id == "POTHER:abcd"
    assert isinstance(broken, Unreadable)
    assert broken.ref.id == key_id
    assert "(R0)" in str(broken.error)


@pytest.mark.parametrize(
    ("changed", "doubtful"),
    [
        ({"execution_time": "yesterday"}, ["PKEY:abcd"]),
        ({"method": None}, ["PKEY:abcd", "PKEY:wxyz"]),
        ({"actors": [{"summary": "terraform"}]}, ["PKEY:abcd", "POTHER:abcd"]),
        ({"actors": 5, "method": 5}, ["PKEY:abcd", "PKEY:wxyz", "POTHER:abcd"]),
    ],
)
def test_broken_record_leaves_open_what_the_keys_did_that_it_may_be_about(
    changed: dict[str, Any], doubtful: list[str]
) -> None:
    """Actor and token, as far as they can be read, tell which keys a broken record may be about."""
    uses = key_uses(
        [
            a_record(3),
            a_record(2, method={"type": "api_token", "truncated_token": "wxyz"}),
            a_record(1, actors=[{"id": "POTHER", "summary": "ci"}]),
            a_record(**changed),
        ]
    )

    found = [use.id for use in uses if isinstance(use, ApiKeyUse) and use.unknown]

    assert found == doubtful


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["service"], "changed a service once"),
        (["service"] * 2, "changed a service 2 times"),
        (["user", "service", "service"], "changed a service 2 times, a user once"),
        (["escalation_policy"], "changed an escalation policy once"),
        ([None, "service"], "changed a service once, something unknown once"),
    ],
)
def test_changes_of_a_key_are_told_in_words(kinds: list[str | None], said: str) -> None:
    """What a key changed is told as a sentence tells it, most often first."""
    records = [a_record(n, root_resource={"id": "P", "type": kind}) for n, kind in enumerate(kinds)]

    (use,) = keys(records)

    assert use.changed_in_words == said


@pytest.mark.parametrize(
    ("method", "root", "expected"),
    [
        ("identity_provider", "user_reference", True),
        ("identity_provider", "team_reference", False),
        ("browser", "user_reference", False),
        (None, "user_reference", False),
    ],
)
def test_identity_provider_wrote_to_users(
    method: str | None,
    root: str,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A change of a user by an identity provider shows that one is connected."""
    how = {} if method is None else {"type": method}
    record = a_record(method=how, root_resource={"id": "P", "type": root})

    assert identity_provider_wrote([a_record(), record]) is expected


def a_service(created: object = None, *integrations: object) -> Service:
    """Return a service and its integrations, created at these times."""
    inner = [{"id": "PI", "created_at": each} for each in integrations]
    return Service({"id": "PS", "name": "shop", "created_at": created, "integrations": inner})


@pytest.mark.parametrize(
    ("service", "older"),
    [
        (a_service(days_ago(11)), True),
        (a_service(days_ago(9), days_ago(11)), True),
        (a_service(days_ago(10)), False),
        (a_service(days_ago(9), None), False),
        (a_service(), False),
    ],
)
def test_account_is_as_old_as_anything_in_it(
    service: Service,
    older: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A service or an integration from before a moment proves that the account is older."""
    assert provably_older([service], NOW - timedelta(days=10)) is older


def test_record_that_does_not_say_when_it_was_made_proves_nothing() -> None:
    """A service without the field ``created_at`` is no proof, and no error."""
    silent = Service({"id": "PS", "name": "shop", "integrations": []})

    assert not provably_older([silent], NOW)
