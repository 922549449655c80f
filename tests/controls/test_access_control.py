"""PD-02, PD-03, PD-04 and PD-24: who may do what?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.controls.helpers import ADA, BEN, NO_RECORDS, OWNER, altered, only, status, unfit
from tests.simulator.builders import a_team, a_user
from tests.simulator.records import ABSENT, Record
from tests.support.judged import a_snapshot, refused, verdicts

STAKEHOLDERS = ["read_only_user", "read_only_limited_user"]
RESPONDERS = ["owner", "admin", "user", "limited_user", "observer", "restricted_access"]


def people(total: int, privileged: int, **fields: Any) -> list[Record]:
    """Return *total* users; the first of the *privileged* is the owner, the others are admins."""
    roles = ["owner", *["admin"] * (privileged - 1), *["user"] * (total - privileged)]
    return [a_user(f"User {n}", role, **fields) for n, role in enumerate(roles)]


@pytest.mark.parametrize(
    ("total", "privileged", "verdict"),
    [
        (1, 1, "pass"),
        (3, 3, "pass"),
        (10, 3, "pass"),
        (10, 4, "fail"),
        (30, 3, "pass"),
        (30, 4, "fail"),
        (31, 4, "pass"),
        (31, 5, "fail"),
        (40, 4, "pass"),
        (40, 5, "fail"),
        (41, 5, "pass"),
        (100, 10, "pass"),
        (100, 11, "fail"),
        (101, 11, "pass"),
    ],
)
def test_privileged_users_are_at_most_ten_percent(
    total: int, privileged: int, verdict: str
) -> None:
    """PD-02 allows three privileged users, or ten percent of all users rounded up."""
    snapshot = a_snapshot(users=people(total, privileged))

    assert verdicts(snapshot, "PD-02") == {"account": verdict}


@pytest.mark.parametrize(
    ("thresholds", "verdict"),
    [
        ({"min_admins": 4}, "fail"),
        ({"min_admins": 5}, "pass"),
        ({"max_admin_percent": 19}, "fail"),
        ({"max_admin_percent": 20}, "pass"),
        ({"min_admins": 0, "max_admin_percent": 0}, "fail"),
    ],
)
def test_limits_of_privileged_users_may_be_set(thresholds: dict[str, Any], verdict: str) -> None:
    """PD-02 takes min_admins and max_admin_percent from the baseline: five of twenty-one."""
    assert status(a_snapshot(users=people(21, 5)), "PD-02", **thresholds) == verdict


def test_percentage_is_not_blurred_by_binary_fractions() -> None:
    """PD-02 allows 7 of 100 users at 7 %, not 8 as binary arithmetic would have it."""
    limits = {"min_admins": 0, "max_admin_percent": 7}

    assert status(a_snapshot(users=people(100, 7)), "PD-02", **limits) == "pass"
    assert status(a_snapshot(users=people(100, 8)), "PD-02", **limits) == "fail"


def test_pending_users_are_privileged_too() -> None:
    """PD-02 counts privileged users whose invitation is still open, and pending users in all."""
    pending = people(30, 4, invitation_sent=True)
    more_pending = [*people(30, 4), a_user("New", invitation_sent=True)]

    assert status(a_snapshot(users=pending), "PD-02") == "fail"
    assert status(a_snapshot(users=more_pending), "PD-02") == "pass"


def test_privileged_users_are_named_in_the_evidence() -> None:
    """PD-02 gives the ids of the privileged users and the count per role."""
    users = [OWNER, a_user("Abe", "admin", id="PABE"), ADA, BEN, a_user("Ro", "observer")]

    evidence = only(a_snapshot(users=users), "PD-02").evidence

    assert ["PABE", "POWNER"] in evidence.values()
    assert {"admin": 1, "observer": 1, "owner": 1, "user": 2} in evidence.values()


@pytest.mark.parametrize("control", ["PD-02", "PD-03"])
def test_no_visible_users_are_an_error(control: str) -> None:
    """PD-02 and PD-03 are errors for the account when the credential sees no user."""
    assert verdicts(a_snapshot(), control) == {"account": "error"}


@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
@pytest.mark.parametrize("control", ["PD-02", "PD-03", "PD-04", "PD-24"])
def test_refused_users_are_an_error(control: str, code: int | None) -> None:
    """Controls about users have one error row for the account when users are refused."""
    assert verdicts(a_snapshot(users=refused(code)), control) == {"account": "error"}


TWO_OWNERS = [OWNER, a_user("Otto Other", "owner", id="POTHER")]


@pytest.mark.parametrize(("path", "value"), unfit("role"))
@pytest.mark.parametrize(
    ("control", "others", "verdict"),
    [
        ("PD-02", people(9, 3), "error"),
        ("PD-02", people(8, 2), "pass"),
        ("PD-02", people(9, 4), "fail"),
        ("PD-03", [OWNER, BEN], "error"),
        ("PD-03", [BEN], "error"),
        ("PD-03", TWO_OWNERS, "fail"),
        ("PD-24", [OWNER, BEN], "manual"),
    ],
)
def test_role_that_cannot_be_read_is_an_error_where_it_decides(
    control: str, others: list[Record], verdict: str, path: str, value: Any
) -> None:
    """One user without a role costs a verdict that the role could change, and no other one."""
    users = [*others, altered(ADA, path, value)]

    assert status(a_snapshot(users=users), control) == verdict


def test_unknown_roles_are_counted_as_unknown() -> None:
    """PD-24 counts a user whose role cannot be read, as one whose role is unknown."""
    users = [OWNER, BEN, altered(ADA, "role", "emperor")]

    assert {"owner": 1, "unknown": 1, "user": 1} in only(
        a_snapshot(users=users), "PD-24"
    ).evidence.values()


ADMIN = a_user("Abe Admin", "admin", id="PABE")


@pytest.mark.parametrize(
    ("control", "users", "named"),
    [
        ("PD-02", [*TWO_OWNERS, ADMIN, ADA], [*TWO_OWNERS, ADMIN]),
        ("PD-03", [*TWO_OWNERS, ADMIN, ADA], TWO_OWNERS),
    ],
)
def test_people_who_count_are_named(control: str, users: list[Record], named: list[Record]) -> None:
    """PD-02 and PD-03 name those who count, in the message and, with id and link, as evidence."""
    found = only(a_snapshot(users=users), control, min_admins=1)

    assert found.status.value == "fail"
    for user in users:
        is_named = user in named
        assert (user["name"] in found.message) is is_named
        assert (user["id"] in found.message) is is_named
        for part in ("name", "id", "html_url"):
            assert (user[part] in str(found.evidence)) is is_named


def test_message_names_the_first_of_many() -> None:
    """PD-02 names ten of twelve privileged users, says how many more, and shows all as evidence."""
    users = [a_user(f"Admin {n:02}", "admin", id=f"PADMIN{n:02}") for n in range(12)]

    found = only(a_snapshot(users=users), "PD-02")

    assert [user["id"] in found.message for user in users] == [True] * 10 + [False] * 2
    assert "and 2 more" in found.message
    assert all(user["id"] in str(found.evidence) for user in users)


@pytest.mark.parametrize("field", ["name", "summary", "html_url"])
def test_people_are_named_as_far_as_they_can_be(field: str) -> None:
    """PD-03 fails with two owners although one of them came without a name or a link."""
    users = [OWNER, altered(TWO_OWNERS[1], field, ABSENT)]

    found = only(a_snapshot(users=users), "PD-03")

    assert found.status.value == "fail"
    assert "POTHER" in found.message


def test_privileged_user_without_id_counts() -> None:
    """PD-02 counts an admin who came without an id, and does not hide the others."""
    users = [*people(9, 3), altered(ADMIN, "id", ABSENT)]

    found = only(a_snapshot(users=users), "PD-02")

    assert found.status.value == "fail"
    assert "Abe Admin" in found.message


def test_one_owner_passes() -> None:
    """PD-03 passes with exactly one owner."""
    assert verdicts(a_snapshot(users=[ADA, OWNER, BEN]), "PD-03") == {"account": "pass"}


def test_two_owners_fail_and_are_named() -> None:
    """PD-03 fails with two owners, and its message names both."""
    second = a_user("Otto Other", "owner", id="POTHER")

    found = only(a_snapshot(users=[OWNER, ADA, second]), "PD-03")

    assert found.status.value == "fail"
    assert "Olga Owner" in found.message
    assert "Otto Other" in found.message


def test_no_visible_owner_is_an_error() -> None:
    """PD-03 is an error, not a finding, when no owner is among the visible users."""
    assert status(a_snapshot(users=[ADA, BEN]), "PD-03") == "error"


@pytest.mark.parametrize("role", RESPONDERS)
def test_user_needs_a_team(role: str) -> None:
    """PD-04 fails each user without a team who is no stakeholder, and passes one with a team."""
    users = [
        a_user("In", role, id="PIN", teams=["PTEAM"]),
        a_user("Out", role, id="POUT"),
    ]

    found = verdicts(a_snapshot(users=users, teams=[a_team(id="PTEAM")]), "PD-04")

    assert found == {"PIN": "pass", "POUT": "fail"}


def test_pending_user_needs_a_team_too() -> None:
    """PD-04 judges users whose invitation is still open."""
    assert status(a_snapshot(users=[a_user(invitation_sent=True)]), "PD-04") == "fail"


@pytest.mark.parametrize("role", STAKEHOLDERS)
def test_stakeholder_needs_no_team(role: str) -> None:
    """PD-04 does not apply to stakeholders."""
    assert status(a_snapshot(users=[a_user(role=role)]), "PD-04") == "not_applicable"


@pytest.mark.parametrize(
    "data", [{"abilities": ["sso"]}, {"teams": refused(402)}], ids=["ability", "402"]
)
def test_plan_without_teams_needs_none(data: dict[str, Any]) -> None:
    """PD-04 does not apply to an account whose plan has no teams: one row for the account."""
    found = verdicts(a_snapshot(users=[ADA, a_user("Out")], **data), "PD-04")

    assert found == {"account": "not_applicable"}


def test_teams_are_judged_without_abilities() -> None:
    """PD-04 is judged when abilities are refused and teams can be read."""
    snapshot = a_snapshot(users=[ADA, a_user("Out", id="POUT")], abilities=refused(403))

    assert verdicts(snapshot, "PD-04") == {"PADA": "pass", "POUT": "fail"}


@pytest.mark.parametrize("code", [401, 403, 500, None])
def test_refused_teams_are_an_error_for_each_user(code: int | None) -> None:
    """PD-04 has an error row for each user when teams are refused."""
    snapshot = a_snapshot(users=[ADA, BEN], teams=refused(code))

    assert verdicts(snapshot, "PD-04") == {"PADA": "error", "PBEN": "error"}


@pytest.mark.parametrize(("path", "value"), unfit("role", "teams", "teams.0.id"))
def test_user_whose_teams_are_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-04 is an error for the user whose record is broken, and only for that one."""
    snapshot = a_snapshot(users=[altered(ADA, path, value), BEN])

    assert verdicts(snapshot, "PD-04") == {"PADA": "error", "PBEN": "pass"}


