"""Why no connection comes about: the cause, the variable that it hangs on, and the way out.

A trouble that lasts would meet every further try as well, so nobody tries.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import requests
import urllib3

from pdsec_checks.resources import split_url

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXY_VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
)
EXPIRED, NOT_YET_VALID, WRONG_NAME = 10, 9, 62
"""OpenSSL's ``X509_V_ERR_…`` codes (``man verify``)."""


@dataclass(frozen=True)
class Trouble:
    """Why a request got no answer."""

    reason: str
    lasts: bool = True
    """Whether another try would meet the same."""


def trouble_with(
    error: BaseException, host: str, env: Mapping[str, str] = os.environ
) -> Trouble | None:
    """Return why a request to *host* got no answer; None where nothing more is known."""
    causes = list(chain(error))
    for explain in (ca_bundle, proxy, certificate, name):
        found = explain(causes, host, env)
        if found is not None:
            return found
    return None


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything that led to it, the outermost first."""
    seen: set[int] = set()
    left: list[object] = [error]
    while left:
        each = left.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            left += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]


def variable(names: tuple[str, ...], env: Mapping[str, str]) -> str:
    """Return the first of the variables *names* that is set; all of them where none is."""
    return next((name for name in names if env.get(name)), " or ".join(names[:1]))


def ca_bundle(causes: list[BaseException], _host: str, env: Mapping[str, str]) -> Trouble | None:
    """Explain certificates that cannot be loaded."""
    for each in causes:
        text = str(each)
        if "CA certificate bundle" in text or "no certificate or crl found" in text.lower():
            where = variable(CA_VARIABLES, env)
            return Trouble(
                f"the file of certificates that {where} names is not there, or holds none: "
                f"correct {where}, or unset it to use the system's certificates"
            )
    return None


def proxy(causes: list[BaseException], _host: str, env: Mapping[str, str]) -> Trouble | None:
    """Explain a proxy that cannot be used."""
    where = variable(PROXY_VARIABLES, env)
    texts = [str(each) for each in causes]
    if any("Missing dependencies for SOCKS" in text for text in texts):
        return Trouble(
            f"{where} names a SOCKS proxy, for which a package is missing: "
            "pip install 'requests[socks]', or name an http proxy"
        )
    malformed = (requests.exceptions.InvalidProxyURL, urllib3.exceptions.ProxySchemeUnknown)
    is_malformed = bool(env.get(where)) and not is_address(env[where])
    if is_malformed or any(isinstance(each, malformed) for each in causes):
        return Trouble(f"{where} is no address of a proxy; write http://HOST:PORT")
    if not any(
        isinstance(each, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError)
        for each in causes
    ):
        return None
    refused = next(
        (found for text in texts if (found := re.search(r"failed: (\d{3})", text))), None
    )
    if refused and refused[1] == "407":
        return Trouble(
            f"the proxy of {where} wants a user and a password: "
            f"write them into {where} as http://USER:PASSWORD@HOST:PORT"
        )
    if refused:
        return Trouble(f"the proxy of {where} refuses the connection (HTTP {refused[1]})")
    return Trouble(f"the proxy of {where} does not answer: is it up, and is {where} right?", False)


def is_address(text: str) -> bool:
    """Tell whether a text is an address of a proxy, with or without its scheme."""
    parts = split_url(text if "://" in text else f"http://{text}")
    return parts is not None and bool(parts.hostname)


def certificate(causes: list[BaseException], host: str, env: Mapping[str, str]) -> Trouble | None:
    """Explain a certificate that cannot be trusted."""
    found = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if found is None:
        return None
    match found.verify_code:
        case code if code == EXPIRED:
            said = "has expired: is this machine's clock right?"
        case code if code == NOT_YET_VALID:
            said = "is not valid yet: is this machine's clock right?"
        case code if code == WRONG_NAME:
            said = "is for another host: somebody else answers in its place"
        case _:
            where = variable(CA_VARIABLES, env)
            said = (
                "is signed by nobody whom this machine trusts: where a company inspects TLS, add "
                f"its certificate to the system's, or name its file in {where}"
            )
    return Trouble(f"the certificate of {host} {said}")


def name(causes: list[BaseException], host: str, _env: Mapping[str, str]) -> Trouble | None:
    """Explain a host that has no address."""
    kinds = (socket.gaierror, urllib3.exceptions.NameResolutionError)
    if any(isinstance(each, kinds) for each in causes):
        return Trouble(
            f"the name {host} cannot be resolved: check the network, the DNS and the address",
            lasts=False,
        )
    return None
