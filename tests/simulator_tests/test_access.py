"""Who may ask what: keys, tokens, scopes, roles, plans."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.simulator import (
    CLIENT_ID,
    CLIENT_SECRET,
    READ_ONLY_KEY,
    SUBDOMAIN,
    USER_KEY,
    Account,
    accounts,
    builders,
)
from tests.simulator.operations import ANALYTICS
from tests.simulator_tests.conftest import NOW, Reader, Serve

ACCOUNT_SCOPE = f"as_account-us.{SUBDOMAIN}"
REDIRECT = "http://127.0.0.1:9/callback"


@pytest.fixture
def reader(serve: Serve) -> Reader:
    """Return a reader of the small account."""
    return serve(accounts.small)


def header(value: str | None) -> dict[str, Any]:
    """Return request options with this ``Authorization``."""
    return {"headers": {"Authorization": value} if value else {}}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "Token token=u+wrong",
        "Token u+simulator-account-key",
        "token token=u+simulator-account-key",
        "Token token =u+simulator-account-key",
        "Bearer u+simulator-account-key",
        "Bearer pdus+unknown",
        "",
    ],
)
def test_anything_but_a_known_credential_is_refused(reader: Reader, value: str | None) -> None:
    """A credential that is missing, misspelt or unknown gets a 401 with code 2006."""
    response = reader.ask("/abilities", **header(value))

    assert response.status_code == 401
    assert response.json()["error"]["code"] == 2006


def test_a_read_only_key_only_reads(reader: Reader) -> None:
    """A read-only key may GET, and gets a 403 for everything else."""
    reader.headers["Authorization"] = f"Token token={READ_ONLY_KEY}"

    assert reader.get("/users")["users"]
    assert reader.ask(ANALYTICS, "POST", json={}).status_code == 403
    assert reader.ask("/users", "POST", json={}).status_code == 403


def test_an_account_key_belongs_to_no_user(reader: Reader) -> None:
    """``/users/me`` refuses an account key with 400."""
    status, error = reader.refusal("/users/me")

    assert status == 400
    assert "account-level access token" in error["errors"][0]


def test_a_user_key_belongs_to_its_user(reader: Reader) -> None:
    """``/users/me`` shows the user of a user key."""
    ada = reader.simulator.account.users[1]
    reader.headers["Authorization"] = f"Token token={USER_KEY}{ada['id']}"

    assert reader.get("/users/me")["user"]["id"] == ada["id"]


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("user", 403), ("observer", 403)]
)
def test_only_admins_read_the_audit_trail(serve: Serve, role: str, status: int) -> None:
    """The key of a user who is neither owner nor admin gets a 403."""
    user = builders.a_user(role=role)
    reader = serve(Account(NOW, users=[user]))

    response = reader.ask("/audit/records", **header(f"Token token={USER_KEY}{user['id']}"))

    assert response.status_code == status


def test_a_user_key_must_say_which_services_it_analyses(reader: Reader) -> None:
    """Analytics over the whole account are refused to a user key with 400."""
    key = USER_KEY + reader.simulator.account.users[0]["id"]
    service = reader.simulator.account.services[0]["id"]
    filters = {"service_ids": [service]}
    options = header(f"Token token={key}")

    assert reader.ask(ANALYTICS, "POST", json={"filters": {}}, **options).status_code == 400
    answer = reader.ask(ANALYTICS, "POST", json={"filters": filters}, **options)
    assert [each["service_id"] for each in answer.json()["data"]] == [service]


def test_a_token_needs_the_scope_of_the_operation(reader: Reader) -> None:
    """A scoped token gets a 403 that names the scope it lacks."""
    token = reader.simulator.credentials.issue("users.read")
    reader.headers["Authorization"] = f"Bearer {token}"

    assert reader.get("/users")["users"]
    status, error = reader.refusal("/services")
    assert status == 403
    assert error == {
        "message": "Token missing required scopes",
        "required_scopes": ["services.read"],
    }


def test_shift_based_schedules_need_no_scope(reader: Reader) -> None:
    """The document names no scope for them, so any token reads them."""
    token = reader.simulator.credentials.issue("users.read")
    reader.headers["Authorization"] = f"Bearer {token}"

    assert reader.get("/v3/schedules")["schedules"]


# Plans


@pytest.mark.parametrize(
    ("ability", "path"),
    [
        ("teams", "/teams"),
        ("audit_trail", "/audit/records"),
        ("incident_workflows", "/incident_workflows"),
        ("incident_workflows", "/incident_workflows/triggers"),
    ],
)
def test_a_plan_without_the_ability_is_told_so(serve: Serve, ability: str, path: str) -> None:
    """What the plan lacks answers 402, code 2014, and names the ability."""
    reader = serve(accounts.small(NOW).without_abilities(ability))

    status, error = reader.refusal(path)

    assert (status, error["code"], error["missing_abilities"]) == (402, 2014, [ability])


@pytest.mark.parametrize("status", [402, 403, 404])
def test_a_feature_may_be_off(serve: Serve, status: int) -> None:
    """A feature that is off answers as the account says: 404 and 402 were both seen."""
    account = accounts.small(NOW)
    account.off["/priorities"] = status

    assert serve(account).refusal("/priorities")[0] == status


@pytest.mark.parametrize(("name", "status"), [("sso", 204), ("teams", 402), ("fly", 404)])
def test_one_ability_is_there_or_lacking_or_unknown(serve: Serve, name: str, status: int) -> None:
    """One ability answers 204, 402 or 404."""
    reader = serve(accounts.small(NOW).without_abilities("teams"))

    assert reader.ask(f"/abilities/{name}").status_code == status


def test_unknown_paths_and_writes_are_refused(reader: Reader) -> None:
    """There is nothing at other paths, and nothing can be written."""
    assert reader.refusal("/response_plays")[0] == 404
    assert reader.refusal("/users/PNOBODY")[0] == 404
    assert reader.ask("/users", "POST", json={}).status_code == 405


# OAuth


def grant(reader: Reader, **form: str) -> tuple[int, Any]:
    """Return the token endpoint's answer."""
    response = reader.ask("/oauth/token", "POST", data=form, headers={})
    return response.status_code, response.json()


