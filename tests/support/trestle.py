"""IBM's and Red Hat's compliance-trestle, which reads OSCAL by models of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from filelock import FileLock

from tests.support.installed import cache_folder, missing

VERSION = "5.2.0"
"""That of OSCAL 1.2.1, with its mapping model."""
MODELS = {
    "catalog": "catalog.Catalog",
    "mapping-collection": "mapping.MappingCollection",
    "assessment-results": "assessment_results.AssessmentResults",
    "plan-of-action-and-milestones": "poam.PlanOfActionAndMilestones",
}
DRIVER = """
import importlib, json, pathlib, sys
found = []
for model, path in json.loads(sys.argv[1]):
    module, _, name = model.partition(".")
    kind = getattr(importlib.import_module(f"trestle.oscal.{module}"), name)
    found.append(json.loads(kind.oscal_read(pathlib.Path(path)).oscal_serialize_json()))
print(json.dumps(found))
"""


def read(*texts: str, folder: Path) -> list[dict[str, object]]:
    """Return documents as trestle writes them after it has read them, or skip.

    One that it refuses fails the test.
    """
    given = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.json"
        path.write_text(text, encoding="utf-8")
        (kind,) = json.loads(text)
        given.append((MODELS[kind], str(path)))
    done = subprocess.run(
        [python(), "-c", DRIVER, json.dumps(given)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return found


@cache
def python() -> str:
    """Return a Python with trestle: named in ``TRESTLE``, or in the cache, where CI installs it.

    The test is skipped where there is none.
    """
    folder = cache_folder(f"trestle-{VERSION}")
    path = Path(os.environ.get("TRESTLE") or folder / "bin" / "python")
    if os.environ.get("CI") == "true" and not (folder / "installed").exists() and not path.exists():
        install(folder)
    if not path.exists():
        missing(
            f"trestle is not installed: CI=true installs compliance-trestle {VERSION}, or name a "
            "Python that has it in the variable TRESTLE"
        )
    return str(path)


def install(folder: Path) -> None:
    """Install trestle into the cache; two workers that want it at the same time install it once."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if (folder / "installed").exists():
            return
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet")
        done = subprocess.run(
            [*pip, f"compliance-trestle=={VERSION}"], capture_output=True, text=True, check=False
        )
        if done.returncode:
            missing(f"pip install compliance-trestle ended with {done.returncode}: {done.stderr}")
        (folder / "installed").touch()
