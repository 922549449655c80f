"""What is still to be asked: it is known before anything is guessed, and ends with a data set."""

from __future__ import annotations

import pytest

from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.errors import InterruptedReadError
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.http.outlook import Outlook
from pdsec_checks.pagerduty.http.turns import Lane, on_behalf_of
from tests.simulator import run
from tests.simulator.accounts import small
from tests.support.judged import NOW


def test_sum_is_unknown_until_every_data_set_told() -> None:
    """A list whose length no answer told yet may take anything."""
    outlook = Outlook()
    outlook.open("users", None)
    outlook.open("abilities", 1)
    before = outlook.further
    assert before is None

    outlook.expect("users", 7)
    outlook.answered("users")
    outlook.expect("users", -2)
    assert outlook.further == 4 + 1

    outlook.answered("abilities")
    outlook.answered("abilities")  # one more than was planned
    assert outlook.further == 4

    outlook.close("users")
    assert outlook.further == 0


def test_what_is_complete_sends_nothing_any_more() -> None:
    """A page that was asked ahead, and still waits for its turn, is not sent in vain."""
    with run(small(NOW)) as simulator:
        client = Client(simulator.url, api_key(simulator.api_key))
        client.outlook.open("users", None)
        with on_behalf_of(Lane("users")):
            assert client.get("/users")
            client.outlook.close("users")
            with pytest.raises(InterruptedReadError, match="users is complete"):
                client.get("/users")
        assert client.get("/teams")

        assert [each.path for each in simulator.requests] == ["/users", "/teams"]
        assert client.traffic.total == 2


@pytest.mark.parametrize(
    ("limit", "planned", "granted"),
    [(None, None, 5), (None, 900, 5), (100, None, 0), (100, 97, 2), (100, 99, 0), (100, 10, 5)],
)
def test_guesses_are_granted_once(limit: int | None, planned: int | None, granted: int) -> None:
    """Two that guess at the same time do not spend the same; without a limit all is free."""
    with run(small(NOW), rate_limit=limit) as simulator:
        client = Client(simulator.url, api_key(simulator.api_key))
        client.get("/teams")
    client.outlook.open("services", planned)
    with on_behalf_of(Lane("change_events")):
        assert client.guesses(5) == granted
        again = client.guesses(500)

    assert again == (500 if limit is None else min(max(0, 99 - (planned or 99) - granted), 500))
