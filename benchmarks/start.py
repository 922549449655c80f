"""What it costs to start: nobody waits for a page of help, or for a run before it reads.

``--plan`` is a run up to where it would read the account: the interpreter, all imports, pytest,
settings, frameworks, and the collection of all controls. The replay of the demo account reads,
judges 386 cases and reports besides. Processor time is counted, as a busy machine makes none of
them compute more.
"""

from __future__ import annotations

from benchmarks.markdown import table
from benchmarks.measured import measure
from benchmarks.registry import Benchmark, Plan, Row
from pdsec_checks.exit_codes import ENDED_WELL

PROMISED = {
    "--help": 0.4,
    "--version": 0.4,
    "controls": 0.4,
    "--plan": 0.35,
    "--replay demo": 1.0,
}
"""Command → the seconds of computing that it may take."""
REPEATS = 10


def run(unit: str, plan: Plan) -> list[Row]:
    """Start each command a few times, and keep what the cheapest computed."""
    del unit  # there is one
    rows = []
    for command in PROMISED:
        plan.say(f"start: {command}")
        found = [cost(command) for _ in range(REPEATS)]
        rows.append({"command": command, "cpu": min(found)})
    return rows


def cost(command: str) -> float:
    """Return the seconds that a command computes; the demo account has what fails."""
    return measure(["-m", "pdsec_checks", *command.split()], codes=sorted(ENDED_WELL)).cpu


def render(rows: list[Row]) -> str:
    """Return the commands with what they compute and may compute."""
    lines = [
        (
            f"`pagerduty-sec-inspector {row['command']}`",
            f"{promised:g} s",
            f"{row['cpu']:.2f} s",
            f"{row['cpu'] / promised:.0%}",
        )
        for row in rows
        for promised in (PROMISED[row["command"]],)
    ]
    head = ("computing from its start to its end", "at most", "measured", "share")
    return "\n\n".join(["### Starting", table(head, lines)])


BENCHMARK = Benchmark("start", ("start",), run, render)
