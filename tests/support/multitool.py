"""Microsoft's SARIF Multitool, which knows GitHub's rules."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import ROOT
from tests.support.shared_files import shared_file

PACKAGE = ROOT / "node_modules" / "@microsoft" / "sarif-multitool-linux"


def multitool() -> str:
    """Return the path of the SARIF Multitool, or skip."""
    path = Path(os.environ.get("SARIF_MULTITOOL") or PACKAGE / "Sarif.Multitool")
    if not path.is_file():
        pytest.skip(
            "the SARIF Multitool is not installed: npm install --no-save "
            "@microsoft/sarif-multitool-linux, or name it in SARIF_MULTITOOL"
        )
    path.chmod(path.stat().st_mode | 0o100)  # npm unpacks it without
    return str(path)


def objections(log: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what the Multitool has to say about a log under GitHub's rules.

    Its exit code says nothing about that; it writes them into *folder*.
    """
    tool, config = multitool(), shared_file("schemas/sarif-multitool.github.config.xml")
    found = folder / "found.sarif"
    arguments = ["validate", str(log), "-c", str(config), "--rule-kind", "Sarif;Ghas"]
    subprocess.run(
        [tool, *arguments, "--output", str(found), "--log", "ForceOverwrite"],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        check=True,
    )
    (run,) = json.loads(found.read_text("utf-8-sig"))["runs"]
    results: list[dict[str, Any]] = run.get("results", [])
    return results
