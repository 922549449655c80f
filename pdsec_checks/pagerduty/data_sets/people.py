"""People: abilities of the plan, teams, users, who is on call, how long sessions last."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import NotOnTapeError, UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import ONE, Amount, listed, pages
from pdsec_checks.pagerduty.data_sets.data_set import Asked, DataSet, Reading, looked_up
from pdsec_checks.pagerduty.data_sets.fields import PERSON, REFERENCE, RESOURCE, TEAM, keep
from pdsec_checks.resources import PRIVILEGED_ROLES, User
from pdsec_checks.resources.credentials import HIDDEN
from pdsec_checks.resources.kept import ALL


def read_abilities(reading: Reading) -> list[str]:
    """Read the names of what the plan can do (operationId ``listAbilities``)."""
    answer = reading.source.get("/abilities")
    abilities = answer.get("abilities")
    if not isinstance(abilities, list) or not all(isinstance(each, str) for each in abilities):
        raise UnavailableError("/abilities", "the answer has no list 'abilities'")
    return sorted(set(abilities))


ABILITIES = DataSet(
    name="abilities",
    path="/abilities",
    scopes=("abilities.read",),
    read=read_abilities,
    kept=ALL,
    amount=ONE,
    asked=Asked.WHOLE,
)


def read_teams(reading: Reading) -> list[Record]:
    """Read every team (operationId ``listTeams``)."""
    return paging.classic(reading.source, "/teams", "teams")


TEAMS = DataSet(
    name="teams",
    path="/teams",
    scopes=("teams.read",),
    read=read_teams,
    kept=REFERENCE | keep("html_url"),
    amount=listed("teams", lambda size: size.teams),
)


def by_team(reading: Reading, path: str, key: str, **params: Any) -> list[Record]:
    """Return every record of a list; one that is too long is read team by team."""

    def teams() -> list[Record]:
        return reading.records("teams") if "teams" in reading.planned else read_teams(reading)

    return paging.sliced_by_team(reading.source, path, key, teams, **params)


WIDER = ("maintenance_windows",)
"""What is read where somebody asks whether the phone rings, which takes fields that no other
question needs; whoever does not ask it sends the requests that older recordings hold."""


def with_further(
    reading: Reading, path: str, key: str, include: list[str], further: str
) -> list[Record]:
    """Return every record of a list that includes what *include* names.

    And *further*, beside ``WIDER``: a recording from before that holds the list without it, which
    then does; the records lack a field.
    """
    if reading.planned.issuperset(WIDER):
        try:
            return by_team(reading, path, key, **{"include[]": [*include, further]})
        except NotOnTapeError:
            pass
    return by_team(reading, path, key, **({"include[]": include} if include else {}))


def read_users(reading: Reading) -> list[Record]:
    """Read users with contact methods and notification rules (operationId ``listUsers``).

    They are compared with the personnel list here, where their addresses are at hand: of these
    only the domain stays, unless controls of an organisation's own read whole records.
    """
    include = ["contact_methods", "notification_rules"]
    found = by_team(reading, "/users", "users", **{"include[]": include})
    if reading.roster is not None:
        found = list(map(reading.roster.marked, found))
    return list(map(with_domain, found)) if "users" in reading.kept else found


def with_domain(user: Record) -> Record:
    """Return a user of whose mail address only the domain is told."""
    email = user.get("email")
    if not isinstance(email, str):
        return user
    local, _, domain = email.rpartition("@")
    return {**user, "email": f"{local and HIDDEN}@{domain}" if local or domain else email}


USERS = DataSet(
    name="users",
    path="/users",
    scopes=("users.read", "users:contact_methods.read"),
    read=read_users,
    kept=RESOURCE
    | keep(
        "role",
        "email",
        "invitation_sent",
        "created_via_sso",
        teams=TEAM,
        contact_methods=REFERENCE | keep("enabled", "blacklisted"),
        notification_rules=keep(
            *("type", "urgency", "start_delay_in_minutes"), contact_method=REFERENCE
        ),
    ),
    amount=listed("users", lambda size: size.users),
)

ROW = ("user", "escalation_policy", "escalation_level", "schedule", "start", "end")
"""What tells one row of ``/oncalls`` from another."""


def read_oncalls(reading: Reading) -> list[Record]:
    """Read who is on call now (operationId ``listOnCalls``); the rows have no id."""
    return paging.classic(reading.source, "/oncalls", "oncalls", key_of=row_key)


def row_key(row: Record) -> tuple[str, ...]:
    """Return what tells a row from others: one read twice must not make up for a lost one."""
    return tuple(map(row_part, map(row.get, ROW)))


def row_part(value: Any) -> str:
    """Return one part of what tells rows apart: the id of a reference, or the value itself."""
    return str(value.get("id") if isinstance(value, dict) else value)


ONCALLS = DataSet(
    name="oncalls",
    path="/oncalls",
    scopes=("oncalls.read",),
    read=read_oncalls,
    kept=keep(
        *("escalation_level", "start", "end"),
        user=RESOURCE | PERSON,
        escalation_policy=RESOURCE,
        schedule=RESOURCE,
    ),
    amount=listed("people on call on a level", lambda size: 2 * size.policies),
)


def read_license_allocations(reading: Reading) -> list[Record]:
    """Read since when users have a licence, where an invitation is open.

    The operationId is ``listLicenseAllocations``; it never says how many there are.
    """
    users = reading.views(User, USERS.name)
    if all(user.shown("invitation_sent", bool) is False for user in users):
        return []
    path, key = LICENSE_ALLOCATIONS.path, LICENSE_ALLOCATIONS.name
    return paging.in_turn(reading.source, path, key, key_of=allocation_key)


def allocation_key(allocation: Record) -> tuple[str, ...]:
    """Return what tells an allocation from others; it has no id."""
    return row_part(allocation.get("user")), row_part(allocation.get("allocated_at"))


LICENSE_ALLOCATIONS = DataSet(
    name="license_allocations",
    path="/license_allocations",
    scopes=("licenses.read",),
    read=read_license_allocations,
    kept=keep("allocated_at", user=REFERENCE),
    amount=Amount(
        "1 for each 100 users, where an invitation is open",
        lambda size: pages(size.users),
        may_be_spared=True,
    ),
    after=("users",),
)


def read_session_configurations(reading: Reading) -> list[Record]:
    """Read how long sessions last (operationId ``getSessionConfigurations``); they have no id."""
    path = "/session_configurations"
    return paging.rows(path, reading.source.get(path), "session_configurations")


SESSION_CONFIGURATIONS = DataSet(
    name="session_configurations",
    path="/session_configurations",
    scopes=("session_configurations.read",),
    read=read_session_configurations,
    kept=keep("type", "idle_session_ttl", "absolute_session_ttl"),
    amount=ONE,
    asked=Asked.WHOLE,
    none_if=HTTPStatus.NOT_FOUND,
)


def read_oauth_delegations(reading: Reading) -> list[Record]:
    """Look up to which clients owners and global admins gave access.

    The operationId is ``listUserDelegations``. Returns ``{"id": user, "oauth_delegations": found}``
    for each, with the reason in place of the grants where the look-up failed.
    """

    def look_up(user: Record) -> Record:
        found = paging.cursored(
            reading.source,
            OAUTH_DELEGATIONS.path_for(user),
            OAUTH_DELEGATIONS.name,
            delegation_type="integration",
            status="issued",
        )
        return {OAUTH_DELEGATIONS.name: found}

    users = reading.views(User, USERS.name)
    return looked_up(reading, (each.record for each in users if may_be_asked_for(each)), look_up)


def may_be_asked_for(user: User) -> bool:
    """Tell whether a user is surely an owner or a global admin, and has an id to ask by."""
    return user.shown("role", str) in PRIVILEGED_ROLES and user.shown("id", str) is not None


OAUTH_DELEGATIONS = DataSet(
    name="oauth_delegations",
    path="/users/{id}/oauth_delegations",
    scopes=("oauth_delegations.read",),
    read=read_oauth_delegations,
    kept=REFERENCE
    | keep("client_id", "scope", "created_at", "expires_at", "status", "delegation_type"),
    amount=Amount("1 for each owner and global admin", lambda size: privileged_among(size.users)),
    after=("users",),
)


def privileged_among(users: int) -> int:
    """Return how many owners and global admins an example of so many users has: a few."""
    return min(users, Baseline().min_admins)
