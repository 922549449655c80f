"""The simulated accounts that are measured, and the simulator that serves them."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from tests.simulator import Account, Simulator, run
from tests.simulator.accounts import sized

Builder = Callable[[datetime], Account]
SMALL: Builder = partial(
    sized, users=50, services=20, policies=15, layer_schedules=10, shift_schedules=2, teams=5
)
MEDIUM: Builder = partial(
    sized,
    users=500,
    services=200,
    policies=150,
    layer_schedules=100,
    shift_schedules=20,
    teams=40,
    business_services=10,
    extensions=30,
    webhook_subscriptions=20,
)
LARGE: Builder = partial(
    sized,
    users=10_000,
    services=5_000,
    policies=1_500,
    layer_schedules=750,
    shift_schedules=100,
    teams=300,
    business_services=100,
    extensions=500,
    webhook_subscriptions=200,
    audit_records=5_000,
    incidents=1_000,
)


@contextlib.contextmanager
def served(account: Builder) -> Iterator[Simulator]:
    """Serve an account without a rate limit, as fast as it can be served."""
    with run(account) as simulator:
        gc.collect()
        gc.freeze()  # the account stays; looking through it again would only delay answers
        try:
            yield simulator
        finally:
            gc.unfreeze()


def environment(simulator: Simulator) -> dict[str, str]:
    """Return the variables that lead our command to a simulator."""
    return {"PAGERDUTY_API_KEY": simulator.api_key, "PAGERDUTY_BASE_URL": simulator.url}
