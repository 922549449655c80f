"""A reader of PagerDuty's REST API v2: it has GET, one analytics POST, and nothing else.

Every request has a timeout, every retry a bound, every answer a largest size. Redirects are
not followed, so that the credential never reaches another host.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from pdsec_checks import NAME, __version__
from pdsec_checks.configuration.credentials import Authorization, Secret
from pdsec_checks.errors import (
    CredentialError,
    InterruptedReadError,
    NotOnTapeError,
    UnavailableError,
    UnreachableError,
)
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.http.budget import RATE_LIMITS_ALLOWED, RateBudget, reset_seconds
from pdsec_checks.pagerduty.http.connections import (
    LARGEST_ANSWER,
    Adapter,
    over_within,
    session_for,
)
from pdsec_checks.pagerduty.http.outlook import Outlook
from pdsec_checks.pagerduty.http.patience import (
    BACKOFF,
    FAULTS,
    FAULTS_ALLOWED,
    RETRIED,
    TIMEOUTS,
    pause,
)
from pdsec_checks.pagerduty.http.reply import NO_JSON, REDIRECTS, Reply
from pdsec_checks.pagerduty.http.troubles import Trouble, trouble_with
from pdsec_checks.pagerduty.http.turns import LANE, Door, Turns
from pdsec_checks.resources import printable, split_url

ACCEPT = "application/vnd.pagerduty+json;version=2"
SIGN_IN = (
    "something else answers in PagerDuty's place, such as a network that wants a sign-in, or a "
    "proxy: open any web page in a browser of this machine, or check the base URL"
)
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

    faults_allowed = FAULTS_ALLOWED
    rate_limits_allowed = RATE_LIMITS_ALLOWED
    backoff = BACKOFF
    is_taped = False
    """Whether a tape records its requests, or answers them: one at a time."""

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
        self.outlook = Outlook()
        self._credential = credential
        self._email = email
        self._timeout = timeout
        self._turns = Turns(concurrency)
        self._door = Door()
        self._guessing = threading.Lock()
        self._host = urlsplit(base_url).hostname or ""
        self.session = session_for(base_url, Adapter(pool_connections=1, pool_maxsize=concurrency))
        self.session.auth = self._authorize  # set, so that no .netrc entry replaces it
        self.session.headers.update(
            {
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip",
                "User-Agent": f"{NAME}/{__version__}",
            }
        )

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._credential.header.reveal()
        return request

    def gives_away(self, text: str) -> bool:
        """Tell whether *text* shows the credential, in whole or in part."""
        is_old = self._credential.hide(text) != text
        return is_old or self._credential.header.is_shown_by(text)

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

    def guesses(self, wanted: int) -> int:
        """Return how many of *wanted* requests for what may not exist are free now, in this lane.

        They count as planned from then on. Where PagerDuty names no limit, all of them are free;
        as long as it is unknown what a data set will ask, none is.
        """
        with self._guessing:
            planned = self.outlook.further
            free = self.budget.free_for_guesses(planned or 0)
            if free is not None:
                wanted = 0 if planned is None else min(wanted, free)
            self.outlook.expect(LANE.get().name, wanted)
            return wanted

    def post_analytics(self, path: str, filters: Record) -> Record:
        """Return the answer of one analytics query; the only POST there is.

        Raises:
            UnavailableError: PagerDuty refused; read-only keys always are (403).
        """
        return self._ask("POST", path, {}, {"filters": filters})

    def _ask(self, method: str, path: str, params: Params, body: Record | None) -> Record:
        """Return an answer; until there was one, requests go one by one and speak for the rest."""
        if self._door.is_open:
            return self._answer(method, path, params, body)
        try:
            self._door.enter()
        except UnavailableError as error:
            raise type(error)(path, error.reason, error.status) from None
        met: UnavailableError | None = None
        for_all = False
        try:
            return self._answer(method, path, params, body)
        except UnreachableError as error:
            met, for_all = error, error.status is None
            raise
        except UnavailableError as error:
            met = error if error.status == HTTPStatus.UNAUTHORIZED else None
            raise
        finally:
            self._door.leave(met, for_all=for_all)

    def _answer(self, method: str, path: str, params: Params, body: Record | None) -> Record:
        faults = limits = 0
        last: Reply | None = None
        while True:
            seen = self._credential.header
            self.budget.hold()
            try:
                reply = self._send(method, path, params, body, faults + limits)
            except NotOnTapeError:
                if last is None:
                    raise
                return self._parse(path, last)  # recorded when fewer tries were made
            except FAULTS as error:
                faults += 1
                self._consider(path, error, faults)
                self.budget.sleep(self._pause(faults))
                continue
            last = reply
            self._greet(reply)
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS and limits < self._limits_allowed:
                limits += 1
                self.traffic.count_rate_limit()
                self.budget.block(reset_seconds(reply.headers) or self._pause(limits))
            elif reply.status == HTTPStatus.UNAUTHORIZED and self._renew(path, seen):
                continue  # at most once a run: a credential that is refused again raises
            elif faults < self.faults_allowed and self._is_broken(reply):
                faults += 1
                self.budget.sleep(self._pause(faults))
            else:
                if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                    self.budget.give_up()
                return self._parse(path, reply)

    def _consider(self, path: str, error: Exception, faults: int) -> None:
        """Take note of a request without an answer, the *faults*-th one.

        Raises:
            UnavailableError: There is no use in another try.
        """
        trouble = trouble_with(error, self._host)
        if trouble is None:  # there was a connection
            self._door.open()
        if faults > self.faults_allowed or (trouble and trouble.lasts):
            raise self._fault(path, error, trouble) from None

    def _greet(self, reply: Reply) -> None:
        """Take note of who answers, and of a path that is no longer held."""
        if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
            self.budget.answered()
        if not reply.is_foreign:
            self.traffic.answered = True
            if reply.status != HTTPStatus.UNAUTHORIZED:
                self._door.open()

    @property
    def _limits_allowed(self) -> int:
        return min(self.rate_limits_allowed, self.budget.refusals_allowed)

    def _is_broken(self, reply: Reply) -> bool:
        """Tell whether an answer was lost on the way, in whole or in part."""
        if reply.status in RETRIED:
            return True
        is_ours = not reply.is_foreign or self.traffic.answered
        return reply.status == HTTPStatus.OK and is_ours and not reply.has_records

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
    ) -> Reply:
        with self._turns:
            self.budget.acquire()
            headers: Mapping[str, str] = {}
            try:
                self.outlook.check(LANE.get().name)
                self.traffic.count(is_retry=attempt > 0)
                with (
                    over_within(self._timeout),
                    self.session.send(
                        self._prepared(method, path, params, body),
                        timeout=self._timeout,
                        allow_redirects=False,
                        **self._way,
                    ) as response,
                ):
                    headers = response.headers
                    content = self._read(path, response)
                    self.traffic.date = headers.get("date", "")
                    return Reply(response.status_code, headers, content)
            except FAULTS:
                raise
            except (OSError, ValueError) as error:
                raise self._refused(path, error) from None
            finally:
                self.budget.release(headers)

    def _prepared(
        self, method: str, path: str, params: Params, body: Record | None
    ) -> requests.PreparedRequest:
        """Return a request that can be sent.

        Most are as all others but for their address: made from a template, they take half the time.
        """
        url = self.base_url + path
        if body is None and not self.session.cookies:
            prepared = self._template.copy()
            prepared.prepare_url(url, dict(params))
            return self._authorize(prepared)
        headers = {"From": self._email} if body and self._email else None
        request = requests.Request(method, url, headers, json=body, params=dict(params))
        return self.session.prepare_request(request)

    @cached_property
    def _template(self) -> requests.PreparedRequest:
        """What all requests have in common, without the credential."""
        return self.session.prepare_request(
            requests.Request("GET", self.base_url, auth=lambda request: request)
        )

    @cached_property
    def _way(self) -> Any:
        """How requests are sent: the proxy and the certificates that the environment names."""
        return self.session.merge_environment_settings(
            self.base_url, {}, stream=True, verify=None, cert=None
        )

    def _read(self, path: str, response: requests.Response) -> bytes:
        """Return the body, within the size allowed; the connection sees to the time."""
        content = bytearray()
        response.raw.decode_content = True
        while chunk := response.raw.read1(CHUNK):  # what is there; more would wait for more
            content += chunk
            if self.stop.is_set():
                raise InterruptedReadError("reading the account was interrupted")
            if len(content) > LARGEST_ANSWER:
                raise UnavailableError(path, f"the answer is larger than {LARGEST_ANSWER} bytes")
        return bytes(content)

    def _parse(self, path: str, reply: Reply) -> Record:
        if reply.is_foreign and not self.traffic.answered:
            raise UnreachableError(path, f"{self._why(reply)}; {SIGN_IN}", reply.status)
        if reply.status != HTTPStatus.OK:
            raise UnavailableError(path, self._why(reply), reply.status)
        if reply.json is NO_JSON:
            raise UnavailableError(path, "the answer is not valid JSON")
        if not isinstance(reply.json, dict):
            raise UnavailableError(path, "the answer is not a JSON object")
        return reply.json

    def _why(self, reply: Reply) -> str:
        """Return what came in place of an answer."""
        if reply.status in REDIRECTS:
            target = split_url(reply.headers.get("location", ""))
            host = printable(target.hostname or "") if target else ""
            return f"redirected to {host or 'nowhere'}, which is not followed"
        what = ", a web page" if reply.is_foreign else self._detail(reply.content)
        return f"HTTP {reply.status}{what}"

    def _detail(self, content: bytes) -> str:
        """Return what an error answer says, whatever its shape, without our secret."""
        try:
            text = ": ".join(dict.fromkeys(_texts(_error_of(content))))
        except RecursionError:
            text = ""
        text = self._credential.hide(text)
        text = re.sub(r"[^\x20-\x7e]+", " ", text)[:200].strip()
        return f", {text}" if text else ""

    def _refused(self, path: str, error: Exception) -> UnavailableError:
        """Return what is wrong before a request is sent, or with the target of a redirect."""
        trouble = trouble_with(error, self._host)
        if trouble is None:  # requests parses the target of a redirect in any case
            return UnavailableError(path, "redirected to an invalid address")
        return self._fault(path, error, trouble)

    def _fault(self, path: str, error: Exception, trouble: Trouble | None) -> UnavailableError:
        tries = self.faults_allowed + 1
        if trouble is not None:
            reason = trouble.reason
        elif isinstance(error, TIMEOUTS):
            reason = f"no answer within {self._timeout:g} s, {tries} times"
        else:
            reason = f"the connection failed {tries} times ({type(error).__name__})"
        kind = UnavailableError if self.traffic.answered else UnreachableError
        return kind(path, reason)

    def _pause(self, tries: int) -> float:
        return pause(tries, self.backoff)


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
