"""Running simulators: quickly, many at once, with limits, and without losing a request."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
import requests

from tests.simulator import API_KEY, Account, Simulator, accounts, builders, run
from tests.simulator.__main__ import parser
from tests.simulator.faults import Fault
from tests.simulator.server import OnePiece
from tests.simulator_tests.conftest import NOW, Reader, Serve
from tests.support.processes import PATIENCE


def test_simulators_run_side_by_side() -> None:
    """Ten of them have an address each, and answer."""
    with ExitStack() as stack:
        running = [stack.enter_context(run(accounts.small(NOW))) for _ in range(10)]
        assert len({simulator.url for simulator in running}) == 10
        for simulator in running:
            assert Reader(simulator).ask("/abilities").ok


def test_a_stopped_simulator_is_gone() -> None:
    """Nobody listens any more, and nothing is left of its thread."""
    before = set(threading.enumerate())
    with run(accounts.small(NOW)) as simulator:
        requests.get(simulator.url, timeout=PATIENCE)

    assert set(threading.enumerate()) <= before
    with pytest.raises(requests.ConnectionError):
        requests.get(simulator.url, timeout=PATIENCE)


def test_an_open_connection_does_not_keep_it_running() -> None:
    """The simulator hangs up on whoever is still connected."""
    with run(accounts.small(NOW)) as simulator:
        address = urlsplit(simulator.url)
        connection = socket.create_connection((address.hostname or "", address.port or 0))
    with closing(connection), suppress(ConnectionResetError):
        connection.settimeout(PATIENCE)
        assert connection.recv(1) == b""


def test_an_answer_travels_in_one_piece(serve: Serve) -> None:
    """Head and body of an answer arrive together, with their length."""
    address = urlsplit(serve(accounts.small).simulator.url)
    request = f"GET /abilities HTTP/1.1\r\nHost: x\r\nAuthorization: Token token={API_KEY}\r\n\r\n"
    with socket.create_connection(
        (address.hostname or "", address.port or 0), PATIENCE
    ) as connection:
        for _ in range(50):
            connection.sendall(request.encode())
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            assert f"content-length: {len(body)}".encode() in head
            assert body.endswith(b"}")


def test_what_is_written_together_is_sent_together() -> None:
    """A connection joins what is written in one turn of the loop, also before it closes."""
    sent = Mock(**{"is_closing.return_value": False})

    async def answer_twice() -> None:
        connection = OnePiece(sent)
        connection.write(b"head")
        connection.write(b"body")
        await asyncio.sleep(0)
        connection.write(b"last")
        connection.close()

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests keeps a loop in this one
        thread.submit(asyncio.run, answer_twice()).result()

    assert [call.args for call in sent.write.call_args_list] == [(b"headbody",), (b"last",)]
    sent.close.assert_called_once_with()


def test_every_request_is_written_down(serve: Serve) -> None:
    """Method, path, query and the headers of interest can be asserted on."""
    reader = serve(accounts.small)
    reader.ask("/users?include%5B%5D=teams&include%5B%5D=contact_methods&limit=5")
    reader.ask("/nowhere", "POST", json={"a": 1}, headers={"From": "ada@fernhill.example"})
    first, second = reader.simulator.requests

    assert (first.method, first.path) == ("GET", "/users")
    assert first.query == "include[]=teams&include[]=contact_methods&limit=5"
    assert first.parameters == {"include[]": ["teams", "contact_methods"], "limit": ["5"]}
    assert first.headers["authorization"] == f"Token token={API_KEY}"
    assert (second.method, second.path, second.body) == ("POST", "/nowhere", b'{"a": 1}')
    assert second.headers["from"] == "ada@fernhill.example"
    reader.simulator.forget()
    assert reader.simulator.requests == []


def test_many_threads_may_ask_at_once(serve: Serve) -> None:
    """No request is lost when they come from many threads."""
    reader = serve(accounts.small)
    headers = reader.headers

    def ask() -> None:
        with requests.Session() as session:
            for _ in range(20):
                session.get(f"{reader.simulator.url}/users", headers=headers, timeout=PATIENCE)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reader.simulator.requests) == 160


def test_latency_delays_every_answer(serve: Serve) -> None:
    """An answer takes at least as long as it was told to."""
    response = serve(accounts.small, latency=0.1).ask("/users")

    assert response.elapsed.total_seconds() >= 0.1


def test_a_changed_account_is_served_after_a_refresh(serve: Serve) -> None:
    """A running simulator notices changes when it is told."""
    reader = serve(accounts.small)
    reader.get("/teams")

    reader.simulator.account.teams.append(builders.a_team("Security"))
    reader.simulator.refresh()

    assert len(reader.get("/teams")["teams"]) == 2


def test_a_failing_simulator_fails_whoever_runs_it() -> None:
    """An error inside the simulator is a 500, and is raised when the block ends."""
    broken = Account(NOW, users=[{"id": "P1", "contact_methods": [{}]}])
    with pytest.raises(ExceptionGroup, match="the simulator failed"), run(broken) as simulator:
        assert Reader(simulator).ask("/users").status_code == 500


# The present


def test_the_present_is_that_of_the_account() -> None:
    """An account brings its moment; a function gets the wall clock's; both give way to now."""
    later = NOW + timedelta(days=1)
    with run(accounts.small(NOW)) as simulator:
        assert simulator.clock() == NOW
    with run(accounts.small) as simulator:
        before = datetime.now(UTC).replace(microsecond=0)
        assert before <= simulator.clock() <= datetime.now(UTC)
        assert simulator.account.as_of <= simulator.clock()
    with run(accounts.small(NOW), now=later) as simulator:
        assert simulator.clock() == later
    with run(accounts.small, now=lambda: later) as simulator:
        assert simulator.account.as_of == later


