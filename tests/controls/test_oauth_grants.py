"""PD-44: is it known to which OAuth clients administrators gave access?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.finding import Finding
from pdsec_checks.fixes.table import fix_of
from pdsec_checks.inspection import Inspection
from pdsec_checks.model import Record
from pdsec_checks.pagerduty import plan
from pdsec_checks.pagerduty.data_sets.amount import NOTHING, Size
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import UNREAD
from tests.controls.helpers import ADA, NO_RECORDS, OWNER, WRONG, altered, inspect_by_id, only
from tests.controls.test_statuses import CHIEF, gave_access
from tests.simulator import ABSENT, Account, Fault, Simulator, accounts, run
from tests.simulator.builders import a_user, an_oauth_delegation
from tests.support import reading
from tests.support.judged import NOW, a_snapshot, inspect, refused, verdicts
from tests.support.pseudonyms import redact_answers

LISTED = ("PSLACKAPP", "PJIRAAPP")


def account(*lookups: Any, users: Any = (OWNER, CHIEF, ADA)) -> Snapshot:
    """Return an account with these users, and what they gave access to."""
    return a_snapshot(users=list(users), oauth_delegations=list(lookups))


def judged(*grants: Any, clients: tuple[str, ...] = LISTED) -> Finding:
    """Return the finding of an owner who gave access like this."""
    lookup = {"id": OWNER["id"], "oauth_delegations": list(grants)}
    return only(account(lookup, users=[OWNER]), "PD-44", oauth_clients=clients)


def grant(client: str = "PSLACKAPP", **fields: Any) -> Record:
    """Return that the owner gave a client access."""
    return an_oauth_delegation(OWNER, client, id="PGRANT", **fields)


@pytest.mark.parametrize(
    ("clients", "expected"),
    [
        ((), "pass"),
        (("PSLACKAPP",), "pass"),
        (("PSLACKAPP", "PJIRAAPP"), "pass"),
        (("PSTRANGER",), "fail"),
        (("PSLACKAPP", "PSTRANGER"), "fail"),
        (("pslackapp",), "fail"),
    ],
)
def test_every_client_is_listed_or_the_user_fails(clients: tuple[str, ...], expected: str) -> None:
    """One that is not listed is enough; ids are compared as they are."""
    assert judged(*map(grant, clients)).status == expected


def test_the_finding_says_who_gave_which_client_what() -> None:
    """The message has the clients, the evidence what each may do and for how long."""
    found = judged(grant("PSTRANGER"), grant("POTHER"), grant("PSTRANGER"))

    assert (found.resource.type, found.resource.id) == ("user", "POWNER")
    assert found.cause == "unlisted-client"
    assert found.message == (
        "user 'Olga Owner' (POWNER) gave access to 2 OAuth clients not listed under oauth_clients: "
        "POTHER, PSTRANGER"
    )
    assert found.evidence["oauth_grants"][0] == {
        "client_id": "POTHER",
        "who": "user 'Olga Owner' (POWNER)",
        "scope": "incidents.read services.read",
        "created_at": "2023-03-01T09:00:00Z",
        "expires_at": "2033-03-01T09:00:00Z",
    }


def test_only_owners_and_global_admins_are_judged() -> None:
    """Invited ones included; where nobody is one, one row says so."""
    invited = a_user("Ina Invited", "admin", id="PINA", invitation_sent=True)
    lookups = [gave_access(each) for each in (OWNER, CHIEF, invited)]
    snapshot = account(*lookups, users=[OWNER, CHIEF, ADA, invited])

    assert verdicts(snapshot, "PD-44", oauth_clients=LISTED) == dict.fromkeys(
        ("PINA", "POWNER", "PZOE"), "pass"
    )
    for clients in ((), LISTED):
        for users in ([], [ADA]):
            found = only(account(users=users), "PD-44", oauth_clients=clients)
            assert (found.resource.id, found.status) == ("account", "not_applicable")


def test_without_a_list_one_row_shows_what_there_is() -> None:
    """Its clients can be copied into the configuration."""
    snapshot = account(gave_access(OWNER, "PSLACKAPP", "PBOT"), gave_access(CHIEF, "PSLACKAPP"))

    found = only(snapshot, "PD-44")

    assert (found.resource.id, found.status, found.cause) == ("account", "manual", "none-listed")
    assert found.evidence["oauth_clients"] == ["PBOT", "PSLACKAPP"]
    shown = [(each["client_id"], each["who"]) for each in found.evidence["oauth_grants"]]
    assert shown == [
        ("PBOT", "user 'Olga Owner' (POWNER)"),
        ("PSLACKAPP", "user 'Olga Owner' (POWNER)"),
        ("PSLACKAPP", "user 'Zoe Chief' (PZOE)"),
    ]
    assert {"scope", "created_at", "expires_at"} < found.evidence["oauth_grants"][0].keys()


def test_nothing_given_is_a_pass_with_a_list_and_without() -> None:
    """There is nothing to list."""
    for clients in ((), LISTED):
        found = verdicts(
            account(gave_access(OWNER), gave_access(CHIEF)), "PD-44", oauth_clients=clients
        )
        assert found == {"POWNER": "pass", "PZOE": "pass"}


def unread(user: Record, status: int) -> Record:
    """Return that PagerDuty refused the look-up of a user."""
    path = f"/users/{user['id']}/oauth_delegations"
    return {
        "id": user["id"],
        UNREAD: {"path": path, "reason": f"HTTP {status}", "status": status},
    }


@pytest.mark.parametrize("status", [401, 402, 403, 404, 500])
def test_a_refused_look_up_costs_its_user(status: int) -> None:
    """Without a list of clients it costs the one row: what is left is not all that there is."""
    snapshot = account(unread(OWNER, status), gave_access(CHIEF, "PBOT"))

    assert verdicts(snapshot, "PD-44", oauth_clients=LISTED) == {"POWNER": "error", "PZOE": "fail"}
    found = only(snapshot, "PD-44")
    assert (found.resource.id, found.status) == ("account", "error")
    assert f"HTTP {status}" in found.message


@pytest.mark.parametrize("status", [401, 402, 403, 404, 500])
def test_refused_look_ups_of_all_are_errors_of_all(status: int) -> None:
    """Each administrator has a row of their own, with a list of clients or without."""
    snapshot = account(unread(OWNER, status), unread(CHIEF, status))

    for clients in ((), LISTED):
        found = verdicts(snapshot, "PD-44", oauth_clients=clients)
        assert found == {"POWNER": "error", "PZOE": "error"}


@pytest.mark.parametrize("status", [401, 402, 403, 404, 500, None])
def test_a_refused_list_is_an_error(status: int | None) -> None:
    """Users, and what they gave access to."""
    snapshot = a_snapshot(users=[OWNER, CHIEF, ADA], oauth_delegations=refused(status))
    for clients in ((), LISTED):
        found = verdicts(snapshot, "PD-44", oauth_clients=clients)
        assert found == {"POWNER": "error", "PZOE": "error"}
        nobody = only(a_snapshot(users=refused(status)), "PD-44", oauth_clients=clients)
        assert (nobody.resource.id, nobody.status) == ("account", "error")


@pytest.mark.parametrize("value", [ABSENT, None, WRONG, "emperor"])
def test_a_user_of_unknown_role_is_an_error(value: Any) -> None:
    """It may be an administrator; without a list of clients the error is not hidden either."""
    users = [altered(ADA, "role", value), CHIEF]
    snapshot = account(gave_access(CHIEF, "PSLACKAPP"), users=users)

    found = verdicts(snapshot, "PD-44", oauth_clients=LISTED)
    assert found == {"PADA": "error", "PZOE": "pass"}
    assert verdicts(snapshot, "PD-44") == {"account": "error"}


def test_whoever_was_not_looked_up_is_an_error() -> None:
    """An administrator of whom no answer is there did not give nobody access."""
    found = verdicts(account(gave_access(OWNER)), "PD-44", oauth_clients=LISTED)

    assert found == {"POWNER": "pass", "PZOE": "error"}


@pytest.mark.parametrize("path", ["client_id", "status", "delegation_type"])
@pytest.mark.parametrize("value", [ABSENT, None, WRONG, "", "surprise"])
def test_a_broken_grant_is_an_error_that_hides_no_fail(path: str, value: Any) -> None:
    """It may be one of a client that is not listed."""
    broken = altered(grant(), path, value)
    expected = "fail" if (path, value) == ("client_id", "surprise") else "error"

    assert judged(broken).status == expected
    assert judged(broken, grant("PSTRANGER")).status == "fail"
    assert judged(grant("PSTRANGER"), broken).status == "fail"
    if expected == "error":
        assert judged(broken, clients=()).status == "error"
        assert judged(broken, grant(), clients=()).status == "error"


@pytest.mark.parametrize("entry", NO_RECORDS)
def test_an_entry_that_is_no_record_is_an_error(entry: Any) -> None:
    """So is a list that is none, whatever else is there."""
    assert judged(entry, grant()).status == "error"
    broken = {"id": OWNER["id"], "oauth_delegations": entry}
    assert only(account(broken, users=[OWNER]), "PD-44").status == "error"


@pytest.mark.parametrize("name", ["scope", "created_at", "expires_at"])
@pytest.mark.parametrize("value", [ABSENT, None, WRONG])
def test_what_only_the_evidence_tells_may_be_missing(name: str, value: Any) -> None:
    """The verdict hangs on the client alone."""
    found = judged(altered(grant(), name, value))

    assert found.status == "pass"
    assert found.evidence["oauth_grants"][0][name] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"delegation_type": "web"},
        {"delegation_type": "mobile"},
        {"status": "revoked"},
        {"delegation_type": ABSENT, "type": "web"},
    ],
)
def test_sessions_and_what_was_revoked_are_no_grants(fields: Record) -> None:
    """Whoever answers more than was asked for costs nothing."""
    assert judged(grant("PSTRANGER", **fields)).status == "pass"


def test_the_type_may_have_the_name_of_the_example() -> None:
    """PagerDuty's own example has ``type`` where its schema has ``delegation_type``."""
    assert judged(grant("PSTRANGER", delegation_type=ABSENT, type="integration")).status == "fail"


