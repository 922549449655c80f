"""Logins: a user's tokens, kept in the keyring of the system and nowhere else.

There is one login for each API address, so one for each region. ``keyring`` is an extra
(``[login]``): it brings compiled packages that a pipeline has no use for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

import msgspec
from msgspec import Struct

from pdsec_checks import NAME
from pdsec_checks.errors import CredentialError
from pdsec_checks.pagerduty.access.oauth import AccessToken, Grant, ask_for_token

"""Our name in the keyring; the address of the API is the name of the entry."""
MARGIN = 60.0
"""Seconds before its end at which a token is no longer used to begin with."""
SAFE = 1
"""The priority from which keyring recommends a store; those below keep clear text, or nothing."""


class Login(Struct, frozen=True):
    """Who is logged in to one API address, and with what."""

    client_id: str
    client_secret: str | None
    """None for a public client."""
    token_url: str
    grant: Grant
    expires: float | None
    """Seconds since the epoch at which the access token ends; None where nobody said."""

    @classmethod
    def of(cls, client_id: str, client_secret: str | None, token_url: str, grant: Grant) -> Login:
        """Return the login that *grant* opens now."""
        expires = time.time() + grant.expires_in if grant.expires_in else None
        return cls(client_id, client_secret, token_url, grant, expires)

    def __repr__(self) -> str:
        return "Login(…)"


def load(base_url: str) -> Login | None:
    """Return the login to an API address; None when there is none.

    Raises:
        CredentialError: The keyring does not open, or holds something else.
    """
    if find_spec("keyring") is None:
        return None
    with _keyring() as keyring:
        if keyring.get_keyring().priority < SAFE:
            return None
        kept = keyring.get_password(NAME, base_url)
    if kept is None:
        return None
    try:
        return msgspec.json.decode(kept, type=Login)
    except msgspec.DecodeError:
        raise CredentialError(
            f"the keyring's entry for {base_url} is not of this version: log in again"
        ) from None


def save(base_url: str, login: Login) -> None:
    """Keep a login.

    Raises:
        CredentialError: There is no keyring that keeps it safe.
    """
    with _keyring() as keyring:
        require_safe(keyring)
        keyring.set_password(NAME, base_url, msgspec.json.encode(login).decode())


def forget(base_url: str) -> bool:
    """Drop the login to an API address; tell whether there was one."""
    if load(base_url) is None:
        return False
    with _keyring() as keyring:
        keyring.delete_password(NAME, base_url)
    return True


def check() -> None:
    """Make sure, before anybody is asked to log in, that a login can be kept.

    Raises:
        CredentialError: It cannot.
    """
    with _keyring() as keyring:
        require_safe(keyring)


def require_safe(keyring: ModuleType) -> None:
    """Refuse a machine whose keyring is none, or keeps clear text."""
    backend = keyring.get_keyring()
    if backend.priority < SAFE:
        raise CredentialError(
            f"this machine has no keyring that keeps a token safe (found: {backend.name}); use "
            "PAGERDUTY_API_KEY or an OAuth client instead"
        )


@contextmanager
def _keyring() -> Iterator[ModuleType]:
    try:
        import keyring  # an extra, and slow to import
        from keyring.errors import KeyringError
    except ImportError:
        raise CredentialError(
            f"a login needs the package keyring: pip install '{NAME}[login]'"
        ) from None
    try:
        yield keyring
    except KeyringError as error:
        reason = str(error) or type(error).__name__
        raise CredentialError(f"the keyring of this machine does not open: {reason}") from None


def user_token(base_url: str, login: Login, timeout: float) -> AccessToken:
    """Return the access token of a login, refreshed first where it is about to end.

    Raises:
        CredentialError: It has ended, and PagerDuty gives no other.
    """

    def another() -> Grant:
        return refreshed(base_url, token.grant, timeout)

    token = AccessToken(login.grant, another)
    if login.expires is not None and login.expires < time.time() + MARGIN:
        token.renew(token.header)
    return token


def refreshed(base_url: str, refused: Grant, timeout: float) -> Grant:
    """Return what replaces the *refused* tokens, and keep it.

    Another run may have refreshed them meanwhile, which makes our refresh token worthless: what
    it left in the keyring is then the answer.

    Raises:
        CredentialError: Nobody is logged in any more, or PagerDuty gives no other token.
    """
    login = load(base_url)
    if login is None:
        raise CredentialError("the login was forgotten: log in again")
    if login.grant.access_token != refused.access_token:
        return login.grant
    if not login.grant.refresh_token:
        raise CredentialError("the login has ended and cannot be refreshed: log in again")
    form = {
        "grant_type": "refresh_token",
        "client_id": login.client_id,
        "refresh_token": login.grant.refresh_token,
    }
    if login.client_secret:
        form["client_secret"] = login.client_secret
    grant = ask_for_token(login.token_url, form, timeout)
    grant = msgspec.structs.replace(
        grant,
        refresh_token=grant.refresh_token or login.grant.refresh_token,
        scope=login.grant.scope if grant.scope is None else grant.scope,
    )
    save(base_url, Login.of(login.client_id, login.client_secret, login.token_url, grant))
    return grant
