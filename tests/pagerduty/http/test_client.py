"""The client against a server on this machine: what it sends, repeats, refuses and says."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.configuration.credentials import api_key, bearer
from pdsec_checks.errors import InterruptedReadError, UnavailableError, UnreachableError
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.pagerduty.http import client as module
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.budget import RateBudget
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.http.turns import Lane
from pdsec_checks.resources.kept import WHOLE, Kept
from tests.support.at_once import AtOnce
from tests.support.processes import PATIENCE, until

SECRET = "y_NbAkKc66ryYTWUXYEu"


@dataclass(frozen=True)
class Answer:
    """What the server sends; no status at all closes the connection."""

    status: int | None = 200
    body: Any = field(default_factory=lambda: {"users": []})
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    """Seconds between two bytes of the body."""

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Asked:
    """What the server was asked."""

    method: str
    path: str
    params: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """Gives its answers one after the other, the last one for ever."""

    url: str
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    """Called before each answer."""

    def answer(self, asked: Asked) -> Answer:
        """Take note of a request, and return the answer to it."""
        self.asked.append(asked)
        self.before()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            given = serve.answer(Asked(self.command, url.path, parse_qs(url.query), headers, body))
            if given.status is None:
                return
            self.send_response(given.status)
            for name, value in (
                {"Content-Length": str(len(given.content))} | given.headers
            ).items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.send(given)
            except OSError:  # the client left
                return

        do_POST = do_GET  # noqa: N815 - http.server's name

        def send(self, given: Answer) -> None:
            if not given.pause:
                self.wfile.write(given.content)
                return
            for byte in given.content:
                self.wfile.write(bytes([byte]))
                time.sleep(given.pause)

        def log_message(self, *_: object) -> None:
            pass

    class Crowded(ThreadingHTTPServer):
        request_queue_size = 50

    with Crowded(("127.0.0.1", 0), Handler) as http:
        serve = Server(f"http://127.0.0.1:{http.server_address[1]}")
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield serve
        finally:
            http.shutdown()


@pytest.fixture
def server() -> Iterator[Server]:
    """Run the server that stands for PagerDuty."""
    with serving() as found:
        yield found


@contextmanager
def connected(url: str, **options: Any) -> Iterator[Client]:
    """Open a client that does not wait before it tries again."""
    client = Client(url, options.pop("credential", api_key(SECRET)), **options)
    client.backoff = 0
    try:
        yield client
    finally:
        client.session.close()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """Open a client of the server."""
    with connected(server.url) as found:
        yield found


def test_get_returns_the_object(server: Server, client: Client) -> None:
    """Parameters are repeated for lists; version, credential and name go with every request."""
    server.answers = [Answer(body={"users": []})]

    assert client.get("/users", limit=100, **{"include[]": ["a", "b"]}) == {"users": []}

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/users")
    assert asked.params == {"limit": ["100"], "include[]": ["a", "b"]}
    assert asked.headers["authorization"] == f"Token token={SECRET}"
    assert asked.headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert asked.headers["user-agent"].startswith("pagerduty-sec-inspector/")
    assert "from" not in asked.headers


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/users", {}),
        ("/users", {"limit": 100, "include[]": ["a b", "ü&~"], "query": "50% + [x]"}),
        ("/schedules/P 1/ü?x=1", {"since": "2026-11-23T09:00:00+01:00"}),
    ],
)
def test_a_request_is_what_requests_makes_of_it(
    client: Client, path: str, params: dict[str, Any]
) -> None:
    """One that is made from a template has the address and the headers of any other, in order."""
    made = client._prepared("GET", path, params, None)
    whole = client.session.prepare_request(
        requests.Request("GET", client.base_url + path, params=params)
    )

    assert (made.method, made.url, made.body) == (whole.method, whole.url, whole.body)
    assert list(made.headers.items()) == list(whole.headers.items())
    assert SECRET not in str(client._template.headers)


def test_a_cookie_comes_back(server: Server, client: Client) -> None:
    """What PagerDuty asks to be told again it is told."""
    server.answers = [Answer(headers={"Set-Cookie": "node=7; Path=/"}), Answer()]

    client.get("/users")
    client.get("/users")

    assert [asked.headers.get("cookie") for asked in server.asked] == [None, "node=7"]


def test_bearer_token_is_sent_as_such(server: Server) -> None:
    """An OAuth token goes as a bearer."""
    with connected(server.url, credential=bearer("jwt")) as client:
        client.get("/users")

    assert server.asked[0].headers["authorization"] == "Bearer jwt"


@pytest.mark.parametrize("email", [None, "ann@example.com"])
def test_analytics_is_the_one_post(server: Server, email: str | None) -> None:
    """The query goes as JSON, with the address of a user where there is one."""
    server.answers = [Answer(body={"data": [1]})]
    with connected(server.url, email=email) as client:
        assert client.post_analytics("/analytics", {"since": "S"}) == {"data": [1]}

    (asked,) = server.asked
    assert (asked.method, json.loads(asked.body)) == ("POST", {"filters": {"since": "S"}})
    assert asked.headers.get("from") == email


def test_netrc_does_not_replace_the_credential(
    server: Server, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password for the host in the user's .netrc is not sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password pw\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))

    client.get("/users")

    assert server.asked[0].headers["authorization"] == f"Token token={SECRET}"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 204])
def test_refusal_is_unavailable_with_its_status(
    server: Server, client: Client, status: int
) -> None:
    """A refusal is not tried again, and keeps its status and PagerDuty's reason."""
    body = b"" if status == 204 else {"error": {"message": "No", "code": 1}}
    server.answers = [Answer(status, body)]

    with pytest.raises(UnavailableError, match=f"^/users: HTTP {status}") as caught:
        client.get("/users")

    assert caught.value.status == status
    assert len(server.asked) == 1
    assert client.traffic.answered


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "No", "errors": ["a", "b"], "code": 1}}, ", No: a: b"),
        ({"error": {"message": "No", "errors": "a"}}, ", No: a"),
        ({"error": {"message": "No", "errors": ["No", "a"]}}, ", No: a"),
        ({"error": {"message": "No", "missing_abilities": ["sso"]}}, ", No: sso"),
        ({"error": {"message": "No", "required_scopes": "users.read"}}, ", No: users.read"),
        ({"error": "No"}, ", No"),
        ({"error": ["No", {"message": "a"}]}, ", No: a"),
        ({"errors": ["No"]}, ", No"),
        ({"message": "No"}, ", No"),
        ({"error": {"message": "two\nlines\x1b[31m é"}}, ", two lines [31m"),
        ({"error": {"message": "x" * 500}}, f", {'x' * 200}"),
        ({"error": {"message": 5, "errors": {"field": ["a"]}}}, ""),
        ({"error": None}, ""),
        ({}, ""),
        (["No"], ""),
        (b"<html>No</html>", ", a web page"),
        (b" ", ""),
        (b"", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_reason_is_found_in_any_shape(
    server: Server, client: Client, body: object, said: str
) -> None:
    """Error answers are texts, lists, objects or nothing; the reason is one printable line."""
    server.answers = [Answer(400, body)]

    with pytest.raises(UnavailableError) as caught:
        client.get("/users")

    assert caught.value.reason.partition(";")[0] == f"HTTP 400{said}"


@pytest.mark.parametrize("depth", [500, 900, 5_000, 100_000])
def test_nested_answer_is_an_error_like_any_other(
    server: Server, client: Client, depth: int
) -> None:
    """However deep an error answer is nested, it stays a refusal."""
    server.answers = [Answer(403, b'{"error":' + b"[" * depth + b"]" * depth + b"}")]

    with pytest.raises(UnavailableError, match="HTTP 403"):
        client.get("/users")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'"text"', "not a JSON object"),
    ],
)
def test_answer_is_a_json_object(server: Server, client: Client, body: bytes, reason: str) -> None:
    """An answer that is none cannot be used; no status says that PagerDuty refused."""
    server.answers = [Answer(200, body)]

    with pytest.raises(UnavailableError, match=reason) as caught:
        client.get("/users")

    assert caught.value.status is None
    assert len(server.asked) == 4


