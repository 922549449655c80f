"""What a run will ask of PagerDuty, as far as that is known before the first request.

How many pages a list has only the account knows. So a plan says what each request count hangs
on, the fewest there can be, and what accounts of three sizes would take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pdsec_checks.pagerduty.data_sets.history import KEY_USE
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure, lane

ANSWER_SECONDS = 0.1
"""What one answer is taken to last."""
WINDOW_SECONDS = 60
PER_WINDOW = 960
"""Requests that PagerDuty allows a key in one window ("REST API Rate Limits")."""
CREDENTIAL_REQUESTS = 1
"""What is asked about the credential: whose it is, or a token for it."""
YEAR_OF_WINDOWS = 12
LOOKUPS = "technical_service_dependencies"
"""The data set whose requests hang on what other answers show."""


@dataclass(frozen=True)
class Size:
    """How many of each kind an account has; the figures are examples."""

    users: int
    services: int
    policies: int
    schedules: int
    shift_schedules: int
    teams: int
    business_services: int
    endpoints: int


SIZES = (
    Size(50, 20, 15, 10, 2, 4, 1, 3),
    Size(500, 200, 150, 100, 20, 40, 10, 30),
    Size(10_000, 5_000, 1_500, 750, 100, 300, 100, 500),
)
NOTHING = Size(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Amount:
    """How many requests one data set takes."""

    words: str
    count: Callable[[Size], int]


def pages(count: int, size: int = 100) -> int:
    """Return the requests that a list of *count* records takes; an empty one takes one, too."""
    return max(1, math.ceil(count / size))


def listed(what: str, count: Callable[[Size], int]) -> Amount:
    """Return the amount of a list that is read in pages."""
    return Amount(f"1 for each 100 {what}", lambda size: pages(count(size)))


ONE = Amount("1", lambda _: 1)
AMOUNTS = {
    "abilities": ONE,
    "teams": listed("teams", lambda size: size.teams),
    "users": listed("users", lambda size: size.users),
    "services": listed("services", lambda size: size.services),
    "escalation_policies": listed("policies", lambda size: size.policies),
    "schedules": listed("schedules", lambda size: size.schedules),
    "shift_schedules": Amount(
        "1 for each 1000 schedules, and 1 for each",
        lambda size: pages(size.shift_schedules, 1000) + size.shift_schedules,
    ),
    "oncalls": listed("people on call on a level", lambda size: 2 * size.policies),
    "incident_workflows": listed("workflows", lambda _: 1),
    "incident_workflow_triggers": listed("triggers", lambda _: 1),
    "audit_latest": ONE,
    "audit_oldest": Amount("up to 13, until an old record is found", lambda _: 0),
    "audit_api_token": Amount(
        "12, and 1 more for each 100 changes by API keys", lambda _: YEAR_OF_WINDOWS
    ),
    "priorities": listed("priorities", lambda _: 1),
    "incidents": ONE,
    "extensions": listed("extensions", lambda size: size.endpoints),
    "webhook_subscriptions": listed("subscriptions", lambda size: size.endpoints),
    "business_services": listed("business services", lambda size: size.business_services),
    "business_service_dependencies": Amount(
        "1 for each business service", lambda size: size.business_services
    ),
    "technical_service_dependencies": Amount(
        "1 for each service that no business service shows", lambda size: size.services
    ),
    "change_events": Amount(
        "1 for each 100 events, until every service was named", lambda size: pages(size.services)
    ),
    "analytics": ONE,
}
"""Data set → its requests, those for lookups at most.

A list of more than 10,000 records takes more: it is read team by team.
"""


def order(names: Iterable[str]) -> list[str]:
    """Return the data sets to read for *names*, those that start first at the front."""
    planned = frozenset(closure(names))
    table = list(DATA_SETS)
    return sorted(planned, key=lambda name: (lane(name, planned).rank, table.index(name)))


def requests_for(names: Iterable[str], size: Size) -> int:
    """Return how many requests an account of *size* takes for the data sets *names*.

    An old audit record costs none where what API keys did is read: that mostly has one.
    """
    planned = closure(names)
    searched = int("audit_oldest" in planned and KEY_USE not in planned)
    return searched + sum(AMOUNTS[name].count(size) for name in planned)


def seconds_for(requests: int, concurrency: int) -> float:
    """Return the time that reading cannot go below: the network's, or the rate limit's."""
    network = math.ceil(requests / concurrency) * ANSWER_SECONDS
    return max(network, (max(requests, 1) - 1) // PER_WINDOW * WINDOW_SECONDS)


def render(names: Iterable[str], controls: int, concurrency: int, credential: str) -> str:
    """Return the plan of a run as text; *credential* is the path that tells about the key."""
    wanted = order(names)
    fewest = CREDENTIAL_REQUESTS + requests_for(wanted, NOTHING)
    lines = [
        f"{controls} controls need {len(wanted)} data sets: {fewest} requests or more.",
        "None was made for this plan. In the order in which they start:",
        "",
        f"  {credential:<46} {CREDENTIAL_REQUESTS}, for the credential",
        *map(step, wanted),
        "",
        f"No less than this, with {concurrency} requests at once, {ANSWER_SECONDS * 1000:.0f} ms",
        f"an answer and {PER_WINDOW} requests a minute:",
        "",
        *(estimate(wanted, size, concurrency) for size in SIZES),
    ]
    return "\n".join(lines) + "\n"


def step(name: str) -> str:
    """Return the line of one data set."""
    after = DATA_SETS[name].after
    wait = f" (after {', '.join(after)})" if after else ""
    return f"  {DATA_SETS[name].path:<46} {AMOUNTS[name].words}{wait}"


def estimate(names: Iterable[str], size: Size, concurrency: int) -> str:
    """Return the line of one example: without the lookups of single services, and with all."""
    few, many = bounds(names, size)
    shortest, longest = (f"{seconds_for(each, concurrency):.1f}" for each in (few, many))
    return (
        f"  {size.users:>6} users, {size.services} services, {size.policies} policies, "
        f"{size.schedules + size.shift_schedules} schedules: "
        f"{span(str(few), str(many))} requests, {span(shortest, longest)} s"
    )


def bounds(names: Iterable[str], size: Size) -> tuple[int, int]:
    """Return how many requests a run takes at least and at most, the credential's included."""
    most = CREDENTIAL_REQUESTS + requests_for(names, size)
    lookups = AMOUNTS[LOOKUPS].count(size) if LOOKUPS in closure(names) else 0
    return most - lookups, most


def span(least: str, most: str) -> str:
    """Return two bounds as a sentence says them."""
    return least if least == most else f"{least} to {most}"
