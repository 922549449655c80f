"""Signing in through the browser: an authorization code with PKCE and a loopback redirect.

Sources: "OAuth Functionality" of the developer documentation (the code lives 30 seconds), RFC 7636
(PKCE) and RFC 8252 (native apps: a listener on 127.0.0.1 takes the answer).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from pdsec_checks.errors import CredentialError
from pdsec_checks.pagerduty.access.oauth import Grant, ask_for_token
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import printable

LOOPBACK = "127.0.0.1"
CALLBACK = "/callback"
LONGEST_VISIT = 10.0
"""Seconds that a browser may take to send its request once it is connected."""

GLANCE = 0.05
"""Seconds between two looks at whether listening is over."""


@dataclass(frozen=True, repr=False)
class SignIn:
    """One attempt to sign in: what proves that the answer is ours, and that we are who asked."""

    client_id: str
    client_secret: str | None
    token_url: str
    scopes: tuple[str, ...]
    state: str
    verifier: str

    @classmethod
    def begin(
        cls, client_id: str, client_secret: str | None, token_url: str, scopes: Iterable[str]
    ) -> SignIn:
        """Return an attempt with a state and a verifier of its own."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        return cls(client_id, client_secret, token_url, tuple(sorted(scopes)), state, verifier)

    def address(self, redirect_uri: str) -> str:
        """Return the page at which the user agrees; no secret is in it."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(self.scopes),
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self.token_url.rpartition('/')[0]}/authorize?{urlencode(asked)}"

    def code(self, query: str) -> str:
        """Return the code in the query of the redirect.

        Raises:
            CredentialError: The answer is no, or it is not the answer to this attempt.
        """
        answer = {name: values[0] for name, values in parse_qs(query).items()}
        if not secrets.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            raise CredentialError(
                "the browser came back with the answer to another login: start again"
            )
        if "code" in answer:
            return answer["code"]
        said = ", ".join(filter(None, map(answer.get, ("error", "error_description"))))
        raise CredentialError(f"PagerDuty did not log you in: {printable(said) or 'no reason'}")

    def redeem(self, code: str, redirect_uri: str, timeout: float) -> Grant:
        """Return the tokens that *code* is good for.

        Raises:
            CredentialError: PagerDuty refuses it, or does not answer.
        """
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": self.verifier,
        }
        if self.client_secret:
            form["client_secret"] = self.client_secret
        return ask_for_token(self.token_url, form, timeout, self.scopes)


class Listener(ThreadingHTTPServer):
    """Waits on a port of this machine for the one redirect, and then no longer.

    In threads, because browsers open connections ahead on which they send nothing, and because
    one that runs in the terminal comes back before ``webbrowser`` does.
    """

    allow_reuse_address = False
    query: str = ""

    def __init__(self, port: int) -> None:
        super().__init__((LOOPBACK, port), Page)
        self.came = Future[None]()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(GLANCE,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a connection that breaks: the next one may be the browser's."""


class Page(BaseHTTPRequestHandler):
    """Answers the browser; everything but the redirect is unknown."""

    server: Listener
    timeout = LONGEST_VISIT

    def do_GET(self) -> None:
        """Keep the answer, and tell the user to go back to the terminal."""
        parts = urlsplit(self.path)
        if parts.path != CALLBACK:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = b"You can close this page and go back to the terminal.\n"
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)
        self.server.query = parts.query
        with suppress(InvalidStateError):  # it came before: the last answer counts
            self.server.came.set_result(None)

    def log_message(self, *_: object) -> None:
        """Log nothing: the address holds the code."""


def sign_in(
    attempt: SignIn, port: int, patience: float, visit: Callable[[str], None], timeout: float
) -> Grant:
    """Send the user's browser to PagerDuty, and return the tokens that it comes back with.

    Args:
        attempt: What is asked for.
        port: Where the browser comes back to; the app must know the address.
        patience: Seconds that the user has.
        visit: Takes the user to an address.
        timeout: Seconds for the exchange of the code.

    Raises:
        CredentialError: Nobody came back in time, or PagerDuty refused.
    """
    with listener(port) as server:
        redirect_uri = f"http://{LOOPBACK}:{server.server_port}{CALLBACK}"
        visit(attempt.address(redirect_uri))
        query = await_redirect(server, patience)
    code = attempt.code(query)
    return threads.result_of(lambda: attempt.redeem(code, redirect_uri, timeout), "tokens")


def listener(port: int) -> Listener:
    """Return a listener on *port* of this machine.

    Raises:
        CredentialError: The port is taken.
    """
    try:
        return Listener(port)
    except OSError as error:
        raise CredentialError(
            f"port {port} of this machine: {error.strerror}; choose another one with --port, and "
            f"add http://{LOOPBACK}:PORT{CALLBACK} to the redirect addresses of the app"
        ) from None


def await_redirect(server: Listener, patience: float) -> str:
    """Return the query of the redirect.

    Raises:
        CredentialError: The browser did not come back within *patience* seconds.
    """
    if not threads.wait([server.came], patience):
        raise CredentialError(
            f"nobody came back from the browser within {patience:g} s: start again, with "
            "--no-browser to open the address yourself"
        )
    return server.query
