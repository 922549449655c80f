"""How judging and reporting grow with the number of cases, from 1,000 to 100,000."""

from __future__ import annotations

from functools import partial

from benchmarks.bare import bare
from benchmarks.fit import Point, PowerLaw, fitted
from benchmarks.inspecting import inspected
from benchmarks.markdown import megabytes, seconds, table
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import Builder, served
from tests.simulator.accounts import sized

STEPS = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Shares of an account with about a hundred thousand cases."""
QUICK = STEPS[:3]
GRANULARITIES = ("auto", "resource")
ALONE = "pytest alone"
"""Stands where a granularity does, for as many cases with nothing in them."""
STAGES = ("expand", "judge", "report")


def account(share: float) -> Builder:
    """Return an account with about ``share`` times a hundred thousand cases."""
    return partial(
        sized,
        users=round(9_800 * share),
        services=round(9_800 * share),
        policies=round(2_000 * share),
        layer_schedules=round(500 * share),
        shift_schedules=round(20 * share),
        teams=max(1, round(300 * share)),
        business_services=round(100 * share),
        change_events=round(9_000 * share),
    )


def run(unit: str, plan: Plan) -> list[Row]:
    """Inspect accounts of growing size, judged by the resource and as the size suggests.

    Beside them stands what pytest takes for as many empty cases.
    """
    del unit  # there is one
    rows = []
    for share in QUICK if plan.quick else STEPS:
        with served(account(share)) as simulator:
            for granularity in GRANULARITIES:
                plan.say(f"scaling: {share:g} of 100,000 cases, granularity {granularity}")
                row = inspected(simulator, "--granularity", granularity)
                rows.append({"granularity": granularity, **row})
        plan.say(f"scaling: {rows[-1]['cases']:,} empty cases, {ALONE}")
        rows.append({"granularity": ALONE, **bare(rows[-1]["cases"])})
    return rows


def judging(row: Row) -> float:
    """Return the seconds of computing after reading: expanding, judging and reporting."""
    return float(sum(row["computing"][name] for name in STAGES))


def points(rows: list[Row], granularity: str) -> list[Point]:
    """Return cases and seconds of one granularity."""
    return [(row["cases"], judging(row)) for row in rows if row["granularity"] == granularity]


def curves(rows: list[Row]) -> dict[str, PowerLaw]:
    """Return the power law of each granularity."""
    return {each: fitted(points(rows, each)) for each in GRANULARITIES}


def render(rows: list[Row]) -> str:
    """Return the measured points and the exponents that fit them."""
    head = ("cases", "granularity", *STAGES, "a case", "peak memory")
    lines = [
        (
            f"{row['cases']:,}",
            row["granularity"],
            *(seconds(row["computing"][name]) for name in STAGES),
            f"{judging(row) / row['cases'] * 1000:.2f} ms",
            megabytes(row["peak"]),
        )
        for row in rows
    ]
    sentences = [sentence(name, curve, points(rows, name)) for name, curve in curves(rows).items()]
    sentences.append(a_case(rows))
    title = "### From a thousand to a hundred thousand cases"
    return "\n\n".join([title, table(head, lines), *sentences])


def sentence(granularity: str, curve: PowerLaw, measured: list[Point]) -> str:
    """Say how one curve grows; the last step shows what a fixed cost at the start hides."""
    last = fitted(measured[-2:])
    return (
        f"Granularity `{granularity}`: seconds of computing grow with cases to the power of "
        f"**{curve.exponent:.2f}** (least squares over both logarithms); over the last step alone "
        f"to the power of {last.exponent:.2f}. 1 is linear, 2 quadratic."
    )


def a_case(rows: list[Row]) -> str:
    """Say what one case costs until it is judged, ours and an empty one."""
    ours, alone = (
        " to ".join(f"{each:.2f}" for each in (min(found), max(found)))
        for found in (
            [before_reports(row) for row in rows if row["granularity"] == name]
            for name in ("resource", ALONE)
        )
    )
    return (
        f"A case of its own costs {ours} ms of computing until it is judged; a case with nothing "
        f"in it costs pytest alone {alone} ms."
    )


def before_reports(row: Row) -> float:
    """Return the milliseconds of computing that a case took until it was judged."""
    computing = row["computing"]
    return float((computing["expand"] + computing["judge"]) / row["cases"] * 1000)


BENCHMARK = Benchmark("scaling", ("scaling",), run, render)
