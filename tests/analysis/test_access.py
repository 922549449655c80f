"""Access: roles, how many may be privileged, and what a plan restricts."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.access import (
    has_analytics,
    most_admins,
    must_use_sso,
    users_by_role,
)
from pdsec_checks.baseline import Baseline
from pdsec_checks.resources import User


def a_user(role: str = "user", *, pending: bool = False) -> User:
    """Return a user of a role."""
    return User({"id": "PU", "name": "Ann", "role": role, "invitation_sent": pending})


def test_users_are_counted_by_role_in_order() -> None:
    """Counts come in the order of the role names, whoever comes first."""
    counts = users_by_role([a_user("user"), a_user("admin"), a_user("user")])

    assert list(counts.items()) == [("admin", 1), ("user", 2)]


@pytest.mark.parametrize(
    ("users", "most"), [(0, 3), (1, 3), (30, 3), (31, 4), (40, 4), (41, 5), (1000, 100)]
)
def test_a_tenth_may_be_privileged_but_always_three(users: int, most: int) -> None:
    """By default ten percent, rounded up, and never fewer than three."""
    assert most_admins(users, Baseline()) == most


@given(st.integers(0, 10**6), st.integers(0, 1000))
def test_share_is_exact(users: int, permille: int) -> None:
    """Floating point adds nobody: the share is that of exact arithmetic, rounded up."""
    baseline = Baseline(min_admins=0, max_admin_percent=permille / 10)

    assert most_admins(users, baseline) == ceil(users * Fraction(permille, 1000))


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (a_user("user"), True),
        (a_user("admin"), True),
        (a_user("owner"), False),
        (a_user("user", pending=True), False),
    ],
)
def test_owners_and_open_invitations_say_nothing_about_sso(
    user: User,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Everybody else would have been created by SSO where it is enforced."""
    assert must_use_sso(user) is expected


@pytest.mark.parametrize("ability", ["advanced_reports", "team_analytics", "insights_v2"])
def test_analytics_is_known_by_its_abilities(ability: str) -> None:
    """One ability that names analytics, insights or reports is enough."""
    assert has_analytics(["sso", ability])


def test_other_abilities_are_no_analytics() -> None:
    """A plan without such an ability has no analytics to restrict."""
    assert not has_analytics(["sso", "teams", "urgencies"])