def test_the_fix_revokes_what_third_parties_have() -> None:
    """Sessions of the web app and the mobile app stay."""
    snapshot = account(gave_access(OWNER, "PSTRANGER"), users=[OWNER])
    (finding,) = inspect(snapshot, "PD-44", oauth_clients=LISTED)
    fix = fix_of(finding, Inspection(snapshot, Baseline(oauth_clients=LISTED)))
    (request,) = fix.requests

    assert request.method == "DELETE"
    assert request.path == "/oauth_delegations?user_id=POWNER&type=integration"
    assert request.check


# Reading


def read(simulator: Simulator) -> Snapshot:
    """Read what the control needs."""
    return reading.read(simulator, ["users", "oauth_delegations"])


def a_company(*clients: str) -> Account:
    """Return an account with an owner who gave these clients access, an admin, and others."""
    given = [an_oauth_delegation(OWNER, each) for each in clients]
    company = Account(NOW, users=[OWNER, CHIEF, ADA, a_user("Ben Rook")])
    company.oauth_delegations[OWNER["id"]] = given
    return company


def asked(simulator: Simulator) -> dict[str, list[str]]:
    """Return the queries of the requests for delegations, by path."""
    found: dict[str, list[str]] = {}
    for each in simulator.requests:
        if each.path.endswith("/oauth_delegations"):
            found.setdefault(each.path, []).append(each.raw_query)
    return found