LOST = [
    b"",
    b'{"users": [{"id"',
    b"[]",
    b"null",
    b"{}",
    b'{"users": null, "more": false}',
    b'{"users": "P1", "more": false}',
    b'{"records": null, "response_metadata": {"messages": []}, "next_cursor": null}',
]


@pytest.mark.parametrize("body", LOST)
def test_an_answer_that_was_lost_on_the_way_is_asked_for_again(
    server: Server, client: Client, body: bytes
) -> None:
    """Empty, cut short, or a null in place of the list: a broken connection in all but name."""
    server.answers = [Answer(body=body), Answer(body=body), Answer(body={"users": [1]})]

    assert client.get("/users") == {"users": [1]}
    assert client.traffic.retries == 2


def test_an_answer_without_records_is_handed_on_in_the_end(server: Server, client: Client) -> None:
    """What is missing in it is for its reader to name; the tries are bounded."""
    server.answers = [Answer(body={"users": None})]

    assert client.get("/users") == {"users": None}
    assert len(server.asked) == 4


def test_lost_answers_and_server_errors_share_one_bound(server: Server, client: Client) -> None:
    """Faults of all kinds count together."""
    server.answers = [Answer(body=b"{"), Answer(500), Answer(None), Answer(body=b"{")]

    with pytest.raises(UnavailableError, match="not valid JSON"):
        client.get("/users")

    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_server_error_is_tried_again(server: Server, client: Client, status: int) -> None:
    """An answer after server errors counts, and the repetitions are counted."""
    server.answers = [Answer(status), Answer(status), Answer(body={"users": []})]

    assert client.get("/users") == {"users": []}
    assert (client.traffic.total, client.traffic.retries) == (3, 2)


