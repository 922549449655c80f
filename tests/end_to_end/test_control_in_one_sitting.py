"""One control more: what CONTRIBUTING says of it, followed step by step on a copy of the tree."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from pdsec_checks.catalogue.controls import shipped_ids
from tests.support.processes import ROOT, environment
from tests.support.reading import only_in_ci

NO_PART = shutil.ignore_patterns(
    *(".git", ".venv", ".tox", ".*_cache", ".hypothesis", ".coverage*", "__pycache__"),
    *("node_modules", "build", "dist", "htmlcov"),
)
"""What lies in a checkout and belongs to no tree."""
STANDS_IN = "PD-98"
"""What CONTRIBUTING calls the next free id."""
BLOCK = re.compile(r"<!-- (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
TABLES = {"tests/controls/test_statuses.py": "ABOUT", "tests/controls/test_causes.py": "CAUSES"}
"""The files in whose table a control has lines."""
COUNTING = (
    *("tests/catalogue", "tests/test_generated_docs.py", *TABLES),
    *("tests/controls/test_incident_response.py", "tests/commands/test_controls.py"),
    *("tests/fixes/test_table.py", "tests/reports/fixes"),
)
"""The tests of the tool that know how many controls there are, and those of the new one."""


def next_id() -> str:
    """Return the first id that no control has."""
    return f"PD-{int(shipped_ids()[-1].removeprefix('PD-')) + 1:02d}"


def steps(control: str) -> dict[str, str]:
    """Return what CONTRIBUTING adds to each file, and the commands that it gives."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## Write a control\n")[2].partition("\n## ")[0]
    return dict(BLOCK.findall(section.replace(STANDS_IN, control)))


def change(path: Path, pattern: str, added: str) -> None:
    """Put a text behind the first match of a pattern in a file."""
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(pattern, lambda match: match[0] + added, text, count=1)
    assert count, f"{path.name} has no {pattern}"
    path.write_text(changed, encoding="utf-8")


def map_to_frameworks(tree: Path, control: str) -> None:
    """Let each framework name a control below a requirement, in both mappings, with the reason.

    One that has a single mapping names it there.
    """
    for path in (tree / "frameworks").glob("*.yaml"):
        if path.stem == "sscf":
            change(path, r"(?ms)^requirements:.*?controls: \{", f"{control}: broad, ")
            continue
        change(path, r"(?ms)^specified:.*?controls: \{", f"{control}: broad, ")
        change(path, r"(?ms)^current:.*?controls: \{", f"{control}: broad, ")
        change(path, r"(?m)^reasons:\n", f"  {control}: The requirement has another id.\n")


def write_code(tree: Path, added: dict[str, str]) -> None:
    """Add each block to its file: a line to its table, anything else at the end."""
    for name, block in added.items():
        if name in TABLES:
            change(tree / name, rf"(?ms)^{TABLES[name]} = \{{.*?(?=^\}})", block)
        else:
            change(tree / name, r"\Z", f"\n\n{block}")


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, on what is in it."""
    env = environment(PYTHONPATH=str(tree), CI="")  # no reference data lies beside a copy
    measured = ("COV_CORE", "COVERAGE")  # the copy is no part of what the tests cover
    env = {name: value for name, value in env.items() if not name.startswith(measured)}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=tree, env=env, capture_output=True, text=True, timeout=300, check=False
    )


@only_in_ci
def test_a_control_takes_one_sitting(tmp_path: Path) -> None:
    """CONTRIBUTING names every file that knows of a control: with these alone, all is green."""
    control, tree = next_id(), tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=NO_PART)
    added = steps(control)
    commands = added.pop("commands").splitlines()
    inspection = ("-m", "pytest", "-p", "no:cacheprovider", f"--pd-controls={control}")

    write_code(tree, added)
    map_to_frameworks(tree, control)
    before = run(tree, *inspection, "--pd-replay=demo")
    assert before.returncode == 0, before.stdout

    for command in commands:
        done = run(tree, *shlex.split(command)[1:])
        assert done.returncode == 0, done.stderr
    assert run(tree, "docs/generate.py", "--check").returncode == 0
    assert f"[{control}](docs/controls/{control}.md)" in (tree / "README.md").read_text("utf-8")
    assert run(tree, *inspection, "--pd-replay=demo").returncode == 1
    assert run(tree, *inspection, "--pd-replay=demo-compliant").returncode == 0

    tests = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *COUNTING)
    assert tests.returncode == 0, tests.stdout
