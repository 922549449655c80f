"""What the large account needs of the memory: with every report, and with all but the workbook."""

from __future__ import annotations

from benchmarks.inspecting import inspected
from benchmarks.markdown import megabytes, seconds, table
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import LARGE, MEDIUM, served
from pdsec_checks.configuration.options import BINARY, REPORT_FORMATS

AT_MOST = 300_000_000
"""Bytes that the process may hold."""
TEXTS = tuple(name for name in REPORT_FORMATS if name not in BINARY)
"""The reports that are text; the rows of a workbook lie in a temporary file until its end."""


def run(unit: str, plan: Plan) -> list[Row]:
    """Inspect the account without latency and write the reports, with and without the workbook."""
    del unit  # there is one
    rows = []
    with served(MEDIUM if plan.quick else LARGE) as simulator:
        for formats in (TEXTS, REPORT_FORMATS):
            plan.say(f"memory: inspection with {len(formats)} reports")
            told = {"reports": len(formats), "workbook": not BINARY.isdisjoint(formats)}
            rows.append(inspected(simulator, formats=formats) | told)
    return rows


def render(rows: list[Row]) -> str:
    """Return the peak beside what was promised."""
    lines = [
        (
            f"{row['reports']}{'' if row.get('workbook', True) else ', no workbook'}",
            f"{row['cases']:,}",
            seconds(row["seconds"]),
            megabytes(AT_MOST),
            megabytes(row["peak"]),
            f"{row['peak'] / AT_MOST:.0%}",
        )
        for row in rows
    ]
    head = ("reports", "cases", "seconds", "peak memory, at most", "measured", "share")
    return "\n\n".join(["### Every report of the large account, 0 ms", table(head, lines)])


BENCHMARK = Benchmark("memory", ("memory",), run, render)
