"""Fixes of roles, owners and teams."""

from __future__ import annotations

from typing import Any

from pdsec_checks.analysis.sessions import HOUR, MINUTE
from pdsec_checks.fixes.fix import USER, Change, Fix, Request, created, imported, path
from pdsec_checks.fixes.registry import Found, fixes, only_text
from pdsec_checks.model import ACCOUNT

ROLE = "CHOOSE_A_ROLE"
EMAIL = "CHOOSE_THE_PRESENT_EMAIL"
NAME = "CHOOSE_THE_PRESENT_NAME"
TEAM = "CHOOSE_A_TEAM"
WEB_SESSIONS = "/session_configurations?type=web"

only_text(
    "PD-03",
    ACCOUNT,
    "no API changes the owner; the new owner must have accepted the invitation",
)


@fixes("PD-02", ACCOUNT)
def fewer_privileged(found: Found) -> Fix:
    """Give some of the admins another role; which ones, and which role, people must choose."""
    people: list[dict[str, Any]] = found.finding.evidence["people"]
    admins = [each for each in people if each["role"] == "admin"]
    allowed = found.finding.evidence["allowed"]
    return found.fixed_by(
        *(lowered(each) for each in admins),
        terraform=[
            imported("user", each["id"], [Change("role", ROLE, "admin")]) for each in admins
        ],
        note=f"change as many of these as it takes to leave {allowed}, and leave out the others",
    )


def lowered(person: dict[str, Any]) -> Request:
    """Return the request that gives one person another role."""
    user = {"type": "user", "name": person["name"], "email": EMAIL, "role": ROLE}
    note = "role: limited_user is a Responder, user a Manager; email: as it is, reports hold none"
    return Request("PUT", path("users", person["id"]), {"user": user}, note)


@fixes("PD-37", ACCOUNT)
def another_administrator(found: Found) -> Fix:
    """Make one more person a global admin; who it is, people must choose."""
    user = {"type": "user", "name": NAME, "email": EMAIL, "role": "admin"}
    note = "changed: role; name and email: as they are, reports hold none"
    return found.fixed_by(
        Request("PUT", path("users", USER), {"user": user}, note),
        note="for each person who is missing",
    )


@fixes("PD-40", ACCOUNT)
def shorter_sessions(found: Found) -> Fix:
    """Let web sessions end in time; never those of the mobile app, which would end all at once."""
    baseline, evidence = found.inspection.baseline, found.finding.evidence
    minutes = min(evidence["web_idle_minutes"], baseline.max_web_idle_minutes)
    hours = min(evidence["web_session_hours"], baseline.max_web_session_hours)
    limits = {
        "idle_session_ttl": round(minutes * MINUTE),
        "absolute_session_ttl": round(hours * HOUR),
    }
    note = "changed: what is too long, in seconds"
    request = Request("PUT", WEB_SESSIONS, {"session_configuration": limits}, note)
    return found.fixed_by(
        request, note="everybody is logged out of the web app once; the mobile app stays as it is"
    )


@fixes("PD-36", "addressed_user")
def out_of_the_account(found: Found) -> Fix:
    """Delete whoever does not belong to the company; the others change their address themselves."""
    return deleted(found, "they do not belong to the company, and no incident is assigned to them")


@fixes("PD-45", "listed_user")
def without_leaver(found: Found) -> Fix:
    """Delete whoever has left."""
    return deleted(found, "they have left, others took over, and no incident is assigned to them")


@fixes("PD-38", "responding_user")
def without_a_duty(found: Found) -> Fix:
    """Delete whoever is never called; for the others, a duty or a role, people must choose."""
    return deleted(found, "they are never called, and nobody will miss the account")


def deleted(found: Found, check: str) -> Fix:
    """Return the fix that deletes a user, once a person has made sure of *check*."""
    note = "PagerDuty refuses this while incidents are assigned to the user"
    return found.fixed_by(Request("DELETE", path("users", found.id), note=note, check=check))


@fixes("PD-43", "invited_user")
def withdrawn(found: Found) -> Fix:
    """Delete the user, unless somebody waits for them."""
    return deleted(found, "nobody waits for this user, who cannot accept the invitation then")


@fixes("PD-44", "privileged_user")
def revoked(found: Found) -> Fix:
    """Revoke all that the user gave third parties access to; they are asked for it again."""
    request = Request(
        "DELETE",
        f"/oauth_delegations?user_id={path(found.id).strip('/')}&type=integration",
        note="it revokes the access of every third-party client of this user, listed ones included",
        check="the user knows that each of these clients loses its access",
    )
    return found.fixed_by(request)


only_text("PD-42", "role_grant", "the plan decides whether there is an audit trail")


@fixes("PD-04", "user")
def team_member(found: Found) -> Fix:
    """Add the user to a team."""
    return found.fixed_by(
        Request("PUT", path("teams", TEAM, "users", found.id), {"role": "responder"}),
        terraform=[
            created("team_membership", found.id, user_id=found.id, team_id=TEAM, role="responder")
        ],
    )
