"""What it costs to know of every moment whether the phone will ring, and what trying each would.

``python -m benchmarks.ringing POLICIES DAYS`` works that out for a made-up account, in a process of
its own, and prints what it took as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter

import pdsec_checks.fixtures  # noqa: F401 - declares what is asked for
from benchmarks.fit import fitted
from benchmarks.markdown import megabytes, seconds, table, times
from benchmarks.measured import FailedError, measure
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.rotas import Rotas
from pdsec_checks.analysis.ring import NEVER, Answer, Chain, Piece, Ring, words
from pdsec_checks.baseline import Baseline
from pdsec_checks.inspection import Inspection
from pdsec_checks.resources import Service
from tests.support.one_walk import OneLevel, walk, worst

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POLICIES = 1_500
SIZES = ((375, 30), (750, 30), (POLICIES, 30), (2 * POLICIES, 30), (POLICIES, 90))
"""Policies and days of each account; schedules and services grow with the policies."""
QUICK = ((20, 10), (40, 10), (20, 30))
REPEATS = 3
SECONDS_AT_MOST, PEAK_AT_MOST = 6.0, 300_000_000
"""What the account of 1,500 policies and 30 days may take."""
SAMPLE = 500
"""Moments that are walked singly, each under a policy."""
MINUTE, DAY = 60, 24 * 60
"""A minute in seconds, a day in minutes."""


def run(unit: str, plan: Plan) -> list[Row]:
    """Measure accounts of growing size, and one over a longer time."""
    del unit  # there is one
    rows = []
    for policies, days in QUICK if plan.quick else SIZES:
        plan.say(f"ring: {policies:,} policies, {days} days")
        found = [measured(policies, days) for _ in range(1 if plan.quick else REPEATS)]
        rows.append(min(found, key=computing))
    return rows


def measured(policies: int, days: int) -> Row:
    """Return what one account took; a process of its own knows its own peak."""
    done = measure(["-m", "benchmarks.ringing", str(policies), str(days)])
    row: Row = json.loads(done.out)
    return row | {"peak": done.peak}


def computing(row: Row) -> float:
    """Return the seconds of both controls: the analysis, and the evidence and messages of it."""
    return float(row["analysis"] + row["evidence"])


def main(arguments: Sequence[str]) -> None:
    """Judge every service of an account by both controls, and print what that took."""
    policies, days = map(int, arguments)
    snapshot = Rotas(NOW, policies, days).snapshot()
    inspection = Inspection(snapshot, Baseline(schedule_coverage_days=days))
    entries = (each["final_schedule"] for each in snapshot.records("schedules"))
    clock = [time.process_time()]
    ring: Ring = inspection.provide("ring")
    services = inspection.views(Service, "services")
    answers = [ask(each) for ask in (ring.first_person, ring.second_person) for each in services]
    clock.append(time.process_time())
    for answer in answers:
        told(answer, ring)
    clock.append(time.process_time())
    chains = {each.situation.chain.id: each.situation.chain for each in answers}
    row = {
        "policies": policies,
        "days": days,
        "services": len(services),
        "schedules": len(snapshot.records("schedules")),
        "shifts": sum(len(each["rendered_schedule_entries"]) for each in entries),
        "stretches": sum(len(ring.swept(each).by_second) for each in chains.values()),
        "analysis": clock[1] - clock[0],
        "evidence": clock[2] - clock[1],
        "walk": seconds_a_walk(ring, list(chains.values())),
    }
    sys.stdout.write(json.dumps(row) + "\n")


def told(answer: Answer, ring: Ring) -> None:
    """Put an answer into words, as its control does."""
    words.answer_as_evidence(answer, ring)
    words.worst_minutes(answer)
    if answer.judged.windows:
        words.sentence(answer)
        words.cause_of(answer)


def seconds_a_walk(ring: Ring, chains: Sequence[Chain]) -> float:
    """Return what the plain walk of one moment takes, on the average of a sample.

    Only the walk itself is timed, not what its visits come to. The rings of both are compared.

    Raises:
        FailedError: They differ.
    """
    draw = random.Random(len(chains))  # noqa: S311 - the same sample each time
    took = 0.0
    for _ in range(SAMPLE):
        chain, moment = draw.choice(chains), draw.randrange(*ring.span)
        levels, on = as_rules(chain)
        began = time.process_time()
        visits = walk(levels, chain.loops, moment, on)
        took += time.process_time() - began
        minutes = ring.callers.minutes(chain.people)
        left = (ring.callers.span.end - moment) / MINUTE
        rings = [worst(visits, minutes, place) for place in (0, 1)]
        known = [each if each < left else NEVER for each in rings]
        outcome = piece_at(ring.swept(chain).by_second, moment).outcome
        if known != [outcome.first, outcome.second]:
            raise FailedError(f"{chain.name} at {moment}: {known}, and {outcome} by the sweep")
    return took / SAMPLE


def as_rules(chain: Chain) -> tuple[list[OneLevel], Callable[[str, int], frozenset[str]]]:
    """Return the levels of a policy and who is on call for a target, as the plain walk takes it."""
    lines = {each.key: each.timeline for rung in chain.rungs for each in rung.callees}
    levels = [
        OneLevel(tuple(each.key for each in rung.callees), rung.delay, rung.is_round_robin)
        for rung in chain.rungs
    ]
    return levels, lambda target, moment: lines[target].at(moment)


def piece_at(pieces: Sequence[Piece], moment: int) -> Piece:
    """Return the piece that a moment lies in."""
    return pieces[bisect_right(pieces, moment, key=attrgetter("start")) - 1]


def render(rows: list[Row]) -> str:
    """Return the accounts with what each took, how that grows, and what single walks would take."""
    head = (
        *("shifts", "days", "policies", "services", "stretches of time"),
        *("analysis", "evidence", "peak memory"),
    )
    lines = [
        (
            *(f"{row[name]:,}" for name in ("shifts", "days", "policies", "services", "stretches")),
            *(seconds(row[name]) for name in ("analysis", "evidence")),
            megabytes(row["peak"]),
        )
        for row in rows
    ]
    title = "### Will the phone ring: PD-26 and PD-27, every moment of the coverage window"
    return "\n\n".join([title, table(head, lines), *sentences(rows)])


def sentences(rows: list[Row]) -> Iterator[str]:
    """Yield what was promised, how the cost grows, and what it would be moment by moment."""
    shortest = min(row["days"] for row in rows)
    sizes = [row for row in rows if row["days"] == shortest]
    curve = fitted([(row["policies"], computing(row)) for row in sizes])
    (longer,) = (row for row in rows if row["days"] > shortest)
    (base,) = (row for row in sizes if row["policies"] == longer["policies"])
    if base["policies"] == POLICIES:
        yield (
            f"Promised for {base['services']:,} services and {base['days']} days are at most "
            f"{seconds(SECONDS_AT_MOST)} of computing and {megabytes(PEAK_AT_MOST)}: measured are "
            f"{seconds(computing(base))} ({computing(base) / SECONDS_AT_MOST:.0%}) and "
            f"{megabytes(base['peak'])} ({base['peak'] / PEAK_AT_MOST:.0%})."
        )
    yield (
        "Seconds of computing grow with the account, all else alike, to the power of "
        f"**{curve.exponent:.2f}** (least squares over both logarithms); 1 is linear. "
        f"{longer['days']} days take {times(computing(longer), computing(base))} what "
        f"{base['days']} days take, for {times(longer['shifts'], base['shifts'])} the shifts."
    )
    compared = times(each_minute(base), base["analysis"])
    yield (
        f"The plain walk of one moment takes {base['walk'] * 1e6:,.0f} µs. One for each minute of "
        f"{base['days']} days and each policy would take {compared} as long as the analysis, and "
        f"miss what lasts less than a minute. On a sample of {SAMPLE} moments both find the same "
        "rings."
    )


def each_minute(row: Row) -> float:
    """Return the seconds that plain walks of all policies at each minute would take."""
    return float(row["walk"] * row["policies"] * row["days"] * DAY)


BENCHMARK = Benchmark("ring", ("ring",), run, render)


if __name__ == "__main__":
    main(sys.argv[1:])
