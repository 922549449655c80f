"""Access tokens: what the identity server may answer, and one replacement for all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pdsec_checks.configuration.credentials import OAuthClient
from pdsec_checks.errors import CredentialError
from pdsec_checks.pagerduty.access import logins, oauth
from pdsec_checks.pagerduty.access.logins import Login
from pdsec_checks.pagerduty.access.oauth import AccessToken, Grant, app_token, ask_for_token
from pdsec_checks.pagerduty.access.sign_in import SignIn
from pdsec_checks.pagerduty.http import threads
from tests.pagerduty.http.test_client import Answer, Server, serving
from tests.support.processes import PATIENCE

FORM = {"grant_type": "refresh_token", "client_id": "id", "refresh_token": "hush"}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody wait before a new try, and return how long they would have waited."""
    slept: list[float] = []
    monkeypatch.setattr(oauth, "time", SimpleNamespace(sleep=slept.append))
    return slept


@pytest.fixture
def server() -> Iterator[Server]:
    """Run the server that stands for the identity server."""
    with serving() as found:
        yield found


def test_ten_threads_get_one_new_token() -> None:
    """Whoever comes second takes what the first one got."""
    asked: list[int] = []
    gate = threading.Barrier(10)

    def another() -> Grant:
        asked.append(1)
        time.sleep(0.05)
        return Grant("new")

    token = AccessToken(Grant("old"), another)
    seen = token.header

    def refused(_: int) -> bool:
        gate.wait(PATIENCE)
        return token.renew(seen)

    assert threads.each(refused, range(10), 10) == [True] * 10
    assert asked == [1]
    assert token.header == "Bearer new"


def test_a_second_refusal_is_an_error_for_everybody() -> None:
    """One run replaces a token once; what was wrong is told to each thread."""
    token = AccessToken(Grant("old"), lambda: Grant("new"))
    assert token.renew(token.header)

    with pytest.raises(CredentialError, match="the new access token was refused as well"):
        token.renew(token.header)


def test_a_replacement_that_fails_is_not_tried_again() -> None:
    """The identity server is asked once; all threads get its answer."""
    asked: list[int] = []

    def another() -> Grant:
        asked.append(1)
        raise CredentialError("no more tokens")

    token = AccessToken(Grant("old"), another)
    for _ in range(2):
        with pytest.raises(CredentialError, match="no more tokens"):
            token.renew(token.header)
    assert asked == [1]


def test_neither_token_is_shown() -> None:
    """Texts lose the old and the new token, and no representation holds one."""
    token = AccessToken(Grant("old-hush", refresh_token="hush"), lambda: Grant("new-hush"))
    token.renew(token.header)
    login = Login("id", "hush", "https://identity.example", token.grant, None)

    assert token.hide("not old-hush, not new-hush") == "not …, not …"
    assert "hush" not in f"{token!r} {token.grant!r} {login!r}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(400, {"error": "invalid_grant"}), r"HTTP 400, invalid_grant \(log in again"),
        (Answer(401, {"error": "invalid_client"}), r"HTTP 401, invalid_client \(check PAGERDUTY_C"),
        (Answer(400, {"error": "invalid_scope", "error_description": "hush\n!"}), "scope, …  ?!"),
        (Answer(503, b"<html>"), r"HTTP 503 \(try again later\)"),
        (Answer(400, b"no"), r"HTTP 400 \(check PAGERDUTY_CLIENT_ID .*PAGERDUTY_SUBDOMAIN"),
        (Answer(401, b"no"), r"HTTP 401 \(check PAGERDUTY_CLIENT_ID"),
        (Answer(404, b"no"), r"HTTP 404 \(check PAGERDUTY_OAUTH_TOKEN_URL\)"),
        (Answer(None), "gave no access token: the connection failed 4 times"),
        (Answer(302, b""), "HTTP 302"),
        (Answer(200, b"<html>"), "gave no access token: not its answer"),
        (Answer(200, {"scope": "read"}), "gave no access token: not its answer"),
    ],
)
def test_an_identity_server_that_gives_no_token(server: Server, answer: Answer, said: str) -> None:
    """Each answer is told with its address and the way out, and without a secret."""
    server.answers = [answer]

    with pytest.raises(CredentialError, match=said) as caught:
        ask_for_token(f"{server.url}/oauth/token", FORM, 5.0)

    assert str(caught.value).startswith(f"{server.url}/oauth/token")
    assert "hush" not in str(caught.value)


TOKEN = Answer(200, {"access_token": "new", "scope": "users.read"})


