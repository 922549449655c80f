"""OAuth: how an access token is got, and how one that PagerDuty refuses is replaced, once.

Source: "OAuth Functionality" and "Private Apps" of the developer documentation. An app's token
lives a day and has no refresh token; a user's has one, which each refresh replaces.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from msgspec import Struct

from pdsec_checks import NAME
from pdsec_checks.configuration.addresses import is_loopback
from pdsec_checks.configuration.credentials import HIDDEN, OAuthClient, Secret, bearer
from pdsec_checks.errors import CredentialError
from pdsec_checks.pagerduty.http import threads

ACCEPT_TOKEN = "application/json"  # noqa: S105 - a media type
"""Tells a recording which requests are none of the API's."""
LARGEST_ANSWER = 2**16
SECRET_FIELDS = ("client_secret", "refresh_token", "code", "code_verifier")
EVERYTHING = frozenset({"read", "write"})
"""The scopes of classic user tokens; either lets read whatever the user may read."""


class Grant(Struct, frozen=True):
    """What the token endpoint hands out."""

    access_token: str
    scope: str = ""
    expires_in: int | None = None
    """Seconds."""
    refresh_token: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that were granted, which may be fewer than were asked for."""
        return frozenset(self.scope.split())

    def __repr__(self) -> str:
        return "Grant(…)"


class Refusal(Struct, frozen=True):
    """An error of the token endpoint."""

    error: str = ""
    error_description: str = ""


def ask_for_token(token_url: str, form: Mapping[str, str], timeout: float) -> Grant:
    """Return what the token endpoint grants for *form*.

    Raises:
        CredentialError: It refuses, or gives no usable answer in time. No secret is repeated.
    """
    session = requests.Session()
    session.trust_env = not is_loopback(urlsplit(token_url).hostname or "")
    session.headers.update({"Accept": ACCEPT_TOKEN, "Accept-Encoding": "identity"})
    session.auth = _unchanged  # set, so that no .netrc entry adds a password
    try:
        with session.post(
            token_url, data=dict(form), timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            status, content = response.status_code, response.raw.read(LARGEST_ANSWER)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        kind = type(error).__name__
        raise CredentialError(f"{token_url} gave no access token: {kind}") from None
    if status != HTTPStatus.OK:
        raise CredentialError(_why(token_url, form, status, content))
    try:
        return msgspec.json.decode(content, type=Grant)
    except msgspec.DecodeError:
        raise CredentialError(f"{token_url} gave no access token: not its answer") from None


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
    return f"{token_url} refuses an access token: {reason} ({way_out(refusal.error)})"


def way_out(error: str) -> str:
    """Return what an operator can do about an error of the token endpoint."""
    match error:
        case "invalid_client" | "unauthorized_client":
            return "check PAGERDUTY_CLIENT_ID and PAGERDUTY_CLIENT_SECRET"
        case "invalid_grant":
            return f"log in again: {NAME} login"
        case "invalid_request" | "invalid_scope":
            return "check PAGERDUTY_SUBDOMAIN, the region, and the scopes of the app"
    return "try again later"


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
                with threads.ALONE:
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
    account = f"as_account-{client.region}.{client.subdomain}"
    form = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret.reveal(),
        "scope": " ".join([account, *sorted(scopes)]),
    }

    def ask() -> Grant:
        return ask_for_token(client.token_url, form, timeout)

    return AccessToken(ask(), ask)
