"""Runs the tool as its users do: as a process, through pytest or through the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulator import Simulator

ROOT = Path(__file__).parents[2]
OURS = ("PAGERDUTY_", "PYTEST_ADDOPTS", "NO_COLOR", "COLUMNS")


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report that it wrote to ``inspection.json``."""
        plain: dict[str, Any] = json.loads((self.folder / "inspection.json").read_text("utf-8"))
        return plain

    @property
    def verdicts(self) -> dict[tuple[str, str], str]:
        """Status of each case, by control and resource id."""
        return {
            (finding["control"], finding["resource"]["id"]): finding["status"]
            for finding in self.report["findings"]
        }

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


def environment(simulator: Simulator | None = None, **variables: str) -> dict[str, str]:
    """Return the environment of a user: nothing of ours but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    if simulator:
        kept |= {"PAGERDUTY_API_KEY": simulator.api_key, "PAGERDUTY_BASE_URL": simulator.url}
    return kept | {"COLUMNS": "200"} | variables


def run_pytest(
    folder: Path,
    *arguments: str,
    simulator: Simulator | None = None,
    target: str = "",
    **variables: str,
) -> Ended:
    """Run the controls with pytest from *folder*, as where the wheel is installed.

    *target* is a node id in the checkout, in place of all controls.
    """
    chosen = [target] if target else ["--pyargs", "pdsec_checks"]
    command = [sys.executable, "-m", "pytest", *chosen, "-p", "no:cacheprovider"]
    return run_process(folder, [*command, *arguments], simulator, variables)


def run_command(
    folder: Path, *arguments: str, simulator: Simulator | None = None, **variables: str
) -> Ended:
    """Run ``pagerduty-sec-inspector`` in *folder*."""
    return run_process(
        folder, [sys.executable, "-m", "pdsec_checks", *arguments], simulator, variables
    )


def run_unheard(folder: Path, *arguments: str) -> int:
    """Run ``pagerduty-sec-inspector`` where nobody reads standard error; return its exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pdsec_checks", *arguments],
            cwd=folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=writing,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writing)
    return done.returncode


def run_process(
    folder: Path,
    command: list[str],
    simulator: Simulator | None,
    variables: dict[str, str],
    typed: str | None = None,
) -> Ended:
    """Run a command to its end, with *typed* on its standard input."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(simulator, **variables),
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr, folder)
