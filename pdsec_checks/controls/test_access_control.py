"""Access control: is power in few hands, and does everybody belong somewhere?"""

from datetime import datetime, timedelta

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
from pdsec_checks.analysis.coverage import clock
from pdsec_checks.analysis.invitations import licence_of
from pdsec_checks.analysis.leavers import PersonnelList
from pdsec_checks.analysis.oauth_grants import OAuthGrants
from pdsec_checks.analysis.participation import Participation, first_of, teams_of
from pdsec_checks.analysis.sessions import Sessions, mobile_as_evidence, overlong
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Record, counted
from pdsec_checks.outcomes import fail, manual, not_applicable
from pdsec_checks.resources import PRIVILEGED_ROLES, Account, LicenseAllocation, User, printable
from pdsec_checks.resources.domains import is_listed
from pdsec_checks.resources.roster import standing_of


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
    of the company, and list the company's under email_domains in the configuration; "config
    suggest" prints all domains as such a list.
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


@pytest.mark.control("PD-38")
@pytest.mark.extended
@pytest.mark.low
def test_responder_takes_part(
    responding_user: User, participation: Participation, evidence: dict[str, object]
) -> None:
    """Responders take part.

    Everybody whose role is to respond has an on-call duty: a target of an escalation policy, a turn
    on a layer or an event that has not ended, or a shift of the coming window.

    Rationale: an account that nobody would notice losing is an account that nobody watches, and a
    paid licence.
    Remediation: put the person on a schedule or an escalation policy under People, or, for somebody
    who is never called, choose a stakeholder role under People > Users > the user > Permissions &
    Teams, or delete the user there.
    Limits: managers who only take part when they are asked to in an incident have no duty that the
    API shows, and a duty in a policy or schedule that nobody uses counts.
    Help: https://support.pagerduty.com/main/docs/user-roles
    """
    evidence["role"] = responding_user.role
    evidence["teams"] = teams_of(responding_user)
    duties = participation.of(responding_user)
    evidence["duties"] = first_of(duties)
    assert duties, (
        f"{responding_user} has the role {responding_user.role} and no on-call duty: no escalation "
        "policy names this person, and no schedule does from now on"
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


@pytest.mark.control("PD-43")
@pytest.mark.extended
@pytest.mark.medium
def test_invitation_is_recent(
    invited_user: User,
    license_allocations: list[LicenseAllocation],
    baseline: Baseline,
    as_of: datetime,
    evidence: dict[str, object],
) -> None:
    """Invitations are taken up or withdrawn.

    No invitation stays open for longer than two weeks.

    Rationale: an open invitation is an account that waits in a mailbox, and on an escalation level
    it is somebody whom no call reaches.
    Remediation: let the user accept the invitation, or delete the user under People > Users > the
    user.
    Remediation forgotten: ask the user to accept the invitation, which can be sent again under
    People > Users > the user; delete the user there where nobody waits for them.
    Remediation age-unknown: find out since when the user is invited and whether anybody waits for
    them, and delete the user under People > Users > the user where nobody does.
    Limits: PagerDuty does not say when somebody was invited. The age of the licence stands for it:
    one that was moved later makes an invitation look younger, for max_invitation_days at most.
    Help: https://support.pagerduty.com/main/docs/manage-users
    """
    licence = licence_of(invited_user, license_allocations)
    since, limit = licence.since, as_of - timedelta(days=baseline.max_invitation_days)
    evidence["allowed_days"] = baseline.max_invitation_days
    evidence["licence_since"] = since and clock(since)
    is_too_old = licence.was_there_before(limit)
    if since is None:
        manual(
            f"{invited_user} has not accepted the invitation, and no licence shows its age: find "
            "out since when the user is invited",
            cause="age-unknown",
        )
    if is_too_old:
        fail(
            f"{invited_user} has not accepted the invitation of {clock(since)}, which is "
            f"{(as_of - since).days} days old; the limit is "
            f"{counted(baseline.max_invitation_days, 'day')}",
            cause="forgotten",
        )


@pytest.mark.control("PD-44")
@pytest.mark.extended
@pytest.mark.medium
def test_oauth_grants_are_known(
    privileged_user: User,
    oauth_grants: OAuthGrants,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Administrators' third-party grants are known.

    Every OAuth client that an account owner or global admin gave access to is on the list.

    Rationale: a grant acts with the administrator's rights, outlives the project that it was made
    for, and no page of the web app shows all of them.
    Remediation: let the user revoke the client's access under User Icon > My Profile, or list the
    client under oauth_clients in the configuration.
    Remediation unlisted-client: find out what the client is for; let the user revoke its access
    under User Icon > My Profile, or list it under oauth_clients in the configuration.
    Remediation none-listed: find out what each client is for, let the user revoke the access of
    those that nobody needs under User Icon > My Profile, and list the others under oauth_clients in
    the configuration.
    Limits: who stands behind a client is not visible; sessions of the web app and of the mobile app
    are not looked at.
    Help: https://support.pagerduty.com/main/docs/apps
    """
    grants = oauth_grants.of(privileged_user)
    listed = baseline.oauth_clients
    unlisted = [printable(each) for each in grants.clients if each not in listed]
    evidence["oauth_grants"] = grants.grants_as_evidence
    if unlisted and listed:
        fail(
            f"{privileged_user} gave access to {counted(len(unlisted), 'OAuth client')} not listed "
            f"under oauth_clients: {', '.join(unlisted)}",
            cause="unlisted-client",
        )
    if grants.unknown:
        raise grants.unknown
    if unlisted:
        manual(
            f"{privileged_user} gave access to {counted(len(unlisted), 'OAuth client')}, and "
            "nothing says which are known: list those under oauth_clients in the configuration",
            cause="none-listed",
        )


@pytest.mark.control("PD-45")
@pytest.mark.extended
@pytest.mark.high
def test_user_is_on_roster(
    listed_user: User, roster: PersonnelList, evidence: dict[str, object]
) -> None:
    """Leavers are gone.

    Every user, pending ones and stakeholders included, is on the personnel list that the run is
    given, and belongs to the company on the day on which the account was read.

    Rationale: PagerDuty does not know who left; the personnel list does.
    Remediation: delete whoever has left under People > Users, withdrawn invitations included, once
    others have taken over the duties; or correct the list.
    Remediation not-listed: delete the user under People > Users if the person has left, once others
    have taken over the duties; or add the person to the list, or the address among the aliases.
    Remediation left: delete the user under People > Users once others have taken over the duties;
    if the person is still there, correct the date in the list.
    Remediation no-roster: compare People > Users with the personnel list, or let the inspection do
    so: save the list as CSV with the column email, and aliases, until and kind where there are any,
    and name it with --roster or --pd-roster (pytest), or under roster in the configuration.
    Limits: people are known by their mail addresses alone, and who belongs is what your list says.
    Help: https://support.pagerduty.com/main/docs/account-settings
    """
    domain_of(listed_user)  # an address that nobody can compare is no leaver's
    found = standing_of(listed_user)
    evidence["people_without_account"] = roster.facts.without_account
    if found is None:
        fail(f"{listed_user} is not on the personnel list", cause="not-listed")
    evidence["kind"] = found.kind
    if found.until is not None:
        evidence["last_day"] = found.until.isoformat()
    if roster.has_left(found):
        fail(
            f"{listed_user} has left: the personnel list has the person until {found.until}",
            cause="left",
        )
