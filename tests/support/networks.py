"""Company networks on this machine: certificates, TLS servers, proxies, names.

The tool passes every proxy by on its way to this machine, so PagerDuty has a name here that only
the test resolves.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "api.pagerduty.test"
NAMES = frozenset({HOST, "identity.pagerduty.test", "proxy.test"})
"""The names that lead to this machine."""
LOOPBACK = "127.0.0.1"
VARIABLES = (
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
DAY = timedelta(days=1)
SERVED = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"users":[]}'
)
Connected = Callable[[socket.socket], None]


class Authority:
    """Signs certificates; its own is in :attr:`file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Company CA")])
        constraint = x509.BasicConstraints(ca=True, path_length=0)
        made = self._builder(self._name, self._key, -DAY, DAY).add_extension(
            constraint, critical=True
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(pem(made.sign(self._key, hashes.SHA256())))

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, starts: timedelta, ends: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + starts)
            .not_valid_after(now + ends)
        )

    def certificate(
        self, host: str = HOST, starts: timedelta = -DAY, ends: timedelta = DAY
    ) -> Path:
        """Return a file with a certificate for *host*, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = self._builder(name, key, starts, ends).add_extension(names, critical=False)
        file = self._folder / f"{host}{starts.days}{ends.days}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(pem(made.sign(self._key, hashes.SHA256())) + secret)
        return file


def pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


@contextmanager
def listening(connected: Connected) -> Iterator[int]:
    """Give each connection to a free port of this machine to *connected*; yield the port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the client left
                connected(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 50

    with Server((LOOPBACK, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def over_tls(file: Path, connected: Connected) -> Connected:
    """Return what speaks TLS with the certificate of *file*, and then does as *connected*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def secured(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as safe:
            connected(safe)

    return secured


def answering(answer: bytes = SERVED) -> Connected:
    """Return what answers each request of a connection with *answer*."""

    def answers(client: socket.socket) -> None:
        while read_head(client):
            client.sendall(answer)

    return answers


def read_head(client: socket.socket) -> bytes:
    """Return the head of a request; nothing where the connection ends."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def forwarding(port: int) -> Connected:
    """Return what passes everything on to a port of this machine, and back."""

    def forwards(client: socket.socket) -> None:
        with socket.create_connection((LOOPBACK, port)) as server:
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join()

    return forwards


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes, until nothing does."""
    with contextlib.suppress(OSError):
        while content := source.recv(2**16):
            sink.sendall(content)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class Proxy:
    """Connects whoever names PagerDuty to a port of this machine, or refuses."""

    def __init__(self, port: int, *, status: int = 200, authorization: str | None = None) -> None:
        self._port, self._status, self._wanted = port, status, authorization
        self.asked: list[bytes] = []

    def __call__(self, client: socket.socket) -> None:
        head = read_head(client)
        self.asked.append(head)
        wanted = f"Proxy-Authorization: Basic {self._wanted}".encode() if self._wanted else b""
        status = self._status if wanted in head else 407
        client.sendall(f"HTTP/1.1 {status} Said the proxy\r\n\r\n".encode())
        if status == 200:
            forwarding(self._port)(client)


@contextmanager
def company() -> Iterator[pytest.MonkeyPatch]:
    """Be in a network of a test: no variable says anything of another one.

    The names of this module lead to this machine, and no other name leads anywhere.
    """
    resolve = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host in NAMES:
            return resolve(LOOPBACK, *args, **kwargs)
        if not str(host).replace(".", "").isdigit() and host != "localhost":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        patch.setattr(socket, "getaddrinfo", resolved)
        yield patch
