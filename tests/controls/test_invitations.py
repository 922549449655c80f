"""PD-43: are invitations taken up, or withdrawn?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Record
from pdsec_checks.pagerduty import plan
from pdsec_checks.pagerduty.data_sets.amount import Size
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, NO_RECORDS, WRONG, altered, before, inspect_by_id, only
from tests.simulator import Account, Fault, Simulator, run
from tests.simulator.builders import a_license_allocation, a_user
from tests.simulator.records import ABSENT
from tests.support import reading
from tests.support.judged import NOW, a_snapshot, refused, verdicts
from tests.support.pseudonyms import redact_answers

GUEST = a_user("Gil Guest", id="PGUEST", invitation_sent=True)
OTHER = a_user("Ola Other", id="POTHER", invitation_sent=True)


def licence(days: float, user: Record = GUEST, seconds: float = 0) -> Record:
    """Return that a user has a licence since so many days before as_of."""
    return a_license_allocation(user, before(days, seconds))


def judged(*licences: Any, users: Any = (GUEST,), **thresholds: Any) -> Finding:
    """Return the one finding of an account with these users and licences."""
    snapshot = a_snapshot(users=list(users), license_allocations=list(licences))
    return only(snapshot, "PD-43", **thresholds)


@pytest.mark.parametrize(
    ("days", "seconds", "expected"),
    [(0, 0, "pass"), (13, 0, "pass"), (14, 0, "pass"), (14, 1, "fail"), (400, 0, "fail")],
)
def test_an_invitation_may_be_open_for_two_weeks(days: int, seconds: int, expected: str) -> None:
    """The licence of a user who has not accepted it is older than 14 days, or is not."""
    assert judged(licence(days, seconds=seconds)).status == expected


def test_the_days_are_configured() -> None:
    """``max_invitation_days`` takes their place."""
    assert judged(licence(6), max_invitation_days=5).status == "fail"
    assert judged(licence(20), max_invitation_days=21).status == "pass"


def test_the_finding_says_who_and_since_when() -> None:
    """The message has the age, the evidence the moment."""
    found = judged(licence(30))

    assert (found.resource.type, found.resource.id, found.cause) == ("user", "PGUEST", "forgotten")
    assert found.message == (
        "user 'Gil Guest' (PGUEST) has not accepted the invitation of 2026-10-24T09:00Z, which is "
        "30 days old; the limit is 14 days"
    )
    assert found.evidence == {"allowed_days": 14, "licence_since": "2026-10-24T09:00Z"}


def test_without_a_licence_the_age_is_for_a_person() -> None:
    """No allocation for the user shows nothing, whatever those of others show."""
    for licences in ([], [licence(1, OTHER), licence(400, ADA)]):
        found = judged(*licences)
        assert (found.status, found.cause) == ("manual", "age-unknown")
        assert found.evidence["licence_since"] is None


def test_the_oldest_of_several_licences_counts() -> None:
    """Whoever has another one since today was invited before."""
    for licences in ([licence(1), licence(30)], [licence(30), licence(1)]):
        assert judged(*licences).status == "fail"


def test_only_open_invitations_are_judged() -> None:
    """Whoever accepted it has no row; where all did, one row says so."""
    snapshot = a_snapshot(
        users=[ADA, GUEST, OTHER],
        license_allocations=[licence(400, ADA), licence(3), licence(20, OTHER)],
    )

    assert verdicts(snapshot, "PD-43") == {"PGUEST": "pass", "POTHER": "fail"}
    for users in ([], [ADA]):
        found = judged(users=users)
        assert (found.resource.id, found.status) == ("account", "not_applicable")
        assert found.message.endswith(" has no open invitations")


@pytest.mark.parametrize("status", [401, 402, 403, 404, 500, None])
def test_a_refused_list_is_an_error(status: int | None) -> None:
    """Users, and licences of those who are invited; with nobody invited no licence matters."""
    snapshot = a_snapshot(users=[ADA, GUEST, OTHER], license_allocations=refused(status))
    assert verdicts(snapshot, "PD-43") == {"PGUEST": "error", "POTHER": "error"}
    assert only(a_snapshot(users=refused(status)), "PD-43").status == "error"


@pytest.mark.parametrize("value", [ABSENT, None, WRONG])
def test_a_user_who_may_be_invited_is_an_error(value: Any) -> None:
    """Nobody can tell whether the invitation is open."""
    users = [altered(GUEST, "invitation_sent", value), ADA]

    assert judged(licence(3), users=users).status == "error"
    nameless = a_snapshot(users=[altered(GUEST, "id", value)], license_allocations=[licence(3)])
    assert verdicts(nameless, "PD-43") == {"account": "error"}


@pytest.mark.parametrize("path", ["user", "user.id", "allocated_at"])
@pytest.mark.parametrize("value", [ABSENT, None, WRONG, ""])
def test_a_broken_licence_is_an_error_that_hides_no_fail(path: str, value: Any) -> None:
    """It may be an older one of the user; one that is certainly old is enough."""
    broken = altered(licence(3), path, value)

    assert judged(broken).status == "error"
    assert judged(broken, licence(3)).status == "error"
    assert judged(broken, licence(30)).status == "fail"
    assert judged(licence(30), broken).status == "fail"


def test_a_broken_licence_of_somebody_else_costs_nothing() -> None:
    """It is certainly not the user's."""
    assert judged(altered(licence(3, ADA), "allocated_at", None), licence(3)).status == "pass"


