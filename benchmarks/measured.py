"""Runs a command in a process of its own, and says what that cost.

The kernel counts a new process's peak memory from what its parent held, and our parent holds a
simulated account. So a small process stands in between (``python -m benchmarks.measured``),
starts the command and asks the kernel what it used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one ``ru_maxrss``."""
HIDDEN = (
    *("PAGERDUTY_", "PYTEST_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "COVERAGE_"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
)
"""Beginnings of variables that would change what is measured."""


@dataclass(frozen=True)
class Measured:
    """What one command cost and said."""

    code: int
    seconds: float
    """From its start to its end, by the wall clock."""
    cpu: float
    """Seconds that it computed."""
    peak: int
    """The most memory that it held, in bytes."""
    out: str


class FailedError(Exception):
    """A command that was to be measured failed."""


def measure(
    command: Sequence[str], variables: Mapping[str, str] | None = None, codes: Sequence[int] = (0,)
) -> Measured:
    """Run *command* from the checkout and return what it cost.

    Args:
        command: The arguments of the interpreter that runs us.
        variables: Environment variables for it.
        codes: Exit codes that count as success.

    Raises:
        FailedError: It ended with another code.
    """
    kept = {name: value for name, value in os.environ.items() if not hidden(name)}
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        launcher = [sys.executable, "-m", "benchmarks.measured", str(figures)]
        done = subprocess.run(
            [*launcher, sys.executable, *command],
            cwd=ROOT,
            env={**kept, **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in codes or not figures.exists():
            what = f"{' '.join(command)} ended with {done.returncode}"
            raise FailedError(f"{what}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        plain = json.loads(figures.read_text("utf-8"))
    return Measured(done.returncode, out=done.stdout, **plain)


def hidden(name: str) -> bool:
    """Tell whether a variable of ours must not reach what is measured."""
    return name.upper().startswith(HIDDEN)


def main(arguments: Sequence[str]) -> int:
    """Run a command, write what it cost into a file, and return its exit code."""
    file, *command = arguments
    began = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * UNIT,
    }
    Path(file).write_text(json.dumps(figures), encoding="utf-8")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
