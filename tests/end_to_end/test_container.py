"""The Dockerfile, held against its linter and its own steps, where there is no Docker engine."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from tests.support import reading
from tests.support.calls import run_command
from tests.support.processes import ROOT, run_process

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n\s*", "", TEXT).splitlines()
    if line and not line.startswith("#")
]
PREFIX = "/opt/inspector"


def arguments(instruction: str) -> list[str]:
    """Return what stands behind each instruction of one kind, in order."""
    return [rest for word, rest in INSTRUCTIONS if word == instruction]


def build_context(folder: Path) -> None:
    """Copy into *folder* what the build stage copies into the image."""
    for copied in arguments("COPY"):
        *sources, target = copied.split()
        if sources[0].startswith("--from"):
            continue
        for source in sources:
            place = folder / target / (source if (ROOT / source).is_file() else "")
            copy = shutil.copy if (ROOT / source).is_file() else shutil.copytree
            copy(ROOT / source, place)


def test_linter_has_nothing_to_say() -> None:
    """Hadolint accepts the Dockerfile without a rule switched off."""
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which(
        "hadolint"
    )
    if hadolint is None:
        pytest.skip("hadolint is not installed on this platform")
    done = subprocess.run(
        [hadolint, "--no-color", str(ROOT / "Dockerfile")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")
    assert "hadolint ignore" not in TEXT


def test_base_is_pinned_and_slim() -> None:
    """Both stages start from one image, of an exact version."""
    stages = {each.split()[0] for each in arguments("FROM")}

    assert len(arguments("FROM")) == 2
    assert len(stages) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", stages.pop())


def test_nobody_is_root() -> None:
    """The image runs under a number of its own, which needs no name to be given."""
    assert arguments("USER") == ["10001:10001"]
    kinds = [word for word, _ in INSTRUCTIONS]
    assert kinds.index("USER") < kinds.index("ENTRYPOINT")
    assert "RUN" not in kinds[kinds.index("USER") :]


def test_context_holds_what_is_copied_and_nothing_else() -> None:
    """``.dockerignore`` lets through what the Dockerfile copies; keys and history stay outside."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for each in arguments("COPY")
        if not each.startswith("--from")
        for source in each.split()[:-1]
    }

    assert lines[1] == "*"
    assert let_through == copied
    assert all((ROOT / name).exists() for name in copied)
    assert not any(fnmatch(".git", name) or fnmatch(".env", name) for name in let_through)


@reading.only_in_ci
def test_steps_make_a_command_that_works(tmp_path: Path) -> None:
    """The build's own steps, in a clean environment, make an entry point that inspects."""
    context, prefix, work = tmp_path / "source", tmp_path / "opt", tmp_path / "work"
    context.mkdir()
    work.mkdir()
    build_context(context)
    step = arguments("RUN")[0].replace(PREFIX, shlex.quote(str(prefix)))
    step = re.sub(r"\bpython -m", f"{shlex.quote(sys.executable)} -m", step)
    built = run_process(context, ["bash", "-euc", step], None, {})
    assert built.code == 0, built.err

    (entry,) = json.loads(arguments("ENTRYPOINT")[0])
    command = [entry.replace(PREFIX, str(prefix)), "--replay", "demo-compliant"]
    ended = run_process(work, command, None, {"PYTHONDONTWRITEBYTECODE": "1"})
    assert ended.code == 0, ended.text
    assert json.loads(ended.out)["summary"]["status"]["fail"] == 0
    assert not list(work.iterdir())


def test_pre_commit_hook_checks_the_configuration(tmp_path: Path) -> None:
    """The hook calls the command with the files that it is for."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *words = shlex.split(hook["entry"])
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "pdsec.toml").write_text("severty = 'high'")

    assert (program, hook["language"]) == ("pagerduty-sec-inspector", "python")
    assert [name for name in ("pdsec.toml", "ops/pdsec.toml", "other.toml", "pdsec.toml.bak")
            if re.search(hook["files"], name)] == ["pdsec.toml", "ops/pdsec.toml"]  # fmt: skip
    ended = run_command(tmp_path, *words, "ops/pdsec.toml")
    assert (ended.code, "did you mean 'severity'?" in ended.err) == (4, True)
