"""What a command costs that reads no account: nobody waits for a page of help."""

from __future__ import annotations

from benchmarks.markdown import seconds, table
from benchmarks.measured import measure
from benchmarks.registry import Benchmark, Plan, Row

COMMANDS = ("--help", "--version", "controls")
AT_MOST = 0.4
"""Seconds that each of them may take."""
REPEATS = 5


def run(unit: str, plan: Plan) -> list[Row]:
    """Start each command a few times, and keep the quickest."""
    del unit  # there is one
    rows = []
    for command in COMMANDS:
        plan.say(f"start: {command}")
        found = [measure(["-m", "pdsec_checks", command]).seconds for _ in range(REPEATS)]
        rows.append({"command": command, "seconds": min(found)})
    return rows


def render(rows: list[Row]) -> str:
    """Return the commands with what they take and may take."""
    lines = [
        (
            f"`pagerduty-sec-inspector {row['command']}`",
            seconds(AT_MOST),
            f"{row['seconds']:.2f} s",
            f"{row['seconds'] / AT_MOST:.0%}",
        )
        for row in rows
    ]
    head = ("from its start to its end", "at most", "measured", "share")
    return "\n\n".join(["### Commands that read no account", table(head, lines)])


BENCHMARK = Benchmark("start", ("start",), run, render)