def test_requests_are_counted_for_the_data_set_that_sends_them(
    server: Server, client: Client
) -> None:
    """Each data set has its count, repeated requests included; the sum is the total."""
    server.answers = [Answer(500), Answer(body={"users": [{"id": "P1", "bio": "x"}]})]
    users = Source(client, 10, Lane("users"), Kept({"id": {}}))

    assert users.get("/users") == {"users": [{"id": "P1"}]}
    assert Source(client, 10, Lane("teams"), WHOLE).get("/teams")["users"][0]["bio"] == "x"
    assert client.traffic.by_data_set == {"users": 2, "teams": 1}
    assert client.traffic.total == 3


@pytest.mark.parametrize("status", [408, 500, 503])
def test_server_errors_are_tried_again_three_times(
    server: Server, client: Client, status: int
) -> None:
    """After four server errors the request is given up."""
    server.answers = [Answer(status, {"error": "down"})]

    with pytest.raises(UnavailableError, match=f"HTTP {status}, down") as caught:
        client.get("/users")

    assert caught.value.status == status
    assert len(server.asked) == 4


BROKEN = [
    Answer(None),
    Answer(200, b"{}", {"Content-Length": "100"}),
    Answer(200, b"no gzip", {"Content-Encoding": "gzip"}),
    Answer(200, b"zz\r\n", {"Transfer-Encoding": "chunked"}),
]


@pytest.mark.parametrize("broken", BROKEN, ids=["closed", "cut short", "no gzip", "bad chunk"])
def test_broken_connection_is_tried_again_three_times(
    server: Server, client: Client, broken: Answer
) -> None:
    """A connection that breaks before or within the answer is a fault, four of them the end."""
    server.answers = [broken]

    with pytest.raises(UnavailableError, match="the connection failed 4 times") as caught:
        client.get("/users")

    assert caught.value.status is None
    assert len(server.asked) == 4


