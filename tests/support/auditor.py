"""An auditor: runs the commands of a ``VERIFY.md``, as they stand there, without our tool."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.processes import Ended, environment, finished, started
from tests.support.programs import required

FENCE = re.compile(r"^```(\w*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def commands_in(text: str, language: str = "sh") -> list[str]:
    """Return the commands of a page: ``sh`` are those for everybody, ``shell`` want our tool."""
    return [found[2] for found in FENCE.finditer(text) if found[1] == language]


def run(
    folder: Path,
    commands: Sequence[str],
    allowed_signers: Path | None = None,
    tsa_ca: Path | None = None,
    **variables: str,
) -> list[Ended]:
    """Run commands in an unpacked bundle; the two files are put where the page wants them.

    The path has no folder with our tool, wherever the tests are run.
    """
    for file, name in ((allowed_signers, "allowed_signers"), (tsa_ca, "tsa-ca.crt")):
        if file and file != folder.parent / name:
            shutil.copy(file, folder.parent / name)
    required("openssl")
    required("ssh-keygen")
    env = environment(None, **{"PATH": path_without_us(), **variables})
    return [shell(folder, command, env) for command in commands]


def shell(folder: Path, command: str, env: dict[str, str]) -> Ended:
    """Run one command with bash."""
    words = ["bash", "--noprofile", "--norc", "-o", "pipefail", "-c", command]
    with started(folder, words, env) as process:
        return finished(process, folder)


def path_without_us() -> str:
    """Return the path without the folders that have our command."""
    ours = {str(Path(sys.executable).parent)}
    kept = [each for each in environment()["PATH"].split(":") if each and each not in ours]
    return ":".join(each for each in kept if not (Path(each) / "pagerduty-sec-inspector").exists())
