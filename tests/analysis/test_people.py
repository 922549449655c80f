"""People: who is still there, who was deleted, and whom PagerDuty can page."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pdsec_checks.analysis.certainty import Guess
from pdsec_checks.analysis.people import (
    People,
    cannot_respond,
    deleted_among,
    named_people,
    participants,
    people_as_evidence,
)
from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.resources import ById, Member, Reference, User

DAY = "2026-09-01T10:00:00Z"


def a_user(user_id: str = "U1", **changed: Any) -> User:
    """Return a user who can be notified, but for what is *changed*."""
    return User({"id": user_id, "name": "Ann", "role": "user", "invitation_sent": False, **changed})


def somebody(user_id: object = "U1", **fields: Any) -> Reference:
    """Return a reference to a person."""
    return Reference({"id": user_id, **fields}, "a target")


def people(*users: User, **deleted: str) -> People:
    """Return what is known of an account's people; *deleted* were seen so somewhere."""
    return People(lambda: ById(users), deleted)


def refused() -> ById[User]:
    """Stand for a list of users that PagerDuty would not hand out."""
    raise UnavailableError("/users", "HTTP 403", 403)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({}, None),
        ({"deleted_at": None}, None),
        ({"deleted_at": DAY}, "2026-09-01"),
        ({"deleted_at": "2026-09-01"}, "2026-09-01"),
        ({"deleted_at": ""}, "an unknown day"),
        ({"deleted_at": "yes"}, "an unknown day"),
    ],
)
def test_reference_says_when_somebody_was_deleted(fields: dict[str, Any], day: str | None) -> None:
    """A null says that somebody lives; any text says that they do not."""
    assert people(a_user()).deleted_on(somebody(**fields)) == day


@pytest.mark.parametrize("value", [True, 5, {}, []])
def test_day_of_another_type_says_nothing(value: object) -> None:
    """What is neither a text nor a null may mean anything, and is an error that says where."""
    with pytest.raises(MalformedRecordError, match=r"a target: .*'deleted_at'"):
        people().deleted_on(somebody(deleted_at=value))


def test_seen_deleted_in_one_place_is_deleted_everywhere() -> None:
    """A person whom another record shows as deleted is so, unless the user list has them."""
    gone = {"U1": "2026-09-01"}

    assert People(lambda: ById(()), gone).deleted_on(somebody()) == "2026-09-01"
    assert People(refused, gone).deleted_on(somebody()) == "2026-09-01"
    assert People(lambda: ById([a_user()]), gone).deleted_on(somebody()) is None


def test_deleted_people_are_collected_from_what_can_be_read() -> None:
    """A broken reference takes away nothing from the others; a schedule is no person."""
    found = deleted_among(
        [
            somebody("U1", deleted_at=DAY),
            somebody("U2", deleted_at=None),
            somebody("U3", deleted_at=5),
            somebody(None, deleted_at=DAY),
            somebody("U4"),
            somebody("S1", deleted_at=DAY, type="schedule_reference"),
            somebody("S2", deleted_at=DAY, type="schedule_v3_reference"),
        ]
    )

    assert found == {"U1": "2026-09-01"}


def test_somebody_is_there_only_where_the_user_list_says_so() -> None:
    """The deleted are not there; whom the list lacks, or a refused one may have, is unknown."""
    known = people(a_user())

    assert known.is_there(somebody())
    assert not known.is_there(somebody("U9", deleted_at=DAY))
    assert not People(refused).is_there(somebody(deleted_at=DAY))
    with pytest.raises(InspectionError, match="user U9 is not in the user list"):
        known.is_there(somebody("U9"))
    with pytest.raises(UnavailableError, match="/users"):
        People(refused).is_there(somebody())


@pytest.mark.parametrize("user_id", [None, 5, {}])
def test_reference_without_an_id_is_nobody_that_is_known(user_id: object) -> None:
    """Who cannot be told apart is neither there nor gone."""
    with pytest.raises(MalformedRecordError, match="'id'"):
        people(a_user()).is_there(somebody(user_id))


