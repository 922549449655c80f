"""Measured rows on disk, unit by unit, so that an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measured import ROOT
from benchmarks.registry import Row
from pdsec_checks import __version__

FILE = Path(__file__).parent / "results.json"
MEASURED = ("pdsec_checks", "benchmarks", "tests/simulator")
"""Folders whose source decides what is measured."""
Unit = dict[str, Any]
"""``{"made": how and when, "rows": [...]}``."""


def load(file: Path = FILE) -> dict[str, Unit]:
    """Return every measured unit by its name; none when nothing was measured."""
    if not file.exists():
        return {}
    units: dict[str, Unit] = json.loads(file.read_text("utf-8"))
    return units


def save(units: dict[str, Unit], file: Path = FILE) -> None:
    """Write every unit, whole or not at all."""
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(units, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(file)


def unit(rows: list[Row], made: dict[str, Any]) -> Unit:
    """Return rows together with how they were made."""
    return {"made": made, "rows": rows}


def made(*, quick: bool) -> dict[str, Any]:
    """Return what decides how figures turn out: the machine, its load, the source, the day."""
    return {
        "source": fingerprint(),
        "version": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "quick": quick,
    }


def fingerprint(root: Path = ROOT) -> str:
    """Return a short hash of the source that is measured."""
    found = hashlib.sha256()
    for folder in MEASURED:
        for path in sorted((root / folder).rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def is_current(known: Unit, now: dict[str, Any]) -> bool:
    """Tell whether a unit was measured with this source on a machine like this one."""
    decisive = ("source", "python", "system", "cores", "quick")
    return all(known["made"][name] == now[name] for name in decisive)