def test_each_administrator_takes_one_request() -> None:
    """It asks for what third parties hold now; nobody else is asked about."""
    query = "delegation_type=integration&limit=100&status=issued"
    with run(a_company("PSLACKAPP")) as simulator:
        snapshot = read(simulator)
        found = {path: list(map(in_order, queries)) for path, queries in asked(simulator).items()}

    assert found == {
        "/users/POWNER/oauth_delegations": [query],
        "/users/PZOE/oauth_delegations": [query],
    }
    assert verdicts(snapshot, "PD-44", oauth_clients=LISTED) == {"POWNER": "pass", "PZOE": "pass"}


def in_order(query: str) -> str:
    """Return a query with its parameters in the order of their names."""
    return "&".join(sorted(query.split("&")))


def test_the_plan_counts_administrators() -> None:
    """One request for each of the few that an account has, and one for the users."""
    size = Size(50, 0, 0, 0, 0, 0, 0, 0, 0)

    assert plan.requests_for(["oauth_delegations"], size) == 3 + 1
    assert plan.requests_for(["oauth_delegations"], NOTHING) == 1


def test_sessions_are_not_asked_for() -> None:
    """What the filter leaves out is not in the answer."""
    company = a_company()
    company.oauth_delegations[OWNER["id"]] = [
        an_oauth_delegation(OWNER, "PagerDutyLogin", delegation_type="web"),
        an_oauth_delegation(OWNER, "POLD", status="revoked"),
    ]
    with run(company) as simulator:
        (found, _) = read(simulator).records("oauth_delegations")

    assert found == {"id": "POWNER", "oauth_delegations": []}


