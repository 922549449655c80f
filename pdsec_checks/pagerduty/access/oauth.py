"""OAuth: how an access token is got, and how one that PagerDuty refuses is replaced, once.

Source: "OAuth Functionality" and "Private Apps" of the developer documentation. An app's token
lives a day and has no refresh token; a user's has one, which each refresh replaces.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from msgspec import Struct

from pdsec_checks import NAME
from pdsec_checks.configuration.credentials import HIDDEN, OAuthClient, Secret, bearer
from pdsec_checks.errors import CredentialError
from pdsec_checks.pagerduty.http.budget import RATE_LIMITS_ALLOWED, reset_seconds
from pdsec_checks.pagerduty.http.connections import over_within, session_for
from pdsec_checks.pagerduty.http.patience import (
    BACKOFF,
    FAULTS,
    FAULTS_ALLOWED,
    RETRIED,
    pause,
)
from pdsec_checks.pagerduty.http.troubles import trouble_with

"""Tells a recording which requests are none of the API's."""
LARGEST_ANSWER = 2**16
SECRET_FIELDS = ("client_secret", "refresh_token", "code", "code_verifier")
CHECK_CLIENT = "check PAGERDUTY_CLIENT_ID and PAGERDUTY_CLIENT_SECRET"
CHECK_REQUEST = "check PAGERDUTY_SUBDOMAIN, the region, and the scopes of the app"
WAYS_OUT: dict[str | int, str] = {
    "invalid_client": CHECK_CLIENT,
    "unauthorized_client": CHECK_CLIENT,
    "invalid_grant": f"log in again: {NAME} login",
    "invalid_request": CHECK_REQUEST,
    "invalid_scope": CHECK_REQUEST,
    HTTPStatus.BAD_REQUEST: f"{CHECK_CLIENT}; {CHECK_REQUEST}",
    HTTPStatus.UNAUTHORIZED: CHECK_CLIENT,
    HTTPStatus.FORBIDDEN: CHECK_CLIENT,
    HTTPStatus.NOT_FOUND: "check PAGERDUTY_OAUTH_TOKEN_URL",
}
"""OAuth error, or status where there is none → what an operator can do about it."""
EVERYTHING = frozenset({"read", "write"})
"""The scopes of classic user tokens; either lets read whatever the user may read."""


