"""Access: who may do what, and how many of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from pdsec_checks.baseline import Baseline
from pdsec_checks.resources import User

RESTRICTING_ABILITIES = frozenset(
    {"advanced_permissions", "permissions_service", "read_only_users"}
)
ANALYTICS_WORDS = ("analytics", "insights")


def users_by_role(users: Iterable[User]) -> dict[str, int]:
    """Count users per role, in the order of the role names."""
    return dict(sorted(Counter(user.role for user in users).items()))


def most_admins(user_count: int, baseline: Baseline) -> int:
    """Return how many users may be privileged in an account of *user_count* users."""
    share = math.ceil(round(user_count * baseline.max_admin_percent / 100, 9))
    return max(baseline.min_admins, share)


def must_use_sso(user: User) -> bool:
    """Tell whether SSO would have created the user; owners and open invitations say nothing."""
    return user.role != "owner" and not user.is_pending


def has_analytics(abilities: Iterable[str]) -> bool:
    """Tell whether the plan offers analytics at all."""
    return any(
        ability == "advanced_reports" or any(word in ability for word in ANALYTICS_WORDS)
        for ability in abilities
    )