def test_many_grants_are_read_page_by_page() -> None:
    """The last page has no cursor, and says that it is the last one."""
    with run(a_company(*(f"P{number}" for number in range(201)))) as simulator:
        snapshot = read(simulator)
        assert len(asked(simulator)["/users/POWNER/oauth_delegations"]) == 3

    found = inspect_by_id(snapshot, "PD-44")
    assert len(found["account"].evidence["oauth_clients"]) == 201


@pytest.mark.parametrize("status", [402, 403, 404, 500])
def test_one_refused_look_up_leaves_the_others(status: int) -> None:
    """402 is a documented answer, and no pass."""
    fault = Fault("/users/POWNER/oauth_delegations", "status", status=status)
    with run(a_company(), faults=[fault]) as simulator:
        found = verdicts(read(simulator), "PD-44", oauth_clients=LISTED)

    assert found == {"POWNER": "error", "PZOE": "pass"}


def test_a_second_page_that_is_refused_is_an_error() -> None:
    """What the first page has is not all; what it certainly shows is not lost by chance either."""
    path = "/users/POWNER/oauth_delegations"
    fault = Fault(path, "status", status=403, after=1)
    with run(a_company(*(f"P{number}" for number in range(101))), faults=[fault]) as simulator:
        found = verdicts(read(simulator), "PD-44", oauth_clients=LISTED)

    assert found == {"POWNER": "error", "PZOE": "pass"}


@pytest.mark.parametrize(
    ("end", "problem"),
    [
        ({}, "does not say whether there is more"),
        ({"more": True}, "does not say whether there is more"),
        ({"more": None}, "does not say whether there is more"),
        ({"more": True, "next_cursor": None}, "promises more records and names no cursor"),
        ({"more": False}, ""),
        ({"more": False, "next_cursor": None}, ""),
        ({"next_cursor": None}, ""),
    ],
)
def test_a_page_says_whether_it_is_the_last_one(
    end: Record, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that does not is none of a whole list."""
    ask = Client.get

    def answer(self: Client, path: str, **params: Any) -> Record:
        if path.endswith("/oauth_delegations"):
            return {"oauth_delegations": [], "limit": 100, **end}
        return ask(self, path, **params)

    monkeypatch.setattr(Client, "get", answer)
    with run(a_company()) as simulator:
        found, *_ = inspect(read(simulator), "PD-44", oauth_clients=LISTED)

    assert found.status == ("error" if problem else "pass")
    assert problem in found.message


def test_pseudonyms_change_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients, what they may do and until when survive; a name that is no id does not."""
    company = a_company("PSLACKAPP", "e53326c6-a713-409c-8f7e-ps1xczid", "https://app.example/x")
    company.oauth_delegations[CHIEF["id"]] = [an_oauth_delegation(CHIEF, "ann@acme.example")]
    with run(company) as simulator:
        plain = read(simulator)
        redact_answers(monkeypatch)
        redacted = read(simulator)

    clients = tuple(
        each["client_id"] for each in plain.records("oauth_delegations")[0]["oauth_delegations"]
    )
    for listed in ((), clients):
        given: dict[str, Any] = {"oauth_clients": listed}
        assert verdicts(redacted, "PD-44", **given) == verdicts(plain, "PD-44", **given)
    kept, other = redacted.records("oauth_delegations")
    (whole, _) = plain.records("oauth_delegations")
    assert kept == whole
    assert "acme" not in str(other)


def test_demo_shows_its_clients() -> None:
    """Two administrators gave access to the chat, one to a client of the organisation's own."""
    with run(accounts.demo(NOW)) as simulator:
        found = only(read(simulator), "PD-44")

    assert found.evidence["oauth_clients"] == ["PFERNHILLAPP", "PSLACKAPP"]