class Grant(Struct, frozen=True):
    """What the token endpoint hands out."""

    access_token: str
    scope: str | None = None
    """None where an answer leaves it out: what was asked for is granted (RFC 6749, 5.1)."""
    expires_in: int | None = None
    """Seconds."""
    refresh_token: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that were granted, which may be fewer than were asked for."""
        return frozenset((self.scope or "").split())

    def __repr__(self) -> str:
        return "Grant(…)"


class Refusal(Struct, frozen=True):
    """An error of the token endpoint."""

    error: str = ""
    error_description: str = ""


def ask_for_token(
    token_url: str, form: Mapping[str, str], timeout: float, scopes: Iterable[str] = ()
) -> Grant:
    """Return what the token endpoint grants for *form*, which asks for *scopes*.

    It is tried again as PagerDuty itself is.

    Raises:
        CredentialError: It refuses, or gives no usable answer in time. No secret is repeated.
    """
    status, content = _answer(token_url, form, timeout)
    if status != HTTPStatus.OK:
        raise CredentialError(_why(token_url, form, status, content))
    try:
        grant = msgspec.json.decode(content, type=Grant)
    except msgspec.DecodeError:
        raise CredentialError(f"{token_url} gave no access token: not its answer") from None
    if grant.scope is not None:
        return grant
    return msgspec.structs.replace(grant, scope=" ".join(scopes) or None)


def _answer(token_url: str, form: Mapping[str, str], timeout: float) -> tuple[int, bytes]:
    """Return status and body of the last answer that is worth waiting for."""
    faults = limits = 0
    while True:
        try:
            status, headers, content = _post(token_url, form, timeout)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            faults += 1
            trouble = trouble_with(error, urlsplit(token_url).hostname or "")
            is_fault = isinstance(error, FAULTS) and not (trouble and trouble.lasts)
            if faults > FAULTS_ALLOWED or not is_fault:
                why = trouble.reason if trouble else f"the connection failed {faults} times"
                raise CredentialError(f"{token_url} gave no access token: {why}") from None
            time.sleep(pause(faults, BACKOFF))
            continue
        if status == HTTPStatus.TOO_MANY_REQUESTS and limits < RATE_LIMITS_ALLOWED:
            limits += 1
            time.sleep(reset_seconds(headers) or pause(limits, BACKOFF))
        elif status in RETRIED and faults < FAULTS_ALLOWED:
            faults += 1
            time.sleep(pause(faults, BACKOFF))
        else:
            return status, content


def _post(
    token_url: str, form: Mapping[str, str], timeout: float
) -> tuple[int, Mapping[str, str], bytes]:
    """Send the form once; return status, headers and body, of at most ``LARGEST_ANSWER`` bytes."""
    session = session_for(token_url)
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
    session.auth = _unchanged  # set, so that no .netrc entry adds a password
    with (
        over_within(timeout),
        session,
        session.post(
            token_url, data=dict(form), timeout=timeout, allow_redirects=False, stream=True
        ) as response,
    ):
        return response.status_code, response.headers, response.raw.read(LARGEST_ANSWER)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _why(token_url: str, form: Mapping[str, str], status: int, content: bytes) -> str:
    try:
        refusal = msgspec.json.decode(content, type=Refusal)
    except msgspec.DecodeError:
        refusal = Refusal()
    said = ", ".join(filter(None, (refusal.error, refusal.error_description)))
    for name in SECRET_FIELDS:
        said = said.replace(form.get(name) or HIDDEN, HIDDEN)
    plain = "".join(letter if letter.isprintable() else " " for letter in said[:200])
    reason = f"HTTP {status}" + (f", {plain}" if plain else "")
    return f"{token_url} refuses an access token: {reason} ({way_out(refusal.error, status)})"


def way_out(error: str, status: int) -> str:
    """Return what an operator can do about an error of the token endpoint, or a bare status."""
    return WAYS_OUT.get(error) or WAYS_OUT.get(status) or "try again later"


class AccessToken:
    """A bearer token that can be replaced once a run; ten threads get one replacement.

    Args:
        grant: The token to begin with.
        another: Returns the next one, or raises CredentialError.
    """

    def __init__(self, grant: Grant, another: Callable[[], Grant]) -> None:
        self.grant = grant
        self._another = another
        self._lock = threading.Lock()
        self._secrets: tuple[Secret, ...] = (Secret(grant.access_token),)
        self._spent = ""

    @property
    def header(self) -> Secret:
        """The value of the ``Authorization`` header."""
        return bearer(self.grant.access_token).header

    def renew(self, seen: Secret) -> bool:
        """Replace the token in the header *seen*, unless another thread did so already.

        Raises:
            CredentialError: There is none, or the one that came was refused as well.
        """
        with self._lock:
            if seen != self.header:
                return True
            if self._spent:
                raise CredentialError(self._spent)
            self._spent = "the new access token was refused as well"
            try:
                self.grant = self._another()
            except CredentialError as error:
                self._spent = str(error)
                raise
            self._secrets += (Secret(self.grant.access_token),)
            return True

    def hide(self, text: str) -> str:
        """Return *text* without any of the tokens so far."""
        for secret in self._secrets:
            text = secret.hide(text)
        return text


def app_token(client: OAuthClient, scopes: Iterable[str], timeout: float) -> AccessToken:
    """Return a token of an app for exactly *scopes*; it may be granted fewer.

    Raises:
        CredentialError: The app gets none.
    """
    wanted = sorted(scopes)
    account = f"as_account-{client.region}.{client.subdomain}"
    form = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret.reveal(),
        "scope": " ".join([account, *wanted]),
    }

    def ask() -> Grant:
        return ask_for_token(client.token_url, form, timeout, wanted)

    return AccessToken(ask(), ask)