def test_broken_connections_and_server_errors_share_one_bound(
    server: Server, client: Client
) -> None:
    """Faults of both kinds count together."""
    server.answers = [Answer(None), Answer(500), Answer(None), Answer(500)]

    with pytest.raises(UnavailableError, match="HTTP 500"):
        client.get("/users")

    assert len(server.asked) == 4


def test_nobody_there_is_unreachable() -> None:
    """Without any answer at all PagerDuty is unreachable, not merely unavailable."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with (
            connected(url) as client,
            pytest.raises(UnreachableError, match="cannot connect to"),
        ):
            client.get("/users")

    assert not client.traffic.answered


def test_fault_after_an_answer_is_not_unreachable(server: Server, client: Client) -> None:
    """Once PagerDuty answered, a broken connection concerns one list only."""
    server.answers = [Answer(), Answer(None)]
    client.get("/abilities")

    with pytest.raises(UnavailableError) as caught:
        client.get("/users")

    assert not isinstance(caught.value, UnreachableError)


def test_silence_is_a_timeout(server: Server) -> None:
    """A server that does not answer in time is asked again, and then given up."""
    release = threading.Event()

    def keep_silent() -> None:
        release.wait()

    server.before = keep_silent
    try:
        with connected(server.url, timeout=0.05) as client:
            client.faults_allowed = 1
            with pytest.raises(UnreachableError, match=r"no answer within 0\.05 s, 2 times"):
                client.get("/users")
    finally:
        release.set()


def test_answer_that_drips_is_given_up(server: Server) -> None:
    """An answer that would come for hours is not read to its end, however steadily it comes."""
    server.answers = [Answer(200, b" " * 1_000_000 + b"{}", pause=0.05)]
    with connected(server.url, timeout=0.1) as client:
        client.faults_allowed = 0
        with pytest.raises(UnavailableError, match="no answer within"):
            client.get("/users")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b" " * 5000),
        Answer(200, gzip.compress(b" " * 5_000_000), {"Content-Encoding": "gzip"}),
    ],
    ids=["plain", "compressed"],
)
def test_too_large_answer_is_given_up(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    """The size counts after decompression, and the request is not tried again."""
    monkeypatch.setattr(module, "LARGEST_ANSWER", 4000)
    server.answers = [answer]

    with pytest.raises(UnavailableError, match="larger than 4000 bytes"):
        client.get("/users")

    assert len(server.asked) == 1


@pytest.fixture
def pauses(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the client's clock move only while it sleeps, and return how long it slept."""
    slept: list[float] = []
    client.budget = RateBudget(client.stop, lambda: 1_000 + sum(slept))
    monkeypatch.setattr(client.budget, "sleep", slept.append)
    return slept


def test_rate_limit_is_waited_for(server: Server, client: Client, pauses: list[float]) -> None:
    """After a 429 the client waits as long as PagerDuty says."""
    limited = Answer(429, {"error": "slow"}, {"ratelimit-reset": "30"})
    server.answers = [limited, Answer(body={"users": []})]

    assert client.get("/users") == {"users": []}

    assert pauses == [30]
    assert (client.traffic.total, client.traffic.retries) == (2, 1)
    assert client.traffic.rate_limited == 1


@pytest.mark.parametrize("headers", [{}, {"ratelimit-reset": "0"}, {"ratelimit-reset": "soon"}])
def test_rate_limit_is_tried_again_ten_times(
    server: Server, client: Client, headers: dict[str, str]
) -> None:
    """A 429 without a usable header is tried again after our own pause, but not for ever."""
    server.answers = [Answer(429, b"", headers)]

    with pytest.raises(UnavailableError, match="HTTP 429") as caught:
        client.get("/users")

    assert caught.value.status == 429
    assert len(server.asked) == 11
    assert client.traffic.rate_limited == 10


def test_rate_limits_do_not_use_up_the_tries_after_faults(server: Server, client: Client) -> None:
    """Four rate limits and three server errors leave room for an answer."""
    answers = [429, 500, 429, 500, 429, 500, 429]
    server.answers = [*(Answer(status) for status in answers), Answer(body={"users": []})]

    assert client.get("/users") == {"users": []}


