"""Authentication: does everybody come in through the organisation's own front door?"""

import pytest

from pdsec_checks.analysis.access import must_use_sso
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
    through_sso = [user for user in users if user.created_via_sso]
    judged = [user for user in users if must_use_sso(user)]
    evidence["users_created_through_sso"] = len(through_sso)
    evidence["users"] = len(users)
    evidence["users_unknown"] = sum(user.created_via_sso is None for user in users)
    evidence["identity_provider"] = identity_provider_activity
    if not judged or not all(user.created_via_sso for user in judged):
        manual(
            f"{account} has SSO, and {len(through_sso)} of {len(users)} users were created "
            "through it: look at Account Settings > Single Sign-on whether password login is off"
        )
