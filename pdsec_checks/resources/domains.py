"""Domains and hosts, and the patterns by which an organisation lists its own."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from pdsec_checks.errors import InspectionError

PSEUDONYM = ".example.invalid"
"""How every host and domain ends in a recording with pseudonyms."""
HIDDEN_NAME = re.compile(rf"[0-9a-f]{{10}}(\.[a-z]+)?{re.escape(PSEUDONYM)}")
"""A whole one: the pseudonym, what kind of host it is the name of, and that ending."""


def normal(name: str) -> str:
    """Return a domain or host in the one form that is compared: lower case, ASCII, no last dot.

    One that IDNA cannot encode stays as it is, in lower case.
    """
    plain = name.strip().strip("[]").rstrip(".").lower()
    try:
        return plain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return plain


def is_pseudonym(name: str) -> bool:
    """Tell whether a host or domain is what a recording has in the place of one."""
    return HIDDEN_NAME.fullmatch(name) is not None


def shown(name: str, owner: object, what: str) -> str:
    """Return a host or domain that is shown as it is; *owner* and *what* name it in the error.

    Raises:
        InspectionError: A recording with pseudonyms hides it.
    """
    if is_pseudonym(name):
        raise InspectionError(
            f"{owner}: a recording with pseudonyms does not show {what}: inspect the account "
            "itself, or a recording without pseudonyms"
        )
    return name


def is_listed(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a domain or host is one of *patterns*, such as ``acme.example``.

    ``*.acme.example`` stands for whatever is below it, at any depth, and not for itself.
    """
    found = normal(name)
    return any(matches(found, without_port(pattern.strip())) for pattern in patterns)


def is_address(name: str) -> bool:
    """Tell whether a host is an IP address, which only matches literally."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def matches(name: str, pattern: str) -> bool:
    """Tell whether a name in its normal form is meant by a pattern."""
    if pattern.startswith("*.") and not is_address(name):
        ending = f".{normal(pattern[2:])}"
        return name.endswith(ending) and len(name) > len(ending)
    return name == normal(pattern)


def without_port(pattern: str) -> str:
    """Return a pattern without a port: the host alone is compared."""
    host, colon, port = pattern.rpartition(":")
    return host if colon and port.isdigit() and ":" not in host else pattern
