"""What a run will ask of PagerDuty, as far as that is known before the first request.

How many pages a list has only the account knows. So a plan says what each request count hangs
on, the fewest there can be, and what accounts of three sizes would take.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from pdsec_checks.configuration.credentials import OAuthClient
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.model import Control, counted
from pdsec_checks.pagerduty import account_name
from pdsec_checks.pagerduty.data_sets.amount import NOTHING, Size
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure, lane
from pdsec_checks.pagerduty.snapshot import TELLING

ANSWER_SECONDS = 0.1
"""What one answer is taken to last."""
WINDOW_SECONDS = 60
PER_WINDOW = 960
"""Requests that PagerDuty allows a key in one window ("REST API Rate Limits")."""
CREDENTIAL_REQUESTS = 1
"""What is asked about the credential: whose it is, or a token for it."""
SIZES = (
    Size(50, 20, 15, 10, 2, 4, 1, 3, 1),
    Size(500, 200, 150, 100, 20, 40, 10, 30, 10),
    Size(10_000, 5_000, 1_500, 750, 100, 300, 100, 500, 100),
)
"""Examples of a small, a medium and a large account."""


def needed(controls: Iterable[Control]) -> set[str]:
    """Return the data sets that *controls* are judged by."""
    return {name for control in controls for name in control.needs}


def wanted_by(settings: Settings, controls: Iterable[Control]) -> set[str]:
    """Return the data sets to read: what *controls* need, and the figures where asked for."""
    return needed(controls) | ({"analytics"} if settings.reading.include_analytics else set())


def path_asked(settings: Settings) -> str:
    """Return the path that a run asks for the credential: whose it is, or a token for it."""
    return "/oauth/token" if isinstance(settings.reading.credential, OAuthClient) else "/users/me"


def order(names: Iterable[str]) -> list[str]:
    """Return the data sets to read for *names*, those that start first at the front."""
    planned = frozenset(closure(names))
    table = list(DATA_SETS)
    return sorted(planned, key=lambda name: (lane(name, planned).rank, table.index(name)))


def requests_for(names: Iterable[str], size: Size) -> int:
    """Return how many requests an account of *size* takes for the data sets *names*.

    One that shares the records of another costs none where that is read: it mostly suffices.
    """
    planned = closure(names)
    return sum(
        DATA_SETS[name].amount.count(size)
        for name in planned
        if planned.isdisjoint(DATA_SETS[name].shares)
    )


def seconds_for(requests: int, concurrency: int) -> float:
    """Return the time that reading cannot go below: the network's, or the rate limit's."""
    network = math.ceil(requests / concurrency) * ANSWER_SECONDS
    return max(network, waiting_for(requests))


def windows_for(requests: int) -> int:
    """Return how many windows of the rate limit so many requests take."""
    return max(1, math.ceil(requests / PER_WINDOW))


def waiting_for(requests: int) -> int:
    """Return the seconds until the last of those windows opens: the others are spent by then."""
    return (windows_for(requests) - 1) * WINDOW_SECONDS


def render(names: Iterable[str], controls: int, concurrency: int, credential: str) -> str:
    """Return the plan of a run as text; *credential* is the path that tells about the key."""
    wanted = order(names)
    fewest = CREDENTIAL_REQUESTS + requests_for(wanted, NOTHING)
    need = f"{counted(controls, 'control')} {'needs' if controls == 1 else 'need'}"
    lines = [
        f"{need} {counted(len(wanted), 'data set')}: {counted(fewest, 'request')} or more.",
        "No request was made for this plan. In the order in which they start:",
        "",
        f"  {credential:<46} {CREDENTIAL_REQUESTS}, for the credential",
        *name_step(wanted),
        *map(step, wanted),
        "",
        f"No less than this, with {counted(concurrency, 'request')} at once,",
        f"{ANSWER_SECONDS * 1000:.0f} ms for an answer and {PER_WINDOW} requests a minute;",
        "what does not fit in one window of a minute waits for the next one:",
        "",
        *(estimate(wanted, size, concurrency) for size in SIZES),
    ]
    return "\n".join(lines) + "\n"


def name_step(names: Collection[str]) -> list[str]:
    """Return the line of the request for the account's name; none where what is read tells it."""
    if not set(TELLING).isdisjoint(names):
        return []
    return [f"  {account_name.PATH:<46} 0 or 1, for the account's name"]


def step(name: str) -> str:
    """Return the line of one data set."""
    data_set = DATA_SETS[name]
    wait = f" (after {', '.join(data_set.after)})" if data_set.after else ""
    return f"  {data_set.path:<46} {data_set.amount.words}{wait}"


def estimate(names: Iterable[str], size: Size, concurrency: int) -> str:
    """Return the line of one example: without the lookups of single services, and with all."""
    few, many = both = bounds(names, size)
    shortest, longest = (f"{seconds_for(each, concurrency):.1f}" for each in both)
    fewest, most = map(windows_for, both)
    windows = span(str(fewest), str(most)) + (" window" if most == 1 else " windows")
    waiting = span(*(str(waiting_for(each)) for each in both))
    return (
        f"  {size.users:>6} users, {size.services} services, {size.policies} policies, "
        f"{size.schedules + size.shift_schedules} schedules: "
        f"{span(str(few), str(many))} requests, {windows}, {span(shortest, longest)} s "
        f"(waiting: {waiting} s)"
    )


def bounds(names: Iterable[str], size: Size) -> tuple[int, int]:
    """Return how many requests a run takes at least and at most, the credential's included."""
    most = CREDENTIAL_REQUESTS + requests_for(names, size)
    amounts = [DATA_SETS[name].amount for name in closure(names)]
    return most - sum(each.count(size) for each in amounts if each.may_be_spared), most


def span(least: str, most: str) -> str:
    """Return two bounds as a sentence says them."""
    return least if least == most else f"{least} to {most}"
