"""Credentials where every reader of the API sees them: in addresses and in settings.

What is hidden here is hidden so that the same credentials are found in what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, unquote_plus

from pdsec_checks.resources.domains import is_pseudonym

HIDDEN = "hidden"
"""What stands in the place of each part of a webhook's address that may be a secret."""
CREDENTIAL = "hidden-credential"
"""What stands in the place of a credential: long enough to be found again."""
NAMES = frozenset(
    {
        *("api_key", "apikey", "api-key", "token", "access_token", "auth", "authorization"),
        *("secret", "client_secret", "signature", "sig", "password", "passwd", "pwd"),
    }
)
"""What a parameter of an address, or the end of the name of a setting, calls a credential."""
LONG_NAMES = {"key": 16, "code": 16}
"""Parameters of an address → characters from which on the value is one: ``?key=OPS`` is none."""
LONG_SETTINGS = {"auth": 8, "authorization": 8}
"""Ends of names of settings → the same: ``basic_auth: true`` says how, not with what."""
EXAMINED = "pdsec-examined"
"""The fragment of an address, and the setting, that a recording with pseudonyms carries where
its credentials were looked for before they were taken out."""
REDACTED = "redacted"
"""The setting that stands for all others in such a recording."""
TOKEN = re.compile(r"[0-9a-f]{10}")
BEARERS = re.compile(
    r"hooks\.slack\.com|(.+\.)?webhook\.office\.com|outlook\.office(365)?\.com"
    r"|((ptb|canary)\.)?discord(app)?\.com"
)
"""Hosts whose addresses are secrets by design: Slack, Microsoft Teams, Discord."""
SIGNED = re.compile(r".+\.logic\.azure\.com|.+\.api\.powerplatform\.com")
"""Hosts of the workflows that replaced the webhooks of Teams; these addresses carry ``sig``."""


def is_bearer(host: str) -> bool:
    """Tell whether whoever knows an address on *host* may use it, as its maker meant it."""
    return bool(BEARERS.fullmatch(host.lower()) or SIGNED.fullmatch(host.lower()))


def has_userinfo(parts: SplitResult) -> bool:
    """Tell whether an address names a user or a password."""
    return bool(parts.netloc.rpartition("@")[0].strip(":"))


def parameters_of(parts: SplitResult) -> list[str]:
    """Return the names of the parameters of an address that hold credentials, sorted.

    Both separators are tried, ``&`` and ``;``: receivers know either.
    """
    pairs = {*parts.query.split("&"), *re.split("[&;]", parts.query)}
    found = {name for pair in pairs if (name := credential_in(pair))}
    is_signed = SIGNED.fullmatch((parts.hostname or "").lower())
    return sorted(found - {"sig"} if is_signed else found)


def credential_in(pair: str) -> str:
    """Return the name of a ``name=value`` that holds a credential, in lower case; else nothing."""
    name, _, value = map(unquote_plus, pair.partition("="))
    name = name.strip().lower()
    needed = 1 if name in NAMES else LONG_NAMES.get(name)
    return name if needed and len(value) >= needed else ""


def settings_of(settings: Any) -> Iterator[str]:
    """Yield the names of the settings that hold credentials, at any depth.

    The texts of a list stand under the name of the list.
    """
    left: list[tuple[str, Any]] = [("", settings)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += [(name, each) for each in value]
        elif isinstance(value, str) and is_credential(name, value):
            yield name


def is_credential(name: str, value: str) -> bool:
    """Tell whether a text under this name is a credential; one of ``*`` only is masked."""
    ending = ending_of(name)
    needed = LONG_SETTINGS.get(ending, 1)
    return bool(ending and value.strip("*") and len(value) >= needed)


def ending_of(name: str) -> str:
    """Return the longest end of a setting's name that calls it a credential; else nothing."""
    return max((each for each in NAMES if name.lower().endswith(each)), key=len, default="")


def hidden_query(parts: SplitResult) -> str:
    """Return a query that says only which parameters hold credentials, or that there is one."""
    named = [f"{name}={CREDENTIAL}" for name in parameters_of(parts)]
    return "&".join(named) or (parts.query and HIDDEN)


def hidden_settings(settings: Any) -> Any:
    """Return settings that say only which of them hold credentials; what is none stays."""
    if not isinstance(settings, dict | list) or not settings or are_unexamined(settings):
        return settings
    return {EXAMINED: True} | dict.fromkeys(settings_of(settings), CREDENTIAL)


def is_unexamined(parts: SplitResult) -> bool:
    """Tell whether an address is a pseudonym from before credentials were looked for."""
    return is_pseudonym(parts.hostname or "") and parts.fragment != EXAMINED


def are_unexamined(settings: Any) -> bool:
    """Tell whether settings are a pseudonym from before credentials were looked for."""
    return (
        isinstance(settings, dict)
        and settings.keys() == {REDACTED}
        and bool(TOKEN.fullmatch(str(settings[REDACTED])))
    )
