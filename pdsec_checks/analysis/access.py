"""Access: who may do what, and how many of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from functools import partial

from pdsec_checks.analysis.certainty import Guess, any_known
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import PRIVILEGED_ROLES, User
from pdsec_checks.resources.domains import shown

RESTRICTING_ABILITIES = frozenset(
    {"advanced_permissions", "permissions_service", "read_only_users"}
)
ANALYTICS_WORDS = ("analytics", "insights")


UNKNOWN = "unknown"
NAMED = 10
"""People whom a message names."""


def role_of(user: User) -> str:
    """Return the role of a user for a count; ``unknown`` where it cannot be told."""
    try:
        return user.role
    except MalformedRecordError:
        return UNKNOWN


def id_of(user: User) -> str:
    """Return the id of a user for a list; ``unknown`` where it cannot be told."""
    return str(user.shown("id", str) or UNKNOWN)


def users_by_role(users: Iterable[User]) -> dict[str, int]:
    """Count users per role, in the order of the role names."""
    return dict(sorted(Counter(map(role_of, users)).items()))


def with_role(users: Iterable[User], roles: Collection[str], guess: Guess) -> list[User]:
    """Return the users with one of *roles*; *guess* says whether those count who do not say."""
    return [user for user in users if guess.holds(partial(has_role, user, roles))]


def has_role(user: User, roles: Collection[str]) -> bool:
    """Tell whether a user has one of *roles*."""
    return user.role in roles


def named(users: Collection[User]) -> str:
    """Return the users as a message names them, the first of many."""
    some = [str(user) for user in sorted(users, key=id_of)[:NAMED]]
    more = [f"and {len(users) - NAMED} more"] if len(users) > NAMED else []
    return ", ".join([*some, *more])


def as_evidence(users: Iterable[User]) -> list[dict[str, str | None]]:
    """Return users as plain JSON: id, name, role and link."""
    return [
        {"id": id_of(user), "name": user.name, "role": role_of(user), "url": user.url}
        for user in sorted(users, key=id_of)
    ]


def most_admins(user_count: int, baseline: Baseline) -> int:
    """Return how many users may be privileged in an account of *user_count* users."""
    share = math.ceil(round(user_count * baseline.max_admin_percent / 100, 9))
    return max(baseline.min_admins, share)


def administrators(users: Iterable[User], guess: Guess) -> list[User]:
    """Return the owners and global admins who accepted their invitation; *guess* for the others."""
    return [user for user in users if guess.holds(partial(is_administrator, user))]


def is_privileged(user: User) -> bool:
    """Tell whether a user is account owner or global admin, invited ones included."""
    return user.role in PRIVILEGED_ROLES


def is_administrator(user: User) -> bool:
    """Tell whether a user can administer the account, now.

    Raises:
        MalformedRecordError: One of role and invitation cannot be read, and the other allows it.
    """
    try:
        return is_privileged(user) and not user.is_pending
    except MalformedRecordError:
        if user.shown("invitation_sent", bool):
            return False
        raise


def must_use_sso(user: User) -> bool:
    """Tell whether SSO would have created the user; owners and open invitations say nothing."""
    return user.role != "owner" and not user.is_pending


def came_another_way(user: User) -> bool:
    """Tell whether nothing shows that SSO created a user whom it should have created."""
    return must_use_sso(user) and not user.created_via_sso


def belongs_to_a_team(user: User) -> bool:
    """Tell whether a user belongs to a team, however many of the others cannot be read."""
    return any_known(user.teams, lambda team: bool(team.id))


def domain_of(user: User) -> str:
    """Return the domain of a user's mail address.

    Raises:
        InspectionError: There is none, or a recording with pseudonyms hides it.
    """
    return shown(user.email_domain, user, "the domain of the mail address")


def users_by_domain(users: Iterable[User]) -> dict[str, int]:
    """Count users per domain of their mail addresses, ``unknown`` where there is none.

    Raises:
        InspectionError: A recording with pseudonyms hides the domains.
    """
    found: Counter[str] = Counter()
    for user in users:
        try:
            _ = user.email_domain
        except MalformedRecordError:
            found[UNKNOWN] += 1
        else:
            found[domain_of(user)] += 1
    return dict(sorted(found.items()))


def has_analytics(abilities: Iterable[str]) -> bool:
    """Tell whether the plan offers analytics at all."""
    return any(
        ability == "advanced_reports" or any(word in ability for word in ANALYTICS_WORDS)
        for ability in abilities
    )
