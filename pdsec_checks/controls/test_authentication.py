"""Authentication: does everybody come in through the organisation's own front door?"""

from collections import Counter

import pytest

from pdsec_checks.analysis.access import came_another_way, must_use_sso
from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import InspectionError
from pdsec_checks.outcomes import fail, manual
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
    """SSO is enforced.

    Every user signs in through single sign-on.

    Rationale: a password of PagerDuty's own escapes the organisation's second factor, its
    lock-out and its off-boarding.
    Remediation: set up SSO under User Icon > Account Settings > Single Sign-On, and turn off the
    login with user name and password there.
    Remediation no-ability: move to a plan with single sign-on under User Icon > Subscriptions >
    Upgrade Plan; then set it up under User Icon > Account Settings > Single Sign-On.
    Help no-ability: https://support.pagerduty.com/main/docs/billing-invoices-payments
    Remediation password-users: the account owner turns off the login with user name and password
    under User Icon > Account Settings > Single Sign-On (the owner's own cannot be turned off),
    and whoever vouches for it attests it.
    Remediation nobody-created: the account owner looks under User Icon > Account Settings >
    Single Sign-On whether the login with user name and password is off: users whom SSO created
    would show it, and there are none yet.
    Limits: whether password login is off is visible to the account owner alone, never to the
    API. It counts as enforced when SSO created every user but the owner.
    Help: https://support.pagerduty.com/main/docs/sso
    """
    if "sso" not in abilities:
        fail(f"{account} has no single sign-on: its plan lacks the ability", cause="no-ability")
    if not users:
        raise InspectionError("no user is visible to this credential")
    origins = Counter(user.shown("created_via_sso", bool) for user in users)
    evidence["users_created_through_sso"] = origins[True]
    evidence["users"] = len(users)
    evidence["users_unknown"] = origins[None]
    evidence["identity_provider"] = identity_provider_activity
    is_open = any_known(users, came_another_way)
    if is_open or not any_known(users, must_use_sso):
        manual(
            f"{account} has SSO, and {origins[True]} of {len(users)} users were created "
            "through it: look at Account Settings > Single Sign-On whether password login is off",
            cause="password-users" if is_open else "nobody-created",
        )