@pytest.mark.parametrize(
    "trouble",
    [Answer(408), Answer(500), Answer(502), Answer(503), Answer(504), Answer(429), Answer(None)],
)
def test_an_identity_server_is_waited_for(
    server: Server, pauses: list[float], trouble: Answer
) -> None:
    """Server errors, rate limits and broken connections are tried again, as those of the API."""
    server.answers = [trouble, trouble, TOKEN]

    assert ask_for_token(f"{server.url}/oauth/token", FORM, 5.0).access_token == "new"

    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


@pytest.mark.parametrize(
    ("trouble", "asked"), [(Answer(503), 4), (Answer(None), 4), (Answer(429), 11), (Answer(400), 1)]
)
def test_an_identity_server_is_not_waited_for_for_ever(
    server: Server, trouble: Answer, asked: int
) -> None:
    """The bounds are those of the API; a refusal is final."""
    server.answers = [trouble]

    with pytest.raises(CredentialError):
        ask_for_token(f"{server.url}/oauth/token", FORM, 5.0)

    assert len(server.asked) == asked


def test_an_identity_server_says_how_long_to_wait(server: Server, pauses: list[float]) -> None:
    """The reset of its rate limit counts."""
    server.answers = [Answer(429, b"", {"ratelimit-reset": "7"}), TOKEN]

    ask_for_token(f"{server.url}/oauth/token", FORM, 5.0)

    assert pauses == [7]


def test_a_grant_without_a_scope_is_what_was_asked_for(server: Server) -> None:
    """RFC 6749, 5.1: an answer may leave out the scope where it is the one asked for."""
    server.answers = [Answer(200, {"access_token": "new"})]
    url = f"{server.url}/oauth/token"
    client = OAuthClient("id", "hush", "acme", "us", url)

    assert app_token(client, ["teams.read", "users.read"], 5.0).grant.scope == (
        "teams.read users.read"
    )
    attempt = SignIn.begin("id", None, url, ["users.read"])
    assert attempt.redeem("code", "http://127.0.0.1/callback", 5.0).scopes == {"users.read"}


def test_a_grant_with_an_empty_scope_is_none(server: Server) -> None:
    """Nothing granted is told apart from nothing said."""
    server.answers = [Answer(200, {"access_token": "new", "scope": ""})]

    assert ask_for_token(f"{server.url}/oauth/token", FORM, 5.0, ["users.read"]).scopes == set()


# What another run may have done meanwhile


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, Login]:
    """Keep logins in memory."""
    kept: dict[str, Login] = {}
    monkeypatch.setattr(logins, "load", kept.get)
    monkeypatch.setattr(logins, "save", kept.__setitem__)
    return kept


def a_login(server: Server, token: str, **changes: Any) -> Login:
    """Return a login with an access token."""
    grant = Grant(token, "read", refresh_token=changes.pop("refresh_token", "refresh"))
    login = Login("id", None, f"{server.url}/oauth/token", grant, None)
    return msgspec.structs.replace(login, **changes)


def test_what_another_run_refreshed_is_taken_over(
    server: Server, keyring: dict[str, Login]
) -> None:
    """A refresh token is good once: where another run used it, its tokens are ours as well."""
    token = logins.user_token("here", a_login(server, "old"), 5.0)
    keyring["here"] = a_login(server, "of the other run")

    assert token.renew(token.header)
    assert token.header == "Bearer of the other run"
    assert not server.asked


def test_a_refresh_keeps_what_the_answer_leaves_out(
    server: Server, keyring: dict[str, Login]
) -> None:
    """An answer without scope and refresh token leaves those there were."""
    keyring["here"] = a_login(server, "old")
    server.answers = [Answer(200, {"access_token": "new", "expires_in": 60})]
    logins.user_token("here", keyring["here"], 5.0).renew("Bearer old")

    grant = keyring["here"].grant
    assert (grant.access_token, grant.scope, grant.refresh_token) == ("new", "read", "refresh")


@pytest.mark.parametrize(
    ("kept", "said"),
    [(None, "the login was forgotten: log in again"), ("old", "cannot be refreshed: log in again")],
)
def test_a_login_that_cannot_be_refreshed(
    server: Server, keyring: dict[str, Login], kept: str | None, said: str
) -> None:
    """A login that is gone, or never could be refreshed, says so."""
    login = a_login(server, "old", refresh_token=None)
    if kept:
        keyring["here"] = login

    with pytest.raises(CredentialError, match=said):
        logins.user_token("here", login, 5.0).renew("Bearer old")
