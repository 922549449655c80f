"""Inspections under PagerDuty's own rate limit, beside what a plain reader would ask.

Each account is served with 100 ms before every answer and 960 requests a minute. The plain reader
is the official client in bulk, which asks for no page that may not exist.
"""

from __future__ import annotations

import math

from benchmarks.inspecting import inspected
from benchmarks.markdown import seconds, table
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import LARGE, MEDIUM, Builder, served
from benchmarks.size_tables import CONCURRENCY, PER_MINUTE, promise
from benchmarks.sizes import read_once
from tests.simulator.limits import RateLimit

ACCOUNTS: dict[str, Builder] = {"medium": MEDIUM, "large": LARGE}
LATENCY = 0.1
"""Seconds before each answer."""
WINDOW = 60
"""Seconds."""
ALLOWED = {"medium": (1.2, 2.5), "large": (1.0, 12.0)}
"""How many times the floor an inspection may take, and the seconds that may come on top."""


def run(unit: str, plan: Plan) -> list[Row]:
    """Inspect each account under the limit, once: waiting for a minute hardly varies."""
    del unit  # there is one
    names = [name for name in ACCOUNTS if not (plan.quick and name == "large")]
    return [measured(name, ACCOUNTS[name], plan) for name in names]


def measured(name: str, account: Builder, plan: Plan) -> Row:
    """Return what one account took, and the requests of the official client."""
    with served(account) as simulator:
        plan.say(f"{name}: reading, official client in bulk, without a limit")
        plain = read_once(simulator, "official-bulk", simulator.account.as_of)
        simulator.latency = LATENCY
        simulator.rate_limit = RateLimit(PER_MINUTE, WINDOW)
        plan.say(f"{name}: inspection, {PER_MINUTE} requests a minute")
        return {"account": name, "plain": plain["requests"], **inspected(simulator)}


def waits(requests: int) -> int:
    """Return the seconds until the last window opens that so many requests need."""
    return (math.ceil(requests / PER_MINUTE) - 1) * WINDOW


def floor(row: Row) -> float:
    """Return the seconds below which no reading stays: the network's, or those that it waits."""
    return float(max(row["requests"] * LATENCY / CONCURRENCY, waits(row["requests"])))


def limit(row: Row) -> float:
    """Return the seconds that were promised."""
    share, further = ALLOWED[row["account"]]
    return floor(row) * share + further


def render(rows: list[Row]) -> str:
    """Return requests, windows and seconds of each account, beside what was promised."""
    head = ("account", "requests", "the official client's", "windows", "computing", "reading")
    lines = [
        (
            row["account"],
            f"{row['requests']:,}",
            f"{row['plain']:,}",
            str(waits(row["requests"]) // WINDOW + 1),
            seconds(row["cpu"]),
            seconds(row["stages"]["read"]),
        )
        for row in rows
    ]
    promised = [
        promise(
            f"{row['account']} account (floor {floor(row):.1f} s)",
            limit(row),
            row["seconds"],
            seconds,
        )
        for row in rows
    ]
    promised += [
        promise(f"{row['account']} account, requests", PER_MINUTE, row["requests"], "{:,}".format)
        for row in rows
    ]
    return "\n\n".join(
        [
            f"### Under {PER_MINUTE} requests a minute, 100 ms",
            table(head, lines),
            table(("an inspection", "at most", "measured", "share"), promised),
        ]
    )


BENCHMARK = Benchmark("limited", ("limited",), run, render)
