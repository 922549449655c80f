"""Access control: is power in few hands, and does everybody belong somewhere?"""

import pytest

from pdsec_checks.analysis.access import (
    RESTRICTING_ABILITIES,
    administrators,
    as_evidence,
    belongs_to_a_team,
    domain_of,
    has_analytics,
    id_of,
    most_admins,
    named,
    users_by_role,
    with_role,
)
from pdsec_checks.analysis.certainty import Guess, certainly
from pdsec_checks.analysis.sessions import Sessions, mobile_as_evidence, overlong
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Record, counted
from pdsec_checks.outcomes import fail, manual, not_applicable
from pdsec_checks.resources import PRIVILEGED_ROLES, Account, User, printable
from pdsec_checks.resources.domains import is_listed


@pytest.mark.control("PD-02")
@pytest.mark.critical
def test_privileged_users_are_few(
    account: Account, users: list[User], baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Roles follow least privilege.

    Only a few users are account owner or global admin.

    Rationale: each privileged user can silence every alert and change every other account.
    Remediation: give people a base role of Responder or Manager under People > Users > the user >
    Permissions & Teams, and keep Global Admin for those who administer PagerDuty.
    Help: https://support.pagerduty.com/main/docs/user-roles
    Worse: more privileged_users
    """
    if not users:
        raise InspectionError("no user is visible to this credential")
    allowed = most_admins(len(users), baseline)
    privileged = with_role(users, PRIVILEGED_ROLES, Guess(for_the_better=False))
    evidence["privileged_users"] = sorted(map(id_of, privileged))
    evidence["people"] = as_evidence(privileged)
    evidence["users_by_role"] = users_by_role(users)
    evidence["allowed"] = allowed
    are_few = certainly(lambda guess: len(with_role(users, PRIVILEGED_ROLES, guess)) <= allowed)
    assert are_few, (
        f"{account} has {len(privileged)} privileged users (owner or admin) among {len(users)}; "
        f"{allowed} are allowed: {named(privileged)}"
    )


@pytest.mark.control("PD-03")
@pytest.mark.high
def test_account_has_one_owner(
    account: Account, users: list[User], evidence: dict[str, object]
) -> None:
    """One account owner.

    The account has exactly one owner.

    Rationale: the owner alone controls billing and login; with two nobody knows who does.
    Remediation: hand the account to the one who is to own it under User Icon > Account Settings >
    Change Account Owner, and make the others Global Admins under People > Users > the user >
    Permissions & Teams.
    Help: https://support.pagerduty.com/main/docs/account-settings
    Worse: more owners
    """
    owners = with_role(users, {"owner"}, Guess(for_the_better=False))
    evidence["owners"] = sorted(map(id_of, owners))
    evidence["people"] = as_evidence(owners)
    assert len(owners) <= 1, f"{account} has {len(owners)} owners: {named(owners)}"
    certainly(lambda guess: len(with_role(users, {"owner"}, guess)))
    if not owners:
        raise InspectionError("no owner is visible to this credential")


@pytest.mark.control("PD-04")
@pytest.mark.high
def test_user_belongs_to_a_team(user: User, teams: list[Record]) -> None:  # noqa: ARG001
    """Users belong to a team.

    Every user who can respond belongs to a team.

    Rationale: access and responsibility are granted by team; a user without one keeps rights
    that nobody reviews.
    Remediation: add the user under People > Teams > the team > Add Member.
    Help: https://support.pagerduty.com/main/docs/teams
    """
    if user.is_stakeholder:
        not_applicable(f"{user} is a stakeholder ({user.role})")
    assert belongs_to_a_team(user), f"{user} belongs to no team"


@pytest.mark.control("PD-24")
@pytest.mark.medium
def test_analytics_access_is_restricted(
    account: Account,
    abilities: frozenset[str],
    users: list[User],
    evidence: dict[str, object],
) -> None:
    """Analytics access is restricted.

    Only those who need analytics can see them.

    Rationale: analytics name people, response times and weak services.
    Remediation: give those who need no analytics the role Limited Stakeholder under People >
    Users > the user > Permissions & Teams.
    Remediation unrestricted: move to a plan with advanced permissions or stakeholder roles under
    User Icon > Subscriptions > Upgrade Plan; no role of the present one keeps analytics from
    anybody.
    Help unrestricted: https://support.pagerduty.com/main/docs/billing-invoices-payments
    Remediation unseen: compare the roles under People > Users with who needs the figures, make the
    others Limited Stakeholders under People > Users > the user > Permissions & Teams, and attest
    the result.
    Limits: the API neither shows nor sets who may see analytics; a person must compare the
    roles with who needs the figures.
    Help: https://support.pagerduty.com/main/docs/user-roles
    """
    if not has_analytics(abilities):
        not_applicable(f"the plan of {account} has no analytics")
    evidence["users_by_role"] = users_by_role(users)
    evidence["restricting_abilities"] = sorted(RESTRICTING_ABILITIES & abilities)
    if not RESTRICTING_ABILITIES & abilities:
        fail(
            f"{account} has analytics, and nothing in its plan restricts who sees them",
            cause="unrestricted",
        )
    manual(
        f"{account} can restrict analytics: compare the users per role with who needs them",
        cause="unseen",
    )


@pytest.mark.control("PD-36")
@pytest.mark.extended
@pytest.mark.high
def test_user_belongs_to_company(
    addressed_user: User, baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Users sign in with a company address.

    Every user, pending ones and stakeholders included, has a mail address of the company.

    Rationale: a private address is outside single sign-on and outside what happens when somebody
    leaves, and it receives incidents by e-mail.
    Remediation: let the user change to the company address under User Icon > My Profile > Contact
    Information, or delete whoever does not belong to the company under People > Users.
    Remediation unlisted-domain: change the address to one of the company under People > Users > the
    user, or delete whoever does not belong to the company there, withdrawn invitations included;
    Account Settings > Email Domain Restriction keeps further ones out.
    Remediation none-listed: compare the domains that the users have under People > Users with those
    of the company, and list the company's under email_domains in the configuration.
    Limits: PagerDuty's Email Domain Restriction acts on future changes only, and the API does not
    show it.
    Help: https://support.pagerduty.com/main/docs/account-settings
    """
    domain = domain_of(addressed_user)
    evidence["domain"] = printable(domain)
    if not is_listed(domain, baseline.email_domains):
        fail(
            f"{addressed_user} has an address at {printable(domain)}, which is not listed under "
            "email_domains",
            cause="unlisted-domain",
        )


@pytest.mark.control("PD-37")
@pytest.mark.extended
@pytest.mark.medium
def test_two_administrators(
    account: Account, users: list[User], baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Two people or more can administer the account.

    Two users or more are account owner or global admin, and have accepted their invitation.

    Rationale: with one administrator nobody can repair a policy, remove a leaver or answer an audit
    while that person is away.
    Remediation: make another person who administers PagerDuty a Global Admin under People > Users >
    the user > Permissions & Teams, or let those who are invited accept.
    Limits: whether these are different people, and whether they can still log in, is not visible.
    Help: https://support.pagerduty.com/main/docs/user-roles
    Worse: less administrators
    """
    if not users:
        raise InspectionError("no user is visible to this credential")
    found = administrators(users, Guess(for_the_better=False))
    wanted, most = baseline.min_administrators, most_admins(len(users), baseline)
    evidence["administrators"] = sorted(map(id_of, found))
    evidence["people"] = as_evidence(found)
    evidence["required"] = wanted
    if wanted > most:
        evidence["contradiction"] = f"PD-02 allows {most} privileged users at most"
    are_enough = certainly(lambda guess: len(administrators(users, guess)) >= wanted)
    assert are_enough, (
        f"{account} has {counted(len(found), 'administrator')} (owner or admin) who accepted the "
        f"invitation; {wanted} are required" + (f": {named(found)}" if found else "")
    )


@pytest.mark.control("PD-40")
@pytest.mark.extended
@pytest.mark.high
def test_web_sessions_end(
    account: Account,
    sessions: Sessions | None,
    account_made: str,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Web sessions end.

    Web sessions end by themselves: after some time without activity, and some hours after the login
    in any case.

    Rationale: a stolen browser session acts as the user until it ends, and accounts from before
    March 2026 keep their older, longer limits.
    Remediation: set shorter limits for web sessions by the API, with PUT /session_configurations
    and type=web; no page of the web app does.
    Remediation long: set shorter limits by the API, with PUT /session_configurations and type=web,
    at an hour at which everybody can log in again: all web sessions end once. Leave out mobile: a
    phone that is logged out may ring no more.
    Remediation unset: find out after which time PagerDuty asks you to log in again, and attest it,
    or set limits for web sessions by the API, with PUT /session_configurations and type=web.
    Limits: sessions of the mobile app are shown and not judged: to limit them ends them all at
    once, and a phone that is logged out may ring no more. Limits of the identity provider are not
    visible.
    Help: https://support.pagerduty.com/main/docs/session-timeouts
    Worse: more web_idle_minutes, more web_session_hours
    """
    web, doubt = sessions.web if sessions else (None, None)
    evidence.update(mobile_as_evidence(sessions.mobile if sessions else None))
    if web:
        evidence["web_idle_minutes"] = web.idle_minutes
        evidence["web_session_hours"] = web.session_hours
        if too_long := overlong(web, baseline):
            fail(f"{account} lets web sessions go on {too_long}", cause="long")
    if doubt:
        raise doubt
    if not web:
        evidence["account_made"] = account_made
        manual(
            f"{account} has no limits of its own for web sessions: it has PagerDuty's default, of "
            "15 minutes without activity and 1 hour in all, if it was made from 2026-03-02 on, and "
            "else longer limits, which the API does not show",
            cause="unset",
        )
