"""What the tests of the simulator share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.simulator import API_KEY, Account, Simulator, run
from tests.support.processes import PATIENCE

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Reader:
    """Asks a running simulator, with its account key unless told otherwise."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.headers = {"Authorization": f"Token token={API_KEY}"}

    def ask(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        """Return the response of one request."""
        defaults: dict[str, Any] = {
            "headers": self.headers,
            "timeout": PATIENCE,
            "allow_redirects": False,
        }
        return self.session.request(method, self.simulator.url + path, **(defaults | options))

    def get(self, path: str, **params: Any) -> Any:
        """Return the content of an answer, which must be a 200."""
        response = self.ask(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def refusal(self, path: str, **params: Any) -> tuple[int, Any]:
        """Return status and ``error`` of an answer, which must not be a 200."""
        response = self.ask(path, params=params)
        assert response.status_code != 200, response.text
        return response.status_code, response.json()["error"]


Serve = Callable[..., Reader]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that runs a simulator until the test ends."""
    with ExitStack() as stack:

        def start(account: Account | Callable[[datetime], Account], **options: Any) -> Reader:
            reader = Reader(stack.enter_context(run(account, **({"now": NOW} | options))))
            stack.callback(reader.session.close)
            return reader

        yield start