# Reading


def read(simulator: Simulator) -> Snapshot:
    """Read what the control needs."""
    return reading.read(simulator, ["users", "license_allocations"])


def a_company(people: int, *guests: Record) -> Account:
    """Return an account of so many people, the last of whom are the guests, with their licences."""
    users = [a_user(f"User {number}", id=f"PU{number}") for number in range(people - len(guests))]
    users += guests
    licences = [a_license_allocation(each, before(20)) for each in users]
    return Account(NOW, users=users, license_allocations=licences)


def asked(simulator: Simulator) -> list[str]:
    """Return the queries of the requests for licences."""
    paths = [each for each in simulator.requests if each.path == "/license_allocations"]
    return [each.raw_query for each in paths]


def test_nobody_asks_where_nobody_is_invited() -> None:
    """The request is not sent, and the row says that there is nothing to judge."""
    with run(a_company(3)) as simulator:
        snapshot = read(simulator)
        assert asked(simulator) == []

    assert snapshot.records("license_allocations") == []
    assert verdicts(snapshot, "PD-43") == {"account": "not_applicable"}


@pytest.mark.parametrize(("people", "requests"), [(100, 1), (101, 2), (250, 3)])
def test_a_list_takes_one_request_for_each_hundred_users(people: int, requests: int) -> None:
    """No page is asked for in vain, and nobody asks how many there are."""
    with run(a_company(people, GUEST)) as simulator:
        snapshot = read(simulator)
        queries = asked(simulator)

    assert queries == [f"limit=100&offset={100 * number}" for number in range(requests)]
    assert verdicts(snapshot, "PD-43") == {"PGUEST": "fail"}
    size = Size(people, 0, 0, 0, 0, 0, 0, 0, 0)
    assert plan.requests_for(["license_allocations"], size) == len(queries) * 2


def test_who_may_be_invited_is_reason_enough_to_ask() -> None:
    """A user record that does not say it may be one of an open invitation."""
    broken = altered(GUEST, "invitation_sent", None)
    with run(a_company(2, broken)) as simulator:
        read(simulator)
        assert len(asked(simulator)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/license_allocations", "status", status=403),
        Fault("/license_allocations", "status", status=403, times=1, after=1),
        Fault("/license_allocations", "status", status=404),
        Fault("/license_allocations", "invalid_json"),
        Fault("/users", "status", status=403),
    ],
)
def test_what_cannot_be_read_to_its_end_is_an_error(fault: Fault) -> None:
    """A first page is no list."""
    with run(a_company(101, GUEST), faults=[fault]) as simulator:
        assert set(verdicts(read(simulator), "PD-43").values()) == {"error"}


def test_a_list_that_is_cut_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """PagerDuty hands out no more than a number of records."""
    monkeypatch.setattr("pdsec_checks.pagerduty.data_sets.paging.CAP", 200)
    account = a_company(1, GUEST)
    account.license_allocations = [licence(day) for day in range(201)]
    with run(account) as simulator:
        snapshot = read(simulator)

    assert "hands out no more" in str(snapshot.data["license_allocations"])


@pytest.mark.parametrize("entry", NO_RECORDS)
def test_an_entry_that_is_no_record_may_be_anybodys(entry: Any) -> None:
    """It does not stop the list, and leaves open how old the invitation is."""
    account = a_company(2, GUEST)
    account.license_allocations = [licence(3), entry]
    with run(account) as simulator:
        assert inspect_by_id(read(simulator), "PD-43")["PGUEST"].status == "error"


def test_pseudonyms_change_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment decides, and survives."""
    account = a_company(3, GUEST, OTHER)
    account.license_allocations = [licence(3), licence(20, OTHER)]
    with run(account) as simulator:
        redact_answers(monkeypatch)
        snapshot = read(simulator)

    assert verdicts(snapshot, "PD-43") == {"PGUEST": "pass", "POTHER": "fail"}
    assert snapshot.records("license_allocations")[0]["allocated_at"] == before(3)


def test_days_count_from_the_moment_of_reading() -> None:
    """A recording of last month is judged by its own day."""
    snapshot = a_snapshot(NOW + timedelta(days=30), users=[GUEST], license_allocations=[licence(0)])

    assert only(snapshot, "PD-43").status == "fail"
