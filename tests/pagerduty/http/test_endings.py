"""A request has an end, whatever trickles; and its answer a largest size."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.errors import CredentialError, UnavailableError
from pdsec_checks.pagerduty.access import oauth
from pdsec_checks.pagerduty.http import connections
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings.tape import open_tape, use
from tests.support.networks import Connected, listening, read_head

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def trickling(beginning: bytes, drop: bytes, pause: float = 0.02) -> Connected:
    """Return what answers *beginning*, and then a *drop* again and again, for ever."""

    def trickles(client: socket.socket) -> None:
        if read_head(client):
            client.sendall(beginning)
            over = threading.Event()
            while not over.wait(pause):
                client.sendall(drop)

    return trickles


TRICKLES: dict[str, Connected] = {
    "status line": trickling(b"HTTP/1.1 200 ", b"O"),
    "name of a header": trickling(OK, b"a"),
    "headers": trickling(OK, b"A: b\r\n", 0.05),
    "endless 100 Continue": trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": trickling(OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "body without a length": trickling(OK + b"Connection: close\r\n\r\n", b" "),
    "length of a chunk": trickling(CHUNKED, b"0"),
    "extension of a chunk": trickling(CHUNKED + b"5;", b"a"),
    "chunks": trickling(CHUNKED, b"1\r\n \r\n"),
    "trailers": trickling(CHUNKED + b"0\r\n", b"A: b\r\n", 0.05),
    "nothing": trickling(b"", b""),
}


@pytest.fixture
def impatient() -> Iterator[Callable[[int], Client]]:
    """Return what makes a client that waits for a fifth of a second, once."""
    made: list[Client] = []

    def client_of(port: int) -> Client:
        client = Client(f"http://127.0.0.1:{port}", api_key("hush"), timeout=0.2)
        client.faults_allowed = 0
        made.append(client)
        return client

    yield client_of
    for client in made:
        client.session.close()


@pytest.mark.parametrize("kind", TRICKLES)
def test_a_request_is_over_in_time(kind: str, impatient: Callable[[int], Client]) -> None:
    """The time allowed is that of the whole request; a byte in time does not make it longer."""
    with listening(TRICKLES[kind]) as port:
        client = impatient(port)
        with pytest.raises(UnavailableError, match=r"no answer within 0\.2 s|connection failed"):
            client.get("/users")


@pytest.mark.parametrize("kind", TRICKLES)
def test_a_recorded_request_is_over_in_time(
    kind: str, impatient: Callable[[int], Client], tmp_path: Path
) -> None:
    """The same holds while vcrpy has the connection."""
    with listening(TRICKLES[kind]) as port, open_tape(tmp_path / "tape.yaml", "all") as tape:
        client = impatient(port)
        use(tape, client)
        with pytest.raises(UnavailableError, match=r"no answer within 0\.2 s|connection failed"):
            client.get("/users")


@pytest.mark.parametrize("kind", TRICKLES)
def test_a_request_for_a_token_is_over_in_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token endpoint has no longer than PagerDuty."""
    monkeypatch.setattr(oauth, "FAULTS_ALLOWED", 0)
    with listening(TRICKLES[kind]) as port, pytest.raises(CredentialError, match="no access token"):
        oauth.ask_for_token(f"http://127.0.0.1:{port}/oauth/token", {}, 0.2)


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize(
    "flood",
    [
        trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0),
        trickling(CHUNKED + b"5;", b"a" * 2**16, 0),
        trickling(OK + b"Connection: close\r\n\r\n", b" " * 2**16, 0),
    ],
    ids=["100 Continue", "extension of a chunk", "body"],
)
def test_a_flood_is_not_read_to_its_end(
    flood: Connected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, recorded: bool
) -> None:
    """What comes fast is bounded by its size, before there is time for it to run out."""
    monkeypatch.setattr(connections, "LARGEST_ANSWER", 2**20)
    monkeypatch.setattr("pdsec_checks.pagerduty.http.client.LARGEST_ANSWER", 2**20)
    with listening(flood) as port, open_tape(tmp_path / "tape.yaml", "all") as tape:
        client = Client(f"http://127.0.0.1:{port}", api_key("hush"), timeout=600)
        client.faults_allowed = 0
        if recorded:
            use(tape, client)
        with pytest.raises(UnavailableError):
            client.get("/users")
        client.session.close()
