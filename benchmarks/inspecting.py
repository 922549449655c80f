"""One whole inspection of a served account, measured as its user sees it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from benchmarks.measured import Measured, measure
from benchmarks.registry import Row
from benchmarks.serving import environment
from tests.simulator import Simulator

FORMATS = ("json", "csv", "sarif", "html")
FINISHED = (0, 1, 6)
"""Exit codes of an inspection that came to its end."""


def inspected(simulator: Simulator, *arguments: str, formats: Collection[str] = FORMATS) -> Row:
    """Inspect an account with our command, and return what it cost."""
    return reported(simulator, *arguments, formats=formats)[0]


def reported(
    simulator: Simulator, *arguments: str, formats: Collection[str] = FORMATS
) -> tuple[Row, dict[str, Any]]:
    """Inspect an account with our command, and return what it cost, and its JSON report."""
    simulator.refresh()  # nobody finds an answer that was made for somebody else
    simulator.forget()
    with tempfile.TemporaryDirectory() as folder:
        stages, reports = Path(folder) / "stages.json", Path(folder) / "reports"
        command = ["-m", "benchmarks.stages", str(stages), "inspect", "--config", empty(folder)]
        command += ["--format", ",".join(formats), "--output", f"{reports}/", *arguments]
        done = measure(command, environment(simulator), FINISHED)
        report = json.loads((reports / "inspection.json").read_text("utf-8"))
        laps = json.loads(stages.read_text("utf-8"))
    row = cost(done, simulator) | {
        "cases": len(report["findings"]),
        "stages": stages_of(laps["seconds"], report["requests"]["seconds"], done.seconds),
        "computing": laps["computing"],
        "beside": laps["beside"],
    }
    return row, report


def stages_of(laps: dict[str, float], reading: float, total: float) -> dict[str, float]:
    """Return the seconds of each stage; what is left of the total is starting and ending."""
    stages = {
        "read": reading,
        "expand": laps["expand"] - reading,
        "judge": laps["judge"],
        "report": laps["report"],
    }
    return {"start": total - sum(stages.values()), **stages}


def empty(folder: str) -> str:
    """Return an empty configuration, so that nobody's own is measured."""
    path = Path(folder) / "pdsec.toml"
    path.touch()
    return str(path)


def cost(done: Measured, simulator: Simulator) -> Row:
    """Return what every measured process cost."""
    return {
        "seconds": done.seconds,
        "cpu": done.cpu,
        "peak": done.peak,
        "requests": len(simulator.requests),
        "computed": False,
    }