@pytest.mark.parametrize("broken", NO_RECORDS)
def test_broken_team_costs_nothing_beside_another_one(broken: Any) -> None:
    """PD-04 passes by one team that can be read, whatever else stands in the list."""
    user = altered(ADA, "teams", [broken, *ADA["teams"]])

    assert verdicts(a_snapshot(users=[user]), "PD-04") == {"PADA": "pass"}


@pytest.mark.parametrize("restriction", [[], ["sso"]])
@pytest.mark.parametrize("ability", ["advanced_reports", "team_analytics_v2", "insights_api"])
def test_analytics_that_nothing_restricts_fail(ability: str, restriction: list[str]) -> None:
    """PD-24 fails when the plan has analytics and nothing that restricts who sees them."""
    snapshot = a_snapshot(users=[OWNER], abilities=[ability, *restriction])

    assert verdicts(snapshot, "PD-24") == {"account": "fail"}


@pytest.mark.parametrize(
    "ability", ["advanced_permissions", "permissions_service", "read_only_users"]
)
def test_analytics_that_can_be_restricted_are_manual(ability: str) -> None:
    """PD-24 is manual when something can restrict analytics, with the count per role."""
    snapshot = a_snapshot(users=[OWNER, ADA, BEN], abilities=["advanced_reports", ability])

    found = only(snapshot, "PD-24")

    assert found.status.value == "manual"
    assert {"owner": 1, "user": 2} in found.evidence.values()


