"""Connections that have an end, and that trust whom the system trusts.

A timeout of a socket begins anew with each byte. So whatever trickles (headers, the extension of a
chunk, an endless ``100 Continue``, a proxy's answer) could go on for ever; here each read may take
only what is left of the time of the whole request, and all of them together a bounded number of
bytes.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from pdsec_checks.configuration.addresses import is_loopback
from pdsec_checks.resources import split_url

LARGEST_ANSWER = 64 * 2**20
"""Bytes after decompression; a page of 100 schedules is well below 1 MiB."""
LARGEST_FRAME = 2**20
"""Bytes that an answer may have besides its body."""
ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=math.inf)
"""When the request of this thread must be over, in seconds of the monotonic clock."""


@contextmanager
def over_within(seconds: float) -> Iterator[None]:
    """Let the requests of the block be over after *seconds*, whatever they wait for."""
    before = ENDS_AT.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        ENDS_AT.reset(before)


def seconds_left() -> float | None:
    """Return how long the request may still take; None where nothing bounds it.

    Raises:
        TimeoutError: Its time is over.
    """
    left = ENDS_AT.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the request took too long")
    return None if math.isinf(left) else left


class BoundedStream(io.RawIOBase):
    """What arrives on a socket, within the time and size allowed for one answer."""

    def __init__(self, source: io.RawIOBase, sock: socket.socket) -> None:
        self._source, self._sock = source, sock
        self._arrived = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(seconds_left())
        count = self._source.readinto(buffer)
        self._arrived += count or 0
        if self._arrived > LARGEST_ANSWER + LARGEST_FRAME:
            raise OSError(f"the answer is longer than {LARGEST_ANSWER} bytes")
        return count

    def fileno(self) -> int:
        return self._source.fileno()

    def close(self) -> None:
        self._source.close()
        super().close()


class BoundedAnswer(http.client.HTTPResponse):
    """An answer that is read through a :class:`BoundedStream`, from its first line."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(BoundedStream(raw, sock))


class Connection(HTTPConnection):
    """A connection whose making and whose answers have an end."""

    response_class = BoundedAnswer

    def _new_conn(self) -> socket.socket:
        """Try each address of the host, all of them within the time of the request."""
        name, failed = self._dns_host, None
        try:
            for address in addresses(self, name):
                self._dns_host, self.timeout = address, seconds_left()
                try:
                    sock = super()._new_conn()
                except HTTPError as error:
                    failed = error
                else:
                    sock.settimeout(seconds_left())  # for TLS
                    return sock
        finally:
            self._dns_host = name
        raise failed or NewConnectionError(self, f"{name} has no address")


def addresses(connection: HTTPConnection, name: str) -> list[str]:
    """Return the addresses of a host.

    Raises:
        NameResolutionError: It has none.
    """
    try:
        found = socket.getaddrinfo(
            name.strip("[]"), connection.port, allowed_gai_family(), socket.SOCK_STREAM
        )
    except (socket.gaierror, UnicodeError) as error:
        why = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(name, connection, why) from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class SecureConnection(Connection, HTTPSConnection):
    """The same over TLS."""

    def connect(self) -> None:
        """Connect; where no file of certificates was named, the system's count as well.

        Each connection has a context of its own: truststore lets one handshake at a time use one.
        """
        if self.ca_certs == DEFAULT_CA_BUNDLE_PATH:
            self.ssl_context = system_trust()
        super().connect()


def system_trust() -> ssl.SSLContext:
    """Return a context that trusts whom the system trusts."""
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Pool(HTTPConnectionPool):
    """Keeps connections."""

    ConnectionCls = Connection


class SecurePool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = SecureConnection


POOLS = {"http": Pool, "https": SecurePool}


class Adapter(HTTPAdapter):
    """Sends requests through these connections, with a proxy or without.

    SOCKS proxies have connections of their own, which another package makes.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool for a request.

        Raises:
            InvalidProxyURL: The address of the proxy is none; requests stumbles over some of them.
        """
        proxy = select_proxy(request.url, proxies)
        if proxy and not is_address(proxy):
            raise InvalidProxyURL("the address of the proxy is invalid")
        return super().get_connection_with_tls_context(request, verify, proxies, cert)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.lower().startswith("socks"):
            return super().proxy_manager_for(proxy, **kwargs)
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=system_trust(), **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


def is_address(proxy: str) -> bool:
    """Tell whether a text is the address of a proxy, with or without a scheme."""
    parts = split_url(proxy if "://" in proxy else f"http://{proxy}")
    return parts is not None and bool(parts.hostname)


def session_for(url: str, adapter: HTTPAdapter | None = None) -> requests.Session:
    """Return a session that may send to *url*: past every proxy where that is this machine."""
    session = requests.Session()
    session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter or Adapter())
    return session
