"""Addresses of PagerDuty: base URLs, regions, and what may be asked in clear."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from pdsec_checks.configuration.credentials import (
    TOKEN_URL,
)
from pdsec_checks.errors import UsageError
from pdsec_checks.resources import split_url

DOMAIN = "pagerduty.com"
BASE_URLS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}


def check_base_url(url: str, what: str = "base URL", sent: str = "the key") -> str:
    """Return *url* without a trailing slash; *what* is its name in an error, *sent* what it gets.

    Raises:
        UsageError: It is not an address alone, or neither https nor on this machine.
    """
    parts = split_url(url)
    if not parts or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise UsageError(
            f"{what}: not an address such as https://api.pagerduty.com, without user, query "
            "and fragment"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return url.strip().rstrip("/")
    raise UsageError(
        f"{what} {parts.scheme}://{parts.hostname}: {sent} would travel unencrypted; use "
        "https (plain http is accepted only for addresses of this machine)"
    )


def is_pagerduty(base_url: str) -> bool:
    """Tell whether an address is PagerDuty's own: https, and a host of its domain."""
    parts = split_url(base_url)
    if not parts or parts.scheme != "https":
        return False
    return f".{parts.hostname or ''}".endswith(f".{DOMAIN}")


def token_url_of(env: Mapping[str, str]) -> str:
    """Return the address of the token endpoint.

    Raises:
        UsageError: It is none, or would be asked in clear.
    """
    name = "PAGERDUTY_OAUTH_TOKEN_URL"
    return check_base_url(env.get(name) or TOKEN_URL, name)


def region_of(base_url: str, configured: str) -> str:
    """Return the service region of an address; as *configured* where it is not PagerDuty's own."""
    regions = {url: region for region, url in BASE_URLS.items()}
    return regions.get(base_url, configured)


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
