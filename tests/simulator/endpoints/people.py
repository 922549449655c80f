"""Abilities, users, teams, and who is on call."""

from __future__ import annotations

from tests.simulator import oncalls, paging, projection
from tests.simulator.catalogue import KNOWN_ABILITIES
from tests.simulator.endpoints.lookup import found, matching
from tests.simulator.messages import (
    Answer,
    Call,
    RefusedError,
    invalid,
    missing_ability,
    not_found,
)
from tests.simulator.records import Record, reference

DELEGATION_TYPES = frozenset({"web", "mobile", "integration"})
DELEGATION_STATUSES = frozenset({"issued", "revoked"})


def list_abilities(call: Call) -> Record:
    """List what the plan offers."""
    return {"abilities": call.account.abilities}


def show_ability(call: Call) -> Answer:
    """Answer 204 when the account has the ability, 402 when it lacks it."""
    name = call.parameters["id"]
    if name in call.account.abilities:
        return Answer(204, b"")
    if name in KNOWN_ABILITIES:
        raise missing_ability(name)
    raise not_found()


def list_session_configurations(call: Call) -> Record:
    """List the limits of sessions, of one type or all; none at all is a 404."""
    kind = call.query.one("type")
    if kind not in {None, "web", "mobile"}:
        raise invalid("Type is not one of web, mobile.")
    configured = call.account.session_configurations
    shown = [each for each in configured if kind in {None, each["type"]}]
    if not shown:
        raise not_found()
    return {"session_configurations": shown}


def list_users(call: Call) -> Record:
    """List users."""
    users = matching(call, call.account.users, "name", "email")
    return paging.classic(call, "users", users, lambda each: projection.user(call, each))


def show_user(call: Call) -> Record:
    """Show one user; the calendar URLs only when asked for."""
    record = found(call, call.directory.users, call.parameters["id"])
    return {"user": projection.user(call, record) | _calendars(call, record)}


def _calendars(call: Call, record: Record) -> Record:
    if "calendar_urls" not in call.includes:
        return {}
    return {
        "http_cal_url": f"https://{call.account.subdomain}.pagerduty.com/private/{record['id']}",
        "web_cal_url": f"webcal://{call.account.subdomain}.pagerduty.com/private/{record['id']}",
    }


def show_me(call: Call) -> Record:
    """Show the user whom the credential belongs to."""
    if call.credential.user_id is None:
        raise RefusedError(
            400,
            "Invalid Input Provided",
            2001,
            "This endpoint cannot be used with an account-level access token.",
        )
    record = found(call, call.directory.users, call.credential.user_id)
    return {"user": projection.user(call, record)}


def list_contact_methods(call: Call) -> Record:
    """List a user's contact methods."""
    user = found(call, call.directory.users, call.parameters["id"])
    return {"contact_methods": user["contact_methods"]}


def list_notification_rules(call: Call) -> Record:
    """List a user's notification rules; those of high urgency unless asked otherwise."""
    user = found(call, call.directory.users, call.parameters["id"])
    urgency = call.query.one("urgency") or "high"
    rules = [each for each in user["notification_rules"] if urgency in {"all", each["urgency"]}]
    if "contact_methods" in call.includes:
        methods = {method["id"]: method for method in user["contact_methods"]}
        rules = [
            rule | {"contact_method": methods.get(rule["contact_method"]["id"])}
            if rule.get("contact_method")
            else rule
            for rule in rules
        ]
    return {"notification_rules": rules}


def list_license_allocations(call: Call) -> Record:
    """List since when each user has a licence; the document knows no ``total`` here."""
    return paging.classic(call, "license_allocations", call.account.license_allocations)


def list_oauth_delegations(call: Call) -> Record:
    """List what a user gave access to; the last page names no cursor.

    Raises:
        RefusedError: It asks for a type or a status that there is not.
    """
    user = found(call, call.directory.users, call.parameters["id"])
    kinds, statuses = (
        chosen(call, name, known)
        for name, known in (("delegation_type", DELEGATION_TYPES), ("status", DELEGATION_STATUSES))
    )
    delegations = [
        each
        for each in call.account.oauth_delegations.get(user["id"], [])
        if each["delegation_type"] in kinds and each["status"] in statuses
    ]
    page = paging.cursored(call, "oauth_delegations", delegations)
    if page["next_cursor"] is not None:
        return page | {"more": True}
    return {name: value for name, value in page.items() if name != "next_cursor"} | {"more": False}


def chosen(call: Call, name: str, known: frozenset[str]) -> set[str]:
    """Return which of the *known* values a parameter chooses, apart by commas; all without it.

    Raises:
        RefusedError: It chooses another one.
    """
    wanted = set((call.query.one(name) or ",".join(known)).split(","))
    if not wanted <= known:
        raise invalid(f"{name} must be one of {', '.join(sorted(known))}.")
    return wanted


def list_teams(call: Call) -> Record:
    """List teams."""
    return paging.classic(call, "teams", matching(call, call.account.teams))


def show_team(call: Call) -> Record:
    """Show one team."""
    return {"team": found(call, call.directory.teams, call.parameters["id"])}


def list_members(call: Call) -> Record:
    """List who belongs to a team, and as what."""
    team = found(call, call.directory.teams, call.parameters["id"])["id"]

    def member(user: Record) -> Record:
        role = call.account.team_roles.get((team, user["id"]), "responder")
        return {"user": user if "users" in call.includes else reference(user), "role": role}

    return paging.classic(call, "members", call.directory.members_of_team[team], member)


def list_oncalls(call: Call) -> Record:
    """List who is on call."""
    return paging.classic(
        call, "oncalls", oncalls.rows(call), lambda row: oncalls.expanded(call, row)
    )
