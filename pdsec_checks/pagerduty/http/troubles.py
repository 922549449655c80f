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
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProxySchemeUnknown,
)

Causes = list[BaseException]
Env = Mapping[str, str]
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
"""In the order in which requests looks at them for an https address."""
MALFORMED = (
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidURL,
    LocationParseError,
    ProxySchemeUnknown,
)
EXPIRED, NOT_YET_VALID, WRONG_NAME, WRONG_ADDRESS = 10, 9, 62, 64
"""OpenSSL's ``X509_V_ERR_…`` codes (``man verify``)."""


@dataclass(frozen=True)
class Trouble:
    """Why no connection came about."""

    reason: str
    lasts: bool = True
    """Whether another try would meet the same."""


def trouble_with(error: BaseException, host: str, env: Env = os.environ) -> Trouble | None:
    """Return why there is no connection to *host*; None where there was one that broke."""
    causes = list(chain(error))
    for explain in (ca_bundle, proxy, certificate, tls, name, connection):
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


def variable(names: tuple[str, ...], env: Env, otherwise: str) -> str:
    """Return the first of the variables *names* that is set."""
    return next((name for name in names if env.get(name)), otherwise)


def ca_bundle(causes: Causes, _host: str, env: Env) -> Trouble | None:
    """Explain a file of certificates that cannot be used."""
    where = variable(CA_VARIABLES, env, "")
    is_missing = any("CA certificate bundle" in str(each) for each in causes)
    is_broken = where and any(is_about_a_file(each) for each in causes)
    if not (is_missing or is_broken):
        return None
    return Trouble(
        f"the file of certificates that {where} names cannot be read, or holds none: "
        f"correct {where}, or unset it to use the system's certificates"
    )


def is_about_a_file(error: BaseException) -> bool:
    """Tell whether an error comes from loading certificates, not from checking one."""
    if isinstance(error, ssl.SSLError):
        return error.library in {"X509", "PEM", "ASN1"} or "NO_CERTIFICATE" in str(error)
    return isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError)


def proxy(causes: Causes, _host: str, env: Env) -> Trouble | None:
    """Explain a proxy that cannot be used."""
    where = variable(PROXY_VARIABLES, env, "")
    named = where or "this system's settings"
    texts = [str(each) for each in causes]
    if any("Missing dependencies for SOCKS" in text for text in texts):
        return Trouble(
            f"{named} names a SOCKS proxy, for which a package is missing: "
            "pip install 'requests[socks]', or name an http proxy"
        )
    if where and any(isinstance(each, MALFORMED) for each in causes):
        return Trouble(f"{where} is not the address of a proxy: write http://HOST:PORT")
    kinds = requests.exceptions.ProxyError | urllib3.exceptions.ProxyError
    if any(isinstance(each, kinds) for each in causes) or any("SOCKS" in text for text in texts):
        return unused_proxy(causes, texts, named)
    return None


def unused_proxy(causes: Causes, texts: list[str], named: str) -> Trouble:
    """Explain a proxy that lets nobody through."""
    refused = next(
        (found for text in texts if (found := re.search(r"failed: (\d{3})", text))), None
    )
    if refused and refused[1] == "407":
        return Trouble(
            f"the proxy of {named} wants a user and a password, or refuses those that it got: "
            f"write them into {named} as http://USER:PASSWORD@HOST:PORT"
        )
    if refused:
        return Trouble(
            f"the proxy of {named} refuses the connection (HTTP {refused[1]}): ask whoever runs it",
            lasts=int(refused[1]) < 500,  # noqa: PLR2004 - HTTP's own line
        )
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        return Trouble(f"the certificate of the proxy of {named} is none that this machine trusts")
    return Trouble(
        f"the proxy of {named} does not answer: is it up, and is the address right?", lasts=False
    )


def certificate(causes: Causes, host: str, env: Env) -> Trouble | None:
    """Explain a certificate that cannot be trusted."""
    found = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if found is None:
        return None
    code = getattr(found, "verify_code", 0)
    if code == EXPIRED:
        said = "has expired: is this machine's clock right?"
    elif code == NOT_YET_VALID:
        said = "is not valid yet: is this machine's clock right?"
    elif code in {WRONG_NAME, WRONG_ADDRESS}:
        said = (
            "is for another host: something else answers in its place, such as a network that "
            "wants a sign-in, or a proxy"
        )
    else:
        where = variable(CA_VARIABLES, env, "REQUESTS_CA_BUNDLE")
        said = (
            "is signed by nobody whom this machine trusts: where a company inspects TLS, add its "
            f"certificate to the system's, or to a file that {where} names"
        )
    return Trouble(f"the certificate of {host} {said}")


def tls(causes: Causes, host: str, _env: Env) -> Trouble | None:
    """Explain a connection that is never encrypted."""
    found = next((each for each in causes if isinstance(each, ssl.SSLError)), None)
    if found is None or found.reason is None or "TIMED_OUT" in found.reason:
        return None
    how = found.reason.lower().replace("_", " ")
    return Trouble(
        f"no TLS connection to {host} ({how}): is the address right, and does anything "
        "on the way block TLS?",
        lasts=not isinstance(found, ssl.SSLEOFError | ssl.SSLZeroReturnError),
    )


def name(causes: Causes, host: str, _env: Env) -> Trouble | None:
    """Explain a host that has no address."""
    if not any(isinstance(each, socket.gaierror | NameResolutionError) for each in causes):
        return None
    return Trouble(
        f"the name {host} cannot be resolved: check the network, the DNS and the address",
        lasts=False,
    )


def connection(causes: Causes, host: str, _env: Env) -> Trouble | None:
    """Explain a host that nobody can connect to."""
    found = [each for each in causes if isinstance(each, NewConnectionError | ConnectTimeoutError)]
    if not found:
        return None
    why = next(
        (each.strerror for each in causes if isinstance(each, OSError) and each.strerror), ""
    )
    said = f"cannot connect to {host} ({why or 'no answer in time'})"
    return Trouble(f"{said}: check the network, a firewall and the address", lasts=False)
