"""Credentials: which kinds there are, where each is looked for, and which one wins.

From first to last: an API key (flag, file, then environment), a bearer token, an OAuth client.
Whoever has none of them may have logged in: ``pagerduty/access/logins.py`` looks in the keyring.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from pdsec_checks.configuration.file import at_home
from pdsec_checks.errors import UsageError

TOKEN_URL = "https://identity.pagerduty.com/oauth/token"  # noqa: S105 - an address
"""The identity server of both regions."""
STANDARD_INPUT = "-"
LARGEST_FILE = 4096
"""Characters; a key has 20."""
HIDDEN = "…"
TELLING = 8
"""Characters of a secret in a row that another text has by no chance."""
KEY_SCHEME = "Token token="


class Secret:
    """A key, a token or what a header makes of it: only ``reveal`` gives its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text; whoever asks for it hands it to the request at once."""
        return self._text

    def hide(self, text: str) -> str:
        """Return *text* without the secret."""
        return text.replace(self._text, HIDDEN)

    def is_shown_by(self, text: str) -> bool:
        """Tell whether *text* has a part of it that is long enough to be no chance."""
        secret, text = self._text.casefold(), text.casefold()
        last = max(len(secret) - TELLING, 0)
        return any(secret[start : start + TELLING] in text for start in range(last + 1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class Authorization(Protocol):
    """What a client sends in the ``Authorization`` header. Safe to use from several threads."""

    @property
    def header(self) -> Secret:
        """The value of the header."""
        ...

    def renew(self, seen: Secret) -> bool:
        """Replace the header *seen*, which PagerDuty refused; False when nothing can.

        Raises:
            CredentialError: There should be another one, and it is not to be had.
        """
        ...

    def hide(self, text: str) -> str:
        """Return *text* without a secret."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """An API key or a bearer token: good as it is, or not at all."""

    scheme: str
    secret: Secret

    @property
    def is_key(self) -> bool:
        """Whether it is an API key, not a bearer token."""
        return self.scheme == KEY_SCHEME

    @property
    def header(self) -> Secret:
        """The value of the ``Authorization`` header."""
        return Secret(f"{self.scheme}{self.secret.reveal()}")

    def renew(self, seen: Secret) -> bool:
        """Return False: there is no other."""
        del seen
        return False

    def hide(self, text: str) -> str:
        """Return *text* without the secret."""
        return self.secret.hide(text)

    def __repr__(self) -> str:
        return "Credential(…)"


@dataclass(frozen=True, slots=True, repr=False)
class OAuthClient:
    """A private app of the account, which gets a token of its own (client credentials)."""

    client_id: str
    client_secret: Secret
    subdomain: str
    region: str
    token_url: str

    def __repr__(self) -> str:
        return "OAuthClient(…)"


def api_key(secret: str) -> Credential:
    """Return the credential of an account or user API key."""
    return Credential(KEY_SCHEME, Secret(secret))


def bearer(secret: str) -> Credential:
    """Return the credential of an OAuth access token."""
    return Credential("Bearer ", Secret(secret))


def credential_from(
    flags: Mapping[str, Any], env: Mapping[str, str], region: str, token_url: str
) -> Credential | OAuthClient | None:
    """Return the credential at hand, the first of the order above; None when there is none.

    Args:
        flags: The options that were given, by ``Option.dest``.
        env: The environment variables.
        region: ``us`` or ``eu``, for an OAuth client.
        token_url: Where an OAuth client gets its tokens, for the same.

    Raises:
        UsageError: A secret cannot be read or has characters that none has, two are given where
            one is wanted, or the settings of an OAuth client are incomplete.
    """
    flag = flags.get("pd_api_key"), flags.get("pd_api_key_file")
    variable = env.get("PAGERDUTY_API_KEY"), env.get("PAGERDUTY_API_KEY_FILE")
    key = key_of(*flag, "--pd-api-key") or key_of(*variable, "PAGERDUTY_API_KEY")
    if key:
        return api_key(key)
    token = env.get("PAGERDUTY_TOKEN", "").strip()
    if token:
        return bearer(fit_for_header(token, "PAGERDUTY_TOKEN"))
    return oauth_client(env, region, token_url)


def on_command_line(way_out: str) -> str:
    """Return the warning about a key among the flags; *way_out* is the flag that names a file."""
    return (
        "other users of this machine can see a key on the command line; set PAGERDUTY_API_KEY, "
        f"or use {way_out}"
    )


def key_of(key: str | None, file: str | None, where: str) -> str | None:
    """Return an API key that was given as it is or in a file; None when neither was."""
    key = (key or "").strip()
    if key and file:
        also = f"{where}{'-file' if where.startswith('-') else '_FILE'}"
        raise UsageError(f"{where} and {also}: only one key can be used; leave one of them out")
    if key == STANDARD_INPUT:
        raise UsageError(f"{where} -: to read the key from standard input, use --api-key-file -")
    if file:
        return key_in(str(file))
    return fit_for_header(key, "API key") if key else None


def key_in(file: str) -> str:
    """Return the API key in a file, or on standard input for ``-``.

    Raises:
        UsageError: It cannot be read, or holds no key.
    """
    try:
        if file == STANDARD_INPUT:
            text = sys.stdin.read(LARGEST_FILE)
        else:
            with at_home(file, "API key file").open(encoding="utf-8") as opened:
                text = opened.read(LARGEST_FILE)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a text"
        raise UsageError(f"API key file {file}: {why}") from None
    if not text.strip():
        raise UsageError(f"API key file {file}: it is empty; write the key into it, and no more")
    return fit_for_header(text.strip(), f"API key file {file}")


def oauth_client(env: Mapping[str, str], region: str, token_url: str) -> OAuthClient | None:
    """Return the OAuth client that the environment describes; None when it describes none.

    Raises:
        UsageError: It describes one in part.
    """
    names = ("PAGERDUTY_CLIENT_ID", "PAGERDUTY_CLIENT_SECRET", "PAGERDUTY_SUBDOMAIN")
    values = [env.get(name, "").strip() for name in names]
    if not any(values[:2]):
        return None  # a subdomain alone is no credential
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        given = next(name for name, value in zip(names, values, strict=True) if value)
        raise UsageError(
            f"{' and '.join(missing)}: not set, although {given} is; an OAuth client needs "
            f"{', '.join(names)}"
        )
    client_id, secret, subdomain = map(fit_for_header, values, names)
    return OAuthClient(client_id, Secret(secret), subdomain, region, token_url)


def fit_for_header(secret: str, what: str) -> str:
    """Return *secret*; the error says what is wrong and never repeats it."""
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise UsageError(
            f"{what}: it holds a space, a line break or a character that no key has; copy it again"
        )
    return secret
