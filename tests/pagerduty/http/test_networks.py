"""The client in company networks: real TLS servers and proxies, and what is wrong with them."""

from __future__ import annotations

import base64
import contextlib
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.errors import UnreachableError
from pdsec_checks.pagerduty.http.client import Client
from tests.support.networks import (
    DAY,
    HOST,
    Authority,
    Connected,
    Proxy,
    answering,
    company,
    listening,
    over_tls,
)

SECRET = "y_NbAkKc66ryYTWUXYEu"
PASSWORD = "hush"
LOGIN = f"user:{PASSWORD}@"
AUTHORIZATION = base64.b64encode(f"user:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Found the company's certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def network(authority: Authority) -> Iterator[None]:
    """Be on a machine whose system trusts the authority, with no variable of a network."""
    with company() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority.file))
        yield


@pytest.fixture
def pagerduty(authority: Authority) -> Iterator[int]:
    """Serve an empty answer over TLS, for PagerDuty's name."""
    with listening(over_tls(authority.certificate(), answering())) as port:
        yield port


@contextlib.contextmanager
def connected(port: int, host: str = HOST) -> Iterator[Client]:
    """Open a client that does not wait before it tries again."""
    client = Client(f"https://{host}:{port}", api_key(SECRET), timeout=60.0)
    client.backoff = 0
    try:
        yield client
    finally:
        client.session.close()


def refusal_of(port: int, host: str = HOST) -> tuple[str, int]:
    """Ask for a path in vain; return why nothing came, and how many requests that took."""
    with connected(port, host) as client:
        with pytest.raises(UnreachableError) as caught:
            client.get("/users")
        assert not client.traffic.answered
    assert PASSWORD not in str(caught.value)
    return caught.value.reason, client.traffic.total


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


# Certificates


