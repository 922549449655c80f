"""An inspection beside a plain reader that keeps the same facts and judges them by hand.

Both read the same account, with the same data sets, and judge the same 25 controls; ours writes its
JSON report, the plain one its rows. What is compared is processor time, without latency and
without a limit: what a framework, its checks and its evidence cost.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.inspecting import cost, reported
from benchmarks.markdown import seconds, table
from benchmarks.measured import FailedError, measure
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import LARGE, MEDIUM, Builder, environment, served
from tests.simulator import Simulator

ACCOUNTS: dict[str, Builder] = {"plain-medium": MEDIUM, "plain-large": LARGE}
AT_MOST = {"large": 1.6}
"""How many times the processor time of the plain reader an inspection may take."""
REPEATS = 3
SHOWN = 5
"""Verdicts that a complaint names."""
STAGES = ("start", "read", "expand", "judge", "report")
OURS, PLAIN = "inspection", "plain reader"
Verdicts = Counter[tuple[str, str, str]]
"""Control, id of the resource, and status, with how often they occur."""


def run(unit: str, plan: Plan) -> list[Row]:
    """Measure both on one simulator."""
    account = unit.removeprefix("plain-")
    with served(ACCOUNTS[unit]) as simulator:
        plan.say(f"{unit}: {OURS}")
        ours, report = reported(simulator, formats=("json",))
        plan.say(f"{unit}: {PLAIN}")
        plain, rows = read_plainly(simulator, report["as_of"])
        same_verdicts(ours_of(report), plain_of(rows))
        plan.say(f"{unit}: again")
        ours = least(lambda: reported(simulator, formats=("json",))[0], ours, plan)
        plain = least(lambda: read_plainly(simulator, report["as_of"])[0], plain, plan)
    both = {OURS: ours | {"computing": stages_of(ours)}, PLAIN: plain}
    return [
        {"account": account, "way": way, "checks": len(rows), **row} for way, row in both.items()
    ]


def least(measured: Callable[[], Row], first: Row, plan: Plan) -> Row:
    """Return the measurement that computed least; what else the machine does only adds."""
    more = [] if plan.quick else [measured() for _ in range(REPEATS - 1)]
    return min([first, *more], key=lambda row: float(row["cpu"]))


def stages_of(row: Row) -> dict[str, float]:
    """Return the processor time of each stage of an inspection; other threads only read."""
    computing = row["computing"]
    known = {"read": row["beside"]} | {name: computing[name] for name in STAGES[2:]}
    return {"start": row["cpu"] - sum(known.values()), **known}


def read_plainly(simulator: Simulator, as_of: str) -> tuple[Row, list[dict[str, str]]]:
    """Let the plain reader read and judge in a process of its own; return its cost and its rows."""
    simulator.refresh()  # nobody finds an answer that was made for somebody else
    simulator.forget()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command = ["-m", "benchmarks.plain", simulator.url, as_of, str(file)]
        done = measure(command, environment(simulator))
        rows = json.loads(file.read_text("utf-8"))
    laps = json.loads(done.out)
    computing = {name: laps[name] for name in ("read", "judge", "report")}
    computing = {"start": done.cpu - sum(computing.values()), **computing, "expand": 0.0}
    return cost(done, simulator) | {"computing": computing}, rows


def ours_of(report: dict[str, Any]) -> Verdicts:
    """Return what an inspection says."""
    return Counter(
        (each["control"], each["resource"]["id"], each["status"]) for each in report["findings"]
    )


def plain_of(rows: Iterable[dict[str, str]]) -> Verdicts:
    """Return what the plain reader says."""
    return Counter((each["control"], each["resource"], each["status"]) for each in rows)


def same_verdicts(ours: Verdicts, plain: Verdicts) -> None:
    """Hold both to the same verdicts: who judges something else is quicker for nothing.

    Raises:
        FailedError: They differ.
    """
    if ours != plain:
        only = {OURS: sorted((ours - plain).elements()), PLAIN: sorted((plain - ours).elements())}
        said = "; ".join(f"{len(found)} only of the {who}, such as {found[:SHOWN]}"
                         for who, found in only.items() if found)  # fmt: skip
        raise FailedError(f"the plain reader does not judge as the inspection does: {said}")


def render(rows: list[Row]) -> str:
    """Return the processor time of each stage of both, and the ratio beside what was promised."""
    head = ("account, who", "requests", *STAGES, "computing", "ratio", "at most")
    pairs = [rows[number : number + 2] for number in range(0, len(rows), 2)]
    lines = [line(row, plain) for ours, plain in pairs for row in (ours, plain)]
    return "\n\n".join(
        ["### Beside a plain reader: processor time, 0 ms", table(head, lines), *map(shares, pairs)]
    )


def line(row: Row, plain: Row) -> tuple[str, ...]:
    """Return the figures of one of both; the ratio is that to the plain reader."""
    is_ours = row["way"] == OURS
    return (
        f"{row['account']}, {row['way']}",
        f"{row['requests']:,}",
        *(f"{row['computing'][name]:.2f} s" for name in STAGES),
        seconds(row["cpu"]),
        f"**{row['cpu'] / plain['cpu']:.2f}**" if is_ours else "1",
        f"{AT_MOST[row['account']]:g}" if is_ours and row["account"] in AT_MOST else "",
    )


def shares(pair: list[Row]) -> str:
    """Say what part each stage has in the ratio."""
    ours, plain = pair
    parts = ", ".join(f"{name} {ours['computing'][name] / plain['cpu']:.2f}" for name in STAGES)
    return (
        f"{ours['account'].capitalize()}, {ours['checks']:,} checks with the same verdicts: the "
        f"stages of the inspection, in times of all that the plain reader computes: {parts}."
    )


BENCHMARK = Benchmark("plain", tuple(ACCOUNTS), run, render)
