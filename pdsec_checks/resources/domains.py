"""Domains and hosts, and the patterns by which an organisation lists its own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

PSEUDONYM = ".example.invalid"
"""How every host and domain ends in a recording with pseudonyms."""


def normal(name: str) -> str:
    """Return a domain or host in the one form that is compared: lower case, ASCII, no last dot.

    One that IDNA cannot encode stays as it is, in lower case.
    """
    plain = name.strip().strip("[]").rstrip(".").lower()
    try:
        return plain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return plain


def is_listed(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a domain or host is one of *patterns*, such as ``acme.example``.

    ``*.acme.example`` stands for whatever is below it, at any depth, and not for itself.
    """
    found = normal(name)
    return any(matches(found, pattern.strip()) for pattern in patterns)


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