def test_pause_after_a_rate_limit_is_bounded(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PagerDuty's windows are a minute; a longer wait is not believed."""
    pauses: list[float] = []
    monkeypatch.setattr(client.budget, "block", pauses.append)
    server.answers = [Answer(429, b"", {"ratelimit-reset": "86400"}), Answer()]

    client.get("/users")

    assert pauses == [60]


def test_remaining_budget_is_learned_from_answers(
    server: Server, client: Client, pauses: list[float]
) -> None:
    """When nothing is left, the next request waits for the new window."""
    used_up = {"ratelimit-remaining": "0", "ratelimit-reset": "30"}
    server.answers = [Answer(headers=used_up), Answer()]
    client.get("/users")
    assert pauses == []

    client.get("/users")

    assert pauses == [30]


@given(st.integers(1, 60))
def test_pause_doubles_up_to_a_minute(tries: int) -> None:
    """Pauses double from half a second, spread by a quarter, and stay near a minute at most."""
    with connected("http://127.0.0.1:9") as client:
        client.backoff = 0.5

        exact = min(0.5 * 2 ** (tries - 1), 60)

        assert 0.75 * exact <= client._pause(tries) <= 1.25 * exact


def test_no_more_requests_at_once_than_allowed(server: Server) -> None:
    """Threads share the connections that the concurrency allows."""
    at_once, pair = AtOnce(), threading.Barrier(2)

    def slow() -> None:
        with at_once:
            pair.wait(PATIENCE)

    with connected(server.url, concurrency=2) as client:
        client.get("/abilities")  # the first one goes alone
        server.before = slow
        threads.each(lambda _: client.get("/users"), range(8), 8)

    assert at_once.most == 2
    assert client.traffic.total == 9


# What nobody would get past


def refused_of(client: Client, paths: int = 20) -> list[UnavailableError]:
    """Ask for many paths at once; return what came of those that were refused."""

    def ask(number: int) -> UnavailableError | None:
        try:
            client.get(f"/path/{number}")
        except UnavailableError as error:
            return error
        return None

    return [error for error in threads.each(ask, range(paths), 10) if error]


PAGE = Answer(200, b"<html>Welcome! Sign in.</html>", {"Content-Type": "text/html"})
FOR_ALL = {
    "refused credential": (Answer(401), "HTTP 401"),
    "portal that redirects": (
        Answer(302, b"", {"Location": "https://hotel.example/"}),
        "redirected to hotel.example, which is not followed; something else answers in PagerDuty",
    ),
    "portal that answers": (PAGE, "HTTP 200, a web page; something else answers in PagerDuty's"),
    "portal by the book": (Answer(511, b"Sign in"), "HTTP 511, a web page; something else"),
    "proxy that blocks": (Answer(403, b"\n<!doctype html>"), "HTTP 403, a web page; something"),
}


@pytest.mark.parametrize("kind", FOR_ALL)
def test_what_everybody_would_meet_is_asked_for_twice(
    server: Server, client: Client, kind: str
) -> None:
    """Two paths that meet it are enough: nobody else asks, and each path says the same."""
    answer, said = FOR_ALL[kind]
    server.answers = [answer]

    errors = refused_of(client)

    assert len(server.asked) == 2
    assert [error.path for error in errors] == [f"/path/{number}" for number in range(20)]
    assert all(error.reason.startswith(said) for error in errors)
    assert {error.status for error in errors} == {answer.status}
    assert client.traffic.answered is (kind == "refused credential")


@pytest.mark.parametrize("kind", FOR_ALL)
def test_what_one_path_meets_is_its_own(server: Server, client: Client, kind: str) -> None:
    """The next path that is answered lets all others in, whichever came first."""
    server.answers = [FOR_ALL[kind][0], Answer()]

    assert len(refused_of(client)) == 1
    assert len(server.asked) == 20


@pytest.mark.parametrize("status", [400, 402, 403, 404, 500])
def test_any_other_refusal_is_an_answer(server: Server, client: Client, status: int) -> None:
    """What PagerDuty says of one path stops no other one."""
    client.faults_allowed = 0
    server.answers = [Answer(status)]

    assert len(refused_of(client)) == len(server.asked) == 20


def test_nobody_there_is_found_out_by_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no connection comes about, one request uses its tries, and speaks for all."""
    asked: list[str] = []
    with connected("http://127.0.0.1:9") as client:
        monkeypatch.setattr(client.traffic, "count", lambda **_: asked.append(""))
        errors = refused_of(client)

    assert len(asked) == 4
    assert len(errors) == 20
    assert all(isinstance(error, UnreachableError) for error in errors)


def test_a_first_request_that_waits_holds_nobody(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that is tried again and again lets the others in with its first answer."""
    others = threading.Event()
    monkeypatch.setattr(client.budget, "sleep", lambda _: others.wait(PATIENCE))
    server.answers = [Answer(503), Answer()]
    first = threads.start(lambda: client.get("/first"), "first")
    until(lambda: bool(server.asked))

    client.get("/other")
    others.set()

    assert first.result(PATIENCE) == {"users": []}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(server: Server, client: Client, status: int) -> None:
    """The key never reaches another host: a redirect is an error that names it."""
    with serving() as other:
        location = f"{other.url.replace('127.0.0.1', 'localhost')}/users?{SECRET}"
        server.answers = [Answer(status, b"", {"Location": location})]

        with pytest.raises(UnavailableError, match="redirected to localhost, which") as caught:
            client.get("/users")

        assert other.asked == []
    assert caught.value.status == status
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "headers", [{}, {"Location": "/elsewhere"}, {"Location": ""}, {"Location": "https://[bad"}]
)
def test_redirect_to_nowhere_is_an_error_too(
    server: Server, client: Client, headers: dict[str, str]
) -> None:
    """A redirect without a host, or with an address that is none, is not followed either."""
    server.answers = [Answer(302, b"", headers)]

    with pytest.raises(UnavailableError, match="redirected to"):
        client.get("/users")

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": SECRET},
        {"error": {"message": f"bad key {SECRET}!"}},
        {"error": {"message": "bad key", "errors": [f"Token token={SECRET}", SECRET]}},
        {"error": {"message": "x" * 190 + SECRET}},
        {"error": {"message": SECRET[:10], "errors": [SECRET]}},
    ],
)
def test_secret_is_never_repeated(server: Server, client: Client, body: object) -> None:
    """An answer that quotes the key does not get it into a message."""
    server.answers = [Answer(401, body)]

    with pytest.raises(UnavailableError) as caught:
        client.get("/users")

    assert SECRET not in str(caught.value)
    assert SECRET[-10:] not in str(caught.value)


def test_secret_is_not_shown_by_an_unreachable_host() -> None:
    """What a broken connection says of the request stays out of the message and its chain."""
    with connected("http://127.0.0.1:9") as client, pytest.raises(UnavailableError) as caught:
        client.get("/users")

    assert SECRET not in f"{caught.value} {caught.value.__cause__}"
    assert caught.value.__suppress_context__


def test_stop_ends_an_answer_that_is_being_read(server: Server, client: Client) -> None:
    """A run that is stopped while PagerDuty answers does not use the answer."""
    server.before = client.stop.set

    with pytest.raises(InterruptedReadError):
        client.get("/users")


def test_stop_ends_the_pause_before_a_new_try(server: Server, client: Client) -> None:
    """A run that is stopped does not wait to try again."""
    client.backoff = 3_600
    server.answers = [Answer(None)]
    server.before = client.stop.set

    with pytest.raises(InterruptedReadError):
        client.get("/users")

    assert len(server.asked) == 1


def test_stop_may_come_from_outside(server: Server) -> None:
    """Several clients of one run share the event that stops them."""
    stop = threading.Event()
    stop.set()
    with connected(server.url, stop=stop) as client, pytest.raises(InterruptedReadError):
        client.get("/users")
