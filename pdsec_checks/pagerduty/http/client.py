"""A reader of PagerDuty's REST API v2: it has GET, one analytics POST, and nothing else.

Every request has a timeout, every retry a bound, every answer a largest size. Redirects are
not followed, so that the credential never reaches another host.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from pdsec_checks import NAME, __version__
from pdsec_checks.configuration.addresses import is_loopback
from pdsec_checks.configuration.credentials import Authorization, Secret
from pdsec_checks.errors import (
    CredentialError,
    InterruptedReadError,
    UnavailableError,
    UnreachableError,
)
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.http.budget import LONGEST_PAUSE, RateBudget, reset_seconds
from pdsec_checks.pagerduty.http.turns import LANE, Turns
from pdsec_checks.resources import printable, split_url

ACCEPT = "application/vnd.pagerduty+json;version=2"
REDIRECTS = range(300, 400)
RETRIED = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError)
FAULTS = (*TIMEOUTS, requests.ConnectionError, urllib3.exceptions.HTTPError)
LARGEST_ANSWER = 64 * 2**20
"""Bytes after decompression; a page of 100 schedules is well below 1 MiB."""
CHUNK = 2**16
Params = Mapping[str, str | int | list[str]]


@dataclass
class Traffic:
    """What reading cost, counted across threads."""

    total: int = 0
    retries: int = 0
    rate_limited: int = 0
    answered: bool = False
    """Whether PagerDuty gave any answer at all."""
    date: str = ""
    """The ``Date`` header of the latest answer; empty where it had none."""
    by_data_set: Counter[str] = field(default_factory=Counter)
    """Requests sent so far on behalf of each data set, repeated ones included."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, *, is_retry: bool = False) -> None:
        """Count one request that is about to be sent."""
        with self.lock:
            self.total += 1
            self.by_data_set[LANE.get().name] += 1
            if is_retry:
                self.retries += 1

    def count_rate_limit(self) -> None:
        """Count one 429 that came back."""
        with self.lock:
            self.rate_limited += 1