def test_list_with_a_user_without_id_may_have_anybody() -> None:
    """Where one user of the list came without an id, nobody is surely missing from it."""
    known = people(a_user(), a_user(None))  # type: ignore[arg-type]  # what is broken about it

    assert known.is_there(somebody("U1"))
    with pytest.raises(MalformedRecordError, match="'id'"):
        known.is_there(somebody("U9"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"role": "owner"}, None),
        ({"invitation_sent": True}, "has not accepted the invitation"),
        ({"role": "read_only_user"}, "is a stakeholder (read_only_user)"),
        ({"role": "read_only_limited_user"}, "is a stakeholder (read_only_limited_user)"),
    ],
)
def test_users_respond_unless_invited_or_stakeholders(
    changed: dict[str, Any], reason: str | None
) -> None:
    """Open invitations and stakeholders cannot be paged; everybody else can."""
    found = cannot_respond(a_user(**changed))

    assert found is None if reason is None else found is not None and found.startswith(reason)


def test_pending_user_is_reached_by_mail_alone() -> None:
    """PagerDuty does notify somebody who has not accepted, by e-mail, and the reason says so."""
    assert "only e-mail" in (cannot_respond(a_user(invitation_sent=True)) or "")


@pytest.mark.parametrize("field", ["role", "invitation_sent"])
def test_user_who_does_not_say_what_decides_is_unknown(field: str) -> None:
    """A user who came without role or invitation is neither silent nor loud."""
    with pytest.raises(MalformedRecordError, match=field):
        cannot_respond(User({**a_user().record, field: None}))


def member(user_id: str, problem: str = "", **fields: Any) -> Member:
    """Return somebody who takes turns."""
    return Member(somebody(user_id, **fields), MalformedRecordError(problem) if problem else None)


def unreadable(*, is_many: bool = False) -> Member:
    """Return turns of which nobody can tell whose they are."""
    return Member(None, MalformedRecordError("broken"), is_many=is_many)


@pytest.mark.parametrize(
    ("members", "worst", "best"),
    [
        ([], 0, 0),
        ([member("U1"), member("U1")], 1, 1),
        ([member("U1"), member("U2")], 2, 2),
        ([member("U1"), member("U2", deleted_at=DAY)], 1, 1),
        ([member("U1"), member("U9")], 1, 2),
        ([member("U9"), member("U9")], 0, 1),
        ([member("U1"), member("U2", "does it run?")], 1, 2),
        ([member("U1"), member("U2", "does it run?", deleted_at=DAY)], 1, 1),
        ([member("U1"), member("U1", "does it run?")], 1, 1),
        ([member("U1"), unreadable()], 1, 2),
        ([unreadable(), unreadable()], 0, 2),
        ([unreadable(is_many=True)], 0, math.inf),
    ],
)
def test_participants_are_counted_both_ways(
    members: list[Member], worst: float, best: float
) -> None:
    """Whoever is unknown counts as nobody or as one more; a lost list of them as any number."""
    known = people(a_user(), a_user("U2"))

    assert participants(members, known, Guess(for_the_better=False))[1] == worst
    assert participants(members, known, Guess(for_the_better=True))[1] == best


def test_people_are_named_by_what_the_user_list_says_of_them() -> None:
    """A bare reference has no name; the user has, and a link."""
    known = people(a_user(html_url="https://acme.pagerduty.com/users/U1"))
    references = [somebody("U9", summary="Gus"), somebody("U1")]

    assert named_people(references, known) == "user 'Ann' (U1), user 'Gus' (U9)"
    assert len(named_people([somebody("U8", summary="x" * 999)], known)) < 200
    assert people_as_evidence(references, known) == [
        {"id": "U1", "name": "Ann", "url": "https://acme.pagerduty.com/users/U1"},
        {"id": "U9", "name": "Gus", "url": None},
    ]
