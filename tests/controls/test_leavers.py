"""PD-45: is every user on the personnel list, and are leavers gone?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pdsec_checks.configuration.roster import Roster
from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources.roster import MARK
from tests.controls.helpers import altered, only
from tests.simulator import accounts, run
from tests.simulator.builders import a_user
from tests.simulator.records import ABSENT, Record
from tests.support import reading
from tests.support.judged import CONTROLS, NOW, a_snapshot, inspect, refused, verdicts
from tests.support.pseudonyms import redact_answers
from tests.support.rosters import a_roster, compared

CONTROL = "PD-45"
ADDRESS = "ada.quill@acme.example"
ADA = a_user("Ada Quill", id="PADA", email=ADDRESS)
LIST = a_roster(ADDRESS)


def judged(user: Record, roster: Roster | None = LIST, as_of: datetime = NOW) -> Finding:
    """Return what is found of one user."""
    return only(compared(a_snapshot(as_of, users=[user]), roster), CONTROL)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        (ADDRESS, "pass"),
        (ADDRESS.upper(), "pass"),
        ("ada@acme.example", "fail"),
        ("ada.quill@other.example", "fail"),
        *[(each, "error") for each in (ABSENT, None, 5, "", "ada.quill", "@acme.example", "ada@")],
    ],
)
def test_every_user_is_on_the_list(email: Any, expected: str) -> None:
    """By address alone, whatever its case; one without an address cannot be compared."""
    assert judged(altered(ADA, "email", email)).status.value == expected


@pytest.mark.parametrize(
    "fields",
    [{"invitation_sent": True}, {"role": "read_only_user"}, {"role": "owner"}, {"role": "odd"}],
)
def test_whoever_is_a_user_is_judged(fields: dict[str, Any]) -> None:
    """Open invitations and stakeholders included."""
    assert judged(ADA | fields).status.value == "pass"
    assert judged(ADA | fields, a_roster("ben@acme.example")).cause == "not-listed"


@pytest.mark.parametrize(
    ("until", "day", "expected"),
    [
        ("2026-11-23", datetime(2026, 11, 23, 23, 59, tzinfo=UTC), "pass"),
        ("2026-11-23", datetime(2026, 11, 24, 0, 0, tzinfo=UTC), "fail"),
        ("2027-01-01", NOW, "pass"),
        ("2026-11-22", NOW, "fail"),
    ],
)
def test_until_is_the_last_day_on_which_somebody_belongs(
    until: str, day: datetime, expected: str
) -> None:
    """It counts from the moment of the account, in UTC."""
    found = judged(ADA, a_roster(f"{ADDRESS},{until}", columns="email,until"), day)

    assert found.status.value == expected
    assert found.evidence["last_day"] == until
    if expected == "fail":
        assert found.cause == "left"
        assert found.message.endswith(f"the personnel list has the person until {until}")


def test_the_kindest_of_several_rows_counts() -> None:
    """Somebody who left, and came back or has another contract, belongs."""
    rows = [f"{ADDRESS},2025-12-31", f"{ADDRESS},"]

    assert judged(ADA, a_roster(*rows, columns="email,until")).status.value == "pass"


def test_services_belong_like_people() -> None:
    """The evidence says which is which, and how many people have no account."""
    rows = [f"{ADDRESS},service", "ben@acme.example,person", "cy@acme.example,"]
    found = judged(ADA, a_roster(*rows, columns="email,kind"))

    assert found.status.value == "pass"
    assert found.evidence == {"kind": "service", "people_without_account": 2}


def test_no_finding_holds_an_address_or_a_part_of_one() -> None:
    """Neither of a user who is on the list, nor of one who is not."""
    stranger = a_user("Ben Rook", id="PBEN", email="private.name@mail.example")
    found = inspect(compared(a_snapshot(users=[ADA, stranger]), LIST), CONTROL)

    assert [each.status.value for each in found] == ["pass", "fail"]
    for text in ("private.name", "ada.quill", "mail.example", "acme.example"):
        assert text not in repr(found)


def test_without_a_list_one_row_asks_for_one() -> None:
    """It is manual, about the account, and says how to name the list."""
    found = judged(ADA, None)

    assert (found.resource.id, found.status.value) == ("account", "manual")
    assert found.cause == "no-roster"
    assert "--roster" in found.message
    assert found.evidence == {"users": 1}


def test_it_costs_no_request_of_its_own() -> None:
    """The list of users is all that it reads of the account."""
    assert set(CONTROLS[CONTROL].control.needs) == {"users"}


def test_nothing_there_and_unreadable() -> None:
    """No user is nothing to judge, a refused list an error, with a personnel list and without."""
    for roster in (None, LIST):
        nobody: Snapshot = compared(a_snapshot(), roster)
        unread = compared(a_snapshot(users=refused()), roster)

        assert only(nobody, CONTROL).status.value == "not_applicable"
        assert only(unread, CONTROL).status.value == "error"


@pytest.mark.parametrize(
    "mark",
    [ABSENT, 5, {}, {"entry": 1, "until": "soon", "kind": "person"}, {"entry": 1, "until": None}],
)
def test_what_is_no_comparison_is_an_error(mark: Any) -> None:
    """A user who was not compared is neither a leaver nor somebody who belongs."""
    snapshot = compared(a_snapshot(users=[ADA]), LIST)
    snapshot.data["users"] = [altered(snapshot.records("users")[0], MARK, mark)]

    assert only(snapshot, CONTROL).status.value == "error"


def test_a_user_who_cannot_be_named_is_an_error_of_the_account() -> None:
    """Others are judged all the same."""
    snapshot = compared(a_snapshot(users=[ADA, altered(ADA, "id", None)]), LIST)

    assert verdicts(snapshot, CONTROL) == {"PADA": "pass", "account": "error"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f"{ADDRESS},2026-11-22", "error"),
        (f"{ADDRESS},2027-11-22", "error"),
        (f"{ADDRESS},", "pass"),
        ("ben@acme.example,", "fail"),
    ],
)
def test_a_broken_clock_leaves_open_whose_last_day_is_over(row: str, expected: str) -> None:
    """Whoever has none belongs, or does not, on every day."""
    snapshot = compared(a_snapshot(users=[ADA]), a_roster(row, columns="email,until"))
    snapshot.clock = "the clocks differ"

    assert only(snapshot, CONTROL).status.value == expected


@pytest.mark.parametrize("roster", [a_roster(ADDRESS), None])
def test_a_recording_with_pseudonyms_is_an_error(
    monkeypatch: pytest.MonkeyPatch, roster: Roster | None
) -> None:
    """Its addresses are on no list, so that everybody would seem to have left."""
    with run(accounts.demo_compliant(NOW)) as simulator:
        redact_answers(monkeypatch)
        snapshot = reading.read(simulator, ("users",), roster=roster)

    found = inspect(snapshot, CONTROL)

    assert {each.status.value for each in found} == {"error"}
    assert "pseudonyms" in found[0].message