class Client:
    """Reads JSON objects from one account. Safe to use from several threads."""

    faults_allowed = 3
    """How often one request is tried again after a server error or a broken connection."""
    rate_limits_allowed = 10
    """How often one request is tried again after a 429."""
    backoff = 0.5
    """Seconds before the first retry; doubles from one to the next."""

    def __init__(
        self,
        base_url: str,
        credential: Authorization,
        *,
        timeout: float = 30.0,
        concurrency: int = 10,
        email: str | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self.base_url = base_url
        self.traffic = Traffic()
        self.stop = stop or threading.Event()
        self.budget = RateBudget(self.stop)
        self._credential = credential
        self._email = email
        self._timeout = timeout
        self._turns = Turns(concurrency)
        self.session = requests.Session()
        self.session.auth = self._authorize  # set, so that no .netrc entry replaces it
        if is_loopback(urlsplit(base_url).hostname or ""):
            self.session.trust_env = False  # a proxy would see the key in clear
        self.session.headers.update(
            {
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip",
                "User-Agent": f"{NAME}/{__version__}",
            }
        )
        self.mount(HTTPAdapter(pool_connections=1, pool_maxsize=concurrency))

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._credential.header.reveal()
        return request

    def mount(self, adapter: HTTPAdapter) -> None:
        """Send everything through *adapter* from now on."""
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    def get(self, path: str, **params: str | int | list[str]) -> Record:
        """Return the JSON object at *path*.

        Raises:
            UnavailableError: PagerDuty refused, or gave no usable answer in time.
            UnreachableError: No connection came about.
            InterruptedReadError: The run was stopped.
        """
        return self._ask("GET", path, params, None)

    def post_analytics(self, path: str, filters: Record) -> Record:
        """Return the answer of one analytics query; the only POST there is.

        Raises:
            UnavailableError: PagerDuty refused; read-only keys always are (403).
        """
        return self._ask("POST", path, {}, {"filters": filters})

    def _ask(self, method: str, path: str, params: Params, body: Record | None) -> Record:
        faults = limits = 0
        while True:
            seen = self._credential.header
            try:
                status, headers, content = self._send(method, path, params, body, faults + limits)
            except FAULTS as error:
                faults += 1
                if faults > self.faults_allowed:
                    raise self._fault(path, error) from None
                self.budget.sleep(self._pause(faults))
                continue
            if status == HTTPStatus.TOO_MANY_REQUESTS and limits < self.rate_limits_allowed:
                limits += 1
                self.traffic.count_rate_limit()
                self.budget.block(reset_seconds(headers) or self._pause(limits))
            elif status == HTTPStatus.UNAUTHORIZED and self._renew(path, seen):
                continue  # at most once a run: a credential that is refused again raises
            elif status in RETRIED and faults < self.faults_allowed:
                faults += 1
                self.budget.sleep(self._pause(faults))
            else:
                return self._parse(path, status, headers, content)

    def _renew(self, path: str, seen: Secret) -> bool:
        """Tell whether there is another credential than *seen*, which PagerDuty refused."""
        try:
            return self._credential.renew(seen)
        except CredentialError as error:
            raise UnavailableError(
                path, f"HTTP 401, and {error}", HTTPStatus.UNAUTHORIZED
            ) from None

    def _send(
        self, method: str, path: str, params: Params, body: Record | None, attempt: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        with self._turns:
            self.budget.acquire()
            headers: Mapping[str, str] = {}
            try:
                self.traffic.count(is_retry=attempt > 0)
                with self.session.request(
                    method,
                    self.base_url + path,
                    params=dict(params),
                    json=body,
                    headers={"From": self._email} if body and self._email else None,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    headers = response.headers
                    content = self._read(path, response)
                    self.traffic.answered = True
                    self.traffic.date = headers.get("date", "")
                    return response.status_code, headers, content
            except requests.exceptions.InvalidProxyURL:
                raise UnavailableError(path, "the address of the proxy is not valid") from None
            except ValueError:  # requests parses the target of a redirect in any case
                raise UnavailableError(path, "redirected to an address that is none") from None
            finally:
                self.budget.release(headers)

    def _read(self, path: str, response: requests.Response) -> bytes:
        """Return the body, however slowly it comes, within the size and time allowed."""
        deadline = time.monotonic() + 4 * self._timeout
        content = bytearray()
        response.raw.decode_content = True
        while chunk := response.raw.read1(CHUNK):  # what is there; more would wait for more
            content += chunk
            if self.stop.is_set():
                raise InterruptedReadError("reading the account was interrupted")
            if len(content) > LARGEST_ANSWER:
                raise UnavailableError(path, f"the answer is larger than {LARGEST_ANSWER} bytes")
            if time.monotonic() > deadline:
                raise requests.Timeout(f"the answer did not end within {4 * self._timeout:g} s")
        return bytes(content)

    def _parse(self, path: str, status: int, headers: Mapping[str, str], content: bytes) -> Record:
        if status in REDIRECTS:
            target = split_url(headers.get("location", ""))
            host = printable(target.hostname or "") if target else ""
            reason = f"redirected to {host or 'nowhere'}, which is not followed"
            raise UnavailableError(path, reason, status)
        if status != HTTPStatus.OK:
            raise UnavailableError(path, f"HTTP {status}{self._detail(content)}", status)
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            raise UnavailableError(path, "the answer is not valid JSON") from None
        if not isinstance(answer, dict):
            raise UnavailableError(path, "the answer is not a JSON object")
        return answer

    def _detail(self, content: bytes) -> str:
        """Return what an error answer says, whatever its shape, without our secret."""
        try:
            text = ": ".join(dict.fromkeys(_texts(_error_of(content))))
        except RecursionError:
            text = ""
        text = self._credential.hide(text)
        text = re.sub(r"[^\x20-\x7e]+", " ", text)[:200].strip()
        return f", {text}" if text else ""

    def _fault(self, path: str, error: Exception) -> UnavailableError:
        tries = self.faults_allowed + 1
        if isinstance(error, TIMEOUTS):
            reason = f"no answer within {self._timeout:g} s, {tries} times"
        else:
            reason = f"the connection failed {tries} times ({type(error).__name__})"
        kind = UnavailableError if self.traffic.answered else UnreachableError
        return kind(path, reason)

    def _pause(self, tries: int) -> float:
        """Seconds before the next try: doubling, with jitter so that threads spread."""
        exact: float = self.backoff * 2 ** (tries - 1)
        return min(exact, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311


def _error_of(content: bytes) -> Any:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer.get("error", answer) if isinstance(answer, dict) else None


def _texts(error: Any) -> list[str]:
    """Return the sentences of an error, which may be a text, a list or an object."""
    match error:
        case str():
            return [error]
        case list():
            return [text for part in error for text in _texts(part)]
        case dict():
            wanted = ("message", "errors", "missing_abilities", "required_scopes")
            return [text for key in wanted for text in _texts(error.get(key))]
    return []
