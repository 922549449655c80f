"""Runs pytest over cases with nothing in them: what a case costs before anybody judges anything.

``python -m benchmarks.bare FILE COUNT`` writes to FILE what each stage took, as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.measured import measure
from benchmarks.registry import Row
from benchmarks.stages import Clock

CASES = """\
import pytest


@pytest.mark.parametrize("case", range({count}))
def test_nothing(case):
    pass
"""


def bare(count: int) -> Row:
    """Run *count* empty cases with pytest alone, and return what they cost."""
    with tempfile.TemporaryDirectory() as folder:
        stages = Path(folder) / "stages.json"
        done = measure(["-m", "benchmarks.bare", str(stages), str(count)])
        laps = json.loads(stages.read_text("utf-8"))
    return {"cases": count, "seconds": done.seconds, "peak": done.peak, "computing": laps}


def main(arguments: Sequence[str]) -> int:
    """Run the cases and write down what each stage took; return pytest's exit code."""
    file, count = arguments
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "test_bare.py"
        module.write_text(CASES.format(count=count), encoding="utf-8")
        options = ["-q", f"--rootdir={folder}", f"--confcutdir={folder}", "-p", "no:cacheprovider"]
        clock = Clock()
        code = pytest.main([*options, "--disable-plugin-autoload", str(module)], [clock])
    clock.lap("report")
    laps = clock.computing
    laps["expand"] += laps.pop("collect")  # pytest expands what it collects at once
    Path(file).write_text(json.dumps(laps), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
