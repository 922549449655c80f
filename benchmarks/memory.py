"""What the large account needs of the memory with every report there is."""

from __future__ import annotations

from benchmarks.inspecting import inspected
from benchmarks.markdown import megabytes, seconds, table
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import LARGE, MEDIUM, served
from pdsec_checks.configuration.options import REPORT_FORMATS

AT_MOST = 600_000_000
"""Bytes that the process may hold."""


def run(unit: str, plan: Plan) -> list[Row]:
    """Inspect the account without latency and write every report."""
    del unit  # there is one
    plan.say("memory: inspection with every report")
    with served(MEDIUM if plan.quick else LARGE) as simulator:
        row = inspected(simulator, formats=REPORT_FORMATS)
    return [row | {"reports": len(REPORT_FORMATS)}]


def render(rows: list[Row]) -> str:
    """Return the peak beside what was promised."""
    lines = [
        (
            f"{row['cases']:,}",
            seconds(row["seconds"]),
            megabytes(AT_MOST),
            megabytes(row["peak"]),
            f"{row['peak'] / AT_MOST:.0%}",
        )
        for row in rows
    ]
    head = ("cases", "seconds", "peak memory, at most", "measured", "share")
    title = f"### All {rows[0]['reports']} reports of the large account, 0 ms"
    return "\n\n".join([title, table(head, lines)])


BENCHMARK = Benchmark("memory", ("memory",), run, render)
