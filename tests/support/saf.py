"""MITRE's Security Automation Framework (SAF), whose command line reads HDF as Heimdall does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from filelock import FileLock

from tests.support.installed import cache_folder, missing

VERSION = "1.5.3"
MANIFEST = {
    "private": True,
    "dependencies": {"@mitre/saf": VERSION},
    # hdf-converters pins one version of it, which mirrors of the registry may lack
    "overrides": {"@aws-sdk/client-config-service": "^3.398.0"},
}
"""The ``package.json`` by which it is installed; it takes 400 megabytes."""
DRIVER = """
const [root, commands] = process.argv.slice(1);
const {run} = require(require.resolve("@oclif/core", {paths: [root]}));
(async () => {
  const codes = [];
  for (const command of JSON.parse(commands)) {
    process.exitCode = 0;
    try { await run(command, root); } catch (error) { process.exitCode ||= 1; }
    codes.push(process.exitCode);
  }
  process.exitCode = 0;
  process.stdout.write("\\n" + JSON.stringify(codes) + "\\n");
})();
"""
"""Runs several commands as ``bin/run`` of the package does, but loads the package only once."""


def run(commands: Sequence[Sequence[str]], folder: Path) -> list[int]:
    """Run commands of SAF in *folder*, one after the other, and return their exit codes.

    The test is skipped where SAF is not installed.
    """
    done = subprocess.run(
        [node(), "-e", DRIVER, package(), json.dumps(commands)],
        cwd=folder,
        env={**os.environ, "SAF_SKIP_NEW_VERSION_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes: list[int] = json.loads(done.stdout.splitlines()[-1])
    return codes


def node() -> str:
    """Return the path of Node.js, or skip."""
    return shutil.which("node") or missing("Node.js is not installed")


@cache
def package() -> str:
    """Return the folder of the package: named in ``SAF``, or in the cache, where CI installs it.

    The test is skipped where there is none.
    """
    path = Path(
        os.environ.get("SAF") or cache_folder(f"saf-{VERSION}") / "node_modules" / "@mitre" / "saf"
    )
    if os.environ.get("CI") == "true" and not path.is_dir():
        install(path)
    if not path.is_dir():
        missing(
            f"SAF is not installed: CI=true installs @mitre/saf {VERSION}, or name its folder in "
            "the variable SAF"
        )
    return str(path)


def install(path: Path) -> None:
    """Install SAF into the cache; two workers that want it at the same time install it once."""
    folder = cache_folder(f"saf-{VERSION}")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        npm = shutil.which("npm")
        if path.is_dir() or npm is None:
            return
        (folder / "package.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        done = subprocess.run(
            [npm, "install", *quiet], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            missing(f"npm install ended with {done.returncode}: {done.stderr}")