def test_the_certificates_of_the_system_count(pagerduty: int) -> None:
    """A company that inspects TLS adds its certificate to the system's, and that is enough."""
    with connected(pagerduty) as client:
        assert client.get("/users") == {"users": []}


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_of_certificates_may_be_named(
    authority: Authority, pagerduty: int, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Where the system does not know the company, a variable names its file."""
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv(name, str(authority.file))

    with connected(pagerduty) as client:
        assert client.get("/users") == {"users": []}


def test_a_file_of_certificates_counts_in_place_of_the_systems(
    pagerduty: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names whom to trust trusts nobody else."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Authority(tmp_path).file))

    reason, tries = refusal_of(pagerduty)

    assert "is signed by nobody whom this machine trusts" in reason
    assert tries == 1


BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "", "junk", BROKEN])
def test_a_file_of_certificates_that_is_none_is_named_by_its_variable(
    pagerduty: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str | None
) -> None:
    """Absent, empty or broken: one try, and the variable to correct."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    monkeypatch.setenv(name, str(file))

    reason, tries = refusal_of(pagerduty)

    assert reason == (
        f"the file of certificates that {name} names cannot be read, or holds none: correct "
        f"{name}, or unset it to use the system's certificates"
    )
    assert tries == 1


Certified = Callable[[Authority], Path]
CERTIFICATES: dict[str, Certified] = {
    "has expired: is this machine's clock right?": lambda authority: authority.certificate(
        starts=-2 * DAY, ends=-DAY
    ),
    "is not valid yet: is this machine's clock right?": lambda authority: authority.certificate(
        starts=DAY, ends=2 * DAY
    ),
    "is for another host: something else answers in its place": lambda authority: (
        authority.certificate("hotel.example")
    ),
}


@pytest.mark.parametrize("said", CERTIFICATES)
def test_a_certificate_that_is_not_right_is_tried_once(authority: Authority, said: str) -> None:
    """A second try would meet the same."""
    with listening(over_tls(CERTIFICATES[said](authority), answering())) as port:
        reason, tries = refusal_of(port)

    assert reason.startswith(f"the certificate of {HOST} {said}")
    assert tries == 1


def test_a_certificate_of_nobody_we_know_names_the_ways_out(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The company's certificate is missing here: where it belongs is said."""
    monkeypatch.delenv("SSL_CERT_FILE")

    reason, tries = refusal_of(pagerduty)

    assert reason == (
        f"the certificate of {HOST} is signed by nobody whom this machine trusts: where a company "
        "inspects TLS, add its certificate to the system's, or to a file that REQUESTS_CA_BUNDLE "
        "names"
    )
    assert tries == 1


def test_a_server_without_tls_is_tried_once() -> None:
    """Whoever answers in clear on a port for TLS will do so again."""
    with listening(lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        reason, tries = refusal_of(port)

    assert reason.startswith(f"no TLS connection to {HOST} (wrong version number): is the addr")
    assert tries == 1


def test_a_server_that_hangs_up_is_tried_again() -> None:
    """A connection that ends before TLS began may have been unlucky."""
    with listening(lambda _: None) as port:
        reason, tries = refusal_of(port)

    assert reason.startswith(f"no TLS connection to {HOST}") or "connection failed" in reason
    assert tries == 4


# Names and addresses


def test_a_name_that_leads_nowhere_is_named() -> None:
    """DNS that fails is tried again, and then told as that."""
    assert refusal_of(443, "nowhere.test") == (
        "the name nowhere.test cannot be resolved: check the network, the DNS and the address",
        4,
    )


def test_an_address_where_nobody_listens_is_named() -> None:
    """A connection that is refused is told with the system's own word."""
    reason, tries = refusal_of(free_port())

    assert reason == (
        f"cannot connect to {HOST} (Connection refused): check the network, a firewall "
        "and the address"
    )
    assert tries == 4


def test_the_next_address_of_a_host_is_tried(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host with several addresses answers where one of them does."""
    resolve = socket.getaddrinfo

    def two(host: str, *args: int) -> Any:
        found = list(resolve(host, *args))
        return [(*found[0][:4], ("127.0.0.2", found[0][4][1])), *found] if host == HOST else found

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with connected(pagerduty) as client:
        assert client.get("/users") == {"users": []}
    assert client.traffic.retries == 0


# Proxies


def test_a_proxy_is_used(pagerduty: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees whom we talk to, and nothing of what we say."""
    proxy = Proxy(pagerduty, authorization=AUTHORIZATION)
    with listening(proxy) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}127.0.0.1:{port}")
        with connected(443) as client:
            assert client.get("/users") == {"users": []}

    (asked,) = proxy.asked
    assert asked.startswith(f"CONNECT {HOST}:443 ".encode())
    assert SECRET.encode() not in asked


def test_a_proxy_over_tls_is_used(
    authority: Authority, pagerduty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's certificates count for the proxy as well."""
    secure = over_tls(authority.certificate("proxy.test"), Proxy(pagerduty))
    with listening(secure) as port, connected(443) as client:
        monkeypatch.setenv("HTTPS_PROXY", f"https://proxy.test:{port}")

        assert client.get("/users") == {"users": []}


def test_a_host_that_needs_no_proxy_is_asked_directly(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY counts."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", HOST)

    with connected(pagerduty) as client:
        assert client.get("/users") == {"users": []}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://[bad",
        "://x",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "ftp://127.0.0.1:21",
        "just words",
        f"http://{LOGIN}",
        "http://:8080",
        f"{LOGIN}:",
    ],
)
def test_an_address_of_a_proxy_that_is_none_is_named_by_its_variable(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    """The variable is named, and its value, which may hold a password, is not."""
    monkeypatch.setenv(name, address)

    assert refusal_of(pagerduty) == (
        f"{name} is not the address of a proxy: write http://HOST:PORT",
        1,
    )


@pytest.mark.skipif(find_spec("socks") is not None, reason="the package for SOCKS is there")
def test_a_socks_proxy_names_the_package_that_it_takes(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it nothing can be sent, however often."""
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1080")

    reason, tries = refusal_of(pagerduty)

    assert reason == (
        "ALL_PROXY names a SOCKS proxy, for which a package is missing: pip install "
        "'requests[socks]', or name an http proxy"
    )
    assert tries == 1


REFUSING: dict[str, tuple[int, str, int]] = {
    "without a password": (407, "wants a user and a password, or refuses those that it got", 1),
    "forbidden": (403, "refuses the connection (HTTP 403): ask whoever runs it", 1),
    "without a way on": (502, "refuses the connection (HTTP 502): ask whoever runs it", 4),
}


@pytest.mark.parametrize("kind", REFUSING)
def test_a_proxy_that_refuses_is_named(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """What cannot change is tried once; the variable and the way out are said."""
    status, said, tries = REFUSING[kind]
    with listening(Proxy(pagerduty, status=status)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}127.0.0.1:{port}")

        reason, total = refusal_of(443)

    assert reason.startswith(f"the proxy of HTTPS_PROXY {said}")
    assert total == tries


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}", "127.0.0.1:{}", "http://proxy.nowhere"])
def test_a_proxy_that_is_not_there_is_named(
    pagerduty: int, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Down, or of a name that leads nowhere."""
    monkeypatch.setenv("HTTPS_PROXY", address.format(free_port()))

    assert refusal_of(pagerduty) == (
        "the proxy of HTTPS_PROXY does not answer: is it up, and is the address right?",
        4,
    )


def test_a_proxy_that_nobody_trusts_is_named(
    authority: Authority, pagerduty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the proxy's certificate, not PagerDuty's."""
    monkeypatch.delenv("SSL_CERT_FILE")
    secure = over_tls(authority.certificate("proxy.test"), Proxy(pagerduty))
    with listening(secure) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"https://proxy.test:{port}")

        assert refusal_of(443) == (
            "the certificate of the proxy of HTTPS_PROXY is none that this machine trusts",
            1,
        )


# Somebody else's answers

PORTALS: dict[str, tuple[Connected, str]] = {
    "redirect": (
        answering(
            b"HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\nContent-Length: 0\r\n\r\n"
        ),
        "redirected to portal.example, which is not followed; something else answers",
    ),
    "page": (
        answering(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
        "HTTP 200, a web page; something else answers in PagerDuty's place",
    ),
}


@pytest.mark.parametrize("kind", PORTALS)
def test_a_network_that_wants_a_sign_in_is_told_as_that(authority: Authority, kind: str) -> None:
    """A captive portal with a certificate that the company's machine trusts."""
    connected_to, said = PORTALS[kind]
    with listening(over_tls(authority.certificate(), connected_to)) as port:
        reason, tries = refusal_of(port)

    assert reason.startswith(said)
    assert tries == 1