def test_plan_without_analytics_restricts_nothing() -> None:
    """PD-24 does not apply to a plan without analytics."""
    snapshot = a_snapshot(users=[OWNER], abilities=["sso", "read_only_users"])

    assert verdicts(snapshot, "PD-24") == {"account": "not_applicable"}


@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
def test_refused_abilities_hide_whether_analytics_are_restricted(code: int | None) -> None:
    """PD-24 is an error when abilities are refused."""
    snapshot = a_snapshot(users=[OWNER], abilities=refused(code))

    assert verdicts(snapshot, "PD-24") == {"account": "error"}


# PD-37

CHIEF = a_user("Zoe Chief", "admin", id="PZOE")
GUEST_ADMIN = a_user("Gus Guest", "admin", id="PGUS", invitation_sent=True)


@pytest.mark.parametrize(
    ("users", "thresholds", "expected"),
    [
        ([OWNER, CHIEF], {}, "pass"),
        ([CHIEF, a_user("Kim", "admin", id="PKIM")], {}, "pass"),
        ([OWNER], {}, "fail"),
        ([OWNER, ADA, BEN], {}, "fail"),
        ([OWNER, GUEST_ADMIN], {}, "fail"),
        ([ADA], {}, "fail"),
        ([OWNER, CHIEF], {"min_administrators": 3}, "fail"),
        ([OWNER], {"min_administrators": 1}, "pass"),
        ([], {}, "error"),
        ([OWNER, altered(CHIEF, "role", "odd")], {}, "error"),
        ([OWNER, altered(CHIEF, "invitation_sent", ABSENT)], {}, "error"),
        ([OWNER, CHIEF, altered(ADA, "role", "odd")], {}, "pass"),
        ([OWNER, altered(GUEST_ADMIN, "role", "odd")], {}, "fail"),
        ([OWNER, altered(ADA, "invitation_sent", ABSENT)], {}, "fail"),
    ],
)
def test_two_people_administer_the_account(
    users: list[Record], thresholds: dict[str, Any], expected: str
) -> None:
    """PD-37 counts owners and admins who accepted their invitation; what is unknown decides not."""
    assert status(a_snapshot(users=users), "PD-37", **thresholds) == expected


def test_more_administrators_than_may_be_are_said_to_be_a_contradiction() -> None:
    """PD-37 is no configuration error where PD-02 allows fewer: its evidence says so."""
    found = only(a_snapshot(users=[OWNER, CHIEF]), "PD-37", min_administrators=4)
    usual = only(a_snapshot(users=[OWNER, CHIEF]), "PD-37")

    assert found.evidence["contradiction"] == "PD-02 allows 3 privileged users at most"
    assert found.evidence["administrators"] == ["POWNER", "PZOE"]
    assert "contradiction" not in usual.evidence


def test_refused_users_leave_the_administrators_unknown() -> None:
    """PD-37 is an error without the list of users."""
    assert status(a_snapshot(users=refused()), "PD-37") == "error"
