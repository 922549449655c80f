"""PD-01: is single sign-on enforced?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, BEN, OWNER, WRONG, altered, before, only, status, unfit
from tests.simulator.builders import a_service, a_user, an_audit_record
from tests.simulator.records import ABSENT, Record
from tests.support.judged import a_snapshot, refused, verdicts


def people(*others: Record, **data: Any) -> Snapshot:
    """Return an account with an owner whom SSO did not create, and *others*."""
    owner = altered(OWNER, "created_via_sso", value=False)
    return a_snapshot(users=[owner, *others], **data)


def test_passes_when_sso_created_everybody_but_the_owner() -> None:
    """PD-01 passes when every user but the owner was created through SSO."""
    assert verdicts(people(ADA, BEN), "PD-01") == {"account": "pass"}


@pytest.mark.parametrize("value", [False, None, ABSENT])
def test_pending_users_do_not_count_against_sso(value: Any) -> None:
    """PD-01 passes over users whose invitation is open, whatever their created_via_sso says."""
    guest = a_user("Gus Guest", invitation_sent=True, created_via_sso=value)

    assert status(people(ADA, guest), "PD-01") == "pass"


def test_fails_without_the_ability() -> None:
    """PD-01 fails when the plan has no SSO, even if SSO once created every user."""
    assert status(people(ADA, abilities=["teams", "urgencies"]), "PD-01") == "fail"


@pytest.mark.parametrize("value", [False, None, ABSENT])
def test_is_manual_when_a_user_was_not_provably_created_through_sso(value: Any) -> None:
    """PD-01 is manual when created_via_sso is false, null or absent: none of them proves much."""
    user = a_user("Cleo Wren", created_via_sso=value)

    assert status(people(ADA, user), "PD-01") == "manual"


def test_manual_says_how_many_users_sso_created() -> None:
    """PD-01 gives as evidence how many of all users were created through SSO."""
    found = only(people(ADA, BEN, a_user("Cleo Wren", created_via_sso=False)), "PD-01")

    assert "2 of 4" in found.message
    assert {2, 4} <= {each for each in found.evidence.values() if isinstance(each, int)}


def test_evidence_says_whether_an_identity_provider_wrote_to_users() -> None:
    """PD-01 tells apart an identity provider that wrote to users from one that did not."""
    to_user = an_audit_record(before(3), method="identity_provider", root=ADA)
    to_service = an_audit_record(before(3), method="identity_provider", root=a_service())
    by_hand = an_audit_record(before(3), method="browser", root=ADA)

    said = [
        only(people(ADA, audit_api_token=[by_hand, record, by_hand]), "PD-01").evidence
        for record in (to_user, to_service, by_hand)
    ]

    assert said[0] != said[1] == said[2]


@pytest.mark.parametrize("name", ["audit_latest", "audit_oldest", "audit_api_token"])
def test_audit_records_are_evidence_only(name: str) -> None:
    """PD-01 is judged without audit records where they are refused."""
    data: dict[str, Any] = {name: refused(403)}

    assert status(people(ADA, **data), "PD-01") == "pass"


@pytest.mark.parametrize("name", ["abilities", "users"])
@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
def test_refused_data_is_an_error(name: str, code: int | None) -> None:
    """PD-01 is an error when abilities or users are refused, whatever the status."""
    snapshot = people(ADA)
    snapshot.data[name] = refused(code)

    assert verdicts(snapshot, "PD-01") == {"account": "error"}


def test_no_users_are_no_compliance() -> None:
    """PD-01 does not pass when no user is visible."""
    assert status(a_snapshot(), "PD-01") != "pass"


@pytest.mark.parametrize(("path", "value"), unfit("role", "invitation_sent"))
def test_user_without_a_needed_field_is_an_error(path: str, value: Any) -> None:
    """PD-01 is an error when it cannot tell whether a user is owner or pending."""
    assert status(people(BEN, altered(ADA, path, value)), "PD-01") == "error"


@pytest.mark.parametrize("value", ["true,", WRONG, 1, []])
def test_malformed_created_via_sso_is_an_error(value: Any) -> None:
    """PD-01 is an error when created_via_sso is neither true, false nor null."""
    assert status(people(altered(ADA, "created_via_sso", value)), "PD-01") == "error"
