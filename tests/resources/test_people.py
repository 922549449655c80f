"""People: roles, origins, teams, who is on call."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import PRIVILEGED_ROLES, OnCall
from tests.resources.views import a_user


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


def test_row_of_who_is_on_call_has_a_user() -> None:
    """Rows have no id; the user is a reference."""
    row = OnCall({"user": {"id": "PU1", "summary": "Ann"}})

    assert str(row.user) == "user 'Ann' (PU1)"
    with pytest.raises(MalformedRecordError, match=r"^an on-call entry: .*'user'"):
        _ = OnCall({"user": None}).user