def client_credentials(reader: Reader, scope: str, secret: str = CLIENT_SECRET) -> tuple[int, Any]:
    """Ask for an app token."""
    return grant(
        reader,
        grant_type="client_credentials",
        client_id=CLIENT_ID,
        client_secret=secret,
        scope=scope,
    )


def test_an_app_gets_a_token_for_the_account(reader: Reader) -> None:
    """Client credentials give a token for a day, with the scopes that the client may have."""
    status, token = client_credentials(
        reader, f"{ACCOUNT_SCOPE} users.read services.read users.write"
    )
    reader.headers["Authorization"] = f"Bearer {token['access_token']}"

    assert status == 200
    assert (token["token_type"], token["expires_in"]) == ("bearer", 86400)
    assert token["scope"] == "services.read users.read"
    assert "refresh_token" not in token
    assert reader.get("/services")["services"]


@pytest.mark.parametrize(
    ("scope", "secret", "status", "error"),
    [
        ("users.read", CLIENT_SECRET, 400, "invalid_request"),
        ("as_account-us.other users.read", CLIENT_SECRET, 400, "invalid_request"),
        (f"{ACCOUNT_SCOPE} users.read", "wrong", 401, "invalid_client"),
    ],
)
def test_a_wrong_app_gets_no_token(
    reader: Reader, scope: str, secret: str, status: int, error: str
) -> None:
    """A wrong secret and a scope for another account are refused."""
    found, content = client_credentials(reader, scope, secret)

    assert (found, content["error"]) == (status, error)


def test_tokens_expire(serve: Serve) -> None:
    """A token is refused when its day is over."""
    now = [NOW]
    reader = serve(accounts.small, now=lambda: now[0])
    _, token = client_credentials(reader, f"{ACCOUNT_SCOPE} users.read")
    reader.headers["Authorization"] = f"Bearer {token['access_token']}"
    reader.get("/users")

    now[0] += timedelta(days=1)

    assert reader.refusal("/users")[0] == 401


VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)


def authorize(reader: Reader, scope: str = "users.read") -> str:
    """Visit the authorization page, and return the code it redirects with."""
    response = reader.ask(
        "/oauth/authorize",
        headers={},
        params={
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": scope,
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        },
    )
    location = urlsplit(response.headers["location"])
    assert response.status_code == 302
    assert location.geturl().startswith(REDIRECT)
    assert parse_qs(location.query)["state"] == ["xyz"]
    return parse_qs(location.query)["code"][0]


