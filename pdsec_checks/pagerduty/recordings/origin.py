"""Where a recording is from: the address of the API that it names, and the service region."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from pdsec_checks.configuration.addresses import BASE_URLS, DOMAIN, is_loopback, region_of
from pdsec_checks.pagerduty.recordings.redaction import Redactor

UNKNOWN = "https://unknown.example.invalid"
"""The address where nothing tells which one was behind that of this machine (RFC 2606)."""
THIS_MACHINE = "an address of this machine"
"""Through what the API was reached where a proxy, or a simulator, stood in between."""
DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Origin:
    """Where a recording is from."""

    base_url: str
    region: str
    """``us`` or ``eu``; empty where nothing tells."""
    through: str = ""
    """Through what the API was reached; empty where it was asked at its own address."""


def origin_of(
    base_url: str, web_host: str | None, configured: str, redactor: Redactor | None
) -> Origin:
    """Return where a recording is from.

    An address of this machine says nothing later: the web pages of the account tell whose API was
    behind it, or the configuration. A gateway of the organisation's own is private.

    Args:
        base_url: The address that was asked.
        web_host: The host of the account's web pages; None where no answer showed it.
        configured: The region that the configuration names; empty where it names none.
        redactor: What makes pseudonyms; None where nothing is replaced.
    """
    region = region_of(base_url, region_of_pages(web_host) or configured)
    host = urlsplit(base_url).hostname or ""
    if is_loopback(host):
        return Origin(BASE_URLS.get(region, UNKNOWN), region, THIS_MACHINE)
    if redactor is None or f".{host}".endswith(f".{DOMAIN}"):
        return Origin(spelled(base_url), region)
    return Origin(f"https://{redactor.token(base_url)}.example.invalid", region)


def region_of_pages(web_host: str | None) -> str:
    """Return the region whose web pages are at a host; empty where that is unknown."""
    match (web_host or "").removesuffix(f".{DOMAIN}").split("."):
        case [_, "eu"]:
            return "eu"
        case [name] if name:
            return "us"
    return ""


def spelled(base_url: str) -> str:
    """Return a base URL as the addresses of requests spell it: a replay looks them up by that."""
    prepared = requests.Request("GET", base_url).prepare().url or base_url
    parts = urlsplit(prepared)
    port = f":{parts.port}" if parts.port == DEFAULT_PORTS.get(parts.scheme) else ""
    return parts._replace(netloc=parts.netloc.removesuffix(port)).geturl().rstrip("/")
