"""A simulated account at work: it identifies who asks, finds the answer, and spoils it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

from tests.simulator.account import Account, Directory
from tests.simulator.auth import API_KEY, Credential, Credentials
from tests.simulator.faults import KINDS, REWRITES, Fault, Struck
from tests.simulator.limits import RateLimit
from tests.simulator.messages import (
    Answer,
    Call,
    Query,
    Received,
    RefusedError,
    encode,
    forbidden,
    missing_ability,
    not_found,
)
from tests.simulator.operations import Operation

CACHED_ANSWERS = 4096


class Simulator:
    """One simulated account: its state, its switches, and the record of what was asked.

    Args:
        account: The account to serve; call :meth:`refresh` after a change to it.
        clock: Returns the present moment.
        faults: What is to go wrong; the list may change while the simulator runs.
        rate_limit: How much may be asked; nothing is counted by default.
        latency: Seconds before each answer.
    """

    def __init__(
        self,
        account: Account,
        clock: Callable[[], datetime],
        *,
        faults: Iterable[Fault] = (),
        rate_limit: RateLimit | None = None,
        latency: float = 0.0,
    ) -> None:
        self.account = account
        self.clock = clock
        self.faults = list(faults)
        self.rate_limit = rate_limit or RateLimit(None)
        self.latency = latency
        self.credentials = Credentials(account.subdomain, [user["id"] for user in account.users])
        self.skew = timedelta(0)
        """How far the clock that answers name in ``Date`` is ahead of the simulator's present."""
        self.url = ""
        """Where it listens; empty until it runs."""
        self.api_key = API_KEY
        self.crashes: list[Exception] = []
        """Errors of the simulator itself; each was answered with a 500."""
        self._requests: list[Received] = []
        self._lock = threading.Lock()
        self.refresh()

    def refresh(self) -> None:
        """Take note of changes that were made to the account."""
        self.directory = Directory(self.account)
        self._cache: dict[tuple[str, str], bytes] = {}

    @property
    def requests(self) -> list[Received]:
        """Every request so far, in the order of arrival."""
        with self._lock:
            return list(self._requests)

    def forget(self) -> None:
        """Drop the record of requests."""
        with self._lock:
            self._requests.clear()

    def receive(self, request: Received) -> None:
        """Write a request down."""
        with self._lock:
            self._requests.append(request)

    def answer(
        self, operation: Operation, request: Received, parameters: Mapping[str, str]
    ) -> Answer:
        """Return the answer to a request, spoiled by the faults that strike.

        It has its moment, and an id that is always the same for this request at this moment.
        """
        answer = self._spoiled(operation, request, parameters)
        date = format_datetime(self.clock() + self.skew, usegmt=True)
        asked = (
            f"{self.account.subdomain} {date} {request.method} {request.path}?{request.raw_query}"
        )
        answer.headers.setdefault("date", date)
        answer.headers.setdefault(
            "x-request-id", sha256(asked.encode() + request.body).hexdigest()[:32]
        )
        return answer

    def _spoiled(
        self, operation: Operation, request: Received, parameters: Mapping[str, str]
    ) -> Answer:
        struck = [each for each in self.faults if each.strikes(request)]
        if not struck:
            return self._answer(operation, request, parameters, None)
        rewritten = Query(request.raw_query)
        for fault in struck:
            if fault.kind in REWRITES:
                REWRITES[fault.kind](rewritten)
        answer = self._answer(operation, request, parameters, rewritten)
        for fault in struck:
            answer = KINDS[fault.kind](Struck(fault, Query(request.raw_query), answer))
        return answer

    def _answer(
        self,
        operation: Operation,
        request: Received,
        parameters: Mapping[str, str],
        rewritten: Query | None,
    ) -> Answer:
        headers: dict[str, str] = {}
        try:
            now = self.clock()
            if operation.is_oauth:
                return self._oauth(request, now)
            credential = self.credentials.identify(request.headers.get("authorization"), now)
            headers = self.rate_limit.spend(credential.secret)
            self._admit(operation, request, credential)
            query = rewritten or Query(request.raw_query)
            call = Call(request, parameters, query, self.directory, now, credential)
            answer = self._handle(operation, call, cacheable=rewritten is None)
        except RefusedError as refused:
            answer = refused.answer
        answer.headers |= headers
        return answer

    def _oauth(self, request: Received, now: datetime) -> Answer:
        if request.path == "/oauth/token":
            return self.credentials.token(request, now)
        return self.credentials.authorize(request, now)

    def _admit(self, operation: Operation, request: Received, credential: Credential) -> None:
        """Refuse what the credential or the plan does not allow.

        Raises:
            RefusedError: With 402, 403 or 404.
        """
        if credential.read_only and request.method not in {"GET", "HEAD"}:
            raise forbidden("This API key is read-only.")
        credential.needs_scope(operation.scope)
        if operation.ability and operation.ability not in self.account.abilities:
            raise missing_ability(operation.ability)
        for path, status in self.account.off.items():
            if request.path.startswith(path):
                raise _feature_off(path, status)

    def _handle(self, operation: Operation, call: Call, *, cacheable: bool) -> Answer:
        key = (call.request.path, call.request.raw_query)
        sees_all = call.credential.user_id not in call.account.hidden
        cacheable = cacheable and sees_all and not operation.timely
        if cacheable and key in self._cache:
            return Answer(200, self._cache[key])
        content = operation.handle(call)
        if isinstance(content, Answer):
            return content
        body = encode(content)
        if cacheable:
            if len(self._cache) >= CACHED_ANSWERS:
                self._cache.clear()
            self._cache[key] = body
        return Answer(200, body)


def _feature_off(path: str, status: int) -> RefusedError:
    match status:
        case 402:
            return missing_ability(path.strip("/").replace("/", "_"))
        case 403:
            return forbidden(f"This account may not use {path}.")
    return not_found()