def redeem(reader: Reader, code: str, verifier: str = VERIFIER) -> tuple[int, Any]:
    """Exchange a code for tokens."""
    return grant(
        reader,
        grant_type="authorization_code",
        client_id=CLIENT_ID,
        code=code,
        redirect_uri=REDIRECT,
        code_verifier=verifier,
    )


def test_a_code_and_its_verifier_give_tokens(reader: Reader) -> None:
    """The authorization code flow with PKCE gives a token and a refresh token."""
    _, token = redeem(reader, authorize(reader))
    refreshed = grant(
        reader,
        grant_type="refresh_token",
        client_id=CLIENT_ID,
        refresh_token=token["refresh_token"],
    )[1]
    reader.headers["Authorization"] = f"Bearer {refreshed['access_token']}"

    assert token["scope"] == "openid users.read"
    assert refreshed["refresh_token"] != token["refresh_token"]
    assert reader.get("/users")["users"]


def test_an_unknown_scope_is_left_out_in_silence(reader: Reader) -> None:
    """A scope that the client may not have is no error; the token is good for nothing."""
    _, token = redeem(reader, authorize(reader, "users.write"))

    assert token["scope"] == "openid"


def test_a_code_is_good_once_and_for_its_verifier_only(reader: Reader) -> None:
    """A code that was used, or comes with another verifier, gives nothing."""
    code = authorize(reader)
    assert redeem(reader, code)[0] == 200

    assert redeem(reader, code) == (400, {"error": "invalid_grant"})
    assert redeem(reader, authorize(reader), "guessed") == (400, {"error": "invalid_grant"})


def test_a_code_lives_for_30_seconds(serve: Serve) -> None:
    """A code that comes too late gives nothing."""
    now = [NOW]
    reader = serve(accounts.small, now=lambda: now[0])
    code = authorize(reader)

    now[0] += timedelta(seconds=30)

    assert redeem(reader, code)[0] == 400


def test_a_token_may_be_good_for_so_many_requests(reader: Reader) -> None:
    """A token that is spent is refused, as one whose day is over."""
    reader.simulator.credentials.good_for = 2
    _, token = client_credentials(reader, f"{ACCOUNT_SCOPE} users.read")
    reader.headers["Authorization"] = f"Bearer {token['access_token']}"
    reader.get("/users")
    reader.get("/users")

    assert reader.refusal("/users")[0] == 401


def test_a_token_from_the_browser_belongs_to_the_visitor(reader: Reader) -> None:
    """Whoever agreed is whom the token shows, also after a refresh."""
    _, token = redeem(reader, authorize(reader))
    reader.headers["Authorization"] = f"Bearer {token['access_token']}"

    assert reader.get("/users/me")["user"]["id"] == reader.simulator.credentials.visitor


def test_a_withdrawn_consent_ends_the_refresh_tokens(reader: Reader) -> None:
    """A refresh token is no good once the user took the consent back."""
    _, token = redeem(reader, authorize(reader))
    reader.simulator.credentials.revoke_refresh_tokens()
    form = {"client_id": CLIENT_ID, "refresh_token": token["refresh_token"]}

    assert grant(reader, grant_type="refresh_token", **form) == (400, {"error": "invalid_grant"})


def test_a_user_may_be_kept_from_records(reader: Reader) -> None:
    """What is hidden from a user is in the account's list, and not in the user's."""
    account = reader.simulator.account
    user, service = account.users[0]["id"], account.services[0]["id"]
    account.hidden[user] = {service}
    seen = reader.ask("/services", **header(f"Token token={USER_KEY}{user}")).json()["services"]

    assert service not in {each["id"] for each in seen}
    assert service in {each["id"] for each in reader.get("/services")["services"]}


def test_answers_name_their_moment(reader: Reader) -> None:
    """The ``Date`` header is the simulator's present, or off by as much as it is told."""
    reader.simulator.skew = timedelta(hours=1)

    assert reader.ask("/abilities").headers["date"] == "Mon, 23 Nov 2026 10:00:00 GMT"
