"""Whose a credential is, and what its limits cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.credentials import bearer
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.errors import CredentialError
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.access import credential
from pdsec_checks.pagerduty.access.credential import Identity
from pdsec_checks.pagerduty.access.oauth import Grant
from pdsec_checks.pagerduty.http.client import Client
from tests.pagerduty.http.test_client import Answer, Server, serving
from tests.support import reading

CONTROLS = {control.id: control for control in shipped_controls()}


@pytest.fixture
def server() -> Iterator[Server]:
    """Run the server that stands for PagerDuty."""
    with serving() as found:
        yield found


@pytest.mark.parametrize(
    "user", [{"user": {}}, reading.in_ci({"user": {"role": 5}}), reading.in_ci({"user": None}), {}]
)
def test_a_user_of_unknown_role_counts_as_limited(
    server: Server, tmp_path: Path, user: dict[str, object]
) -> None:
    """An answer without a role is no reason to trust the view."""
    server.answers = [Answer(body=user)]
    settings = load_settings({"pd_base_url": server.url}, {}, tmp_path)
    found = credential.identify(Client(server.url, bearer("jwt")), settings)

    assert found == Identity("user", "unknown")
    assert found.is_limited


@pytest.mark.parametrize(
    ("identity", "limited"),
    [
        (Identity("account"), False),
        (Identity("app"), False),
        (Identity("user", "owner"), False),
        (Identity("user", "admin"), False),
        (Identity("user", "limited_user"), True),
        (Identity("user", "restricted_access"), True),
    ],
)
def test_owners_and_admins_see_the_whole_account(identity: Identity, limited: bool) -> None:  # noqa: FBT001
    """Everybody else may see a part of it."""
    assert identity.is_limited is limited


APP = {
    "PAGERDUTY_CLIENT_ID": "id",
    "PAGERDUTY_CLIENT_SECRET": "hush",
    "PAGERDUTY_SUBDOMAIN": "acme",
}


@pytest.mark.parametrize(
    ("env", "identity", "name"),
    [
        ({"PAGERDUTY_API_KEY": "hush"}, Identity("account"), "account key"),
        ({"PAGERDUTY_API_KEY": "hush"}, Identity("user", "owner"), "user key"),
        ({"PAGERDUTY_API_KEY": "hush"}, Identity("unknown"), "API key"),
        ({"PAGERDUTY_TOKEN": "hush"}, Identity("user", "owner"), "token of a user"),
        ({"PAGERDUTY_TOKEN": "hush"}, Identity("account"), "OAuth token"),
        (APP, Identity("app"), "OAuth client"),
        ({}, Identity("user", "owner"), "login of a user"),
    ],
)
def test_a_credential_has_a_name(
    tmp_path: Path, env: dict[str, str], identity: Identity, name: str
) -> None:
    """Reports name the kind of credential, as far as it is known, and nothing of the secret."""
    assert credential.name_of(identity, load_settings({}, env, tmp_path)) == name


def test_a_view_costs_what_it_limits() -> None:
    """The audit trail is refused, other lists are cut; what all see alike is neither."""
    user = Identity("user", "observer")

    assert credential.view_notice(user, [CONTROLS["PD-11"]]) == (
        "the credential belongs to a user (role observer): PD-11: only an owner, an admin or the "
        "account reads that"
    )
    assert "PD-22 say is only about" in str(credential.view_notice(user, [CONTROLS["PD-22"]]))
    assert credential.view_notice(Identity("user", "admin"), [CONTROLS["PD-22"]]) is None


def test_a_scope_that_costs_nothing_is_told_as_that() -> None:
    """A scope that no selected control needs says so."""
    notice = credential.scope_notice("oncalls.read", [CONTROLS["PD-22"]])

    assert (
        notice == "the access token was not granted oncalls.read, which no selected control needs"
    )


def test_a_login_that_is_no_users_is_refused(server: Server, tmp_path: Path) -> None:
    """A token from the browser belongs to a user, or something is wrong."""
    server.answers = [Answer(400, {"error": {"message": "account-level"}})]
    settings = load_settings({"pd_base_url": server.url}, {}, tmp_path)

    with pytest.raises(CredentialError, match=r"does not work at .*: it belongs to no user"):
        credential.owner(settings, Grant("jwt"))
