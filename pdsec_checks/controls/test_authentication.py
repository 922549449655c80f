"""Authentication: does everybody come in through the organisation's own front door?"""

from collections import Counter

import pytest

from pdsec_checks.analysis.access import came_another_way, must_use_sso
from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import InspectionError
from pdsec_checks.outcomes import manual
from pdsec_checks.resources import Account, User


@pytest.mark.control("PD-01")
@pytest.mark.critical
def test_sso_is_enforced(
    account: Account,
    abilities: frozenset[str],
    users: list[User],
    identity_provider_activity: str,
    evidence: dict[str, object],
) -> None:
    """Every user comes to PagerDuty through single sign-on.

    Rationale: a password of PagerDuty's own escapes the organisation's second factor, its
    lock-out and its off-boarding.
    Remediation: set up SSO under Account Settings > Single Sign-on, and switch off the login
    with user name and password there.
    Limits: whether password login is off is visible to the account owner alone, never to the
    API. It counts as enforced when SSO created every user but the owner.
    Help: https://support.pagerduty.com/main/docs/sso
    """
    assert "sso" in abilities, f"{account} has no single sign-on: its plan lacks the ability"
    if not users:
        raise InspectionError("no user is visible to this credential")
    origins = Counter(user.shown("created_via_sso", bool) for user in users)
    evidence["users_created_through_sso"] = origins[True]
    evidence["users"] = len(users)
    evidence["users_unknown"] = origins[None]
    evidence["identity_provider"] = identity_provider_activity
    if any_known(users, came_another_way) or not any_known(users, must_use_sso):
        manual(
            f"{account} has SSO, and {origins[True]} of {len(users)} users were created "
            "through it: look at Account Settings > Single Sign-on whether password login is off"
        )