# Rate limits


def test_a_limit_is_told_in_headers(serve: Serve) -> None:
    """Each answer tells the limit, what is left, and when it starts anew."""
    reader = serve(accounts.small, rate_limit=3)
    reader.simulator.rate_limit.clock = lambda: 1_000.0
    responses = [reader.ask("/users") for _ in range(4)]

    assert [each.status_code for each in responses] == [200, 200, 200, 429]
    assert [each.headers["ratelimit-remaining"] for each in responses] == ["2", "1", "0", "0"]
    assert {each.headers["ratelimit-limit"] for each in responses} == {"3"}
    assert {each.headers["ratelimit-reset"] for each in responses} == {"60"}
    assert responses[-1].json() == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}


def test_a_limit_starts_anew(serve: Serve) -> None:
    """After the window requests are answered again."""
    now = [1_000.0]
    reader = serve(accounts.small, rate_limit=1)
    reader.simulator.rate_limit.clock = lambda: now[0]
    assert [reader.ask("/users").status_code for _ in range(2)] == [200, 429]

    now[0] += 60

    assert reader.ask("/users").status_code == 200


def test_credentials_have_limits_of_their_own(serve: Serve) -> None:
    """One key's requests leave the other's allowance alone; a refused key has none."""
    reader = serve(accounts.small, rate_limit=1)
    reader.ask("/users")
    token = reader.simulator.credentials.issue("users.read")

    assert reader.ask("/users", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert reader.ask("/users").status_code == 429
    refused = reader.ask("/users", headers={"Authorization": "Token token=wrong"})
    assert refused.status_code == 401
    assert "ratelimit-limit" not in refused.headers


def test_no_limit_has_no_headers(serve: Serve) -> None:
    """Where nothing is counted nothing is told."""
    assert "ratelimit-limit" not in serve(accounts.small).ask("/users").headers


# By hand


def test_the_command_line_is_read() -> None:
    """Account, port, faults, latency, limit and moment are options."""
    text = "--account small --port 0 --as-of 2026-11-23T09:00:00 --latency 20 --rate-limit 0"
    options = parser().parse_args([*text.split(), "--fault", "/users status status=503"])

    assert (options.account, options.port, options.latency, options.rate_limit) == (
        "small",
        0,
        20.0,
        0,
    )
    assert options.fault == [Fault("/users", "status", status=503)]
    assert options.as_of == NOW


@pytest.fixture
def by_hand() -> Iterator[subprocess.Popen[str]]:
    """Start the program, and end it."""
    command = [sys.executable, "-m", "tests.simulator", "--account", "small", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_it_runs_by_hand(by_hand: subprocess.Popen[str]) -> None:
    """The program prints where it listens and which key it takes, and serves."""
    assert by_hand.stdout is not None
    url = by_hand.stdout.readline().split()[-1]
    assert API_KEY in by_hand.stdout.readline()

    response = requests.get(
        f"{url}/users", headers={"Authorization": f"Token token={API_KEY}"}, timeout=5
    )

    assert len(response.json()["users"]) == 3
    assert response.headers["ratelimit-limit"] == "960"


def test_simulator_keeps_its_key_at_hand() -> None:
    """The key that works is an attribute."""
    simulator = Simulator(accounts.small(NOW), lambda: NOW)

    assert simulator.api_key == API_KEY
