"""Small, medium and large accounts: an inspection against the official client, side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks import size_tables
from benchmarks.inspecting import cost, inspected
from benchmarks.measured import FailedError, measure
from benchmarks.reading import WAYS
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import LARGE, MEDIUM, SMALL, Builder, environment, served
from tests.simulator import Simulator

ACCOUNTS: dict[str, Builder] = {"small": SMALL, "medium": MEDIUM, "large": LARGE}
LATENCIES = (0.0, 0.1)
"""Seconds before each answer."""
SHORT = 15.0
"""Seconds below which a measurement is repeated; the least of them is kept."""
REPEATS = 3


def run(unit: str, plan: Plan) -> list[Row]:
    """Measure one account in every way, on one simulator."""
    return compared(unit, ACCOUNTS[unit], plan)


def compared(name: str, account: Builder, plan: Plan) -> list[Row]:
    """Measure *account* in every way.

    Raises:
        FailedError: Two ways of reading did not read the same.
    """
    rows: list[Row] = []
    with served(account) as simulator:
        for latency in LATENCIES:
            simulator.latency = latency
            plan.say(f"{name}: inspection at {latency:g} s latency")
            rows.append(least(lambda: inspected(simulator), plan) | labels("inspection", latency))
            for way in WAYS:
                plan.say(f"{name}: reading, {way}, at {latency:g} s latency")
                rows.append(read(simulator, way, latency, rows, plan))
    same_relations(rows)
    return [{"account": name, **row} for row in rows]


def labels(way: str, latency: float) -> Row:
    """Return what tells one row from another."""
    return {"way": way, "latency": latency}


def least(measured: Callable[[], Row], plan: Plan) -> Row:
    """Return the quickest of a few measurements; what else the machine does only adds."""
    rows = [measured()]
    while len(rows) < REPEATS and rows[0]["seconds"] < SHORT and not plan.quick:
        rows.append(measured())
    return min(rows, key=lambda row: float(row["seconds"]))


def read(simulator: Simulator, way: str, latency: float, before: list[Row], plan: Plan) -> Row:
    """Read in one way, or compute what that would take from the same without latency."""
    base = next((row for row in before if row["way"] == way), None)
    if base and way in size_tables.SERIAL:
        seconds = size_tables.with_latency(base, latency)
        if seconds > plan.longest:
            plan.say("  computed: it would take too long")
            return {**base, **labels(way, latency), "seconds": seconds, "computed": True}
    as_of = simulator.account.as_of
    return least(lambda: read_once(simulator, way, as_of), plan) | labels(way, latency)


def read_once(simulator: Simulator, way: str, as_of: datetime) -> Row:
    """Read the account in one way, in a process of its own."""
    simulator.refresh()  # nobody finds an answer that was made for somebody else
    simulator.forget()
    moment = as_of.astimezone(UTC).isoformat()
    command = ["-m", "benchmarks.reading", way, simulator.url, moment]
    done = measure(command, environment(simulator))
    return cost(done, simulator) | {"relations": json.loads(done.out)}


def same_relations(rows: list[Row]) -> None:
    """Hold all ways to the same counts.

    Raises:
        FailedError: They differ.
    """
    found = {row["way"]: row["relations"] for row in rows if "relations" in row}
    if len({json.dumps(counts, sort_keys=True) for counts in found.values()}) > 1:
        raise FailedError(f"the ways did not read the same: {json.dumps(found, indent=1)}")


BENCHMARK = Benchmark("sizes", tuple(ACCOUNTS), run, size_tables.render)
